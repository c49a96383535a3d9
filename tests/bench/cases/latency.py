"""How even /sac answers at full load: p99 against the median."""

import statistics


def run(machine, table):
    requests = machine.requests("sac")
    with machine.besace(machine.database()) as besace:
        machine.wrk(besace, requests)
        loads = [machine.wrk(besace, requests) for _ in range(machine.rounds)]
    p50, p99 = (statistics.median(getattr(load, name) for load in loads) for name in ("p50_ms", "p99_ms"))
    ratio = statistics.median(load.p99_ms / load.p50_ms for load in loads)
    table.at_most("p99 of /sac", f"{p99:.1f} ms", f"median {p50:.1f} ms", ratio, 3)
