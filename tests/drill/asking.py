"""What the parts of a drill ask: a page, the database that leads, where PostgreSQL's programs are."""

import contextlib
import pathlib
import urllib.error
import urllib.request

import psycopg2

from support.paths import BUILD
from support.service import ctl

READY_S = 120
FULL_DISK = BUILD / "tests/preload/full_disk.so"
ROLES = ("besace", "besace_service", "besace_reader")


def postgres_bin():
    """The folder with the programs of the newest PostgreSQL."""
    return max((path for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin")
                if (path / "postgres").exists()), key=lambda path: int(path.parts[-2]))


def database_url(user, password, *ports, database="besace"):
    """Whichever of PORTS leads, when there are several."""
    hosts = ",".join(["127.0.0.1"] * len(ports))
    more = "&target_session_attrs=read-write" if len(ports) > 1 else ""
    return (f"postgresql://{user}:{password}@/{database}?host={hosts}"
            f"&port={','.join(map(str, ports))}&connect_timeout=3{more}")


def make_database(url, passwords, owner_url):
    """The roles, the database and its tables; URL is the superuser's."""
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for role in ROLES:
                cursor.execute(f"CREATE ROLE {role} LOGIN PASSWORD %s", [passwords[role]])
            cursor.execute("GRANT besace_service, besace_reader TO besace")
            cursor.execute("CREATE DATABASE besace OWNER besace")
    done = ctl("migrate", "--roles", "besace_service,besace_reader", DATABASE_URL=owner_url)
    assert done.returncode == 0, done.stderr.decode()


def get(url, seconds=2):
    """Status and body of an answer; (0, b"") when there is none."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


class Database:
    """The same questions to whoever leads."""

    def __init__(self, url):
        self.url = url

    def run(self, sql, *values):
        with contextlib.closing(psycopg2.connect(self.url)) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else None

    def one(self, sql, *values):
        [[value]] = self.run(sql, *values)
        return value

    def check(self):
        """besacectl check; its words when something is wrong, else nothing."""
        done = ctl("check", DATABASE_URL=self.url)
        return "" if done.returncode == 0 else (done.stdout + done.stderr).decode()
