"""How a guild wants what its members read: its currency wherever amounts are, its language for what
is public, and whether members see each other."""

import json

import pytest

from support.interactions import Member
from support.panel import MANAGE_GUILD
from support.replies import is_ephemeral
from support.settings import settle

SYMBOLS = [("Écus", None, "Écus"), ("Écus", "🌰", "Écus 🌰"), (None, "🌰", "LC 🌰"),
           ("É" * 20, "👨‍👩‍👧‍👦", "É" * 20 + " 👨‍👩‍👧‍👦")]


@pytest.fixture(autouse=True)
def defaults(shared):
    """Tests of this file share a guild: each begins and ends with nothing set."""
    yield
    shared.database.run("SELECT besace_settings_replace(:guild, '{}')")


@pytest.fixture
def db(shared):
    return shared.database


def said(reply):
    """All that REPLY says and offers, with plain spaces."""
    text = json.dumps(reply["data"], ensure_ascii=False)
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def amounts(app, member, other):
    """Interactions whose answers say an amount."""
    yield app.command("lc", member)
    yield app.command("stats", member)
    yield app.command("classement", member, ("type", "lc"))
    yield app.command("don", member, ("membre", other), ("montant", 7))
    yield app.command("historique", member)
    yield app.subcommand("casino roue", member, ("mise", 10), ("couleur", "rouge"))
    yield app.subcommand("jeu duel", member, ("adversaire", other), ("mise", 20))
    yield app.command("cadeau", member)
    yield app.subcommand("casino machine", member, ("mise", 99999))
    complete = app.autocomplete("casino", member, "mise", "50")
    complete["data"]["options"] = [{"name": "machine", "type": 1,
                                    "options": complete["data"]["options"]}]
    yield complete


@pytest.mark.parametrize("name, symbol, unit", SYMBOLS)
@pytest.mark.parametrize("locale", ["fr", "en-US"])
def test_the_currency_stands_wherever_amounts_are(shared, db, application, name, symbol, unit,
                                                  locale):
    settle(db, currency_name=name, currency_symbol=symbol, language=locale[:2])
    member = db.add_member(Member(), balance=5000)
    for body in amounts(application, member, Member()):
        body["locale"] = locale
        text = said(shared.ask(body))
        assert unit in text, text
        assert name is None or " LC" not in text, text


def test_an_emoji_of_the_server_is_not_drawn_on_buttons(shared, db, application):
    settle(db, currency_name="écus", currency_symbol="<:ecu:1400000000000000055>")
    member = db.add_member(Member(), balance=500)
    assert "écus <:ecu:1400000000000000055>" in said(shared.ask(application.command("lc", member)))
    table = shared.ask(application.subcommand("jeu roulette", member, ("mise", 10)))
    assert "Rejoindre (10 écus)" in said(table)


def test_a_change_counts_for_the_next_reply(shared, db, application):
    member = db.add_member(Member())
    ask = application.command("lc", member)
    assert "25 LC" in said(shared.ask(ask))
    settle(db, currency_name="sous")
    assert "25 sous" in said(shared.ask(application.command("lc", member)))
    settle(db, currency_name=None)
    assert "25 LC" in said(shared.ask(application.command("lc", member)))


# -- the language


@pytest.mark.parametrize("set_to, guild_locale, locale, public, private", [
    (None, "fr", "en-US", "**Niveau", "Your transactions"), ("en", "fr", "fr", "**Level", "Ton relevé"),
    ("fr", "en-US", "en-GB", "**Niveau", "Your transactions")])
def test_the_server_s_language_rules_what_is_public(shared, db, application, set_to, guild_locale,
                                                    locale, public, private):
    settle(db, language=set_to)
    member = db.add_member(Member())
    tongues = {"locale": locale, "guild_locale": guild_locale}
    assert public in said(shared.ask(application.command("niveau", member, **tongues)))
    assert private in said(shared.ask(application.command("historique", member, **tongues)))


@pytest.mark.parametrize("set_to, guild_locale, private", [
    ("en", "fr", "Your transactions"), ("fr", "en-US", "Ton relevé"),
    (None, "en-US", "Your transactions"), (None, None, "Ton relevé")])
def test_who_says_no_language_is_answered_in_the_server_s(shared, db, application, set_to,
                                                          guild_locale, private):
    settle(db, language=set_to)
    body = application.command("historique", db.add_member(Member()))
    body.pop("locale")
    body.pop("guild_locale", None)
    if guild_locale:
        body["guild_locale"] = guild_locale
    reply = shared.ask(body)
    assert is_ephemeral(reply) and private in said(reply)


# -- what an option may be


@pytest.mark.parametrize("locale, words", [
    ("fr", "`couleur` : choisis dans la liste, **rouge**, **noir**, **vert**."),
    ("en-GB", "`colour`: choose from the list, **red**, **black**, **green**."),
    ("en-US", "`color`: choose from the list, **red**, **black**, **green**.")])
def test_a_choice_that_is_none_is_answered_with_the_list(shared, db, application, locale, words):
    member = db.add_member(Member(), balance=50)
    body = application.subcommand("casino roue", member, ("mise", 10), ("couleur", "mauve"),
                                  locale=locale)
    reply = shared.ask(body)
    assert is_ephemeral(reply) and words in said(reply)
    assert db.balance(member) == 50


GAMES_BY_RANGE = [
    ("casino roue", (("couleur", "rouge"),), "10", "500"), ("casino blackjack", (), "10", "1 000"),
    ("casino machine", (), "5", "250"), ("jeu duel", ("adversaire",), "10", "1 000"),
    ("jeu roulette", (), "10", "500"), ("pfc", ("adversaire",), "10", "1 000"),
    ("007", ("adversaire",), "10", "1 000"), ("c21", ("adversaire",), "10", "1 000")]


@pytest.mark.parametrize("path, others, low, high", GAMES_BY_RANGE,
                         ids=[row[0] for row in GAMES_BY_RANGE])
def test_a_stake_out_of_range_is_refused_with_the_range_of_the_game(
        shared, db, application, path, others, low, high):
    member, other = (db.add_member(Member(), balance=50) for _ in range(2))
    given = [("adversaire", other) if word == "adversaire" else word for word in others]
    words = f"La mise va de {low} à {high} LC."
    for stake in (-5, 0, 1, 100_001, 2_000_000, 2 ** 31, 2 ** 53):
        reply = shared.ask(application.subcommand(path, member, ("mise", stake), *given))
        assert is_ephemeral(reply) and words in said(reply), stake
    assert db.balance(member) == 50


def test_the_form_for_another_stake_says_what_this_guild_allows(alone):
    member = alone.member(1000)
    played = alone.service.ask(alone.application.subcommand("casino machine", member, ("mise", 5)))
    settle(alone.database, machine__stake_min=7, machine__stake_max=99_999)
    form = alone.press(played, "other", member)
    assert form["type"] == 9 and "De 7 à 99 999" in said(form)


# -- seeing the others


@pytest.mark.parametrize("command", ["lc", "niveau", "stats"])
def test_members_see_themselves_alone_where_the_guild_hides_them(shared, db, application, command):
    settle(db, show_others=False, access_roles=["77"])
    lou, zoe = db.add_member(Member("lou")), db.add_member(Member("zoe"), xp=1234)

    def see(other, permissions=0, roles=()):
        body = application.command(command, lou, *([("membre", other)] if other else []))
        body["member"].update(permissions=str(permissions), roles=list(roles))
        return shared.ask(body)
    refused = see(zoe)
    assert is_ephemeral(refused) and "ses propres chiffres" in said(refused)
    assert "zoe" not in said(refused)
    assert "lou" in said(see(None)) and "lou" in said(see(lou))
    for seen in (see(zoe, MANAGE_GUILD), see(zoe, 1 << 3), see(zoe, roles=["5", "77"])):
        assert is_ephemeral(seen) and "zoe" in said(seen)
    settle(db, show_others=None)
    assert not is_ephemeral(see(zoe)) and "zoe" in said(see(zoe))


def test_the_menu_on_a_member_hides_them_as_well(shared, db, application):
    settle(db, show_others=False)
    lou, zoe = db.add_member(Member("lou")), db.add_member(Member("zoe"))
    body = application.user_command("Voir le niveau", lou, zoe)
    body["member"]["permissions"] = "0"
    assert "ses propres chiffres" in said(shared.ask(body))


def test_the_leaderboard_shows_oneself_alone(shared, db, application):
    settle(db, show_others=False)
    # Nobody of the shared server stands before zoe.
    first = db.one("SELECT least(coalesce(max(xp), 0)::bigint + 1, 2147483647) FROM users")
    lou, zoe = db.add_member(Member("lou"), xp=10), db.add_member(Member("zoe"), xp=first)
    body = application.command("classement", lou)
    body["member"]["permissions"] = "0"
    reply = shared.ask(body)
    assert is_ephemeral(reply) and "lou" in said(reply) and "zoe" not in said(reply)
    body = application.command("classement", lou)
    body["member"]["permissions"] = str(MANAGE_GUILD)
    reply = shared.ask(body)
    assert is_ephemeral(reply) and "zoe" in said(reply)
