"""Nothing that Discord did not sign gets in, and what it signed always does."""

import json
import time

import nacl.bindings
import nacl.signing
import pytest

from support.interactions import new_id, custom_id

PING = b'{"type":1}'
# Rubbish with a wrong signature must be refused for the signature: nobody looked at the body.
BODIES = [PING, b"", b"rubbish", b"[" * 10000]


def refused(shared, body, headers):
    reply = shared.post(body, headers)
    return reply.status == 401 and list(reply.json()) == ["error"]


def signature(headers):
    return headers[0].split(": ")[1]


def stamp(headers):
    return headers[1].split(": ")[1]


def with_signature(headers, value):
    return [f"X-Signature-Ed25519: {value}", headers[1]]


def with_stamp(headers, value):
    return [headers[0], f"X-Signature-Timestamp: {value}"]


@pytest.mark.parametrize("body", BODIES)
def test_a_missing_header_is_401_whatever_the_body(shared, body):
    good = shared.application.sign(body)
    assert refused(shared, body, [])
    assert refused(shared, body, [good[0]])
    assert refused(shared, body, [good[1]])


def test_an_empty_header_is_401(shared):
    good = shared.application.sign(PING)
    assert refused(shared, PING, ["X-Signature-Ed25519;", good[1]])
    assert refused(shared, PING, [good[0], "X-Signature-Timestamp;"])


def test_a_repeated_header_is_401_even_if_identical(shared):
    good, other = shared.application.sign(PING), shared.application.sign(b"other")
    for extra in (good[0], good[1], other[0], "X-Signature-Timestamp: 1",
                  "x-signature-ed25519: 00", "X-SIGNATURE-TIMESTAMP: " + stamp(good)):
        assert refused(shared, PING, [*good, extra])
        assert refused(shared, PING, [extra, *good])


def test_a_signature_of_another_length_is_401(shared):
    good = shared.application.sign(PING)
    value = signature(good)
    for wrong in (value[:-1], value[:-2], value + "0", value + "00", value[:64], value * 2, "0"):
        assert refused(shared, PING, with_signature(good, wrong))


def test_a_signature_that_is_not_hexadecimal_is_401(shared):
    good = shared.application.sign(PING)
    value = signature(good)
    for wrong in ("g" + value[1:], value[:-1] + "Z", "0x" + value[2:], value[:-1] + "é",
                  value[:64] + ":" + value[65:], value[:64] + " " + value[65:],
                  value[:126] + "==", "-" + value[1:]):
        assert refused(shared, PING, with_signature(good, wrong))


def test_upper_case_digits_are_hexadecimal_too(shared):
    good = shared.application.sign(PING)
    assert shared.post(PING, with_signature(good, signature(good).upper())).json() == {"type": 1}


def test_names_of_headers_have_no_case(shared):
    good = shared.application.sign(PING)
    for headers in ([line.lower() for line in good], [line.replace("X-S", "x-S") for line in good]):
        assert shared.post(PING, headers).json() == {"type": 1}


@pytest.mark.parametrize("write", [
    lambda now: f"+{now}", lambda now: f"-{now}", lambda now: f"{now}.0", lambda now: f"{now},0",
    lambda now: f"{now} 0", lambda now: f"0x{now:x}", lambda now: f"{now}e0", lambda now: f"{now}s",
    lambda now: f"{now:013d}", lambda now: f"{now:020d}", lambda now: str(now * 1000),
    lambda now: "now", lambda now: "٣" * 10, lambda now: "9" * 40],
    ids=lambda write: write(1700000000))
def test_a_timestamp_of_another_form_is_401_even_if_signed(shared, write):
    value = write(int(time.time()))
    key = shared.application.key
    signed = key.sign(value.encode() + PING).signature.hex()
    assert refused(shared, PING, [f"X-Signature-Ed25519: {signed}",
                                  f"X-Signature-Timestamp: {value}"])


@pytest.mark.parametrize("off", [-100000, -400, 400, 100000])
def test_a_timestamp_outside_the_window_is_401(shared, off):
    at = int(time.time()) + off
    assert refused(shared, PING, shared.application.sign(PING, at))


@pytest.mark.parametrize("off", [-270, -60, 60, 290])
def test_a_clock_within_the_window_is_trusted(shared, off):
    at = int(time.time()) + off
    assert shared.post(PING, shared.application.sign(PING, at)).json() == {"type": 1}


def test_the_window_can_be_set(database, start, application):
    service = start(database, BESACE_MAX_SKEW="60")
    now = int(time.time())
    assert service.post(PING, application.sign(PING, now - 70)).status == 401
    assert service.post(PING, application.sign(PING, now)).status == 200


def test_the_signature_of_something_else_is_401(shared):
    good = shared.application.sign(PING)
    now = int(stamp(good))
    assert refused(shared, PING, shared.application.sign(b'{"type":2}', now))
    assert refused(shared, PING, with_stamp(good, now - 1))
    assert refused(shared, PING, with_stamp(good, now + 1))
    assert refused(shared, PING[:-1], good)
    assert refused(shared, PING + b" ", good)
    assert refused(shared, b" " + PING, good)
    assert refused(shared, b"", good)


def test_digits_cannot_move_between_timestamp_and_body(shared):
    now = str(int(time.time()))
    body = b'1{"type":1}'
    good = shared.application.sign(body, now)
    assert refused(shared, body[1:], [good[0], f"X-Signature-Timestamp: {now}1"])
    assert refused(shared, now[-1].encode() + body, with_stamp(good, now[:-1]))


def test_another_key_is_401(shared):
    other = nacl.signing.SigningKey.generate()
    assert refused(shared, PING, shared.application.sign(PING, key=other))


def test_any_changed_byte_of_a_real_command_is_401(shared, member):
    body, headers = shared.signed(shared.application.command("lc", member))
    for i in range(0, len(body), max(1, len(body) // 40)):
        assert refused(shared, body[:i] + bytes([body[i] ^ 1]) + body[i + 1:], headers)
    assert shared.post(body, headers).status == 200


def test_trivial_signatures_are_401(shared):
    good = shared.application.sign(PING)
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(bytes.fromhex(signature(good)[64:]), "little")
    malleable = signature(good)[:64] + (scalar + order).to_bytes(32, "little").hex()
    for value in ("0" * 128, "01" + "0" * 126, "f" * 128, malleable,
                  shared.application.public_key + "0" * 64):
        assert refused(shared, PING, with_signature(good, value))


def test_a_small_order_key_verifies_nothing(database, start, application):
    neutral = "01" + "00" * 31
    service = start(database, DISCORD_PUBLIC_KEY=neutral)
    now = int(time.time())
    for value in ("01" + "0" * 126, "0" * 128):
        reply = service.post(PING, [f"X-Signature-Ed25519: {value}", f"X-Signature-Timestamp: {now}"])
        assert reply.status == 401


def test_the_signature_in_the_query_or_body_is_no_signature(shared):
    good = shared.application.sign(PING)
    path = f"/interactions?X-Signature-Ed25519={signature(good)}&X-Signature-Timestamp={stamp(good)}"
    assert shared.post(PING, [], path=path).status == 401


def test_a_forged_press_changes_nothing(shared, member):
    shared.database.add_member(member, jackpot=1)
    press = shared.application.press(custom_id("sac", "jackpot", owner=member.id), member)
    body, headers = shared.signed(press)
    other = nacl.signing.SigningKey.generate()
    assert refused(shared, body, shared.application.sign(body, key=other))
    press["id"] = new_id()
    assert refused(shared, json.dumps(press).encode(), headers)
    assert shared.database.items(member) == 1 and shared.database.ledger(member) == []


def test_discords_own_check_passes(shared):
    """When the address is saved: one good PING, one with a wrong signature."""
    ping = shared.application.ping()
    assert shared.ask(ping) == {"type": 1}
    body, headers = shared.signed(ping)
    assert refused(shared, body, with_signature(headers, "0" * 128))
