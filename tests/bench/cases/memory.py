"""Resident memory while a million commands of all kinds go by."""

import os
import signal
import subprocess
import time

from machine import CannotMeasure

LIMIT_MIB = 32
# Several looks at each half: the smallest of the second may not be above the largest of the first.
LOOKS = 20


def watch(machine, besace, process, total):
    """Resident memory (KiB) at LOOKS moments, evenly spaced over TOTAL requests."""
    seen = []
    while len(seen) < LOOKS:
        if process.poll() is not None:
            raise CannotMeasure("wrk ended early")
        if besace.outcomes().get("answered", 0) >= total * (len(seen) + 1) / LOOKS:
            seen.append(besace.memory_kib())
        else:
            time.sleep(0.05)
    return seen


def run(machine, table):
    total = 50_000 if machine.quick else 1_000_000
    requests = machine.requests("mixed")
    with machine.besace(machine.database()) as besace:
        with subprocess.Popen(machine.wrk_command(besace, 3600), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, "REQUESTS": str(requests)}) as wrk:
            try:
                seen = watch(machine, besace, wrk, total)
            finally:
                wrk.send_signal(signal.SIGINT)
    half, end = seen[LOOKS // 2 - 1], seen[-1]
    table.add(f"memory after {total:,} requests", f"{end / 1024:.1f} MiB", "", None,
              f"≤ {LIMIT_MIB} MiB", end <= LIMIT_MIB * 1024)
    table.add("  its growth over the second half", f"{end - half} KiB", f"half-way {half / 1024:.1f} MiB",
              end / half, "none", min(seen[LOOKS // 2:]) <= max(seen[:LOOKS // 2]))
