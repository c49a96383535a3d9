"""Ports of this machine that stay with who got them.

A port that was free a moment ago may be somebody else's by now: the system gives it to whoever asks
for any port, another test or a client's end of a connection. So a socket is bound to it, and stays:
as it never listens, what sets SO_REUSEADDR (Besace, nginx, Python's servers) can listen there all
the same, again and again, and while nobody does, connections are refused.
"""

import socket


class Port:
    """One port of 127.0.0.1, until it is closed or forgotten."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]

    @property
    def address(self):
        return f"127.0.0.1:{self.number}"

    def close(self):
        self.socket.close()

    __del__ = close


kept = []


def own_port():
    """The number of a port that is this process's to its end."""
    kept.append(Port())
    return kept[-1].number
