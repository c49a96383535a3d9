"""besace-gateway as a process, between stand-ins of Discord's Gateway and of the service."""

import contextlib
import os
import subprocess
import threading
import time

import nacl.signing

from standin.events import Events
from standin.gateway import DEADLINE_S, Gateway
from support.paths import BUILD
from support.ports import own_port

PROGRAM = BUILD / "besace-gateway"
KEY = nacl.signing.SigningKey(bytes(range(32)))
SECRET = (bytes(KEY) + bytes(KEY.verify_key)).hex()
CONTENT = "what a member wrote"
LOU, ANA, VERA = ({"id": "3", "username": "lou"}, {"id": "4", "username": "ana"},
                  {"id": "5", "username": "vera"})
ROBOT = {"id": "6", "username": "robot", "bot": True}
OUR_CODE = 4900


def guild(number=900, voice=2, extra=None):
    """The data of a GUILD_CREATE with that many members in voice."""
    users = [VERA, ROBOT] + [{"id": str(10 ** 15 + i), "username": f"member{i}"}
                             for i in range(voice - 1)]
    return {"id": str(number), "name": "a guild", "afk_channel_id": "99",
            "channels": [{"id": "2", "type": 0, "parent_id": "1"}] + [
                {"id": one, "type": 2} for one in ("8", "9", "99")],
            "members": [{"user": user, "roles": [], **(extra or {})} for user in users],
            "voice_states": [{"user_id": user["id"], "channel_id": "8", "self_mute": False,
                              "self_deaf": False, "session_id": "x"} for user in users]}


def message(number, author=LOU):
    return ("MESSAGE_CREATE", {
        "id": str(1400000000000000000 + number), "guild_id": "900", "channel_id": "2",
        "author": author, "member": {"roles": []}, "type": 0, "content": CONTENT})


def message_id(number):
    return f"m:{1400000000000000000 + number}"


def reaction(message_number, reactor, author_id, emoji="👍"):
    return ("MESSAGE_REACTION_ADD", {
        "user_id": reactor["id"], "channel_id": "2", "guild_id": "900",
        "message_id": str(1400000000000000000 + message_number), "member": {"user": reactor},
        "emoji": {"id": None, "name": emoji}, "message_author_id": author_id, "type": 0})


def voice(user, channel, **flags):
    return ("VOICE_STATE_UPDATE", {"guild_id": "900", "user_id": user["id"], "channel_id": channel,
                                   "member": {"user": user}, **flags})


class Shim:
    """A besace-gateway process."""

    def __init__(self, gateway, service, folder, program=PROGRAM, **environment):
        self.folder, self.program = folder, program
        self.log = ""
        self.environment = {
            "PATH": os.environ["PATH"], "DISCORD_BOT_TOKEN": gateway.token,
            "DISCORD_API_URL": gateway.api_url, "DISCORD_GATEWAY_URL": gateway.url,
            "BESACE_EVENTS_URL": service.url, "BESACE_EVENT_KEY_ID": "shim",
            "BESACE_EVENT_SECRET_KEY": SECRET, "BESACE_SPOOL_DIR": str(folder / "spool"),
            "BESACE_METRICS_LISTEN": "", "BESACE_LOG": "debug", "no_proxy": "*", **environment}
        self.environment = {name: value for name, value in self.environment.items()
                            if value is not None}
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.program], env=self.environment, text=True,
                                        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.reader = threading.Thread(target=self.read, args=(self.process.stderr,), daemon=True)
        self.reader.start()

    def read(self, pipe):
        for line in pipe:
            self.log += line

    def wait(self, seconds=DEADLINE_S):
        code = self.process.wait(seconds)
        self.reader.join(DEADLINE_S)
        return code

    def kill(self):
        self.process.kill()
        return self.wait()

    def terminate(self):
        self.process.terminate()
        return self.wait()

    def wait_log(self, text, times=1, seconds=DEADLINE_S):
        deadline = time.monotonic() + seconds
        while self.log.count(text) < times:
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.log[-3000:]}"
            time.sleep(0.01)

    def check(self):
        """What holds for every run: no secret in the log, no finding of a sanitizer."""
        for secret in (self.environment["DISCORD_BOT_TOKEN"], SECRET, CONTENT, "0000000001\""):
            assert secret not in self.log
        assert "Sanitizer" not in self.log and "runtime error" not in self.log, self.log[-4000:]


@contextlib.contextmanager
def chain(folder, gateway_settings=None, start=True, program=PROGRAM, **environment):
    """Gateway, shim and service, connected."""
    settings = {"guilds": [guild()], **(gateway_settings or {})}
    with Gateway(**settings) as gateway, \
            Events(bytes(KEY.verify_key), port=own_port()) as service:
        shim = Shim(gateway, service, folder, program, **environment)
        try:
            if start:
                gateway.wait_live()
            yield gateway, shim, service
        except BaseException:
            print(shim.log[-6000:])
            raise
        finally:
            if shim.process.poll() is None:
                shim.kill()
            shim.check()
        assert not gateway.violations
        assert not service.violations


def expect_beginning(service):
    """What the shim says of itself after READY has arrived, to its last event."""
    service.wait_for(lambda: service.of_kind("voice_snapshot"))


def expect_messages(service, numbers):
    wanted = [message_id(number) for number in numbers]
    service.wait_for(lambda: all(one in service.taken for one in wanted))


def check_voice(service, said):
    """Each change of voice arrived once and in order, whatever was repeated on the way."""
    now, wanted = {VERA["id"]: ("8", False)}, []
    for kind, data in said:
        if kind == "VOICE_STATE_UPDATE":
            state = (data["channel_id"], data["channel_id"] == "99")
            # A member who was in no channel and still is: told, and harmless.
            if data["user_id"] not in now or now[data["user_id"]] != state:
                wanted.append((data["user_id"], *state))
            now[data["user_id"]] = state
            if state[0] is None:
                del now[data["user_id"]]
    got = [(event["user"]["id"], event["channel_id"], event.get("afk", False))
           for event in service.of_kind("voice")]
    assert got == wanted
