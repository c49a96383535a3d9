"""A million members brought over from a file, against COPY of their rows into a bare table; so many
again during /sac in the same guild; written out again; and one of them erased."""

import os
import subprocess
import tempfile
import time

import psycopg2

from machine import GUILD, CannotMeasure, run as run_command
from table import rate

TARGET_S = 40
RSS_KIB = 64 * 1024
EXPORT_S = 30
ERASE_S = 1
LEDGER_ROWS = 10_000
# The members of a file for this guild alone; those for GUILD come during its load.
OTHER = "902"
# A tenth as many, for the memory of the export.
FEW = "903"
OWN_COLUMNS = "user_id, username, balance, xp, level, invites, message_count, voice_time"
COLUMNS = f"guild_id, {OWN_COLUMNS}"


def write_members(path, count):
    """In no order, as leaderboards are."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("id,username,xp,messages\n")
        for i in range(count):
            number = i * 7919 % count
            file.write(f"{300000000000000000 + number * 4096},member{number},{number % 99991},{i % 977}\n")


def ctl(machine, database, *arguments, out=subprocess.DEVNULL):
    """Seconds that besacectl took, and the most memory it had, in KiB."""
    began = time.monotonic()
    process = subprocess.Popen([machine.build / "besacectl", *arguments], stdout=out, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL, env={**os.environ, "DATABASE_URL": database.url})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise CannotMeasure(f"besacectl {arguments[0]} exits {process.returncode}")
    return time.monotonic() - began, usage.ru_maxrss


def bring_over(machine, database, path, guild):
    return ctl(machine, database, "import", "csv", path, "--guild", guild, "--json")


def copy_into(database, path, made_like):
    """Seconds for the rows of PATH into an empty table that is made like users as MADE_LIKE says."""
    with psycopg2.connect(database.url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare (LIKE users {made_like})")
        connection.commit()
        began = time.monotonic()
        with open(path, encoding="utf-8") as file:
            cursor.copy_expert(f"COPY bare ({COLUMNS}) FROM STDIN", file)
        connection.commit()
        took = time.monotonic() - began
        cursor.execute("DROP TABLE bare")
    connection.close()
    return took


def copy_bare(database, folder):
    """Seconds for the same rows by COPY: into a table like users with its keys, indexes and checks, and
    into one that has none of them. Neither has triggers or foreign keys."""
    path = os.path.join(folder, "rows")
    with psycopg2.connect(database.url) as connection, connection.cursor() as cursor:
        with open(path, "w", encoding="utf-8") as file:
            cursor.copy_expert(f"COPY (SELECT {COLUMNS} FROM users WHERE guild_id = '{OTHER}') TO STDOUT", file)
    connection.close()
    return copy_into(database, path, "INCLUDING ALL"), copy_into(database, path, "INCLUDING DEFAULTS")


def import_alone(machine, table, database, path, count):
    took, memory = bring_over(machine, database, path, OTHER)
    bare, heap = copy_bare(database, machine.folder)
    limit = TARGET_S * count / 1_000_000
    table.at_most(f"importing {count:,} members", f"{took:.1f} s", f"{limit:.1f} s", took / limit, 1)
    table.at_least("  members a second, against COPY into users' empty like, with its indexes", rate(count / took),
                   rate(count / bare), bare / took, 0.3)
    table.add("  against COPY into one without keys and indexes", rate(count / took), rate(count / heap), heap / took)
    table.at_most("  memory of besacectl import", f"{memory / 1024:.0f} MiB", "64 MiB", memory / RSS_KIB, 1)


def import_under_load(machine, table, database, path):
    requests = machine.requests("sac", 1_000)
    with machine.besace(database) as besace:
        machine.wrk(besace, requests)
        alone = machine.wrk(besace, requests)
        _, during = machine.wrk_while(besace, requests, lambda: bring_over(machine, database, path, GUILD))
    table.at_most("  p99 of /sac in that guild meanwhile", f"{during.p99_ms:.1f} ms",
                  f"alone {alone.p99_ms:.1f} ms", during.p99_ms / alone.p99_ms, 3)


def export(machine, table, database, count):
    """A tenth as many members before, for the memory."""
    _, few = ctl(machine, database, "export", "--guild", FEW)
    took, memory = ctl(machine, database, "export", "--guild", OTHER)
    limit = EXPORT_S * count / 1_000_000
    table.at_most(f"export of {count:,} members", f"{took:.1f} s", f"{limit:.1f} s", took / limit, 1)
    table.at_most("  its memory", f"{memory / 1024:.0f} MiB", f"of a tenth {few / 1024:.0f} MiB", memory / few, 1.2)


def erase(machine, table, database):
    member = str(300000000000000000)
    machine.admin(
        database.name,
        "INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type)"
        f" SELECT '{OTHER}', CASE i % 2 WHEN 0 THEN '{member}' END, CASE i % 2 WHEN 1 THEN '{member}' END, 1,"
        f" CASE i % 2 WHEN 0 THEN 'bet' ELSE 'game_win' END FROM generate_series(1, {LEDGER_ROWS}) AS i",
        "VACUUM ANALYZE transactions")
    took, _ = ctl(machine, database, "erase", "--guild", OTHER, "--member", member)
    left = machine.admin(database.name, f"SELECT count(*) FROM users WHERE guild_id = '{OTHER}' AND user_id = '{member}'")
    if left[0][0]:
        raise CannotMeasure("the member is still there")
    table.at_most(f"erasing a member with {LEDGER_ROWS:,} rows in the ledger", f"{took:.2f} s", f"{ERASE_S} s", took / ERASE_S, 1)


def run(machine, table):
    count = 20_000 if machine.quick else 1_000_000
    database = machine.database(1_000, "moving.sql")
    # Another database: a service looks after the ranks of everybody in its own, the first million too.
    busy = machine.database(1_000, "moving_busy.sql")
    with tempfile.TemporaryDirectory(dir=machine.folder) as folder:
        path = os.path.join(folder, "members.csv")
        write_members(path, count)
        import_alone(machine, table, database, path, count)
        import_under_load(machine, table, busy, path)
    machine.admin(
        database.name,
        f"INSERT INTO users (guild_id, {OWN_COLUMNS}) SELECT '{FEW}', {OWN_COLUMNS} FROM users"
        f" WHERE guild_id = '{OTHER}' ORDER BY user_id LIMIT {count // 10}")
    if "\n  export " not in run_command([machine.build / "besacectl", "--help"]):
        table.note("Export and erasure were not measured: this besacectl has neither.")
        return
    export(machine, table, database, count)
    erase(machine, table, database)
