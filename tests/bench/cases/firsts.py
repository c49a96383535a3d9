"""Members that nobody knows yet: their first /sac and their first play, against those of members who
are known. Each is a change in place of a read, or a change with two more rows."""

from machine import CannotMeasure, interleaved, medians
from table import rate

KNOWN = 1_000
BALANCE = 1_000_000
# More of them a second than any machine will do.
FIRSTS_A_SECOND = {"sac": 12_000, "machine": 8_000}


def forget(machine, database):
    machine.admin(database.name, "TRUNCATE users CASCADE", "TRUNCATE besace_receipts", "CHECKPOINT")


def first(machine, besace, database, kind):
    """Each request is of another member, of which nothing is known."""
    count = round(FIRSTS_A_SECOND[kind] * max(1, machine.seconds))
    requests = machine.fresh_requests(kind, count, count)
    forget(machine, database)
    load = machine.wrk(besace, requests)
    requests.unlink()
    seen = machine.admin(database.name, "SELECT count(*) FROM users")[0][0]
    if load.around or seen < load.requests:
        raise CannotMeasure(f"{load.requests} requests made {seen} members")
    return load.rate


def known(machine, besace, database, kind):
    count = round(FIRSTS_A_SECOND[kind] * max(1, machine.seconds))
    forget(machine, database)
    machine.wrk(besace, machine.fresh_requests(kind, KNOWN, 2 * KNOWN), 1)
    machine.admin(database.name, f"UPDATE users SET balance = {BALANCE}", "TRUNCATE besace_receipts",
                  "VACUUM users", "CHECKPOINT")
    return machine.wrk(besace, machine.fresh_requests(kind, KNOWN, count)).rate


def run(machine, table):
    database = machine.database(KNOWN, "firsts.sql")
    with machine.besace(database) as besace:
        figures = medians(interleaved(machine.rounds, {
            f"{name} {kind}": lambda of=of, kind=kind: of(machine, besace, database, kind)
            for name, of in (("first", first), ("known", known)) for kind in FIRSTS_A_SECOND}))
    for kind, name in (("sac", "/sac of a newcomer"), ("machine", "/casino machine of a newcomer")):
        one, other = figures[f"first {kind}"], figures[f"known {kind}"]
        table.add(name, rate(one), f"of a member {rate(other)}", one / other)
