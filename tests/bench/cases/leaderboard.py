"""A member's own rank and a page of /classement, in PostgreSQL, with ten times the members."""

from machine import interleaved, medians

# What a rank may take, with however many members.
MAX_MS = 5


def milliseconds(machine, database, script, look_ups):
    """The time of one look-up, one client asking."""
    return 1000 / machine.pgbench(database, script, 1) / look_ups


def run(machine, table):
    counts = (1_000, 10_000) if machine.quick else (1_000_000, 10_000_000)
    few, many = (machine.database(count, "leaderboard.sql") for count in counts)
    for name, script, look_ups in (("own rank", "rank.pgbench", 2), ("page", "page.pgbench", 1)):
        figures = medians(interleaved(machine.rounds, {
            "few": lambda: milliseconds(machine, few, script, look_ups),
            "many": lambda: milliseconds(machine, many, script, look_ups),
        }))
        table.add(f"/classement, {name}, {counts[1]:,} members", f"{figures['many']:.2f} ms",
                  f"{counts[0]:,}: {figures['few']:.2f} ms", figures["many"] / figures["few"],
                  f"≤ {MAX_MS} ms", figures["many"] <= MAX_MS)
