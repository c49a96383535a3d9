"""A drill: faults under play, and after each the books."""

import time

import nacl.signing

from support.interactions import Application, Member
from support.wait import until

from .books import Books
from .installation import Installation
from .load import Load, Writers

# So many changes of each pair are acknowledged before a fault, and so many again after it.
ENOUGH = 3


class Drill:
    """An installation on a CLUSTER with a shim for each of GUILDS, and PAIRS of members whose SEED says
    what they do. SAY tells what was found."""

    def __init__(self, cluster, guilds, seed, pairs, say=print, **more):
        self.application, self.say = Application(), say
        keys = [nacl.signing.SigningKey.generate() for _ in guilds]
        self.installation = Installation(self.application, cluster, [Member(), Member()], keys,
                                         guilds, **more)
        self.load = Load(self.application, lambda: self.installation.endpoint, seed, pairs)
        self.load.others = [Writers(self.load, self.installation.discord.gateways, guilds)]
        database = self.installation.database
        self.books = Books(self.load, database.run, database.check, self.installation.discord.rest)
        self.lost = self.doubled = self.faults = self.wrong = 0
        self.longest = 0
        self.doing = "the beginning"
        self.began = time.monotonic()

    def begin(self):
        self.installation.start()
        self.books.set_roles()
        self.load.settle_in(self.installation.database.run)

    def count(self, name, report, said=""):
        self.lost += report.lost
        self.doubled += report.doubled
        self.wrong += not report.is_good()
        self.say(f"{name:34} {said}lost {report.lost}  doubled {report.doubled}"
                 f"{'' if report.is_good() else '  WRONG'}")
        for words in report.words[:10]:
            self.say(f"    {words}")

    def wait_for_changes(self):
        """Until members change something as if nothing were wrong."""
        before, enough = self.load.notebook.acked(), ENOUGH * len(self.load.pairs)
        until(lambda: self.load.notebook.acked() >= before + enough or not self.load.is_alive(),
              "changes are acknowledged", 300)

    def suffer(self, fault):
        """One fault under play, then the books."""
        self.doing, started = fault.name, time.monotonic()
        asked = len(self.load.notebook.entries)
        self.load.go_on()
        self.wait_for_changes()
        fault.act(self.installation, self.load)
        self.installation.wait_well()
        self.wait_for_changes()
        ended = time.monotonic()
        self.load.pause()
        gap = self.load.notebook.gap(started, ended)
        self.longest = max(gap, self.longest)
        requests = len(self.load.notebook.entries) - asked
        self.faults += 1
        report = self.books.compare()
        report.words += self.installation.ended
        self.installation.ended = []
        self.count(fault.name, report, f"gap {gap:5.1f} s  requests {requests:5}  ")

    def hasten(self):
        """Time passes for whoever died while it held what is to be told, and for bursts that are
        gathered: what a member would wait a minute for is due."""
        for table in ("besace_outbox_channels", "besace_role_guilds"):
            self.installation.database.run(
                f"UPDATE {table} SET leased_until = LEAST(leased_until, now() AT TIME ZONE 'utc')"
                " WHERE leased_until IS NOT NULL")
        self.installation.database.run(
            "UPDATE besace_outbox SET send_at = LEAST(send_at, now() AT TIME ZONE 'utc')"
            " WHERE outcome IS NULL")

    def finish(self):
        """Announcements and roles, and the sum of everything."""
        self.doing = "announcements and roles"
        self.count(self.doing, self.books.compare_end())
        entries = self.load.notebook.entries
        self.say(f"total: {self.faults} faults in {time.monotonic() - self.began:.0f} s,"
                 f" {self.installation.kills()} kills, longest gap {self.longest:.1f} s,"
                 f" {len(entries)} requests,"
                 f" {sum(one.is_done for one in entries)} changes acknowledged,"
                 f" {len(self.load.notebook.event_ids)} messages;"
                 f" lost {self.lost}, doubled {self.doubled}")

    def end(self, keep=False):
        self.load.going.clear()
        self.installation.end()
        for words in self.installation.ended:
            self.wrong += 1
            self.say(words)
        if keep:
            self.say(f"logs and data: {self.installation.folder}")
        else:
            self.installation.remove()
