"""The commands: their answers, for which members, in which language."""

import json
import re

import pytest

from support.golden import GOLDEN
from support.interactions import GUILD, Application, Member, base36, custom_id
from support.replies import (BUTTON, SELECT, components, heading, is_ephemeral, is_refusal, shown,
                             small, under)
from support.settings import reset, settle

def test_first_contact_makes_a_member(shared, app, member):
    reply = shared.ask(app.command("lc", member))
    assert under(reply) == "# 25 LC"
    row = shared.database.run("SELECT username, balance, xp, level, invites, message_count,"
                              " voice_time, last_gift_time FROM users WHERE user_id = %s", member.id)
    assert row == [(member.username, 25, 0, 1, 0, 0, 0, None)]


@pytest.mark.parametrize("name", ["lc", "niveau", "sac", "aide", "casino cotes", "historique", "stats"])
def test_every_command_makes_a_member_and_refreshes_the_name(shared, app, member, name):
    for seen in (member, Member("renamed", id=member.id)):
        reply = shared.ask(app.subcommand(name, seen) if " " in name else app.command(name, seen))
        assert reply["type"] == 4 and not is_refusal(reply)
        assert shared.database.run("SELECT balance, username FROM users WHERE user_id = %s",
                                   member.id) == [(25, seen.username)]


@pytest.mark.parametrize("name", ["launch", "lc"])
@pytest.mark.parametrize("locale, words", [("fr", "Cette commande"), ("en-US", "This command")])
def test_an_entry_point_of_the_application_gets_a_private_sentence(shared, app, member, name, locale,
                                                                   words):
    """Discord makes the command of an Activity; ours have none, whatever it is called."""
    pressed = app.command(name, member, locale=locale)
    pressed["data"]["type"] = 4  # PRIMARY_ENTRY_POINT
    reply = shared.ask(pressed)
    assert reply["type"] == 4 and is_refusal(reply) and is_ephemeral(reply)
    assert words in shown(reply)
    assert shared.database.run("SELECT 1 FROM users WHERE user_id = %s", member.id) == []


def test_a_member_named_as_an_option_is_made_too(shared, app, member):
    other = Member()
    reply = shared.ask(app.command("lc", member, ("membre", other)))
    assert other.username in heading(reply)
    assert shared.database.balance(other) == shared.database.balance(member) == 25


def test_a_member_can_be_named_by_themselves(shared, app, member):
    reply = shared.ask(app.command("niveau", member, ("membre", member)))
    assert member.username in heading(reply)


def test_the_balance_is_read_anew_each_time(shared, app, member):
    shared.database.add_member(member, balance=1000)
    assert under(shared.ask(app.command("lc", member))) == "# 1\u202f000 LC"
    shared.database.set_balance(member, 1234567)
    assert under(shared.ask(app.command("lc", member))) == "# 1\u202f234\u202f567 LC"
    english = shared.ask(app.command("lc", member, guild_locale="en-US"))
    assert under(english) == "# 1,234,567 LC"


@pytest.mark.parametrize("name", ["lc", "niveau"])
def test_naming_a_bot_is_refused_and_makes_no_member(shared, app, member, name):
    bot = Member(bot=True)
    reply = shared.ask(app.command(name, member, ("membre", bot)))
    assert is_refusal(reply) and "bot" in shown(reply)
    assert shared.database.run("SELECT 1 FROM users WHERE user_id = %s", bot.id) == []


def test_a_bot_is_never_a_member(shared, app):
    bot = Member(bot=True)
    for interaction in (app.command("lc", bot), app.command("sac", bot),
                        app.press(custom_id("sac", "jackpot", owner=bot.id), bot)):
        assert is_refusal(shared.ask(interaction))
    assert shared.database.run("SELECT 1 FROM users WHERE user_id = %s", bot.id) == []


def test_a_user_command_on_a_bot_is_refused(shared, app, member):
    bot = Member(bot=True)
    for name in ("Voir le niveau", "Voir le solde"):
        assert is_refusal(shared.ask(app.user_command(name, member, bot)))


def test_user_commands_show_the_member_clicked_on_privately(shared, app, member):
    other = shared.database.add_member(Member(), balance=700, xp=1250)
    balance = shared.ask(app.user_command("Voir le solde", member, other))
    assert is_ephemeral(balance) and "700 LC" in shown(balance) and other.username in shown(balance)
    level = shared.ask(app.user_command("Voir le niveau", member, other))
    assert is_ephemeral(level) and "250 / 500" in shown(level) and other.username in shown(level)


def test_a_user_command_is_no_slash_command(shared, app, member):
    assert is_refusal(shared.ask(app.command("Voir le niveau", member)))
    assert is_refusal(shared.ask(app.user_command("lc", member, Member())))


# -- languages


def test_public_messages_follow_the_server_and_private_ones_the_member(shared, app, member):
    for locale, guild_locale, public, private in (
            ("en-US", "fr", "Niveau", "Welcome"), ("fr", "en-GB", "Level", "Bienvenue"),
            ("de", "ja", "Niveau", "Bienvenue"), ("en-GB", "en-US", "Level", "Welcome")):
        languages = {"locale": locale, "guild_locale": guild_locale}
        assert public in shown(shared.ask(app.command("niveau", member, **languages)))
        assert private in shown(shared.ask(app.command("aide", member, **languages)))


def test_a_direct_message_follows_the_member(shared, app, member):
    stranger = shared.ask(app.command("niveau", member, guild=False))
    assert is_refusal(stranger) and "serveur" in shown(stranger)  # a member of no guild
    shared.database.add_member(member)
    for locale, word in (("en-US", "Level"), ("fr", "Niveau")):
        reply = shared.ask(app.command("niveau", member, locale=locale, guild=False))
        assert word in shown(reply)


def test_refusals_follow_the_member_even_in_another_server(shared, app, member):
    reply = shared.ask(app.command("nonsense", member, locale="en-US", guild_locale="fr"))
    assert is_refusal(reply) and "doesn’t exist" in shown(reply)


# -- what does not exist


def test_an_unknown_command_is_refused_politely(shared, app, member):
    for name in ("rien", "LC", "lc ", "balance", "x" * 32):
        assert is_refusal(shared.ask(app.command(name, member)))


@pytest.mark.parametrize("forged", [
    "x", "sac", "sac:", "sac:3", "sac:3:", "sac:3:jackpot", "sac:3:jackpot:", "sac:3:jackpot:o",
    "sac:2:jackpot:oID", "sac:4:jackpot:oID", "sac:03:jackpot:oID", "sac::jackpot:oID",
    "sac:3:jackpot:n0", "sac:3:jackpot:n0:oID", "sac:3:jackpot:oID:oID", "sac:3:jackpot:oID:n",
    "sac:3:jackpot:oID:n-1", "sac:3:jackpot:oID:nzik0zk", "sac:3:jackpot:oID:n00",
    "sac:3:jackpot:oID:n0:", "sac:3:jackpot:oID:n0:x1", "sac:3:jackpot:oID:n0 ", "sac:3:jackpot:oID ",
    "sac:3: jackpot:oID", "sac:3:gold:oID", "sac:3:multiplier_x4:oID", "sac:3:JACKPOT:oID",
    "sac:3:jackpot:o0", "sac:3:jackpot:o-ID", "sac:3:jackpot:o+ID", "sac:3:jackpot:o0ID",
    "sac:3:jackpot:ozzzzzzzzzzzzz", "SAC:3:jackpot:oID", "sac:page:ID:2", "sacs:3:jackpot:oID",
    "sac:3:" + "j" * 90, "🎁", "%s%n"])
def test_a_forged_or_old_button_is_refused_and_uses_nothing(shared, app, member, forged):
    shared.database.add_member(member, jackpot=1)
    reply = shared.ask(app.press(forged.replace("ID", base36(int(member.id))), member))
    assert is_refusal(reply), reply
    assert shared.database.items(member) == 1 and shared.database.ledger(member) == []


def test_an_unknown_modal_is_refused_politely(shared, app, member):
    for from_component in (True, False):
        modal = app.modal("mise", member, {"montant": "tout"}, from_component=from_component)
        assert is_refusal(shared.ask(modal))
    assert is_refusal(shared.ask(app.modal(custom_id("sac", "jackpot", owner=member.id), member, {})))


def test_autocomplete_gets_an_empty_list(shared, app, member):
    for typed in ("", "b", "é" * 100):
        reply = shared.ask(app.autocomplete("lc", member, "membre", typed))
        assert reply == {"type": 8, "data": {"choices": []}}


def help_pages(shared, app, member, locale):
    """All that /aide says: its first page, and what each topic of its select brings."""
    first = shared.ask(app.command("aide", member, locale=locale))
    [select] = components(first, SELECT)
    pages = [first]
    for option in select["options"]:
        press = app.press(select["custom_id"], member, locale=locale)
        press["data"].update(component_type=SELECT, values=[option["value"]])
        page = shared.ask(press)
        assert page["type"] == 7 and heading(page) == f"{option['emoji']['name']} {option['label']}"
        pages.append(page)
    assert is_ephemeral(first)
    return "\n".join(map(shown, pages))


@pytest.mark.parametrize("locale", ["fr", "en-US"])
def test_help_names_every_command_in_the_members_language(shared, app, member, locale):
    said = help_pages(shared, app, member, locale)
    for command in json.loads((GOLDEN / "registration_global.json").read_text()):
        name = command.get("name_localizations", {}).get(locale, command["name"])
        if command["name"] not in ("admin", "reglages", "aide"):
            assert name in said, name


def test_help_names_commands_so_that_they_can_be_pressed(shared, app, member):
    ids = {"lc": "801", "jeu": "802", "cadeau": "803"}
    shared.database.run("SELECT besace_command_ids_keep('0', %s)", json.dumps(ids))
    shared.database.run("SELECT besace_command_ids_keep(%s, %s)", GUILD, '{"cadeau": "804"}')
    try:
        for locale in ("fr", "en-US"):
            said = help_pages(shared, app, member, locale)
            assert "</cadeau:804>" in said and "</jeu duel:802>" in said and "</lc:801>" in said
            assert ("`/niveau`" if locale == "fr" else "`/level`") in said
    finally:
        shared.database.run("DELETE FROM besace_command_ids")


def test_help_goes_back_and_refuses_what_is_no_topic(shared, app, member):
    first = shared.ask(app.command("aide", member))
    games = next(b for b in components(first, BUTTON) if b["label"] == "Les jeux")
    page = shared.ask(app.press(games["custom_id"], member))
    [back] = components(page, BUTTON)
    home = shared.ask(app.press(back["custom_id"], member))
    assert home["type"] == 7 and shown(home) == shown(first)
    [select] = components(first, SELECT)
    for values in ([], ["xp", "lc"], ["nothing"]):
        press = app.press(select["custom_id"], member)
        press["data"].update(component_type=SELECT, values=values)
        assert is_refusal(shared.ask(press))


@pytest.mark.parametrize("locale, words", [("fr", ("cadeau", "/don", "jackpots", "À chaque niveau", "tous les 5 niveaux")),
                                           ("en-US", ("daily gift", "/give", "jackpots", "Every level", "every 5 levels"))])
def test_help_promises_nothing_that_the_server_has_turned_off(shared, app, member, locale, words):
    assert all(word in help_pages(shared, app, member, locale) for word in words)
    settle(shared.database, gift_amount=0, level_reward_items=False, level_reward_percent=0, transfer=False)
    try:
        said = help_pages(shared, app, member, locale)
        assert not [word for word in words if word in said]
        first = shared.ask(app.command("aide", member, locale=locale))
        steps = [line for line in shown(first).split("\n") if re.match(r"\*\*\d\.", line)]
        assert [step[2] for step in steps] == ["1", "2"]
        assert not [b for b in components(first, BUTTON) if b["custom_id"].startswith("cadeau")]
        for kept in ("25, 50", "×2", "×3"):
            assert kept in said
    finally:
        reset(shared.database, ["%"])


def test_help_makes_a_member_of_a_stranger(shared, app, member):
    shared.ask(app.command("aide", member))
    assert shared.database.balance(member) == 25


def test_results_are_public(shared, app, member):
    for name in ("lc", "niveau", "sac"):
        assert not is_ephemeral(shared.ask(app.command(name, member)))


# -- levels


@pytest.mark.parametrize("xp, level, into, need, percent, filled", [
    (0, 1, 0, 100, 0, 0), (99, 1, 99, 100, 99, 19), (100, 2, 0, 200, 0, 0), (104, 2, 4, 200, 2, 0),
    (299, 2, 199, 200, 99, 19), (300, 3, 0, 300, 0, 0), (1250, 5, 250, 500, 50, 10),
    (999, 4, 399, 400, 99, 19), (1000, 5, 0, 500, 0, 0)])
def test_the_level_its_progress_and_its_bar(shared, app, member, xp, level, into, need, percent, filled):
    shared.database.add_member(member, xp=xp)
    found = (shared.ask(app.command("niveau", member)))
    bar = "█" * filled + "░" * (20 - filled)
    assert re.fullmatch(rf"\*\*Niveau {level}\*\* · \d+\w+ sur \d+\n{into} / {need} XP \({percent}\u202f%\)"
                        rf" · encore {need - into} XP avant le niveau {level + 1}\n{bar}", under(found))
    assert small(found)[-1].startswith(f"{xp:,} XP au total".replace(",", "\u202f"))
    assert shared.database.one("SELECT level FROM users WHERE user_id = %s", member.id) == level


def test_the_most_xp_a_member_can_have_is_shown(shared, app, member):
    shared.database.add_member(member, xp=2147483647)
    text = shown(shared.ask(app.command("niveau", member, guild_locale="en-US")))
    # Level 6554 starts at 2,147,418,100.
    assert "**Level 6,554**" in text and "65,547 / 655,400 XP (10%)" in text
    assert "2,147,483,647 XP in total" in text


def test_another_applications_guild_is_served_alike(shared, member):
    """Whatever ids Discord sends: nothing is tied to one server."""
    other = Application()
    other.key = shared.application.key
    assert shared.ask(other.command("lc", member))["type"] == 4
