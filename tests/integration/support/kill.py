"""Ending a process between two of its steps: see tests/preload/kill_at.c."""

import mmap
import struct

import pytest

from .service import KILL_AT, environment
from .wait import until

# A press makes some dozen calls of the system; one that never ends must not be swept for ever.
STEPS_MAX = 200


class Trigger:
    """The memory that tests/preload/kill_at.c shares with the service."""

    def __init__(self, path):
        path.write_bytes(b"\0" * 12)
        path.chmod(0o666)
        self.file = path.open("r+b")
        self.memory = mmap.mmap(self.file.fileno(), 12)

    def arm(self, step):
        self.memory[:8] = struct.pack("=II", 0, step)

    def disarm(self, step):
        """Returns whether the process dies of the step that was armed."""
        self.memory[4:8] = struct.pack("=I", 0)

        def told():
            counted, _, inside = struct.unpack("=III", self.memory[:])
            return counted >= step or not inside

        until(told, "no thread is being counted")
        return struct.unpack("=I", self.memory[:4])[0] >= step

    def kill(self, service, step, act):
        """Does ACT while SERVICE dies at that step, and starts it again. Returns what ACT did and
        whether it died: it does not when there are fewer steps."""
        self.arm(step)
        done = act()
        killed = self.disarm(step)
        if killed:
            service.wait()
            service.start()
        return done, killed


@pytest.fixture
def trigger(tmp_path):
    return Trigger(tmp_path / "kill_at")


@pytest.fixture
def fragile(start, database, trigger):
    """A service of one loop and one connection that dies at the step the trigger says."""
    options = environment()["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    return start(database, LD_PRELOAD=KILL_AT, BESACE_KILL_AT=trigger.file.name,
                 ASAN_OPTIONS=options, BESACE_POOL_SIZE="1")
