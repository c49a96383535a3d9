"""Role jobs at Discord's limits: ten a window for each guild, fifty calls a second in all."""

import contextlib
import statistics
import sys
import time

from machine import CannotMeasure, free_port

GUILDS = 100
ROLE = "502"
ROUTE = "/guilds/{guild}/members/{user}/roles/{role}"
LATENCY_LIMIT_S = 1.0


def fill(machine, name, jobs):
    """Members of a hundred guilds with the level of a reward, whose jobs are mass work."""
    machine.admin(
        name, "TRUNCATE users CASCADE", "DELETE FROM besace_rewards",
        f"INSERT INTO besace_rewards (guild_id, role_id, level, mode, slot, level_slot)"
        f" SELECT g::text, '{ROLE}', 2, 'stack', 1, 1 FROM generate_series(1, {GUILDS}) AS g",
        "BEGIN; SET LOCAL besace.mass = 'on';"
        " INSERT INTO users (guild_id, user_id, username, xp)"
        f" SELECT (1 + i % {GUILDS})::text, (1000000 + i)::text, 'm' || i, 100"
        f" FROM generate_series(0, {jobs - 1}) AS i; COMMIT")
    waiting = machine.admin(name, "SELECT count(*) FROM besace_role_jobs WHERE mass")[0][0]
    if waiting != jobs:
        raise CannotMeasure(f"{waiting} jobs instead of {jobs}")


def level_up(machine, name, discord, number):
    """Seconds from a level-up's commit to the member's having the role."""
    guild, user = str(1 + number % GUILDS), str(9000000 + number)
    machine.admin(name, "INSERT INTO users (guild_id, user_id, username, xp)"
                        f" VALUES ('{guild}', '{user}', 'late', 99)",
                  f"UPDATE users SET xp = 100 WHERE guild_id = '{guild}' AND user_id = '{user}'")
    began = time.monotonic()
    discord.wait_for(lambda: (guild, user, ROLE) in discord.roles, 120)
    return time.monotonic() - began


@contextlib.contextmanager
def giving(machine, database, discord):
    port, metrics_port = free_port(), free_port()
    environment = {**machine.besace_environment(database, port, metrics_port),
                   "DISCORD_API_URL": discord.url, "DISCORD_BOT_TOKEN": "bot.token.test"}
    with machine.serving([machine.build / "besace"], port, "/readyz", environment, metrics_port):
        yield


def nothing_waiting(machine, table, name, discord):
    seen = [level_up(machine, name, discord, number) for number in range(20)]
    table.add("level-up to role, nothing waiting", f"{statistics.median(seen) * 1000:.0f} ms",
              f"slowest {max(seen) * 1000:.0f} ms", None, f"≤ {LATENCY_LIMIT_S:g} s",
              max(seen) <= LATENCY_LIMIT_S)


def mass(machine, table, database, discord, jobs):
    fill(machine, database.name, jobs)
    began, late = time.monotonic(), []
    with giving(machine, database, discord):
        for number in range(100, 110):
            late.append(level_up(machine, database.name, discord, number))
        discord.wait_for(lambda: len(discord.roles) >= jobs + len(late), 60 + jobs / 10)
        took = time.monotonic() - began
        deadline = time.monotonic() + 60
        while machine.admin(database.name, "SELECT count(*) FROM besace_role_jobs")[0][0]:
            if time.monotonic() > deadline:
                raise CannotMeasure("jobs are left")
            time.sleep(0.1)
    calls = sum(call["status"] == 204 for call in discord.calls("PUT", ROUTE))
    limited = sum(call["status"] == 429 for call in discord.calls("*", "*"))
    table.add(f"role jobs, {jobs:,} over {GUILDS} guilds", f"{jobs / took:,.0f}/s", "Discord takes 50/s",
              jobs / took / 50)
    table.add("  lost or doubled", str(abs(len(discord.roles) - jobs - len(late))
                                       + abs(calls - jobs - len(late))), "", None, "0",
              len(discord.roles) == calls == jobs + len(late))
    table.add("  answered 429", str(limited), "", None, "0", limited == 0)
    # A guild's window may be used up by its mass work: then the level-up has its next call.
    table.add("  level-up to role meanwhile", f"{statistics.median(late):.1f} s",
              f"slowest {max(late):.1f} s; a window is 10 s", None, "≤ 12 s", max(late) <= 12)


def run(machine, table):
    sys.path.insert(0, str(machine.root / "tests"))
    from standin.discord import Discord
    jobs = 500 if machine.quick else 10_000
    database = machine.database(members=1000)
    with Discord() as discord:
        fill(machine, database.name, GUILDS)
        machine.admin(database.name, "DELETE FROM besace_role_jobs")
        with giving(machine, database, discord):
            nothing_waiting(machine, table, database.name, discord)
        discord.reset()
        mass(machine, table, database, discord, jobs)
        if discord.violations:
            table.note(f"Discord would hold against us: {discord.violations[:3]}")
