"""A million members brought over from a file, against COPY of their rows into a bare table."""

import os
import subprocess
import tempfile
import time

import psycopg2

from machine import GUILD
from table import rate

TARGET_S = 40
RSS_KIB = 64 * 1024
COLUMNS = "guild_id, user_id, username, balance, xp, level, invites, message_count, voice_time"


def write_members(path, count):
    """In no order, as leaderboards are."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("id,username,xp,messages\n")
        for i in range(count):
            number = i * 7919 % count
            file.write(f"{300000000000000000 + number * 4096},member{number},{number % 99991},{i % 977}\n")


def bring_over(machine, database, path):
    """Seconds, and the most memory besacectl had, in KiB."""
    began = time.monotonic()
    process = subprocess.Popen(
        [machine.build / "besacectl", "import", "csv", path, "--guild", GUILD, "--json"],
        env={**os.environ, "DATABASE_URL": database.url}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - began, usage.ru_maxrss


def copy_bare(database, folder):
    """Seconds for the same rows into a table without keys, constraints and triggers."""
    path = os.path.join(folder, "rows")
    with psycopg2.connect(database.url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE users INCLUDING DEFAULTS)")
        with open(path, "w", encoding="utf-8") as file:
            cursor.copy_expert(f"COPY (SELECT {COLUMNS} FROM users) TO STDOUT", file)
        connection.commit()
        began = time.monotonic()
        with open(path, encoding="utf-8") as file:
            cursor.copy_expert(f"COPY bare ({COLUMNS}) FROM STDIN", file)
        connection.commit()
    connection.close()
    return time.monotonic() - began


def run(machine, table):
    count = 20_000 if machine.quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "members.csv")
        write_members(path, count)
        database = machine.database(1_000)
        took, memory = bring_over(machine, database, path)
        bare = copy_bare(database, folder)
    limit = TARGET_S * count / 1_000_000
    table.at_most(f"importing {count:,} members", f"{took:.1f} s", f"{limit:.1f} s", took / limit, 1)
    table.at_least("its members a second", rate(count / took), f"COPY: {rate(count / bare)}",
                   bare / took, 0.3)
    table.at_most("memory of besacectl import", f"{memory / 1024:.0f} MiB", "64 MiB",
                  memory / RSS_KIB, 1)
