"""besacectl backup, restore, verify-backup: a backup is one that has been restored."""

import json
import os
import pty
import re
import select
import shutil
import stat
import subprocess

import pytest

from support.games import Table
from support.interactions import GUILD
from support.service import BESACECTL, ctl
from support.wait import until


def good(database, *words):
    done = ctl(*words, DATABASE_URL=database.url)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def bad(database, *words, status=1):
    done = ctl(*words, DATABASE_URL=database.url)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stderr.decode()


def everything(database):
    return [database.run(f"SELECT * FROM {table} ORDER BY 1, 2") for table in (
        "users", "transactions", "game_history", "besace_receipts", "besace_seeds")]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "besace.backup"


def test_a_backup_becomes_the_same_database(service, database, application, cluster, file):
    table = Table(service, database, application)
    lou, bob = table.member(), table.member()
    table.play("casino roue", lou, ("mise", 10), ("couleur", "rouge"))
    table.challenge("pfc", lou, bob, 70)
    said = good(database, "backup", file, "--keep-days", "7")
    assert "2 members" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and not file.with_name(file.name + ".part").exists()
    manifest = json.loads(file.read_bytes().rsplit(b"besace backup ", 1)[1])
    assert manifest["counts"]["users"] == 2 and manifest["version"] == 1 and manifest["migration"] >= 18
    assert database.one("SELECT delete_at - made_at BETWEEN interval '6 days 23 hours' AND interval '7 days'"
                        " FROM besace_backups WHERE path = %s", str(file)) is True
    # It is not overwritten.
    assert "there already" in bad(database, "backup", file)
    # A rehearsal leaves nothing behind.
    assert "CREATEDB" in bad(database, "verify-backup", file)
    cluster.admin("ALTER ROLE besace CREATEDB")
    assert "it restores" in good(database, "verify-backup", file)
    assert database.one("SELECT count(*) FROM pg_database WHERE datname LIKE 'besace_verify%%'") == 0
    cluster.admin("ALTER ROLE besace NOCREATEDB")
    # Into an empty database, and into no other.
    assert "not empty" in bad(database, "restore", file)
    new = cluster.create()
    try:
        assert "is restored" in good(new, "restore", file)
        assert everything(new) == everything(database)
        assert "not empty" in bad(new, "restore", file)
    finally:
        new.drop()
    # Whoever is erased is told where they still stand.
    database.run("DELETE FROM besace_escrow; DELETE FROM besace_matches")
    said = ctl("erase", "--guild", GUILD, "--member", bob.id, DATABASE_URL=database.url).stdout.decode()
    assert f"the backup {file} holds them until" in said


def test_what_is_no_backup_restores_nothing(database, cluster, file):
    good(database, "backup", file)
    content = file.read_bytes()
    empty = cluster.create()
    try:
        for fault, why in ((content[:-40], "cut short"), (content[:len(content) // 2], "cut short"), (b"", "cut short"),
                           (content.replace(b"PGDMP", b"PGDMX", 1), "checksum"),
                           (content.replace(b'besace backup {"version":1', b'besace backup {"version":9'), "later form")):
            other = file.with_name("other")
            other.write_bytes(fault)
            for command in ("restore", "verify-backup"):
                assert why in bad(empty, command, other)
        assert "No such file" in bad(empty, "restore", file.with_name("none"))
        assert "cut short" in bad(empty, "restore", file.parent)
        assert empty.one("SELECT count(*) FROM pg_class WHERE relname = 'users'") == 0
    finally:
        empty.drop()
    # A place that cannot be written leaves no half file.
    assert bad(database, "backup", file.parent / "none" / "x")


@pytest.mark.parametrize("words", [("backup",), ("backup", "a", "--keep-days", "0"), ("restore",),
                                   ("verify-backup", "a", "b")])
def test_bad_usage_is_said(words):
    assert ctl(*words).returncode == 2


# Reads the file little by little, as a large one is read, until it is told to go on.
SLOW = """#!/usr/bin/python3
import os, sys, time
size, at = os.path.getsize(sys.argv[-1]), 0
with open(sys.argv[-1], "rb") as file:
    while not os.path.exists({go!r}):
        at = min(at + 16, size // 2)
        file.seek(at)
        time.sleep(0.02)
os.execv({real!r}, ["pg_restore", *sys.argv[1:]])
"""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_restoring_says_how_far_it_is(database, cluster, file, tmp_path, is_terminal):
    good(database, "backup", file)
    programs, go, new = tmp_path / "bin", tmp_path / "go", cluster.create()
    programs.mkdir()
    (programs / "pg_restore").write_text(SLOW.format(go=str(go), real=shutil.which("pg_restore")))
    (programs / "pg_restore").chmod(0o755)
    reader, writer = pty.openpty() if is_terminal else os.pipe()
    process = subprocess.Popen([BESACECTL, "restore", file], stdout=subprocess.DEVNULL, stderr=writer, env={
        **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "DATABASE_URL": new.url})
    os.close(writer)
    said = b""

    def told():
        nonlocal said
        if select.select([reader], [], [], 0.1)[0]:
            said += os.read(reader, 65536)
        return re.search(rb"restoring bytes: \d+ of \d+ \(\d+ %\), \d+/s, \d+ s left", said)

    until(told, "it says how far it is, how fast and how long")
    assert (b"\r\x1b[K" in said) == is_terminal and (b"besacectl: restoring bytes" in said) != is_terminal
    go.touch()
    assert process.wait(60) == 0
    os.close(reader)
    new.drop()
