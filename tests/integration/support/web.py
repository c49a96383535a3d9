"""Running besace-web, and a stand-in of Discord's CDN."""

import http.client
import http.server
import signal
import socket
import struct
import subprocess
import threading
import zlib

from .paths import BUILD, new_folder
from .ports import own_port
from .service import environment, sanitizer_folder
from .wait import until

BESACE_WEB = BUILD / "besace-web"
LINK_KEY = "5b" * 32


class Unix(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


class Site:
    """One besace-web."""

    def __init__(self, database_url, **settings):
        self.folder = new_folder("besace-web")
        self.log_path = self.folder / "log"
        self.port = own_port()
        self.settings = {
            "DATABASE_URL": database_url, "BESACE_WEB_LISTEN": f"127.0.0.1:{self.port}",
            "BESACE_PUBLIC_URL": f"http://127.0.0.1:{self.port}", "BESACE_LINK_KEY": LINK_KEY,
            "BESACE_METRICS_LISTEN": "", "DISCORD_CDN_URL": "http://127.0.0.1:9",
            "BESACE_LOG": "debug", **settings}
        self.process = None

    def start(self, **popen):
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [BESACE_WEB], env=environment(**self.settings), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder, **popen)
        until(self.is_listening, "besace-web listens")
        return self

    def is_listening(self):
        assert self.process.poll() is None, f"besace-web ended: {self.text()}"
        return '"listening"' in self.text()

    @property
    def address(self):
        """As nginx takes it."""
        return self.settings["BESACE_WEB_LISTEN"]

    def text(self):
        return self.log_path.read_text(errors="replace")

    def connection(self):
        listen = self.settings["BESACE_WEB_LISTEN"]
        if listen.startswith("unix:"):
            return Unix(listen[5:])
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(self, path, method="GET", **headers):
        """The answer, with its body in .body. Headers with _ for -."""
        connection = self.connection()
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        answer.body = answer.read()
        answer.text = answer.body.decode(errors="replace")
        connection.close()
        return answer

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.text()
        assert LINK_KEY not in self.text()

    def end(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.stop()


def png(side, colour=(10, 200, 30, 255), data=None):
    """A square PNG; DATA in place of its pixels makes it a broken one."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(
            ">I", zlib.crc32(name + content))
    lines = (b"\0" + bytes(colour) * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines) if data is None else data) + chunk(b"IEND", b""))


class Cdn:
    """Answers with what its table holds: path to (status, type, bytes); counts what is asked."""

    def __init__(self):
        self.pictures, self.asked = {}, []
        cdn = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                cdn.asked.append(self.path)
                status, kind, body = cdn.pictures.get(self.path.split("?")[0], (404, "text/plain", b""))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if status in (301, 302):
                    self.send_header("Location", "/elsewhere.png")
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # it has seen enough

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
