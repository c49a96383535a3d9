"""The REST client against the strict stand-in of Discord: what leaves, when, and in which order."""

import json
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest

from standin.discord import DEADLINE_S, Discord
from support.paths import ROOT
from support.ports import own_port
from support.rest import (APP, HELLO, INTERACTION, ORIGINAL, TOKEN, start_client, start_clients,
                          start_discord)

pytestmark = pytest.mark.threads


def test_calls_carry_what_discord_demands(discord, client):
    client.edit()
    client.message("message")
    assert client.answer("edit")["http"] == 200
    assert client.answer("message")["status"] == "ok"
    edit, = discord.calls(route=ORIGINAL)
    message, = discord.calls(route="/channels/*")
    version = subprocess.run([ROOT / "scripts/version"], capture_output=True, text=True,
                             check=True).stdout.strip()
    for call in (edit, message):
        assert call["headers"]["user-agent"] == \
            f"DiscordBot (https://github.com/besace/besace, {version})"
        assert call["headers"]["content-type"] == "application/json"
    assert "authorization" not in edit["headers"]
    assert message["headers"]["authorization"] == f"Bot {TOKEN}"
    assert edit["body"] == HELLO
    assert message["body"] == {**HELLO, "nonce": "message", "enforce_nonce": True}
    assert discord.violations == []


def test_answers_carry_discords_body(discord, client):
    client.edit()
    body = client.answer("edit")["body"]
    assert body["content"] == "bonjour"
    assert body["id"] == discord.tokens[INTERACTION].original["id"]


def test_an_empty_put_says_so_and_an_empty_answer_is_ok(discord, client):
    client.tell("call", "role", method="PUT", route="/guilds/{guild}/members/{user}/roles/{role}",
                params=["1", "2", "3"])
    answer = client.answer("role")
    assert (answer["status"], answer["http"], answer["body"]) == ("ok", 204, None)
    call, = discord.requests
    assert call["headers"]["content-length"] == "0"
    assert discord.roles == {("1", "2", "3")}


def test_connections_are_kept(discord, client):
    for number in range(4):
        client.message(f"m{number}")
        client.answer(f"m{number}")
    assert len({call["port"] for call in discord.requests}) == 1


def test_names_are_resolved(discord, start):
    client = start(f"http://localhost:{discord.port}/api/v10")
    client.edit()
    assert client.answer("edit")["status"] == "ok"


def test_calls_of_a_bucket_keep_their_order_and_its_limit(discord, client):
    discord.limits("/channels/*", limit=3, window=0.3)
    tags = [f"m{number}" for number in range(12)]
    for tag in tags:
        client.message(tag)
    for tag in tags:
        assert client.answer(tag)["status"] == "ok"
    assert [call["body"]["nonce"] for call in discord.requests] == tags
    assert discord.violations == []
    assert discord.requests[-1]["at"] - discord.requests[0]["at"] > 0.85


def test_a_failing_call_keeps_its_place(discord, client):
    discord.fail(route="/channels/*", status=502, times=2)
    for number in range(3):
        client.message(f"m{number}")
    for number in range(3):
        assert client.answer(f"m{number}")["status"] == "ok"
    assert [call["body"]["nonce"] for call in discord.requests] == ["m0", "m0", "m0", "m1", "m2"]


def test_channels_do_not_wait_for_each_other(discord, start):
    client = start(attempt_ms=60000)
    discord.fail(route="/channels/*", stall=60)
    client.message("slow", channel="1")
    discord.wait_for(lambda: len(discord.requests) == 1)
    client.message("fast", channel="2")
    assert client.answer("fast")["status"] == "ok"
    assert "slow" not in client.answers
    client.tell("destroy")


def test_routes_of_one_bucket_share_its_limit(discord, client):
    discord.limits("/webhooks/*", limit=2, window=0.4, bucket="shared")
    client.edit("learn")
    client.follow_up("learn too")
    client.answer("learn")
    client.answer("learn too")
    for number in range(3):
        client.edit(f"e{number}")
        client.follow_up(f"f{number}")
    for number in range(3):
        assert client.answer(f"e{number}")["status"] == "ok"
        assert client.answer(f"f{number}")["status"] == "ok"
    assert discord.violations == []
    methods = [call["method"] for call in discord.requests[2:]]
    assert methods == ["PATCH", "POST"] * 3


def test_fifty_bot_calls_a_second(discord, client):
    began = time.monotonic()
    for number in range(120):
        client.message(f"m{number}", channel=str(number + 1))
    for number in range(120):
        assert client.answer(f"m{number}")["status"] == "ok"
    at = sorted(call["at"] for call in discord.requests)
    # Since the beginning: a busy machine takes some calls in later than others, none sooner.
    assert all(each - began > 0.99 * (number // 50) for number, each in enumerate(at))


def test_interactions_are_outside_the_global_limit(discord, client):
    discord.settings(any_token={})
    for number in range(300):
        client.edit(f"e{number}", token=f"token{number}")
    for number in range(300):
        assert client.answer(f"e{number}")["status"] == "ok"
    at = sorted(call["at"] for call in discord.requests)
    # However busy the machine is, some 51 of them come within a second.
    assert any(later - earlier < 0.9 for earlier, later in zip(at, at[50:]))
    assert discord.violations == []


def waited(discord, route="*"):
    first, second = [call["at"] for call in discord.calls(route=route)][:2]
    return second - first


@pytest.mark.parametrize("times", [
    {"header": "0.5", "retry_after": 30},
    {"retry_after": 0.5},
])
def test_a_429_says_how_long(discord, client, times):
    discord.fail_rate_limited(route=ORIGINAL, **times)
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    assert 0.49 <= waited(discord) < 20
    assert client.ask("metrics")["rate_limited"] == 1


def test_a_429_holds_its_bucket_only(discord, client):
    discord.fail_rate_limited(route="/channels/*", retry_after=4)
    client.message("held", channel="1")
    client.message("behind", channel="1")
    client.wait_for_log("Discord asks to wait")
    client.message("other", channel="2")
    other, held, behind = (client.answer(tag) for tag in ("other", "held", "behind"))
    assert other["at"] < held["at"] < behind["at"]
    assert [call["body"]["nonce"] for call in discord.requests] == \
        ["held", "other", "held", "behind"]


def test_a_429_without_a_time_waits_the_blind_time(discord, client):
    discord.fail_rate_limited(route=ORIGINAL)
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    assert 0.39 <= waited(discord) < 20


@pytest.mark.parametrize("status", [429, 403])
def test_cloudflares_refusal_stops_everything_for_the_blind_time(discord, client, status):
    discord.fail_cloudflare(status=status, route=ORIGINAL)
    client.edit()
    client.wait_for_log("Discord asks to wait")
    client.message("message")
    assert client.answer("edit")["status"] == "ok"
    assert client.answer("message")["status"] == "ok"
    first, *others = discord.requests
    assert len(others) == 2
    assert all(call["at"] - first["at"] >= 0.39 for call in others)


def test_a_network_error_of_discords_is_about_the_address_too(discord, client):
    discord.fail(route=ORIGINAL, status=403, body={"code": 40333, "message": "internal network error"})
    client.edit()
    client.wait_for_log("Discord asks to wait")
    assert client.answer("edit")["status"] == "ok"


def test_a_global_429_stops_bot_calls_but_not_interactions(discord, client):
    discord.fail_rate_limited(route="/channels/*", retry_after=4, scope="global",
                              is_global=True)
    client.message("held", channel="1")
    client.wait_for_log("Discord asks to wait")
    client.message("held too", channel="2")
    client.edit()
    edited, *held = (client.answer(tag) for tag in ("edit", "held", "held too"))
    assert edited["status"] == held[0]["status"] == held[1]["status"] == "ok"
    assert all(edited["at"] < each["at"] for each in held)
    first, edit, *others = discord.requests
    assert edit["method"] == "PATCH"
    assert all(call["at"] - first["at"] >= 3.99 for call in others)


def test_a_wait_beyond_the_deadline_is_given_up_at_once(discord, client):
    discord.fail_rate_limited(route=ORIGINAL, retry_after=3600)
    client.edit(within_ms=600000)
    answer = client.answer("edit")
    assert (answer["status"], answer["http"]) == ("unavailable", 429)


def test_5xx_is_tried_again(discord, client):
    discord.fail(route=ORIGINAL, status=503, times=3)
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    assert len(discord.requests) == 4
    assert client.ask("metrics")["retried"] == 3


def test_5xx_until_the_deadline_is_unknown(discord, client):
    discord.fail(route=ORIGINAL, status=500, times=1000)
    # The sixth try would be too early for Discord until the deadline.
    discord.limits("/webhooks/*", limit=5, window=600)
    client.edit(within_ms=60000)
    answer = client.answer("edit")
    assert (answer["status"], answer["http"]) == ("unknown", 500)
    assert len(discord.requests) == 5
    assert client.ask("metrics")["given_up"] == 1


def test_a_stalled_call_is_tried_again(discord, start):
    client = start(attempt_ms=300)
    discord.fail(route=ORIGINAL, stall=600)
    began = time.monotonic()
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    assert discord.requests[1]["at"] - began >= 0.29


def test_a_stall_until_the_deadline_is_unknown(discord, start):
    client = start(attempt_ms=1000)
    discord.fail(route=ORIGINAL, stall=600, times=100)
    client.edit(within_ms=2500)
    answer = client.answer("edit")
    assert (answer["status"], answer["http"]) == ("unknown", 0)


@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_broken_connection_is_tried_again(discord, client, how):
    discord.fail(route=ORIGINAL, **{how: True}, times=2)
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    assert len(discord.requests) == 3


@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_follow_up_is_never_posted_twice(discord, client, how):
    discord.tokens[INTERACTION].deferred = False
    client.follow_up("warm up")  # leaves a kept connection that libcurl would quietly replace
    client.answer("warm up")
    discord.fail(route="/webhooks/{webhook}/{token}", apply=True, **{how: True})
    client.follow_up("broken")
    broken = client.answer("broken")
    assert (broken["status"], broken["http"]) == ("unknown", 0)
    client.message("after")
    assert client.answer("after")["status"] == "ok"
    assert len(discord.tokens[INTERACTION].follow_ups) == 2


@pytest.mark.parametrize("status", [502, 504, 524])
def test_a_gateway_does_not_know_whether_a_follow_up_was_posted(discord, client, status):
    discord.fail(route="/webhooks/{webhook}/{token}", status=status)
    client.follow_up()
    answer = client.answer("follow_up")
    assert (answer["status"], answer["http"]) == ("unknown", status)
    assert len(discord.requests) == 1


def test_a_follow_up_that_never_left_is_tried_again(discord, client):
    discord.fail(route="/webhooks/{webhook}/{token}", status=503)
    client.follow_up()
    assert client.answer("follow_up")["status"] == "ok"
    assert len(discord.requests) == 2


@pytest.mark.parametrize("how", ["close", "cut"])
def test_the_nonce_makes_a_repeated_message_one(discord, client, how):
    discord.fail(route="/channels/*", apply=True, **{how: True})
    client.message("once")
    answer = client.answer("once")
    assert answer["status"] == "ok"
    assert len(discord.requests) == 2
    message, = discord.messages["7"]
    assert answer["body"]["id"] == message["id"]


def test_a_nonce_of_the_wrong_length_is_refused(client):
    client.message("x" * 26)
    assert client.answer("x" * 26)["refused"] == "invalid"


def test_a_follow_up_too_early_waits_for_discord(discord, client):
    discord.limits("/webhooks/*", limit=100, window=1)
    discord.add_token(INTERACTION, unknown_for=3)
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    assert [call["status"] for call in discord.requests[:-1]] == [404] * 3


def test_an_unknown_token_is_not_asked_for_ever(discord, start):
    discord.limits("/webhooks/*", limit=100, window=1)
    client = start(not_yet_ms=300)
    client.edit(token="unknown")
    answer = client.answer("edit")
    assert (answer["status"], answer["http"], answer["code"]) == ("not found", 404, 10015)
    asked = len(discord.requests)
    client.edit("next")
    client.answer("next")
    assert len(discord.requests) == asked + 1
    assert discord.requests[asked - 1]["at"] - discord.requests[0]["at"] < 8


def test_nobody_listening_means_nothing_happened(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but deaf: refuses connections
        client = start(f"http://127.0.0.1:{taken.getsockname()[1]}")
        client.edit(within_ms=400)
        answer = client.answer("edit")
    assert (answer["status"], answer["http"]) == ("unavailable", 0)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, start):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                    "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
                   cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    faults = []

    def accept_all(listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    faults.append(secure.recv(100))  # nothing may come
            except OSError as error:
                faults.append(str(error))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept_all, args=[listener], daemon=True)
        thread.start()
        client = start(f"https://localhost:{listener.getsockname()[1]}/api/v10")
        client.edit(within_ms=5000)
        answer = client.answer("edit")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(DEADLINE_S)
    assert (answer["status"], answer["http"]) == ("unavailable", 0)
    # The deadline may have ended the last handshake before the client's word on the certificate.
    assert any("UNKNOWN_CA" in str(fault) for fault in faults)
    assert not any(isinstance(fault, bytes) and fault for fault in faults)


def warnings(client):
    """(message, why) of each line that an operator is meant to read."""
    lines = [json.loads(line) for line in client.log.splitlines() if line.startswith("{")]
    return [(line["msg"], line.get("why")) for line in lines if line["level"] == "warn"]


def test_discord_coming_back_is_noticed(start):
    port = own_port()
    client = start(f"http://127.0.0.1:{port}/api/v10")
    client.edit()
    client.wait_for_log("Discord cannot be reached")
    with Discord(TOKEN, port=port) as again:
        again.add_token(INTERACTION)
        assert client.answer("edit")["status"] == "ok"
        client.wait_for_log("Discord answers again")


@pytest.mark.parametrize("url, why", [
    ("http://nowhere.invalid/api/v10", "Could not resolve host: nowhere.invalid"),
    ("http://127.0.0.1:{closed}/api/v10", "Connection refused"),
    ("https://127.0.0.1:{plain}/api/v10", "SSL"),
    ("http://127.0.0.1:{silent}/api/v10", "timed out")])
def test_the_first_attempt_says_why_discord_is_away_and_the_others_do_not(start, discord, url, why):
    """One line, however many calls there are and however often they are tried."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # Who says nothing is given up before the time of the call is up, which would say nothing either.
        client = start(url.format(closed=own_port(), plain=urllib.parse.urlsplit(discord.url).port,
                                  silent=silent.getsockname()[1]), **({"attempt_ms": 300} if "silent" in url else {}))
        # On a machine so slow that the time of the calls was up before one attempt failed, longer ones.
        for within_ms in (1500, 6000, 24000):
            names = [f"edit {number} within {within_ms}" for number in range(3)]
            for name in names:
                client.edit(name, within_ms=within_ms)
            answers = [client.answer(name) for name in names]
            if warnings(client):
                break
    assert {(answer["status"], answer["http"]) for answer in answers} <= {("unavailable", 0), ("unknown", 0)}
    (message, cause), = warnings(client)
    assert message in ("Discord cannot be reached", "a call to Discord broke") and why in cause


def test_bad_path_parts_are_refused(client):
    for number, token in enumerate(["", "..", "a b", "é", "x" * 1025]):
        client.edit(f"e{number}", token=token)
        assert client.answer(f"e{number}")["refused"] == "invalid"


def test_tokens_are_percent_encoded(discord, client):
    discord.add_token("a%2:b?c#d")
    client.edit(token="a%2:b?c#d")
    assert client.answer("edit")["status"] == "ok"


def test_the_queue_is_bounded(discord, start):
    client = start(attempt_ms=60000)
    discord.fail(route="/channels/*", stall=60)
    for number in range(1025):
        client.message(f"m{number}")
    assert client.answer("m1024")["refused"] == "unavailable"
    assert client.ask("pending")["pending"] == 1024
    client.tell("destroy")
    assert client.answer("m1023")["status"] == "unavailable"


def test_destroying_answers_everything(discord, start):
    client = start(attempt_ms=60000)
    discord.fail(route="/channels/*", stall=60)
    client.message("flying")
    client.message("waiting")
    discord.wait_for(lambda: len(discord.requests) == 1)
    client.tell("destroy")
    assert client.answer("flying")["status"] == "unknown"
    assert client.answer("waiting")["status"] == "unavailable"


def test_calls_can_be_awaited(client):
    for number in range(3):
        client.message(f"m{number}", channel=str(number + 1))
    assert client.ask("pending")["pending"] <= 3
    client.finish()  # ends when nothing is pending, and every call was answered
    assert {client.answers[f"m{number}"]["status"] for number in range(3)} == {"ok"}


COMMANDS = [
    {"name": "don", "description": "Donne", "name_localizations": {"en-US": "give"},
     "contexts": [0], "integration_types": [0],
     "options": [{"type": 6, "name": "membre", "description": "À qui", "required": True},
                 {"type": 4, "name": "montant", "description": "Combien", "required": True,
                  "min_value": 1}]},
    {"name": "Voir le niveau", "type": 2, "contexts": [0], "integration_types": [0]},
]


@pytest.mark.parametrize("guild", [None, "42"])
def test_a_command_line_registers_commands(discord, client, guild):
    commands = COMMANDS if guild is None else [
        {key: value for key, value in command.items()
         if key not in ("contexts", "integration_types")} for command in COMMANDS]
    client.tell("run", "run", calls=[
        {"op": "commands_get", "application": APP, "guild": guild},
        {"op": "commands_put", "application": APP, "guild": guild, "body": commands}])
    run = client.answer("run")
    assert run["status"] == "ok"
    assert [answer["http"] for answer in run["answers"]] == [200, 200]
    assert [c["name"] for c in discord.commands[guild or "global"]] == ["don", "Voir le niveau"]
    client.tell("run", "again", calls=[{"op": "commands_get", "application": APP, "guild": guild}])
    answer, = client.answer("again")["answers"]
    assert answer["http"] == 200
    assert answer["body"][0]["name_localizations"] == {"en-US": "give"}
    assert discord.violations == []


def test_a_command_line_hears_of_every_refusal(discord, start):
    client = start(bot_token=None)
    client.tell("run", "run", calls=[{"op": "commands_get", "application": APP}])
    answer, = client.answer("run")["answers"]
    assert answer["status"] == "denied"
    assert discord.requests == []
