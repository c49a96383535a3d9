"""kill -9 between any two steps: the same request again finishes what was begun, once."""

import pytest

from support.bag import jackpot, multiplier
from support.interactions import Member
from support.kill import STEPS_MAX


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
    silent = 0
    for step in range(1, STEPS_MAX):
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
        raise AssertionError(f"a press takes more than {STEPS_MAX} steps")
    # Before the commit, behind it, and before the reply has left: at the least.
    assert silent >= 3, (step, silent)


def test_first_contact_survives_kill_9_at_every_step(fragile, database, application, trigger):
    for step in range(1, STEPS_MAX):
        member = Member()
        request = fragile.signed(application.command("lc", member))
        first, killed = trigger.kill(fragile, step, lambda request=request: fragile.post(*request))
        second = fragile.post(*request)
        assert second.status == 200 and "25 LC" in second.body.decode()
        assert not first.status or first.body == second.body
        assert database.balance(member) == 25
        if not killed:
            return
    raise AssertionError(f"first contact takes more than {STEPS_MAX} steps")
