"""Waiting for a condition, never for a time."""

import time

# Everything here takes milliseconds; a loaded machine with sanitizers gets this long.
DEADLINE_S = 30


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
