"""The scripts an operator or a newcomer runs: packages, the private cluster, nginx, units."""

import contextlib
import http.client
import http.server
import json
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import psycopg2
import pytest

from support.paths import BUILD, ROOT, new_folder
from support.ports import own_port
from support.wait import is_gone, until

SCRIPTS = ROOT / "scripts"
DEADLINE_S = 180
NAME = "besace.example.org"


def run(*argv, env=None, cwd=ROOT, user=None, extra_groups=None):
    """Runs a program to its end and returns what it said."""
    return subprocess.run(
        [str(a) for a in argv], cwd=cwd, env=env, user=user, group=user, extra_groups=extra_groups,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S)


# ---- install-packages


@pytest.fixture
def open_folder():
    """A folder that every user can reach, unlike pytest's own."""
    folder = new_folder("scripts")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def packages(open_folder):
    """A copy of install-packages, on a machine of which the test says what is installed."""
    fake = open_folder / "bin"
    fake.mkdir()
    script = open_folder / "install-packages"
    shutil.copy(SCRIPTS / "install-packages", script)
    for name in ("bash", "dirname", "cat"):
        (fake / name).symlink_to(shutil.which(name))
    (open_folder / "packages").write_text(
        "# a comment\nbuild gcc\nbuild libpq-dev\n"
        "run postgresql|postgresql-[1-9][0-9]\ntest nginx-light|nginx\nbench wrk\n")

    def call(*targets, installed="", sudo=None):
        query = fake / "dpkg-query"
        query.write_text(f"#!/bin/sh\nprintf '%s\\n' {installed}\n")
        query.chmod(0o755)
        for name in ("apt-get", "apt-cache"):
            (fake / name).write_text(f"#!/bin/sh\necho {name} was called >&2\nexit 1\n")
            (fake / name).chmod(0o755)
        if sudo is not None:
            (fake / "sudo").write_text(sudo)
            (fake / "sudo").chmod(0o755)
        # Never as root: a mistake in the script must not install anything here.
        nobody = 65534 if os.getuid() == 0 else None
        return run(fake / "bash", script, *targets, env={"PATH": str(fake)}, cwd="/",
                   user=nobody, extra_groups=[] if nobody else None)

    return call


ALL_THERE = ("'installed|gcc|' 'installed|libpq-dev|' 'installed|postgresql-15|' "
             "'installed|nginx-light|' 'installed|wrk|'")


def test_nothing_is_said_when_all_packages_are_there(packages):
    done = packages("build", "test", "bench", installed=ALL_THERE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_package_may_provide_one(packages):
    done = packages("build", installed="'installed|gcc-12|gcc (= 12), cc' 'installed|libpq-dev|'")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_removed_package_is_missing(packages):
    done = packages("build", installed="'config-files|gcc|' 'installed|libpq-dev|'")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("root or sudo: gcc")


def test_without_root_or_sudo_the_missing_packages_are_named(packages):
    done = packages("test", installed="'installed|gcc|'")
    assert done.returncode == 1
    assert done.stderr == (
        "install-packages: these Debian packages are missing, and installing them needs root or "
        "sudo: libpq-dev postgresql nginx-light\n")


def test_each_target_asks_for_its_own_groups(packages):
    assert packages("build").stderr.rstrip().endswith(": gcc libpq-dev")
    assert packages("run").stderr.rstrip().endswith(": gcc libpq-dev postgresql")
    assert packages("bench").stderr.rstrip().endswith("postgresql nginx-light wrk")


def test_sudo_runs_the_same_script_for_the_same_targets(packages, open_folder):
    done = packages("run", "bench", sudo='#!/bin/sh\nprintf "%s " "$@"\n')
    assert done.returncode == 0
    assert done.stdout == f"-n -- {open_folder}/install-packages --as-root run bench "


def test_a_refusing_sudo_names_the_packages(packages):
    done = packages("build", sudo="#!/bin/sh\nexit 1\n")
    assert done.returncode == 1
    assert "these Debian packages are missing: gcc libpq-dev" in done.stderr


def test_an_unknown_target_is_refused(packages):
    done = packages("build", "nonsense", installed=ALL_THERE)
    assert done.returncode == 1
    assert 'unknown target "nonsense"' in done.stderr


def test_the_real_list_is_complete_here_and_checked_quickly():
    def worked_s():
        """What children have kept a processor busy for: others on the machine do not count."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = worked_s()
    done = run(SCRIPTS / "install-packages", "test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert worked_s() - before < 5, "checking installed packages should take a moment"


# ---- pg-cluster


@pytest.fixture
def cluster(open_folder):
    """pg-cluster on a folder of this test; its data are removed at the end."""
    folder = open_folder / "pg"

    def call(command, *options, folder=folder):
        return run(SCRIPTS / "pg-cluster", command, *options, folder)

    call.folder = folder
    yield call
    done = call("remove")
    assert done.returncode == 0, done.stderr


def started(cluster, *options, **where):
    done = cluster("start", "--throw-away", *options, **where)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ask(url, sql):
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        answer = cursor.fetchone()[0] if cursor.description else None
        connection.commit()
        return answer


def test_a_cluster_starts_and_is_reached_by_its_socket_only(cluster):
    url = started(cluster)
    assert ask(url, "SELECT current_user") == "besace"
    assert ask(url, "SHOW listen_addresses") == ""
    assert ask(url, "SHOW data_checksums") == "on"
    assert ask(url, "SHOW timezone") == "UTC"
    assert ask(url, "SELECT pg_encoding_to_char(encoding) FROM pg_database "
                    "WHERE datname = current_database()") == "UTF8"
    assert os.stat(cluster.folder / "socket").st_mode & 0o777 == 0o700
    assert os.stat(cluster.folder / "data").st_mode & 0o777 == 0o700


def test_besace_owns_its_database_but_is_no_superuser(cluster):
    url = started(cluster)
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    ask(url, "CREATE TABLE mine (a int)")


def test_a_second_start_finds_the_running_cluster(cluster):
    first = started(cluster)
    process = ask(first, "SELECT pg_postmaster_start_time()")
    assert started(cluster) == first
    assert ask(first, "SELECT pg_postmaster_start_time()") == process


def test_data_stay_over_stop_and_start(cluster):
    url = started(cluster)
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert cluster("stop").returncode == 0
    assert cluster("status").returncode == 3
    assert ask(started(cluster), "SELECT answer FROM kept") == 42
    assert cluster("status").returncode == 0


def test_stopping_what_does_not_run_is_no_fault(cluster):
    assert cluster("stop").returncode == 0
    assert not cluster.folder.exists()


def test_a_start_after_a_crash_recovers(cluster):
    url = started(cluster)
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    pid = int((cluster.folder / "data/postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    until(lambda: is_gone(pid), "the server is dead")
    assert ask(started(cluster), "SELECT answer FROM kept") == 42


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(cluster):
    started(cluster)
    assert cluster("stop").returncode == 0
    left = cluster.folder / "data/postmaster.pid"
    left.write_text(f"{os.getpid()}\n")
    assert ask(started(cluster), "SELECT 1") == 1


def test_data_of_another_version_are_refused_clearly(cluster):
    started(cluster)
    assert cluster("stop").returncode == 0
    version = cluster.folder / "data/PG_VERSION"
    own = version.read_text()
    version.write_text("9\n")
    done = cluster("start")
    version.write_text(own)
    assert done.returncode == 1
    assert "are of PostgreSQL 9, which is not here" in done.stderr
    assert "postgresql-9" in done.stderr


def test_a_path_too_long_for_a_socket_gets_a_short_one(cluster):
    deep = cluster.folder / ("it's a \"long\" path, " + "x" * 90)
    url = started(cluster, folder=deep)
    try:
        assert ask(url, "SELECT 1") == 1
        short = os.path.realpath(deep / "socket")
        assert len(short) <= 93
        assert os.stat(short).st_mode & 0o777 == 0o700
    finally:
        assert cluster("remove", folder=deep).returncode == 0
    assert not os.path.exists(short)
    shutil.rmtree(cluster.folder)


@pytest.mark.skipif(os.getuid() != 0, reason="only root keeps clusters for another user")
def test_where_the_owner_cannot_go_the_data_are_elsewhere(cluster, open_folder):
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    folder = closed / "var" / "postgres"
    done = cluster("start", "--throw-away", folder=folder)
    try:
        assert done.returncode == 0, done.stderr
        assert "cannot reach" in done.stderr and done.stderr.count("\n") == 1
        assert folder.is_symlink()
        assert ask(done.stdout.strip(), "SELECT 1") == 1
        again = cluster("start", "--throw-away", folder=folder)
        assert (again.stdout, again.stderr) == (done.stdout, "")
    finally:
        target = os.path.realpath(folder)
        assert cluster("remove", folder=folder).returncode == 0
    assert not os.path.exists(target)


def test_a_setting_counts_until_the_next_start(cluster):
    assert ask(started(cluster, "--set", "work_mem=5MB"), "SHOW work_mem") == "5MB"
    assert cluster("stop").returncode == 0
    assert ask(started(cluster), "SHOW work_mem") == "4MB"


def test_a_folder_of_something_else_is_not_removed(cluster, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious").write_text("x")
    assert cluster("remove", folder=other).returncode == 1
    assert (other / "precious").exists()


def test_bad_usage_is_explained():
    for argv in ([], ["nonsense"], ["start", "--nonsense"], ["start", "a", "b"]):
        done = run(SCRIPTS / "pg-cluster", *argv)
        assert done.returncode == 2 and "Usage:" in done.stderr


# ---- run


class Checkout:
    """A checkout of this test's own, with the programs that were built."""

    def __init__(self, folder):
        self.folder, self.starts = folder, 0
        shutil.copytree(SCRIPTS, folder / "scripts")
        (folder / "build").symlink_to(BUILD)
        self.address = f"127.0.0.1:{own_port()}"
        self.web_address = f"127.0.0.1:{own_port()}"
        self.process = None

    def environment(self, **more):
        return {**os.environ, "BESACE_LISTEN": self.address, "BESACE_METRICS_LISTEN": "",
                "BESACE_WEB_LISTEN": self.web_address,
                "DISCORD_BOT_TOKEN": "bot.token.test", **more}

    def run(self, **more):
        return run(self.folder / "scripts/run", cwd=self.folder, env=self.environment(**more))

    def start(self):
        # What a killed run left behind may still write to the file that it was given.
        self.starts += 1
        self.output = self.folder / f"output.{self.starts}"
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [self.folder / "scripts/run"], cwd=self.folder, env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        until(lambda: "What besace logs follows" in self.said() or self.process.poll() is not None,
              "make run serves", DEADLINE_S)
        assert self.process.poll() is None, self.said()
        return self.said()

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)

    def said(self):
        return self.output.read_text()

    def besace(self):
        """The process id of besace."""
        own = self.process.pid
        with open(f"/proc/{own}/task/{own}/children") as children:
            for pid in children.read().split():
                with open(f"/proc/{pid}/cmdline") as command:
                    if command.read().split("\0")[0] == "build/besace":
                        return int(pid)
        raise AssertionError("no besace runs")

    def nothing_runs(self):
        status = run(self.folder / "scripts/pg-cluster", "status")
        with socket.socket() as probe:
            host, port = self.address.split(":")
            closed = probe.connect_ex((host, int(port))) != 0
        return status.returncode == 3 and closed

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_S)
        until(self.closed, "besace ends with its parent", DEADLINE_S)
        assert run(self.folder / "scripts/pg-cluster", "remove").returncode == 0

    def closed(self):
        with socket.socket() as probe:
            host, port = self.address.split(":")
            return probe.connect_ex((host, int(port))) != 0


@pytest.fixture
def checkout(open_folder):
    checkout = Checkout(open_folder)
    yield checkout
    checkout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_talks_serves_and_ends_cleanly(checkout, number):
    said = checkout.start()
    for heading in ("PING", "/lc", "/niveau", "/sac", "the first button (sac:3:jackpot:o"):
        assert heading in said
    assert "PONG" in said and "25 LC" in said and "Le jackpot s’ouvre" in said
    assert "One jackpot was put into the bag" in said
    assert "bot.token.test" not in said
    assert (checkout.folder / "var/keys/discord.key").stat().st_mode & 0o777 == 0o600
    assert checkout.end(number) == 0
    assert checkout.nothing_runs()


def test_a_second_run_finds_the_data_and_the_key(checkout):
    checkout.start()
    key = (checkout.folder / "var/keys/discord.key").read_text()
    assert checkout.end(signal.SIGTERM) == 0
    said = checkout.start()
    assert "Made a development key" not in said
    assert (checkout.folder / "var/keys/discord.key").read_text() == key
    assert "**25 LC**" not in said, "the jackpot of the first run is in the balance"


def test_two_runs_of_one_checkout_are_refused(checkout):
    checkout.start()
    done = checkout.run()
    assert done.returncode == 1
    assert "already alive in this checkout" in done.stderr
    assert str(checkout.process.pid) in done.stderr
    assert not checkout.closed(), "the first serves on"


def test_a_taken_port_is_said_and_nothing_is_left(checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        checkout.address = f"127.0.0.1:{other.getsockname()[1]}"
        done = checkout.run()
    assert done.returncode == 1
    assert f"something else answers on {checkout.address}" in done.stderr
    assert checkout.nothing_runs()


def test_run_shows_the_words_of_a_service_that_cannot_start(checkout):
    done = checkout.run(BESACE_LOG="loud")
    assert done.returncode == 1
    assert "BESACE_LOG: must be" in done.stderr and "ended by itself (status 2)" in done.stderr
    assert checkout.nothing_runs()


def test_run_stops_the_cluster_when_the_service_dies(checkout):
    checkout.start()
    os.kill(checkout.besace(), signal.SIGKILL)
    assert checkout.process.wait(DEADLINE_S) == 1
    assert "besace ended by itself (status 137)" in checkout.said()
    assert checkout.nothing_runs()


def test_a_killed_run_takes_besace_along_and_the_next_one_works(checkout):
    checkout.start()
    checkout.process.kill()
    checkout.process.wait(DEADLINE_S)
    until(checkout.closed, "besace ends with its parent", DEADLINE_S)
    checkout.start()
    assert checkout.end(signal.SIGTERM) == 0
    assert checkout.nothing_runs()


# ---- nginx


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    done = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={NAME}",
               "-addext", f"subjectAltName=DNS:{NAME}",
               "-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    assert done.returncode == 0, done.stderr
    return folder


class Upstream:
    """A replica on a port of its own that answers as told and remembers what it was asked."""

    def __init__(self, status=200, body=b'{"type":1}', cut=False):
        self.status, self.body, self.cut, self.seen = status, body, cut, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                outer.seen.append((self.command, self.path, self.headers, body))
                if outer.cut:  # dies while it works
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Nginx:
    """An nginx of this test in front of the given upstream addresses."""

    def __init__(self, folder, certificate, *upstreams, options=()):
        self.port, self.folder = own_port(), folder
        argv = [SCRIPTS / "nginx/render", "--server-name", NAME,
                "--cert", certificate / "cert.pem", "--key", certificate / "key.pem",
                "--listen", f"127.0.0.1:{self.port}", "--no-redirect",
                "--access-log", folder / "access.log", "--error-log", folder / "error.log",
                "--standalone", folder, *options]
        for address in upstreams:
            argv += ["--upstream", address]
        done = run(*argv)
        assert done.returncode == 0, done.stderr
        (folder / "nginx.conf").write_text(done.stdout)
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        tested = run(*command, "-t")
        assert tested.returncode == 0, tested.stderr
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(self.answers, "nginx listens")

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def tls(self, name=NAME):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)
        return context.wrap_socket(raw, server_hostname=name)

    def send(self, method, path, body=b"", headers=()):
        """Sends one request, returns status, headers and body."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {NAME}", "Connection: close",
                 f"Content-Length: {len(body)}", *headers]
        with self.tls() as wire:
            wire.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
            with contextlib.suppress(OSError):  # it may refuse before it has read all
                wire.sendall(body)
            answer = http.client.HTTPResponse(wire)
            answer.begin()
            return answer.status, answer.headers, answer.read()

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE_S)


@pytest.fixture
def front(tmp_path, certificate):
    """Makes replicas and an nginx in front of them."""
    open_things = []

    def make(*upstreams, options=(), addresses=()):
        open_things.extend(upstreams)
        nginx = Nginx(tmp_path, certificate, *addresses, *(u.address for u in upstreams),
                      options=options)
        open_things.append(nginx)
        return nginx

    yield make
    for thing in reversed(open_things):
        thing.close()


def error_of(body):
    answer = json.loads(body)
    assert list(answer) == ["error"]
    return answer["error"]


def test_a_signed_request_passes_with_its_body_and_headers(front):
    upstream = Upstream()
    nginx = front(upstream)
    body = '{"name":"é🎒"}'.encode()
    status, headers, answer = nginx.send("POST", "/interactions", body, [
        "X-Signature-Ed25519: " + "ab" * 64, "X-Signature-Timestamp: 1795362371",
        "X-Forwarded-For: 203.0.113.9"])
    assert (status, answer) == (200, b'{"type":1}')
    assert headers["Content-Type"] == "application/json"
    assert headers["Server"] == "nginx"
    method, path, seen, got = upstream.seen[0]
    assert (method, path, got) == ("POST", "/interactions", body)
    assert seen["X-Signature-Ed25519"] == "ab" * 64
    assert seen["X-Signature-Timestamp"] == "1795362371"
    assert seen["X-Forwarded-For"] == "127.0.0.1", "what a client claims is not believed"


def test_a_named_proxy_is_believed_about_the_client(front):
    upstream = Upstream()
    nginx = front(upstream, options=["--trust", "127.0.0.1"])
    nginx.send("POST", "/interactions", b"{}", ["X-Forwarded-For: 203.0.113.9"])
    assert upstream.seen[0][2]["X-Forwarded-For"] == "203.0.113.9"


def test_repeated_signature_headers_reach_the_service_which_refuses_them(front):
    upstream = Upstream(status=401, body=b'{"error":"two signatures"}')
    nginx = front(upstream)
    status, _, body = nginx.send("POST", "/interactions", b"{}", [
        "X-Signature-Ed25519: a", "X-Signature-Ed25519: b"])
    assert upstream.seen[0][2].get_all("X-Signature-Ed25519") == ["a", "b"]
    assert (status, body) == (401, b'{"error":"two signatures"}')


def test_the_size_limits_are_those_of_the_contract(front):
    upstream = Upstream()
    nginx = front(upstream)
    for path, limit in (("/interactions", 256 << 10), ("/events", 4 << 20)):
        assert nginx.send("POST", path, b" " * limit)[0] == 200
        assert len(upstream.seen[-1][3]) == limit
        seen = len(upstream.seen)
        status, headers, body = nginx.send("POST", path, b" " * (limit + 1))
        assert (status, error_of(body)) == (413, "the body is too large")
        assert headers["Content-Type"] == "application/json"
        assert len(upstream.seen) == seen


def test_a_replica_that_dies_at_work_is_replaced_by_the_next(front):
    dying, living = Upstream(cut=True), Upstream()
    nginx = front(dying, living)
    for _ in range(4):
        assert nginx.send("POST", "/interactions", b"{}")[0] == 200
    assert len(living.seen) == 4
    assert len(dying.seen) >= 1, "the dying one was asked, and its request sent again"


def test_a_replica_that_is_gone_or_closing_costs_nothing(front):
    closing, living = Upstream(status=503, body=b"{}"), Upstream()
    nginx = front(closing, living, addresses=[f"127.0.0.1:{own_port()}"])
    assert {nginx.send("POST", "/interactions", b"{}")[0] for _ in range(6)} == {200}


def test_the_503_of_events_goes_back_to_the_shim(front):
    first, second = (Upstream(status=503, body=b'{"error":"the database is away"}') for _ in "12")
    nginx = front(first, second)
    status, _, body = nginx.send("POST", "/events", b"{}")
    assert (status, error_of(body)) == (503, "the database is away")
    assert len(first.seen) + len(second.seen) == 1


def test_front_without_any_replica_answers_502_in_json(front):
    nginx = front(addresses=[f"127.0.0.1:{own_port()}", f"127.0.0.1:{own_port()}"])
    status, headers, body = nginx.send("POST", "/interactions", b"{}")
    assert (status, error_of(body)) == (502, "the service is away")
    assert headers["Content-Type"] == "application/json"


def test_a_replica_that_hangs_is_a_504_in_json_within_three_seconds(front):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        nginx = front(addresses=[f"127.0.0.1:{silent.getsockname()[1]}"])
        seconds = []
        while len(seconds) < 5 and min(seconds, default=3) >= 3:
            start = time.monotonic()
            status, _, body = nginx.send("POST", "/interactions", b"{}")
            seconds.append(time.monotonic() - start)
            assert (status, error_of(body)) == (504, "the service did not answer in time")
        # Only a slow machine takes longer once, and not each time.
        assert 2 < min(seconds) < 3, seconds


def test_other_paths_end_at_nginx(front):
    upstream = Upstream()
    nginx = front(upstream)
    for path in ("/", "/metrics", "/interactions/", "/interactionsx", "//x", "/healthz/a"):
        status, _, body = nginx.send("GET", path)
        assert (status, error_of(body)) == (404, "nothing is here")
    assert upstream.seen == []
    assert nginx.send("GET", "/healthz")[0] == 200
    assert nginx.send("GET", "/readyz")[0] == 200
    assert [seen[1] for seen in upstream.seen] == ["/healthz", "/readyz"]


def test_nonsense_is_a_400_in_json(front):
    upstream = Upstream()
    nginx = front(upstream)
    status, _, body = nginx.send("POST", "/interactions", b"{}", ["Content-Length: 7"])
    assert (status, error_of(body)) == (400, "this is not a request that HTTP allows")
    assert upstream.seen == []


def test_another_server_name_gets_no_certificate(front):
    nginx = front(Upstream())
    with pytest.raises(ssl.SSLError), nginx.tls("other.example.org"):
        pass


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(front):
    nginx = front(Upstream())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", nginx.port)) as raw:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(raw, server_hostname=NAME)


def test_the_log_holds_no_body_no_header_and_no_query(front):
    nginx = front(Upstream())
    nginx.send("POST", "/interactions?token=NEVER-LOGGED", b'{"token":"NEVER-LOGGED"}',
               ["X-Signature-Ed25519: NEVER-LOGGED", "User-Agent: NEVER-LOGGED"])
    log = nginx.folder / "access.log"
    text = until(lambda: log.read_text() if log.exists() else "", "the access log has a line")
    assert '"POST /interactions HTTP/1.1" 200' in text
    assert "NEVER-LOGGED" not in text


def test_the_operators_site_has_redirect_and_every_replica():
    done = run(SCRIPTS / "nginx/render", "--upstream", "unix:/run/a.sock", "--upstream", "10.0.0.2:8080")
    assert done.returncode == 0
    assert "server unix:/run/a.sock max_fails=0;" in done.stdout
    assert "server 10.0.0.2:8080 max_fails=0;" in done.stdout
    assert "server unix:/run/besace-web/besace-web.sock max_fails=0;" in done.stdout
    assert "return 301 https://$host$request_uri;" in done.stdout
    assert "listen [::]:443 ssl default_server;" in done.stdout
    assert f"/etc/letsencrypt/live/{NAME}/fullchain.pem" in done.stdout
    assert "@" not in done.stdout.replace("= @", "").replace(" @", "")


def test_render_refuses_what_would_change_the_configuration():
    for argv in (["--server-name", "a; include /etc/passwd"], ["--upstream", "a b"],
                 ["--cert", "x\ny"], ["--server-name"], ["--nonsense", "x"]):
        done = run(SCRIPTS / "nginx/render", *argv)
        assert done.returncode == 2 and done.stdout == ""


# ---- systemd


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("unit", ["besace", "besace-gateway", "besace-web"])
def test_units_are_valid_and_hardened(unit, tmp_path):
    text = (SCRIPTS / "systemd" / f"{unit}.service").read_text()
    assert f"ExecStart=@PREFIX@/bin/{unit}\n" in text
    path = tmp_path / f"{unit}.service"
    path.write_text(text.replace(f"@PREFIX@/bin/{unit}", "/bin/true").replace("@PREFIX@", "/usr"))
    socket = SCRIPTS / "systemd" / f"{unit}.socket"
    if socket.exists():
        shutil.copy(socket, tmp_path)
    done = run("systemd-analyze", "verify", "--man=no", path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    done = run("systemd-analyze", "security", "--offline=true", "--threshold=12", path)
    assert done.returncode == 0, done.stdout


def test_the_example_of_the_environment_names_every_variable():
    table = (ROOT / "src/runtime/config.c").read_text()
    names = {line.split('"')[1] for line in table.splitlines() if line.startswith('\t{"')}
    assert len(names) > 15
    example = (SCRIPTS / "systemd/besace.env.example").read_text()
    assert [name for name in sorted(names) if name not in example] == []
