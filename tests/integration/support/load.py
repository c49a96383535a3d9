"""Members who keep asking and pressing while something happens to the service or its database."""

import threading

import pycurl

from .interactions import Member
from .wait import until
from support.interactions import custom_id

ITEMS = 1_000_000


class Visitor:
    """One member who asks, one thing after the other, and remembers every answer."""

    def __init__(self, load, number):
        self.load = load
        self.presses = number % 2 == 0
        self.member = load.database.add_member(Member(), jackpot=ITEMS)
        self.replies = []
        self.requests = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        app, kept = self.load.application, pycurl.Curl()
        while not self.load.stopping.is_set():
            interaction = app.press(custom_id("sac", "jackpot", owner=self.member.id), self.member) \
                if self.presses else app.command("lc", self.member)
            request = self.load.endpoint.signed(interaction)
            self.requests.append(request)
            self.replies.append(self.load.endpoint.post(*request, deferred=True, keep=kept))
        kept.close()

    def check(self):
        """Only 200s; every press that was done is done once, whatever was said at first."""
        assert [reply for reply in self.replies if reply.status != 200] == []
        if not self.presses:
            return
        endpoint, database = self.load.endpoint, self.load.database
        done, kept = 0, pycurl.Curl()
        for request, reply in zip(self.requests, self.replies):
            again = endpoint.post(*request, keep=kept)
            assert again.status == 200
            if reply.json()["type"] == 7:
                assert again.body == reply.body
            done += again.json()["type"] == 7
        assert done == len(self.requests) == len(database.ledger(self.member))
        assert database.items(self.member) == ITEMS - done
        assert database.is_explained(self.member)


class Load:
    """Several visitors at once, for as long as the `with` lasts; then all is checked."""

    def __init__(self, service, database, visitors=6):
        self.endpoint, self.application = service.endpoint, service.application
        self.database, self.count = database, visitors
        self.stopping = threading.Event()

    def __enter__(self):
        self.visitors = [Visitor(self, number) for number in range(self.count)]
        self.wait_for_more()
        return self

    def __exit__(self, kind, *_):
        self.stopping.set()
        for visitor in self.visitors:
            visitor.thread.join(120)
            assert not visitor.thread.is_alive(), "somebody never got an answer"

    def results(self):
        """Answers so far that are results and no apologies, for each visitor."""
        return [sum("⏳" not in reply.body.decode() for reply in list(visitor.replies))
                for visitor in self.visitors]

    def wait_for_more(self, more=3):
        """Waits until each visitor has got that many results more."""
        before = self.results()
        until(lambda: all(now >= then + more for now, then in zip(self.results(), before)),
              "everybody gets results")

    def check(self):
        for visitor in self.visitors:
            visitor.check()
