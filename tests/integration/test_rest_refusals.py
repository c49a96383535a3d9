"""The REST client when Discord refuses, or answers what cannot be read: what becomes of the call."""

import json
import time

import pytest

from support.rest import (INTERACTION, ORIGINAL, TOKEN, start_client, start_clients,
                          start_discord)

pytestmark = pytest.mark.threads


@pytest.mark.parametrize("status, result", [
    (400, "invalid"), (403, "denied"), (404, "not found"), (405, "invalid"), (413, "too large")])
def test_refusals_are_final(discord, client, status, result):
    discord.fail(route="/channels/*", status=status, body={"code": 50001, "message": "no"},
                 times=2)
    client.message("message")
    answer = client.answer("message")
    assert (answer["status"], answer["http"], answer["code"]) == (result, status, 50001)
    assert len(discord.requests) == 1


def test_faults_are_explained(discord, client):
    client.edit(body={"content": "x" * 2001, "embeds": [{"title": "y" * 257}]})
    answer = client.answer("edit")
    assert (answer["status"], answer["code"]) == ("invalid", 50035)
    assert answer["explain"] == (
        "Discord answered HTTP 400, code 50035: Invalid Form Body"
        " — content: Must be between 0 and 2000 in length, is 2001"
        "; embeds.0.title: Must be between 0 and 256 in length, is 257")
    assert len(discord.requests) == 1


def test_redirects_are_not_followed(discord, client):
    discord.fail(route="/channels/*", status=302, headers={"Location": discord.url + "/gateway/bot"})
    client.message("message")
    assert client.answer("message")["status"] == "failed"
    assert len(discord.requests) == 1


ME = "/users/@me"


def test_a_401_that_is_confirmed_ends_all_bot_calls(discord, client):
    discord.settings(bot_token="another")
    discord.fail(route="/channels/*", stall=600, times=1)
    client.message("first", channel="1")
    client.message("behind", channel="1")
    assert client.ask("pending")["pending"] == 2
    discord.wait_for(lambda: len(discord.requests) == 1)
    discord.release()
    first = client.answer("first")
    assert (first["status"], first["http"]) == ("denied", 401)
    assert client.answer("behind")["status"] == "denied"
    client.message("later", channel="2")
    assert client.answer("later")["refused"] == "denied"
    assert [call["route"] for call in discord.requests] == ["/channels/{channel}/messages", ME]
    assert client.ask("token")["refused"] is True
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    client.finish()
    lines = [line for line in client.log.splitlines() if "bot token" in line]
    assert len(lines) == 1 and json.loads(lines[0])["level"] == "error"


def test_bot_calls_wait_until_a_401_is_confirmed_or_not(discord, client):
    """Those that wait to be tried again, and those in other channels; what needs no bot token goes on."""
    discord.settings(bot_token="another")
    discord.fail(route=ME, stall=600, times=1)
    client.message("first", channel="1")
    discord.wait_for(lambda: len(discord.requests) == 2)
    client.message("beside", channel="2")
    edits, began = 0, time.monotonic()
    while time.monotonic() < began + 0.2:  # ten times what a call waits before it is tried again
        client.edit(f"edit {edits}")
        assert client.answer(f"edit {edits}")["status"] == "ok"
        edits += 1
    discord.release()
    assert client.answer("first")["status"] == "denied"
    assert client.answer("beside")["status"] == "denied"
    assert [call["route"] for call in discord.requests if "authorization" in call["headers"]] == [
        "/channels/{channel}/messages", ME]


def test_a_lone_401_ends_nothing(discord, client):
    discord.fail(route="/channels/*", status=401, body={"message": "401: Unauthorized", "code": 0})
    client.message("first", channel="1")
    client.message("other", channel="2")
    assert client.answer("first")["status"] == "ok"
    assert client.answer("other")["status"] == "ok"
    assert len(discord.calls(route=ME)) == 1
    assert client.ask("token")["refused"] is False
    client.finish()
    assert "bot token" not in client.log


def test_a_401_that_cannot_be_confirmed_ends_nothing(discord, client):
    discord.fail(route="/channels/*", status=401, body={"message": "401: Unauthorized", "code": 0})
    discord.fail(route=ME, status=403, body={"message": "no", "code": 50001})
    client.message("first")
    assert client.answer("first")["status"] == "ok"
    assert client.ask("token")["refused"] is False


def test_a_refused_token_is_tried_again(discord, start):
    discord.settings(bot_token="another")
    client = start(token_retry_ms=100)
    client.message("first")
    assert client.answer("first")["status"] == "denied"
    discord.wait_for(lambda: len(discord.calls(route=ME)) >= 3)
    assert client.ask("token")["refused"] is True
    discord.settings(bot_token=TOKEN)
    client.wait_for_log("accepts the bot token again")
    client.message("second")
    assert client.answer("second")["status"] == "ok"
    client.finish()
    assert client.log.count("refuses the bot token") == 1


def test_several_401s_are_one_line(discord, client):
    discord.settings(bot_token="another")
    discord.fail(route="/channels/*", stall=600, times=3)
    for number in range(3):
        client.message(f"m{number}", channel=str(number + 1))
    discord.wait_for(lambda: len(discord.requests) == 3)
    discord.release()
    for number in range(3):
        assert client.answer(f"m{number}")["status"] == "denied"
    client.finish()
    assert client.log.count("refuses the bot token") == 1
    assert len(discord.calls(route=ME)) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413])
@pytest.mark.parametrize("foreign", [{"body": {"message": "no", "code": 0}}, {"text": ""},
                                     {"body": {"error": "no"}}, {"text": "Not here"},
                                     {"body": [50001]}])
def test_a_refusal_that_is_not_discords_is_tried_again(discord, client, status, foreign):
    discord.fail(route="/channels/*", status=status, times=2, **foreign)
    client.message("message")
    assert client.answer("message")["status"] == "ok"
    assert len(discord.requests) == 3


def test_a_refusal_that_is_not_discords_ends_with_the_time(discord, client):
    discord.fail(route="/channels/*", status=404, text="<html>", times=100000)
    client.message("message", within_ms=500)
    answer = client.answer("message")
    assert (answer["status"], answer["http"], answer["code"]) == ("unavailable", 404, 0)


@pytest.mark.parametrize("times", [{"retry_after": 0}, {"header": "0"}, {"retry_after": 0.001},
                                   {"header": "0", "retry_after": 0, "is_global": True}])
def test_a_429_of_no_wait_does_not_spin(discord, start, times):
    client = start(retry_ms=200)
    discord.fail_rate_limited(route="/channels/*", times=100000, **times)
    client.message("message", within_ms=3000)
    assert client.answer("message")["status"] == "unavailable"
    assert 2 <= len(discord.requests) <= 8


def test_a_429_without_a_body_does_not_spin(discord, start):
    client = start(retry_ms=200)
    discord.fail(route="/channels/*", status=429, text="", headers={"Retry-After": "0"},
                 times=100000)
    client.message("message", within_ms=3000)
    assert client.answer("message")["status"] == "unavailable"
    assert 2 <= len(discord.requests) <= 8


def test_summaries_repeat_nothing_of_discords_words(discord, client):
    discord.fail(route=ORIGINAL, status=400, body={
        "code": 50035, "message": f"cannot {INTERACTION}",
        "errors": {INTERACTION: {"_errors": [{"code": "X", "message": INTERACTION}]}}})
    client.edit()
    answer = client.answer("edit")
    assert INTERACTION in answer["explain"]
    assert answer["summary"] == "Discord answered HTTP 400, code 50035"


def test_401_on_an_interaction_token_ends_nothing_else(discord, client):
    discord.add_token("gone", expired=True)
    client.edit("expired", token="gone")
    answer = client.answer("expired")
    assert (answer["status"], answer["code"]) == ("denied", 50027)
    client.message("message")
    assert client.answer("message")["status"] == "ok"


def test_without_a_token_bot_calls_are_refused(discord, start):
    client = start(bot_token=None)
    client.message("message")
    assert client.answer("message")["refused"] == "denied"
    client.edit()
    assert client.answer("edit")["status"] == "ok"


def test_too_large_an_answer_is_dropped(discord, client):
    discord.fail(route=ORIGINAL, size=5 * 1024 * 1024, apply=True)
    client.edit()
    answer = client.answer("edit")
    assert (answer["status"], answer["http"], answer["body"]) == ("too large", 200, None)
    discord.fail(route=ORIGINAL, size=3 * 1024 * 1024)
    client.edit("large")
    assert len(client.answer("large")["body"]["filler"]) == 3 * 1024 * 1024


def test_an_error_counts_however_large_it_is(discord, client):
    discord.fail(route=ORIGINAL, size=5 * 1024 * 1024, status=500)
    client.edit()
    assert client.answer("edit")["status"] == "ok"
    assert len(discord.requests) == 2


@pytest.mark.parametrize("text", ["<html>", "", '{"id": "1'])
def test_a_success_that_cannot_be_read_is_asked_again(discord, client, text):
    discord.fail(route="/channels/*", status=200, text=text, times=2)
    client.message("message")
    answer = client.answer("message")
    assert answer["status"] == "ok" and answer["body"]["content"] == "bonjour"
    assert len(discord.requests) == 3
    assert len(discord.messages["7"]) == 1


def test_a_success_that_cannot_be_read_is_unknown_in_the_end(discord, client):
    discord.fail(route="/channels/*", status=200, text="<html>", times=100000)
    client.message("message", within_ms=500)
    assert client.answer("message")["status"] == "unknown"


def test_a_follow_up_whose_success_cannot_be_read_is_not_posted_again(discord, client):
    discord.add_token(INTERACTION, deferred=False)
    discord.fail(route="/webhooks/*", status=200, text="<html>")
    client.follow_up()
    assert client.answer("follow_up")["status"] == "unknown"
    assert len(discord.requests) == 1
