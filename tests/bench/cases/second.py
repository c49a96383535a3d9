"""What a synchronous standby and a second service cost, on this one machine.

Both share the processors and the disk with everything else here, so the figures say what they cost, not
what a second machine brings: a standby of its own spares its replay, and adds the way there and back
to each commit.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import subprocess
import time

from machine import POOL, START_S, CannotMeasure, interleaved, medians, run as call
from table import rate

SLOT = "besace_bench"


def as_owner(machine, owner):
    """What runs a program as OWNER, and PostgreSQL's programs."""
    prefix = [] if os.geteuid() else ["setpriv", f"--reuid={owner}", f"--regid={owner}", "--init-groups", "--"]
    bin_folder = pathlib.Path(f"/proc/{postmaster(machine)}/exe").resolve().parent
    return prefix, bin_folder


def postmaster(machine):
    """The number of PostgreSQL's first process: it is the first line of the lock beside its socket."""
    return pathlib.Path(machine.socket, ".s.PGSQL.5432.lock").read_text().split()[0]


def streams(machine, state):
    return machine.admin("postgres", "SELECT count(*) FROM pg_stat_replication"
                                     f" WHERE state = 'streaming' AND sync_state = '{state}'")[0][0] == 1


def wait_until(holds, what):
    deadline = time.monotonic() + START_S
    while not holds():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"the standby does not {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def standby(machine):
    """A second PostgreSQL that has what the first one has."""
    owner = pathlib.Path(machine.socket).owner()
    prefix, bin_folder = as_owner(machine, owner)
    folder = machine.folder / "standby"
    folder.mkdir(mode=0o700)
    shutil.chown(folder, owner)
    call([*prefix, bin_folder / "pg_basebackup", "-D", folder, "-h", machine.socket, "-U", "postgres", "-R",
          "-C", "-S", SLOT, "-X", "stream", "-c", "fast"], cwd="/")
    with (machine.folder / "standby.log").open("w") as log:
        process = subprocess.Popen([str(word) for word in [
            *prefix, bin_folder / "postgres", "-D", folder, "-c", "listen_addresses=",
            "-c", "port=5433", "-c", f"unix_socket_directories={machine.socket}"]], cwd="/",
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: streams(machine, "async"), "stream")
        yield
    finally:
        synchronous(machine, False)
        process.terminate()
        process.wait()
        machine.admin("postgres", f"SELECT pg_drop_replication_slot('{SLOT}')")


def synchronous(machine, on):
    """Whether a commit waits for the standby's disk."""
    machine.admin("postgres", f"ALTER SYSTEM SET synchronous_standby_names = '{'*' if on else ''}'",
                  "SELECT pg_reload_conf()")
    if on:
        wait_until(lambda: streams(machine, "sync"), "become synchronous")


def measure_standby(machine, table):
    database = machine.database()
    requests = machine.requests("sac")

    def gifts():
        return machine.pgbench(database, "gift.pgbench", POOL)

    def gifts_confirmed():
        synchronous(machine, True)
        result = gifts()
        synchronous(machine, False)
        return result

    def one_gift_ms():
        return 1000 / machine.pgbench(database, "gift.pgbench", 1)

    def one_gift_confirmed_ms():
        synchronous(machine, True)
        result = one_gift_ms()
        synchronous(machine, False)
        return result

    with machine.besace(database) as besace:
        alone = medians(interleaved(machine.rounds, {
            "gifts": gifts, "one": one_gift_ms, "sac": lambda: machine.wrk(besace, requests).rate}))
        with standby(machine):
            copying = medians(interleaved(machine.rounds, {
                "copied": gifts, "confirmed": gifts_confirmed, "one": one_gift_confirmed_ms,
                "sac": lambda: machine.wrk(besace, requests).rate}))
    for name, words in (("copied", "an asynchronous standby"), ("confirmed", "a synchronous one")):
        table.add(f"gifts with {words}", rate(copying[name]), f"alone {rate(alone['gifts'])}",
                  copying[name] / alone["gifts"])
    table.add("a gift by itself, confirmed by a standby", f"{copying['one']:.2f} ms", f"alone {alone['one']:.2f} ms",
              copying["one"] / alone["one"])
    table.add("/sac beside a standby", rate(copying["sac"]), f"alone {rate(alone['sac'])}",
              copying["sac"] / alone["sac"])


def sessions(machine, database):
    return machine.admin("postgres", "SELECT count(*) FROM pg_stat_activity"
                                     f" WHERE datname = '{database.name}' AND usename = 'besace'")[0][0]


def measure_second(machine, table):
    database = machine.database()
    requests = machine.requests("sac")
    with machine.besace(database) as first, concurrent.futures.ThreadPoolExecutor(2) as both:
        machine.wrk(first, requests)
        before = sessions(machine, database)
        with machine.besace(database) as second:
            def together():
                loads = [both.submit(machine.wrk, server, requests) for server in (first, second)]
                return sum(load.result().rate for load in loads)

            figures = medians(interleaved(machine.rounds, {
                "one": lambda: machine.wrk(first, requests).rate, "two": together}))
            memory, more = second.memory_kib() / 1024, sessions(machine, database) - before
    table.add("/sac of two services together", rate(figures["two"]), f"one {rate(figures['one'])}",
              figures["two"] / figures["one"])
    table.add("a second service: memory; connections", f"{memory:.1f} MiB; {more}")


def run(machine, table):
    measure_standby(machine, table)
    measure_second(machine, table)
