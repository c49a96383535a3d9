"""Where Besace answers: in guilds that installed it and that are served, and nowhere else."""

import pytest

from support.buttons import buttons
from support.interactions import GUILD, Member, new_id
from support.replies import is_ephemeral, is_refusal, shown, small
from support.wait import until


def moved(interaction, owners, guild=None):
    """INTERACTION as it comes from GUILD, with OWNERS as those who installed the application."""
    if guild:
        interaction.update({"guild_id": guild, "guild": {**interaction["guild"], "id": guild}})
    interaction["authorizing_integration_owners"] = owners
    return interaction


def kinds(app, member):
    admin = app.subcommand("admin lc ajouter", member, ("membre", member), ("montant", 1000000),
                           ("raison", "x"), permissions=32)
    return [app.command("sac", member), app.command("cadeau", member), admin,
            app.user_command("Voir le solde", member, Member()),
            app.press(f"sac:2:jackpot:0:{member.id}", member)]


def wrote_nothing(database, member):
    return database.run("SELECT 1 FROM users WHERE user_id = %s", member.id) == []


@pytest.mark.parametrize("owners", [{}, {"1": "3"}, {"0": "8"}], ids=str)
def test_not_installed_in_that_guild_gets_a_sentence_and_writes_nothing(shared, app, member, owners):
    for interaction in kinds(app, member):
        reply = shared.ask(moved(interaction, owners))
        assert is_ephemeral(reply) and "installé" in shown(reply)
    assert wrote_nothing(shared.database, member)


def test_installed_for_a_user_only_gets_a_sentence_in_direct_messages(shared, app, member):
    reply = shared.ask(moved(app.command("sac", member, guild=False), {"1": member.id}))
    assert is_ephemeral(reply) and "installé" in shown(reply)
    assert wrote_nothing(shared.database, member)


def test_guilds_that_are_not_listed_get_a_sentence_and_write_nothing(database, start, app, member):
    service = start(database, BESACE_GUILDS=f"{new_id()},{app.guild_id}")
    assert not is_ephemeral(service.ask(app.command("sac", member)))
    stranger, guild = Member(), new_id()
    for interaction in kinds(app, stranger):
        reply = service.ask(moved(interaction, {"0": guild}, guild))
        assert is_ephemeral(reply) and "ouvert" in shown(reply)
    assert wrote_nothing(database, stranger)


def test_the_entry_point_of_an_activity_gets_a_sentence(shared, app, member):
    interaction = app.command("launch", member)
    interaction["data"]["type"] = 4
    reply = shared.ask(interaction)
    assert is_ephemeral(reply) and "n’existe pas" in shown(reply)


def test_an_ordinary_french_guild_reads_french(shared, app, member):
    """Discord fixes guild_locale to en-US where there is no COMMUNITY."""
    interaction = app.command("niveau", member, locale="fr", guild_locale="en-US")
    interaction["guild"]["features"] = []
    assert "**Niveau" in shown(shared.ask(interaction))
    assert "**Level" in shown(shared.ask(app.command("niveau", member, guild_locale="en-US")))


def strange(interaction):
    """INTERACTION as it comes when the member it names is not in the guild."""
    interaction["data"]["resolved"]["members"] = {}
    return interaction


def naming(app, member, other):
    admin = app.subcommand("admin lc ajouter", member, ("membre", other), ("montant", 5),
                           ("raison", "x"), permissions=32)
    return [app.command("niveau", member, ("membre", other)),
            app.command("lc", member, ("membre", other)),
            app.command("stats", member, ("membre", other)),
            app.user_command("Voir le solde", member, other),
            app.command("don", member, ("membre", other), ("montant", 1)), admin,
            app.command("pfc", member, ("adversaire", other), ("mise", 10))]


def test_who_is_no_member_and_has_no_row_is_refused(shared, app, member):
    shared.database.add_member(member, balance=1000)
    other = Member()
    for interaction in naming(app, member, other):
        reply = shared.ask(strange(interaction))
        assert is_refusal(reply) and "membre" in shown(reply)
    assert wrote_nothing(shared.database, other)
    assert shared.database.balance(member) == 1000


def test_who_has_left_the_guild_is_still_shown(shared, app, member):
    other = Member()
    shared.database.add_member(other, balance=321)
    assert "321 LC" in shown(shared.ask(strange(app.command("lc", member, ("membre", other)))))


def served_in(reply):
    return small(reply)[-1]


def test_a_direct_message_is_about_the_guild_whose_row_changed_last(shared, app, member):
    other = new_id()
    shared.database.add_member(member, balance=111, guild=other)
    shared.database.add_member(member, balance=222)
    reply = shared.ask(app.command("lc", member, guild=False))
    assert "222 LC" in shown(reply) and served_in(reply) == f"Serveur\u00a0: {GUILD}"
    shared.database.set_balance(member, 333, guild=other)
    reply = shared.ask(app.command("lc", member, guild=False, locale="en-GB"))
    assert "333 LC" in shown(reply) and served_in(reply) == f"Server: {other}"


@pytest.mark.parametrize("kind", ["change", "refusal"])
def test_a_direct_message_again_is_answered_from_where_it_counted(shared, app, member, kind):
    other, db = new_id(), shared.database
    db.add_member(member, balance=100, guild=other)
    db.add_member(member, balance=100)
    if kind == "refusal":
        shared.ask(app.command("cadeau", member))
    request = shared.signed(app.command("cadeau", member, guild=False))
    first, after = shared.post(*request), db.balance(member)
    assert is_refusal(first.json()) == (kind == "refusal")
    db.set_balance(member, 150, guild=other)  # now it would be answered there
    assert shared.post(*request).body == first.body
    assert db.balance(member) == after and db.balance(member, guild=other) == 150
    assert served_in(shared.ask(app.command("lc", member, guild=False))).endswith(other)


def test_a_button_of_a_direct_message_stays_with_its_guild(shared, app, member):
    other = new_id()
    shared.database.add_member(member, balance=100, jackpot=2)
    bag = shared.ask(app.command("sac", member, guild=False))
    (button,) = [button["custom_id"] for button in buttons(bag).values()
                 if ":jackpot:" in button["custom_id"]]
    shared.database.add_member(member, balance=100, jackpot=2, guild=other)
    reply = shared.ask(app.press(button, member, guild=False))
    assert served_in(reply) == f"Serveur\u00a0: {GUILD}"
    assert shared.database.items(member, "jackpot") == 1
    assert shared.database.items(member, "jackpot", guild=other) == 2


def test_a_direct_message_of_a_member_of_no_guild_gets_a_sentence(shared, app, member):
    for interaction in (app.command("lc", member, guild=False),
                        app.command("cadeau", member, guild=False)):
        reply = shared.ask(interaction)
        assert is_refusal(reply) and "aucun serveur" in shown(reply)
    assert wrote_nothing(shared.database, member)


def test_games_of_several_are_for_guilds(shared, app, member):
    shared.database.add_member(member)
    for name, option in (("pfc", "adversaire"), ("007", "adversaire"), ("c21", "adversaire")):
        interaction = app.command(name, member, (option, Member()), ("mise", 10), guild=False)
        reply = shared.ask(interaction)
        assert is_refusal(reply) and "serveur" in shown(reply)


def test_a_button_of_one_guild_does_nothing_in_another(shared, app, member):
    other = new_id()
    shared.database.add_member(member, jackpot=1)
    shared.database.add_member(member, jackpot=1, guild=other)
    bag = shared.ask(app.command("sac", member))
    (button,) = [button["custom_id"] for button in buttons(bag).values()
                 if ":jackpot:" in button["custom_id"]]
    for press in (moved(app.press(button, member), {"0": other}, other),
                  app.press("sac:3:jackpot:o1", member, guild=False)):
        reply = shared.ask(press)
        assert is_refusal(reply) and "bouton" in shown(reply)
    assert shared.database.items(member, "jackpot", guild=other) == 1
    assert shared.database.items(member, "jackpot") == 1
    assert not is_refusal(shared.ask(app.press(button, member)))


def kept(database, guild):
    return database.run("SELECT locale, community, language FROM besace_guilds"
                        " WHERE guild_id = %s AND removed_at IS NULL", guild)


def in_another(app, guild, *, community=False, **words):
    interaction = moved(app.command("lc", Member(), **words), {"0": guild}, guild)
    interaction["guild"]["features"] = ["COMMUNITY"] if community else []
    return interaction


def test_the_first_public_replys_language_of_a_guild_is_kept(shared, app):
    guild = new_id()
    ephemeral = in_another(app, guild, locale="fr", guild_locale="en-US")
    ephemeral["data"]["name"] = "aide"
    shared.ask(ephemeral)
    until(lambda: kept(shared.database, guild) == [("en-US", False, None)], "the guild is known")
    shared.ask(in_another(app, guild, locale="en-GB", guild_locale="en-US"))
    until(lambda: kept(shared.database, guild) == [("en-US", False, "en")], "English is kept")
    shared.ask(in_another(app, guild, locale="fr", guild_locale="en-US"))
    shared.ask(in_another(app, guild, locale="fr", guild_locale="de", community=True))
    until(lambda: kept(shared.database, guild) == [("de", True, "en")], "COMMUNITY is known")


def test_an_interaction_makes_a_guild_present_again(database, start, app):
    guild = new_id()
    start(database).ask(in_another(app, guild))
    until(lambda: kept(database, guild), "the guild is known")
    database.run("UPDATE besace_guilds SET removed_at = now() AT TIME ZONE 'utc'"
                 " WHERE guild_id = %s", guild)
    start(database).ask(in_another(app, guild))
    until(lambda: kept(database, guild), "the guild is there again")
