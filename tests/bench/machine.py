"""What the cases measure with: a durable PostgreSQL, servers, wrk and pgbench."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import psycopg2

# The service's default number of database connections, and the load of the published figures.
POOL = 16
CONNECTIONS = 64
REQUESTS = 20_000
# The guild of members.sql and of sign_requests.c.
GUILD = "1151965647289979180"
MEMBERS = 100_000
APPLICATION = "1478077197040164173"
# How long a server may take to answer for the first time.
START_S = 20
# A load that is ended by what it waits for is ended after this long at the latest.
LOAD_MAX_S = 600
# A refused or failed request ends the measurement: it would be fast and count as done.
OUTCOMES_OK = {"answered"}


class CannotMeasure(Exception):
    """Why a figure could not be had."""


class Database:
    def __init__(self, name, url, members):
        self.name, self.url, self.members = name, url, members


class Server:
    """A server under load: its port, and for besace its metrics and process."""

    def __init__(self, process, port, metrics_port=None, scheme="http"):
        self.process, self.port, self.metrics_port, self.scheme = process, port, metrics_port, scheme

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics") as answer:
            text = answer.read().decode()
        return {key: float(value) for key, value in re.findall(r"(?m)^(\w+(?:{[^}]*})?) (\S+)$", text)}

    def outcomes(self):
        """Interactions so far, by outcome."""
        found = ((re.fullmatch(r'besace_interactions_total{outcome="(\w+)"}', key), value)
                 for key, value in self.metrics().items())
        return {match.group(1): int(value) for match, value in found if match}

    def memory_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


class Load:
    """What wrk saw."""

    def __init__(self, line):
        seen = json.loads(line)
        self.requests, self.around = seen["requests"], seen["around"]
        self.rate = seen["requests"] / seen["seconds"]
        self.p50_ms, self.p99_ms, self.max_ms = seen["p50_ms"], seen["p99_ms"], seen["most_ms"]
        self.faults = seen["refused"] + seen["errors"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command, **options):
    """Runs COMMAND to its end and returns what it printed."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, check=False, **options)
    if done.returncode != 0:
        raise CannotMeasure(f"{pathlib.Path(command[0]).name}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def interleaved(rounds, measurements):
    """Runs each of the named MEASUREMENTS once a round, every other round backwards, so that what
    disturbs this machine disturbs all of them. Returns the results by name."""
    results = {name: [] for name in measurements}
    for i in range(rounds):
        names = list(measurements)
        for name in reversed(names) if i % 2 else names:
            results[name].append(measurements[name]())
    return results


def medians(results):
    return {name: statistics.median(values) for name, values in results.items()}


class Machine:
    def __init__(self, root, rounds, seconds, quick):
        self.root, self.rounds, self.seconds, self.quick = root, rounds, seconds, quick
        self.build = root / os.environ.get("BESACE_BUILD", "build")
        self.tools = self.build / "tests/bench"
        self.sources = root / "tests/bench"
        self.databases = {}
        self.requests_made = {}
        self.members = 10_000 if quick else MEMBERS
        self.cards = 0  # of cases/web.py

    def __enter__(self):
        self.end = contextlib.ExitStack()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="besace-bench.", dir="/tmp"))
        self.end.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.folder.chmod(0o755)  # the user that PostgreSQL runs as must get in
            self.key = run([self.tools / "sign_requests", "key"]).strip()
            self.start_cluster()
        except BaseException:
            self.end.close()
            raise
        return self

    def __exit__(self, *_):
        self.end.close()

    def describe(self):
        model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        return (f"{os.cpu_count()} × {model.group(1) if model else 'CPU'}; everything on this machine; medians of "
                f"{self.rounds} rounds of {self.seconds:g} s; {CONNECTIONS} connections. "
                f"Others used {busy_percent():.0f} % of the processors before it began.")

    # ---- PostgreSQL

    def start_cluster(self):
        """Waits for the disk at every commit; memory enough that members are read from it."""
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        cluster = self.root / "scripts/pg-cluster"
        folder = self.folder / "postgres"
        self.end.callback(run, [cluster, "remove", folder])
        run([cluster, "start", "--set", f"shared_buffers={min(1024, memory_mb // 4)}MB",
             "--set", "max_connections=200", folder])
        self.socket = os.path.realpath(folder / "socket")

    def url(self, name, user):
        return f"postgresql:///{name}?host={urllib.parse.quote(self.socket, safe='')}&user={user}"

    def admin(self, name, *statements):
        connection = psycopg2.connect(self.url(name, "postgres"))
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def database(self, members=None, fill="members.sql"):
        """A database with that many members, made at its first use by a script of tests/bench."""
        members = members or self.members
        name = f"{pathlib.Path(fill).stem}_{members}"
        if name not in self.databases:
            self.admin("postgres", f"CREATE DATABASE {name} OWNER besace")
            database = Database(name, self.url(name, "besace"), members)
            with self.besace(database):
                pass  # makes the tables
            build, = self.admin(name, "SELECT build_schema FROM besace_builds")[0]
            # For what the benchmarks ask by themselves; besace looks there by itself.
            # besace's connections compile no plan and read by no bitmap either.
            self.admin(name, f"ALTER DATABASE {name} SET search_path = public, {build}",
                       f"ALTER DATABASE {name} SET jit = off",
                       f"ALTER DATABASE {name} SET enable_bitmapscan = off")
            run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"members={members}",
                 "-f", self.sources / fill, self.url(name, "postgres")])
            self.databases[name] = database
            self.settle(database)
        return self.databases[name]

    def settle(self, database):
        """Brings the leaderboards up to what was written since: what a case fills in at once would be
        folded in during what is measured, for seconds, which no play of members makes."""
        deadline = time.monotonic() + 300
        left = "SELECT (SELECT count(*) FROM besace_leaderboard_changes)" \
               " + (SELECT count(*) FROM besace_ranked_many) + (SELECT count(*) FROM besace_ranked_due)"
        while self.admin(database.name, "SELECT besace_ranked_fold(1000)",
                         "SELECT besace_leaderboard_fold(1000)", left)[0][0]:
            if time.monotonic() > deadline:
                raise CannotMeasure("the leaderboards were not brought up to date within five minutes")

    # ---- Servers

    @contextlib.contextmanager
    def serving(self, command, port, path, environment=None, metrics_port=None):
        """Runs a server for the time of the context; it is up when it answers PATH."""
        log = self.folder / f"server.{port}.log"
        with log.open("w") as out:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=out, env={**os.environ, **(environment or {})},
                                       start_new_session=True)
        try:
            wait_for(process, port, path, log)
            yield Server(process, port, metrics_port)
        finally:
            end_group(process)

    def besace_environment(self, database, port, metrics_port, **settings):
        own = {name: value for name, value in os.environ.items()
               if not name.startswith(("BESACE_", "DISCORD_"))}
        return {**own, "DATABASE_URL": database.url, "DISCORD_PUBLIC_KEY": self.key,
                "DISCORD_APPLICATION_ID": APPLICATION, "BESACE_LISTEN": f"127.0.0.1:{port}",
                "BESACE_METRICS_LISTEN": f"127.0.0.1:{metrics_port}", "BESACE_MAX_SKEW": "43200",
                "BESACE_EVENT_KEYS": f"bench:{self.key}", "BESACE_LOG": "warn", **settings}

    def besace(self, database, **settings):
        port, metrics_port = free_port(), free_port()
        environment = self.besace_environment(database, port, metrics_port, **settings)
        return self.serving([self.build / "besace"], port, "/readyz", environment, metrics_port)

    def bare(self, answer_bytes):
        port = free_port()
        return self.serving([self.tools / "bare", port, self.key, answer_bytes], port, "/")

    def peer(self, folder, name, database):
        port = free_port()
        environment = {"PORT": str(port), "DISCORD_PUBLIC_KEY": self.key, "PGHOST": self.socket,
                       "PGUSER": "besace", "PGDATABASE": database.name, "NODE_ENV": "production"}
        return self.serving(["node", folder / f"{name}.mjs"], port, "/", environment)

    # ---- Loads

    def requests(self, kind, members=None, count=REQUESTS, guilds=1):
        """A file of signed requests, made at its first use."""
        key = kind, members or self.members, count, guilds
        if key not in self.requests_made:
            self.requests_made[key] = self.fresh_requests(*key)
        return self.requests_made[key]

    def fresh_requests(self, kind, members, count, guilds=1):
        handle, path = tempfile.mkstemp(prefix=f"{kind}.", suffix=".requests", dir=self.folder)
        with os.fdopen(handle, "w") as out:
            subprocess.run([self.tools / "sign_requests", kind, str(count), str(members), str(guilds)], stdout=out,
                           stdin=subprocess.DEVNULL, check=True)
        return pathlib.Path(path)

    def wrk_command(self, server, seconds):
        return ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "10s",
                "-s", str(self.sources / "replay.lua"), f"{server.scheme}://127.0.0.1:{server.port}"]

    def wrk(self, server, requests, seconds=None):
        """Loads SERVER; every answer must be a good one."""
        before = server.outcomes() if server.metrics_port else {}
        printed = run(self.wrk_command(server, seconds or self.seconds),
                      env={**os.environ, "REQUESTS": str(requests)})
        return self.read_load(server, printed, before)

    def wrk_while(self, server, requests, action):
        """Loads SERVER from its first answer until ACTION has returned; that, and the load."""
        before = server.outcomes()
        command = self.wrk_command(server, LOAD_MAX_S)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT,
                              env={**os.environ, "REQUESTS": str(requests)}) as process:
            try:
                deadline = time.monotonic() + START_S
                while server.outcomes() == before:
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise CannotMeasure("wrk did not start")
                    time.sleep(0.01)
                result = action()
                process.send_signal(signal.SIGINT)  # it prints what it saw
                printed, _ = process.communicate(timeout=START_S)
            finally:
                process.kill()
        return result, self.read_load(server, printed, before)

    @staticmethod
    def read_load(server, printed, before):
        load = Load(printed.strip().splitlines()[-1])
        if load.faults:
            raise CannotMeasure(f"{load.faults} of {load.requests} requests failed")
        if server.metrics_port:
            bad = {name: count - before[name] for name, count in server.outcomes().items()
                   if name not in OUTCOMES_OK and count > before[name]}
            if bad:
                raise CannotMeasure(f"not all interactions were answered: {bad}")
        return load

    def answer_bytes(self, server, requests):
        """The size of the answer to the first of REQUESTS."""
        with requests.open() as lines:
            signature, timestamp, body = lines.readline().rstrip("\n").split("\t")
        headers = {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": timestamp}
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}/interactions",
                                         body.encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return len(answer.read())

    def pgbench(self, database, script, clients, seconds=None, **variables):
        """Transactions a second of a script of tests/bench, each statement prepared."""
        printed = run(["pgbench", "-n", "-M", "prepared", "-c", clients, "-j", min(clients, os.cpu_count()),
                       "-T", max(1, round(seconds or self.seconds)), "-D", f"members={database.members}",
                       "-D", f"guild={GUILD}", *(word for name, value in variables.items()
                                                 for word in ("-D", f"{name}={value}")), "-f", self.sources / script, database.url])
        return float(re.search(r"(?m)^tps = ([0-9.]+)", printed).group(1))


def busy_percent():
    """How much of the processors is used, over two seconds."""
    def read():
        numbers = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return sum(numbers[:8]), numbers[3] + numbers[4]
    total, idle = read()
    time.sleep(2)
    total_then, idle_then = read()
    return 100 * (1 - (idle_then - idle) / (total_then - total))


def wait_for(process, port, path, log):
    """Waits until the server answers anything to GET PATH but 503."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
                return
        except urllib.error.HTTPError as answer:
            if answer.code != 503:
                return
        except OSError:
            pass
        time.sleep(0.01)
    lines = log.read_text(errors="replace").splitlines()[-5:]
    raise CannotMeasure("a server did not start: " + " | ".join(lines))


def end_group(process):
    """Ends a server and its children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
            return
