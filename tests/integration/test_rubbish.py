"""Signed rubbish: a signature says who sent the bytes, not that they make sense."""

import copy
import json

import pytest

from support.interactions import Member, encode, custom_id
from support.wait import until


def send(shared, body):
    return shared.post(body, shared.application.sign(body))


def refused(shared, body):
    reply = send(shared, body)
    return reply.status == 400 and list(reply.json()) == ["error"]


@pytest.mark.parametrize("body", [
    b"", b" ", b"rubbish", b"null", b"true", b"1", b'"type"', b"[]", b'[{"type":1}]', b"{",
    b"{}", b'{"type":1', b'{"type":1}}', b'{"type":1}x', b"{'type':1}", b'{"type":1,}',
    b'{"type":1,"type":1}', b'{"type":1,"a":{"b":1,"b":2}}', b'{"type":1}\0', b'\0{"type":1}',
    b'{"type":1,"a":"\0"}', b'{"type":1,"a":"\\u0000"}', b'{"type":1,"a":"\xff"}',
    b'{"type":1,"a":"\xc0\x80"}', b'{"type":1,"a":"\xed\xa0\x80"}', b'{"type":1,"a":"\\ud800"}',
    b'{"type":1,"a":"\\udc00\\ud800"}', b'{"type":1,"a":1e999}', b'{"type":1,"a":NaN}',
    b'{"type":1,"a":99999999999999999999999}', b'\xef\xbb\xbf{"type":1}',
    '{"type":1}'.encode("utf-16"), b'{"type":"1"}', b'{"type":1.0}', b'{"type":null}',
    b'{"type":0}', b'{"type":-1}', b'{"type":6}', b'{"type":99}', b'{"type":[1]}',
    b'{"type":4294967297}', b'{"type":1,"a":' + b"[" * 10000 + b"]" * 10000 + b"}",
    b"[" * 250000, b'{"a":' * 30000], ids=lambda body: repr(body[:40]))
def test_what_is_no_interaction_is_400(shared, body):
    assert refused(shared, body)


def paths(value, path=()):
    """Every place in a body: the paths of all its members and items."""
    items = value.items() if isinstance(value, dict) else enumerate(value) \
        if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def change(body, path, value):
    changed = copy.deepcopy(body)
    at = changed
    for step in path[:-1]:
        at = at[step]
    if value is DROP:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return changed


DROP = object()
WRONG = [None, True, -1, 1.5, 2**62, "", "x", "5", [[]], {"id": "1"}, "y" * 200, DROP]


def test_any_field_mistyped_or_missing_is_400_or_answered(shared):
    """Never a 5xx, never a fall: each field of each kind of interaction, spoiled in each way."""
    member, target = Member(), Member()
    app = shared.application
    kinds = [app.command("lc", member, ("membre", target)), app.press(custom_id("sac", "jackpot", owner=member.id), member),
             app.user_command("Voir le niveau", member, target), app.autocomplete("lc", member, "x", "y"),
             app.modal("m", member, {"a": "b"})]
    requests = []
    for kind in kinds:
        for path in paths(kind):
            if len(path) > 5 or path[0] in ("channel", "entitlements"):
                continue
            for wrong in WRONG:
                requests.append(encode(change(kind, path, wrong)))
    assert len(requests) > 2000
    seen = set()
    with shared.raw() as raw:
        for body in requests:
            raw.send(b"POST /interactions HTTP/1.1\r\nHost: x\r\n" +
                     "".join(f"{line}\r\n" for line in app.sign(body)).encode() +
                     f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            reply = raw.reply()
            assert reply is not None and reply.status in (200, 400), (reply, body)
            shared.endpoint.check("/interactions", body, reply)
            seen.add(reply.status)
    assert seen == {200, 400}


@pytest.mark.parametrize("field, value", [
    ("id", None), ("id", 1), ("id", ""), ("id", "0"), ("id", "-5"), ("id", "1e9"),
    ("id", "18446744073709551616"), ("id", "1 or 1=1"), ("token", None), ("token", ""),
    ("token", "a/b?c"), ("token", "x" * 2000), ("application_id", 5), ("guild_id", "guild"),
    ("channel_id", 5), ("locale", 5), ("guild_locale", {}), ("data", None), ("data", []),
    ("member", "lou"), ("member", {"user": {"id": "5"}}),
    ("member", {"user": {"id": 5, "username": "x"}})])
def test_a_command_with_a_wrong_field_is_400(shared, member, field, value):
    body = shared.application.command("lc", member)
    body[field] = value
    if value is None:
        del body[field]
    assert refused(shared, encode(body))


def test_unknown_fields_are_ignored(shared, member):
    body = shared.application.command("lc", member)
    body["new_in_2031"] = {"deeply": [{"nested": True}]}
    body["data"]["also_new"] = None
    body["member"]["flags"] = "a text where a number was"
    assert shared.ask(body)["type"] == 4


def test_a_member_named_that_discord_did_not_resolve_is_400(shared, member):
    body = shared.application.command("lc", member, ("membre", Member()))
    del body["data"]["resolved"]
    assert refused(shared, encode(body))


def test_too_many_options_are_400(shared, member):
    body = shared.application.command("lc", member, *[(f"o{i}", i) for i in range(26)])
    assert refused(shared, encode(body))


def test_the_order_and_spacing_of_json_do_not_matter(shared, member):
    body = shared.application.command("lc", member)
    assert send(shared, json.dumps(body, indent=3, ensure_ascii=True).encode()).status == 200


def test_the_service_is_unharmed(shared):
    assert shared.ask(shared.application.ping()) == {"type": 1}
    until(lambda: shared.get("/readyz").status == 200, "it is ready")
