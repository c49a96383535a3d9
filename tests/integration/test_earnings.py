"""/gains, /recompenses and /limite: what one earns here and why, which roles, how much one may lose."""

import re

import pytest

from support.interactions import GUILD, Member, custom_id, new_id
from support.panel import BUTTON, parts, shown
from support.replies import is_ephemeral, is_refusal
from support.settings import change, settle, zone


@pytest.fixture
def db(shared):
    database = shared.database
    for table in ("besace_settings_audit", "besace_settings", "besace_game_settings",
                  "besace_zones", "besace_rewards"):
        database.run(f"DELETE FROM {table} WHERE guild_id = %s", GUILD)
    return database


@pytest.fixture
def lou(db):
    member = Member("lou")
    db.add_member(member, balance=100)
    return member


def earn(shared, app, member, roles=(), **channel):
    body = app.command("gains", member)
    body["member"]["roles"] = list(roles)
    body["channel"].update(channel)
    reply = shared.ask(body)
    assert is_ephemeral(reply)
    return shown(reply)


# -- /gains


def test_earnings_are_the_rules_where_nothing_was_set(shared, app, lou):
    text = earn(shared, app, lou)
    for words in ("1 à 3 XP", "dès maintenant", "2 XP, 10 au plus", "1 XP à deux, 3 à trois",
                  "heure pleine : 25", "victoire 15, défaite 5", "Aujourd’hui : 0 XP",
                  "pas encore écrit"):
        assert words in text
    assert "📍" not in text and "⚡" not in text


def test_earnings_of_a_stranger_are_shown_too(shared, app, db):
    assert "1 à 3 XP" in earn(shared, app, Member())


def test_earnings_name_the_zone_that_decides(shared, app, db, lou):
    category = new_id()
    zone(db, category, "factor", 200)
    text = earn(shared, app, lou, parent_id=category)
    assert "2 à 6 XP" in text and f"<#{category}>" in text and "×2" in text
    zone(db, app.channel_id, "none")
    text = earn(shared, app, lou, parent_id=category)
    assert "0 à 0 XP" in text and f"<#{app.channel_id}> en décide" in text


def test_earnings_of_a_thread_are_its_channels(shared, app, db, lou):
    channel = new_id()
    zone(db, channel, "factor", 300)
    assert "3 à 9 XP" in earn(shared, app, lou, type=11, parent_id=channel)


def test_earnings_are_elsewhere_where_only_other_places_earn(shared, app, db, lou):
    zone(db, new_id(), "only")
    assert "d’autres salons" in earn(shared, app, lou)


def test_earnings_name_the_role_that_decides(shared, app, db, lou):
    half, none = new_id(), new_id()
    zone(db, half, "factor", 150, role=True)
    zone(db, none, "none", role=True)
    text = earn(shared, app, lou, roles=[half])
    assert "1 à 4 XP" in text and f"<@&{half}> : ×1,5" in text
    assert f"<@&{none}> ne rapporte pas" in earn(shared, app, lou, roles=[half, none])
    zone(db, new_id(), "only", role=True)
    assert "tu n’en as aucun" in earn(shared, app, lou)


def test_earnings_say_what_was_set(shared, app, db, lou):
    settle(db, rate_percent=200, day_xp_max=500, reaction=False)
    text = earn(shared, app, lou)
    assert "2 à 6 XP" in text and "tout rapporte ×2" in text and "sur 500 au plus" in text
    assert "Réaction reçue** · rien" in text
    settle(db, levels=False)
    assert "désactivés sur ce serveur" in earn(shared, app, lou)


@pytest.mark.parametrize("why, words", [
    ("paid", "a rapporté 3 XP"), ("cooldown", "trop tôt"), ("place", "sans XP"), ("role", "tes rôles"),
    ("cap", "plafond"), ("levels", "niveaux étaient"), ("off", "messages étaient"), ("zero", "valent 0")])
def test_earnings_say_why_the_latest_message_earned_what_it_did(shared, app, db, lou, why, words):
    db.run("UPDATE users SET message_why = %s, message_xp = 3 WHERE guild_id = %s AND user_id = %s",
           why, GUILD, lou.id)
    assert words in earn(shared, app, lou)


def test_earnings_tell_when_the_next_message_counts(shared, app, db, lou):
    db.run("UPDATE users SET last_message_xp_time = now() AT TIME ZONE 'utc'"
           " WHERE guild_id = %s AND user_id = %s", GUILD, lou.id)
    assert re.search(r"compte <t:\d+:R>", earn(shared, app, lou))


# -- /recompenses


def test_rewards_are_listed_and_ones_own_marked(shared, app, db, lou):
    first, second = new_id(), new_id()
    assert "pas encore" in shown(shared.ask(app.command("recompenses", lou)))
    assert change(db, {f"reward.{first}": {"level": 5, "mode": "stack"},
                       f"reward.{second}": {"level": 10, "mode": "single"}})["done"]
    body = app.command("recompenses", lou)
    body["member"]["roles"] = [first]
    reply = shared.ask(body)
    lines = shown(reply).split("\n")[1:]
    assert is_ephemeral(reply)
    assert lines == [f"✅ **Niveau 5** · <@&{first}>", f"**Niveau 10** · <@&{second}>"]


def test_a_hundred_rewards_are_paged(shared, app, db, lou):
    for start in range(0, 100, 20):
        assert change(db, {f"reward.{new_id()}": {"level": 2 + start + i, "mode": "stack"}
                           for i in range(20)})["done"]
    reply = shared.ask(app.command("recompenses", lou))
    seen = shown(reply).count("Niveau")
    for _ in range(3):
        forward = parts(reply, BUTTON)[1]
        assert not forward.get("disabled")
        reply = shared.ask(app.press(forward["custom_id"], lou))
        seen += shown(reply).count("Niveau")
    assert seen == 100 and parts(reply, BUTTON)[1]["disabled"]
    assert is_refusal(shared.ask(app.press(custom_id("recompenses", "next"), lou)))


# -- /limite


def limit(shared, app, member, *amount):
    reply = shared.ask(app.command("limite", member, *(("montant", value) for value in amount)))
    if is_refusal(reply):
        return None
    assert is_ephemeral(reply)
    return shown(reply)


def effective(db, member):
    return db.one("SELECT besace_loss_limit(%s, %s)", GUILD, member.id)


def test_a_limit_counts_at_once_when_it_is_lowered(shared, app, db, lou):
    assert "Par jour : **sans limite**" in limit(shared, app, lou)
    assert "Par jour : **100**" in limit(shared, app, lou, 100)
    assert effective(db, lou) == 100
    limit(shared, app, lou, 50)
    assert effective(db, lou) == 50


@pytest.mark.parametrize("raised, expected", [(200, 200), (0, None)])
def test_a_limit_is_raised_a_day_later(shared, app, db, lou, raised, expected):
    limit(shared, app, lou, 100)
    assert "À partir de <t:" in limit(shared, app, lou, raised)
    assert effective(db, lou) == 100
    due = db.one("SELECT next_at FROM besace_loss_limits WHERE user_id = %s", lou.id)
    limit(shared, app, lou, raised)
    assert db.one("SELECT next_at FROM besace_loss_limits WHERE user_id = %s", lou.id) == due
    db.run("UPDATE besace_loss_limits SET next_at = next_at - interval '24 hours'"
           " WHERE user_id = %s", lou.id)
    assert effective(db, lou) == expected
    assert "À partir" not in limit(shared, app, lou)


def test_lowering_again_forgets_what_was_to_be_raised(shared, app, db, lou):
    limit(shared, app, lou, 100)
    limit(shared, app, lou, 500)
    assert "À partir" not in limit(shared, app, lou, 80)
    db.run("UPDATE besace_loss_limits SET next_at = next_at - interval '24 hours'"
           " WHERE user_id = %s", lou.id)
    assert effective(db, lou) == 80


@pytest.mark.parametrize("amount", [-1, 1000001])
def test_a_limit_has_its_range(shared, app, db, lou, amount):
    assert limit(shared, app, lou, amount) is None and effective(db, lou) is None


def test_the_same_limit_sent_again_is_answered_the_same(shared, app, db, lou):
    body = app.command("limite", lou, ("montant", 100))
    first = shared.ask(body)
    limit(shared, app, lou, 50)
    assert shared.ask(body) == first and effective(db, lou) == 50


# -- /annonces


def own(db, member):
    return db.run("SELECT announce_ping, announce_none, page_hidden FROM users"
                  " WHERE guild_id = %s AND user_id = %s", GUILD, member.id)[0]


def test_announcements_are_a_panel_of_three_choices(shared, app, db, lou):
    reply = shared.ask(app.command("annonces", lou))
    assert is_ephemeral(reply) and own(db, lou) == (False, False, False)
    for label, words, row in (("Me notifier", "notification quand", (True, False, False)),
                              ("Ne pas m’annoncer", "ne sont pas annoncés", (False, True, False)),
                              ("Silencieuses", "sans notification", (False, False, False))):
        button = next(part for part in parts(reply, BUTTON) if part["label"] == label)
        reply = shared.ask(app.press(button["custom_id"], lou))
        assert reply["type"] == 7 and words in shown(reply) and own(db, lou) == row
        assert [part["label"] for part in parts(reply, BUTTON) if part.get("disabled")] == [label]


def test_a_member_leaves_the_page_and_comes_back(shared, app, db, lou):
    reply = shared.ask(app.command("annonces", lou))
    for hidden in (True, False):
        button = next(part for part in parts(reply, BUTTON) if ":web:" in part["custom_id"])
        reply = shared.ask(app.press(button["custom_id"], lou))
        assert own(db, lou) == (False, False, hidden)


def test_forged_choices_of_announcements_are_refused(shared, app, db, lou):
    for id in (custom_id("annonces", "set"), custom_id("annonces", "set", word="rien"),
               custom_id("annonces", "web", word="rien"), custom_id("annonces", "rien")):
        assert is_refusal(shared.ask(app.press(id, lou)))
    assert own(db, lou) == (False, False, False)
