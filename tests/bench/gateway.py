"""What the cases about the shim share: the stand-in of Discord's Gateway, faster, and the shim."""

import contextlib
import http.server
import json
import pathlib
import sys
import tempfile
import threading
import time

from machine import CannotMeasure, free_port

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from standin.gateway import Gateway, frame  # noqa: E402

# The longest that the shim takes: hardly a heartbeat falls into a measurement.
HEARTBEAT_MS = 300_000
# How long anything may take that is only waited for.
DEADLINE_S = 120
SPOOLED = 'besace_gateway_events_total{what="spooled"}'
FORWARDED = 'besace_gateway_events_total{what="forwarded"}'


class FastGateway(Gateway):
    """The stand-in, which can also send many dispatches at once and does not keep them."""

    def __init__(self, guilds=()):
        super().__init__(guilds, heartbeat_ms=HEARTBEAT_MS)

    def burst(self, kind, datas):
        """Sends dispatches whose data are texts. Returns when it began to send, all being ready."""
        return self.call(self.do_burst(kind, datas))

    async def do_burst(self, kind, datas):
        connection, frames = self.current, []
        for data in datas:
            connection.session.seq += 1
            text = f'{{"t":"{kind}","s":{connection.session.seq},"op":0,"d":{data}}}'
            frames.append(frame(True, 2, self.deflated(connection, text.encode())))
        began = time.monotonic()
        connection.transport.write(b"".join(frames))
        return began

    def unsent(self):
        return self.current.transport.get_write_buffer_size()


class Sink(http.server.BaseHTTPRequestHandler):
    """A service that takes everything."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["events"]
        answer = json.dumps({"accepted": len(events), "duplicates": 0, "rejected": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@contextlib.contextmanager
def sink():
    """Its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/events"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def shim(machine, gateway, events_url):
    """A besace-gateway that is connected to GATEWAY."""
    port = free_port()
    environment = {
        "DISCORD_BOT_TOKEN": gateway.token, "DISCORD_API_URL": gateway.api_url,
        "DISCORD_GATEWAY_URL": gateway.url, "BESACE_EVENTS_URL": events_url,
        "BESACE_EVENT_KEY_ID": "bench", "BESACE_EVENT_SECRET_KEY": "2a" * 32 + machine.key,
        "BESACE_SPOOL_DIR": tempfile.mkdtemp(prefix="spool.", dir=machine.folder),
        "BESACE_METRICS_LISTEN": f"127.0.0.1:{port}", "BESACE_LOG": "warn", "no_proxy": "*"}
    with machine.serving([machine.build / "besace-gateway"], port, "/metrics", environment, port) as server:
        gateway.wait_live()
        yield server
    if gateway.violations:
        raise CannotMeasure(f"the shim violates the protocol: {gateway.violations}")


def wait_until(condition, what, pause=0.01):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"not within {DEADLINE_S} s: {what}")
        time.sleep(pause)
