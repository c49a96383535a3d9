"""/sac in one guild while another one with a million members, which removed Besace, is erased."""

import time

from machine import CannotMeasure, medians
from table import rate

GONE = "901"
MAX_RATIO = 2
# The service looks once a minute for what is to be erased.
BEGINS_S = 90


def fill(machine, database, count):
    machine.admin(
        database.name,
        "INSERT INTO users (guild_id, user_id, username, xp)"
        f" SELECT '{GONE}', 600000000000000000 + i, 'm' || i, i % 5000 FROM generate_series(0, {count - 1}) AS i",
        "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
        f" SELECT guild_id, user_id, 'jackpot', 1 FROM users WHERE guild_id = '{GONE}'",
        "VACUUM ANALYZE users, user_inventory", "CHECKPOINT")


def left(machine, database):
    return machine.admin(database.name, "SELECT (SELECT count(*) FROM users WHERE guild_id = %s)"
                         " + (SELECT count(*) FROM user_inventory WHERE guild_id = %s)" % (repr(GONE), repr(GONE)))[0][0]


def wait_for_begin(machine, database, count):
    deadline = time.monotonic() + BEGINS_S
    while left(machine, database) == count:
        if time.monotonic() > deadline:
            raise CannotMeasure("nothing is erased")
        time.sleep(0.5)


def run(machine, table):
    count = 50_000 if machine.quick else 1_000_000
    database, requests = machine.database(1_000, "erase.sql"), machine.requests("sac", 1_000)
    fill(machine, database, count)
    with machine.besace(database, BESACE_KEEP_DAYS="1") as besace:
        machine.wrk(besace, requests)
        alone = [machine.wrk(besace, requests).p99_ms for _ in range(machine.rounds)]
    machine.admin(database.name, "INSERT INTO besace_guilds (guild_id, removed_at)"
                  f" VALUES ('{GONE}', now() AT TIME ZONE 'utc' - interval '2 days')")
    with machine.besace(database, BESACE_KEEP_DAYS="1") as besace:
        wait_for_begin(machine, database, 2 * count)
        began, before, during = time.monotonic(), left(machine, database), []
        while len(during) < machine.rounds and left(machine, database) > 0:
            during.append(machine.wrk(besace, requests).p99_ms)
        erased, took = before - left(machine, database), time.monotonic() - began
    if not during or not erased:
        raise CannotMeasure(f"{erased} rows were erased during {len(during)} measurements")
    figures = medians({"alone": alone, "during": during})
    table.at_most(f"p99 of /sac while {count:,} members are erased elsewhere", f"{figures['during']:.1f} ms",
                  f"alone {figures['alone']:.1f} ms", figures["during"] / figures["alone"], MAX_RATIO)
    table.add("  rows erased meanwhile", rate(erased / took))
