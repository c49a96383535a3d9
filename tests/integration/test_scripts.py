"""install-packages, pg-cluster, run and the systemd units, as an operator meets them."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess

import psycopg2
import pytest

from support.paths import BUILD, ROOT, new_folder
from support.ports import own_port
from support.scripts import DEADLINE_S, SCRIPTS, run
from support.wait import is_gone, until


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_second_run_finds_the_data_and_the_key(checkout):
    checkout.start()
    key = (checkout.folder / "var/keys/discord.key").read_text()
    assert checkout.end(signal.SIGTERM) == 0
    said = checkout.start()
    assert "Made a development key" not in said
    assert (checkout.folder / "var/keys/discord.key").read_text() == key
    assert "**25 LC**" not in said, "the jackpot of the first run is in the balance"


@pytest.mark.slow
def test_two_runs_of_one_checkout_are_refused(checkout):
    checkout.start()
    done = checkout.run()
    assert done.returncode == 1
    assert "already alive in this checkout" in done.stderr
    assert str(checkout.process.pid) in done.stderr
    assert not checkout.closed(), "the first serves on"


@pytest.mark.slow
def test_a_taken_port_is_said_and_nothing_is_left(checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        checkout.address = f"127.0.0.1:{other.getsockname()[1]}"
        done = checkout.run()
    assert done.returncode == 1
    assert f"something else answers on {checkout.address}" in done.stderr
    assert checkout.nothing_runs()


@pytest.mark.slow
def test_run_shows_the_words_of_a_service_that_cannot_start(checkout):
    done = checkout.run(BESACE_LOG="loud")
    assert done.returncode == 1
    assert "BESACE_LOG: must be" in done.stderr and "ended by itself (status 2)" in done.stderr
    assert checkout.nothing_runs()


@pytest.mark.slow
def test_run_stops_the_cluster_when_the_service_dies(checkout):
    checkout.start()
    os.kill(checkout.besace(), signal.SIGKILL)
    assert checkout.process.wait(DEADLINE_S) == 1
    assert "besace ended by itself (status 137)" in checkout.said()
    assert checkout.nothing_runs()


@pytest.mark.slow
def test_a_killed_run_takes_besace_along_and_the_next_one_works(checkout):
    checkout.start()
    checkout.process.kill()
    checkout.process.wait(DEADLINE_S)
    until(checkout.closed, "besace ends with its parent", DEADLINE_S)
    checkout.start()
    assert checkout.end(signal.SIGTERM) == 0
    assert checkout.nothing_runs()


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
