"""A voice event in a channel of five thousand members against one in a channel of five."""

import hashlib
import http.client
import json
import statistics
import time

import nacl.signing

from machine import CannotMeasure, interleaved

SEED = b"\x2a" * 32  # of sign_requests
FIRST_MEMBER = 700000000000000000
MAX_RATIO = 1.5


class Shim:
    """Posts batches, one after the other."""

    def __init__(self, server):
        self.key = nacl.signing.SigningKey(SEED)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.number, self.run = 0, hashlib.sha256(str(time.time_ns()).encode()).hexdigest()[:12]

    def post(self, event):
        """Milliseconds until the event was taken and what it made due was settled."""
        self.number += 1
        event = {"id": f"{event['type'][0]}:{self.run}:{self.number}", "at": int(time.time() * 1000), **event}
        body = json.dumps({"source": "bench/voice", "events": [event]})
        stamp = str(int(time.time()))
        signature = self.key.sign((stamp + body).encode()).signature.hex()
        began = time.monotonic()
        self.connection.request("POST", "/events", body.encode(), {
            "X-Signature-Ed25519": signature, "X-Signature-Timestamp": stamp, "X-Besace-Key-Id": "bench"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200 or json.loads(text)["accepted"] != 1:
            raise CannotMeasure(f"/events answers {answer.status}: {text[:200]}")
        return 1000 * (time.monotonic() - began)


def user(number):
    return {"id": str(FIRST_MEMBER + number), "username": f"v{number}"}


def fill(shim, guild, count):
    shim.post({"type": "voice_snapshot", "guild_id": guild, "afk_channel_id": None, "members": [
        {"user": user(number), "channel_id": "8", "deaf": False, "mute": False} for number in range(count)]})


def moves(shim, guild, count):
    """The median of a member's coming and going, COUNT times."""
    return statistics.median(shim.post({
        "type": "voice", "guild_id": guild, "user": user(9_999_999), "channel_id": None if i % 2 else "8",
        "deaf": False, "mute": False}) for i in range(count))


def run(machine, table):
    many, count = (500, 10) if machine.quick else (5_000, 100)
    with machine.besace(machine.database(1_000)) as besace:
        shim = Shim(besace)
        fill(shim, "801", 5)
        fill(shim, "802", many)
        for guild in ("801", "802"):
            moves(shim, guild, 10)
        seen = interleaved(machine.rounds, {
            "few": lambda: moves(shim, "801", count), "many": lambda: moves(shim, "802", count)})
    few, much = (statistics.median(seen[name]) for name in ("few", "many"))
    table.at_most(f"a voice event with {many:,} in the channel", f"{much:.2f} ms", f"5: {few:.2f} ms",
                  much / few, MAX_RATIO)
