"""Between shim and service: passes signed batches on, in a time of its own, and remembers them.

Voice needs hours, a test has seconds. The relay checks what the shim signed, puts `now_ms` (which
the test moves on) in the place of the times of arrival, keeps that time for each id however often
it comes, and signs anew with the shim's key. A service that does not answer is passed on as such.
"""

import contextlib
import http.client
import http.server
import json
import threading
import time

# A service under sanitizers that waits for its database answers later than that only when killed.
ANSWER_S = 30


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            status, headers, answer = self.server.relay.take(self.headers, body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        with contextlib.suppress(OSError):  # the shim was killed meanwhile
            self.send_response(status)
            for name, value in headers:
                if name.lower() in ("retry-after", "content-type"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)


class Relay:
    """SERVICE has `settings`; KEY is the shim's and the service's; NOW_MS the first time of all."""

    def __init__(self, service, key, key_id, now_ms):
        self.service, self.key, self.key_id, self.now_ms = service, key, key_id, now_ms
        self.log = {}  # events by id, in the order in which they came
        self.taken = set()  # ids whose batch was answered with 200
        self.faults = []
        self.lock = threading.Lock()

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.relay = self
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def sign(self, body):
        stamp = str(int(time.time()))
        return {"X-Signature-Timestamp": stamp, "X-Besace-Key-Id": self.key_id,
                "X-Signature-Ed25519": self.key.sign(stamp.encode() + body).signature.hex()}

    def verify(self, headers, body):
        self.key.verify_key.verify(headers["X-Signature-Timestamp"].encode() + body,
                                   bytes.fromhex(headers["X-Signature-Ed25519"]))

    def dated(self, event):
        """EVENT as it was passed on first; a message has its time from Discord."""
        if event["id"] not in self.log:
            at = event["sent"] if event["type"] == "message" else self.now_ms
            self.log[event["id"]] = {**event, "at": at}
        return self.log[event["id"]]

    def take(self, headers, body):
        self.verify(headers, body)
        batch = json.loads(body)
        with self.lock:
            passed = [self.dated(event) for event in batch["events"]]
        return self.post({**batch, "events": passed})

    def post(self, batch):
        """Posts a batch to the service and returns status, headers, body."""
        body = json.dumps(batch).encode()
        host, _, port = self.service.settings["BESACE_LISTEN"].rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=ANSWER_S)
        with contextlib.closing(connection):
            connection.request("POST", "/events", body, self.sign(body))
            answer = connection.getresponse()
            status, headers, text = answer.status, answer.getheaders(), answer.read()
        if status == 200:
            self.faults += json.loads(text)["rejected"]
            self.taken.update(event["id"] for event in batch["events"])
        return status, headers, text

    def left(self):
        """What came and was not answered with 200, in its order."""
        return [event for id, event in list(self.log.items()) if id not in self.taken]

    def of_kind(self, kind):
        return [event for event in list(self.log.values()) if event["type"] == kind]
