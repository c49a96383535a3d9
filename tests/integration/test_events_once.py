"""POST /events: everything counts once, however batches meet and whenever slots change."""

import contextlib
import functools
import json
import random
import threading

import pytest

from support.bag import jackpot
from support.event_batches import check_members, expected, random_batches
from support.events import add_earner, message, now_ms, row
from support.interactions import Member
from support.outage import in_background
from support.slots import change_slots
from support.wait import until

pytestmark = pytest.mark.threads


# -- once


def test_an_id_counts_once(hub, shim, member):
    event = message(member, now_ms())
    assert shim.send(hub, event, event) == (1, 1)
    assert shim.send(hub, event) == (0, 1)
    assert shim.send(hub, event, source="another") == (0, 1)
    assert row(hub.database, member)["messages"] == 1


def test_ids_are_told_apart_to_the_byte(hub, shim, member):
    at = now_ms()
    ids = [f"{member.id}{end}" for end in ("a", "A", "á", "a ", "a'", '"', "\\", "{", ",", "é", "🎲")]
    assert shim.send(hub, *(message(member, at, id) for id in ids)) == (len(ids), 0)
    assert shim.send(hub, *(message(member, at, id) for id in ids)) == (0, len(ids))


def test_batches_at_the_same_time_neither_deadlock_nor_count_twice(start, database, shim):
    """Two replicas, four shims, every batch sent three times by different ones."""
    replicas = [start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_POOL_SIZE="8")
                for _ in range(2)]
    members = [Member() for _ in range(12)]
    batches = random_batches(members, 24, 40, seed=1)
    work = [(i, n) for i in range(len(batches)) for n in range(3)]
    random.Random(2).shuffle(work)
    answers, away, lock = [], [], threading.Lock()

    def post():
        while True:
            with lock:
                if not work:
                    return
                i, n = work.pop()
            whole = functools.partial(shim.post, replicas[(i + n) % 2], *batches[i],
                                      source=f"{(i + n) % 4}/4")
            while (reply := whole()).status == 503:  # a busy machine took too long
                away.append(i)
            with lock:
                answers.append(reply)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    distinct, messages, paid = expected(batches)
    assert [reply.status for reply in answers] == [200] * 72
    accepted = sum(reply.json()["accepted"] for reply in answers)
    assert accepted == distinct or (away and accepted < distinct)  # those were taken all the same
    assert sum(reply.json()["duplicates"] for reply in answers) == 72 * 40 - accepted
    check_members(database, members, messages, paid)
    for replica in replicas:
        assert "deadlock" not in replica.text()


def test_members_who_press_meanwhile_do_not_deadlock(start, database, shim, application):
    from support.bag import any_jackpot
    service = start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_POOL_SIZE="8")
    members = [add_earner(database, jackpot=20) for _ in range(6)]
    batches = random_batches(members, 10, 60, seed=3)
    presses = [service.signed(any_jackpot(application, member)) for member in members for _ in range(10)]
    replies = []
    thread = threading.Thread(target=lambda: replies.extend(service.together(presses)))
    thread.start()
    for batch in batches:
        shim.deliver(service, *batch)
    thread.join()
    assert [reply.status for reply in replies] == [200] * 60
    _, messages, paid = expected(batches)
    for member in members:
        assert 10 <= database.items(member) < 20
        assert database.is_explained(member)
        assert row(database, member)["messages"] == messages.get(member.id, 0)


def test_the_slots_change_under_running_batches(start, database, shim, member):
    """The next slot is emptied at the start; ids that are known stay known."""
    change_slots(database, 3600)
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    event = message(member, now_ms())
    shim.send(service, event)
    until(lambda: database.one("SELECT max(cleared_for) FROM besace_event_slots") > 0,
          "a slot is emptied")
    used = database.one("SELECT besace_half_week(now()) %% 4")
    cleared = database.one(
        "SELECT slot FROM besace_event_slots WHERE cleared_for > besace_half_week(now())")
    assert cleared == (used + 1) % 4
    assert shim.send(service, event) == (0, 1)


def slots_of(database, event):
    return database.one("SELECT array_agg(slot::int ORDER BY slot) FROM besace_event_ids"
                        " WHERE id = %s", event["id"])


def test_around_a_change_ids_are_kept_on_both_sides(database, start, shim, member):
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    before, near, after = (message(member, now_ms()) for _ in range(3))
    change_slots(database, 3600)
    assert shim.send(service, before) == (1, 0)
    change_slots(database, 0)
    assert shim.send(service, before, near) == (1, 1)
    change_slots(database, -3600)
    assert shim.send(service, before, near, after) == (1, 2)
    assert slots_of(database, before) == [3]
    assert slots_of(database, near) == [0, 3]
    assert slots_of(database, after) == [0]
    assert row(database, member)["messages"] == 3


def test_around_a_change_an_id_counts_once_though_one_is_behind_it_already(
        database, start, shim, member):
    """Of two transactions with an id, one began before the end of that minute and one after."""
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    event = message(member, now_ms())
    change_slots(database, 0)
    behind = database.connect()
    with behind.cursor() as cursor:
        cursor.execute("INSERT INTO besace_event_ids (id, slot) VALUES (%s, 0)", (event["id"],))
    reply = in_background(shim.send, service, event)
    until(database.waiting_for_locks, "the service waits for the one behind")
    behind.commit()
    behind.close()
    assert reply() == (0, 1) and row(database, member) is None


def test_a_slot_is_emptied_by_one_replica_alone(database):
    """The second one would empty what the next half week has brought meanwhile."""
    change_slots(database, 60)
    database.run("UPDATE besace_event_slots SET cleared_for = 0")
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("SELECT besace_event_slots_sweep()")
        assert cursor.fetchone() == (True,)
        database.run("SET lock_timeout = '20s'")
        assert database.one("SELECT besace_event_slots_sweep()") is False
        other.commit()
    assert database.one("SELECT besace_event_slots_sweep()") is False


@pytest.mark.parametrize("age, known", [(0, True), (1, True), (2, True), (3, False)])
def test_ids_are_remembered_over_changes_of_slots(database, start, shim, member, age, known):
    """An id that came AGE half weeks ago; three are more than seven days for certain."""
    change_slots(database, 3600)
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    event = message(member, now_ms())
    shim.send(service, event)
    database.run("UPDATE besace_event_ids SET slot = (slot + 4 - %s) %% 4", age)
    service.stop()
    database.run("UPDATE besace_event_slots SET cleared_for = 0")
    service.start()
    until(lambda: database.one("SELECT max(cleared_for) FROM besace_event_slots") > 0, "a slot is emptied")
    assert shim.send(service, event) == ((0, 1) if known else (1, 0))
