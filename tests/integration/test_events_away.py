"""POST /events: while the database or the service goes away, and what of the connections is left
to members."""

import json
import threading

import pytest

from support.bag import jackpot
from support.event_batches import check_members, expected, random_batches
from support.events import add_earner, heartbeat, message, now_ms, reaction, row, voice, xp
from support.interactions import Member
from support.kill import STEPS_MAX, Trigger
from support.outage import in_background
from support.ports import own_port
from support.replies import is_ephemeral, shown
from support.service import KILL_AT, environment
from support.wait import until

pytestmark = pytest.mark.threads

BACKGROUND = 4  # connections of the service's own work


# -- the database and the service go away


REFUSE_COMMITS = """
    CREATE FUNCTION refuse_commit() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'not today'; END $$;
    CREATE CONSTRAINT TRIGGER refuse_commits AFTER INSERT OR UPDATE ON users
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit()"""


def test_a_batch_whose_commit_fails_was_not_taken(start, database, shim):
    """Every statement of it goes well: the fault comes at the very end."""
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    member = add_earner(database)
    event = message(member, now_ms())
    database.run(REFUSE_COMMITS)
    reply = shim.post(service, event)
    assert reply.status == 500 and "accepted" not in reply.json()
    assert row(database, member)["messages"] == 0
    database.run("DROP TRIGGER refuse_commits ON users")
    assert shim.send(service, event) == (1, 0)
    assert row(database, member)["messages"] == 1


def test_a_change_whose_commit_fails_is_not_told(start, database, application):
    service = start(database)
    member = add_earner(database, balance=10)
    database.run(REFUSE_COMMITS)
    reply = service.ask(application.command("cadeau", member))
    assert is_ephemeral(reply) and "25" not in shown(reply)
    assert database.balance(member) == 10
    # On a slow machine the request was deferred and sent again: both have come to their end.
    until(lambda: database.one("SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle'"
                               " AND application_name = 'besace'"
                               " AND datname = current_database()") == 0, "nothing is under way")
    database.run("DROP TRIGGER refuse_commits ON users")
    assert "25" in shown(service.ask(application.command("cadeau", member)))
    assert database.balance(member) == 35


@pytest.mark.slow
def test_a_database_that_is_away_keeps_the_shim_waiting(start, shim):
    from support.cluster import Cluster
    from support.service import BESACECTL
    cluster = Cluster(durable=True)
    try:
        database = cluster.create().migrate(BESACECTL)
        service = start(database, BESACE_EVENT_KEYS=shim.setting)
        member = Member()
        first, second = message(member, now_ms()), message(member, now_ms() + 1)
        shim.deliver(service, first)
        database.close()
        cluster.kill()
        reply = until(lambda: (r := shim.post(service, second)).status != 200 and r, "it is away")
        assert reply.status == 503 and int(reply.header("Retry-After")) >= 1
        cluster.start()
        shim.deliver(service, second)
        shim.deliver(service, first, second)
        assert row(database, member)["messages"] == 2
        service.stop()
        database.close()
    finally:
        cluster.remove()


@pytest.mark.slow
def test_a_batch_survives_kill_9_at_every_step(start, database, shim, tmp_path):
    trigger = Trigger(tmp_path / "kill_at")
    options = environment()["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    service = start(database, LD_PRELOAD=KILL_AT, BESACE_KILL_AT=trigger.file.name,
                    ASAN_OPTIONS=options, BESACE_POOL_SIZE="1", BESACE_EVENT_KEYS=shim.setting)
    at = now_ms() - 6 * 86400000
    survived = 0
    for step in range(1, STEPS_MAX):
        one, two = Member(), Member()
        start_ms, guild = at + step * 3600000, str(1000 + step)
        batch = [voice(one, start_ms, guild=guild), voice(two, start_ms, guild=guild),
                 *(heartbeat(start_ms + 60000 * i) for i in range(1, 5)),
                 message(one, start_ms, guild_id=guild), reaction(two, start_ms, guild_id=guild)]
        first, killed = trigger.kill(
            service, step, lambda batch=batch, guild=guild: shim.post(service, *batch, source=guild))
        survived += not killed
        shim.deliver(service, *batch, source=guild)
        until(lambda: row(database, one, guild)["voice"] == 240, "voice is settled")
        assert row(database, two, guild) == {
            "xp": 2 + 2, "level": 1, "messages": 0, "voice": 240}
        assert row(database, one, guild)["messages"] == 1
        assert 2 + 1 <= xp(database, one, guild) <= 2 + 3
        if first.status:
            assert first.json()["accepted"] == len(batch)
        if survived == 3:
            return
    raise AssertionError("the batch never outlived the trigger")


def test_batches_leave_the_connections_to_members(start, database, shim, application):
    """Five shims' batches wait for one row: all but two of them do so outside of PostgreSQL."""
    service = start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_POOL_SIZE="8")
    held, other = add_earner(database), add_earner(database, jackpot=3)
    batches = [[message(held, now_ms()), message(other, now_ms())] for _ in range(5)]
    with database.locked(held):
        replies = [in_background(shim.post, service, *batch, source=f"{number}/5")
                   for number, batch in enumerate(batches)]
        until(lambda: database.waiting_for_locks() == 2, "two of them wait for the row")
        for use in range(3):
            assert service.ask(jackpot(application, other, use=use))["type"] == 7
            assert database.items(other) == 2 - use
        assert service.ask(application.command("sac", held))["type"] == 4
        assert database.waiting_for_locks() == 2
    assert [reply().json()["accepted"] for reply in replies] == [2] * 5
    assert row(database, held)["messages"] == row(database, other)["messages"] == 5


@pytest.mark.parametrize("size, maximum", [("8", 8), ("3", 3), ("1", 2)])
def test_batches_have_their_share_of_the_connections(start, database, shim, size, maximum):
    """The service's own come on top; one for members and one for batches are the least."""
    start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_POOL_SIZE=size)
    until(lambda: database.one("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'besace'"
                               " AND datname = current_database() AND backend_type = 'client backend'")
          == maximum + BACKGROUND, "all are there")


@pytest.mark.slow
def test_a_batch_that_waits_does_not_hold_up_the_end(start, database, shim):
    service = start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_POOL_SIZE="8")
    held = add_earner(database)
    batch = [message(held, now_ms()), message(Member(), now_ms())]
    with database.locked(held):
        replies = [in_background(shim.post, service, *batch, source=source) for source in "abc"]
        until(lambda: database.waiting_for_locks() == 2, "two of them wait for the row")
        service.stop()
        for reply in replies:
            assert reply().status == 503 and int(reply().header("Retry-After")) >= 1
    # What PostgreSQL had of it may count after all: sent again, it counts once.
    until(lambda: not database.waiting_for_locks(), "its backends are gone")
    service.start()
    shim.deliver(service, *batch)
    assert row(database, held)["messages"] == 1


def test_the_service_ends_in_order_under_batches(start, database, shim):
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    members = [Member() for _ in range(5)]
    batches = random_batches(members, 60, 20, seed=4)
    taken = []

    def post():
        for batch in batches:
            reply = shim.post(service, *batch)
            if reply.status == 200:
                taken.append(batch)

    thread = threading.Thread(target=post)
    thread.start()
    until(lambda: len(taken) >= 5, "some are taken")
    service.stop()
    thread.join()
    distinct, messages, _ = expected(taken)
    counted = sum(count for (count,) in database.run("SELECT message_count FROM users"))
    assert counted >= sum(messages.values())
    service.start()
    for batch in batches:
        shim.deliver(service, *batch)
    _, messages, paid = expected(batches)
    check_members(database, members, messages, paid)


def test_metrics_count_events(start, database, shim, member):
    from support.metrics import metrics_of
    service = start(database, BESACE_EVENT_KEYS=shim.setting,
                    BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")
    event = message(member, now_ms())
    shim.post(service, event, event, event, 7, 7, 7)
    found = metrics_of(service)
    for outcome, count in (("accepted", 1), ("duplicate", 2), ("rejected", 3)):
        assert found[f'besace_events_total{{outcome="{outcome}"}}'] == count
    assert found["besace_events_seconds_count"] == 1
