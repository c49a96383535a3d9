"""The guild whose settings the tests of the panel change, and its manager."""

import pytest

from .interactions import GUILD, Member
from .panel import Manager, Role

PAGES = ["xp", "zones", "rewards", "announcements", "money", "games", "misc", "access"]
BESACE, LOW, HIGH, QUIET = "600", "500", "700", Role("1400000000000000103")


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
    db.run("INSERT INTO besace_guilds (guild_id, own_role_id, roles_told) VALUES (%s, %s, true)"
           " ON CONFLICT (guild_id) DO UPDATE SET own_role_id = excluded.own_role_id,"
           " roles_told = true", GUILD, own)
    for id, position in ((GUILD, 0), (QUIET.id, 1), (LOW, 1), (BESACE, 2), (HIGH, 3)):
        db.run("INSERT INTO besace_guild_roles (guild_id, role_id, position, permissions, managed)"
               " VALUES (%s, %s, %s, 0, false)", GUILD, id, position)
