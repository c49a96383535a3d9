#!/usr/bin/python3
"""A strict stand-in of Discord's Gateway, with the REST calls that a shim makes.

It holds a client to the protocol and keeps a list of what it did wrong ("violations"): the query
string, the shapes of IDENTIFY and RESUME, the intents, the pace of heartbeats and identifies, the
size and number of payloads, where it resumes, with which code it closes. It compresses as Discord
does, keeps what it dispatched and repeats it after RESUME. In a test:

    with Gateway(guilds=[guild]) as gateway:
        … DISCORD_GATEWAY_URL=gateway.url DISCORD_API_URL=gateway.api_url …
        gateway.wait_live()
        gateway.dispatch("MESSAGE_CREATE", message)
        gateway.close(4009)
        assert not gateway.violations

As a program (`gateway.py --port 0`) it prints {"port": …, "url": …, "api_url": …} and obeys
POST /__control/NAME, where NAME is a method below (dispatch, close, send, garbage, cut, refuse,
expire, settings) and the body its keyword arguments as JSON; GET /__control/state tells.
"""

import argparse
import asyncio
import json
import random
import signal
import ssl
import struct
import sys
import time
import zlib

from aiohttp import WSMsgType, web

try:
    from .thread import DEADLINE_S, Threaded
except ImportError:  # run as a program
    from thread import DEADLINE_S, Threaded

TOKEN = "bot.token.test"
INTENTS = 1 | 128 | 512 | 1024
QUERY = {"v": "10", "encoding": "json", "compress": "zlib-stream"}
IDENTIFY_KEYS = {"token", "intents", "properties", "shard", "compress", "large_threshold",
                 "presence"}
HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, ACK = 1, 2, 6, 7, 9, 10, 11
# Replayed events are those of the session itself, not the marks of the protocol.
MARKS = {"READY", "RESUMED"}


class Closing(Exception):
    """The connection is to be closed with a code."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Session:
    """What Discord keeps of a client between its connections."""

    def __init__(self, number, shard):
        self.id = f"{number:032x}"
        self.shard = shard
        self.seq = 0
        self.log = []  # (seq, type, data)
        self.valid = True

    def add(self, kind, data):
        self.seq += 1
        self.log.append((self.seq, kind, data))
        return self.seq


class Connection:
    """One WebSocket connection."""

    def __init__(self, request, ws, resume_port):
        self.transport = request.transport
        self.ws = ws
        self.on_resume_port = resume_port
        self.deflate = zlib.compressobj()
        self.session = None
        self.live = False
        self.dropped = False  # by us: the code that comes back is no choice of the client's
        self.opened = time.monotonic()
        self.may_identify = self.opened  # since HELLO or the last op 9
        self.received = []  # times of payloads
        self.beats = []
        self.paced_beats = 0  # those that were not asked for
        self.acked_live = False  # an ACK left after READY
        self.beat_seq = 0  # of the last heartbeat
        self.asked_beats = 0  # op 1 that wait for their beat
        self.unanswered = 0
        self.lock = asyncio.Lock()


def frame(final, opcode, payload):
    """A WebSocket frame of a server."""
    head = struct.pack("!B", (0x80 if final else 0) | opcode)
    if len(payload) < 126:
        head += struct.pack("!B", len(payload))
    elif len(payload) < 65536:
        head += struct.pack("!BH", 126, len(payload))
    else:
        head += struct.pack("!BQ", 127, len(payload))
    return head + payload


class Gateway(Threaded):
    """The stand-in. Its settings may be changed at any time.

    heartbeat_ms: the interval of HELLO. beat_grace_s: how late a heartbeat may be, which is to
    be more than a busy machine keeps a client waiting. identify_pace_s: how far apart identifies
    are to be. answer_beats, say_hello, say_date (of handshakes): false to withhold them.
    split: how compressed payloads leave: None (a message each), "messages" (cut anywhere into
    WebSocket messages), "fragments" (cut anywhere into fragments of one message), "bytes" (a byte
    a message). invalid: answer the next so many RESUMEs (or IDENTIFYs) with op 9 of this truth.
    user_status: of all answers about users; user_failures: so many are 503 first. channels: those
    that GET /channels/{id} knows, by id.
    """

    def __init__(self, guilds=(), users=None, port=0, ssl_context=None, seed=1, **settings):
        self.guilds = list(guilds)
        self.users = dict(users or {})
        self.channels = {}
        self.port, self.resume_port = port, 0
        self.ssl_context = ssl_context
        self.random = random.Random(seed)
        self.token = TOKEN
        self.heartbeat_ms = 41250
        self.beat_grace_s = 10
        self.identify_pace_s = 5
        self.answer_beats = self.say_hello = self.say_date = True
        self.split = None
        self.invalid = []
        self.refusals, self.retry_after = 0, None
        self.remaining, self.reset_after, self.max_concurrency = 1000, 0, 1
        self.bot_status = 200
        self.user_status = 200
        self.user_failures = 0
        self.violations = []
        self.requests = []  # of REST
        self.connections = 0
        self.identifies = []  # (time, shard)
        self.resumes = []  # (session id, seq)
        self.closed_by_client = []  # codes
        self.sessions = {}
        self.current = None
        self.change(**settings)

    def change(self, **settings):
        for name, value in settings.items():
            if not hasattr(self, name):
                raise ValueError(f"there is no setting {name}")
            setattr(self, name, value)

    # -- what tests do: all of it between two steps of the loop, never in the middle of one

    def settings(self, **settings):
        self.call(self.do_settings(**settings))

    def state(self):
        current = self.current
        return {"violations": list(self.violations), "connections": self.connections,
                "identifies": len(self.identifies), "resumes": list(self.resumes),
                "closed_by_client": list(self.closed_by_client),
                "live": bool(current and current.live),
                "seq": current.session.seq if current and current.session else None,
                "beats": len(current.beats) if current else 0}

    def wait_for(self, condition, seconds=DEADLINE_S):
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {self.state()}")
            time.sleep(0.005)
        return value

    def wait_live(self, connections=1, seconds=DEADLINE_S):
        """Until the session of the connection with that number, or a later one, is live."""
        self.wait_for(lambda: self.connections >= connections and self.state()["live"], seconds)

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(DEADLINE_S)

    def dispatch(self, kind, data):
        """Sends an event, or keeps it for the next RESUME. Returns its sequence number."""
        return self.call(self.do_dispatch([(kind, data)]))

    def dispatch_all(self, events):
        """Sends (type, data) pairs as fast as it can."""
        return self.call(self.do_dispatch(events))

    def send(self, op, data=None):
        """Sends a bare payload: op 1, 7, 9 or one that does not exist."""
        self.call(self.do_send(op, data))

    def close(self, code):
        self.call(self.do_close(code))

    def cut(self):
        """Ends the connection without a close frame."""
        self.call(self.do_cut())

    def garbage(self, kind):
        """Sends what is no payload: "bytes" (no zlib), "json" (no JSON), "list" (no object)."""
        self.call(self.do_garbage(kind))

    def refuse(self, times, retry_after=None):
        """Answers the next connections with 503, and a Retry-After of so many seconds."""
        self.call(self.do_refuse(times, retry_after))

    def expire(self):
        """Forgets every session, as Discord does after some minutes."""
        self.call(self.do_expire())

    # -- the same, in the loop

    async def do_settings(self, **settings):
        self.change(**settings)

    async def do_refuse(self, times, retry_after=None):
        self.refusals, self.retry_after = times, retry_after

    async def do_expire(self):
        for session in self.sessions.values():
            session.valid = False

    async def do_dispatch(self, events):
        seq = None
        session = self.current.session if self.current else None
        for kind, data in events:
            if session is None:
                session = max(self.sessions.values(), key=lambda one: one.id)
            seq = session.add(kind, data)
            if self.current and self.current.live:
                await self.payload(self.current, 0, data, seq, kind)
        return seq

    async def do_send(self, op, data):
        if op == HEARTBEAT:
            self.current.asked_beats += 1
        await self.payload(self.current, op, data)

    async def do_close(self, code):
        connection, self.current = self.current, None
        connection.live, connection.dropped = False, True
        self.write_close(connection, code)

    @staticmethod
    def write_close(connection, code):
        # A frame of our own: aiohttp's close() does not go together with a read under way.
        connection.transport.write(frame(True, 8, struct.pack("!H", code)))

    async def do_cut(self):
        connection, self.current = self.current, None
        connection.live, connection.dropped = False, True
        connection.transport.abort()

    async def do_garbage(self, kind):
        if kind == "bytes":
            await self.current.ws.send_bytes(b"\x78\x9cnot zlib\x00\x00\xff\xff")
            return
        text = {"json": b'{"op":0,"d":', "list": b"[1,2,3]"}[kind]
        await self.raw(self.current, self.deflated(self.current, text))

    # -- what it sends

    @staticmethod
    def deflated(connection, text):
        return connection.deflate.compress(text) + connection.deflate.flush(zlib.Z_SYNC_FLUSH)

    def pieces(self, data):
        if self.split == "bytes":
            return [data[i:i + 1] for i in range(len(data))]
        cuts = sorted(self.random.sample(range(1, len(data)), min(len(data) - 1, 5)))
        return [data[a:b] for a, b in zip([0] + cuts, cuts + [len(data)])]

    async def raw(self, connection, data):
        if self.split is None:
            await connection.ws.send_bytes(data)
        elif self.split == "fragments":
            pieces = self.pieces(data)
            for i, piece in enumerate(pieces):
                connection.transport.write(frame(i == len(pieces) - 1, 0 if i else 2, piece))
                await asyncio.sleep(0)
        else:
            for piece in self.pieces(data):
                await connection.ws.send_bytes(piece)

    async def payload(self, connection, op, data=None, seq=None, kind=None):
        text = json.dumps({"t": kind, "s": seq, "op": op, "d": data}, separators=(",", ":"),
                          ensure_ascii=False).encode()
        async with connection.lock:
            try:
                await self.raw(connection, self.deflated(connection, text))
            except ConnectionError:
                pass  # cut meanwhile; the event is in the session's log

    # -- what it receives

    def violate(self, what):
        self.violations.append(what)

    async def handle(self, request):
        resume_port = request.transport.get_extra_info("sockname")[1] == self.resume_port
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            self.violate(f"connects as {request.headers.get('User-Agent')!r}")
        if self.refusals > 0:
            self.refusals -= 1
            wait = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
            return web.Response(status=503, text="try later", headers=wait)
        if dict(request.query) != QUERY or request.path != "/":
            self.violate(f"connects to {request.path_qs}")
        if request.headers.get("Sec-WebSocket-Extensions"):
            self.violate("offers WebSocket extensions beside zlib-stream")
        ws = web.WebSocketResponse(autoping=True, compress=False, max_msg_size=65536, timeout=2)
        await ws.prepare(request)
        connection = Connection(request, ws, resume_port)
        self.current = connection
        self.connections += 1  # after that: a count of this one does not include the one before
        if self.say_hello:
            await self.payload(connection, HELLO, {"heartbeat_interval": self.heartbeat_ms,
                                                   "_trace": ["[\"stand-in\"]"]})
        watch = asyncio.ensure_future(self.watch_beats(connection))
        try:
            await self.read(connection)
        except Closing as closing:
            connection.dropped = True
            if self.current is connection:
                self.current = None
            await ws.close(code=closing.code)
        finally:
            watch.cancel()
            self.ended(connection)
        return ws

    async def date(self, request, response):
        if not self.say_date:
            del response.headers["Date"]

    def ended(self, connection):
        connection.live = False
        code = connection.ws.close_code
        if not connection.dropped and code is not None:
            self.closed_by_client.append(code)
            if code in (1000, 1001) and connection.session:
                connection.session.valid = False
                self.violate(f"closes with {code}, which ends the session")
        if self.current is connection:  # its successor may have been faster
            self.current = None

    async def read(self, connection):
        async for message in connection.ws:
            if message.type is not WSMsgType.TEXT:
                self.violate(f"sends a {message.type.name} message")
                raise Closing(4002)
            self.count(connection, message.data)
            try:
                payload = json.loads(message.data)
                op, data = payload["op"], payload.get("d")
            except (ValueError, TypeError, KeyError):
                self.violate(f"sends what is no payload: {message.data!r:.200}")
                raise Closing(4002) from None
            await self.obey(connection, op, data, payload)

    def count(self, connection, text):
        now = time.monotonic()
        connection.received = [at for at in connection.received if at > now - 60] + [now]
        if len(text.encode()) > 4096:
            self.violate(f"sends {len(text.encode())} bytes")
            raise Closing(4002)
        if len(connection.received) > 120:
            self.violate("sends more than 120 payloads a minute")
            raise Closing(4008)

    async def obey(self, connection, op, data, payload):
        if set(payload) - {"op", "d"}:
            self.violate(f"sends keys {sorted(payload)}")
        if op == HEARTBEAT:
            await self.on_beat(connection, data)
        elif op == IDENTIFY:
            await self.on_identify(connection, data)
        elif op == RESUME:
            await self.on_resume(connection, data)
        else:
            self.violate(f"sends op {op}")
            raise Closing(4001)

    async def on_beat(self, connection, data):
        now = time.monotonic()
        connection.beats.append(now)
        seq = connection.session.seq if connection.session else 0
        # One may have crossed READY on the wire; whoever has the next ACK has READY too.
        if connection.acked_live and data is None:
            self.violate("heartbeat null after READY")
        if isinstance(data, int) and data < connection.beat_seq:
            self.violate(f"heartbeat {data} after {connection.beat_seq}")
        connection.beat_seq = data if isinstance(data, int) else connection.beat_seq
        if data is not None and (not isinstance(data, int) or not 0 < data <= seq):
            self.violate(f"heartbeat {data!r}, last sent is {seq}")
        if connection.asked_beats > 0:
            connection.asked_beats -= 1
        else:
            connection.paced_beats += 1
        # Counted since HELLO: what arrives late, as on a busy machine, may arrive together.
        elapsed = now - connection.opened
        if connection.paced_beats > 1 + elapsed / (self.heartbeat_ms / 1000) * 1.05:
            self.violate(f"{connection.paced_beats} heartbeats in {elapsed:.2f} s")
        if self.answer_beats:
            connection.acked_live = connection.live
            await self.payload(connection, ACK)

    async def watch_beats(self, connection):
        """Heartbeats that do not come: the first within the interval, then one an interval."""
        interval = self.heartbeat_ms / 1000
        while self.say_hello:
            await asyncio.sleep(interval / 4)
            last = connection.beats[-1] if connection.beats else connection.opened
            if time.monotonic() - last > interval * 1.5 + self.beat_grace_s:
                self.violate("misses heartbeats")
                connection.dropped = True
                self.write_close(connection, 4009)
                return

    def check_token(self, token):
        if not isinstance(token, str) or token.startswith("Bot "):
            self.violate("the token is not bare")
        if token != self.token:
            raise Closing(4004)

    def check_identify(self, data):
        if not isinstance(data, dict) or set(data) - IDENTIFY_KEYS:
            self.violate(f"IDENTIFY with {data!r:.300}")
            raise Closing(4002)
        self.check_token(data.get("token"))
        if data.get("intents") != INTENTS:
            self.violate(f"intents {data.get('intents')}")
            raise Closing(4013)
        properties = data.get("properties")
        if not isinstance(properties, dict) or set(properties) != {"os", "browser", "device"} or \
                not all(isinstance(value, str) and value for value in properties.values()):
            self.violate(f"properties {properties!r}")
        if data.get("compress"):
            self.violate("asks for compressed payloads beside zlib-stream")
        shard = data.get("shard", [0, 1])
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            raise Closing(4010)
        return shard

    def next_invalid(self, after):
        """Whether op 9 is to be the answer, and its truth."""
        if self.invalid and self.invalid[0][0] == after:
            return True, self.invalid.pop(0)[1]
        return False, None

    async def say_invalid(self, connection, truth):
        connection.may_identify = time.monotonic()
        await self.payload(connection, INVALID_SESSION, bool(truth))

    async def on_identify(self, connection, data):
        shard = self.check_identify(data)
        if connection.session:
            raise Closing(4005)
        if connection.on_resume_port:
            self.violate("identifies at the resume address")
        now = time.monotonic()
        bucket = shard[0] % self.max_concurrency
        recent = [at for at, other in self.identifies
                  if other[0] % self.max_concurrency == bucket and now - at < self.identify_pace_s]
        # It left after it was asked for: how long it lay unread here is not the client's doing.
        self.identifies.append((connection.may_identify, shard))
        self.remaining -= 1
        if self.remaining < 0:
            self.violate("identifies though none is left: Discord would reset the token")
        invalid, truth = self.next_invalid("identify")
        if recent:
            self.violate(f"identifies {now - recent[-1]:.2f} s after another")
        if recent or invalid:
            await self.say_invalid(connection, truth)
            return
        session = Session(len(self.sessions) + 1, shard)
        self.sessions[session.id] = session
        connection.session = session
        await self.ready(connection)

    def resume_url(self):
        scheme = "wss" if self.ssl_context else "ws"
        return f"{scheme}://localhost:{self.resume_port}"

    async def ready(self, connection):
        session = connection.session
        data = {"v": 10, "session_id": session.id, "resume_gateway_url": self.resume_url(),
                "user": {"id": "1478077197040164173", "username": "Besace", "bot": True},
                "guilds": [{"id": guild["id"], "unavailable": True} for guild in self.guilds],
                "application": {"id": "1478077197040164173", "flags": 0}, "shard": session.shard}
        await self.payload(connection, 0, data, session.add("READY", data), "READY")
        for guild in self.guilds:
            seq = session.add("GUILD_CREATE", guild)
            await self.payload(connection, 0, guild, seq, "GUILD_CREATE")
        connection.live = True

    async def on_resume(self, connection, data):
        if not isinstance(data, dict) or set(data) != {"token", "session_id", "seq"} or \
                not isinstance(data["seq"], int):
            self.violate(f"RESUME with {data!r:.300}")
            raise Closing(4002)
        self.check_token(data["token"])
        if not connection.on_resume_port:
            self.violate("resumes elsewhere than at resume_gateway_url")
        self.resumes.append((data["session_id"], data["seq"]))
        invalid, truth = self.next_invalid("resume")
        session = self.sessions.get(data["session_id"])
        if invalid or not session or not session.valid:
            await self.say_invalid(connection, truth)
            return
        if data["seq"] > session.seq:
            raise Closing(4007)
        connection.session = session
        # What is dispatched while the replay goes on joins it.
        at = data["seq"]
        while missed := [one for one in session.log if one[0] > at]:
            for seq, kind, event in missed:
                at = seq
                if kind not in MARKS:
                    await self.payload(connection, 0, event, seq, kind)
        connection.live = True
        seq = session.add("RESUMED", {})
        await self.payload(connection, 0, {"_trace": []}, seq, "RESUMED")

    # -- REST

    def check_rest(self, request):
        self.requests.append((request.method, request.path))
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            self.violate(f"User-Agent {request.headers.get('User-Agent')!r}")
        return request.headers.get("Authorization") == f"Bot {self.token}"

    async def gateway_bot(self, request):
        if not self.check_rest(request):
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        if self.bot_status != 200:
            return web.json_response({"message": "later", "code": 0}, status=self.bot_status)
        return web.json_response({
            "url": self.url, "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": max(self.remaining, 0),
                                    "reset_after": self.reset_after,
                                    "max_concurrency": self.max_concurrency}})

    async def get_user(self, request):
        if not self.check_rest(request):
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        if self.user_failures > 0:
            self.user_failures -= 1
            return web.json_response({"message": "later", "code": 0}, status=503)
        if self.user_status == 429:
            return web.Response(status=429)  # as a proxy in between may: without a word
        if self.user_status != 200:
            return web.json_response({"message": "later", "code": 0}, status=self.user_status)
        user = self.users.get(request.match_info["user"])
        if not user:
            return web.json_response({"message": "Unknown User", "code": 10013}, status=404)
        return web.json_response(user)

    async def get_channel(self, request):
        if not self.check_rest(request):
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        channel = self.channels.get(request.match_info["channel"])
        if not channel:
            return web.json_response({"message": "Unknown Channel", "code": 10003}, status=404)
        return web.json_response(channel)

    async def control(self, request):
        name = request.match_info["name"]
        if request.method == "GET" and name == "state":
            return web.json_response(self.state())
        inside = {"dispatch": lambda kind, data: self.do_dispatch([(kind, data)]),
                  "send": lambda op, data=None: self.do_send(op, data), "close": self.do_close,
                  "cut": self.do_cut, "garbage": self.do_garbage, "refuse": self.do_refuse,
                  "expire": self.do_expire, "settings": self.do_settings}
        given = await request.json() if request.can_read_body else {}
        try:
            return web.json_response({"result": await inside[name](**given)})
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            return web.json_response({"error": repr(fault)}, status=400)

    # -- running

    @property
    def url(self):
        return f"{'wss' if self.ssl_context else 'ws'}://localhost:{self.port}"

    @property
    def api_url(self):
        return f"http://127.0.0.1:{self.rest_port}/api/v10"

    async def listen(self, app, port, ssl_context=None):
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=ssl_context,
                           shutdown_timeout=0.1)
        await site.start()
        self.runners.append(runner)
        return runner.addresses[0][1]

    async def serve(self):
        self.stopping = asyncio.Event()
        self.runners = []
        for name in ("port", "resume_port"):
            app = web.Application()
            app.on_response_prepare.append(self.date)
            app.router.add_get("/{tail:.*}", self.handle)
            setattr(self, name, await self.listen(app, getattr(self, name), self.ssl_context))
        rest = web.Application()
        rest.router.add_get("/api/v10/gateway/bot", self.gateway_bot)
        rest.router.add_get("/api/v10/users/{user}", self.get_user)
        rest.router.add_get("/api/v10/channels/{channel}", self.get_channel)
        rest.router.add_route("*", "/__control/{name}", self.control)
        self.rest_port = await self.listen(rest, 0)

    async def end_serving(self, _):
        for runner in self.runners:
            await runner.cleanup()


async def run_program(gateway):
    loop = asyncio.get_running_loop()

    def started():
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, gateway.stopping.set)
        print(json.dumps({"port": gateway.port, "url": gateway.url, "api_url": gateway.api_url,
                          "control": f"http://127.0.0.1:{gateway.rest_port}/__control"}),
              flush=True)

    await gateway.serve_until_stopped(started)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--guilds", help="a JSON file: the data of GUILD_CREATEs")
    parser.add_argument("--users", help="a JSON file: users by id, for GET /users/{id}")
    parser.add_argument("--heartbeat-ms", type=int, default=41250)
    parser.add_argument("--cert", help="a PEM file with certificate and key: serves wss")
    given = parser.parse_args()
    read = lambda path: json.load(open(path, encoding="utf-8")) if path else None
    context = None
    if given.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(given.cert)
    gateway = Gateway(read(given.guilds) or [], read(given.users), given.port, context,
                      heartbeat_ms=given.heartbeat_ms)
    asyncio.run(run_program(gateway))
    return 0


if __name__ == "__main__":
    sys.exit(main())
