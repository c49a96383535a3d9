"""Between a service and PostgreSQL: passes bytes on, and can be cut on the service's side alone."""

import contextlib
import os
import select
import socket
import threading
import urllib.parse

from .paths import new_folder

NAME = ".s.PGSQL.5432"


class Wire:
    """Listens in a folder of its own and passes on to the CLUSTER. What is cut, PostgreSQL does not
    hear of: its backends stay as they are until the wire ends."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.folder = os.path.realpath(new_folder("wire"))
        self.clients, self.servers = [], []
        self.lock = threading.Lock()

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.folder, NAME))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for end in self.clients + self.servers:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def url(self, url):
        """URL of the cluster, by this way."""
        return url.replace(urllib.parse.quote(self.cluster.socket, safe=""),
                           urllib.parse.quote(self.folder, safe=""))

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(os.path.join(self.cluster.socket, NAME))
                with self.lock:
                    self.clients.append(client)
                    self.servers.append(server)
                threading.Thread(target=self.pass_on, args=(client, server), daemon=True).start()

    def pass_on(self, client, server):
        other = {client: server, server: client}
        with contextlib.suppress(OSError):
            while True:
                for end in select.select([client, server], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        if end is server or self.knows(client):
                            other[end].shutdown(socket.SHUT_RDWR)
                        return
                    other[end].sendall(data)

    def knows(self, client):
        with self.lock:
            return client in self.clients

    def cut(self):
        """Every connection of the service breaks; new ones can be made."""
        with self.lock:
            cut, self.clients = self.clients, []
        for client in cut:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
