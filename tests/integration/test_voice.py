"""Voice: the scenarios of the rules, with figures computed by hand, through POST /events."""

import json
import random

import pytest

from support.events import heartbeat, heartbeats, message, now_ms, row, seat, snapshot, voice, xp
from support.interactions import Member
from support.room import Room
from support.settings import settle
from support.outage import in_background
from support.wait import until

MINUTE, HOUR, DAY = 60000, 3600000, 86400000


@pytest.fixture
def room(hub, shim):
    return Room(hub, shim)


def test_two_in_a_channel_earn_one_each_two_minutes(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 119)
    assert room.xp(room.a, room.b) == (0, 0)
    room.beat(120)
    assert room.xp(room.a, room.b) == (1, 1)
    assert room.time(room.a, room.b) == (120, 120)
    room.beats(150, 360)
    assert room.xp(room.a, room.b) == (3, 3)


def test_three_earn_three_each(room):
    for member in (room.a, room.b, room.c):
        room.join(0, member)
    room.beats(30, 120)
    assert room.xp(room.a, room.b, room.c) == (3, 3, 3)


def test_alone_earns_time_only(room):
    room.join(0, room.a)
    room.join(0, room.b, "9")
    room.beats(30, 600)
    assert room.xp(room.a, room.b) == (0, 0)
    assert room.time(room.a, room.b) == (600, 600)


@pytest.mark.parametrize("state, counts", [
    ({"deaf": True}, False), ({"mute": True}, True), ({"afk": True}, False),
    ({"deaf": True, "mute": True}, False), ({"suppress": True}, False), ({"deaf": False, "mute": False, "afk": False}, True)])
def test_members_who_count(room, state, counts):
    room.join(0, room.a)
    room.join(0, room.b, **state)
    room.beats(30, 120)
    assert room.xp(room.a, room.b) == ((1, 1) if counts else (0, 0))
    assert room.time(room.b) == (120,)


def test_ticks_follow_each_session_s_start(room):
    room.join(0, room.a)
    room.join(50, room.b)
    room.beats(80, 169)
    assert room.xp(room.a, room.b) == (1, 0)
    room.leave(170, room.a)  # b's tick is at 170, and a is still there
    assert room.xp(room.a, room.b) == (1, 1)


def test_the_last_event_strictly_before_the_tick_decides(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beat(60)
    room.leave(120, room.b)
    room.beats(150, 240)
    assert room.xp(room.a, room.b) == (1, 1)


def test_any_event_is_a_sign_of_life(room):
    other = Member()
    room.join(0, room.a)
    room.join(0, room.b)
    room.send(message(other, room.at(80)))
    room.send(message(other, room.at(160)))
    assert room.xp(room.a, room.b) == (1, 1)
    assert room.time(room.a) == (160,)
    room.send(message(other, room.at(189)))
    assert room.time(room.a) == (160,)  # time is credited every half minute
    room.send(message(other, room.at(190)))
    assert room.time(room.a, room.b) == (190, 190)


def test_an_event_that_was_seen_before_is_no_beat(room):
    """It may come from a shim that was started anew and repeats what it is not sure of."""
    other = Member()
    room.join(0, room.a)
    old = message(other, room.at(20))
    room.send(old)
    room.send({**old, "at": room.at(50)})
    assert room.time(room.a) == (0,)
    room.beat(60)
    assert room.time(room.a) == (60,)


def test_an_event_in_voice_credits_its_member_and_a_beat_all(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 60)
    room.leave(70, room.b)
    assert room.time(room.a, room.b) == (60, 70)
    room.join(80, room.c, "9")
    assert room.time(room.a) == (60,)
    room.shows(85, seat(room.a))
    assert room.time(room.a, room.c) == (60, 5)
    room.beat(90)
    assert room.time(room.a, room.b, room.c) == (90, 70, 5)


def test_moving_goes_on_and_deafening_starts_anew(room):
    room.join(0, room.a)
    room.join(0, room.b, "9")
    room.beats(30, 90)
    room.join(100, room.a, "9")
    room.beat(120)
    assert room.xp(room.a, room.b) == (1, 1)
    room.join(130, room.a, "9", deaf=True)
    room.join(140, room.a, "9")
    room.beats(170, 259)
    assert room.xp(room.a, room.b) == (1, 2)
    room.beat(260)
    assert room.xp(room.a) == (2,)
    assert room.time(room.a) == (260,)


def test_an_hour_brings_twenty_five(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 3599)
    assert room.xp(room.a) == (29,)
    room.beat(3600)
    assert room.xp(room.a, room.b) == (55, 55)
    room.beats(3630, 7200)
    assert room.xp(room.a, room.b) == (110, 110)
    assert room.time(room.a) == (7200,)


@pytest.mark.parametrize("away, bonus", [(60, 25), (61, 0)])
def test_a_minute_away_keeps_the_hour(room, away, bonus):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 1800)  # 15 ticks
    room.leave(1800, room.a)
    room.join(1800 + away, room.a)
    room.beats(1890, 3690)  # 15 more
    assert room.xp(room.a) == (30 + bonus,)
    assert room.time(room.a) == (3690 - away,)


def test_ninety_seconds_of_silence_are_watched_more_are_not(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beat(90)
    room.beat(180)
    assert room.xp(room.a) == (1,)
    room.beat(271)  # 91 s
    room.shows(271, seat(room.a), seat(room.b))
    assert room.time(room.a) == (180,)
    room.beats(301, 361)
    assert room.xp(room.a, room.b) == (2, 2)  # 240 was not watched, 360 was
    assert room.time(room.a) == (180 + 90,)


def test_the_snapshot_after_an_outage_says_who_stayed(room):
    for member in (room.a, room.b, room.c):
        room.join(0, member)
    room.beats(30, 150)  # 3 each at 120
    new = Member()
    room.beat(500)
    assert room.time(room.a, room.c) == (150, 150)
    room.shows(510, seat(room.a), seat(room.b), seat(new))
    room.beats(540, 599)
    assert room.xp(room.a, room.b, room.c, new) == (3, 3, 3, 0)
    room.beat(600)  # a and b go on with their own ticks, three are there
    assert room.xp(room.a, room.b) == (6, 6)
    room.beat(630)  # the new one began at the snapshot
    assert room.xp(new) == (3,)
    assert room.time(room.a, room.c, new) == (150 + 130, 150, 120)


def test_what_was_watched_before_the_snapshot_is_paid_when_it_comes(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 60)
    room.beats(200, 290)  # the tick at 240 was watched
    assert room.xp(room.a, room.b) == (0, 0)
    room.shows(300, seat(room.a), seat(room.b))
    assert room.xp(room.a, room.b) == (1, 1)
    assert room.time(room.a, room.b) == (60 + 90, 60 + 90)
    room.beat(320)
    assert room.time(room.a, room.b) == (60 + 120, 60 + 120)


def test_what_was_watched_before_an_outage_is_credited_however_it_comes(room):
    """Unresolved is only who stayed; until the outage all were there."""
    room.send(voice(room.a, room.at(0), guild=room.guild),
              voice(room.b, room.at(0), guild=room.guild),
              *(heartbeat(room.at(each)) for each in (30, 60, 200)))
    assert room.time(room.a, room.b) == (60, 60)


def test_who_is_gone_at_the_snapshot_left_before_the_outage(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 60)
    room.beats(200, 290)
    room.shows(300, seat(room.a))
    room.beat(300)
    assert room.xp(room.a, room.b) == (0, 0)
    assert room.time(room.a, room.b) == (160, 60)


def test_who_left_and_came_back_after_an_outage_needs_no_snapshot(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 60)
    room.beat(200)
    room.leave(210, room.a)
    room.join(220, room.c)  # was not there before
    assert room.time(room.a, room.c) == (60, 0)
    room.leave(230, room.b)  # now it is known of both
    assert room.time(room.a, room.b, room.c) == (60, 60, 10)
    room.join(240, room.a)
    room.beats(270, 340)
    assert room.xp(room.a, room.b, room.c) == (0, 0, 1)
    room.beat(360)
    assert room.xp(room.a, room.b, room.c) == (1, 0, 1)


def test_events_of_those_who_stayed_do_for_a_snapshot(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 60)
    room.join(200, room.a, mute=True)
    room.join(210, room.a)
    assert room.time(room.a, room.b) == (60, 60)
    room.join(220, room.b, "9")
    room.join(230, room.b)
    room.beat(240)
    assert room.xp(room.a, room.b) == (1, 1)
    assert room.time(room.a, room.b) == (60 + 40, 60 + 40)


def test_a_snapshot_without_outage_is_an_event_like_others(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 60)
    room.shows(70, seat(room.a), seat(room.c))
    room.beats(100, 190)
    assert room.xp(room.a, room.b, room.c) == (1, 0, 1)
    assert room.time(room.b) == (70,)


def test_the_afk_channel_of_a_snapshot_does_not_count(room):
    room.shows(0, seat(room.a, "9"), seat(room.b, "9"), seat(room.c, "8", deaf=True), afk="9")
    room.beats(30, 120)
    assert room.xp(room.a, room.b, room.c) == (0, 0, 0)
    assert room.time(room.a, room.c) == (120, 120)


def test_the_audience_of_a_stage_does_not_count(room):
    room.shows(0, seat(room.a), seat(room.b), seat(room.c, suppress=True))
    room.beats(30, 120)
    assert room.xp(room.a, room.b, room.c) == (1, 1, 0)
    room.join(120, room.c)  # is invited to speak
    room.beats(150, 240)
    assert room.xp(room.a, room.b, room.c) == (4, 4, 3)


def test_bots_in_a_snapshot_are_left_out(room):
    bot = Member(bot=True)
    shown = seat(bot)
    shown["user"]["bot"] = True
    room.shows(0, seat(room.a), shown)
    room.beats(30, 120)
    assert room.xp(room.a) == (0,)
    assert row(room.hub.database, bot) is None


def test_guilds_of_a_shim_do_not_mix(room):
    room.send(voice(room.a, room.at(0), guild=room.guild), voice(room.b, room.at(0), guild="7"))
    room.beats(30, 120)
    assert room.xp(room.a) == (0,)
    assert row(room.hub.database, room.b, "7") == {"xp": 0, "level": 1, "messages": 0, "voice": 120}


def test_an_event_changes_nothing_of_the_others(room):
    """However many there are: no row of theirs is written."""
    many = [Member() for _ in range(300)]
    room.shows(0, *(seat(member) for member in many))

    def versions():
        return dict(room.hub.database.run(
            "SELECT user_id, xmin::text FROM besace_voice_occupants WHERE guild_id = %s"
            " UNION ALL SELECT user_id || '*', xmin::text FROM users WHERE guild_id = %s",
            room.guild, room.guild))
    before = versions()
    room.join(10, room.a)
    room.join(20, many[0], "9")
    room.leave(25, many[1])
    after = versions()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {room.a.id, f"{room.a.id}*", many[0].id, f"{many[0].id}*", f"{many[1].id}*"}
    assert len(after) == len(before) + 1  # one is gone from voice, another is there with two rows
    room.beats(30, 120)
    assert room.xp(many[2], many[0], many[1], room.a) == (1 + 2 * 297, 0, 0, 0)


def test_many_are_settled_in_slices(room):
    """More than one stretch pays (VOICE_SLICE): passes follow until all are paid."""
    many = [Member() for _ in range(2100)]
    room.shows(0, *(seat(member) for member in many))
    room.beats(30, 120)
    until(lambda: room.hub.database.run(
        "SELECT xp, voice_time, count(*) FROM users WHERE guild_id = %s GROUP BY 1, 2",
        room.guild) == [(1 + 2 * 2098, 120, 2100)], "all are paid")
    room.shows(130)
    until(lambda: room.hub.database.run(
        "SELECT voice_time, count(*) FROM users WHERE guild_id = %s GROUP BY 1",
        room.guild) == [(130, 2100)], "all have left")
    room.beats(160, 191)  # nobody comes back within the minute
    for table in ("guilds", "events", "occupants", "counts"):
        until(lambda table=table: room.hub.database.one(
            f"SELECT count(*) FROM besace_voice_{table} WHERE guild_id = %s", room.guild) == 0,
            "nothing is left")


def test_an_empty_room_leaves_nothing_behind(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.leave(30, room.a)
    room.leave(30, room.b)
    for table in ("besace_voice_guilds", "besace_voice_events", "besace_voice_occupants",
                  "besace_voice_counts"):
        assert room.hub.database.one(f"SELECT count(*) FROM {table} WHERE source = %s",
                                     room.source) == 0


def test_a_late_batch_brings_what_a_timely_one_does(room):
    room.send(voice(room.a, room.at(0), guild=room.guild),
              voice(room.b, room.at(0), guild=room.guild),
              *(heartbeat(room.at(each)) for each in range(30, 3601, 30)),
              voice(room.a, room.at(3630), None, room.guild))
    assert room.xp(room.a, room.b) == (55, 55)
    assert room.time(room.a) == (3630,)


def test_level_ups_come_from_voice_as_well(room):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 2 * 3600)
    assert row(room.hub.database, room.a, room.guild)["level"] == 2
    assert room.hub.database.balance(room.a, room.guild) == 50
    assert room.hub.database.ledger(room.a, room.guild) == [("level_up", 25)]


# -- one log, cut and repeated in every way


def random_log(rng, members, guilds, start):
    """Events of two hours, and the snapshots and perhaps the heartbeat that end them."""
    at, events, where, writer = start, [], {}, Member()
    for _ in range(260):
        at += rng.choice([0, 500, 1000, 7300, 30000, 30000, 45000, 60001, 90000, 119999])
        if rng.random() < 0.03:
            at += rng.choice([90001, 400000])
        kind = rng.random()
        guild = rng.choice(guilds)
        if kind < 0.35:
            events.append(heartbeat(at))
        elif kind < 0.45:
            events.append(message(writer, at))
        elif kind < 0.9:
            member = rng.choice(members)
            channel = rng.choice(["8", "8", "9", None])
            state = {"deaf": True} if rng.random() < 0.1 else {}
            where[guild, member] = channel
            events.append(voice(member, at, channel, guild, **state))
        else:
            present = [seat(member, channel) for (each, member), channel in where.items()
                       if each == guild and channel and rng.random() < 0.9]
            events.append(snapshot(at, *present, guild=guild))
    for guild in guilds:
        events.append(snapshot(at + 30000, seat(members[0]), guild=guild))
    return [*events, *rng.choice([[], [heartbeat(at + 60000)]])]


def cut(rng, events, sizes):
    batches, rest = [], list(events)
    while rest:
        size = rng.choice(sizes)
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


def state_of(database, members):
    ids = [member.id for member in members]
    return (database.run("SELECT guild_id, user_id, xp, level, balance, voice_time FROM users"
                         " WHERE user_id = ANY(%s) ORDER BY 1, 2", ids),
            database.run("SELECT user_id, guild_id, channel_id, counts, since_ms * counts::int,"
                         " credited_ms, run FROM besace_voice_occupants WHERE user_id = ANY(%s)"
                         " AND channel_id IS NOT NULL ORDER BY 1, 2", ids),
            database.run("SELECT guild_id, user_id, item_type, quantity FROM user_inventory"
                         " WHERE user_id = ANY(%s) ORDER BY 1, 2, 3", ids))


@pytest.mark.parametrize("seed", range(4))
def test_however_the_log_comes_it_brings_the_same(cluster, template, start, shim, seed):
    """At once; event by event; in odd pieces, repeated, to two replicas, beside other shims."""
    rng = random.Random(seed)
    members, guilds = [Member() for _ in range(5)], ["71", "72"]
    log = random_log(rng, members, guilds, now_ms() - DAY)
    others = [Member() for _ in range(4)]
    meanwhile = random_log(rng, others, ["81"], now_ms() - DAY)
    found = []
    for way in ("whole", "single", "wild"):
        database = cluster.create(template)
        services = [start(database, BESACE_EVENT_KEYS=shim.setting) for _ in range(2)]
        sizes = {"whole": [1000], "single": [1], "wild": [1, 2, 5, 30]}[way]
        batches = cut(rng, log, sizes)
        others_left = cut(rng, meanwhile, [7])
        for i, batch in enumerate(batches):
            shim.deliver(services[i % 2], *batch, source="1/3")
            if way != "wild":
                continue
            if rng.random() < 0.4:  # the answer got lost: this one and some before it again
                for again in batches[max(0, i - 2):i + 1]:
                    assert shim.send(services[rng.randrange(2)], *again, source="1/3")[0] == 0
            if others_left:
                shim.deliver(services[0], *others_left.pop(0), source="2/3")
        found.append(state_of(database, members))
        for service in services:
            service.stop()
        database.drop()
    assert found[0] == found[1] == found[2]
    assert sum(each[2] for each in found[0][0]) > 20


def test_two_replicas_settle_the_same_guild_once(start, database, shim):
    """Nobody brings a sign of life any more, and both replicas look for what is due."""
    source, a, b = "0/1", Member(), Member()
    begin = now_ms() - DAY
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    shim.send(service, voice(a, begin), voice(b, begin), *heartbeats(begin, begin + 60000))
    service.kill()
    database.run("UPDATE besace_sources SET clock_ms = %s, beat_ms = %s WHERE source = %s",
                 begin + 130000, begin + 130000, source)
    service.start()
    start(database, BESACE_EVENT_KEYS=shim.setting)
    until(lambda: xp(database, a) > 0, "it is settled")
    assert row(database, a) == row(database, b) == {
        "xp": 1, "level": 1, "messages": 0, "voice": 130}


def test_what_somebody_else_has_settled_meanwhile_is_not_written(start, database, shim):
    """The service has loaded the log and decided; another replica commits before it writes."""
    a, b, begin = Member(), Member(), now_ms() - DAY
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    shim.send(service, voice(a, begin), voice(b, begin), *heartbeats(begin, begin + 60000))
    other = database.connect()
    with other.cursor() as cursor:
        cursor.execute("UPDATE besace_voice_guilds SET version = txid_current(), clock_ms = %s,"
                       " beat_ms = %s, settle_ms = %s",
                       (begin + 120000, begin + 120000, begin + 240000))
        cursor.execute("UPDATE besace_voice_occupants SET credited_ms = %s, due_ms = %s",
                       (begin + 120000, begin + 240000))
        answer = in_background(shim.send, service, *heartbeats(begin + 60000, begin + 120000))
        until(database.waiting_for_locks, "the service waits with what it has decided")
    other.commit()
    other.close()
    assert answer() == (2, 0)
    shim.send(service, heartbeat(begin + 150000))
    assert xp(database, a) == xp(database, b) == 0


def test_what_was_decided_by_other_settings_or_another_log_is_not_written(start, database, shim):
    """Either may have changed between the load and the write."""
    member, begin = Member(), now_ms() - DAY
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    shim.send(service, voice(member, begin), *heartbeats(begin, begin + 60000))
    settle(database, voice_first=10)
    source, log = database.run("SELECT source, version FROM besace_voice_guilds")[0]
    settings = database.one("SELECT version FROM besace_settings")

    def write(log, settings):
        task = {"guild": "1", "version": log, "settings": settings, "seen": 0, "consumed": 0,
                "clock": begin + 60000, "beat": begin + 60000, "due": begin, "unresolved": False,
                "occupants": [], "gone": [], "counts": [], "day": "2026-01-01",
                "muted_excluded": False}
        return database.one("SELECT besace_voice_settle(%s, %s, '{}', '{}', '{}', '{}', '{}', '{}', 9)",
                            source, json.dumps([task]))

    assert not write(log, settings - 1) and not write(log - 1, settings)
    assert database.one("SELECT version FROM besace_voice_guilds") == log
    assert write(log, settings)


def test_a_shim_that_is_silent_for_a_month_is_forgotten(start, database, shim):
    a, b = Member(), Member()
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    at = now_ms() - DAY
    shim.send(service, voice(a, at), source="old")
    shim.send(service, voice(b, at), source="new")
    service.stop()
    database.run("UPDATE besace_sources SET seen_at = seen_at - interval '31 days'"
                 " WHERE source = 'old'")
    service.start()
    until(lambda: database.one("SELECT count(*) FROM besace_sources") == 1, "it is forgotten")
    assert database.run("SELECT source FROM besace_voice_guilds") == [("new",)]
    assert row(database, a) is not None
