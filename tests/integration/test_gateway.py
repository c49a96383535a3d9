"""besace-gateway against the strict stand-ins of Discord's Gateway and of the service."""

import concurrent.futures
import functools
import os
import random
import resource
import ssl
import subprocess
import time
import urllib.request

import pytest

from standin.events import Events
from standin.gateway import DEADLINE_S, Gateway
from support.paths import BUILD
from support.ports import own_port
from support.shim import (ANA, KEY, LOU, OUR_CODE, PROGRAM, ROBOT, VERA, Shim, chain, check_voice,
                          expect_beginning, expect_messages, guild, message, message_id, reaction,
                          voice)


def together(folder, runs):
    """Runs functions at the same time, each with a folder: they mostly wait. RUNS: by name."""
    with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
        started = {}
        for name, function in runs.items():
            (folder / str(name)).mkdir()
            started[name] = pool.submit(function, folder / str(name))
        faults = {name: run.exception() for name, run in started.items() if run.exception()}
    for fault in faults.values():
        raise AssertionError(f"failed: {list(faults)}") from fault


# -- events


def test_events_arrive_as_the_contract_says(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.dispatch(*message(1))
        gateway.dispatch(*message(2, ROBOT))
        gateway.dispatch(*reaction(1, ANA, "3"))
        gateway.dispatch(*reaction(1, LOU, "3"))
        gateway.dispatch(*reaction(1, ROBOT, "3"))
        gateway.dispatch(*voice(LOU, "99"))
        gateway.dispatch(*voice(ROBOT, "8"))
        gateway.dispatch(*voice(LOU, None))
        service.wait_for(lambda: len(service.taken) >= 8)
        events = [event for event in service.taken.values() if event["type"] != "heartbeat"]
        assert [event["type"] for event in events] == [
            "guilds", "guild", "roles", "voice_snapshot", "message", "reaction", "voice", "voice"]
        events = events[3:]
        assert events[0]["afk_channel_id"] == "99"
        assert [member["user"]["username"] for member in events[0]["members"]] == [
            "vera", "member0"]
        assert events[2]["author"] == {"id": "3", "username": "lou"}
        assert events[2]["id"] == "r:1400000000000000001:4:%F0%9F%91%8D"
        assert events[3]["afk"] is True and events[4]["channel_id"] is None
        assert {source for source, _ in service.batches} == {"0/1"}


def test_an_idle_shim_forwards_within_a_quarter_of_a_second(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        expect_messages(service, [])
        delays = [1]
        # A busy machine holds up some; a shim that waits holds up all.
        while min(delays) > 0.25 and len(delays) < 100:
            began = time.monotonic()
            gateway.dispatch(*message(len(delays)))
            expect_messages(service, [len(delays)])
            delays.append(time.monotonic() - began)
        assert min(delays) < 0.25, delays


def test_unknown_authors_are_asked_for(tmp_path):
    users = {"31": {"id": "31", "username": "old friend"}, "32": {**ROBOT, "id": "32"}}
    with chain(tmp_path, {"users": users}) as (gateway, shim, service):
        gateway.settings(user_failures=2)
        gateway.dispatch(*reaction(1, ANA, "31"))
        gateway.dispatch(*reaction(2, ANA, "32"))  # a bot's message
        gateway.dispatch(*reaction(3, ANA, "33"))  # nobody
        gateway.dispatch(*reaction(4, ANA, "31"))
        service.wait_for(lambda: "r:1400000000000000004:4:%F0%9F%91%8D" in service.taken)
        reactions = service.of_kind("reaction")
        assert [event["author"]["username"] for event in reactions] == ["old friend"] * 2
        shim.wait_log("Discord does not know a user")
        asked = [path.rsplit("/")[-1] for _, path in gateway.requests]
        assert asked == ["31", "31", "31", "32", "33"]


def test_reactions_do_not_wait_for_a_discord_that_does_not_answer(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.settings(user_status=503)
        gateway.dispatch(*reaction(1, ANA, "31"))
        gateway.dispatch(*message(2))
        gateway.dispatch(*reaction(3, ANA, "31"))
        service.wait_for(lambda: "r:1400000000000000003:4:%F0%9F%91%8D" in service.taken)
        assert [event["author"] for event in service.of_kind("reaction")] == [{"id": "31"}] * 2
        shim.wait_log("Discord does not name users")
        assert len(gateway.requests) < 10


def test_users_in_voice_that_nothing_names_are_asked_for_once(tmp_path):
    unnamed = guild()
    unnamed["members"] = []
    users = {"5": VERA, "6": ROBOT, "31": {"id": "31", "username": "old friend"}}
    with chain(tmp_path, {"guilds": [unnamed], "users": users}) as (gateway, shim, service):
        gateway.dispatch("VOICE_STATE_UPDATE",
                         {"guild_id": "900", "user_id": "31", "channel_id": "8"})
        gateway.dispatch("VOICE_STATE_UPDATE",
                         {"guild_id": "900", "user_id": "32", "channel_id": None})
        gateway.dispatch(*message(1))
        expect_messages(service, [1])
        snapshot, = service.of_kind("voice_snapshot")
        # Of the others one is a bot, one is nobody.
        assert [one["user"]["username"] for one in snapshot["members"]] == ["vera"]
        assert [one["user"] for one in service.of_kind("voice")] == [
            users["31"], {"id": "32"}]
        asked = sorted(path for _, path in gateway.requests)
        assert asked == sorted(set(asked))


def test_a_thread_that_nothing_names_is_asked_for_once_and_loses_nothing(tmp_path):
    def in_thread(number):
        kind, data = message(number)
        return kind, {**data, "channel_id": "30"}

    with chain(tmp_path) as (gateway, shim, service):
        gateway.settings(channels={"30": {"id": "30", "type": 11, "parent_id": "2"}})
        number = 0
        while not any("parent_id" in one for one in service.of_kind("message")):
            number += 1
            gateway.dispatch(*in_thread(number))
            expect_messages(service, [number])
        first, *_, last = service.of_kind("message")
        assert "parent_id" not in first and (last["parent_id"], last["category_id"]) == ("2", "1")
        assert [path for _, path in gateway.requests] == ["/api/v10/channels/30"]
        # It is remembered.
        shim.kill()
        shim.start()
        gateway.wait_live(2)
        gateway.dispatch(*in_thread(number + 1))
        expect_messages(service, [number + 1])
        assert service.of_kind("message")[-1]["parent_id"] == "2"
        assert len(gateway.requests) == 1


def test_a_429_without_a_body_is_not_asked_again_in_a_loop(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.settings(user_status=429)
        gateway.dispatch(*reaction(1, ANA, "31"))
        service.wait_for(lambda: any(one["type"] == "reaction" for one in service.taken.values()))
        assert len(gateway.requests) < 15


# -- the session

CLOSE_CODES = {
    1000: "resume", 1001: "resume", 4000: "resume", 4001: "resume", 4002: "resume",
    4003: "identify", 4004: "fatal", 4005: "resume", 4006: "identify", 4007: "identify",
    4008: "resume", 4009: "identify", 4010: "fatal", 4011: "fatal", 4012: "fatal", 4013: "fatal",
    4014: "fatal", 4999: "identify", "cut": "resume"}


def run_close_code(folder, code, course):
    with chain(folder) as (gateway, shim, service):
        if code == "cut":
            gateway.cut()
        else:
            gateway.close(code)
        if course == "fatal":
            assert shim.wait() == 1
            last = shim.log.strip().splitlines()[-1]
            assert str(code) in last and "besace-gateway ends" in last
            assert gateway.state()["connections"] == 1
            return
        gateway.wait_live(2)
        state = gateway.state()
        assert state["identifies"] == (1 if course == "resume" else 2), code
        assert len(state["resumes"]) == (1 if course == "resume" else 0), code
        gateway.dispatch(*message(1))
        expect_messages(service, [1])
        assert len(service.of_kind("voice_snapshot")) == 2
        assert shim.terminate() == 0


@pytest.mark.slow
def test_every_close_code_is_handled_as_the_table_says(tmp_path):
    together(tmp_path, {code: functools.partial(run_close_code, code=code, course=course)
                        for code, course in CLOSE_CODES.items()})


@pytest.mark.threads
def test_what_happens_while_cut_off_is_replayed(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.dispatch(*message(1))
        gateway.refuse(1)
        gateway.cut()
        for number in range(2, 30):
            gateway.dispatch(*message(number))
        gateway.wait_live(2)
        gateway.dispatch(*message(30))
        expect_messages(service, range(1, 31))
        assert len(service.of_kind("message")) == 30
        assert gateway.state()["identifies"] == 1
        # From the kept cache: the members in voice are still there.
        first, second = service.wait_for(
            lambda: [event for event in service.taken.values()
                     if event["type"] == "voice_snapshot"][:2])
        assert first["members"] == second["members"] and first["id"] != second["id"]


@pytest.mark.slow
def test_a_gateway_that_asks_to_wait_is_given_the_time(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.refuse(1, retry_after=2)
        gateway.cut()
        gateway.wait_for(lambda: gateway.refusals == 0)
        began = time.monotonic()
        gateway.wait_live(2)
        assert time.monotonic() - began > 1.7
        assert gateway.state()["identifies"] == 1


def test_a_gateway_that_does_not_answer_heartbeats_is_left(tmp_path):
    with chain(tmp_path, {"heartbeat_ms": 1000}) as (gateway, shim, service):
        # On one connection: those before the last were answered. A busy machine may answer too late
        # before that, and the connection is rightly left.
        gateway.wait_for(lambda: gateway.state()["beats"] >= 3)
        left = len(gateway.closed_by_client)
        gateway.settings(answer_beats=False)
        gateway.wait_for(lambda: len(gateway.closed_by_client) > left)
        gateway.settings(answer_beats=True)
        gateway.wait_live(2)
        assert set(gateway.closed_by_client) == {OUR_CODE}
        assert gateway.resumes and gateway.state()["identifies"] == 1
        shim.wait_log("does not answer heartbeats")


def test_ops_1_and_7_are_obeyed(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        before = gateway.state()["beats"]
        gateway.send(1)
        gateway.wait_for(lambda: gateway.state()["beats"] > before)
        gateway.send(99, {"new": "thing"})
        gateway.settings(say_hello=False)
        gateway.send(7)
        # Also instead of HELLO.
        gateway.wait_for(lambda: gateway.connections == 2)
        gateway.settings(say_hello=True)
        gateway.send(7)
        gateway.wait_live(3)
        assert len(gateway.resumes) == 1 and gateway.state()["identifies"] == 1
        gateway.wait_for(lambda: gateway.closed_by_client == [OUR_CODE] * 2)


@pytest.mark.slow
def test_op_9_resumes_or_identifies(tmp_path):
    with chain(tmp_path, {"invalid": [("resume", True), ("resume", False)]}) as (
            gateway, shim, service):
        gateway.cut()
        gateway.wait_live(4)
        state = gateway.state()
        assert len(state["resumes"]) == 2 and state["identifies"] == 2
        gateway.dispatch(*message(1))
        expect_messages(service, [1])


def run_split(folder, split):
    with chain(folder, {"split": split}) as (gateway, shim, service):
        gateway.dispatch_all([message(number) for number in range(100)])
        expect_messages(service, range(100))


def test_compressed_payloads_may_be_cut_anywhere(tmp_path):
    together(tmp_path, {split: functools.partial(run_split, split=split)
                        for split in ("messages", "fragments", "bytes")})


def test_a_guild_of_a_megabyte_arrives(tmp_path):
    large = guild(voice=1000)
    chance = random.Random(1)
    for each in large["members"]:  # what zlib cannot make small: some 700 kB on the wire
        each["padding"] = chance.randbytes(600).hex()
    with chain(tmp_path, {"guilds": [large], "split": "fragments"}) as (gateway, shim, service):
        snapshot = service.wait_for(
            lambda: [one for one in service.taken.values() if one["type"] == "voice_snapshot"])
        assert len(snapshot[0]["members"]) == 1000
        gateway.settings(split="messages")
        gateway.dispatch("GUILD_CREATE", large)
        gateway.dispatch(*message(1))
        expect_messages(service, [1])


def run_garbage(folder, kind):
    with chain(folder) as (gateway, shim, service):
        gateway.dispatch(*message(1))
        gateway.garbage(kind)
        gateway.dispatch(*message(2))
        gateway.wait_live(2)
        gateway.dispatch(*message(3))
        expect_messages(service, [1, 2, 3])
        assert gateway.state()["identifies"] == 1
        assert shim.terminate() == 0


def test_garbage_is_survived(tmp_path):
    together(tmp_path, {kind: functools.partial(run_garbage, kind=kind)
                        for kind in ("bytes", "json", "list")})


def test_a_refused_token_ends_it_at_once(tmp_path):
    with chain(tmp_path, {"token": "another"}, start=False, DISCORD_GATEWAY_URL=None) as (
            gateway, shim, service):
        gateway.token = "changed"
        assert shim.wait() == 1
        assert "DISCORD_BOT_TOKEN" in shim.log
        assert gateway.connections == 0 and len(gateway.requests) <= 2


def test_without_identifies_left_none_is_sent(tmp_path):
    with chain(tmp_path, {"remaining": 0, "reset_after": 1500}, start=False,
               DISCORD_GATEWAY_URL=None) as (gateway, shim, service):
        shim.wait_log("no new session until")
        assert gateway.connections == 0
        gateway.settings(remaining=5)
        gateway.wait_live()
        assert gateway.state()["identifies"] == 1


def make_authority(folder):
    """A certificate for localhost and its own authority, as one PEM file."""
    path = folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path, "-out",
                    folder / "only-cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    path.write_text(path.read_text() + (folder / "only-cert.pem").read_text())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context, str(folder / "only-cert.pem")


def run_wss(folder, context, trusted, host):
    settings = {"ssl_context": context[0]}
    good = trusted and host == "localhost"
    with Gateway(**settings) as gateway, Events(bytes(KEY.verify_key)) as service:
        shim = Shim(gateway, service, folder, SSL_CERT_FILE=context[1] if trusted else None,
                    DISCORD_GATEWAY_URL=f"wss://{host}:{gateway.port}")
        if good:
            gateway.wait_live()
            gateway.cut()
            gateway.wait_live(2)
            gateway.dispatch(*message(1))
            expect_messages(service, [1])
        else:
            shim.wait_log("Discord's Gateway cannot be reached: trying on")
            assert gateway.connections == 0
        assert shim.terminate() == 0
        shim.check()
        assert not gateway.violations


def test_wss_is_verified(tmp_path):
    context = make_authority(tmp_path)
    together(tmp_path, {
        f"{host} {trusted}": functools.partial(run_wss, context=context, trusted=trusted, host=host)
        for host, trusted in (("localhost", True), ("localhost", False), ("127.0.0.1", True))})


# -- the service


def test_while_the_service_is_away_events_wait_and_then_drain(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.dispatch(*message(0))
        expect_messages(service, [0])
        port = service.port
        service.stop()
        gateway.dispatch_all([message(number) for number in range(1, 2000)])
        shim.wait_log("does not take events")
        service.port = port
        service.start()
        expect_messages(service, range(2000))
        order = [event["id"] for event in service.of_kind("message")]
        assert order == [message_id(number) for number in range(2000)]
        assert max(len(ids) for _, ids in service.batches) <= 1000
        shim.wait_log("takes events again")


def run_not_taken(folder, status):
    with chain(folder) as (gateway, shim, service):
        expect_beginning(service)
        if status == "other 200":
            service.fail(200, times=2, body=b"<html>log in to this network</html>")
        else:
            service.fail(status, times=2, headers={"Retry-After": "1"} if status == 503 else None)
        began = time.monotonic()
        gateway.dispatch(*message(1))
        expect_messages(service, [1])
        # Two delays; libcurl itself repeats at once what a kept connection cut.
        minimum = {503: 2, 0: 0.25}.get(status, 0.75)
        assert time.monotonic() - began > minimum
        assert service.batches[-1][1] == [message_id(1)]
        shim.wait_log("does not take events")


def test_a_batch_that_is_not_taken_is_kept(tmp_path):
    together(tmp_path, {status: functools.partial(run_not_taken, status=status)
                        for status in (400, 401, 404, 500, 503, 0, "other 200")})


def test_a_lost_answer_means_the_same_batch_again(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        expect_beginning(service)
        service.fail(0, take=True)
        gateway.dispatch(*message(1))
        service.wait_for(lambda: sum(message_id(1) in ids for _, ids in service.batches) == 2)


def test_too_large_batches_are_halved_and_one_event_is_set_aside(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        expect_beginning(service)
        service.largest = 2000
        service.fail(503)
        gateway.dispatch_all([message(number) for number in range(50)]
                             + [message(50, {"id": "3", "username": "x" * 32})])
        gateway.dispatch("GUILD_CREATE", guild(voice=100))
        gateway.dispatch(*message(51))
        expect_messages(service, range(52))
        assert len(service.of_kind("voice_snapshot")) == 1
        refused = (tmp_path / "spool" / "refused").read_text()
        assert refused.count("\n") == 1 and "voice_snapshot" in refused
        shim.wait_log("event set aside")


def test_rejected_events_are_told_and_not_repeated(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        service.reject[message_id(1)] = "the test does not like it"
        gateway.dispatch_all([message(1), message(2)])
        expect_messages(service, [2])
        shim.wait_log("the test does not like it")
        gateway.dispatch(*message(3))
        expect_messages(service, [3])
        assert sum(message_id(1) in ids for _, ids in service.batches) == 1


# -- crashes and full disks


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_nothing_and_changes_no_id(tmp_path):
    """Discord goes on, shim and answers of the service die: all arrives, each under one id."""
    chance = random.Random(20261122)
    members = [LOU, ANA, VERA]
    # A shim that was killed between a message and a reaction to it asks for the author.
    with chain(tmp_path, {"users": {one["id"]: one for one in members}}) as (
            gateway, shim, service):
        number = 0
        said = []
        # A session that the shim has not heard of yet cannot be resumed.
        expect_beginning(service)
        for connection in range(2, 18):
            for _ in range(chance.randrange(1, 6)):
                events = []
                for _ in range(chance.randrange(1, 60)):
                    number += 1
                    user = chance.choice(members)
                    events.append(message(number, user))
                    if chance.random() < 0.3:
                        events.append(reaction(number, chance.choice(members), user["id"]))
                    if chance.random() < 0.3:
                        events.append(voice(user, chance.choice(["8", "9", "99", None])))
                said += events
                gateway.dispatch_all(events)
                if chance.random() < 0.3:
                    service.fail(0, take=chance.random() < 0.5)
                time.sleep(chance.random() * 0.03)
            shim.kill()
            gateway.dispatch(*message(number := number + 1))
            shim.start()
            gateway.wait_live(connection)
        service.clear_failures()
        expect_messages(service, range(1, number + 1))
        assert gateway.state()["identifies"] == 1
        reactions = {f"r:{data['message_id']}:{data['user_id']}:%F0%9F%91%8D"
                     for kind, data in said if kind == "MESSAGE_REACTION_ADD"
                     and data["user_id"] != data["message_author_id"]}
        assert {event["id"] for event in service.of_kind("reaction")} == reactions
        check_voice(service, said)
        assert shim.terminate() == 0


def test_after_a_crash_the_voice_cache_is_what_it_was(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.dispatch(*voice(LOU, "8", self_mute=True))
        gateway.dispatch(*voice(VERA, None))
        gateway.dispatch(*message(1))
        expect_messages(service, [1])
        shim.kill()
        gateway.dispatch(*voice(ANA, "99"))
        shim.start()
        gateway.wait_live(2)
        last = service.wait_for(lambda: [
            event for event in service.taken.values() if event["type"] == "voice_snapshot"][1:])
        assert last[0]["afk_channel_id"] == "99"
        assert {member["user"]["username"]: (member["channel_id"], member["mute"])
                for member in last[0]["members"]} == {
                    "lou": ("8", True), "ana": ("99", False), "member0": ("8", False)}
        moved = service.of_kind("voice")[-1]
        assert moved["user"]["username"] == "ana" and moved["afk"] is True


def limit_files(shim, maximum):
    hard = resource.prlimit(shim.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(shim.process.pid, resource.RLIMIT_FSIZE, (maximum, hard))


@pytest.mark.slow
def test_a_full_disk_is_waited_for(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.dispatch(*message(1))
        expect_messages(service, [1])
        limit_files(shim, 4096)  # not one page more
        gateway.dispatch_all([message(number) for number in range(2, 300)])
        shim.wait_log("spool not writable")
        gateway.wait_for(lambda: gateway.closed_by_client)
        shim.wait_log("disconnected until the spool is writable")
        gateway.dispatch(*message(300))
        connections = gateway.connections
        limit_files(shim, resource.RLIM_INFINITY)
        gateway.wait_live(connections + 1)
        expect_messages(service, range(1, 301))
        assert gateway.connections == connections + 1 and gateway.state()["identifies"] == 1
        shim.wait_log("spool writable again")


# -- the program


@pytest.mark.threads
def test_sigterm_flushes_and_keeps_the_session(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        expect_beginning(service)
        service.fail(200, stall=0.5, take=True)
        gateway.dispatch_all([message(number) for number in range(1000)])
        gateway.dispatch(*voice(LOU, "8"))
        gateway.wait_for(lambda: gateway.state()["seq"] >= 1000)
        assert shim.terminate() == 0
        gateway.wait_for(lambda: gateway.closed_by_client)
        assert gateway.closed_by_client == [OUR_CODE]
        gateway.dispatch(*message(1000))
        shim.start()
        gateway.wait_live(2)
        expect_messages(service, range(1001))
        assert gateway.state()["identifies"] == 1 and len(gateway.resumes) == 1


def test_sigterm_does_not_wait_for_a_service_that_is_away(tmp_path):
    with chain(tmp_path, BESACE_EVENTS_URL="http://127.0.0.1:1/events") as (
            gateway, shim, service):
        gateway.dispatch(*message(1))
        shim.wait_log("does not take events")
        began = time.monotonic()
        assert shim.terminate() == 0
        assert time.monotonic() - began < 8
        shim.environment["BESACE_EVENTS_URL"] = service.url
        shim.start()
        expect_messages(service, [1])


def test_sigterm_leaves_a_thread_behind_that_hangs_in_the_name_server(tmp_path):
    """It is given up after 2 s, and touches nothing that is gone by then."""
    # What the thread holds cannot be given back, as it cannot be ended.
    options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=0"
    with chain(tmp_path, start=False, LD_PRELOAD=str(BUILD / "tests/preload/slow_names.so"),
               BESACE_SLOW_NAMES_MS="2500", ASAN_OPTIONS=options) as (gateway, shim, service):
        gateway.wait_live()
        gateway.dispatch(*message(1))
        expect_messages(service, [1])
        gateway.cut()
        shim.wait_log("connecting to Discord", 2)  # once more after the cut
        assert shim.terminate() == 0


@pytest.mark.threads
def test_metrics_tell_what_happens(tmp_path):
    address = f"127.0.0.1:{own_port()}"
    with chain(tmp_path, BESACE_METRICS_LISTEN=address) as (gateway, shim, service):
        gateway.dispatch_all([message(1), message(2)])
        expect_messages(service, [1, 2])

        def figures():
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=DEADLINE_S) as answer:
                lines = answer.read().decode().splitlines()
            return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

        gateway.wait_for(
            lambda: figures()['besace_gateway_events_total{what="forwarded"}'] == "6")
        seen = figures()
        assert seen["besace_gateway_connected"] == "1"
        assert seen["besace_gateway_identifies_total"] == "1"
        assert seen['besace_gateway_events_total{what="spooled"}'] == "6"
        assert int(seen["besace_gateway_spool_bytes"]) > 100
        gateway.cut()
        gateway.wait_live(2)
        gateway.wait_for(
            lambda: figures()['besace_gateway_sessions_total{how="resumed"}'] == "1")


def run_program(*arguments, **environment):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=DEADLINE_S,
                          env={"PATH": os.environ["PATH"], **environment}, check=False)


def test_bad_usage_and_settings_end_with_2():
    help_text = run_program("--help")
    assert help_text.returncode == 0 and "BESACE_SPOOL_DIR" in help_text.stdout
    assert run_program("--version").stdout.startswith("besace-gateway ")
    assert run_program("--frobnicate").returncode == 2
    assert run_program("argument").returncode == 2
    bad = run_program(BESACE_SHARD="3/2", BESACE_SPOOL_DIR="relative",
                      DISCORD_GATEWAY_URL="http://x", BESACE_EVENT_SECRET_KEY="00",
                      DISCORD_BOT_TOKEN="x" * 5000)
    assert bad.returncode == 2
    lines = bad.stderr.splitlines()
    assert all(line.startswith("besace-gateway: ") for line in lines)
    names = {line.split(":")[1].strip() for line in lines}
    assert run_program(DISCORD_GATEWAY_URL="wss://x/?v=9").stderr.count("DISCORD_GATEWAY_URL") == 1
    assert names == {"BESACE_SHARD", "BESACE_SPOOL_DIR", "DISCORD_GATEWAY_URL",
                     "BESACE_EVENT_SECRET_KEY", "DISCORD_BOT_TOKEN", "BESACE_EVENTS_URL",
                     "BESACE_EVENT_KEY_ID"}


def test_what_cannot_start_ends_with_1(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        second = Shim(gateway, service, tmp_path)
        assert second.wait() == 1
        assert "another process uses it" in second.log
        blocked = Shim(gateway, service, tmp_path, BESACE_SPOOL_DIR="/proc/nowhere/spool")
        assert blocked.wait() == 1
        assert "/proc/nowhere/spool" in blocked.log
        assert gateway.connections == 1


def test_addresses_may_end_with_a_slash(tmp_path):
    class Slashed(Gateway):
        @property
        def url(self):
            return super().url + "/"

    with Slashed(guilds=[guild()]) as gateway, Events(bytes(KEY.verify_key)) as service:
        shim = Shim(gateway, service, tmp_path, DISCORD_GATEWAY_URL=None)
        gateway.wait_live()
        assert shim.terminate() == 0
        assert not gateway.violations


def test_a_count_about_to_be_reset_is_not_asked_for_in_a_loop(tmp_path):
    began = time.monotonic()
    with chain(tmp_path, {"remaining": 0, "reset_after": 0}, start=False,
               DISCORD_GATEWAY_URL=None) as (gateway, shim, service):
        shim.wait_log("no new session until", times=3)
        asked = len(gateway.requests)
        assert asked <= 1 + (time.monotonic() - began)  # once a second at the most


def test_a_leave_that_names_nobody_is_known_by_the_seat(tmp_path):
    with chain(tmp_path) as (gateway, shim, service):
        gateway.dispatch(*voice(LOU, "8"))
        gateway.dispatch(*message(1))
        expect_messages(service, [1])
        assert shim.terminate() == 0
        shim.start()
        gateway.wait_live(2)
        gateway.dispatch("VOICE_STATE_UPDATE",
                         {"guild_id": "900", "user_id": LOU["id"], "channel_id": None})
        gateway.dispatch(*message(2, ANA))
        expect_messages(service, [2])
        assert service.of_kind("voice")[-1]["channel_id"] is None
