"""The door: requests have a time to arrive, bodies a budget, and loose HTTP is refused."""

import select
import time

import pytest

from support.events import Shim
from support.raw import PING, head, is_error, signed_ping
from support.wait import until

MAX_BODY = 256 * 1024
MAX_BATCH = 4 * 1024 * 1024


@pytest.fixture(name="service")
def a_service(start, database, shim):
    return start(database, BESACE_EVENT_KEYS=shim.setting)


def is_closed(raw):
    ready, _, _ = select.select([raw.socket], [], [], 0)
    if not ready:
        return False
    try:
        return raw.socket.recv(65536) == b""
    except OSError:
        return True


def test_arrival_ends_what_drips(service, shim):
    """Whatever part of a request it is that drips, in each second a byte."""
    signed = service.application.sign(PING)
    drips = {
        "headers": b"POST /interactions HTTP/1.1\r\nHost: besace\r\nX: " + b"x" * 200,
        "body": head("POST", "/interactions", *signed, "Content-Length: 200") + b" " * 200,
        "unsigned": head("POST", "/interactions", "Content-Length: 200") + b" " * 200,
        "kept": b"POST /interactions HTTP/1.1\r\nHost: besace\r\nX: " + b"x" * 200,
        "events": head("POST", "/events", *shim.headers(b"{}"), "Content-Length: 200") + b" " * 200,
    }
    connections = {name: service.raw() for name in drips}
    idle = service.raw()
    for raw in (connections["kept"], idle):
        raw.send(signed_ping(service))
        assert raw.reply().json() == {"type": 1}
    began, ended, sent = time.monotonic(), {}, {}
    for name, raw in connections.items():
        sent[name] = drips[name].rfind(b"\r\n") + 2
        raw.send(drips[name][:sent[name]])
    while len(ended) < len(drips) and time.monotonic() < began + 100:
        for name, raw in connections.items():
            if name not in ended and is_closed(raw):
                ended[name] = time.monotonic() - began
            elif name not in ended:
                raw.offer(drips[name][sent[name]:sent[name] + 1])
                sent[name] += 1
        time.sleep(0.5)
    assert len(ended) == len(drips), ended
    assert min(ended.values()) > 9 and ended["events"] > 29, ended
    assert max(ended[name] for name in ended if name != "events") < ended["events"]
    idle.send(signed_ping(service))
    assert idle.reply().json() == {"type": 1}


def fill(service, path, size, headers):
    """A connection that has sent all but the last byte of a body of SIZE bytes."""
    raw = service.raw()
    raw.send(head("POST", path, *headers, f"Content-Length: {size}") + b" " * (size - 1))
    return raw


def filled(service, count, headers):
    """COUNT connections that have sent all but the last byte of a body as large as may be."""
    return [fill(service, "/interactions", MAX_BODY, headers) for _ in range(count)]


def until_refused(post, connections, fill_more):
    """The first refusal of POST(). Until it comes, CONNECTIONS grow: a small body that is charged
    for just when a large one needs the rest of the budget has that one refused."""
    def refused():
        reply = post()
        if reply.status == 503:
            return reply
        connections.append(fill_more())
        return None

    return until(refused, "the budget is used up")


def test_bodies_that_are_not_verified_have_a_budget(service, shim):
    headers = service.application.sign(PING)
    connections = filled(service, 64, headers)
    reply = until_refused(lambda: service.post(PING, service.application.sign(PING)), connections,
                          lambda: fill(service, "/interactions", MAX_BODY, headers))
    assert is_error(reply, 503) and reply.header("Retry-After")
    shim.deliver(service)
    assert service.get("/healthz").status == 200
    for raw in connections:
        raw.__exit__()
    until(lambda: service.post(PING, service.application.sign(PING)).status == 200, "it is free")


def test_batches_that_are_not_verified_have_a_budget_of_their_own(service, shim):
    def fill_more():
        return fill(service, "/events", MAX_BATCH, shim.headers(b"{}"))

    connections = [fill_more() for _ in range(12)]
    reply = until_refused(lambda: shim.post(service), connections, fill_more)
    assert is_error(reply, 503) and reply.header("Retry-After")
    assert service.post(PING, service.application.sign(PING)).json() == {"type": 1}
    for raw in connections:
        raw.__exit__()
    until(lambda: shim.post(service).status == 200, "it is free")


def test_bodies_whose_headers_are_wrong_are_not_kept(service):
    stale = service.application.sign(PING, at=int(time.time()) - 1000)
    for headers in ([], stale, [*stale, *stale], ["X-Signature-Ed25519: 00"]):
        connections = filled(service, 100, headers)
        assert service.post(PING, service.application.sign(PING)).json() == {"type": 1}
        for raw in connections[:3]:
            raw.send(b" ")
            assert is_error(raw.reply(), 401)
        for raw in connections:
            raw.__exit__()


def test_bodies_of_an_unknown_key_are_not_kept(service, shim):
    other = Shim("nobody")
    connections = [fill(service, "/events", MAX_BATCH, other.headers(b"{}")) for _ in range(16)]
    shim.deliver(service)
    connections[0].send(b" ")
    assert is_error(connections[0].reply(), 401)
    for raw in connections:
        raw.__exit__()


def test_an_event_batch_with_a_wrong_signature_is_401(service, shim):
    reply = service.post(b'{"source":"0/1","events":[]}', shim.headers(b"{}"), path="/events")
    assert is_error(reply, 401)


@pytest.mark.parametrize("line", [
    b"Content-Length : 10", b"X-Signature-Timestamp : 1", b"X-A\x0bB: 1", b"X(A): 1",
    b"X-\0N: a", b": empty"])
def test_loose_headers_are_refused(service, line):
    request = signed_ping(service)
    first, rest = request.split(b"\r\n", 1)
    with service.raw() as raw:
        raw.send(first + b"\r\n" + line + b"\r\n" + rest)
        raw.end()
        replies = raw.replies()
    assert [reply.status for reply in replies] in ([400], []), replies
