"""A press of a match between members, with its look before, and the press that ends one and pays
both, against B: a bare durable spend."""

from machine import POOL, CannotMeasure, interleaved, medians, run as run_command
from table import rate

# More than any machine ends in a second.
ENDS_A_SECOND = 4_000


def reopen(machine, database, matches):
    run_command(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"matches={matches}", "-f",
                 machine.sources / "presses.sql", machine.url(database.name, "postgres")])


def presses(machine, database, matches, script):
    reopen(machine, database, matches)
    per_second = machine.pgbench(database, script, POOL, matches=matches)
    done = machine.admin(database.name, "SELECT count(*) FROM besace_receipts WHERE outcome ->> 'done' = 'true'")[0][0]
    if done < 0.9 * per_second * max(1, round(machine.seconds)):
        raise CannotMeasure(f"{per_second:.0f} presses a second left only {done} receipts")
    return per_second


def run(machine, table):
    database = machine.database(fill="spend.sql")
    matches = min(database.members // 2, ENDS_A_SECOND * max(1, round(machine.seconds)))
    figures = medians(interleaved(machine.rounds, {
        script: lambda script=script: presses(machine, database, matches, f"{script}.pgbench")
        for script in ("press", "end", "spend")}))
    against = f"B {rate(figures['spend'])}"
    for script, name in (("press", "press of a match between members"), ("end", "  that ends it for two")):
        table.at_least(name, rate(figures[script]), against, figures[script] / figures["spend"], 0.35)
