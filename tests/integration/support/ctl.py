"""besacectl, run from outside, and what its tests share."""

import contextlib
import os
import subprocess

import nacl.exceptions
import nacl.signing
import psycopg2
import pytest

from standin.discord import Discord
from .paths import BUILD

CTL = BUILD / "besacectl"
DEADLINE_S = 180
APP = "1100000000000000001"
GUILD = "1200000000000000001"
TOKEN = "bot.token.test"

# RFC 8032, test 1: the seed and its public key.
SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


# What sanitizers read; no setting of Besace's.
PASSED_ON = {name: value for name, value in os.environ.items()
             if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}


def ctl(*argv, stdin=b"", cwd=None, text=True, preexec=None, **env):
    """Runs besacectl in an environment that holds nothing but ENV."""
    if text and isinstance(stdin, bytes):
        stdin = stdin.decode()
    return subprocess.run([CTL, *map(str, argv)], input=stdin, capture_output=True, text=text,
                          cwd=cwd, env={**PASSED_ON, **env}, timeout=DEADLINE_S,
                          preexec_fn=preexec)


def good(process):
    assert process.returncode == 0, process.stderr
    return process.stdout


def refused(process, status):
    """The lines of standard error of a run that must have failed with STATUS."""
    assert process.returncode == status, process.stderr
    lines = process.stderr.splitlines()
    assert lines and all(line.startswith("besacectl: ") for line in lines), process.stderr
    return [line[len("besacectl: "):] for line in lines]


@pytest.fixture
def key(tmp_path):
    """A key file and its public half."""
    path = tmp_path / "test.key"
    path.write_text(SEED + PUBLIC + "\n")
    path.chmod(0o600)
    return path


def verify(headers, body):
    stamp = headers["X-Signature-Timestamp"]
    nacl.signing.VerifyKey(bytes.fromhex(PUBLIC)).verify(
        stamp.encode() + body, bytes.fromhex(headers["X-Signature-Ed25519"]))


@pytest.fixture
def discord():
    with Discord(bot_token=TOKEN, application_id=APP) as standin:
        yield standin


def register(discord, *argv, **env):
    return ctl("register", *argv, **{
        "DISCORD_API_URL": discord.url, "DISCORD_APPLICATION_ID": APP, "DISCORD_BOT_TOKEN": TOKEN,
        "BESACE_GUILDS": GUILD, "no_proxy": "*", **env})


def invite(discord, *argv, **env):
    return ctl("invite", *argv, **{"DISCORD_API_URL": discord.url, "DISCORD_APPLICATION_ID": APP,
                                   "no_proxy": "*", **env})


def sql(url, *statements):
    with contextlib.closing(psycopg2.connect(url)) as conn:
        with conn, conn.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None


def migrate(url):
    return ctl("migrate", DATABASE_URL=url)


def check(url):
    return ctl("check", DATABASE_URL=url)
