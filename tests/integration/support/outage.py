"""What a member is told while the database is away."""

import threading

from .replies import is_ephemeral, shown

ORIGINAL = "*/messages/@original"
FOLLOW_UP = "/webhooks/{webhook}/{token}"


def is_apology(reply):
    return reply["type"] == 4 and is_ephemeral(reply) and "⏳ Un instant" in shown(reply)


def in_background(function, *arguments, **named):
    """Calls it in a thread; the result is there after result()."""
    found = []

    def call():
        found.append(function(*arguments, **named))

    thread = threading.Thread(target=call, daemon=True)
    thread.start()

    def result():
        thread.join(60)
        assert found, "no answer"
        return found[0]

    return result
