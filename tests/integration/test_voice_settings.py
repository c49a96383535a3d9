"""Voice under the settings of a guild, through POST /events."""

import datetime
import zoneinfo

import pytest

from support.events import heartbeat, seat, voice
from support.interactions import new_id
from support.room import Room
from support.settings import change, settle, zone


@pytest.fixture
def room(hub, shim):
    return Room(hub, shim)


@pytest.fixture
def db(hub):
    return hub.database


def test_voice_has_its_figures(room, db):
    settle(db, room.guild, voice_first=10, voice_further=7, voice_count_max=3, voice_hour=1000)
    for member in (room.a, room.b, room.c):
        room.join(0, member)
    room.beats(30, 120)
    assert room.xp(room.a) == (17,)
    settle(db, room.guild, voice_members_min=4)
    room.beats(150, 240)
    assert room.xp(room.a) == (17,)
    settle(db, room.guild, voice=False, voice_members_min=2)
    room.beats(270, 360)
    assert room.xp(room.a) == (17,) and room.time(room.a) == (360,)
    settle(db, room.guild, voice=True, voice_count_max=2)
    room.beats(390, 480 + 28 * 120)
    assert room.xp(room.a) == (17 + 29 * 10 + 1000,)


def test_places_and_roles_scale_ticks_and_n_counts_everybody(room, db):
    category, role, none = new_id(), new_id(), new_id()
    zone(db, category, "factor", 200, guild=room.guild)
    zone(db, "9", "none", guild=room.guild)
    zone(db, role, "factor", 300, role=True, guild=room.guild)
    zone(db, none, "none", role=True, guild=room.guild)
    room.send(voice(room.a, room.at(0), "8", room.guild, category_id=category, roles=[role]),
              voice(room.b, room.at(0), "8", room.guild, category_id=category, roles=[none]),
              voice(room.c, room.at(0), "8", room.guild, category_id=category, roles=[]))
    room.beats(30, 120)
    assert room.xp(room.a, room.b, room.c) == (18, 0, 6)
    for member in (room.a, room.b, room.c):
        room.join(121, member, "9")
    room.beats(150, 480)
    assert room.xp(room.a, room.b, room.c) == (18, 0, 6)
    assert db.one("SELECT place_id FROM users WHERE guild_id = %s AND user_id = %s", room.guild,
                  room.a.id) == "8"


def test_the_muted_may_not_count(room, db):
    settle(db, room.guild, voice_muted=False)
    room.join(0, room.a)
    room.join(0, room.b, mute=True)
    room.beats(30, 240)
    assert room.xp(room.a, room.b) == (0, 0)
    room.join(250, room.b)
    room.beats(270, 370)
    assert room.xp(room.a, room.b) == (1, 1)
    # Changed under way: from the moment up to which voice is settled.
    room.join(371, room.b, mute=True)
    change(db, {"voice_muted": None}, guild=room.guild)
    room.beats(390, 720)
    assert room.xp(room.a)[0] > 2 and room.xp(room.b)[0] > 2
    change(db, {"voice_muted": False}, guild=room.guild)
    room.beat(721)
    before = room.xp(room.a, room.b)
    room.beats(750, 1200)
    assert room.xp(room.a, room.b) == before


def test_a_snapshot_tells_who_is_muted(room, db):
    settle(db, room.guild, voice_muted=False)
    room.shows(0, seat(room.a), {**seat(room.b), "mute": True})
    room.beats(30, 240)
    assert room.xp(room.a, room.b) == (0, 0)


def test_the_cap_of_the_day_holds_voice_too(room, db):
    """Ticks before and after midnight count for their own days, however late they are settled."""
    there = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Paris"))
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=1)
    room.start = int(midnight.timestamp() * 1000) - 600 * 1000
    settle(db, room.guild, day_xp_max=3)
    room.join(0, room.a)
    room.join(0, room.b)
    room.send(*[heartbeat(room.at(seconds)) for seconds in range(30, 1201, 30)])
    assert room.xp(room.a, room.b) == (6, 6)
    assert db.run("SELECT xp_today, xp_eve FROM users WHERE guild_id = %s AND xp > 0",
                  room.guild) == [(3, 3)] * 2  # the third has set the cap


def test_voice_counts_for_the_day_without_a_cap(room, db):
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 240)
    assert db.run("SELECT xp_today + xp_eve FROM users WHERE guild_id = %s", room.guild) == [(2,)] * 2


def test_levels_that_are_off_leave_time_in_voice(room, db):
    settle(db, room.guild, levels=False)
    room.join(0, room.a)
    room.join(0, room.b)
    room.beats(30, 600)
    assert room.xp(room.a) == (0,) and room.time(room.a) == (600,)


def test_here_is_the_chat_of_the_voice_channel(room, db):
    settle(db, room.guild, announce_place="here", voice_first=100)
    for member in (room.a, room.b):
        room.join(0, member)
    room.beats(30, 120)
    assert room.xp(room.a) == (100,)
    assert set(db.run("SELECT user_id, channel_id FROM besace_outbox WHERE guild_id = %s",
                      room.guild)) == {(room.a.id, "8"), (room.b.id, "8")}
