"""A stand-in of the service's POST /events: checks signature and shape, keeps what it took.

    with Events(public_key) as service:
        … BESACE_EVENTS_URL=service.url …
        service.fail(503, times=2, headers={"Retry-After": "1"})
        service.wait_for(lambda: "m:1" in service.taken)
        assert not service.violations
"""

import contextlib
import http.server
import json
import re
import socket
import threading
import time

import nacl.exceptions
import nacl.signing

# What takes milliseconds may take so long on a busy machine.
DEADLINE_S = 60
BATCH_EVENTS, BATCH_BYTES = 1000, 4 * 1024 * 1024
SNOWFLAKE = re.compile(r"[1-9][0-9]{0,19}")


def check_id(value, what):
    assert isinstance(value, str) and SNOWFLAKE.fullmatch(value), f"{what}: {value!r}"


def check_user(user, what, optional=()):
    assert {"id", "username"} - set(optional) <= set(user) <= {"id", "username"}, f"{what}: {user!r}"
    check_id(user["id"], what)
    if "username" in user:
        assert isinstance(user["username"], str) and user["username"], f"{what}: {user!r}"


def check_state(event, optional=()):
    assert event.keys() >= {"user", "channel_id"}, event
    check_user(event["user"], "user", ["username"])  # Discord did not say the name
    if event["channel_id"] is not None:
        check_id(event["channel_id"], "channel")
    for flag in ("deaf", "mute", "suppress", *optional):
        assert isinstance(event.get(flag, False), bool), event


MEMBER = {"roles", "joined_at", "pending"}
PLACE = {"parent_id", "category_id"}
KEYS = {
    "message": {"guild_id", "channel_id", "user", "sent"},
    "reaction": {"guild_id", "channel_id", "message_id", "author", "reactor_id"},
    "voice": {"guild_id", "user", "channel_id"},
    "voice_snapshot": {"guild_id", "afk_channel_id", "members"},
    "heartbeat": set(),
    "guild": {"guild_id", "present"},
    "guilds": {"shard", "shards", "ids"},
    "join": {"guild_id", "user", "joined_at"},
    "gone": {"guild_id"},
    "roles": {"guild_id", "roles"},
}
OPTIONAL = {
    "message": MEMBER | PLACE,
    "reaction": MEMBER | PLACE,
    "voice": MEMBER | PLACE | {"deaf", "mute", "afk", "suppress"},
    "guild": {"name", "locale", "features", "owner_id"},
    "join": MEMBER,
    "gone": {"role_id", "channel_id"},
    "roles": {"own"},
}
PREFIX = {"message": "m:", "reaction": "r:", "voice": "v:", "voice_snapshot": "s:",
          "heartbeat": "h:", "guild": "g:", "guilds": "l:", "join": "j:", "gone": "x:",
          "roles": "o:"}
# Milliseconds in which events can lie: Discord's beginning, and long after this test.
FIRST_MS, LAST_MS = 1420070400000, 4102444800000


def check_optional(event):
    for name in PLACE | {"own", "role_id", "owner_id"}:
        if name in event and not (name == "category_id" and event[name] is None):
            check_id(event[name], name)
    for role in event.get("roles", []):
        if event["type"] != "roles":
            check_id(role, "role")
            continue
        assert set(role) == {"id", "position", "permissions", "managed"}, event
        check_id(role["id"], "role")
        assert isinstance(role["position"], int) and isinstance(role["managed"], bool), event
        assert re.fullmatch("[0-9]+", role["permissions"]), event
    assert isinstance(event.get("pending", True), bool), event
    for name in ("joined_at", "sent"):
        assert FIRST_MS < event.get(name, FIRST_MS + 1) < LAST_MS, event


def check_event(event):
    """Holds an event to the contract; AssertionError says what is wrong."""
    kind = event["type"]
    keys = KEYS[kind] | {"id", "type", "at"}
    assert keys <= set(event) <= keys | OPTIONAL.get(kind, set()), event
    assert event["id"].startswith(PREFIX[kind]) and len(event["id"]) <= 200, event
    assert isinstance(event["at"], int) and FIRST_MS < event["at"] < LAST_MS, event
    for name in keys & {"guild_id", "message_id", "reactor_id"}:
        check_id(event[name], name)
    check_optional(event)
    if kind in ("message", "join"):
        check_user(event["user"], "user")
    if kind == "message":
        check_id(event["channel_id"], "channel_id")
    elif kind == "reaction":
        check_user(event["author"], "author", ["username"])  # Discord did not say the name
        assert event["author"]["id"] != event["reactor_id"], event
    elif kind == "voice":
        check_state(event, ("afk",))
    elif kind == "voice_snapshot":
        for member in event["members"]:
            check_state(member)
            assert member["channel_id"] is not None, event
    elif kind == "guilds":
        assert 0 <= event["shard"] < event["shards"], event
        for one in event["ids"]:
            check_id(one, "guild")
    elif kind == "gone":
        assert len(set(event) & {"role_id", "channel_id"}) == 1, event


class Events:
    def __init__(self, public_key, key_id="shim", port=0):
        self.key = nacl.signing.VerifyKey(public_key)
        self.key_id = key_id
        self.port = port
        self.lock = threading.RLock()  # conditions of wait_for may look into it as well
        self.taken = {}  # id: event, in the order of their first coming
        self.batches = []  # (source, ids) that were taken
        self.seen = {}  # id: event as JSON text, also of batches not taken
        self.violations = []
        self.failures = []  # what to do with the next requests
        self.reject = {}  # id: reason
        self.largest = None  # bytes above which a batch is answered 413
        self.requests = 0

    def fail(self, status, times=1, headers=None, body=None, stall=0, take=False):
        """The next TIMES requests get STATUS (0: the connection is cut) after STALL seconds. With
        TAKE, what they bring is taken all the same: an answer that got lost."""
        with self.lock:
            self.failures += [(status, headers or {}, body, stall, take)] * times

    def clear_failures(self):
        with self.lock:
            self.failures.clear()

    def of_kind(self, kind):
        with self.lock:
            return [event for event in self.taken.values() if event["type"] == kind]

    def wait_for(self, condition, seconds=DEADLINE_S):
        deadline = time.monotonic() + seconds
        while True:
            with self.lock:
                value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"not within {seconds} s; {self.requests} requests, taken "
                    f"{list(self.taken)!r:.1500}; violations {self.violations!r:.500}")
            time.sleep(0.005)

    # -- a request

    def check(self, headers, body):
        """The status for it, and the batch."""
        names = ("X-Signature-Ed25519", "X-Signature-Timestamp", "X-Besace-Key-Id")
        values = [headers.get_all(name) for name in names]
        if any(not value or len(value) != 1 for value in values):
            self.violations.append(f"headers {values!r}")
            return 401, None
        (signature,), (timestamp,), (key_id,) = values
        try:
            self.key.verify(timestamp.encode() + body, bytes.fromhex(signature))
        except (nacl.exceptions.BadSignatureError, ValueError):
            return 401, None
        if key_id != self.key_id or abs(int(timestamp) - time.time()) > 30:
            self.violations.append(f"key id {key_id!r}, time {timestamp}")
            return 401, None
        batch = json.loads(body)
        if len(body) > BATCH_BYTES or len(batch["events"]) > BATCH_EVENTS:
            self.violations.append(f"{len(body)} bytes, {len(batch['events'])} events")
            return 413, None
        if self.largest and len(body) > self.largest:
            return 413, None
        return 200, batch

    def take(self, batch):
        answer = {"accepted": 0, "duplicates": 0, "rejected": []}
        for index, event in enumerate(batch["events"]):
            try:
                check_event(event)
            except (AssertionError, KeyError) as fault:
                self.violations.append(f"bad event: {fault!r}")
            self.note(event)
            if event["id"] in self.reject:
                answer["rejected"].append({"index": index, "reason": self.reject[event["id"]]})
            elif event["id"] in self.taken:
                answer["duplicates"] += 1
            else:
                self.taken[event["id"]] = event
                answer["accepted"] += 1
        self.batches.append((batch["source"], [event["id"] for event in batch["events"]]))
        return answer

    def note(self, event):
        """The same id must always bring the same event, but for names, times of arrival, and places
        that were learnt meanwhile."""
        stable = json.dumps({key: value for key, value in event.items()
                             if key not in ("at", "user", "author", "members", *PLACE)},
                            sort_keys=True)
        if self.seen.setdefault(event["id"], stable) != stable:
            self.violations.append(f"another event under {event['id']}")

    def respond(self, headers, body):
        """(status, headers, JSON or None, stall)."""
        with self.lock:
            self.requests += 1
            status, batch = self.check(headers, body)
            if self.failures:
                status, extra, text, stall, take = self.failures.pop(0)
                if take and batch:
                    self.take(batch)
                return status, extra, text or {"error": "as the test wants"}, stall
            if status != 200:
                return status, {}, {"error": "refused"}, 0
            return 200, {}, self.take(batch), 0

    # -- running

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/events"

    def start(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                service.sockets.add(self.connection)

            def finish(self):
                service.sockets.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer, stall = service.respond(self.headers, body)
                if stall and service.stopped.wait(stall):
                    status = 0
                if status == 0:
                    self.close_connection = True
                    return
                text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json",
                                    "Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.stopped = threading.Event()
        self.sockets = set()
        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that was killed
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,),
                                       daemon=True)
        self.thread.start()
        return self

    def stop(self):
        """Nobody listens any more, and kept connections are cut."""
        self.stopped.set()
        self.server.shutdown()
        for one in list(self.sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.server.server_close()
        self.thread.join(DEADLINE_S)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
