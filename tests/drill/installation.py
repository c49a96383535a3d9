"""A highly available installation on loopback: three PostgreSQL under Patroni, with three etcd that
say who leads; HAProxy before them; two besace, two besace-web, nginx, two shims; and Discord."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import urllib.request

import psycopg2
import pycurl

from standin.discord import Discord
from standin.gateway import Gateway
from support.http import Endpoint
from support.paths import BUILD, ROOT, new_folder
from support.ports import own_port
from support.service import ctl, environment
from support.tls import make_certificate
from support.wait import until
from support.web import LINK_KEY

from .links import Links
from .processes import Program

NODES = (1, 2, 3)
HOST = "besace.test"
# How long Patroni waits before somebody else leads, and between two looks. Debian's defaults are
# three times as long; what is shown does not depend on it.
TTL_S, LOOP_S, RETRY_S = 15, 1, 5
READY_S = 120
CHANNEL = "77"
# One shard each, by the rule of Discord: (id >> 22) % shards.
GUILDS = ("1", str(1 << 22 | 1))
FULL_DISK = BUILD / "tests/preload/full_disk.so"


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


class Cluster:
    """etcd, Patroni with PostgreSQL, HAProxy."""

    def __init__(self, folder, links):
        self.folder, self.links = folder, links
        self.bin = sorted((path for path in ROOT.__class__("/usr/lib/postgresql").glob("*/bin")
                           if (path / "postgres").exists()),
                          key=lambda path: int(path.parts[-2]))[-1]
        self.passwords = {name: secrets.token_hex(16) for name in (
            "postgres", "replicator", "besace", "besace_service", "besace_reader")}
        self.ports = {(what, node): own_port() for node in NODES
                      for what in ("etcd", "peer", "rest", "pg")}
        for node in NODES:
            links.add(f"etcd-{node}", self.ports["etcd", node])
            links.add(f"replication-{node}", self.ports["pg", node])
            links.add(f"direct-{node}", self.ports["pg", node])
        self.front = own_port()
        self.programs = {}
        for node in NODES:
            self.add(f"etcd-{node}", self.etcd(node))
            self.add(f"postgresql-{node}", ["patroni", self.patroni(node)], tree=True,
                     LD_PRELOAD=FULL_DISK, BESACE_FULL=self.full_flag(node))
        self.add("haproxy", ["/usr/sbin/haproxy", "-db", "-f", self.haproxy()])

    def add(self, name, command, tree=False, **settings):
        self.programs[name] = Program(
            name, command, environment(PATH=f"{os.environ['PATH']}:/usr/sbin:/usr/bin", **settings),
            self.folder, tree)

    def full_flag(self, node):
        return self.folder / f"full-{node}"

    # -- how each is configured

    def etcd(self, node):
        data = self.folder / f"etcd-{node}.data"
        client, peer = (f"http://127.0.0.1:{self.ports[what, node]}" for what in ("etcd", "peer"))
        everybody = ",".join(f"e{one}=http://127.0.0.1:{self.ports['peer', one]}" for one in NODES)
        return ["/usr/bin/etcd", "--name", f"e{node}", "--data-dir", data, "--log-level", "warn",
                "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", everybody, "--initial-cluster-state", "new"]

    def patroni(self, node):
        """Patroni's file; it is YAML, of which JSON is a part."""
        socket = self.folder / f"s{node}"
        socket.mkdir(mode=0o700)
        by_password = [f"host all all 127.0.0.1/32 scram-sha-256",
                       "host replication replicator 127.0.0.1/32 scram-sha-256",
                       "local all all trust"]
        said = {
            "scope": "besace", "name": f"pg{node}",
            "restapi": {"listen": f"127.0.0.1:{self.ports['rest', node]}",
                        "connect_address": f"127.0.0.1:{self.ports['rest', node]}"},
            # To each its own etcd first, through a link that the drill may cut; then the others.
            "etcd3": {"hosts": [self.links.all[f"etcd-{one}"].address for one in NODES],
                      "use_proxies": True},
            "bootstrap": {
                "dcs": {"ttl": TTL_S, "loop_wait": LOOP_S, "retry_timeout": RETRY_S,
                        "maximum_lag_on_failover": 1 << 20, "synchronous_mode": True,
                        "synchronous_mode_strict": True,
                        "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": {
                            "max_connections": 200, "shared_buffers": "32MB", "wal_keep_size": "256MB",
                            "wal_log_hints": "on", "min_wal_size": "80MB", "max_wal_size": "512MB",
                            "timezone": "UTC", "log_timezone": "UTC", "wal_sender_timeout": "10s",
                            "wal_receiver_timeout": "10s"}}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums",
                           "no-sync"]},
            "postgresql": {
                "listen": f"127.0.0.1:{self.ports['pg', node]}",
                "connect_address": self.links.all[f"replication-{node}"].address,
                "data_dir": str(self.folder / f"pg{node}"), "bin_dir": str(self.bin),
                "pgpass": str(self.folder / f"pgpass{node}"), "pg_hba": by_password,
                "parameters": {"unix_socket_directories": str(socket)},
                "authentication": {
                    "superuser": {"username": "postgres", "password": self.passwords["postgres"]},
                    "replication": {"username": "replicator",
                                    "password": self.passwords["replicator"]}}},
        }
        path = self.folder / f"patroni{node}.yml"
        path.write_text(json.dumps(said, indent=1))
        path.chmod(0o600)
        return path

    def haproxy(self):
        servers = "\n".join(
            f"    server pg{node} 127.0.0.1:{self.ports['pg', node]} check port"
            f" {self.ports['rest', node]}" for node in NODES)
        path = self.folder / "haproxy.cfg"
        path.write_text(f"""global
    maxconn 500
defaults
    mode tcp
    timeout connect 2s
    timeout client 30m
    timeout server 30m
    timeout check 2s
listen leader
    bind 127.0.0.1:{self.front}
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server inter 1s fall 3 rise 1 on-marked-down shutdown-sessions
{servers}
""")
        return path

    # -- life

    def start(self):
        """Patroni ends when it finds that the etcd have not found each other yet."""
        names = sorted(self.programs, key=lambda name: not name.startswith("etcd"))
        for name in names[:len(NODES)]:
            self.programs[name].start()
        until(self.has_etcd, "the etcd have found each other", READY_S)
        for name in names[len(NODES):]:
            self.programs[name].start()
        until(self.is_whole, "the cluster is whole", READY_S)

    def has_etcd(self):
        answers = [get(f"http://127.0.0.1:{self.ports['etcd', node]}/version") for node in NODES]
        return all(status == 200 and b"not_decided" not in body for status, body in answers)

    def rest(self, node, path):
        status, body = get(f"http://127.0.0.1:{self.ports['rest', node]}{path}")
        with contextlib.suppress(ValueError):
            return status, json.loads(body)
        return status, {}

    def leader(self):
        """The node that leads; None while nobody does."""
        return next((node for node in NODES if self.rest(node, "/primary")[0] == 200), None)

    def synchronous(self):
        """The standby that has all that was confirmed."""
        return next((node for node in NODES if self.rest(node, "/synchronous")[0] == 200), None)

    def is_whole(self):
        """A leader, a synchronous standby, and all three follow the same history."""
        leader = self.leader()
        if leader is None or self.synchronous() is None:
            return False
        members = self.rest(leader, "/cluster")[1].get("members", [])
        return len(members) == len(NODES) and len({one.get("timeline") for one in members}) == 1 \
            and all(one["state"] in ("running", "streaming") for one in members)

    def switch_over(self):
        """Asks for another leader, and waits for it."""
        before = self.leader()
        body = json.dumps({"leader": f"pg{before}"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports['rest', before]}/switchover", body, method="POST")
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=60).read()
        until(lambda: self.leader() not in (None, before), "another one leads", READY_S)

    # -- how it is reached

    def url(self, user, *ports, database="besace"):
        hosts = ",".join(["127.0.0.1"] * len(ports))
        more = "&target_session_attrs=read-write" if len(ports) > 1 else ""
        return (f"postgresql://{user}:{self.passwords[user]}@/{database}?host={hosts}"
                f"&port={','.join(map(str, ports))}&connect_timeout=3{more}")

    def admin(self, user="besace"):
        """Past every link, to whoever leads."""
        return self.url(user, *(self.ports["pg", node] for node in NODES))

    def make_database(self):
        with contextlib.closing(psycopg2.connect(
                self.url("postgres", *(self.ports["pg", node] for node in NODES),
                         database="postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for role in ("besace", "besace_service", "besace_reader"):
                    cursor.execute(f"CREATE ROLE {role} LOGIN PASSWORD %s", [self.passwords[role]])
                cursor.execute("GRANT besace_service, besace_reader TO besace")
                cursor.execute("CREATE DATABASE besace OWNER besace")
        done = ctl("migrate", "--roles", "besace_service,besace_reader", DATABASE_URL=self.admin())
        assert done.returncode == 0, done.stderr.decode()


class Discords:
    """The REST API and a Gateway for each shard."""

    def __init__(self, application, keepers):
        self.rest = Discord(application_id=application.id).start()
        self.rest.settings(any_token={"deferred": False})
        self.rest.limits("*", 10000, 1.0)
        self.gateways = []
        for guild in GUILDS:
            described = {
                "id": guild, "name": "a guild", "afk_channel_id": "99",
                "channels": [{"id": "2", "type": 0}, {"id": CHANNEL, "type": 0},
                             *({"id": one, "type": 2} for one in ("8", "9", "99"))],
                "members": [{"user": one.user(), "roles": []} for one in keepers],
                "voice_states": [{"user_id": one.id, "channel_id": "8", "self_mute": False,
                                  "self_deaf": False, "session_id": "x"} for one in keepers]}
            # Stopped for many seconds, a shim's heartbeats are late: that is what the drill does.
            self.gateways.append(Gateway(guilds=[described], beat_grace_s=3600).start())

    def end(self):
        for one in self.gateways:
            one.stop()
        self.rest.stop()


class Installation:
    """All of it. Programs are named as faults name them."""

    def __init__(self, application, keepers, keys):
        self.application, self.keys = application, keys
        self.folder = new_folder("drill")
        self.folder.chmod(0o700)
        self.links = Links()
        self.discord = Discords(application, keepers)
        self.cluster = Cluster(self.folder, self.links)
        self.programs = dict(self.cluster.programs)
        self.database = Database(self.cluster.admin())
        self.endpoint = None
        self.ended = []  # what ended by itself, in words
        self.shims_full = self.folder / "full-shims"

    # -- how ours are configured

    def add(self, name, program, *arguments, **settings):
        self.programs[name] = Program(
            name, [program, *arguments], environment(BESACE_METRICS_LISTEN="", BESACE_LOG="info",
                                                     **settings), self.folder)

    def besace_settings(self, number):
        way = {1: [self.links.all["database-1"].port],
               2: [self.links.all[f"direct-{node}"].port for node in NODES]}[number]
        return {"DATABASE_URL": self.cluster.url("besace_service", *way),
                "DISCORD_PUBLIC_KEY": self.application.public_key,
                "DISCORD_APPLICATION_ID": self.application.id,
                "DISCORD_BOT_TOKEN": "bot.token.test",
                "DISCORD_API_URL": f"http://{self.links.all['discord'].address}/api/v10",
                "BESACE_LISTEN": f"127.0.0.1:{self.ports['besace', number]}",
                "BESACE_EVENT_KEYS": ",".join(
                    f"shim-{shard}:{bytes(key.verify_key).hex()}"
                    for shard, key in enumerate(self.keys)),
                "BESACE_LEVEL_CHANNEL_ID": CHANNEL, "BESACE_POOL_SIZE": "8",
                "BESACE_PUBLIC_URL": f"http://127.0.0.1:{self.ports['web', 1]}",
                "BESACE_LINK_KEY": LINK_KEY}

    def configure(self):
        self.ports = {(what, one): own_port() for what in ("besace", "web") for one in (1, 2)}
        self.front, self.events = own_port(), own_port()
        self.links.add("database-1", self.cluster.front)
        self.links.add("discord", self.discord.rest.port)
        self.links.add("events", self.events)
        for one in (1, 2):
            self.links.add(f"nginx-{one}", self.ports["besace", one])
            self.links.add(f"gateway-{one}", self.discord.gateways[one - 1].port)
            self.add(f"besace-{one}", BUILD / "besace", **self.besace_settings(one))
            self.add(f"besace-web-{one}", BUILD / "besace-web",
                     DATABASE_URL=self.cluster.url("besace_reader", self.cluster.front),
                     BESACE_WEB_LISTEN=f"127.0.0.1:{self.ports['web', one]}",
                     BESACE_PUBLIC_URL=f"http://127.0.0.1:{self.ports['web', 1]}",
                     BESACE_LINK_KEY=LINK_KEY, DISCORD_CDN_URL="http://127.0.0.1:9")
        self.programs["nginx"] = self.nginx()
        for shard, gateway in enumerate(self.discord.gateways):
            key = self.keys[shard]
            self.add(f"besace-gateway-{shard + 1}", BUILD / "besace-gateway",
                     DISCORD_BOT_TOKEN=gateway.token, DISCORD_API_URL=gateway.api_url,
                     DISCORD_GATEWAY_URL=f"ws://{self.links.all[f'gateway-{shard + 1}'].address}",
                     BESACE_EVENTS_URL=f"http://{self.links.all['events'].address}/events",
                     BESACE_EVENT_KEY_ID=f"shim-{shard}",
                     BESACE_EVENT_SECRET_KEY=(bytes(key) + bytes(key.verify_key)).hex(),
                     BESACE_SPOOL_DIR=self.folder / f"spool-{shard}", BESACE_SHARD=f"{shard}/2",
                     LD_PRELOAD=FULL_DISK, BESACE_FULL=self.shims_full)

    def nginx(self):
        folder = self.folder / "nginx"
        folder.mkdir()
        self.certificate, key = make_certificate(folder, HOST)
        done = subprocess.run(
            [ROOT / "scripts/nginx/render", "--server-name", HOST, "--cert", self.certificate,
             "--key", key, "--listen", f"127.0.0.1:{self.front}", "--no-redirect",
             "--access-log", folder / "access.log", "--error-log", folder / "error.log",
             "--standalone", folder,
             *(part for one in (1, 2) for part in (
                 "--upstream", self.links.all[f"nginx-{one}"].address,
                 "--web", f"127.0.0.1:{self.ports['web', one]}"))],
            check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        # The shims of this drill come without TLS: they believe the system's certificates alone.
        tls = f"listen 127.0.0.1:{self.front} ssl"
        said = done.stdout.replace(
            f"{tls};", f"{tls};\n\t\tlisten 127.0.0.1:{self.events} default_server;", 1)
        assert said != done.stdout
        (folder / "nginx.conf").write_text(said)
        return Program("nginx", ["/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf"],
                       environment(), self.folder, tree=True)

    # -- life

    def start(self):
        self.configure()
        self.cluster.start()
        self.cluster.make_database()
        self.endpoint = Endpoint(
            f"https://{HOST}:{self.front}", self.application, ca=self.certificate,
            options={pycurl.RESOLVE: [f"{HOST}:{self.front}:127.0.0.1"], pycurl.TIMEOUT: 20,
                     pycurl.CONNECTTIMEOUT: 3})
        for name in self.ours():
            self.programs[name].start()
        self.wait_well()

    def ours(self):
        return [name for name in self.programs if name not in self.cluster.programs]

    def revive(self):
        """Starts what ended by itself, as systemd does; ours never should, and that is noted."""
        for name, program in self.programs.items():
            if not program.runs():
                if name.startswith("besace"):
                    self.ended.append(f"{name} ended with status {program.process.returncode}")
                program.start()

    def is_well(self):
        """Everything runs and says that it is ready."""
        self.revive()
        return all(program.runs() for program in self.programs.values()) \
            and self.cluster.is_whole() \
            and all(get(f"http://127.0.0.1:{port}/readyz")[0] == 200
                    for port in self.ports.values()) \
            and all(gateway.state()["live"] for gateway in self.discord.gateways) \
            and self.endpoint.get("/healthz").status == 200

    def wait_well(self):
        try:
            until(self.is_well, "everything is well", READY_S)
        except AssertionError as fault:
            raise AssertionError(f"{fault}: {self.complaint()}") from None

    def complaint(self):
        """What is not well, in words."""
        said = [f"{name} does not run" for name, one in self.programs.items() if not one.runs()]
        for (what, number), port in self.ports.items():
            status, body = get(f"http://127.0.0.1:{port}/readyz")
            if status != 200:
                said.append(f"{what}-{number}: {status} {body.decode(errors='replace')}")
        said += [f"shard {shard} is not connected" for shard, one in enumerate(
            self.discord.gateways) if not one.state()["live"]]
        if not self.cluster.is_whole():
            said.append(f"the cluster: leader {self.cluster.leader()}, synchronous"
                        f" {self.cluster.synchronous()}")
        return "; ".join(said)

    def end(self):
        """Ours in order, so that a sanitizer or a bad end is heard of; the rest at once."""
        for name in reversed(self.ours()):
            self.programs[name].go_on()
            self.programs[name].terminate()
        for program in self.programs.values():
            program.kill()
        self.links.end()
        self.discord.end()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
