"""A batch whose connection is lost halfway, while the settings of its guild change: every event counts
once, and all of them by one set of settings."""

import pytest

from support.cluster import Cluster
from support.events import add_earner, message, now_ms, reaction, row
from support.outage import in_background
from support.service import BESACECTL
from support.settings import settle
from support.wait import until
from support.wire import Wire

OLD = {"message_min": 10, "message_max": 10, "reaction_xp": 3}
NEW = {"message_min": 500, "message_max": 500, "reaction_xp": 40, "reaction_xp_max": 40}
OLD_XP, NEW_XP = 2 * 10 + 3, 2 * 500 + 40


def batch(*members):
    """Of each member two messages that count, and a reaction."""
    at = now_ms() - 3600000
    return [event for member in members for event in (
        message(member, at), reaction(member, at + 1), message(member, at + 600000))]


@pytest.fixture
def members(database):
    return [add_earner(database) for _ in range(3)]


def unconfirmed(database):
    """The attempts whose commits wait: processes, and since when they are at it. The number of a
    process alone says nothing, the system gives it again."""
    return database.run("SELECT pid, query_start FROM pg_stat_activity WHERE datname = current_database()"
                        " AND query LIKE '%%besace_events_apply(%%' AND wait_event = 'SyncRep'")


def check(database, members, total):
    assert [row(database, member)["xp"] for member in members] == [total] * len(members)
    assert [row(database, member)["messages"] for member in members] == [2] * len(members)


def test_a_batch_that_is_ended_halfway_counts_by_the_settings_of_its_retry(
        start, database, shim, members):
    """Its ids are kept and a member's row is locked already when its backend is ended."""
    settle(database, **OLD)
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    events = batch(*members)
    with database.locked(members[-1]):
        reply = in_background(shim.post, service, *events)
        until(database.waiting_for_locks, "the batch waits for the last member")
        settle(database, **NEW)
        [first] = database.lock_waits()
        assert database.one("SELECT pg_terminate_backend(%s)", first[0])
        until(lambda: database.lock_waits() - {first}, "it is sent again")
    answer = reply()
    assert answer.status == 200 and answer.json()["accepted"] == len(events), answer
    check(database, members, NEW_XP)
    assert shim.send(service, *events) == (0, len(events))
    check(database, members, NEW_XP)


def test_a_batch_that_goes_on_without_its_service_counts_once(start, cluster, database, shim, members):
    """The connection breaks on the service's side alone: the first attempt is applied, by the
    settings that it has read, and the second one finds every id."""
    settle(database, **OLD)
    with Wire(cluster) as wire:
        service = start(database, BESACE_EVENT_KEYS=shim.setting, DATABASE_URL=wire.url(database.service_url))
        events = batch(*members)
        with database.locked(members[-1]):
            reply = in_background(shim.post, service, *events)
            until(database.waiting_for_locks, "the batch waits for the last member")
            settle(database, **NEW)
            wire.cut()
            until(lambda: database.waiting_for_locks() == 2, "the second attempt waits for the first")
        answer = reply()
        assert answer.status == 200 and answer.json()["duplicates"] == len(events), answer
        totals = {row(database, member)["xp"] for member in members}
        assert totals in ({OLD_XP}, {NEW_XP})
        assert shim.send(service, *events) == (0, len(events))
        check(database, members, totals.pop())
        service.stop()


@pytest.mark.slow
def test_a_batch_whose_commit_nobody_heard_of_counts_by_the_settings_of_then(start, shim):
    """Its backend is ended while the commit waits for a standby: it is done, and the service does not
    know. Sent again under other settings, every event is one that was seen."""
    cluster = Cluster(durable=True)
    try:
        database = cluster.create().migrate(BESACECTL)
        settle(database, **OLD)
        members = [add_earner(database) for _ in range(3)]
        service = start(database, BESACE_EVENT_KEYS=shim.setting)
        events = batch(*members)
        with cluster.unconfirmed():
            reply = in_background(shim.post, service, *events)
            [first] = until(lambda: unconfirmed(database), "the commit waits")
            database.run("SET synchronous_commit = local")
            settle(database, **NEW)
            cluster.admin(f"SELECT pg_terminate_backend({first[0]})")
            until(lambda: set(unconfirmed(database)) - {first}, "it is sent again")
        answer = reply()
        assert answer.status == 200 and answer.json()["duplicates"] == len(events), answer
        check(database, members, OLD_XP)
        service.stop()
        database.close()
    finally:
        cluster.remove()
