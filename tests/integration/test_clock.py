"""The shim on a host whose clock is wrong: events have Discord's time all the same."""

import glob
import subprocess
import time

import pytest

from support.paths import ROOT
from support.shim import ANA, LOU, chain, message, message_id, reaction, voice

# libfaketime and sanitizers each want to be first: a build of its own, without them.
PLAIN = ROOT / "build/besace-gateway"
EPOCH_MS = 1420070400000
# A Date is cut to the second, and a busy machine takes its time between two lines of a test.
SLACK_MS = 1500


@pytest.fixture(scope="module")
def plain():
    made = subprocess.run(["make", "--no-print-directory", "-C", ROOT, PLAIN.relative_to(ROOT)],
                          capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    return PLAIN


class WrongClock:
    """A clock for a shim, which may be set while it runs."""

    def __init__(self, folder, seconds):
        library, = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.file = folder / "clock"
        self.set(seconds)
        self.environment = {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set(self, seconds):
        self.file.write_text(f"{seconds:+d}")


def now_ms():
    return int(time.time() * 1000)


def sent_now(number):
    """A message that is sent at this moment."""
    kind, data = message(number)
    return kind, {**data, "id": str((now_ms() - EPOCH_MS) << 22 | number)}


def say(gateway, service, seen):
    """Lets something happen, and returns the events of it with the times between which it did."""
    began = now_ms()
    said = sent_now(len(seen))
    gateway.dispatch(*said)
    gateway.dispatch(*voice(LOU, "8" if len(seen) % 2 else "9"))
    gateway.dispatch(*reaction(len(seen), ANA, LOU["id"]))
    service.wait_for(lambda: f"r:{message_id(len(seen))[2:]}:4:%F0%9F%91%8D" in service.taken)
    ended = now_ms()
    new = [event for event in list(service.taken.values()) if event["id"] not in seen]
    seen.update(event["id"] for event in new)
    return said[1]["id"], new, began, ended


def check(gateway, service, seen):
    post, events, began, ended = say(gateway, service, seen)
    for event in events:
        if event["type"] in ("message", "voice", "reaction"):
            assert began - SLACK_MS <= event["at"] <= ended + SLACK_MS, (event, began, ended)
    written, = (event for event in events if event["type"] == "message")
    assert written["id"] == f"m:{post}"
    assert began - 1 <= written["sent"] <= ended


def in_order(service):
    times = [event["at"] for event in service.taken.values()]
    assert times == sorted(times)


@pytest.mark.parametrize("seconds", [0, -75, -3600, 75, 86400])
def test_events_have_discords_time_whatever_the_host_says(plain, tmp_path, seconds):
    clock = WrongClock(tmp_path, seconds)
    with chain(tmp_path, program=plain, **clock.environment) as (gateway, shim, service):
        seen = set()
        for _ in range(3):
            check(gateway, service, seen)
        # The signature's time is of the same clock: the stand-in accepts no other (violations).
        assert shim.log.count("this host's clock is not Discord's") == (seconds != 0)
        in_order(service)


def test_a_clock_that_is_set_right_changes_nothing(plain, tmp_path):
    clock = WrongClock(tmp_path, -200)
    with chain(tmp_path, program=plain, **clock.environment) as (gateway, shim, service):
        seen = set()
        check(gateway, service, seen)
        for seconds in (0, 500, 0):
            clock.set(seconds)
            check(gateway, service, seen)
            connections = gateway.connections
            gateway.cut()
            gateway.wait_live(connections + 1)
            check(gateway, service, seen)
        in_order(service)
        assert shim.log.count("this host's clock is not Discord's") == 1
        assert gateway.state()["identifies"] == 1


def test_without_a_date_in_the_handshake_discord_is_asked(plain, tmp_path):
    clock = WrongClock(tmp_path, 3600)
    with chain(tmp_path, {"say_date": False}, program=plain, **clock.environment) as (
            gateway, shim, service):
        shim.wait_log("this host's clock is not Discord's")
        # What was signed before was refused, and is sent again with the right time.
        service.wait_for(lambda: any(
            one["type"] == "voice_snapshot" for one in service.taken.values()))
        service.violations.clear()
        seen = set(service.taken)
        check(gateway, service, seen)
        assert [path for _, path in gateway.requests] == ["/api/v10/gateway/bot"]
