"""The programs of a drill: started, killed, stopped and continued, each with a log of its own."""

import contextlib
import os
import pwd
import signal
import subprocess

from support.wait import until


def descendants(pid):
    """PID and all that it has started, whatever group or session they are in by now."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def working_in(folder):
    """The processes whose working directory is FOLDER: PostgreSQL's, which belong to nobody."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{name}/cwd") == str(folder):
                    found.append(int(name))
    return found


def send(number, pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def as_user(name):
    """How subprocess starts somebody else's process."""
    if name is None:
        return {}
    found = pwd.getpwnam(name)
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


class Program:
    """One process of ours, with what it starts. TREE: all of that is killed and stopped with it, as
    a machine would be; else only itself. HOME: where those work that it has started and let go.
    USER: whose it is, if not ours."""

    def __init__(self, name, command, environment, folder, tree=False, home=None, user=None):
        self.name, self.command, self.environment = name, command, environment
        self.folder, self.tree, self.home, self.user = folder, tree, home, user
        self.log_path = folder / f"{name}.log"
        self.process = None
        self.kills = 0

    def start(self):
        assert not self.runs(), f"{self.name} runs"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                list(map(str, self.command)), env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                **as_user(self.user))
        return self

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def all(self):
        """The numbers of its processes."""
        own = [self.process.pid] if self.runs() else []
        if not self.tree:
            return own
        return [*(one for pid in own for one in descendants(pid)),
                *(working_in(self.home) if self.home else [])]

    def stop(self):
        """All of it, whatever starts another one meanwhile."""
        stopped = set()
        while more := set(self.all()) - stopped:
            send(signal.SIGSTOP, more)
            stopped |= more

    def go_on(self):
        send(signal.SIGCONT, self.all())

    def kill(self):
        """kill -9. Stopped first, it starts nothing new while its processes are being found."""
        if self.process is None:
            return
        self.kills += self.runs()
        self.stop()
        send(signal.SIGKILL, self.all())
        self.process.wait(60)
        if self.home:
            until(lambda: not working_in(self.home), f"all of {self.name} is gone")

    def terminate(self):
        """In order; returns the exit status."""
        if not self.runs():
            return self.process and self.process.returncode
        self.process.terminate()
        try:
            return self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
