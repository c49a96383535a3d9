"""kill -9 between any two steps: the same request again finishes what was begun, once."""

import mmap
import struct

import pytest

from support.service import KILL_AT, environment
from support.wait import until
from test_bag import jackpot, multiplier

# A press makes some dozen calls of the system; one that never ends must not be swept for ever.
STEPS_MOST = 200


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


def check_one_effect(database, member, item, before, reply):
    """One item is gone, and what came in for it is in the ledger and in the reply."""
    assert database.items(member, item) == before - 1
    assert database.is_explained(member)
    ledger = database.ledger(member)
    if item == "jackpot":
        assert [kind for kind, _ in ledger] == ["jackpot_reward"]
        assert f"+{ledger[0][1]} LC" in reply.body.decode()
    else:
        assert ledger == []
        assert len(database.run("SELECT 1 FROM active_multipliers WHERE user_id = %s",
                                member.id)) == 1


@pytest.mark.parametrize("item, press", [
    ("jackpot", jackpot), ("multiplier_x2", lambda app, member: multiplier(app, member, 2))],
    ids=["jackpot", "multiplier"])
def test_a_press_survives_kill_9_at_every_step(
        fragile, database, application, trigger, item, press):
    from support.interactions import Member
    silent = 0
    for step in range(1, STEPS_MOST):
        member = database.add_member(Member(), **{item: 5})
        request = fragile.signed(press(application, member))
        first, killed = trigger.kill(fragile, step, lambda request=request: fragile.post(*request))
        second = fragile.post(*request)
        assert second.status == 200 and second.json()["type"] == 7
        if first.status:
            assert first.body == second.body
        check_one_effect(database, member, item, 5, second)
        if not killed:
            break
        silent += first.status == 0
    else:
        raise AssertionError(f"a press takes more than {STEPS_MOST} steps")
    # Before the commit, behind it, and before the reply has left: at the least.
    assert silent >= 3, (step, silent)


def test_first_contact_survives_kill_9_at_every_step(fragile, database, application, trigger):
    from support.interactions import Member
    for step in range(1, STEPS_MOST):
        member = Member()
        request = fragile.signed(application.command("lc", member))
        first, killed = trigger.kill(fragile, step, lambda request=request: fragile.post(*request))
        second = fragile.post(*request)
        assert second.status == 200 and "25 LC" in second.body.decode()
        assert not first.status or first.body == second.body
        assert database.balance(member) == 25
        if not killed:
            return
    raise AssertionError(f"first contact takes more than {STEPS_MOST} steps")
