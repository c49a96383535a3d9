"""/reglages: the panel and its sub-commands over real HTTP: who may, what each changes, refusals at
the edges."""

import pytest

from support.interactions import GUILD, Member, custom_id
from support.levels import level_start
from support.panel import (ADMINISTRATOR, BUTTON, MANAGE_GUILD, MANAGE_ROLES, ROLE_SELECT, SEND,
                           TEXT_SELECT, VIEW, Channel, Manager, Role, parts, shown)
from support.panel_guild import BESACE, HIGH, LOW, PAGES, db, modo, roles
from support.ranges import FORM_OF_TEXT, GAMES, RANGES, RATE_DAYS, TEXTS
from support.replies import is_ephemeral, is_refusal
from support.replies import shown as refused_with
from support.settings import change, changed, version

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


def test_everyone_is_no_role_that_tells_members_apart(shared, application, db):
    boss = Manager(shared, application, Member(), permissions=ADMINISTRATOR)
    everyone = Role(GUILD)
    assert "@everyone" in refused_with(boss.command("acces", ("role1", everyone)))
    assert "@everyone" in refused_with(boss.press(
        custom_id("reglages", "access", number=0), values=[GUILD], things=[everyone], kind=ROLE_SELECT))
    assert "@everyone" in refused_with(boss.command("zone ajouter", ("effet", "sans-xp"), ("role", everyone)))
    assert changed(db) == {}


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


@pytest.mark.parametrize("values, words", [
    ({"reaction": False, "message_cooldown_s": 30},
     ["Secondes entre deux messages payés : **30**", "Réactions : **non**"]),
    ({"voice_members_min": 4, "game": False}, ["Membres qu’il faut être : **4**", "Jeux : **non**"]),
    ({"zone.55": {"effect": "none"}, "reward.56": {"level": 5, "mode": "stack"}},
     ["**1 salon, 0 rôle**", "**5 → <@&56>**"]),
    ({"announce_text": "Bravo {membre}", "announce_role_only": True},
     ["texte : **celui du serveur**", "Seulement avec un rôle : **oui**"]),
    ({"gift_midnight": True, "transfer_day_max": 50},
     ["Cadeau à minuit : **oui**", "Dons au plus par jour : **50 LC**"]),
    ({"roue.stake_max": 99, "duel.enabled": False, "pfc.channels": ["55"]},
     ["**7 sur 8 ouverts**", "Mise maximum : **99**", "Duel · Jeu ouvert : **non**",
      "Seulement dans ces salons : **<#55>**"]),
    ({"page_name": "la-taverne", "reward_keep": True},
     ["Adresse de la page : **la-taverne**", "Garder le rôle si le niveau se perd : **oui**"])])
def test_the_first_page_says_all_that_was_changed(modo, db, values, words):
    assert change(db, values)["done"]
    first = shown(modo.command("panneau"))
    assert not [each for each in words if each not in first], first


def test_the_first_page_counts_what_it_has_no_room_for(modo, db):
    change(db, {f"{game}.{key}": value for game in (
        "roue", "blackjack", "machine", "duel", "roulette", "pfc", "007", "c21")
        for key, value in (("stake_min", 7), ("stake_max", 77), ("pause_s", 30), ("channels", ["55"]))})
    first = shown(modo.command("panneau")).split("Dernier changement")[0]
    said = first.count("Mise m") + first.count("Pause entre") + first.count("Seulement dans")
    assert 5 < said < 32 and f"… et {32 - said} de plus" in first


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


@pytest.mark.parametrize("row", RANGES, ids=[row.key for row in RANGES])
def test_a_form_takes_each_range_to_its_edges(modo, db, row):
    paired = {key: str(value) for key, value in row.paired}
    for value in (row.minimum, row.maximum):
        reply = modo.send(modo.form(row.section, row.page), **{**paired, row.field: row.typed(value)})
        assert reply["type"] == 7, refused_with(reply)
        assert changed(db).get(row.key, row.default) == value
    before = changed(db)
    for beyond in (row.typed(row.minimum - row.step), row.typed(row.maximum + row.step), "douze"):
        reply = modo.send(modo.form(row.section, row.page), **{**paired, row.field: beyond})
        assert is_refusal(reply) and " à " in refused_with(reply), beyond
    assert changed(db) == before


@pytest.mark.parametrize("row", [row for row in RANGES if row.command], ids=lambda row: row.key)
def test_a_command_takes_each_range_to_its_edges(modo, db, row):
    """What Discord holds members to is held to here as well."""
    path, *game = row.command.split(" ") if row.command.startswith("jeu ") else (row.command,)
    options = [(key.rpartition("_")[2], value) for key, value in row.paired]
    options += [("nom", name) for name in game]
    for value in (row.minimum, row.maximum):
        reply = modo.command(path, *options, (row.option, row.option_value(value)))
        assert not is_refusal(reply), refused_with(reply)
        assert changed(db).get(row.key, row.default) == value
    before = changed(db)
    below = row.minimum - row.step if row.default is not None else -1
    for beyond in (below, row.maximum + row.step):
        assert is_refusal(modo.command(path, *options, (row.option, row.option_value(beyond)))), beyond
    assert changed(db) == before


@pytest.mark.parametrize("key", TEXTS)
def test_a_form_takes_texts_to_their_edges(modo, db, key):
    section, page = FORM_OF_TEXT[key]
    taken, refused = TEXTS[key]
    for text in taken:
        reply = modo.send(modo.form(section, page), **{key: text})
        assert reply["type"] == 7, refused_with(reply)
        assert changed(db) == {key: text}
    for text in refused:
        assert is_refusal(modo.send(modo.form(section, page), **{key: text})), text
    assert changed(db) == {key: taken[-1]}


@pytest.mark.parametrize("game", GAMES)
def test_a_game_takes_ten_channels(modo, db, game):
    where = [Channel() for _ in range(11)]
    for count in (1, 10):
        modo.send(modo.form(f"game_{game}", "games"), channels=where[:count])
        assert changed(db) == {f"{game}.channels": [each.id for each in where[:count]]}
    reply = modo.send(modo.form(f"game_{game}", "games"), channels=where)
    assert is_refusal(reply) and "10" in refused_with(reply)
    assert changed(db) == {f"{game}.channels": [each.id for each in where[:10]]}


@pytest.mark.parametrize("count, good", [(1, True), (5, True), (6, False), (11, False)])
def test_five_roles_have_access(shared, application, db, count, good):
    boss = Manager(shared, application, Member(), permissions=ADMINISTRATOR)
    chosen = [Role() for _ in range(count)]
    reply = boss.press(custom_id("reglages", "access", number=0), values=[role.id for role in chosen],
                       things=chosen, kind=ROLE_SELECT)
    assert is_refusal(reply) != good
    assert changed(db) == ({"access_roles": [role.id for role in chosen]} if good else {})


@pytest.mark.parametrize("factor, percent", [("0,1", 10), ("10", 1000), ("0,09", None), ("10,01", None)])
def test_a_zone_takes_factors_to_their_edges(modo, db, factor, percent):
    place = Channel()
    value = {f"zone.{place.id}": {"effect": "factor", "factor_percent": percent}} if percent else {}
    reply = modo.send(modo.form("zone_add", "zones"), place=[place], effect=["factor"], factor=factor)
    assert is_refusal(reply) == (percent is None) and changed(db) == value
    change(db, dict.fromkeys(value))
    reply = modo.command("zone ajouter", ("effet", "facteur"), ("salon", place),
                         ("facteur", float(factor.replace(",", "."))))
    assert is_refusal(reply) == (percent is None) and changed(db) == value


@pytest.mark.parametrize("level, good", [(2, True), (6553, True), (1, False), (6554, False)])
def test_a_reward_has_a_level_that_can_be_reached(modo, db, level, good):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    modo.roles = [HIGH]
    value = {f"reward.{LOW}": {"level": level, "mode": "stack"}} if good else {}
    reply = modo.command("recompense ajouter", ("niveau", level), ("role", Role(LOW)))
    assert is_refusal(reply) != good and changed(db) == value
    change(db, dict.fromkeys(value))
    reply = modo.send(modo.form("reward_add", "rewards"), role=[Role(LOW)], level=str(level))
    assert is_refusal(reply) != good and changed(db) == value


@pytest.mark.parametrize("days, good", [(1, True), (RATE_DAYS, True), (0, False), (RATE_DAYS + 1, False)])
def test_a_rate_may_last_a_year(modo, db, days, good):
    reply = modo.send(modo.form("rate", "xp"), rate_percent="2", rate_until_ms=str(days))
    assert is_refusal(reply) != good and ("rate_until_ms" in changed(db)) == good
    change(db, dict.fromkeys(changed(db)))
    reply = modo.command("xp rythme", ("facteur", 2.0), ("jours", days))
    assert is_refusal(reply) != good and ("rate_until_ms" in changed(db)) == good


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
    (Channel(type=11, permissions=VIEW | SEND), "dans les fils"),
    (Channel(type=2), "Se connecter")])
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


# -- what members see


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
