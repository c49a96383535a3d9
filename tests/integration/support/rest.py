"""The driver of the REST client, and fixtures for its tests."""

import json
import os
import queue
import subprocess
import threading
import time

import pytest

from standin.discord import DEADLINE_S, Discord
from .paths import BUILD

TOKEN = "bot.token.test"
# As real ones: base64 of "interaction:<id>:<random>", and never to be seen in a log.
INTERACTION = "aW50ZXJhY3Rpb246MTQwMDAwMDAwMDAwMDAwMDAwMTpTRUNSRVQ"
APP = "1100000000000000001"
ORIGINAL = "*/messages/@original"
HELLO = {"content": "bonjour", "allowed_mentions": {"parse": []}}


class Client:
    """The driver of the C client: orders go in, answers come out by their tag."""

    def __init__(self, url, **options):
        options = {"api_url": url, "bot_token": TOKEN, "attempt_ms": 60000, "blind_ms": 400,
                   "retry_ms": 20, "not_yet_ms": 60000, **options}
        self.process = subprocess.Popen(
            [BUILD / "tests/drivers/rest_driver", json.dumps(options)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "no_proxy": "*"})
        self.answers, self.other, self.log = {}, queue.Queue(), ""
        self.came = threading.Condition()
        self.threads = [threading.Thread(target=self.read_answers, daemon=True),
                        threading.Thread(target=self.read_log, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read_answers(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            answer["at"] = time.monotonic()
            with self.came:
                if "tag" in answer:
                    assert answer["tag"] not in self.answers, "answered twice"
                    self.answers[answer["tag"]] = answer
                    self.came.notify_all()
                else:
                    self.other.put(answer)

    def read_log(self):
        for line in self.process.stderr:
            with self.came:
                self.log += line
                self.came.notify_all()

    def wait_for_log(self, text):
        with self.came:
            assert self.came.wait_for(lambda: text in self.log, DEADLINE_S), self.log

    def tell(self, op, tag="", **order):
        self.process.stdin.write(json.dumps({"op": op, "tag": tag, **order}) + "\n")
        self.process.stdin.flush()

    def ask(self, op):
        self.tell(op)
        return self.other.get(timeout=DEADLINE_S)

    def answer(self, tag, seconds=DEADLINE_S):
        with self.came:
            assert self.came.wait_for(lambda: tag in self.answers, seconds), f"no answer to {tag}"
            return self.answers[tag]

    def edit(self, tag="edit", token=INTERACTION, body=None, **order):
        self.tell("edit", tag, application=APP, token=token, body=body or HELLO, **order)

    def follow_up(self, tag="follow_up", token=INTERACTION, body=None, **order):
        self.tell("follow_up", tag, application=APP, token=token, body=body or HELLO, **order)

    def message(self, tag, channel="7", nonce=None, content="bonjour", **order):
        self.tell("message", tag, channel=channel, nonce=nonce or tag,
                  body={"content": content, "allowed_mentions": {"parse": []}}, **order)

    def finish(self):
        """Ends the input and waits for the rest; the driver must end well."""
        self.process.stdin.close()
        status = self.process.wait(DEADLINE_S)
        for thread in self.threads:
            thread.join(DEADLINE_S)
        assert status == 0, self.log


@pytest.fixture(name="discord")
def start_discord():
    with Discord(TOKEN) as discord:
        discord.add_token(INTERACTION)
        yield discord


@pytest.fixture(name="start")
def start_clients(discord):
    """Starts clients with options; all must end well, and none may log a token."""
    clients = []

    def start(url=None, **options):
        clients.append(Client(url or discord.url, **options))
        return clients[-1]

    yield start
    for client in clients:
        if not client.process.stdin.closed:
            client.finish()
        for secret in (TOKEN, INTERACTION, "SECRET", "bonjour"):
            assert secret not in client.log


@pytest.fixture(name="client")
def start_client(start):
    return start()
