"""The shim: from the Gateway to its spool, with a million members in voice, and all the way."""

import http.client
import os
import pathlib
import re
import statistics
import time

from events import refresh
from gateway import FORWARDED, SPOOLED, FastGateway, shim, sink, wait_until
from machine import CannotMeasure
from table import rate

FIRST_MESSAGE = 1400000000000000000
FIRST_MEMBER = 300000000000000000
GUILD = 1151965647289979180  # as in sign_requests.c: where its members ask
STRIDE = 7919  # as in sign_requests.c
DELAY_LIMIT_MS = 250
MEMORY_LIMIT_MIB = 64
GUILD_MEMBERS = 1000
# A stage channel takes 10,000 members.
LARGE_MEMBERS = 10_000
LARGE_LIMIT_MIB = 48


def message(number, author):
    """The data of a MESSAGE_CREATE, with about the fields that Discord sends."""
    return (f'{{"id":"{FIRST_MESSAGE + number}","guild_id":"{GUILD}","channel_id":"2","type":0,"content":"","tts":false,'
            f'"timestamp":"2026-08-06T12:01:10.701000+00:00","edited_timestamp":null,"pinned":false,"flags":0,'
            f'"mentions":[],"mention_roles":[],"attachments":[],"embeds":[],"components":[],'
            f'"author":{{"id":"{author}","username":"{author}","global_name":null,"avatar":null,'
            f'"discriminator":"0","public_flags":0}},"member":{{"roles":[],"nick":null,"flags":0}}}}')


def cpu_seconds(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spooled(machine, count):
    """Sends COUNT messages; the service is away. Returns events a second and CPU µs for each."""
    with FastGateway() as gateway, shim(machine, gateway, "http://127.0.0.1:9/events") as server:
        before, cpu = server.metrics()[SPOOLED], cpu_seconds(server)
        began = gateway.burst("MESSAGE_CREATE", [message(i, FIRST_MEMBER + i % 1000) for i in range(count)])
        wait_until(lambda: server.metrics()[SPOOLED] - before >= count, "all messages are in the spool")
        return count / (time.monotonic() - began), (cpu_seconds(server) - cpu) / count * 1e6


def throughput(machine, table):
    count = 20_000 if machine.quick else 200_000
    seen = [spooled(machine, count) for _ in range(machine.rounds)]
    table.add("shim, Gateway to spool", rate(statistics.median(events for events, _ in seen)),
              f"{statistics.median(cpu for _, cpu in seen):.1f} µs of CPU each")


def guild(number, size=GUILD_MEMBERS, more=""):
    """The data of a GUILD_CREATE of a guild that is all in voice; MORE stands in each member."""
    ids = range(FIRST_MEMBER + number * size, FIRST_MEMBER + (number + 1) * size)
    members = ",".join(f'{{"user":{{"id":"{id}","username":"member{id % 10 ** 7}","avatar":null,"discriminator":"0"}},'
                       f'"roles":[],"deaf":false,"mute":false{more}}}' for id in ids)
    states = ",".join(f'{{"user_id":"{id}","channel_id":"{number + 1}{id % 50}","session_id":"{id:x}","self_mute":false,'
                      f'"self_deaf":false,"mute":false,"deaf":false,"suppress":false}}' for id in ids)
    return (f'{{"id":"{1000 + number}","name":"guild {number}","afk_channel_id":null,"member_count":{size},'
            f'"members":[{members}],"voice_states":[{states}]}}')


def peak_kib(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))


def memory(machine, table):
    guilds = 100 if machine.quick else 1000
    with FastGateway() as gateway, sink() as url, shim(machine, gateway, url) as server:
        empty = server.memory_kib()
        for number in range(guilds):
            gateway.burst("GUILD_CREATE", [guild(number)])
            wait_until(lambda: gateway.unsent() < 4 * 2 ** 20, "the shim reads", 0.001)
        # Of each: that it is there, its roles, who is in voice.
        wait_until(lambda: server.metrics()[FORWARDED] >= 3 * guilds, "all guilds are forwarded", 0.1)
        full, peak = server.memory_kib(), peak_kib(server)
    table.add(f"shim, {guilds:,} guilds of {GUILD_MEMBERS:,} in voice, at most", f"{peak / 1024:.1f} MiB",
              f"empty {empty / 1024:.1f}, settled {full / 1024:.1f}", None, f"≤ {MEMORY_LIMIT_MIB} MiB",
              peak <= MEMORY_LIMIT_MIB * 1024)


def large_guild(machine, table):
    """The peak of one guild of LARGE_MEMBERS in voice, with the fields that Discord sends of members."""
    more = (',"nick":null,"avatar":null,"banner":null,"bio":"","premium_since":null,"pending":false,"flags":2,'
            '"joined_at":"2024-02-29T12:00:01.250000+00:00","communication_disabled_until":null,'
            '"avatar_decoration_data":null,"unusual_dm_activity_until":null,"permissions":"0"')
    with FastGateway() as gateway, sink() as url, shim(machine, gateway, url) as server:
        gateway.burst("GUILD_CREATE", [guild(0, LARGE_MEMBERS, more)])
        wait_until(lambda: server.metrics()[FORWARDED] >= 3, "the guild is forwarded", 0.1)
        settled, peak = server.memory_kib(), peak_kib(server)
    table.add(f"shim, a guild of {LARGE_MEMBERS:,} in voice, at most", f"{peak / 1024:.1f} MiB",
              f"settled {settled / 1024:.1f}", None, f"≤ {LARGE_LIMIT_MIB} MiB", peak <= LARGE_LIMIT_MIB * 1024)


class Asker:
    """Asks for /niveau, over one connection."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)

    def ask(self, line):
        signature, timestamp, body = line.split("\t")
        self.connection.request("POST", "/interactions", body.encode(), {
            "X-Signature-Ed25519": signature, "X-Signature-Timestamp": timestamp})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200 or b"XP" not in text:
            raise CannotMeasure(f"/niveau answers {answer.status}")
        return text


def delays(machine, database, server, count):
    """Milliseconds from sending a message to an answer of /niveau that shows its XP, COUNT times."""
    requests = machine.fresh_requests("niveau", database.members, count).read_text().splitlines()
    asker, seen = Asker(server), []
    # READY names it: a guild that is missing there has removed the application.
    here = {"id": str(GUILD), "name": "bench", "members": [], "voice_states": []}
    with FastGateway([here]) as gateway, \
            shim(machine, gateway, f"http://127.0.0.1:{server.port}/events"):
        for i, line in enumerate(requests):
            before = asker.ask(line)
            now = int(time.time() * 1000)
            author = FIRST_MEMBER + i % database.members * STRIDE % database.members
            # The id holds the time; the number keeps it apart from the others.
            data = message(((now - 1420070400000) << 22 | i) - FIRST_MESSAGE, author)
            began = gateway.burst("MESSAGE_CREATE", [data])
            wait_until(lambda line=line, before=before: asker.ask(line) != before, "XP is shown", 0.001)
            seen.append((time.monotonic() - began) * 1000)
    return seen


def delay(machine, table):
    database = machine.database()
    refresh(machine, database)
    with machine.besace(database) as server:
        seen = delays(machine, database, server, 20 if machine.quick else 200)
    middle = statistics.median(seen)
    table.add("from the Gateway to /niveau", f"{middle:.1f} ms", f"slowest of {len(seen)} {max(seen):.0f} ms",
              None, f"≤ {DELAY_LIMIT_MS} ms", middle <= DELAY_LIMIT_MS)


def run(machine, table):
    throughput(machine, table)
    memory(machine, table)
    large_guild(machine, table)
    delay(machine, table)
