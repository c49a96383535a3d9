"""Two PostgreSQL without anybody who watches over them: what the first has confirmed, the second has
as well, and leads when it is told to."""

import contextlib
import os
import secrets
import shutil
import subprocess

import psycopg2

from support.ports import own_port
from support.service import environment
from support.wait import until

from .asking import READY_S, ROLES, database_url, make_database, postgres_bin
from .processes import Program, as_user

PRIMARY, STANDBY = "primary", "standby"
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 32MB
timezone = 'UTC'
log_timezone = 'UTC'
wal_retrieve_retry_interval = 200ms
# Processes are killed here, never the machine: nothing needs to have reached the disk.
fsync = off
full_page_writes = off
"""


class Two:
    """A primary and its synchronous standby."""

    has_full_disks = False

    def __init__(self, folder, links):
        self.folder, self.bin = folder, postgres_bin()
        # PostgreSQL refuses root.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.passwords = {name: secrets.token_hex(16) for name in ("postgres", *ROLES)}
        self.ports = {name: own_port() for name in (PRIMARY, STANDBY)}
        self.ways = [links.add(f"database-{number}", port) for number, port in
                     enumerate(self.ports.values(), 1)]
        self.replication = links.add("replication", self.ports[PRIMARY])
        self.leads = PRIMARY
        self.programs = {name: Program(
            name, [self.bin / "postgres", "-D", self.data(name), "-p", port],
            environment(), folder, tree=True, home=self.data(name), user=self.user)
            for name, port in self.ports.items()}

    def data(self, name):
        return self.folder / name

    # -- life

    def call(self, program, *arguments, **settings):
        """Runs one of PostgreSQL's programs as its user."""
        done = subprocess.run(
            [self.bin / program, *map(str, arguments)], env=environment(**settings), check=False,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=self.folder, timeout=120,
            **as_user(self.user))
        assert done.returncode == 0, done.stdout + done.stderr

    def make_folder(self, name):
        self.data(name).mkdir(mode=0o700)
        self.give(self.data(name))

    def give(self, path):
        """Makes it PostgreSQL's."""
        if self.user:
            shutil.chown(path, self.user)

    def start(self):
        self.make_primary()
        self.programs[PRIMARY].start()
        until(self.answers, "the primary answers", READY_S)
        self.make_standby()
        self.programs[STANDBY].start()
        self.admin_run("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self.admin_run("SELECT pg_reload_conf()")
        until(self.is_whole, "the standby has what is confirmed", READY_S)

    def make_primary(self):
        word = self.folder / "word"
        word.touch(mode=0o600)
        word.write_text(self.passwords["postgres"])
        self.give(word)
        self.make_folder(PRIMARY)
        self.call("initdb", "-D", self.data(PRIMARY), "-U", "postgres", f"--pwfile={word}",
                  "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        word.unlink()
        with (self.data(PRIMARY) / "postgresql.conf").open("a") as file:
            file.write(SETTINGS)

    def make_standby(self):
        self.make_folder(STANDBY)
        way = (f"host=127.0.0.1 port={self.replication.port} user=postgres"
               f" password={self.passwords['postgres']} application_name=standby")
        self.call("pg_basebackup", "-D", self.data(STANDBY), "-d", way, "-R", "--checkpoint=fast",
                  "--no-sync")

    def admin_run(self, sql):
        with contextlib.closing(psycopg2.connect(
                self.url("postgres", self.ports[self.leads], database="postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else None

    def answers(self):
        with contextlib.suppress(psycopg2.OperationalError):
            return self.admin_run("SELECT true")
        return False

    def is_whole(self):
        with contextlib.suppress(psycopg2.OperationalError):
            if self.leads == STANDBY:
                return self.admin_run("SELECT NOT pg_is_in_recovery()") == [(True,)]
            return self.admin_run("SELECT sync_state FROM pg_stat_replication") == [("sync",)]
        return False

    def complaint(self):
        return "the standby does not follow" if self.leads == PRIMARY else "the standby does not lead"

    def fail_over(self):
        """The primary is gone for good; its standby leads."""
        self.programs[PRIMARY].kill()
        self.leads = STANDBY
        self.admin_run("SELECT pg_promote()")

    # -- how it is reached

    def url(self, user, *ports, **more):
        return database_url(user, self.passwords[user], *ports, **more)

    def admin(self, user="besace", **more):
        return self.url(user, *self.ports.values(), **more)

    def service_url(self, number):
        """Both know both; each asks another one first."""
        ports = [way.port for way in self.ways]
        return self.url("besace_service", *(ports if number == 1 else reversed(ports)))

    def make_database(self):
        leader = self.ports[self.leads]
        make_database(self.url("postgres", leader, database="postgres"), self.passwords,
                      self.url("besace", leader))
