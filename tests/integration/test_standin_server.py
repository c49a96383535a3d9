"""Discord's stand-in as a server: headers, tokens, limits, webhooks, roles."""

import http.client
import json

import pytest

from standin import rules
from standin.discord import Discord
from support.standin_rules import V2, command, message, places, text, with_embed

AGENT = "DiscordBot (https://example.org, 1.0)"
BOT = "Bot bot.token.test"


@pytest.fixture(name="discord")
def start_discord():
    with Discord(application_id="11") as discord:
        yield discord


def call(discord, method, path, body=None, prefix="/api/v10", **headers):
    """Status, JSON body and headers; a header given as None is left out."""
    headers = {"user-agent": AGENT, "authorization": BOT,
               "content-type": "application/json" if body is not None else None,
               **{name.replace("_", "-"): value for name, value in headers.items()}}
    headers = {name: value for name, value in headers.items() if value is not None}
    connection = http.client.HTTPConnection("127.0.0.1", discord.port, timeout=60)
    payload = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
    connection.request(method, prefix + path, payload, headers)
    answer = connection.getresponse()
    raw = answer.read()
    connection.close()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, json.loads(raw) if raw and is_json else None, answer.headers


def webhook(discord, method, path, body=None):
    status, answer, _ = call(discord, method, path, body, authorization=None)
    return status, answer


def whats(discord):
    return [violation["what"] for violation in discord.violations]


def test_the_user_agent_is_demanded(discord):
    assert call(discord, "GET", "/gateway/bot")[0] == 200
    for agent in (None, "curl/7.88", "DiscordBot"):
        status, body, _ = call(discord, "GET", "/gateway/bot", user_agent=agent)
        assert (status, body["code"]) == (403, 40333)
    assert len(discord.violations) == 3


def test_the_version_is_demanded(discord):
    assert call(discord, "GET", "/gateway/bot", prefix="/api")[0] == 404
    assert whats(discord) == ["a path without the version"]


def test_the_bot_token_is_demanded(discord):
    for token in (None, "Bot wrong", "bot.token.test", "Bearer bot.token.test"):
        assert call(discord, "GET", "/gateway/bot", authorization=token)[0] == 401
    assert len(discord.violations) == 4


def test_authorization_beside_a_token_is_a_violation(discord):
    discord.add_token("t")
    assert call(discord, "GET", "/webhooks/11/t/messages/@original", authorization=None)[0] == 200
    assert discord.violations == []
    call(discord, "GET", "/webhooks/11/t/messages/@original")
    assert whats(discord) == ["Authorization on a call whose path holds a token"]


def test_content_types(discord):
    for kind, status in (("application/json", 200), ("application/json; charset=utf-8", 200),
                         ("text/plain", 400), (None, 400)):
        assert call(discord, "POST", "/channels/1/messages", message(),
                    content_type=kind)[0] == status
    assert len(discord.violations) == 2


def test_broken_json(discord):
    status, body, _ = call(discord, "POST", "/channels/1/messages", "{")
    assert (status, body["code"]) == (400, 50109)


def test_unknown_routes_and_methods(discord):
    assert call(discord, "GET", "/nothing")[0] == 404
    assert call(discord, "DELETE", "/gateway/bot")[0] == 405
    assert call(discord, "GET", "/guilds/abc/members/1")[0] == 400


def test_faults_are_nested_as_discord_does(discord):
    status, body, _ = call(discord, "POST", "/channels/1/messages", with_embed(title="x" * 257))
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]["embeds"]["0"]["title"]["_errors"][0]["code"] == "BASE_TYPE_BAD_LENGTH"
    status, body, _ = call(discord, "POST", "/channels/1/messages", {"content": ""})
    assert (status, body["code"]) == (400, 50006)


def test_limits_are_told_and_kept(discord):
    discord.limits("/channels/*", limit=2, window=60)
    left = []
    for _ in range(2):
        status, _, headers = call(discord, "POST", "/channels/1/messages", message())
        assert status == 200
        left.append(headers["X-RateLimit-Remaining"])
        assert 0 < float(headers["X-RateLimit-Reset-After"]) <= 60
        assert headers["X-RateLimit-Bucket"]
    assert left == ["1", "0"]
    status, body, headers = call(discord, "POST", "/channels/1/messages", message())
    assert status == 429
    assert int(headers["Retry-After"]) >= body["retry_after"] > 0
    assert headers["X-RateLimit-Scope"] == "user"
    assert whats(discord) == ["rate limit of the bucket exceeded"]
    assert call(discord, "POST", "/channels/2/messages", message())[0] == 200


def test_the_global_limit_is_kept(discord):
    discord.limits("*", limit=1000, window=60)
    discord.bot_calls = [10 ** 9] * 50  # as if 50 calls had come just now
    status, body, headers = call(discord, "GET", "/gateway/bot")
    assert (status, body["global"], headers["X-RateLimit-Global"]) == (429, True, "true")
    assert whats(discord) == ["global rate limit exceeded"]


def test_nonces(discord):
    def post(**more):
        return call(discord, "POST", "/channels/1/messages", message(nonce="n", **more))[1]["id"]

    first = post(enforce_nonce=True)
    assert post(enforce_nonce=True) == first
    assert post() != first
    assert len(discord.messages["1"]) == 2


def test_the_life_of_a_deferred_answer(discord):
    path = "/webhooks/11/t/messages/@original"
    discord.limits("/webhooks/*", limit=100, window=1)
    assert webhook(discord, "PATCH", path, message()) == (
        404, {"message": "Unknown Webhook", "code": 10015})
    discord.add_token("t", application_id="11", ephemeral=True)
    assert webhook(discord, "GET", path)[1]["flags"] == 64 | 128
    status, answer = webhook(discord, "PATCH", path, message())
    assert (status, answer["content"], answer["flags"]) == (200, "bonjour", 64)
    assert webhook(discord, "PATCH", path, {"content": ""})[1]["code"] == 50006
    assert webhook(discord, "PATCH", path, {"components": [text()]})[0] == 400
    status, answer = webhook(discord, "PATCH", path, {
        "content": None, "flags": V2, "components": [text()]})
    assert (status, answer["flags"]) == (200, 64 | V2)
    assert webhook(discord, "PATCH", path, message())[0] == 400  # V2 is for ever
    assert webhook(discord, "DELETE", path) == (204, None)
    assert webhook(discord, "PATCH", path, message())[0] == 404


def test_tokens_by_application_and_age(discord):
    discord.add_token("t", application_id="12")
    discord.add_token("old", expired=True)
    discord.add_token("unanswered", answered=False)
    discord.add_token("soon", unknown_for=1)
    for token, code in (("t", 10015), ("old", 50027), ("unanswered", 10015), ("soon", 10015)):
        assert webhook(discord, "PATCH", f"/webhooks/11/{token}/messages/@original",
                       message())[1]["code"] == code
    assert webhook(discord, "PATCH", "/webhooks/11/soon/messages/@original", message())[0] == 200


def test_follow_ups(discord):
    discord.add_token("t", deferred=True, follow_ups_left=1)
    assert webhook(discord, "POST", "/webhooks/11/t", message())[0] == 200
    assert discord.tokens["t"].follow_ups == {}  # it took the place of the deferral
    status, answer = webhook(discord, "POST", "/webhooks/11/t", message(flags=64))
    assert (status, answer["flags"]) == (200, 64)
    assert webhook(discord, "PATCH", f"/webhooks/11/t/messages/{answer['id']}",
                   message(content="y"))[1]["content"] == "y"
    assert webhook(discord, "POST", "/webhooks/11/t", message())[1]["code"] == 40094


def test_a_deferral_that_is_deleted_leaves_no_place_to_take(discord):
    discord.add_token("t", deferred=True)
    path = "/webhooks/11/t/messages/@original"
    assert webhook(discord, "DELETE", path) == (204, None)
    assert webhook(discord, "DELETE", path)[1]["code"] == 10008
    assert webhook(discord, "PATCH", path, message())[1]["code"] == 10008
    status, answer = webhook(discord, "POST", "/webhooks/11/t", message(flags=64))
    assert (status, answer["flags"]) == (200, 64)
    # Without that, the first one takes the place of the deferral, and its flag means nothing.
    discord.add_token("u", deferred=True)
    assert webhook(discord, "POST", "/webhooks/11/u", message(flags=64))[1]["flags"] == 0


def test_callbacks(discord):
    discord.add_token("t", answered=False)
    assert webhook(discord, "POST", "/interactions/1/t/callback", {"type": 4, "data": {}})[0] == 400
    assert webhook(discord, "POST", "/interactions/1/t/callback", {"type": 5}) == (204, None)
    assert webhook(discord, "POST", "/interactions/1/t/callback",
                   {"type": 5})[1]["code"] == 40060
    assert webhook(discord, "POST", "/interactions/1/u/callback",
                   {"type": 5})[1]["code"] == 10062


def test_registering(discord):
    path = "/applications/11/commands"
    assert call(discord, "PUT", path, [command("Don")])[0] == 400
    status, first, _ = call(discord, "PUT", path, [command(), command("sac")])
    assert (status, [c["name"] for c in first]) == (200, ["don", "sac"])
    assert first[0]["integration_types"] == [0] and first[0]["default_permission"] is True
    _, second, _ = call(discord, "PUT", path, [command(description="Offre")])
    assert [c["id"] for c in second] == [first[0]["id"]]
    assert second[0]["version"] != first[0]["version"]
    assert call(discord, "POST", path, command())[0] == 200
    assert call(discord, "POST", path, command("lc"))[0] == 201


def test_localisations_must_be_asked_for(discord):
    path = "/applications/11/commands"
    call(discord, "PUT", path, [command(name_localizations={"fr": "don"})])
    assert "name_localizations" not in call(discord, "GET", path)[1][0]
    full = call(discord, "GET", path + "?with_localizations=true")[1][0]
    assert full["name_localizations"] == {"fr": "don"}


def test_two_hundred_new_commands_a_day(discord):
    path = "/applications/11/guilds/5/commands"
    for day in ("a", "b"):
        assert call(discord, "PUT", path, [command(f"{day}{i}") for i in range(100)])[0] == 200
    status, body, _ = call(discord, "PUT", path, [command("one-more")])
    assert (status, body["code"]) == (400, 30034)


def test_other_applications_are_unknown(discord):
    assert call(discord, "GET", "/applications/12/commands")[1]["code"] == 10002


def test_failures_on_demand(discord):
    discord.fail(route="/gateway/*", status=503, times=2, after=1)
    assert [call(discord, "GET", "/gateway/bot")[0] for _ in range(4)] == [200, 503, 503, 200]
    discord.fail(status=500, apply=True)
    assert call(discord, "POST", "/channels/1/messages", message())[0] == 500
    assert len(discord.messages["1"]) == 1
    discord.fail_cloudflare()
    status, _, headers = call(discord, "GET", "/gateway/bot")
    assert (status, headers.get_content_type()) == (429, "text/html")
    assert "X-RateLimit-Bucket" not in headers
    discord.fail(close=True)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        call(discord, "GET", "/gateway/bot")
    discord.fail(cut=True)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        call(discord, "GET", "/gateway/bot")


def test_multipart(discord):
    body = (b'--b\r\nContent-Disposition: form-data; name="payload_json"\r\n'
            b'Content-Type: application/json\r\n\r\n'
            b'{"embeds":[{"image":{"url":"attachment://a.png"}}],"attachments":[{"id":"0"}]}\r\n'
            b'--b\r\nContent-Disposition: form-data; name="files[0]"; filename="a.png"\r\n'
            b'Content-Type: image/png\r\n\r\nPNG\r\n--b--\r\n')
    kind = "multipart/form-data; boundary=b"
    assert call(discord, "POST", "/channels/1/messages", body, content_type=kind)[0] == 200
    assert call(discord, "POST", "/channels/1/messages", body.replace(b'"a.png"', b'"b.png"'),
                content_type=kind)[0] == 400
    assert discord.calls()[0]["files"] == [
        {"name": "a.png", "type": "image/png", "size": 3, "text": "PNG"}]
    assert not discord.violations
    discord.limits("/channels/*", limit=50, window=5)
    for wrong in (body.replace(b'"payload_json"', b'"json"'), body.replace(b"files[0]", b"files[1]"),
                  body.replace(b"files[0]", b"file"), body.replace(b"application/json", b"text/plain"),
                  body.replace(b"Content-Type: image/png\r\n", b""), body[:-4]):
        assert call(discord, "POST", "/channels/1/messages", wrong, content_type=kind)[0] == 400
    large = body.replace(b"PNG\r\n", b"x" * (10 * 1024 * 1024 + 1) + b"\r\n")
    assert call(discord, "POST", "/channels/1/messages", large, content_type=kind)[0] == 413


def test_a_file_is_shown_by_a_component():
    shown = {"components": [{"type": 13, "file": {"url": "attachment://a.json"}}],
             "attachments": [{"id": "0", "filename": "a.json"}], "flags": 32768}
    assert rules.validate_message(shown, "follow_up", files=["a.json"]) == []
    hidden = {**shown, "components": [{"type": 10, "content": "here"}]}
    assert places(rules.validate_message(hidden, "follow_up", files=["a.json"])) == \
        ["attachments"]


def test_control_over_http(discord):
    def control(method, name, body=None):
        return call(discord, method, "/" + name, body, prefix="/__control")[:2]

    assert control("POST", "tokens", {"token": "t", "deferred": True}) == (200, {})
    assert control("POST", "fail", {"status": 500}) == (200, {})
    assert control("POST", "fail", {"nonsense": 1})[0] == 400
    assert webhook(discord, "GET", "/webhooks/11/t/messages/@original")[0] == 500
    _, state = control("GET", "state")
    assert state["requests"][0]["route"] == "/webhooks/{webhook}/{token}/messages/@original"
    assert state["tokens"]["t"]["deferred"] is True
    assert control("POST", "reset", {}) == (200, {})
    assert control("GET", "requests") == (200, [])


ROLES = ({"id": "50", "position": 5, "permissions": 1 << 28}, {"id": "40", "position": 4},
         {"id": "51", "position": 5}, {"id": "49", "position": 5}, {"id": "60", "position": 6},
         {"id": "41", "position": 4, "managed": True})


def change_role(discord, method, role, user="3", **headers):
    status, body, _ = call(discord, method, f"/guilds/1/members/{user}/roles/{role}", **headers)
    return status, (body or {}).get("code")


def test_roles_below_the_bot_s_highest_are_given_and_taken(discord):
    discord.add_guild("1", roles=ROLES, own=["50"], members=["3"])
    assert change_role(discord, "PUT", "40", X_Audit_Log_Reason="Besace%C2%A0%3A%20oui") == (204, None)
    assert change_role(discord, "PUT", "40") == (204, None)
    assert discord.roles_of("3") == {"40"}
    assert change_role(discord, "DELETE", "40") == (204, None)
    assert discord.roles_of("3") == set()
    assert discord.audit == [("1", "give", "3", "40", "Besace\u00a0: oui"),
                             ("1", "give", "3", "40", None), ("1", "take", "3", "40", None)]


@pytest.mark.parametrize("role, refusal", [
    ("60", (403, 50013)), ("50", (403, 50013)), ("49", (403, 50013)), ("51", (204, None)),
    ("41", (400, 50028)), ("1", (400, 50028)), ("77", (404, 10011))])
def test_the_order_of_roles_decides(discord, role, refusal):
    discord.add_guild("1", roles=ROLES, own=["50"], members=["3"])
    for method in ("PUT", "DELETE"):
        assert change_role(discord, method, role) == refusal


def test_permissions_members_and_access_decide(discord):
    discord.add_guild("1", roles=ROLES, own=["60"], members=["3"])
    assert change_role(discord, "PUT", "40") == (403, 50013)
    discord.add_guild("1", roles=ROLES, own=["50"], members=["3"])
    assert change_role(discord, "PUT", "40", user="4") == (404, 10007)
    discord.add_guild("1", roles=ROLES, own=["50"], members=["3"], access=False)
    assert change_role(discord, "PUT", "40") == (403, 50001)
    discord.settings(away_guilds=["1"])
    assert change_role(discord, "PUT", "40") == (404, 10004)


@pytest.mark.parametrize("reason", ["", "a b", "%zz", "%", "é", "a" * 513])
def test_a_reason_has_its_form(discord, reason):
    assert change_role(discord, "PUT", "40", X_Audit_Log_Reason=reason.encode()) == (400, 50035)
    assert discord.audit == []


def test_roles_are_limited_by_the_guild(discord):
    for _ in range(10):
        assert change_role(discord, "PUT", "40")[0] == 204
    assert change_role(discord, "DELETE", "40")[0] == 429
    assert call(discord, "PUT", "/guilds/2/members/3/roles/40")[0] == 204
    assert whats(discord) == ["rate limit of the bucket exceeded"]


def test_a_patch_of_a_member_s_roles_is_refused(discord):
    status, body, _ = call(discord, "PATCH", "/guilds/1/members/3", {"roles": ["40"]})
    assert (status, body["code"]) == (403, 50013)
    assert whats(discord) == ["PATCH of a member's list of roles"]


def test_roles_and_the_bot_itself_can_be_asked_for(discord):
    discord.add_guild("1", roles=ROLES, own=["50", "40"], members=["3"])
    roles = call(discord, "GET", "/guilds/1/roles")[1]
    assert {(role["id"], role["position"], role["managed"]) for role in roles} == {
        ("1", 0, False), *((role["id"], role["position"], role.get("managed", False))
                           for role in ROLES)}
    assert call(discord, "GET", "/guilds/1/members/11")[1]["roles"] == ["50", "40"]
    assert call(discord, "GET", "/guilds/1/members/4")[1]["code"] == 10007
