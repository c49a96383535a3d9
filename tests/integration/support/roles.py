"""Roles by level: what a guild has set, and what Discord then has."""

from .interactions import GUILD, Member
from .levels import level_start

OWN = "900"  # Besace's highest role
MANAGE_ROLES = 1 << 28


def describe(discord, *roles, own_position=50, guild=GUILD, permissions=MANAGE_ROLES, **more):
    """A guild at Discord with ROLES below Besace's."""
    discord.add_guild(guild, roles=[{"id": OWN, "position": own_position,
                                     "permissions": permissions},
                                    *({"id": role} if isinstance(role, str) else role
                                      for role in roles)],
                      own=[OWN], **more)


def reward(database, role, level, mode="stack", guild=GUILD):
    """A row of besace_rewards, as /reglages writes it."""
    slot, of_level = database.run(
        "SELECT count(*) + 1, count(*) FILTER (WHERE level = %s) + 1 FROM besace_rewards"
        " WHERE guild_id = %s", level, guild)[0]
    database.run("INSERT INTO besace_rewards (guild_id, role_id, level, mode, slot, level_slot)"
                 " VALUES (%s, %s, %s, %s, %s, %s)", guild, role, level, mode, slot, of_level)


def setting(database, guild=GUILD, **columns):
    """Sets columns of besace_settings."""
    database.run("INSERT INTO besace_settings (guild_id) VALUES (%s) ON CONFLICT DO NOTHING", guild)
    if columns:
        database.run(f"UPDATE besace_settings SET {', '.join(f'{name} = %s' for name in columns)}"
                     " WHERE guild_id = %s", *columns.values(), guild)


def set_level(database, member, level, guild=GUILD):
    """Whoever writes it: an administrator, an import, a batch."""
    database.run("UPDATE users SET xp = %s WHERE guild_id = %s AND user_id = %s",
                 level_start(level), guild, member.id)


def jobs(database, guild=GUILD):
    """user → state of the jobs that are left."""
    return dict(database.run("SELECT user_id, state FROM besace_role_jobs WHERE guild_id = %s",
                             guild))


def reward_state(database, role, guild=GUILD):
    return database.run("SELECT state, code FROM besace_rewards"
                        " WHERE guild_id = %s AND role_id = %s", guild, role)[0]


def add(database, level=1, guild=GUILD):
    """A member of that level."""
    member = Member()
    database.add_member(member, xp=level_start(level), guild=guild)
    return member


def run_start(database, actor, role=None, interaction="71"):
    """The rewards are given to everybody who has the level of ROLE."""
    return database.one("SELECT besace_role_run_start('1', %s, 'a', 0, %s, %s)",
                        actor.id, interaction, role)
