"""Where Besace answers: in guilds that installed it and that are served, and nowhere else."""

import pytest

from support.interactions import Member, new_id
from support.replies import is_private, shown


@pytest.fixture
def app(application):
    return application


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
        assert is_private(reply) and "installé" in shown(reply)
    assert wrote_nothing(shared.database, member)


def test_installed_for_a_user_only_gets_a_sentence_in_direct_messages(shared, app, member):
    reply = shared.ask(moved(app.command("sac", member, guild=False), {"1": member.id}))
    assert is_private(reply) and "installé" in shown(reply)
    assert wrote_nothing(shared.database, member)


def test_guilds_that_are_not_listed_get_a_sentence_and_write_nothing(database, start, app, member):
    service = start(database, BESACE_GUILDS=f"{new_id()},{app.guild_id}")
    assert not is_private(service.ask(app.command("sac", member)))
    stranger, guild = Member(), new_id()
    for interaction in kinds(app, stranger):
        reply = service.ask(moved(interaction, {"0": guild}, guild))
        assert is_private(reply) and "ouvert" in shown(reply)
    assert wrote_nothing(database, stranger)


def test_the_entry_point_of_an_activity_gets_a_sentence(shared, app, member):
    interaction = app.command("launch", member)
    interaction["data"]["type"] = 4
    reply = shared.ask(interaction)
    assert is_private(reply) and "n’existe pas" in shown(reply)


def test_an_ordinary_french_guild_reads_french(shared, app, member):
    """Discord fixes guild_locale to en-US where there is no COMMUNITY."""
    interaction = app.command("lc", member, locale="fr", guild_locale="en-US")
    interaction["guild"]["features"] = []
    assert "Solde de" in shown(shared.ask(interaction))
    assert "Balance of" in shown(shared.ask(app.command("lc", member, guild_locale="en-US")))
