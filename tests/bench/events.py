"""What the cases about events share: batches posted by post_events, and a fresh start for each."""

import json
import subprocess

from machine import CannotMeasure, run

BATCH = 500
SHIMS = 4
# Prepared for pgbench; more batches a second than any machine takes.
BATCHES_A_SECOND = 400


class Taken:
    """What post_events saw."""

    def __init__(self, printed):
        seen = json.loads(printed)
        if seen["refused"] or not seen["events"]:
            raise CannotMeasure(f"{seen['refused']} of {seen['events']} events were not taken")
        self.rate = seen["events"] / seen["seconds"]


def command(machine, server, members, seconds, rate=0, guilds=1, told=False):
    return [machine.tools / "post_events", f"http://127.0.0.1:{server.port}/events", members, BATCH,
            max(1, round(seconds)), SHIMS, round(rate), guilds, *(["told"] if told else [])]


def post(machine, server, members, seconds=None, rate=0, guilds=1, told=False):
    """Posts for some seconds. RATE: events a second, 0 for as many as are taken. The members are
    spread over GUILDS. TOLD: with roles and categories."""
    return Taken(run(command(machine, server, members, seconds or machine.seconds, rate, guilds, told)))


def spread(machine, database, guilds):
    """Makes the members of post_events in that many guilds."""
    machine.admin(database.name, f"""
        INSERT INTO users (guild_id, user_id, username)
        SELECT (guild_id::bigint + (user_id::bigint - 300000000000000000) % {guilds})::varchar,
            user_id, username FROM users ON CONFLICT DO NOTHING""", "VACUUM ANALYZE users")


def posting(machine, server, members, seconds, rate):
    """The same while something else runs: a process whose output is for Taken."""
    return subprocess.Popen([str(word) for word in command(machine, server, members, seconds, rate)],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def refresh(machine, database, forget=True):
    """The same start for every measurement: nobody in cooldown, no ids, no dead rows,
    nothing to be folded."""
    if forget:
        machine.admin(database.name, "TRUNCATE besace_event_ids")
    machine.admin(database.name,
                  "UPDATE users SET xp = 0, message_count = 0, last_message_xp_time = NULL"
                  " WHERE message_count > 0 OR xp > 0")
    machine.settle(database)
    machine.admin(database.name, "VACUUM users", "CHECKPOINT")


def prepare(machine, database):
    """Batches for events.pgbench. Returns how many."""
    batches = BATCHES_A_SECOND * max(1, round(machine.seconds))
    run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"members={database.members}",
         "-v", f"batches={batches}", "-f", machine.sources / "events.sql", database.url])
    return batches


def replay(machine, database, batches):
    """Events a second that the routine takes from pgbench."""
    refresh(machine, database)
    machine.admin(database.name, "ALTER SEQUENCE bench_batch RESTART")
    rate = machine.pgbench(database, "events.pgbench", SHIMS) * BATCH
    used, kept = machine.admin(database.name, "SELECT last_value, (SELECT count(*) FROM besace_event_ids)"
                               " FROM bench_batch")[0]
    if used > batches or kept != used * BATCH:
        raise CannotMeasure(f"{used} batches of {batches} left {kept} ids")
    return rate
