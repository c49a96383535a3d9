"""/sac with many members: a million against a thousand, and the same thousand asked in one large
guild, in one small one, and in many."""

from machine import interleaved, medians
from table import rate


def run(machine, table):
    few_count, many_count = 1_000, 100_000 if machine.quick else 1_000_000
    few, many = machine.database(few_count), machine.database(many_count)
    spread = machine.database(many_count, "guilds.sql")
    guilds = many_count // 10
    few_requests, many_requests = (machine.requests("sac", count) for count in (few_count, many_count))
    spread_requests = machine.requests("sac", few_count, guilds=guilds)
    with machine.besace(few) as small, machine.besace(many) as large, machine.besace(spread) as wide:
        machine.wrk(large, many_requests)  # what is asked for comes into memory
        machine.wrk(wide, spread_requests)
        figures = medians(interleaved(machine.rounds, {
            "few": lambda: machine.wrk(small, few_requests).rate,
            "many": lambda: machine.wrk(large, many_requests).rate,
            "large": lambda: machine.wrk(large, few_requests).rate,
            "wide": lambda: machine.wrk(wide, spread_requests).rate,
        }))
    against = f"a guild of {few_count:,}: {rate(figures['few'])}"
    for name, figure in (("many", f"/sac with {many_count:,} members, all asked"),
                         ("large", f"  {few_count:,} of them asked"),
                         ("wide", f"  the same in {guilds:,} guilds of 10")):
        table.at_least(figure, rate(figures[name]), against, figures[name] / figures["few"], 0.9)
