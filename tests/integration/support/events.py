"""What a shim posts: events of every kind, in signed batches."""

import itertools
import json
import time

import nacl.signing

from .interactions import GUILD, Member, new_id
from .wait import until

PATH = "/events"
_numbers = itertools.count(1)


def now_ms():
    return int(time.time() * 1000)


def user(member):
    return {"id": member.id, "username": member.username}


def message(member, at, id=None, **more):
    return {"id": id or f"m:{new_id()}", "type": "message", "at": at, "guild_id": GUILD,
            "channel_id": "2", "user": user(member), **more}


def reaction(author, at, message_id=None, reactor="4", emoji="x", **more):
    message_id = message_id or new_id()
    return {"id": f"r:{message_id}:{reactor}:{emoji}", "type": "reaction", "at": at,
            "guild_id": GUILD, "channel_id": "2", "message_id": message_id, "author": user(author),
            "reactor_id": reactor, **more}


def voice(member, at, channel="8", guild=GUILD, **more):
    """MEMBER is now in CHANNEL (None: in none)."""
    return {"id": f"v:test:{next(_numbers)}", "type": "voice", "at": at, "guild_id": guild,
            "user": user(member), "channel_id": channel, **more}


def seat(member, channel="8", **more):
    return {"user": user(member), "channel_id": channel, "deaf": False, "mute": False, **more}


def snapshot(at, *seats, guild=GUILD, afk=None):
    return {"id": f"s:test:{next(_numbers)}", "type": "voice_snapshot", "at": at, "guild_id": guild,
            "afk_channel_id": afk, "members": list(seats)}


def heartbeat(at):
    return {"id": f"h:test:{next(_numbers)}", "type": "heartbeat", "at": at}


def heartbeats(start, end, step=30000):
    """Signs of life after START until END, both in ms."""
    times = list(range(start + step, end, step)) + [end]
    return [heartbeat(at) for at in times]


class Shim:
    """A key of its own, and batches signed with it."""

    def __init__(self, key_id="shim"):
        self.key_id = key_id
        self.key = nacl.signing.SigningKey.generate()

    @property
    def setting(self):
        """As in BESACE_EVENT_KEYS."""
        return self.bound_to(None)

    def bound_to(self, source):
        """The same for one source alone."""
        name = self.key_id if source is None else f"{self.key_id}/{source}"
        return f"{name}:{self.key.verify_key.encode().hex()}"

    def headers(self, body, at=None):
        stamp = str(int(time.time()) if at is None else at)
        signature = self.key.sign(stamp.encode() + body).signature.hex()
        return [f"X-Signature-Ed25519: {signature}", f"X-Signature-Timestamp: {stamp}",
                f"X-Besace-Key-Id: {self.key_id}"]

    def signed(self, *events, source=None, at=None):
        """Body and headers of a batch, signed at AT in seconds."""
        batch = {"events": list(events), **({"source": source} if source is not None else {})}
        body = json.dumps(batch, ensure_ascii=False).encode()
        return body, self.headers(body, at)

    def post(self, service, *events, source=None, at=None):
        return service.post(*self.signed(*events, source=source, at=at), path=PATH)

    def send(self, service, *events, source=None):
        """What became of the events: (accepted, duplicates), none of them rejected."""
        reply = self.post(service, *events, source=source)
        assert reply.status == 200, reply
        answer = reply.json()
        assert answer["rejected"] == []
        assert answer["accepted"] + answer["duplicates"] == len(events)
        return answer["accepted"], answer["duplicates"]

    def deliver(self, service, *events, source=None):
        """Sends until it is taken, as a shim does."""
        def taken():
            reply = self.post(service, *events, source=source)
            return reply.status == 200 and reply

        reply = until(taken, "the batch is taken")
        assert reply.json()["rejected"] == []


def row(database, member, guild="1"):
    """What earning has changed of a member; None when there is no such member."""
    rows = database.run("SELECT xp, level, message_count, voice_time FROM users"
                        " WHERE guild_id = %s AND user_id = %s", guild, member.id)
    return dict(zip(("xp", "level", "messages", "voice"), rows[0])) if rows else None


def xp(database, member, guild="1"):
    return row(database, member, guild)["xp"]


def add_earner(database, xp=0, **items):
    """A new member with that XP, as if earned."""
    member = Member()
    database.add_member(member, xp=xp, **items)
    return member
