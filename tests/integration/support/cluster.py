"""Throw-away PostgreSQL clusters and databases."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import urllib.parse

import psycopg2
import psycopg2.extensions

from .interactions import GUILD
from .paths import ROOT, new_folder
from .wait import is_gone, until


def pg_cluster(*arguments):
    done = subprocess.run([ROOT / "scripts/pg-cluster", *map(str, arguments)], capture_output=True,
                          stdin=subprocess.DEVNULL, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Cluster:
    """A PostgreSQL of its own. Without DURABLE it never waits for the disk: faster, but a kill -9
    of the server may then lose what it had confirmed. SETTINGS are those of postgresql.conf."""

    def __init__(self, durable=False, **settings):
        self.folder = new_folder("pg", memory=not durable)
        self.options = ["--set", "max_connections=300", "--set", "shared_buffers=32MB"]
        if not durable:
            self.options.append("--throw-away")
        for name, value in settings.items():
            self.options += ["--set", f"{name}={value}"]
        self.numbers = itertools.count(1)
        self.start()

    def start(self):
        pg_cluster("start", *self.options, self.folder)
        self.socket = os.path.realpath(self.folder / "socket")

    def stop(self):
        pg_cluster("stop", self.folder)

    def kill(self):
        """kill -9 of the server; its children end by themselves."""
        pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        until(lambda: is_gone(pid), "the server is gone")

    def remove(self):
        pg_cluster("remove", self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name, user="besace"):
        return f"postgresql:///{name}?host={urllib.parse.quote(self.socket, safe='')}&user={user}"

    def admin(self, sql):
        connection = psycopg2.connect(self.url("postgres", "postgres"))
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(sql)

    @contextlib.contextmanager
    def unconfirmed(self):
        """Commits wait for a standby that is not there."""
        def set_standby(sql, value):
            self.admin(f"ALTER SYSTEM {sql}")
            self.admin("SELECT pg_reload_conf()")
            with contextlib.closing(psycopg2.connect(self.url("postgres", "postgres"))) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    def is_set():
                        cursor.execute("SHOW synchronous_standby_names")
                        return cursor.fetchone()[0] == value

                    until(is_set, "the setting is read")

        set_standby("SET synchronous_standby_names = 'absent'", "absent")
        try:
            yield
        finally:
            set_standby("RESET synchronous_standby_names", "")

    def create(self, template=None):
        """A new database, empty or as TEMPLATE (another Database) is."""
        name = f"test_{next(self.numbers)}"
        copy = f"TEMPLATE {template.name} STRATEGY file_copy" if template else ""
        self.admin_when_free(f"CREATE DATABASE {name} OWNER besace {copy}")
        return Database(self, name, granted=template is not None)

    def admin_when_free(self, sql):
        """Does SQL once no connection is in the way: those that have ended are gone soon, but
        PostgreSQL itself waits five seconds at most for them."""
        def is_done():
            with contextlib.suppress(psycopg2.errors.ObjectInUse):
                self.admin(sql)
                return True

        until(is_done, f"nobody is in the way of {sql}")


class Database:
    """One database, with a connection of the test's own that commits each statement."""

    def __init__(self, cluster, name, granted=False):
        self.cluster = cluster
        self.name = name
        self.url = cluster.url(name)  # of the owner, who migrates; the test works as the owner
        self.granted = granted
        self.reader_url = cluster.url(name, "besace_reader")
        self.connection = None

    @property
    def service_url(self):
        """What a service connects with: a role that may change rows, but nothing else, once
        somebody has migrated for it; before that the owner's, so that it migrates itself."""
        return self.cluster.url(self.name, "besace_service") if self.granted else self.url

    def connect(self):
        """A connection of the owner's, which finds the routines behind the tables."""
        connection = psycopg2.connect(self.url)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('search_path', current_setting('search_path') || ', ' || nspname,"
                " false) FROM pg_namespace WHERE nspname LIKE 'besace\\_r\\_%'")
        return connection

    def build(self):
        """The schema with the routines of the build under test, the only one there is."""
        return self.one("SELECT build_schema FROM besace_builds")

    def run(self, sql, *values):
        """Runs SQL and returns its rows, if it has any. :guild in it is GUILD."""
        sql = sql.replace(":guild", f"'{GUILD}'")
        if self.connection is None or self.connection.closed:
            self.connection = self.connect()
            self.connection.autocommit = True
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else None
        except psycopg2.OperationalError:
            self.close()
            raise

    def one(self, sql, *values):
        """The only value of the only row."""
        rows = self.run(sql, *values)
        assert len(rows) == 1 and len(rows[0]) == 1, rows
        return rows[0][0]

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def drop(self):
        self.close()
        self.cluster.admin_when_free(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def migrate(self, besacectl):
        subprocess.run([besacectl, "migrate", "--roles", "besace_service,besace_reader"], check=True, stdin=subprocess.DEVNULL,
                       env={**os.environ, "DATABASE_URL": self.url}, capture_output=True)
        self.granted = True
        return self

    # -- members, as the tables hold them

    def add_member(self, member, balance=25, xp=0, guild=GUILD, **items):
        """Makes a member with that balance (explained in the ledger), XP and items."""
        self.run("INSERT INTO users (guild_id, user_id, username, xp) VALUES (%s, %s, %s, %s)",
                 guild, member.id, member.username, xp)
        self.set_balance(member, balance, guild)
        for item, quantity in items.items():
            self.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                     " VALUES (%s, %s, %s, %s)", guild, member.id, item, quantity)
        return member

    def set_balance(self, member, balance, guild=GUILD):
        """Changes a balance from outside, explained in the ledger: others may check it meanwhile."""
        change = balance - self.balance(member, guild)
        if change:
            self.run("WITH entry AS (INSERT INTO transactions"
                     " (guild_id, from_user_id, to_user_id, amount, transaction_type)"
                     " VALUES (%s, %s, %s, %s, 'opening'))"
                     " UPDATE users SET balance = %s WHERE guild_id = %s AND user_id = %s",
                     guild, member.id if change < 0 else None,
                     None if change < 0 else member.id, abs(change), balance, guild, member.id)

    def follow_ledger(self, member, guild=GUILD):
        """Makes the balance what the ledger explains, after entries were written from outside."""
        self.run("UPDATE users u SET balance = 25 + (SELECT sum("
                 " CASE WHEN to_user_id = u.user_id THEN amount ELSE -amount END)"
                 " FROM transactions t WHERE t.guild_id = u.guild_id"
                 " AND u.user_id IN (from_user_id, to_user_id))"
                 " WHERE guild_id = %s AND user_id = %s", guild, member.id)

    def balance(self, member, guild=GUILD):
        return self.one("SELECT balance FROM users WHERE guild_id = %s AND user_id = %s",
                        guild, member.id)

    def items(self, member, item="jackpot", guild=GUILD):
        return self.one("SELECT coalesce(max(quantity), 0) FROM user_inventory"
                        " WHERE guild_id = %s AND user_id = %s AND item_type = %s",
                        guild, member.id, item)

    def ledger(self, member, guild=GUILD):
        """(type, amount that came in or, negative, went out) of each entry, oldest first."""
        return self.run(
            "SELECT transaction_type, CASE WHEN to_user_id = %s THEN amount ELSE -amount END"
            " FROM transactions WHERE guild_id = %s AND %s IN (from_user_id, to_user_id)"
            " ORDER BY created_at, id", member.id, guild, member.id)

    def is_explained(self, member, guild=GUILD):
        """In one look: a press that is still under way comes between two."""
        return self.one(
            "SELECT balance = 25 + (SELECT coalesce(sum("
            " CASE WHEN to_user_id = u.user_id THEN amount ELSE -amount END), 0)"
            " FROM transactions t WHERE t.guild_id = u.guild_id"
            " AND u.user_id IN (from_user_id, to_user_id))"
            " FROM users u WHERE guild_id = %s AND user_id = %s", guild, member.id)

    @contextlib.contextmanager
    def locked(self, member, guild=GUILD):
        """Holds the member's row as a long transaction of somebody else would."""
        holder = self.connect()
        try:
            with holder.cursor() as cursor:
                cursor.execute("SELECT FROM users WHERE guild_id = %s AND user_id = %s FOR UPDATE",
                               (guild, member.id))
                assert cursor.rowcount == 1
            yield holder
        finally:
            # Closing alone lets go of the row some time later.
            with contextlib.suppress(psycopg2.Error):
                holder.rollback()
            holder.close()

    def sessions(self):
        """How many connections services have, those included that a killed one has left."""
        return self.one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND application_name = 'besace'")

    def waiting_for_locks(self):
        """How many connections of a service wait for a lock right now."""
        return len(self.lock_waits())

    def waiting(self):
        """How many connections of whatever kind wait for a lock right now."""
        return self.one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND wait_event_type = 'Lock'")

    def lock_waits(self):
        """The statements of services that wait for a lock right now: a process and since when."""
        return set(self.run(
            "SELECT pid, query_start FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'besace' AND wait_event_type = 'Lock'"))
