"""Waiting for a condition, never for a time."""

import os
import time

# Everything here takes milliseconds, some things seconds; only what hangs takes this long, also on
# a machine that is busy with something else.
DEADLINE_S = 60


def until(condition, what, seconds=DEADLINE_S):
    """Waits until CONDITION() is true and returns its value; an assertion fails after SECONDS."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def is_gone(pid):
    """Whether a process has ended, though nobody may have asked for its status yet."""
    try:
        os.readlink(f"/proc/{pid}/cwd")
    except FileNotFoundError:
        return True
    return False
