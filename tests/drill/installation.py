"""An installation on loopback: a cluster of PostgreSQL, two besace, nginx, shims, if it is to be
besace-web; and Discord."""

import shutil
import subprocess

import pycurl

from standin.discord import Discord
from standin.gateway import Gateway
from support.http import Endpoint
from support.paths import BUILD, ROOT, new_folder
from support.ports import own_port
from support.service import environment
from support.tls import make_certificate
from support.wait import until
from support.web import LINK_KEY

from .asking import FULL_DISK, READY_S, Database, get
from .links import Links
from .processes import Program

HOST = "besace.test"
CHANNEL = "77"
# One shard each, by the rule of Discord: (id >> 22) % shards.
GUILDS = ("1", str(1 << 22 | 1))
SERVICES = (1, 2)


class Discords:
    """The REST API and a Gateway for each shard."""

    def __init__(self, application, keepers, guilds):
        self.rest = Discord(application_id=application.id).start()
        self.rest.settings(any_token={"deferred": False})
        self.rest.limits("*", 10000, 1.0)
        # A request that the load repeats is deferred by both replicas, which do not know of each
        # other's calls; Discord itself sends it to one.
        self.rest.limits("/webhooks/*", 10000, 1.0)
        self.gateways = []
        for guild in guilds:
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
    """All of it. Programs are named as faults name them. CLUSTER makes the databases out of a folder
    and of links; each of GUILDS is a shard of its own, with a key of KEYS; WEBS are the numbers of
    besace-web."""

    def __init__(self, application, cluster, keepers, keys, guilds=GUILDS, webs=(1, 2)):
        self.application, self.keys, self.webs = application, keys, webs
        self.folder = new_folder("drill")
        self.folder.chmod(0o711)  # PostgreSQL's user passes
        self.links = Links()
        self.discord = Discords(application, keepers, guilds)
        self.cluster = cluster(self.folder, self.links)
        self.programs = dict(self.cluster.programs)
        self.database = Database(self.cluster.admin())
        self.endpoint = None
        self.gone = []   # programs that nobody starts again
        self.ended = []  # what ended by itself, in words
        self.shims_full = self.folder / "full-shims"
        self.configure()

    # -- how ours are configured

    def add(self, name, program, *arguments, **settings):
        self.programs[name] = Program(
            name, [program, *arguments], environment(BESACE_METRICS_LISTEN="", BESACE_LOG="info",
                                                     **settings), self.folder)

    def besace_settings(self, number):
        return {"DATABASE_URL": self.cluster.service_url(number),
                "DISCORD_PUBLIC_KEY": self.application.public_key,
                "DISCORD_APPLICATION_ID": self.application.id,
                "DISCORD_BOT_TOKEN": "bot.token.test",
                "DISCORD_API_URL": f"http://{self.links.all['discord'].address}/api/v10",
                "BESACE_LISTEN": f"127.0.0.1:{self.ports['besace', number]}",
                "BESACE_EVENT_KEYS": ",".join(
                    f"shim-{shard}:{bytes(key.verify_key).hex()}"
                    for shard, key in enumerate(self.keys)),
                "BESACE_LEVEL_CHANNEL_ID": CHANNEL, "BESACE_POOL_SIZE": "8", **self.web_settings()}

    def web_settings(self):
        return {"BESACE_PUBLIC_URL": f"http://127.0.0.1:{self.ports['web', self.webs[0]]}",
                "BESACE_LINK_KEY": LINK_KEY} if self.webs else {}

    def configure(self):
        self.ports = {("besace", one): own_port() for one in SERVICES}
        self.ports.update((("web", one), own_port()) for one in self.webs)
        self.front, self.events = own_port(), own_port()
        self.links.add("discord", self.discord.rest.port)
        self.links.add("events", self.events)
        for one in SERVICES:
            self.links.add(f"nginx-{one}", self.ports["besace", one])
            self.add(f"besace-{one}", BUILD / "besace", **self.besace_settings(one))
        for one in self.webs:
            self.add(f"besace-web-{one}", BUILD / "besace-web",
                     DATABASE_URL=self.cluster.reader_url(),
                     BESACE_WEB_LISTEN=f"127.0.0.1:{self.ports['web', one]}",
                     DISCORD_CDN_URL="http://127.0.0.1:9", **self.web_settings())
        self.programs["nginx"] = self.nginx()
        for shard, gateway in enumerate(self.discord.gateways):
            self.add_shim(shard, gateway)

    def add_shim(self, shard, gateway):
        key, number = self.keys[shard], shard + 1
        way = self.links.add(f"gateway-{number}", gateway.port)
        self.add(f"besace-gateway-{number}", BUILD / "besace-gateway",
                 DISCORD_BOT_TOKEN=gateway.token, DISCORD_API_URL=gateway.api_url,
                 DISCORD_GATEWAY_URL=f"ws://{way.address}",
                 BESACE_EVENTS_URL=f"http://{self.links.all['events'].address}/events",
                 BESACE_EVENT_KEY_ID=f"shim-{shard}",
                 BESACE_EVENT_SECRET_KEY=(bytes(key) + bytes(key.verify_key)).hex(),
                 BESACE_SPOOL_DIR=self.folder / f"spool-{shard}",
                 BESACE_SHARD=f"{shard}/{len(self.keys)}",
                 **({"LD_PRELOAD": FULL_DISK, "BESACE_FULL": self.shims_full}
                    if self.cluster.has_full_disks else {}))

    def nginx(self):
        folder = self.folder / "nginx"
        folder.mkdir()
        self.certificate, key = make_certificate(folder, HOST)
        done = subprocess.run(
            [ROOT / "scripts/nginx/render", "--server-name", HOST, "--cert", self.certificate,
             "--key", key, "--listen", f"127.0.0.1:{self.front}", "--no-redirect",
             "--access-log", folder / "access.log", "--error-log", folder / "error.log",
             "--standalone", folder,
             *(part for one in SERVICES
               for part in ("--upstream", self.links.all[f"nginx-{one}"].address)),
             *(part for one in self.webs
               for part in ("--web", f"127.0.0.1:{self.ports['web', one]}"))],
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

    def kills(self):
        """How many programs were killed."""
        return sum(program.kills for program in (*self.programs.values(), *self.gone))

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
            said.append(f"the cluster: {self.cluster.complaint()}")
        return "; ".join(said)

    def end(self):
        """Ours in order: how they end is noted; the rest at once."""
        for name in reversed(self.ours()):
            program = self.programs[name]
            program.go_on()
            was_alive, status = program.runs(), program.terminate()
            if was_alive and status != 0 and name.startswith("besace"):
                self.ended.append(f"{name} ended with status {status}")
        for program in self.programs.values():
            program.kill()
        self.links.end()
        self.discord.end()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
