"""HTTP as a load balancer, a scanner or an attacker speaks it."""

import json

import pytest

from support.raw import PING, head, is_error, signed_ping
from support.replies import heading
from support.wait import until


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


# -- routes


@pytest.mark.parametrize("path", ["/", "/interaction", "/interactions/", "/interactions/x",
                                  "/Interactions", "/metrics", "/events", "/healthz/", "/%69nteractions/"])
def test_an_unknown_path_is_404(shared, path):
    for method in ("GET", "POST", "DELETE"):
        assert is_error(shared.request(method, path), 404)


@pytest.mark.parametrize("path, allow", [("/interactions", "POST"), ("/healthz", "GET, HEAD"),
                                         ("/readyz", "GET, HEAD")])
def test_a_known_path_with_another_method_is_405_with_allow(shared, path, allow):
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"} - set(allow.split(", ")):
        reply = shared.request(method, path)
        assert is_error(reply, 405)
        assert reply.header("Allow") == allow


def well(shared, method, path):
    """The answer when all is well; /readyz gives a busy database one second."""
    def answer():
        reply = shared.request(method, path)
        return reply if reply.status == 200 else None

    return until(answer, f"{path} is 200")


def test_service_lives_and_is_ready(shared):
    for path in ("/healthz", "/readyz"):
        reply = well(shared, "GET", path)
        assert reply.header("Content-Type") == "application/json"
        reply.json()


def test_head_is_get_without_the_body(shared):
    for path in ("/healthz", "/readyz"):
        got, headed = well(shared, "GET", path), well(shared, "HEAD", path)
        assert headed.body == b""
        assert headed.header("Content-Length") == str(len(got.body))


def test_a_query_changes_nothing(shared):
    assert shared.get("/healthz?x=1").status == 200


# -- bodies


def test_256_kib_is_read_and_a_byte_more_is_413(shared):
    maximum = 256 * 1024
    body = PING + b" " * (maximum - len(PING))
    assert shared.post(body, shared.application.sign(body)).json() == {"type": 1}
    body += b" "
    assert is_error(shared.post(body, shared.application.sign(body)), 413)


def test_a_chunked_body_without_end_is_told_413(shared):
    piece = bytes(1024 * 1024)
    with shared.raw() as raw:
        raw.send(signed_ping(shared, "Transfer-Encoding: chunked", length=False)[:-len(PING)])
        for _ in range(9):
            raw.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        raw.send(b"0\r\n\r\n")
        assert raw.reply().status == 413


def test_413_holds_for_chunked_bodies_too(shared):
    for size, status in ((256 * 1024, 200), (256 * 1024 + 1, 413), (1024 * 1024, 413)):
        body = PING + b" " * (size - len(PING))
        pieces = [body[i:i + 60000] for i in range(0, size, 60000)]
        with shared.raw() as raw:
            raw.send(signed_ping(shared, "Transfer-Encoding: chunked", body=body, length=False)
                     [:-size] + chunked(*pieces))
            assert raw.reply().status == status


@pytest.mark.parametrize("length", ["999999999999", "18446744073709551616", "-1", "0x10", "ten",
                                    "", "10, 10"])
def test_a_senseless_length_is_refused_and_what_follows_is_not_read(shared, length):
    with shared.raw() as raw:
        raw.send(head("POST", "/interactions", f"Content-Length: {length}") + signed_ping(shared))
        assert raw.line().split(" ")[1] in ("400", "413")
        assert b"HTTP/1.1 200" not in raw.rest()


def test_a_post_without_a_body_is_not_signed(shared):
    assert is_error(shared.request("POST", "/interactions"), 401)


def test_a_body_in_many_small_chunks_is_one_body(shared):
    with shared.raw() as raw:
        raw.send(signed_ping(shared, "Transfer-Encoding: chunked", length=False)[:-len(PING)])
        raw.send(chunked(*[bytes([byte]) for byte in PING]))
        assert raw.reply().json() == {"type": 1}


def test_a_body_that_comes_byte_by_byte_is_one_body(shared):
    request = signed_ping(shared)
    with shared.raw() as raw:
        for i in range(len(request)):
            raw.send(request[i:i + 1])
        assert raw.reply().json() == {"type": 1}


def test_expect_100_continue_is_answered_before_the_body(shared):
    request = signed_ping(shared, "Expect: 100-continue")
    with shared.raw() as raw:
        raw.send(request[:-len(PING)])
        assert raw.reply().status == 100
        raw.send(PING)
        assert raw.reply().json() == {"type": 1}


def test_a_body_too_large_is_refused_before_it_is_sent(shared):
    with shared.raw() as raw:
        raw.send(head("POST", "/interactions", "Content-Length: 300000", "Expect: 100-continue"))
        replies = [raw.reply()]
        if replies[0].status == 100:
            raw.offer(b" " * 300000)
            replies.append(raw.reply())
        assert is_error(replies[-1], 413)


def test_a_request_that_is_cut_short_harms_nobody(shared):
    request = signed_ping(shared)
    for length in (3, 40, len(request) - 1):
        with shared.raw() as raw:
            raw.send(request[:length])
    assert shared.get("/healthz").status == 200


def test_headers_that_are_too_long_are_refused(shared):
    with shared.raw() as raw:
        raw.offer(head("GET", "/healthz", "X-Filler: " + "x" * 100000))
        reply = raw.reply()
        assert reply is None or reply.status in (400, 413, 431)


# -- connections


def test_a_connection_is_kept(shared):
    with shared.raw() as raw:
        for _ in range(5):
            raw.send(signed_ping(shared))
            assert raw.reply().json() == {"type": 1}


def test_a_refusal_does_not_spoil_the_next_request(shared):
    with shared.raw() as raw:
        raw.send(head("POST", "/interactions", "Content-Length: 10") + b"x" * 10)
        assert is_error(raw.reply(), 401)
        raw.send(signed_ping(shared))
        assert raw.reply().json() == {"type": 1}


def test_pipelined_requests_are_answered_in_order(shared, member):
    aide = json.dumps(shared.application.command("aide", member)).encode()
    lc = json.dumps(shared.application.command("lc", member)).encode()
    requests = [signed_ping(shared), signed_ping(shared, body=lc), head("GET", "/healthz"),
                signed_ping(shared, body=aide), signed_ping(shared)]
    with shared.raw() as raw:
        raw.send(b"".join(requests))
        replies = [raw.reply("GET" if request.startswith(b"GET") else "POST")
                   for request in requests]
    assert replies[0].json() == replies[4].json() == {"type": 1}
    assert heading(replies[1].json()).startswith("🪙")
    assert replies[2].json() == {"status": "alive"}
    assert "Bienvenue" in heading(replies[3].json())


def test_a_client_that_wants_to_close_is_let_go(shared):
    with shared.raw() as raw:
        raw.send(head("GET", "/healthz", "Connection: close"))
        assert raw.reply("GET").status == 200
        assert raw.reply() is None


# -- framing that two readers could understand differently


@pytest.mark.parametrize("headers", [
    ["Content-Length: 10", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Content-Length: 10"],
    ["Content-Length: 10", "Content-Length: 11"],
    ["Content-Length: 10", "Content-Length: 10"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding: identity"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
])
def test_an_ambiguous_length_is_refused_and_nothing_after_it_is_read(shared, headers):
    smuggled = signed_ping(shared)
    with shared.raw() as raw:
        raw.send(head("POST", "/interactions", *shared.application.sign(PING), *headers)
                 + b"0\r\n\r\n" + smuggled)
        raw.end()
        replies = raw.replies()
    assert len(replies) == 1, replies
    assert replies[0].status == 400


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00\x01\x00", b"\0\0\0\0\r\n\r\n",
                                     b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                     b"GET /healthz HTTP/9.9\r\n\r\n", b"\r\n" * 5000],
                         ids=lambda garbage: repr(garbage[:12]))
def test_bytes_that_are_no_request_harm_nobody(shared, garbage):
    with shared.raw() as raw:
        raw.send(garbage)
    assert shared.get("/healthz").status == 200


def test_many_idle_connections_keep_nobody_out(shared):
    idle = [shared.raw() for _ in range(200)]
    try:
        for connection in idle:
            connection.send(b"POST /interactions HTTP/1.1\r\nHost: x\r\n")
        assert shared.ask(shared.application.ping()) == {"type": 1}
    finally:
        for connection in idle:
            connection.__exit__()
