"""What the cases about besace-web share: the program, addresses of cards, a page's address."""

import base64
import contextlib
import hashlib
import json
import os
import subprocess
import tempfile

from machine import GUILD, CannotMeasure, Server, free_port, run

LINK_KEY = "5b" * 32
TOKEN = "abcdefghijklmnopqrstuv"
PAGE = f"/serveur/{TOKEN}"
# As in src/domain/card.c.
VERSION, THEMES = 1, 4
PURPOSE, ROW_PURPOSE = b"besace card", b"besace own row"
NAMES = ("Zoé d’Aurillac", "ليلى الطرابلسي", "Max 🌷🎲 Ωmega", "Anne-Sophie", "東京タワー", "émile🥐")


@contextlib.contextmanager
def site(machine, database, core=None):
    """A besace-web, on one core if that is wanted."""
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BESACE_", "DISCORD_"))}
    environment = {**own, "DATABASE_URL": database.url, "BESACE_WEB_LISTEN": f"127.0.0.1:{port}",
                   "BESACE_PUBLIC_URL": f"http://127.0.0.1:{port}", "BESACE_LINK_KEY": LINK_KEY,
                   "BESACE_METRICS_LISTEN": "", "DISCORD_CDN_URL": "http://127.0.0.1:9", "BESACE_LOG": "warn"}
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    with machine.serving([*pinned, machine.build / "besace-web"], port, "/robots.txt", environment) as server:
        yield Server(server.process, port)


def number(value):
    out = bytearray()
    while value > 0x7F:
        out.append(0x80 | value & 0x7F)
        value >>= 7
    return bytes(out) + bytes([value])


def text(value):
    data = value.encode()
    return number(len(data)) + data


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(purpose, data):
    mark = hashlib.blake2b(purpose + b"\0" + data, key=bytes.fromhex(LINK_KEY), digest_size=16).digest()
    return encode(mark)


def own_row(i):
    """The path of the first page as the member of that number in members.sql sees it."""
    member = str(300000000000000000 + i)
    return f"{PAGE}?moi={member}.{signed(ROW_PURPOSE, f'{TOKEN}/{member}'.encode())}"


def card(i):
    """The path of a card that no other number has."""
    data = bytes([VERSION, i % THEMES]) + b"fr" + b"".join(
        number(value) for value in (i * 37, i * 11, 1 + i % 5000, 5000, 0, 0))
    data += bytes([0]) + text("LC") + text(f"{NAMES[i % len(NAMES)]} {i}")
    return f"/carte/{encode(data)}.{signed(PURPOSE, data)}.png"


def paths(machine, lines):
    """A file for get.lua."""
    handle, path = tempfile.mkstemp(prefix="paths.", dir=machine.folder)
    with os.fdopen(handle, "w") as out:
        out.writelines(f"{line}\n" for line in lines)
    return path


class Load:
    def __init__(self, printed):
        seen = json.loads(printed.strip().splitlines()[-1])
        if seen["refused"] or seen["errors"] or not seen["requests"]:
            raise CannotMeasure(f"besace-web: {seen}")
        self.requests, self.rate, self.around = seen["requests"], seen["requests"] / seen["seconds"], seen["around"]


def command(machine, server, seconds, connections=16, core=None):
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    return [*pinned, "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s",
            str(machine.sources / "get.lua"), f"http://127.0.0.1:{server.port}"]


def get(machine, server, path, seconds=None, etag="", **options):
    return Load(run(command(machine, server, seconds or machine.seconds, **options),
                    env={**os.environ, "PATHS": str(path), "ETAG": etag}))


def getting(machine, server, path, seconds):
    """The same beside something else."""
    return subprocess.Popen(command(machine, server, seconds), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "PATHS": str(path), "ETAG": ""})


def give_page(machine, database):
    machine.admin(database.name,
                  f"INSERT INTO besace_guilds (guild_id, name) VALUES ('{GUILD}', 'La Taverne') ON CONFLICT DO NOTHING",
                  f"SELECT besace_page_token('{GUILD}', '{TOKEN}', false)")
