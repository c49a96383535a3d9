"""/sac with a million members against a thousand."""

from machine import interleaved, medians
from table import rate


def run(machine, table):
    counts = (1_000, 100_000 if machine.quick else 1_000_000)
    few, many = (machine.database(count) for count in counts)
    few_requests, many_requests = (machine.requests("sac", count) for count in counts)
    with machine.besace(few) as small, machine.besace(many) as large:
        machine.wrk(large, many_requests)  # what is asked for comes into memory
        figures = medians(interleaved(machine.rounds, {
            "few": lambda: machine.wrk(small, few_requests).rate,
            "many": lambda: machine.wrk(large, many_requests).rate,
        }))
    table.at_least(f"/sac with {counts[1]:,} members", rate(figures["many"]),
                   f"{counts[0]:,}: {rate(figures['few'])}", figures["many"] / figures["few"], 0.9)
