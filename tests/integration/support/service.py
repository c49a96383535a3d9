"""Running besace: starting it, waiting for it, ending it in every way, reading its log."""

import base64
import contextlib
import glob
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from .http import Endpoint, RawConnection
from .paths import BUILD, new_folder
from .ports import Port
from .wait import until

BESACE, BESACECTL = BUILD / "besace", BUILD / "besacectl"
OTHER_BESACE = BUILD / "tests/besace-other"  # of a build with other routines
KILL_AT = BUILD / "tests/preload/kill_at.so"

# Every token that tests make begins so, and is a secret for fifteen minutes.
TOKEN = base64.b64encode(b"interaction:").decode()[:15]
SECRETS = re.compile(rf"{TOKEN}|[0-9a-fA-F]{{128}}|bot\.token\.test")

running = []


def sanitizer_folder():
    """Where sanitizers write; one of our own when a developer runs a single test."""
    return os.environ.get("BESACE_REPORTS") or "/tmp"


def environment(**settings):
    """The environment of a program under test: nothing of the developer's, and SETTINGS; a value
    of None is left out."""
    log = f"log_path={sanitizer_folder()}/report"
    # For root, besacectl reads the settings of this machine's service: never in a test.
    base = {"PATH": os.environ["PATH"], "no_proxy": "*", "LC_ALL": "C.UTF-8",
            "BESACECTL_TEST_ROOT": "/nonexistent",
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS") or log,
            "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS") or f"{log}:print_stacktrace=1",
            "TSAN_OPTIONS": os.environ.get("TSAN_OPTIONS") or log}
    base.update(settings)
    return {name: str(value) for name, value in base.items() if value is not None}


class Service:
    """One besace. Unless the settings say otherwise it has a port of its own, over restarts too."""

    def __init__(self, application, database_url, program=BESACE, **settings):
        self.application = application
        self.program = program
        self.folder = new_folder("besace")
        self.log_path = self.folder / "log"
        self.port = None if "BESACE_LISTEN" in settings else Port()
        self.settings = {
            "DATABASE_URL": database_url, "DISCORD_PUBLIC_KEY": application.public_key,
            "DISCORD_APPLICATION_ID": application.id,
            "BESACE_LISTEN": self.port and self.port.address, "BESACE_METRICS_LISTEN": "",
            "DISCORD_API_URL": "http://127.0.0.1:9/api/v10",
            "BESACE_LOG": "debug", "BESACE_POOL_SIZE": "4", **settings}
        self.command, self.passed = [program], ()
        self.process = None
        self.scheme = "https" if settings.get("BESACE_TLS_CERT") else "http"
        self.endpoint = None

    # -- life

    def launch(self):
        """Starts the process without waiting for anything."""
        assert self.process is None or self.process.poll() is not None
        self.log_path.write_bytes(b"")
        self.launched = time.time()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=environment(**self.settings), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                pass_fds=self.passed)
        running.append(self)
        return self

    def listening(self):
        """The line that says where it listens, once it is there."""
        assert self.process.poll() is None, f"besace ended: {self.text()}"
        return next((line for line in self.log() if line.get("msg") == "listening"), None)

    def start(self, ready=True):
        """Starts it and waits until it listens and, with READY, says that it is ready."""
        self.launch()
        self.find_endpoint()
        if ready:
            self.wait_ready()
        return self

    def find_endpoint(self):
        """Waits until it listens and learns where."""
        line = until(self.listening, "besace listens")
        host, _, port = self.settings["BESACE_LISTEN"].rpartition(":")
        if not self.unix:
            self.settings["BESACE_LISTEN"] = f"{host}:{line['port']}"
        self.loops = line["loops"]
        url = f"{self.scheme}://localhost" if self.unix else f"{self.scheme}://{host}:{line['port']}"
        self.endpoint = Endpoint(url, self.application, unix=self.unix)

    def wait_ready(self):
        until(self.is_ready, "besace is ready")

    def is_ready(self):
        """Whether each of its loops has asked the database: connections to the service are dealt
        out to one loop after the other."""
        assert self.process.poll() is None, f"besace ended: {self.text()}"
        return all(self.endpoint.get("/readyz").status == 200 for _ in range(self.loops))

    def wait(self, seconds=60):
        """Waits for its end and returns the exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"besace does not end: {self.text()}") from None
        if self in running:
            running.remove(self)
        return status

    def stop(self, number=signal.SIGTERM):
        """Ends it in order and looks back: exit status, sanitizers, secrets in the log."""
        self.process.send_signal(number)
        status = self.wait()
        assert status == 0, f"exit status {status}: {self.text()}"
        self.check()

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.wait()

    def check(self):
        # One from before is of another process that had this number; files keep a coarser time.
        reports = [pathlib.Path(path).read_text(errors="replace") for path in
                   glob.glob(f"{sanitizer_folder()}/report.{self.process.pid}")
                   if os.stat(path).st_mtime > self.launched - 1]
        assert not reports, reports[0]
        found = SECRETS.search(self.text())
        assert not found, f"a secret is in the log: {found.group()}"

    def end(self):
        """What is left of it at the end of a test."""
        if self.process is None or self.process.poll() is not None:
            if self in running:
                running.remove(self)
            if self.process is not None:
                self.check()
            return
        self.stop()

    # -- talking to it

    @property
    def unix(self):
        listen = self.settings["BESACE_LISTEN"]
        return listen[5:] if listen.startswith("unix:") else None

    @property
    def address(self):
        """As nginx takes it."""
        listen = self.settings["BESACE_LISTEN"]
        return listen if self.unix else listen

    def raw(self):
        """A connection for bytes written by hand."""
        if self.unix:
            return RawConnection(self.unix)
        host, _, port = self.settings["BESACE_LISTEN"].rpartition(":")
        return RawConnection(host.strip("[]"), int(port))

    def __getattr__(self, name):
        """ask, send, post, get, signed, together, request: of the endpoint."""
        if name.startswith("_") or self.__dict__.get("endpoint") is None:
            raise AttributeError(name)
        return getattr(self.endpoint, name)

    # -- its log

    def text(self):
        return self.log_path.read_text(errors="replace")

    def log(self):
        """The lines of the log; what is no JSON is left out."""
        lines = []
        for line in self.text().splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(line))
        return lines

    def said(self, message):
        return [line for line in self.log() if line.get("msg") == message]


class ActivatedService(Service):
    """As systemd starts it: the socket is not its own, and stays when it ends."""

    def __init__(self, application, database_url, **settings):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=4096)
        host, port = self.socket.getsockname()
        super().__init__(application, database_url, BESACE_LISTEN=f"{host}:{port}", **settings)
        self.passed = [self.socket.fileno()]
        # The process that gets the socket is named by its number, which is known only then.
        self.command = ["/bin/bash", "-c", f"exec 3<&{self.socket.fileno()};"
                        ' LISTEN_PID=$$ LISTEN_FDS=1 exec "$0"', self.program]

    def end(self):
        super().end()
        self.socket.close()


def ctl(*arguments, stdin=None, **settings):
    """Runs besacectl to its end."""
    return subprocess.run([BESACECTL, *map(str, arguments)], env=environment(**settings),
                          capture_output=True, timeout=60, input=stdin,
                          **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))


def run_besace(*arguments, **settings):
    """Runs besace where it is expected to end by itself."""
    return subprocess.run([BESACE, *arguments], env=environment(**settings), text=True,
                          capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
