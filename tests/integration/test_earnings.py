"""/gains, /recompenses and /limite: what one earns here and why, which roles, how much one may lose."""

import re

import pytest

from support.interactions import GUILD, Member, custom_id, new_id
from support.panel import BUTTON, parts, shown
from support.replies import is_ephemeral, is_refusal
from support.settings import change, settle, zone
from support.wait import until


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
    for words in ("1 à 3 XP · ton prochain message compte", "2 XP par réaction reçue, 10 au plus",
                  "1 XP à deux, 3 à trois", "+25 chaque heure", "15 XP la victoire, 5 la défaite",
                  "Aujourd’hui : **0 XP**", "pas encore écrit"):
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
    assert f"<#{app.channel_id}> est sans XP" in text and "Écrire" not in text


def test_earnings_of_a_thread_are_its_channels(shared, app, db, lou):
    channel = new_id()
    zone(db, channel, "factor", 300)
    assert "3 à 9 XP" in earn(shared, app, lou, type=11, parent_id=channel)


@pytest.mark.parametrize("moved", [False, True])
def test_a_thread_is_in_the_category_that_was_last_seen_of_its_channel(shared, app, db, lou, moved):
    """In an interaction there; what was seen of the thread itself is older."""
    category, channel, thread = new_id(), new_id(), new_id()
    zone(db, category, "factor", 300)
    if moved:
        db.run("INSERT INTO besace_channels (guild_id, channel_id, parent_id, category_id)"
               " VALUES (%s, %s, %s, %s)", GUILD, thread, channel, new_id())
    earn(shared, app, lou, id=channel, parent_id=category)
    until(lambda: db.run("SELECT category_id FROM besace_channels WHERE channel_id = %s", channel) == [(category,)],
          "it is kept")
    body = app.command("gains", lou)
    body["channel_id"] = thread
    body["channel"].update(id=thread, type=11, parent_id=channel)
    assert "3 à 9 XP" in shown(shared.ask(body))


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


def test_earnings_name_no_role_that_is_not_why(shared, app, db, lou):
    """A factor lets nobody earn where other roles alone do; of those that let one earn the first is named."""
    only, double = new_id(), new_id()
    zone(db, only, "only", role=True)
    zone(db, double, "factor", 225, role=True)
    text = earn(shared, app, lou, roles=[double])
    assert "tu n’en as aucun" in text and double not in text
    assert f"<@&{only}> : ×1\n" in earn(shared, app, lou, roles=[only])
    assert f"<@&{double}> : ×2,25\n" in earn(shared, app, lou, roles=[only, double])


@pytest.mark.parametrize("fewest, max, words", [
    (2, 2, "1 XP à deux, 1 à trois"), (3, None, "3 XP à 3, 5 à 4"), (4, 4, "5 XP à 4, 5 à 5"),
    (10, 3, "3 XP à 10, 3 à 11")])
def test_earnings_of_voice_are_those_of_as_many_as_it_takes(shared, app, db, lou, fewest, max, words):
    settle(db, voice_members_min=fewest, voice_count_max=max)
    assert words in earn(shared, app, lou)
    assert words.split(", ")[1] in shown(shared.ask(app.press(custom_id("aide", "xp"), lou)))


def test_earnings_name_what_a_push_brings(shared, app, db, lou):
    settle(db, game_push=3)
    assert "5 la défaite, 3 l’égalité" in earn(shared, app, lou)


def test_earnings_say_what_was_set(shared, app, db, lou):
    settle(db, rate_percent=200, day_xp_max=500, reaction=False)
    text = earn(shared, app, lou)
    assert "2 à 6 XP" in text and "tout rapporte ×2" in text and "sur 500 au plus" in text
    assert "Plaire** · désactivé ici" in text
    settle(db, message_min=4, message_max=4)
    assert "Écrire** · 8 XP ·" in earn(shared, app, lou)
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
    assert re.search(r"de nouveau <t:\d+:R>", earn(shared, app, lou))


def test_earnings_say_when_the_cap_of_the_day_is_reached(shared, app, db, lou):
    settle(db, day_xp_max=40)
    db.run("UPDATE users SET xp_today = 40, xp_day = (now() AT TIME ZONE 'Europe/Paris')::date"
           " WHERE guild_id = %s AND user_id = %s", GUILD, lou.id)
    assert "**40 XP**, le plafond du jour est atteint" in earn(shared, app, lou)


def test_earnings_lead_to_level_places_and_roles(shared, app, lou):
    reply = shared.ask(app.command("gains", lou))
    for button, words in zip(parts(reply, BUTTON), ("Niveau", "Classement", "rôle")):
        opened = shared.ask(app.press(button["custom_id"], lou))
        assert opened["type"] == 4 and is_ephemeral(opened) and words in shown(opened)


# -- /recompenses


def test_rewards_are_listed_and_ones_own_marked(shared, app, db, lou):
    first, second = new_id(), new_id()
    assert "pas encore" in shown(shared.ask(app.command("recompenses", lou)))
    assert change(db, {f"reward.{first}": {"level": 5, "mode": "stack"},
                       f"reward.{second}": {"level": 10, "mode": "single"}})["done"]
    body = app.command("recompenses", lou)
    body["member"]["roles"] = [first]
    reply = shared.ask(body)
    assert is_ephemeral(reply) and shown(reply).split("\n")[1:] == [
        f"Prochain rôle : <@&{first}> au **niveau 5**, plus que **1 000 XP**.",
        f"✅ **Niveau 5** · <@&{first}> · tu l’as",
        f"🔒 **Niveau 10** · <@&{second}> · encore 4 500 XP"]
    db.run("UPDATE users SET xp = 1000 WHERE guild_id = %s AND user_id = %s", GUILD, lou.id)
    lines = shown(shared.ask(app.command("recompenses", lou))).split("\n")[1:]
    assert f"<@&{second}> au **niveau 10**" in lines[0]
    assert lines[1] == f"☑️ **Niveau 5** · <@&{first}> · niveau atteint"
    db.run("UPDATE users SET xp = 100000 WHERE guild_id = %s AND user_id = %s", GUILD, lou.id)
    assert "tous ces rôles" in shown(shared.ask(app.command("recompenses", lou)))


def test_rewards_that_are_gone_are_not_shown(shared, app, db, lou):
    role = new_id()
    assert change(db, {f"reward.{role}": {"level": 5, "mode": "stack"}})["done"]
    db.run("UPDATE besace_rewards SET state = 'gone', state_at = now() WHERE guild_id = %s", GUILD)
    assert "pas encore" in shown(shared.ask(app.command("recompenses", lou)))


def test_who_manages_the_server_learns_how_a_reward_is_added(shared, app, db, lou):
    body = app.command("recompenses", lou)
    for permissions, told in ((0, False), (1 << 5, True), (1 << 3, True)):
        body = app.command("recompenses", lou)
        body["member"]["permissions"] = str(permissions)
        assert ("recompense ajouter" in shown(shared.ask(body))) is told


def test_asking_for_rewards_is_a_first_contact(shared, app, db, member):
    shared.ask(app.command("recompenses", member))
    assert db.one("SELECT count(*) FROM users WHERE guild_id = %s AND user_id = %s", GUILD, member.id) == 1


def test_a_hundred_rewards_are_paged(shared, app, db, lou):
    for start in range(0, 100, 20):
        assert change(db, {f"reward.{new_id()}": {"level": 2 + start + i, "mode": "stack"}
                           for i in range(20)})["done"]
    reply = shared.ask(app.command("recompenses", lou))
    seen = shown(reply).count("Niveau")
    for page in range(1, 5):
        back, here, forward = parts(reply, BUTTON)[:3]
        assert here["label"] == f"Page {page} / 4" and here["disabled"]
        assert back.get("disabled", False) is (page == 1)
        assert forward.get("disabled", False) is (page == 4)
        if page < 4:
            reply = shared.ask(app.press(forward["custom_id"], lou))
            assert reply["type"] == 7
            seen += shown(reply).count("Niveau")
    assert seen == 100
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
    assert "Tu n’en as pas" in limit(shared, app, lou)
    assert "# 100 LC par jour" in limit(shared, app, lou, 100)
    assert effective(db, lou) == 100
    limit(shared, app, lou, 50)
    assert effective(db, lou) == 50


@pytest.mark.parametrize("raised, expected", [(200, 200), (0, None)])
def test_a_limit_is_raised_a_day_later(shared, app, db, lou, raised, expected):
    limit(shared, app, lou, 100)
    assert "à partir du <t:" in limit(shared, app, lou, raised)
    assert effective(db, lou) == 100
    due = db.one("SELECT next_at FROM besace_loss_limits WHERE user_id = %s", lou.id)
    limit(shared, app, lou, raised)
    assert db.one("SELECT next_at FROM besace_loss_limits WHERE user_id = %s", lou.id) == due
    db.run("UPDATE besace_loss_limits SET next_at = next_at - interval '24 hours'"
           " WHERE user_id = %s", lou.id)
    assert effective(db, lou) == expected
    assert "à partir" not in limit(shared, app, lou)


def test_another_amount_waits_a_day_of_its_own(shared, app, db, lou):
    """What was asked for a day ago, nearly, is no way to have more at once."""
    def hours():
        return db.one("SELECT extract(epoch FROM next_at - now() AT TIME ZONE 'utc') / 3600"
                      " FROM besace_loss_limits WHERE user_id = %s", lou.id)

    limit(shared, app, lou, 100)
    limit(shared, app, lou, 200)
    db.run("UPDATE besace_loss_limits SET next_at = next_at - interval '23 hours' WHERE user_id = %s", lou.id)
    limit(shared, app, lou, 200)
    assert hours() < 1
    limit(shared, app, lou, 300)
    assert 23 < hours() <= 24


def test_lowering_again_forgets_what_was_to_be_raised(shared, app, db, lou):
    limit(shared, app, lou, 100)
    limit(shared, app, lou, 500)
    assert "à partir" not in limit(shared, app, lou, 80)
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


def press_limit(shared, app, member, label):
    """Presses the button LABEL of /limite, sent anew."""
    reply = shared.ask(app.command("limite", member))
    [button] = [part for part in parts(reply, BUTTON) if part["label"] == label]
    return shared.ask(app.press(button["custom_id"], member))


def test_a_limit_is_set_and_lifted_by_buttons(shared, app, db, lou):
    reply = press_limit(shared, app, lou, "250 LC")
    assert reply["type"] == 7 and "# 250 LC par jour" in shown(reply) and effective(db, lou) == 250
    assert "250 LC" not in [part["label"] for part in parts(reply, BUTTON)]
    lifted = press_limit(shared, app, lou, "Retirer la limite")
    assert "Plus de limite à partir du <t:" in shown(lifted) and effective(db, lou) == 250
    assert "Retirer la limite" not in [part["label"] for part in parts(lifted, BUTTON)]


def test_any_limit_is_typed_into_a_form(shared, app, db, lou):
    form = press_limit(shared, app, lou, "Autre montant")
    assert form["type"] == 9
    sent = app.modal(form["data"]["custom_id"], lou, {"montant": "1,5k"})
    reply = shared.ask(sent)
    assert reply["type"] == 7 and effective(db, lou) == 1500
    for wrong in ("0", "tout", "moitié", "-5", "beaucoup", "1000001", "2000000000000"):
        assert is_refusal(shared.ask(app.modal(form["data"]["custom_id"], lou, {"montant": wrong})))
    limit(shared, app, lou, 40)
    assert shared.ask(sent) == reply and effective(db, lou) == 40  # sent again: nothing more


@pytest.mark.parametrize("id", [
    custom_id("limite", "set"), custom_id("limite", "set", number=1000001), custom_id("limite", "rien"),
    custom_id("limite", "typed", number=5)])
def test_forged_limits_are_refused(shared, app, db, lou, id):
    assert is_refusal(shared.ask(app.press(id, lou))) and effective(db, lou) is None


def test_what_is_left_to_lose_is_the_lower_of_both_limits(shared, app, db, lou):
    db.run("INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type)"
           " VALUES (%s, %s, 60, 'bet')", GUILD, lou.id)
    db.run("UPDATE users SET balance = balance - 60 WHERE guild_id = %s AND user_id = %s", GUILD, lou.id)
    settle(db, loss_day_max=80)
    assert "**20 LC** possibles" in limit(shared, app, lou, 100)
    assert "limite atteinte" in limit(shared, app, lou, 50)


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
