"""The outbox: fair between channels and guilds, in order, once, and never held up by one message."""

import contextlib
import json

import pytest

from support.events import add_earner
from support.metrics import metrics_of
from support.ports import own_port
from support.wait import until

ROUTE = "/channels/{channel}/messages"
BODY = json.dumps({"kind": "level_up", "locale": "fr", "old": 1, "level": 2, "lc": 25, "items": {},
                   "roles": [], "place": "2", "template": None})


@pytest.fixture(name="member")
def a_member(database):
    return add_earner(database, 99)


@pytest.fixture(name="settings")
def settings_that_announce(discord):
    return {"DISCORD_API_URL": discord.url, "DISCORD_BOT_TOKEN": "bot.token.test",
            "BESACE_METRICS_LISTEN": f"127.0.0.1:{own_port()}"}


def queue(database, member, channel, guild="1", count=1, body=BODY):
    """Queues messages, oldest first, and returns their ids."""
    if not database.run("SELECT 1 FROM users WHERE guild_id = %s AND user_id = %s", guild, member.id):
        database.add_member(member, guild=guild)
    database.run("INSERT INTO besace_outbox_channels (guild_id, channel_id) VALUES (%s, %s)"
                 " ON CONFLICT DO NOTHING", guild, channel)
    return [database.one("INSERT INTO besace_outbox (guild_id, channel_id, user_id, body)"
                         " VALUES (%s, %s, %s, %s) RETURNING id", guild, channel, member.id, body)
            for _ in range(count)]


def take(database, holder="a", count=8, lease_s=60, busy=()):
    """The ids that a holder takes."""
    return [row[0] for row in database.run("SELECT id FROM besace_outbox_take(%s, %s, %s, %s)",
                                           holder, count, lease_s, list(busy))]


def end(database, id, holder="a", outcome=None, retry_ms=0, blamed=False, guild="1"):
    return database.one("SELECT besace_outbox_end(%s, %s, %s, %s, %s, %s)",
                        guild, id, holder, outcome, retry_ms, blamed)


def outcomes(database):
    return [row[0] for row in database.run("SELECT outcome FROM besace_outbox ORDER BY id")]


def posted_to(discord):
    return [call["path"].split("/")[-2] for call in discord.calls("POST", ROUTE)]


# -- taking


def test_take_gives_one_message_a_channel(database, member):
    first, _ = queue(database, member, "11", count=2)
    other, _ = queue(database, member, "12", count=2)
    assert sorted(take(database)) == [first, other]
    assert take(database, busy=["11", "12"]) == []
    assert take(database, holder="b") == []


def test_take_alternates_between_channels(database, member):
    """The channel that was served longest ago comes first, however much waits in another."""
    queue(database, member, "11", count=4)
    queue(database, member, "12", count=4)
    channels = []
    for _ in range(8):
        id, = take(database, count=1)
        channels.append(database.one("SELECT channel_id FROM besace_outbox WHERE id = %s", id))
        end(database, id, outcome="sent")
    assert sorted(channels[:2]) == ["11", "12"] and channels == channels[:2] * 4


def test_take_alternates_between_guilds(database, member):
    """A guild with many channels gets no more than one with a single channel."""
    for channel in range(11, 17):
        queue(database, member, str(channel), guild="1", count=2)
    queue(database, member, "99", guild="2", count=4)
    guilds = []
    for _ in range(8):
        (id, guild), = database.run("SELECT id, guild_id FROM besace_outbox_take('a', 1, 60, '{}')")
        guilds.append(guild)
        end(database, id, outcome="sent", guild=guild)
    assert sorted(guilds[:2]) == ["1", "2"] and guilds == guilds[:2] * 4


def test_take_of_several_gives_each_guild_one_first(database, member):
    for channel in range(11, 17):
        queue(database, member, str(channel), guild="1")
    for guild in ("2", "3"):
        queue(database, member, guild * 3, guild=guild)
    rows = database.run("SELECT guild_id FROM besace_outbox_take('a', 3, 60, '{}')")
    assert sorted(guild for guild, in rows) == ["1", "2", "3"]


def test_take_keeps_the_order_of_a_channel(database, member):
    ids = queue(database, member, "11", count=3)
    taken = []
    for _ in ids:
        taken += take(database)
        end(database, taken[-1], outcome="sent")
    assert taken == ids


def test_take_leaves_what_is_to_be_sent_later(database, member):
    id, = queue(database, member, "11")
    database.run("UPDATE besace_outbox SET send_at = send_at + interval '1 h'")
    assert take(database) == []
    database.run("UPDATE besace_outbox SET send_at = send_at - interval '2 h'")
    assert take(database) == [id]
    assert database.one("SELECT taken FROM besace_outbox") is True


def test_take_waits_for_no_other_replica(database, member):
    """Another one is leasing the channel at this moment."""
    first, = queue(database, member, "11")
    second, = queue(database, member, "12")
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("SELECT id FROM besace_outbox_take('other', 1, 60, '{}')")
        assert cursor.fetchall() == [(first,)]
        database.run("SET lock_timeout = '20s'")
        assert take(database) == [second]
        other.rollback()
    assert take(database, holder="b") == [first]


def test_take_of_the_same_holder_takes_up_its_own_lease(database, member):
    """The answer to the first take got lost."""
    id, = queue(database, member, "11")
    assert take(database) == [id] == take(database)
    assert take(database, busy=["11"]) == [] == take(database, holder="b")


def test_end_never_gives_somebody_elses_lease_back(database, member):
    id, = queue(database, member, "11")
    assert take(database, holder="late") == [id]
    database.run("UPDATE besace_outbox_channels SET leased_until = leased_until - interval '1 h'")
    assert take(database, holder="b") == [id]
    before = database.run("SELECT * FROM besace_outbox_channels")
    for outcome, blamed in ((None, False), (None, True), ("sent", False)):
        end(database, id, holder="late", outcome=outcome, retry_ms=5000, blamed=blamed)
        assert database.run("SELECT * FROM besace_outbox_channels") == before
    assert database.one("SELECT attempts FROM besace_outbox") == 0
    assert outcomes(database) == ["sent"]


def test_end_puts_a_channel_off_for_as_long_as_discord_asks_whoever_is_next(database, member):
    first, _ = queue(database, member, "11", count=2)
    [other] = queue(database, member, "12")
    assert sorted(take(database)) == [first, other]
    end(database, first, outcome="sent", retry_ms=600_000)
    end(database, other, outcome="sent")
    assert take(database) == take(database, holder="b") == []
    database.run("UPDATE besace_outbox_channels SET retry_at = retry_at - interval '10 minutes'")
    assert len(take(database, holder="b")) == 1


def test_end_twice_changes_nothing(database, member):
    first, second = queue(database, member, "11", count=2)
    assert take(database) == [first]
    end(database, first, outcome="sent")
    assert take(database) == [second]
    before = database.run("SELECT * FROM besace_outbox ORDER BY id")
    end(database, first, outcome="refused")
    assert database.run("SELECT * FROM besace_outbox ORDER BY id") == before


def test_end_sets_a_message_that_keeps_failing_aside(database, member):
    first, second = queue(database, member, "11", count=2)
    for attempt in range(1, 11):
        assert take(database) == [first]
        assert end(database, first, blamed=True) is (attempt == 10)
    # The next message of the channel does not begin with the waits of this one.
    assert database.one("SELECT failures FROM besace_outbox_channels") == 0
    assert take(database) == [second]
    end(database, second, outcome="sent")
    assert take(database) == []
    database.run("UPDATE besace_outbox SET send_at = send_at - interval '61 min' WHERE id = %s", first)
    assert take(database) == [first]


def test_end_blames_no_message_while_discord_is_away(database, member):
    first, _ = queue(database, member, "11", count=2)
    for _ in range(30):
        assert take(database) == [first]
        assert end(database, first) is False
    assert database.run("SELECT failures FROM besace_outbox_channels") == [(30,)]


# -- sending


def test_announcer_lets_no_channel_wait_for_another(start, database, member, discord, settings):
    discord.fail(route=ROUTE, stall=600, times=1)
    queue(database, member, "11")
    start(database, **settings)
    discord.wait_for(lambda: posted_to(discord) == ["11"])
    queue(database, member, "12", count=3)
    discord.wait_for(lambda: len(discord.messages.get("12", ())) == 3)
    assert "11" not in discord.messages
    discord.release()


def test_announcer_has_one_message_of_a_channel_in_flight(start, database, member, discord, settings):
    discord.fail(route=ROUTE, stall=600, apply=True, times=1)
    queue(database, member, "11", count=2)
    queue(database, member, "12")
    start(database, **settings)
    discord.wait_for(lambda: discord.messages.get("12"))
    assert posted_to(discord).count("11") == 1
    discord.release()
    discord.wait_for(lambda: len(discord.messages["11"]) == 2)


def test_the_next_replica_keeps_to_the_limit_that_the_one_before_used_up(
        start, database, member, discord, settings):
    discord.limits("/channels/*", 2, 6.0)
    queue(database, member, "11", count=2)
    before = start(database, **settings)
    until(lambda: outcomes(database) == ["sent"] * 2, "both are sent")
    before.stop()
    queue(database, member, "11")
    start(database, **{**settings, "BESACE_METRICS_LISTEN": ""})
    until(lambda: outcomes(database) == ["sent"] * 3, "the third is sent")
    assert not discord.violations


def test_announcer_bounds_what_is_in_flight(start, database, member, discord, settings):
    discord.fail(route=ROUTE, stall=600, apply=True, times=8)
    for channel in range(11, 31):
        queue(database, member, str(channel))
    start(database, **settings)
    discord.wait_for(lambda: len(posted_to(discord)) == 8)
    assert database.one("SELECT count(*) FROM besace_outbox WHERE taken") == 8
    discord.release()
    discord.wait_for(lambda: len(posted_to(discord)) == 20)


def test_announcer_remembers_an_outcome_while_the_database_is_away(
        start, database, member, discord, settings):
    discord.fail(route=ROUTE, stall=600, apply=True, times=1)
    queue(database, member, "11")
    service = start(database, **settings)
    discord.wait_for(lambda: discord.messages.get("11"))
    name = database.name
    database.run(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE datname = current_database() AND pid <> pg_backend_pid()")
    discord.release()
    until(lambda: service.said("database away"), "it is noticed")
    database.run(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
    until(lambda: outcomes(database) == ["sent"], "it is noted")
    assert len(posted_to(discord)) == 1


@pytest.mark.parametrize("failure", [
    {"status": 404, "text": "<html>"}, {"status": 400, "text": ""},
    {"status": 403, "body": {"message": "no", "code": 0}},
    {"status": 200, "text": "<html>"}, {"status": 200, "body": {"ok": True}},
    {"size": 5 * 1024 * 1024}])
def test_announcer_believes_discord_alone(start, database, member, discord, settings, failure):
    discord.fail(route=ROUTE, times=2, **failure)
    queue(database, member, "11", count=2)
    start(database, **settings)
    until(lambda: outcomes(database) == ["sent", "sent"], "they are sent")
    assert len(discord.messages["11"]) == 2


def test_announcer_keeps_what_is_for_a_guild_that_is_away(start, database, member, discord, settings):
    discord.settings(away_guilds=["1"])
    discord.fail(route="/channels/{channel}/messages", status=404, times=1,
                 body={"code": 10003, "message": "Unknown Channel"})
    queue(database, member, "11")
    service = start(database, **settings)
    until(lambda: service.said("announcement delayed"), "it is delayed")
    until(lambda: outcomes(database) == ["sent"], "it is sent")
    assert not service.said("announcement given up")


def test_announcer_gives_up_what_is_for_a_channel_that_is_gone(
        start, database, member, discord, settings):
    discord.fail(route=ROUTE, status=404, body={"code": 10003, "message": "Unknown Channel"})
    queue(database, member, "11")
    start(database, **settings)
    until(lambda: outcomes(database) == ["refused"], "it is given up")
    assert len(discord.calls("GET", "/guilds/{guild}")) == 1


def test_announcer_sets_aside_what_it_cannot_read(start, database, member, discord, settings):
    queue(database, member, "11", body='{"kind": "of a newer build"}')
    queue(database, member, "11")
    database.run("UPDATE besace_outbox SET attempts = 9 WHERE body->>'kind' <> 'level_up'")
    service = start(database, **settings)
    until(lambda: outcomes(database) == [None, "sent"], "the other one is sent")
    line, = service.said("announcement set aside")
    assert (line["guild"], line["channel"]) == ("1", "11")
    assert metrics_of(service)['besace_announcements_total{outcome="set_aside"}'] == 1


def test_announcer_logs_and_counts_a_take_that_fails(start, database, member, discord, settings):
    service = start(database, **settings)
    database.run("ALTER TABLE besace_outbox_channels RENAME TO hidden")
    until(lambda: service.said("job failed"), "it is logged")
    assert metrics_of(service)['besace_jobs_failed_total{job="announcer"}'] >= 1
    database.run("ALTER TABLE hidden RENAME TO besace_outbox_channels")
    queue(database, member, "11")
    discord.wait_for(lambda: discord.messages.get("11"))


def test_logs_repeat_nothing_of_discords_words(start, database, member, discord, settings):
    discord.fail(route=ROUTE, status=400, body={
        "code": 50035, "message": "SECRET", "errors": {"SECRET": {"_errors": [
            {"code": "X", "message": "SECRET"}]}}})
    queue(database, member, "11")
    service = start(database, **settings)
    until(lambda: service.said("announcement given up"), "it is given up")
    assert "SECRET" not in service.text()
