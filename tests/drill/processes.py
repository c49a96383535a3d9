"""The programs of a drill: started, killed, stopped and continued, each with a log of its own."""

import contextlib
import os
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


class Program:
    """One process of ours, with what it starts. TREE: all of that is killed and stopped with it, as
    a machine would be; else only itself."""

    def __init__(self, name, command, environment, folder, tree=False):
        self.name, self.command, self.environment = name, command, environment
        self.folder, self.tree = folder, tree
        self.log_path = folder / f"{name}.log"
        self.process = None
        self.left = []  # what outlived a kill of its parent

    def start(self):
        assert not self.runs(), f"{self.name} runs"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                list(map(str, self.command)), env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        return self

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def signal(self, number):
        for pid in descendants(self.process.pid) if self.tree else [self.process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        """kill -9."""
        if self.process is None:
            return
        # Stopped first, it starts nothing new while its processes are being found.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGSTOP)
        self.signal(signal.SIGKILL)
        self.process.wait(60)

    def stop(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        if self.runs():
            self.signal(signal.SIGCONT)

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

    def wait_ended(self):
        until(lambda: not self.runs(), f"{self.name} ends")
