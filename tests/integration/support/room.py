"""A guild in whose voice channels something happens."""

from .events import heartbeat, now_ms, row, snapshot, voice, xp
from .interactions import Member, new_id

DAY = 86400000


class Room:
    """A guild seen by a shim of its own, beginning at START (ms), with three members to be."""

    def __init__(self, hub, shim):
        self.hub, self.shim = hub, shim
        self.source = f"room {new_id()}"
        self.guild = new_id()
        self.start = now_ms() - 2 * DAY
        self.a, self.b, self.c = Member(), Member(), Member()

    def send(self, *events):
        """Until they are taken: a busy machine may need longer for many than a batch is given."""
        self.shim.deliver(self.hub, *events, source=self.source)

    def at(self, seconds):
        return self.start + seconds * 1000

    def join(self, seconds, member, channel="8", **state):
        self.send(voice(member, self.at(seconds), channel, self.guild, **state))

    def leave(self, seconds, member):
        self.join(seconds, member, None)

    def beat(self, *seconds):
        self.send(*(heartbeat(self.at(each)) for each in seconds))

    def beats(self, first, last):
        """Signs of life every half minute, and at LAST."""
        self.beat(*range(first, last, 30), last)

    def shows(self, seconds, *seats, afk=None):
        self.send(snapshot(self.at(seconds), *seats, guild=self.guild, afk=afk))

    def xp(self, *members):
        return tuple(xp(self.hub.database, member, self.guild) for member in members)

    def time(self, *members):
        return tuple(row(self.hub.database, member, self.guild)["voice"] for member in members)
