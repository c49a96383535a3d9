"""The stand-in of the Gateway is as strict as it claims: a client that errs is caught."""

import asyncio
import json
import zlib

import aiohttp
import pytest
from standin.gateway import (ACK, DEADLINE_S, HELLO, IDENTIFY, INTENTS, INVALID_SESSION, RESUME,
                             TOKEN, Gateway)

QUERY = "/?v=10&encoding=json&compress=zlib-stream"
HEARTBEAT = 1
ANY_PACE = 0.001  # heartbeats may come as fast as they can


def identify(**changes):
    return {"op": IDENTIFY, "d": {
        "token": TOKEN, "intents": INTENTS, "shard": [0, 1],
        "properties": {"os": "linux", "browser": "test", "device": "test"}, **changes}}


def beat(seq=None):
    return {"op": HEARTBEAT, "d": seq}


class Client:
    """One connection, which sends what it is told to."""

    def __init__(self, socket):
        self.socket = socket
        self.inflate = zlib.decompressobj()

    async def send(self, *payloads):
        for payload in payloads:
            await self.socket.send_str(
                payload if isinstance(payload, str) else json.dumps(payload))

    async def next(self):
        """The next payload, or the code with which the connection was closed."""
        message = await self.socket.receive(timeout=DEADLINE_S)
        if message.type is not aiohttp.WSMsgType.BINARY:
            return self.socket.close_code
        return json.loads(self.inflate.decompress(message.data))

    async def until(self, op):
        while True:
            got = await self.next()
            if isinstance(got, int) or got["op"] == op:
                return got


def play(course, path=QUERY, name="DiscordBot (a test, 1)", **settings):
    """Runs COURSE, which takes a client that had HELLO and calls itself NAME. Returns what it
    returns, and the stand-in's violations."""
    with Gateway(**settings) as gateway:
        async def run():
            async with aiohttp.ClientSession() as session, \
                    session.ws_connect(f"http://localhost:{gateway.port}{path}", timeout=2,
                                       headers={"User-Agent": name}) as socket:
                client = Client(socket)
                assert (await client.next())["op"] == HELLO
                return await course(client)

        result = asyncio.run(run())
        gateway.wait_for(lambda: not gateway.current)
        return result, gateway.violations


def sending(*payloads, until=None):
    async def course(client):
        await client.send(*payloads)
        return await client.until(until)
    return course


def test_a_well_behaved_client_violates_nothing():
    async def course(client):
        # This heartbeat crosses READY on the wire.
        await client.send(identify(), beat())
        assert await client.until(ACK)
        await client.send(beat(1))
        assert await client.until(ACK)
        await client.socket.close(code=4900)

    assert play(course, heartbeat_ms=ANY_PACE) == (None, [])


@pytest.mark.parametrize("payloads, code, said", [
    ([identify(token="another")], 4004, []),
    ([identify(token=f"Bot {TOKEN}")], 4004, ["the token is not bare"]),
    ([identify(intents=INTENTS | 32768)], 4013, [f"intents {INTENTS | 32768}"]),
    ([identify(shard=[1, 1])], 4010, []),
    ([{"op": IDENTIFY, "d": None}], 4002, ["IDENTIFY with None"]),
    ([identify(), identify()], 4005, []),
    ([{"op": 77, "d": None}], 4001, ["sends op 77"]),
    (["{"], 4002, ["sends what is no payload: '{'"]),
    (["x" * 5000], 4002, ["sends 5000 bytes"]),
    ([{"op": RESUME, "d": {}}], 4002, ["RESUME with {}"]),
])
def test_what_cannot_go_on_is_closed(payloads, code, said):
    result, violations = play(sending(*payloads))
    assert result == code
    assert violations == said


@pytest.mark.parametrize("payloads, until, said", [
    ([beat(), beat()], ACK, "heartbeats in"),
    ([beat(7)], ACK, "heartbeat 7, last sent is 0"),
    ([{**beat(), "extra": 1}], ACK, "sends keys"),
    ([{"op": RESUME, "d": {"token": TOKEN, "session_id": "none", "seq": 1}}], INVALID_SESSION,
     "resumes elsewhere"),
    ([identify(properties={})], 0, "properties {}"),
    ([identify(compress=True)], 0, "compressed payloads"),
])
def test_what_is_wrong_is_noted(payloads, until, said):
    async def course(client):
        await client.send(*payloads)
        for _ in payloads:
            await client.until(until)
        await client.socket.close(code=4900)

    _, violations = play(course)
    assert len(violations) == 1 and said in violations[0]


def test_a_heartbeat_without_the_sequence_that_is_known_is_noted():
    async def course(client):
        await client.send(identify(), beat())
        await client.until(ACK)
        await client.send(beat())
        await client.until(ACK)
        await client.socket.close(code=4900)

    assert play(course, heartbeat_ms=ANY_PACE)[1] == ["heartbeat null after READY"]


def test_sequences_do_not_go_back():
    async def course(client):
        await client.send(identify(), beat(2), beat(1))
        await client.until(ACK)
        await client.until(ACK)
        await client.socket.close(code=4900)

    assert play(course, heartbeat_ms=ANY_PACE, guilds=[{"id": "900"}])[1] == ["heartbeat 1 after 2"]


def test_a_heart_that_stops_is_noted():
    code, violations = play(sending(until=ACK), heartbeat_ms=40, beat_grace_s=0)
    assert code == 4009 and violations == ["misses heartbeats"]


def test_a_hundred_and_twenty_payloads_a_minute_are_enough():
    code, violations = play(sending(*[beat()] * 121, until=None), heartbeat_ms=ANY_PACE)
    assert code == 4008 and violations[-1] == "sends more than 120 payloads a minute"


def test_a_second_identify_too_soon_is_noted():
    async def course(client):
        await client.send(identify())
        assert await client.until(INVALID_SESSION)
        await client.send(identify())
        assert await client.until(INVALID_SESSION)
        await client.socket.close(code=4900)

    violations = play(course, invalid=[("identify", False)], identify_pace_s=600)[1]
    assert len(violations) == 1 and "after another" in violations[0]


def test_a_close_that_ends_the_session_is_noted():
    async def course(client):
        await client.send(identify())
        await client.until(0)
        await client.socket.close(code=1000)

    assert play(course)[1] == ["closes with 1000, which ends the session"]


def test_another_name_is_noted():
    assert play(sending("{"), name="curl/7")[1][0] == "connects as 'curl/7'"


def test_another_query_is_noted():
    assert play(sending("{"), path="/?v=9")[1][0] == "connects to /?v=9"
