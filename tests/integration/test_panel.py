"""/reglages: the panel and its sub-commands over real HTTP: who may, what each changes, refusals at
the edges of each range, two managers at once, a restart between a form and its sending, undoing."""

import concurrent.futures
import json
import re

import pytest

from support.golden import LOCALES, compare
from support.interactions import GUILD, Member, custom_id
from support.levels import level_start
from support.panel import (ADMINISTRATOR, BUTTON, MANAGE_GUILD, MANAGE_ROLES, ROLE_SELECT, SEND,
                           TEXT_SELECT, VIEW, Channel, Manager, Role, parts, shown, texts_of)
from support.replies import is_ephemeral, is_refusal
from support.replies import shown as refused_with
from support.settings import change, changed, version

PAGES = ["xp", "zones", "rewards", "announcements", "money", "games", "misc", "access"]
BESACE, LOW, HIGH, QUIET = "600", "500", "700", Role("1400000000000000103")

# (sub-command, options, what is then set)
COMMANDS = [
    ("xp message", [("min", 2), ("max", 8), ("delai", 30)],
     {"message_min": 2, "message_max": 8, "message_cooldown_s": 30}),
    ("xp reaction", [("xp", 5), ("plafond", 20)], {"reaction_xp": 5, "reaction_xp_max": 20}),
    ("xp vocal", [("premier", 3), ("suivant", 4), ("minimum", 3), ("muets", False), ("heure", 50)],
     {"voice_first": 3, "voice_further": 4, "voice_members_min": 3, "voice_muted": False,
      "voice_hour": 50}),
    ("xp jeu", [("gain", 20), ("perte", 0)], {"game_win": 20, "game_loss": 0}),
    ("xp rythme", [("facteur", 1.5)], {"rate_percent": 150}),
    ("xp plafond", [("xp", 500)], {"day_xp_max": 500}),
    ("jeu", [("nom", "roue"), ("actif", False), ("min", 20), ("max", 40), ("pause", 5)],
     {"roue.enabled": False, "roue.stake_min": 20, "roue.stake_max": 40, "roue.pause_s": 5}),
    ("monnaie", [("nom", "Écus"), ("symbole", "🌰"), ("depart", 0), ("cadeau", 50)],
     {"currency_name": "Écus", "currency_symbol": "🌰", "start_balance": 0, "gift_amount": 50}),
    ("annonce", [("ou", "ici"), ("niveau", 5), ("tous", 2), ("texte", "Bravo {membre}")],
     {"announce_place": "here", "announce_from_level": 5, "announce_every": 2,
      "announce_text": "Bravo {membre}"}),
]

# (page, section, field, least, most, a value beyond each)
RANGES = [
    ("xp", "message", "message_max", "1", "1000", "1001"),
    ("xp", "message", "message_cooldown_s", "5", "3600", "4"),
    ("xp", "reaction", "reaction_xp", "0", "100", "101"),
    ("xp", "reaction", "reaction_xp_max", "0", "1000", "1001"),
    ("xp", "voice", "voice_first", "0", "100", "101"),
    ("xp", "voice", "voice_further", "0", "20", "21"),
    ("xp", "voice", "voice_count_max", "2", "99", "1"),
    ("xp", "voice", "voice_members_min", "2", "10", "11"),
    ("xp", "hour", "voice_hour", "0", "1000", "1001"),
    ("xp", "game", "game_win", "0", "100", "101"),
    ("xp", "game", "game_push", "0", "100", "-1"),
    ("xp", "cap", "day_xp_max", "1", "100000", "0"),
    ("xp", "rate", "rate_percent", "0,1", "10", "10,1"),
    ("announcements", "filters", "announce_from_level", "1", "1000", "0"),
    ("announcements", "filters", "announce_every", "1", "100", "101"),
    ("money", "start", "start_balance", "0", "10000", "10001"),
    ("money", "gift", "gift_amount", "0", "10000", "10001"),
    ("money", "transfer", "transfer_day_max", "1", "1000000", "1000001"),
    ("money", "level_reward", "level_reward_percent", "0", "10", "10.5"),
    ("games", "loss", "loss_day_max", "1", "1000000", "0"),
    ("games", "game_roue", "stake_max", "10", "100000", "100001"),
    ("games", "game_roue", "pause_s", "0", "3600", "3601"),
]


@pytest.fixture
def db(shared):
    database = shared.database
    for table in ("besace_settings_audit", "besace_settings", "besace_game_settings",
                  "besace_zones", "besace_rewards", "besace_guild_roles", "besace_pages",
                  "besace_role_runs"):
        database.run(f"DELETE FROM {table} WHERE guild_id = %s", GUILD)
    return database


@pytest.fixture
def modo(shared, application, db):
    return Manager(shared, application, Member("modo"))


def roles(db, own=BESACE):
    """The guild has four roles: two below Besace's, Besace's own, one above."""
    db.run("INSERT INTO besace_guilds (guild_id, own_role_id) VALUES (%s, %s)"
           " ON CONFLICT (guild_id) DO UPDATE SET own_role_id = excluded.own_role_id", GUILD, own)
    for id, position in ((GUILD, 0), (QUIET.id, 1), (LOW, 1), (BESACE, 2), (HIGH, 3)):
        db.run("INSERT INTO besace_guild_roles (guild_id, role_id, position, permissions, managed)"
               " VALUES (%s, %s, %s, 0, false)", GUILD, id, position)


# -- who may


@pytest.mark.parametrize("command", ["panneau", "verifier", "historique", "acces", "zone liste",
                                     "recompense liste", "xp message", "monnaie"])
def test_without_the_permission_nothing_is_shown(shared, application, db, command):
    nobody = Manager(shared, application, Member(), permissions=0x664E98635CE41 & ~MANAGE_GUILD)
    assert is_refusal(nobody.command(command))


def test_without_the_permission_nothing_is_written(shared, application, db):
    nobody = Manager(shared, application, Member(), permissions=0)
    assert is_refusal(nobody.command("xp message", ("min", 2)))
    assert is_refusal(nobody.press(custom_id("reglages", "set", number=0, time=0, word="levels")))
    assert is_refusal(nobody.press(custom_id("reglages", "form", number=0, word="message")))
    assert is_refusal(nobody.press(custom_id("reglages", "reset", number=0, word="xp")))
    assert changed(db) == {}


def test_a_role_of_acces_may_and_loses_it_again(shared, application, modo, db):
    boss = Manager(shared, application, Member(), permissions=ADMINISTRATOR)
    helper = Manager(shared, application, Member(), permissions=0, roles=[LOW])
    assert is_refusal(helper.command("panneau"))
    assert "Intégrations" in shown(boss.command("acces", ("role1", Role(LOW))))
    assert changed(db) == {"access_roles": [LOW]}
    assert "Réglages" in shown(helper.command("panneau"))
    assert not is_refusal(helper.button(helper.open("xp"), "Désactiver : Messages"))
    boss.press(custom_id("reglages", "access", number=version(db)), values=[], kind=ROLE_SELECT)
    assert "access_roles" not in changed(db)
    assert is_refusal(helper.open("xp"))


def test_only_an_administrator_changes_access(modo, db):
    assert is_refusal(modo.command("acces", ("role1", Role(LOW))))
    assert is_refusal(modo.press(custom_id("reglages", "access", number=0), values=[LOW],
                                 things=[Role(LOW)], kind=ROLE_SELECT))
    assert is_refusal(modo.press(custom_id("reglages", "reset", number=0, word="access")))
    assert "Accès" in shown(modo.command("acces"))
    assert changed(db) == {}


def test_rewards_also_need_manage_roles(modo, db):
    roles(db)
    assert "Gérer les rôles" in refused_with(
        modo.command("recompense ajouter", ("niveau", 5), ("role", Role(LOW))))
    assert changed(db) == {}


# -- the panel


def test_each_page_is_one_private_message(modo, db):
    first = modo.command("panneau")
    assert first["type"] == 4 and is_ephemeral(first)
    select = parts(first, TEXT_SELECT)[0]
    assert [option["value"] for option in select["options"]] == ["home", *PAGES]
    for page in PAGES:
        reply = modo.press(select["custom_id"], values=[page], kind=TEXT_SELECT)
        assert reply["type"] == 7 and len(reply["data"]["components"]) == 1
        assert len(parts(reply, 9)) <= 9
        assert reply["data"]["components"] == modo.open(page)["data"]["components"]


def test_the_first_page_marks_what_was_changed(modo, db):
    assert "rythme ×1" in shown(modo.command("panneau"))
    modo.command("xp rythme", ("facteur", 2.0))
    first = shown(modo.command("panneau"))
    assert "rythme **×2**" in first and "modo" in first and "Facteur sur tout l’XP" in first


@pytest.mark.parametrize("page, key", [
    ("xp", "levels"), ("xp", "message"), ("xp", "reaction"), ("xp", "voice"), ("xp", "game"),
    ("announcements", "announce_ping"), ("money", "transfer"), ("misc", "show_others")])
def test_a_switch_turns_off_and_on(modo, db, page, key):
    def pressed():
        buttons = [part["custom_id"] for part in parts(modo.open(page), BUTTON)
                   if ":set:" in part["custom_id"] and part["custom_id"].endswith(f":w{key}")]
        assert len(buttons) == 1
        return modo.press(buttons[0])
    assert pressed()["type"] == 7
    assert changed(db) == {key: False}
    pressed()
    assert changed(db) == {}


@pytest.mark.parametrize("page, section, field, minimum, maximum, beyond", RANGES)
def test_a_form_takes_each_range_to_its_edges(modo, db, page, section, field, minimum, maximum, beyond):
    for value in (minimum, maximum):
        reply = modo.send(modo.form(section, page), **{field: value})
        assert reply["type"] == 7, refused_with(reply)
    before = changed(db)
    reply = modo.send(modo.form(section, page), **{field: beyond})
    assert is_refusal(reply) and " à " in refused_with(reply)
    assert is_refusal(modo.send(modo.form(section, page), **{field: "douze"}))
    assert changed(db) == before


def test_a_form_shows_todays_values_and_its_ranges(modo, db):
    modo.command("xp message", ("min", 7), ("max", 9))
    fields = {label["component"]["custom_id"]: label
              for label in modo.form("message", "xp")["data"]["components"]}
    assert fields["message_min"]["component"]["value"] == "7"
    assert fields["message_cooldown_s"]["component"]["value"] == "60"
    assert fields["message_cooldown_s"]["description"] == "De 5 à 3600"


def test_an_empty_field_is_the_default(modo, db):
    modo.command("xp plafond", ("xp", 10))
    modo.send(modo.form("cap", "xp"), day_xp_max="")
    assert changed(db) == {}


def test_a_rate_ends_when_it_should(modo, db):
    modo.send(modo.form("rate", "xp"), rate_percent="×1,5", rate_until_ms="2")
    assert changed(db)["rate_percent"] == 150
    left = db.one("SELECT (rate_until_ms / 1000 - extract(epoch FROM now())) / 86400"
                  " FROM besace_settings WHERE guild_id = %s", GUILD)
    assert 1.9 < left < 2.1
    assert is_refusal(modo.send(modo.form("rate", "xp"), rate_until_ms="366"))
    modo.command("xp rythme", ("facteur", 2.0))
    assert "rate_until_ms" not in changed(db)


def test_misc_is_set_by_choices_and_texts(modo, db):
    modo.send(modo.form("language", "misc"), language=["en"])
    modo.send(modo.form("theme", "misc"), theme=["nuit"])
    modo.send(modo.form("zone", "misc"), time_zone="America/Montreal")
    assert changed(db) == {"language": "en", "theme": "nuit", "time_zone": "America/Montreal"}
    assert "fuseau" in refused_with(modo.send(modo.form("zone", "misc"), time_zone="Nulle/Part"))
    assert is_refusal(modo.send(modo.form("theme", "misc"), theme=["rien"]))


def test_a_game_is_kept_to_channels(modo, db):
    where = Channel()
    modo.send(modo.form("game_machine", "games"), channels=[where], enabled=False)
    assert changed(db) == {"machine.channels": [where.id], "machine.enabled": False}
    modo.send(modo.form("game_machine", "games"), channels=[], enabled=True)
    assert changed(db) == {}


def test_what_is_forged_is_refused(modo, db):
    for id in (custom_id("reglages", "rien"), custom_id("reglages", "open", word="rien"),
               custom_id("reglages", "set", number=0, time=1, word="message_min"),
               custom_id("reglages", "set", number=0, time=2, word="levels"),
               custom_id("reglages", "form", number=0, word="rien"),
               custom_id("reglages", "form", number=0, word="levels"),
               custom_id("reglages", "undo", number=0), custom_id("reglages", "undo", number=99999),
               custom_id("reglages", "page"), custom_id("reglages", "zone_rm", number=0)):
        assert is_refusal(modo.press(id)), id
    assert is_refusal(modo.press(custom_id("reglages", "page"), values=["rien"], kind=TEXT_SELECT))
    assert changed(db) == {}


# -- at the keyboard


@pytest.mark.parametrize("path, options, expected", COMMANDS, ids=[row[0] for row in COMMANDS])
def test_a_command_sets_what_it_names(modo, db, path, options, expected):
    if path != "xp rythme" and path != "jeu":
        assert is_ephemeral(modo.command(path)) and changed(db) == {}
    reply = modo.command(path, *options)
    assert "✅" in shown(reply) and is_ephemeral(reply)
    assert changed(db) == expected
    assert "Rien à changer" in shown(modo.command(path, *options))
    assert db.one("SELECT count(*) FROM besace_settings_audit WHERE guild_id = %s", GUILD) == len(expected)


@pytest.mark.parametrize("path, options", [
    ("xp message", [("min", 1001)]), ("xp message", [("delai", 4)]), ("xp vocal", [("suivant", 21)]),
    ("xp rythme", [("facteur", 10.1)]), ("xp rythme", [("facteur", 1.55)]),
    ("jeu", [("nom", "rien")]), ("jeu", [("nom", "roue"), ("min", 0)]),
    ("monnaie", [("nom", "x" * 21)]), ("annonce", [("niveau", 0)]), ("defaut", [("page", "rien")]),
    ("zone ajouter", [("effet", "sans-xp")]), ("recompense ajouter", [("niveau", 1), ("role", Role(LOW))])])
def test_a_command_out_of_its_range_changes_nothing(modo, db, path, options):
    modo.permissions |= MANAGE_ROLES
    assert is_refusal(modo.command(path, *options))
    assert changed(db) == {}


def test_a_minimum_above_the_maximum_is_refused(modo, db):
    assert "maximum" in refused_with(modo.command("xp message", ("min", 4)))
    assert changed(db) == {}


def test_zones_are_added_changed_and_removed(modo, db):
    place, role = Channel(type=4), Role()
    modo.command("zone ajouter", ("effet", "sans-xp"), ("salon", place))
    modo.command("zone ajouter", ("effet", "facteur"), ("role", role), ("facteur", 1.5))
    assert changed(db) == {f"zone.{place.id}": {"effect": "none"},
                           f"zone.@{role.id}": {"effect": "factor", "factor_percent": 150}}
    page = modo.command("zone liste")
    assert f"<#{place.id}>" in shown(page) and "×1,5" in shown(page)
    modo.button(page, "Retirer")
    modo.command("zone retirer", ("role", role))
    assert changed(db) == {}
    for options in ([("effet", "sans-xp"), ("salon", place), ("role", role)],
                    [("effet", "facteur"), ("salon", place)]):
        assert is_refusal(modo.command("zone ajouter", *options))


def test_a_zone_is_added_by_the_form(modo, db):
    place = Channel()
    modo.send(modo.form("zone_add", "zones"), place=[place], effect=["factor"], factor="0,5")
    assert changed(db) == {f"zone.{place.id}": {"effect": "factor", "factor_percent": 50}}
    assert is_refusal(modo.send(modo.form("zone_add", "zones"), place=[Channel()], role=[Role()]))
    assert is_refusal(modo.send(modo.form("zone_add", "zones"), place=[Channel()],
                                effect=["factor"], factor="11"))


def test_a_list_is_paged_by_ten(modo, db):
    for _ in range(5):
        change(db, {f"zone.{Channel().id}": {"effect": "none"} for _ in range(5)})
    page = modo.open("zones")
    assert len(parts(page, 9)) == 10
    page = modo.button(page, "Page suivante")
    page = modo.button(page, "Page suivante")
    assert len(parts(page, 9)) == 5
    assert len(parts(modo.button(page, "Page précédente"), 9)) == 10


def test_a_full_list_is_refused(modo, db):
    outcome = change(db, {f"zone.{Channel().id}": {"effect": "none"} for _ in range(50)})
    assert outcome["done"]
    assert "50" in refused_with(modo.command("zone ajouter", ("effet", "seulement"), ("salon", Channel())))
    assert len(changed(db)) == 50


def test_rewards_are_added_and_removed(modo, db):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    modo.roles = [HIGH]
    reply = modo.command("recompense ajouter", ("niveau", 5), ("role", Role(LOW)), ("mode", "seul"))
    assert changed(db) == {f"reward.{LOW}": {"level": 5, "mode": "single"}}
    assert "**5**" in shown(reply) and "seul" in shown(reply)
    modo.send(modo.form("reward_add", "rewards"), role=[Role(LOW)], level="7")
    assert changed(db) == {f"reward.{LOW}": {"level": 7, "mode": "stack"}}
    modo.send(modo.form("reward_options", "rewards"), reward_keep=True, reward_return=False)
    assert changed(db)["reward_keep"] is True and changed(db)["reward_return"] is False
    modo.command("recompense retirer", ("role", Role(LOW)))
    assert f"reward.{LOW}" not in changed(db)


@pytest.mark.parametrize("role, words", [(HIGH, "Besace"), (BESACE, "Besace"), (GUILD, "@everyone")])
def test_a_role_that_cannot_be_given_is_no_reward(modo, db, role, words):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    modo.roles = [HIGH]
    assert words in refused_with(modo.command("recompense ajouter", ("niveau", 5), ("role", Role(role))))
    assert changed(db) == {}


def test_a_role_above_the_setters_own_is_no_reward(modo, db):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    assert "ton plus haut" in refused_with(
        modo.command("recompense ajouter", ("niveau", 5), ("role", Role(LOW))))
    assert changed(db) == {}


@pytest.mark.parametrize("channel, words", [
    (Channel(type=15), "forum"), (Channel(type=4), "catégorie"),
    (Channel(permissions=VIEW), "Envoyer des messages"), (Channel(permissions=SEND), "Voir le salon"),
    (Channel(type=11, permissions=VIEW | SEND), "dans les fils")])
def test_announcements_need_a_channel_that_takes_them(modo, db, channel, words):
    assert words in refused_with(modo.command("annonce", ("salon", channel)))
    assert words in refused_with(modo.send(modo.form("place", "announcements"),
                                           announce_place=["channel"], announce_channel_id=[channel]))
    assert changed(db) == {}


def test_announcements_get_a_channel(modo, db):
    channel = Channel()
    modo.command("annonce", ("salon", channel))
    assert changed(db) == {"announce_place": "channel", "announce_channel_id": channel.id}
    modo.send(modo.form("place", "announcements"), announce_place=["none"], announce_channel_id=[])
    assert changed(db) == {"announce_place": "none"}
    assert is_refusal(modo.send(modo.form("place", "announcements"), announce_place=["channel"]))


# -- two at once, restarts, history


def test_a_form_opened_before_anothers_change_is_refused(shared, application, modo, db):
    other = Manager(shared, application, Member("autre"))
    form = modo.form("message", "xp")
    other.command("xp message", ("max", 9))
    reply = modo.send(form, message_max="50")
    assert is_refusal(reply)
    assert "autre" in refused_with(reply) and "<t:" in refused_with(reply)
    assert changed(db) == {"message_max": 9}


def test_a_form_survives_a_change_of_something_else(shared, application, modo, db):
    other = Manager(shared, application, Member())
    form = modo.form("message", "xp")
    other.command("xp reaction", ("xp", 9))
    assert modo.send(form, message_max="50")["type"] == 7
    assert changed(db) == {"message_max": 50, "reaction_xp": 9}


def test_two_managers_at_once_change_once_and_the_other_is_told(shared, application, db):
    managers = [Manager(shared, application, Member()) for _ in range(6)]
    forms = [manager.form("message", "xp") for manager in managers]
    with concurrent.futures.ThreadPoolExecutor(len(managers)) as pool:
        replies = list(pool.map(lambda i: managers[i].send(forms[i], message_max=str(10 + i)),
                                range(len(managers))))
    won = [i for i, reply in enumerate(replies) if reply["type"] == 7]
    assert len(won) == 1 and changed(db) == {"message_max": 10 + won[0]}
    assert all(is_refusal(reply) for i, reply in enumerate(replies) if i not in won)


def test_a_form_survives_a_restart(start, empty_database, application):
    before = start(empty_database)
    modo = Manager(before, application, Member())
    form = modo.form("message", "xp")
    before.stop()
    modo.service = start(empty_database)
    assert modo.send(form, message_max="42")["type"] == 7
    assert changed(empty_database) == {"message_max": 42}


def test_the_same_press_again_changes_nothing_more(shared, modo, db):
    body = modo.app.press(custom_id("reglages", "set", number=0, time=0, word="levels"), modo.member)
    body["member"]["permissions"] = str(MANAGE_GUILD)
    first = shared.ask(body)
    modo.command("xp message", ("max", 5))
    assert first["type"] == 7 and shared.ask(body)["type"] == 7
    assert db.one("SELECT count(*) FROM besace_settings_audit WHERE guild_id = %s"
                  " AND setting = 'levels'", GUILD) == 1


def test_a_change_is_taken_back_from_the_history(modo, db):
    modo.command("xp message", ("min", 2), ("max", 8))
    history = modo.command("historique")
    assert "XP par message, maximum** : 3 → **8**" in shown(history)
    assert modo.button(history, "Annuler")["type"] == 7
    assert changed(db) == {}
    history = modo.command("historique")
    assert "~~**XP par message, maximum** : 3 → **8**~~" in shown(history) and " · annulé" in shown(history)


def test_a_change_that_was_changed_again_is_not_taken_back(modo, db):
    modo.command("monnaie", ("cadeau", 100))
    modo.command("monnaie", ("cadeau", 200))
    history = modo.command("historique")
    assert " · changé depuis" in shown(history)
    assert [button["label"] for button in parts(history, BUTTON)].count("Annuler") == 1


def test_the_history_is_turned_and_turned_back(modo, db):
    for amount in range(30, 42):
        modo.command("monnaie", ("cadeau", amount))
    latest = modo.command("historique")
    older = modo.button(latest, "Plus anciens")
    assert "25 LC → **30 LC**" in shown(older) and "25 LC → **30 LC**" not in shown(latest)
    assert shown(modo.button(older, "Les derniers")) == shown(latest)


def test_the_first_page_takes_back_the_latest_change(modo, db):
    modo.command("monnaie", ("cadeau", 100))
    assert modo.button(modo.command("panneau"), "Annuler ce changement")["type"] == 7
    assert changed(db) == {}


def test_a_change_is_not_taken_back_after_seven_days_nor_twice(modo, db):
    modo.command("monnaie", ("cadeau", 100))
    audit = db.one("SELECT max(id) FROM besace_settings_audit WHERE guild_id = %s", GUILD)
    undo = custom_id("reglages", "undo", number=audit)
    db.run("UPDATE besace_settings_audit SET created_at = created_at - interval '8 days'"
           " WHERE guild_id = %s", GUILD)
    assert "7 jours" in refused_with(modo.press(undo))
    history = modo.command("historique")
    assert "trop ancien" in shown(history) and "Annuler" not in [
        button["label"] for button in parts(history, BUTTON)]
    db.run("UPDATE besace_settings_audit SET created_at = created_at + interval '2 days'"
           " WHERE guild_id = %s", GUILD)
    assert modo.press(undo)["type"] == 7 and changed(db) == {}
    assert is_refusal(modo.press(undo))


def texts(reply):
    return texts_of(reply["data"]["components"])


def test_the_first_page_has_its_state_whatever_does_not_work(modo, db):
    """A role of Besace's that was moved down is a problem of every reward there is."""
    every = [str(1400000000000000000 + number) for number in range(100)]
    change(db, {f"reward.{role}": {"level": 10 + number, "mode": "stack"}
                for number, role in enumerate(every)})
    db.run("UPDATE besace_rewards SET state = 'blocked', code = 50013, state_at = now()"
           " WHERE guild_id = %s", GUILD)
    for reply in (modo.open("home"), modo.command("verifier")):
        assert shown(reply).count("50013") == 6 and "et 94 de plus" in shown(reply)
        assert "…" not in [text.strip() for text in texts(reply)]
    assert "**⭐ XP**" in shown(modo.open("home")) and "rythme ×1" in shown(modo.open("home"))


def test_a_long_text_leaves_room_for_the_other_changes(modo, db):
    for letter in "abcdefgh":
        reply = modo.command("annonce", ("texte", letter * 999))
        assert f"**{letter * 100}…**" in shown(reply) and "Lieu" in shown(reply)
    history = shown(modo.command("historique"))
    assert all(f"{letter * 100}… → **" in history for letter in "abcdefg")
    assert "h" * 999 in shown(modo.open("announcements"))
    assert f"{'h' * 100}… → " in shown(modo.command("defaut", ("page", "announcements")))


def test_a_question_says_how_many_more_would_change(modo, db):
    for mark, first in (("", 1400000000000000000), ("@", 1400000000000001000)):
        change(db, {f"zone.{mark}{first + number}": {"effect": "factor", "factor_percent": 150}
                    for number in range(50)})
    question = shown(modo.command("defaut", ("page", "zones")))
    listed = question.count("facteur ×1,5 → aucun")
    assert listed > 50 and f"et {100 - listed} de plus" in question
    modo.button(modo.command("defaut", ("page", "zones")), "Remettre par défaut")
    assert changed(db) == {}


def latest(db, key):
    """The press that takes back the latest change of KEY."""
    return custom_id("reglages", "undo", number=db.one(
        "SELECT max(id) FROM besace_settings_audit WHERE guild_id = %s AND setting = %s", GUILD, key))


def test_only_an_administrator_takes_a_change_of_access_back(shared, application, modo, db):
    boss = Manager(shared, application, Member(), permissions=ADMINISTRATOR)
    boss.command("acces", ("role1", Role(LOW)))
    boss.press(custom_id("reglages", "access", number=version(db)), values=[], kind=ROLE_SELECT)
    assert changed(db) == {}
    assert "qui administre" in refused_with(modo.press(latest(db, "access_roles")))
    assert changed(db) == {}
    assert boss.press(latest(db, "access_roles"))["type"] == 7
    assert changed(db) == {"access_roles": [LOW]}


def test_a_reward_comes_back_by_one_who_may_choose_it_only(modo, db):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    modo.roles = [HIGH]
    modo.command("recompense ajouter", ("niveau", 5), ("role", Role(LOW)))
    modo.command("recompense retirer", ("role", Role(LOW)))
    undo = latest(db, f"reward.{LOW}")
    modo.permissions &= ~MANAGE_ROLES
    assert "Gérer les rôles" in refused_with(modo.press(undo))
    modo.permissions |= MANAGE_ROLES
    modo.roles = [BESACE, LOW]
    assert modo.press(undo)["type"] == 7 and f"reward.{LOW}" in changed(db)
    modo.command("recompense retirer", ("role", Role(LOW)))
    undo = latest(db, f"reward.{LOW}")
    modo.roles = [LOW]
    assert "ton plus haut" in refused_with(modo.press(undo))
    modo.roles = [HIGH]
    db.run("UPDATE besace_guild_roles SET permissions = 8 WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    assert is_refusal(modo.press(undo)) and changed(db) == {}
    db.run("UPDATE besace_guild_roles SET permissions = 0 WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    assert modo.press(undo)["type"] == 7
    # Taking the addition back needs no more than removing it.
    db.run("UPDATE besace_guild_roles SET permissions = 8 WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    assert modo.press(latest(db, f"reward.{LOW}"))["type"] == 7 and changed(db) == {}


def test_a_page_goes_back_to_its_defaults_after_a_question(modo, db):
    modo.command("xp message", ("min", 2), ("max", 8))
    modo.command("monnaie", ("cadeau", 100))
    question = modo.command("defaut", ("page", "xp"))
    assert "XP par message, maximum : 8 → 3" in shown(question) and len(changed(db)) == 3
    modo.button(question, "Remettre par défaut")
    assert changed(db) == {"gift_amount": 100}
    assert "déjà par défaut" in shown(modo.command("defaut", ("page", "xp")))


def test_a_reset_asked_before_anothers_change_is_refused(shared, application, modo, db):
    modo.command("xp message", ("max", 8))
    question = modo.command("defaut", ("page", "xp"))
    Manager(shared, application, Member("autre")).command("xp message", ("max", 9))
    assert "autre" in refused_with(modo.button(question, "Remettre par défaut"))
    assert changed(db) == {"message_max": 9}


# -- what does not work


def test_check_names_what_does_not_work(modo, db):
    # Without a bot token Discord is asked for nothing; test_panel_asks.py has what it says.
    assert "Discord n’a pas répondu sur tout" in shown(modo.command("verifier"))
    roles(db)
    change(db, {f"reward.{HIGH}": {"level": 5, "mode": "stack"},
                f"reward.{LOW}": {"level": 6, "mode": "stack"}})
    db.run("UPDATE besace_rewards SET state = 'blocked', code = 50013, state_at = now()"
           " WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    for reply in (modo.command("panneau"), modo.command("verifier")):
        assert "au-dessus" in shown(reply) and "50013" in shown(reply) and "⚠️" in shown(reply)
    assert "50013" not in shown(modo.command("panneau"))  # it is being tried again


def test_check_names_filters_that_exclude_each_other(modo, db):
    nothing = "rien ne sera annoncé"
    change(db, {"announce_role_only": True})
    assert nothing in shown(modo.command("verifier"))
    change(db, {f"reward.{LOW}": {"level": 5, "mode": "stack"}})
    assert nothing not in shown(modo.command("verifier"))
    for one, other in ((6, None), (None, 2), (5, 10)):
        change(db, {"announce_from_level": one, "announce_every": other})
        assert nothing in shown(modo.command("verifier"))
    change(db, {"announce_from_level": 5, "announce_every": 5})
    assert nothing not in shown(modo.command("verifier"))


def test_the_panel_speaks_english(shared, application, db):
    boss = Manager(shared, application, Member(), permissions=ADMINISTRATOR, locale="en-GB")
    assert "Settings · Home" in shown(boss.command("panneau"))
    for page in PAGES:
        assert "Settings · " in shown(boss.open(page))


# -- what members see

LOU = "1400000000000000042"
PLACE, LOUD = Channel("1400000000000000101"), Channel("1400000000000000102")


def steady(reply):
    """REPLY with what is another each time made the same: versions, times."""
    text = json.dumps(reply, ensure_ascii=False)
    for changing, still in ((r"<t:\d+:", "<t:1400000000:"), (r":n[0-9a-z]+", ":n7")):
        text = re.sub(changing, still, text)
    return json.loads(text)


def scenes(modo):
    """Every page, form, question and list, with something set on each page."""
    modo.permissions = ADMINISTRATOR
    modo.roles = [HIGH]
    pages = {"panneau, nothing set": modo.command("panneau"),
             "zones, empty": modo.open("zones"), "rewards, empty": modo.open("rewards"),
             "historique, empty": modo.command("historique"),
             "verifier, without an answer": modo.command("verifier"),
             "xp message": modo.command("xp message", ("min", 2), ("max", 8)),
             "xp message, the same": modo.command("xp message", ("min", 2)),
             "xp message, out of range": modo.command("xp message", ("delai", 4)),
             "monnaie": modo.command("monnaie", ("nom", "Écus"), ("symbole", "🌰"))}
    modo.command("zone ajouter", ("effet", "facteur"), ("salon", PLACE), ("facteur", 1.5))
    modo.command("zone ajouter", ("effet", "sans-xp"), ("role", QUIET))
    modo.command("recompense ajouter", ("niveau", 5), ("role", Role(LOW)))
    modo.command("annonce", ("salon", LOUD), ("niveau", 5))
    modo.command("acces", ("role1", QUIET))
    for page in PAGES:
        pages[page] = modo.open(page)
    for page, section in (("xp", "message"), ("xp", "voice"), ("xp", "rate"), ("announcements", "place"),
                          ("announcements", "text"), ("money", "currency"), ("games", "game_roue"),
                          ("misc", "page"), ("zones", "zone_add"), ("rewards", "reward_add"),
                          ("rewards", "reward_options")):
        pages[f"form {section}"] = modo.form(section, page)
    history = modo.command("historique")
    modo.command("xp message", ("min", 1))
    pages["historique, an entry taken back"] = modo.button(modo.command("historique"), "Annuler|Undo")
    return {**pages, "historique": history, "panneau": modo.command("panneau"),
            "defaut xp": modo.command("defaut", ("page", "xp")),
            "defaut zones": modo.command("defaut", ("page", "zones"))}


@pytest.mark.parametrize("language", LOCALES)
def test_every_page_is_the_golden_one(start, empty_database, application, language):
    service = start(empty_database)
    roles(empty_database)
    modo = Manager(service, application, Member("modo", id=LOU), locale=LOCALES[language])
    compare(f"panel_{language}.json", {title: steady(reply) for title, reply in scenes(modo).items()})


def test_rewards_are_given_to_all_and_stopped(shared, modo, db):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    modo.roles = [HIGH]
    assert is_refusal(modo.command("recompense appliquer"))
    db.add_member(Member(), xp=10000)
    page = modo.command("recompense ajouter", ("niveau", 2), ("role", Role(LOW)))
    page = modo.button(page, "Appliquer maintenant")
    assert "droit" in shown(page)
    modo.permissions = MANAGE_GUILD
    assert is_refusal(modo.command("recompense appliquer"))


def test_a_new_reward_asks_whether_those_who_have_its_level_get_it(modo, db):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    modo.roles = [HIGH]
    # Whoever other tests have left on high levels is no longer there.
    db.run("UPDATE users SET xp = 0 WHERE guild_id = %s AND xp >= %s", GUILD, level_start(999))
    for _ in range(2):
        db.add_member(Member(), xp=level_start(1000))
    page = modo.command("recompense ajouter", ("niveau", 1000), ("role", Role(LOW)))
    assert "2 membres y ont droit. L’appliquer maintenant ?" in shown(page)
    page = modo.button(page, "Appliquer maintenant")
    assert "Leurs rôles arrivent" in shown(page) and "maintenant ?" not in shown(page)
    assert db.run("SELECT role_id, state FROM besace_role_runs WHERE guild_id = %s", GUILD) == [
        (LOW, "running")]
    assert "0 sur" in shown(modo.open("rewards"))
    assert "arrêtée" in shown(modo.button(modo.open("rewards"), "Arrêter"))
    # Nobody has the level of another one: nothing is asked. What only changes its level asks.
    db.run("DELETE FROM besace_role_runs WHERE guild_id = %s", GUILD)
    assert "droit" not in shown(modo.command("recompense ajouter", ("niveau", 6000),
                                             ("role", Role(LOW))))
    assert "droit" in shown(modo.command("recompense ajouter", ("niveau", 999), ("role", Role(LOW))))


def test_announcements_are_tried_in_private(modo, db):
    change(db, {"announce_text": "{membre} {mention} {niveau} {ancien} {xp} {lc} {objets} {role}"
                                 " {serveur} {salon} @everyone <@&1>", "announce_place": "channel",
                "announce_channel_id": "1400000000000000702",
                f"reward.{LOW}": {"level": 5, "mode": "stack"}})
    db.run("INSERT INTO besace_guilds (guild_id, name) VALUES (%s, 'La Taverne')"
           " ON CONFLICT (guild_id) DO UPDATE SET name = excluded.name", GUILD)
    try:
        assert "La Taverne" in shown(modo.command("panneau"))
        reply = modo.button(modo.open("announcements"), "Essayer")
    finally:
        db.run("UPDATE besace_guilds SET name = NULL WHERE guild_id = %s", GUILD)
    text = shown(reply)
    assert reply["type"] == 4 and is_ephemeral(reply)
    assert reply["data"]["allowed_mentions"] == {"parse": []}
    for words in ("modo", f"<@{modo.member.id}>", " 5 4 1 000 ", "Jackpot", f"<@&{LOW}>",
                  "La Taverne", "<#1400000000000000702>", "toi seul le vois"):
        assert words in text, (words, text)
    change(db, {"announce_text": None})
    assert f"<@{modo.member.id}>" in shown(modo.button(modo.open("announcements"), "Essayer"))


@pytest.mark.parametrize("name", ["   ", "\u200b", "\u3164"])
def test_the_currency_has_a_name_that_shows(modo, db, name):
    assert is_refusal(modo.command("monnaie", ("nom", name)))
    assert is_refusal(modo.send(modo.form("currency", "money"), currency_name=name))
    assert changed(db) == {}


@pytest.mark.parametrize("symbol, good", [
    ("🌰", True), ("👨‍👩‍👧‍👦", True), ("🇫🇷", True), ("1️⃣", True), ("❤️", True), ("👍🏽", True),
    ("<:ecu:1400000000000000055>", True), ("<a:ecu:1400000000000000055>", True), ("LC", False),
    ("1", False), ("🌰🌰", False), ("🌰 ", False), ("<:ecu:1>", False), ("<@1400000000000000055>", False)])
def test_the_symbol_is_one_emoji(modo, db, symbol, good):
    reply = modo.command("monnaie", ("symbole", symbol))
    assert is_refusal(reply) != good
    if not good:
        assert "un seul emoji" in refused_with(reply)
    assert changed(db) == ({"currency_symbol": symbol} if good else {})


def test_a_template_names_known_variables_only(modo, db):
    reply = modo.command("annonce", ("texte", "Bravo {membres}"))
    assert is_refusal(reply) and "{membre}" in refused_with(reply)
    assert is_refusal(modo.send(modo.form("text", "announcements"), announce_text="{rien}"))
    assert changed(db) == {}
