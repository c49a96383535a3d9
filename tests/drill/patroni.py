"""Three PostgreSQL under Patroni, in synchronous mode, with three etcd that say who leads, and HAProxy
before them."""

import contextlib
import json
import os
import secrets
import urllib.request

import psycopg2

from support.ports import own_port
from support.service import environment
from support.wait import until

from .asking import FULL_DISK, READY_S, ROLES, database_url, get, make_database, postgres_bin
from .processes import Program

NODES = (1, 2, 3)
# How long Patroni waits before somebody else leads, and between two looks. Debian's defaults are
# three times as long; what is shown does not depend on it.
TTL_S, LOOP_S, RETRY_S = 15, 1, 5


class Cluster:
    """etcd, Patroni with PostgreSQL, HAProxy."""

    has_full_disks = True

    def __init__(self, folder, links):
        self.folder, self.links = folder, links
        self.passwords = {name: secrets.token_hex(16) for name in (
            "postgres", "replicator", *ROLES)}
        self.ports = {(what, node): own_port() for node in NODES
                      for what in ("etcd", "peer", "rest", "pg")}
        for node in NODES:
            links.add(f"etcd-{node}", self.ports["etcd", node])
            links.add(f"replication-{node}", self.ports["pg", node])
            links.add(f"direct-{node}", self.ports["pg", node])
        self.front = own_port()
        links.add("database-1", self.front)
        self.programs = {}
        for node in NODES:
            self.add(f"etcd-{node}", self.etcd(node))
            self.add(f"postgresql-{node}", ["patroni", self.patroni(node)], tree=True,
                     home=self.folder / f"pg{node}",
                     LD_PRELOAD=FULL_DISK, BESACE_FULL=self.full_flag(node))
        self.add("haproxy", ["/usr/sbin/haproxy", "-db", "-f", self.haproxy()])

    def add(self, name, command, tree=False, home=None, **settings):
        self.programs[name] = Program(
            name, command, environment(PATH=f"{os.environ['PATH']}:/usr/sbin:/usr/bin", **settings),
            self.folder, tree, home)

    def full_flag(self, node):
        return self.folder / f"full-{node}"

    # -- how each is configured

    def etcd(self, node):
        data = self.folder / f"etcd-{node}.data"
        client, peer = (f"http://127.0.0.1:{self.ports[what, node]}" for what in ("etcd", "peer"))
        everybody = ",".join(f"e{one}=http://127.0.0.1:{self.ports['peer', one]}" for one in NODES)
        return ["/usr/bin/etcd", "--enable-v2", "--name", f"e{node}", "--data-dir", data, "--log-level", "warn",
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
            # To each its own etcd first, through a link that the drill may cut; then the others. By
            # etcd's second protocol: by the third, Patroni 3.0.2 of Debian 12 takes the lead back
            # from whoever has it when it was stopped for longer than its lease.
            "etcd": {"hosts": [self.links.all[f"etcd-{one}"].address
                               for one in (node, *(other for other in NODES if other != node))],
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
                "data_dir": str(self.folder / f"pg{node}"), "bin_dir": str(postgres_bin()),
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

    def complaint(self):
        return f"leader {self.leader()}, synchronous {self.synchronous()}"

    # -- how it is reached

    def url(self, user, *ports, **more):
        return database_url(user, self.passwords[user], *ports, **more)

    def admin(self, user="besace", **more):
        """Past every link, to whoever leads."""
        return self.url(user, *(self.ports["pg", node] for node in NODES), **more)

    def service_url(self, number):
        """The first besace goes through HAProxy, the second knows all hosts."""
        links = ["database-1"] if number == 1 else [f"direct-{node}" for node in NODES]
        return self.url("besace_service", *(self.links.all[name].port for name in links))

    def reader_url(self):
        return self.url("besace_reader", self.front)

    def knows_database(self, node):
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(self.url("besace", self.ports["pg", node])).close()
            return True
        return False

    def make_database(self):
        """Once the database is known everywhere: whoever does not know of it yet refuses for good,
        and libpq does not ask the next one then."""
        leader = self.ports["pg", self.leader()]
        make_database(self.url("postgres", leader, database="postgres"), self.passwords,
                      self.url("besace", leader))
        until(lambda: all(self.knows_database(node) for node in NODES), "it is known everywhere")
