"""/sac against the same work written for Node: with Express, and as a cluster without a framework."""

import shutil
import subprocess

from machine import interleaved, medians
from table import rate

TARGETS = {"express": 8, "cluster": 3.5}
# npm waits long for a registry that is not there.
INSTALL_S = 300


def install(machine):
    """Copies the peers beside what was built and installs what they need. None when it cannot."""
    folder = machine.tools / "peers"
    shutil.copytree(machine.sources / "peers", folder, dirs_exist_ok=True)
    if not shutil.which("node") or not shutil.which("npm"):
        return None
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1"]
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    return folder if done.returncode == 0 else None


def run(machine, table):
    folder = install(machine)
    if folder is None:
        table.note("The peers were not measured: npm cannot install what they need.")
        return
    database = machine.database()
    requests = machine.requests("sac")
    with machine.besace(database) as besace, machine.peer(folder, "express", database) as express, \
            machine.peer(folder, "cluster", database) as cluster:
        servers = {"besace": besace, "express": express, "cluster": cluster}
        for server in servers.values():
            machine.wrk(server, requests)  # Node compiles what runs often
        figures = medians(interleaved(machine.rounds, {
            name: lambda server=server: machine.wrk(server, requests).rate
            for name, server in servers.items()}))
    for name, target in TARGETS.items():
        table.at_least(f"/sac against {name}", rate(figures["besace"]), rate(figures[name]),
                       figures["besace"] / figures[name], target)
