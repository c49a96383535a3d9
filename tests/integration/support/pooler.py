"""PgBouncer in front of a test's database."""

import os
import pathlib
import shutil
import subprocess

import psycopg2

from .paths import new_folder
from .ports import Port
from .wait import until

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


class Pooler:
    """A PgBouncer of its own, with POOL_MODE; ENTRY is what the line of the database says beside it. It asks for
    no password, as the cluster does not."""

    def __init__(self, database, pool_mode, entry=""):
        self.folder = new_folder("pooler")
        self.port = Port()
        host, number = self.port.address.rsplit(":", 1)
        users = self.folder / "users"
        users.write_text('"besace" ""\n"besace_service" ""\n')
        config = self.folder / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n{database.name} = host={database.cluster.socket} {entry}\n[pgbouncer]\n"
            f"listen_addr = {host}\nlisten_port = {number}\nunix_socket_dir =\nauth_type = trust\n"
            f"auth_file = {users}\npool_mode = {pool_mode}\nlogfile = {self.folder}/log\n"
            "max_client_conn = 100\ndefault_pool_size = 20\nserver_idle_timeout = 10\n")
        owner = pathlib.Path(database.cluster.socket).owner()  # it refuses to run as root
        as_owner = [] if os.geteuid() else ["setpriv", f"--reuid={owner}", f"--regid={owner}",
                                            "--init-groups", "--"]
        if not os.geteuid():
            for path in (self.folder, users, config):
                shutil.chown(path, owner, owner)
        self.process = subprocess.Popen([*as_owner, PROGRAM, "-q", config],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = f"host={host} port={number} dbname={database.name}"
        until(self.answers, "PgBouncer answers")

    def url(self, user):
        return f"{self.address} user={user}"

    def answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            psycopg2.connect(self.url("besace")).close()
        except psycopg2.OperationalError:
            return False
        return True

    def stop(self):
        """At once: what asks it to end makes some versions wait for their clients."""
        self.process.kill()
        self.process.wait()
