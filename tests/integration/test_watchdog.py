"""WatchdogSec: the pages and the shim tell systemd that they work, until the thread that does the
work hangs."""

import contextlib
import ctypes
import os
import pathlib
import signal
import socket

import pytest
from standin.events import Events
from standin.gateway import Gateway
from support.paths import new_folder
from support.shim import KEY, Shim
from support.wait import until
from support.web import Site

PATIENCE_MS = 300
TELLS = 3  # within its patience
LIBC = ctypes.CDLL(None, use_errno=True)
ATTACH, DETACH = 16, 17


@pytest.fixture
def manager():
    """The socket on which systemd listens."""
    path = str(new_folder("notify") / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        yield manager, {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(PATIENCE_MS * 1000)}


def heard(manager):
    """What was told since the last time."""
    told = []
    with contextlib.suppress(BlockingIOError):
        while True:
            told.append(manager.recv(4096, socket.MSG_DONTWAIT).decode())
    return told


def tells(manager, times):
    count = 0

    def enough():
        nonlocal count
        count += heard(manager).count("WATCHDOG=1")
        return count >= times

    until(enough, f"systemd has heard {times} times that all is well")


@contextlib.contextmanager
def hanging(thread):
    """One thread of a child's, held as a debugger would."""
    if LIBC.ptrace(ATTACH, thread, None, None) < 0:
        pytest.skip(f"no thread can be held here: {os.strerror(ctypes.get_errno())}")
    os.waitpid(thread, 0x40000000)  # __WALL
    yield
    assert LIBC.ptrace(DETACH, thread, None, None) == 0


def stays_silent(manager):
    """Long enough for systemd to lose its patience; what was answered before may be told still."""
    heard(manager)
    manager.settimeout(2 * PATIENCE_MS / 1000)
    with pytest.raises(TimeoutError):
        manager.recv(4096)
        manager.recv(4096)
    manager.settimeout(None)


def thread_called(pid, name):
    return next(int(task.name) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                if (task / "comm").read_text().startswith(name))


def test_the_pages_tell_while_their_http_thread_turns(shared, manager):
    systemd, settings = manager
    site = Site(shared.database.url, **settings).start()
    try:
        tells(systemd, 2 * TELLS)
        with hanging(thread_called(site.process.pid, "MHD")):
            stays_silent(systemd)
        tells(systemd, TELLS)
        site.stop()
    finally:
        site.end()


def test_the_shim_tells_while_its_loop_turns(manager, tmp_path):
    systemd, settings = manager
    with Gateway() as gateway, Events(bytes(KEY.verify_key)) as service:
        shim = Shim(gateway, service, tmp_path, **settings)
        try:
            tells(systemd, 2 * TELLS)
            with hanging(shim.process.pid):
                stays_silent(systemd)
            tells(systemd, TELLS)
        finally:
            shim.process.send_signal(signal.SIGTERM)
            assert shim.process.wait(60) == 0
