"""/sac, and the limit that signature checks and the database set on this machine.

P: requests a second of a server that only verifies the signature. Q: single rows a second that
PostgreSQL reads with as many connections as the service has. A request needs both, and both need
the same cores: limit = 1 / (1/P + 1/Q).
"""

from machine import POOL, interleaved, medians
from table import rate


def run(machine, table):
    database = machine.database()
    requests = {name: machine.requests(name) for name in ("sac", "niveau", "lc")}
    with machine.besace(database) as besace:
        with machine.bare(machine.answer_bytes(besace, requests["sac"])) as bare:
            results = interleaved(machine.rounds, {
                "P": lambda: machine.wrk(bare, requests["sac"]).rate,
                "sac": lambda: machine.wrk(besace, requests["sac"]).rate,
                "Q": lambda: machine.pgbench(database, "select.pgbench", POOL),
                "niveau": lambda: machine.wrk(besace, requests["niveau"]).rate,
                "lc": lambda: machine.wrk(besace, requests["lc"]).rate,
            })
    figures = medians(results)
    limit = 1 / (1 / figures["P"] + 1 / figures["Q"])
    table.add("P: signatures only", rate(figures["P"]))
    table.add("Q: single-row SELECTs", rate(figures["Q"]))
    table.at_least("/sac", rate(figures["sac"]), f"limit {rate(limit)}", figures["sac"] / limit, 0.8)
    for name in ("niveau", "lc"):
        table.add(f"/{name}", rate(figures[name]), f"limit {rate(limit)}", figures[name] / limit)
    table.note(f"/sac from round to round: {rate(min(results['sac']))} to {rate(max(results['sac']))}; "
               f"P: {rate(min(results['P']))} to {rate(max(results['P']))}.")
