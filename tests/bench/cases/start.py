"""From starting the program to the first 200 of /readyz, on a database that is up to date."""

import http.client
import statistics
import subprocess
import time

from machine import START_S, CannotMeasure, end_group, free_port

LIMIT_MS = 150


def is_ready(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def start(machine, database):
    """Starts the service once. Returns milliseconds."""
    port = free_port()
    environment = machine.besace_environment(database, port, free_port())
    began = time.monotonic()
    process = subprocess.Popen([machine.build / "besace"], env=environment, stdin=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        while not is_ready(port):
            if process.poll() is not None or time.monotonic() > began + START_S:
                raise CannotMeasure("the service does not get ready")
            time.sleep(0.001)
        return (time.monotonic() - began) * 1000
    finally:
        end_group(process)


def run(machine, table):
    database = machine.database()
    taken = [start(machine, database) for _ in range(3 * machine.rounds)]
    middle = statistics.median(taken)
    table.add("start to ready", f"{middle:.0f} ms", f"slowest {max(taken):.0f} ms", None,
              f"≤ {LIMIT_MS} ms", middle <= LIMIT_MS)
