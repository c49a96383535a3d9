"""The routines of the jackpot and of the gift against B, a bare durable spend, which says whether their
statements are too many; and the button that opens a jackpot, a commit each, which has its signature, its
HTTP and its reply besides. The bench's spend.sql has the spend twice: in the service's tables, which is B,
and in tables of its own."""

from machine import CONNECTIONS, POOL, CannotMeasure, interleaved, medians
from table import rate

# More presses a second than any machine will do; wrk keeps them in memory.
PRESSES_A_SECOND = 25_000


def refresh(machine, database):
    """The same start for every measurement: short tables, no dead rows, a checkpoint just past."""
    machine.admin(database.name, "TRUNCATE besace_receipts, transactions",
                  "TRUNCATE spend_receipts, spend_ledger",
                  "VACUUM users, user_inventory, spend_members", "CHECKPOINT")


def press(machine, besace, database):
    """Presses by distinct members, each a change: the receipts are counted."""
    requests = machine.fresh_requests("jackpot", database.members,
                                      round(PRESSES_A_SECOND * max(1, machine.seconds)))
    refresh(machine, database)
    load = machine.wrk(besace, requests)
    requests.unlink()
    done = machine.admin(database.name, "SELECT count(*) FROM transactions WHERE transaction_type = 'jackpot_reward'")[0][0]
    if load.around or done < load.requests:
        raise CannotMeasure(f"{load.requests} presses opened {done} jackpots")
    return load.rate


def pgbench(machine, database, clients, script="jackpot.pgbench"):
    refresh(machine, database)
    return machine.pgbench(database, script, clients)


def run(machine, table):
    database = machine.database(fill="spend.sql")
    with machine.besace(database) as besace:
        figures = medians(interleaved(machine.rounds, {
            "besace": lambda: press(machine, besace, database),
            "pool": lambda: pgbench(machine, database, POOL),
            "many": lambda: pgbench(machine, database, CONNECTIONS),
            "B": lambda: pgbench(machine, database, POOL, "spend.pgbench"),
            "alone": lambda: pgbench(machine, database, POOL, "spend_alone.pgbench"),
            "gift": lambda: pgbench(machine, database, POOL, "gift.pgbench"),
        }))
    table.add("B: a bare durable spend", rate(figures["B"]), f"in tables of its own {rate(figures['alone'])}",
              figures["B"] / figures["alone"])
    table.at_least("jackpot, its routine", rate(figures["pool"]), f"B {rate(figures['B'])}",
                   figures["pool"] / figures["B"], 0.6)
    table.at_least("gift, its routine", rate(figures["gift"]), f"B {rate(figures['B'])}",
                   figures["gift"] / figures["B"], 0.6)
    table.add(f"  the same, {CONNECTIONS} connections", rate(figures["many"]), f"B {rate(figures['B'])}",
              figures["many"] / figures["B"])
    table.at_least("jackpot button, over HTTP", rate(figures["besace"]), f"B {rate(figures['B'])}",
                   figures["besace"] / figures["B"], 0.6)
