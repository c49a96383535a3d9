"""The button that opens a jackpot, a commit each, against pgbench calling the same routine."""

from machine import CONNECTIONS, POOL, CannotMeasure, interleaved, medians
from table import rate

# More presses a second than any machine will do; wrk keeps them in memory.
PRESSES_A_SECOND = 25_000


def refresh(machine, database):
    """The same start for every measurement: short tables, no dead rows, a checkpoint just past."""
    machine.admin(database.name, "TRUNCATE besace_receipts, transactions",
                  "VACUUM users, user_inventory", "CHECKPOINT")


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


def pgbench(machine, database, clients):
    refresh(machine, database)
    return machine.pgbench(database, "jackpot.pgbench", clients)


def run(machine, table):
    database = machine.database()
    with machine.besace(database) as besace:
        figures = medians(interleaved(machine.rounds, {
            "besace": lambda: press(machine, besace, database),
            "pool": lambda: pgbench(machine, database, POOL),
            "many": lambda: pgbench(machine, database, CONNECTIONS),
        }))
    table.at_least("jackpot button", rate(figures["besace"]), f"pgbench {rate(figures['pool'])}",
                   figures["besace"] / figures["pool"], 0.8)
    table.add(f"  pgbench, {CONNECTIONS} connections", rate(figures["many"]),
              f"pgbench {rate(figures['pool'])}", figures["many"] / figures["pool"])
