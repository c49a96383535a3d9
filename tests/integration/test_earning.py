"""What messages and reactions earn under the settings of a guild."""

import datetime
import itertools
import random
import re

import pytest

from support.events import message, now_ms, reaction, row, snapshot
from support.interactions import Member, new_id
from support.paths import ROOT
from support.settings import change, settle, zone

MINUTE = 60000


@pytest.fixture
def guild():
    return new_id()


@pytest.fixture
def db(hub):
    return hub.database


@pytest.fixture
def clock():
    """Times of messages, one after the other, each beyond the other's cooldown, none in the future and
    all on the guild's same day (UTC: a test that starts just after midnight uses the day before)."""
    now = now_ms()
    start = now - 40 * 3700 * 1000
    day = start // 86400000 * 86400000
    return itertools.count(day + 3600 * 1000, 600 * 1000)


@pytest.fixture
def send(hub, shim, guild):
    return lambda *events: shim.send(hub, *events, source=f"test {guild}")


def says(guild, lou, at, channel="2", **more):
    return message(lou, at, channel_id=channel, **{"guild_id": guild, **more})


def earned(db, guild, lou):
    return row(db, lou, guild)["xp"]


def why(db, guild, lou):
    return db.run("SELECT message_xp, message_why FROM users WHERE guild_id = %s AND user_id = %s",
                  guild, lou.id)[0]


def cases():
    text = (ROOT / "tests/unit/support/xp_cases.h").read_text()
    return [tuple(map(int, words.split(","))) for words in re.findall(r"XP_CASE\((\d[\d, ]*)\)", text)]


def test_sql_scales_as_c_does(db):
    assert len(cases()) > 20
    for base, role, place, rate, xp in cases():
        assert db.one("SELECT besace_xp_scale(%s, %s, %s, %s)", base, role, place, rate) == xp


# -- messages


def test_messages_are_spread_over_their_range(db, guild, send, clock):
    settle(db, guild, message_min=5, message_max=8, message_cooldown_s=5)
    users = [Member() for _ in range(200)]
    send(*[says(guild, lou, next(clock)) for lou in users])
    found = {earned(db, guild, lou) for lou in users}
    assert found == {5, 6, 7, 8}


def test_equal_bounds_give_a_fixed_amount(db, guild, send, clock):
    settle(db, guild, message_min=1000, message_max=1000)
    lou = Member()
    send(says(guild, lou, next(clock)))
    assert earned(db, guild, lou) == 1000 and why(db, guild, lou) == (1000, "paid")


@pytest.mark.parametrize("seconds", [5, 3600])
def test_the_cooldown_is_the_guild_s(db, guild, send, seconds):
    settle(db, guild, message_min=1, message_max=1, message_cooldown_s=seconds)
    lou, start = Member(), now_ms() - 3 * 3600 * 1000
    send(says(guild, lou, start), says(guild, lou, start + seconds * 1000 - 1))
    assert earned(db, guild, lou) == 1 and why(db, guild, lou) == (0, "cooldown")
    send(says(guild, lou, start + seconds * 1000))
    assert earned(db, guild, lou) == 2 and why(db, guild, lou) == (1, "paid")


@pytest.mark.parametrize("off, reason", [("levels", "levels"), ("message", "off")])
def test_messages_may_earn_nothing(db, guild, send, clock, off, reason):
    settle(db, guild, **{off: False})
    lou = Member()
    send(says(guild, lou, next(clock)), says(guild, lou, next(clock)))
    assert row(db, lou, guild)["messages"] == 2 and earned(db, guild, lou) == 0
    assert why(db, guild, lou) == (0, reason)
    # A message that earned nothing has started no cooldown.
    at = next(clock)
    send(says(guild, lou, at))
    settle(db, guild, **{off: True})
    send(says(guild, lou, at + 1))
    assert earned(db, guild, lou) > 0


def test_a_base_of_nothing_is_no_message(db, guild, send, clock):
    settle(db, guild, message_min=0, message_max=0)
    lou, at = Member(), next(clock)
    send(says(guild, lou, at))
    assert why(db, guild, lou) == (0, "zero")
    settle(db, guild, message_max=None, message_min=None)
    send(says(guild, lou, at + 1))
    assert earned(db, guild, lou) > 0


def test_levels_that_are_off_bring_no_announcement(db, guild, send, clock):
    settle(db, guild, message_min=1000, message_max=1000, levels=False)
    lou = Member()
    send(says(guild, lou, next(clock)), reaction(lou, next(clock), guild_id=guild))
    assert row(db, lou, guild) == {"xp": 0, "level": 1, "messages": 1, "voice": 0}


# -- reactions


def test_reactions_have_their_figures(db, guild, send, clock):
    settle(db, guild, reaction_xp=7, reaction_xp_max=17)
    lou, post = Member(), new_id()
    for count, total in enumerate((7, 14, 17, 17), 1):
        send(reaction(lou, next(clock), post, reactor=str(100 + count), guild_id=guild))
        assert earned(db, guild, lou) == total
    settle(db, guild, reaction=False)
    send(reaction(lou, next(clock), new_id(), guild_id=guild))
    assert earned(db, guild, lou) == 17


def test_the_cap_of_a_message_counts_what_was_paid(db, guild, send, clock):
    """After factors: 3 reactions of 4 reach a cap of 10."""
    settle(db, guild, reaction_xp=2, rate_percent=200)
    lou, post = Member(), new_id()
    send(*[reaction(lou, next(clock), post, reactor=str(reactor), guild_id=guild)
           for reactor in range(101, 106)])
    assert earned(db, guild, lou) == 10
    # Lowered meanwhile: nothing is taken away.
    settle(db, guild, reaction_xp_max=5)
    send(reaction(lou, next(clock), post, reactor="200", guild_id=guild))
    assert earned(db, guild, lou) == 10


# -- zones


@pytest.fixture
def lou():
    return Member()


def gain(db, guild, send, lou, at, channel="2", **more):
    """What a message brings there."""
    before = (row(db, lou, guild) or {"xp": 0})["xp"]
    send(says(guild, lou, at, channel, **more))
    return earned(db, guild, lou) - before


def test_the_nearest_entry_decides_alone(db, guild, send, clock, lou):
    settle(db, guild, message_min=10, message_max=10)
    thread, channel, category = new_id(), new_id(), new_id()
    where = {"parent_id": channel, "category_id": category}
    assert gain(db, guild, send, lou, next(clock), thread, **where) == 10
    zone(db, category, "factor", 200, guild=guild)
    assert gain(db, guild, send, lou, next(clock), thread, **where) == 20
    zone(db, channel, "none", guild=guild)
    assert gain(db, guild, send, lou, next(clock), thread, **where) == 0
    assert why(db, guild, lou) == (0, "place")
    zone(db, thread, "factor", 50, guild=guild)
    assert gain(db, guild, send, lou, next(clock), thread, **where) == 5
    assert gain(db, guild, send, lou, next(clock), new_id(), **where) == 0
    assert gain(db, guild, send, lou, next(clock), channel, category_id=category) == 0
    assert gain(db, guild, send, lou, next(clock), new_id(), category_id=category) == 20


def test_where_only_some_places_earn_the_others_do_not(db, guild, send, clock, lou):
    settle(db, guild, message_min=10, message_max=10)
    here, half, none = new_id(), new_id(), new_id()
    zone(db, here, "only", guild=guild)
    zone(db, half, "factor", 50, guild=guild)
    zone(db, none, "none", guild=guild)
    assert [gain(db, guild, send, lou, next(clock), channel) for channel in (here, half, none, new_id())] \
        == [10, 5, 0, 0]
    change(db, {f"zone.{here}": None}, guild=guild)
    assert gain(db, guild, send, lou, next(clock), new_id()) == 10


def test_roles_decide_after_places(db, guild, send, clock, lou):
    settle(db, guild, message_min=10, message_max=10)
    more, maximum, none, only = (new_id() for _ in range(4))
    zone(db, more, "factor", 150, role=True, guild=guild)
    zone(db, maximum, "factor", 300, role=True, guild=guild)
    zone(db, none, "none", role=True, guild=guild)
    assert gain(db, guild, send, lou, next(clock), roles=[]) == 10
    assert gain(db, guild, send, lou, next(clock), roles=[more, new_id()]) == 15
    assert gain(db, guild, send, lou, next(clock), roles=[more, maximum]) == 30
    assert gain(db, guild, send, lou, next(clock), roles=[more, maximum, none]) == 0
    assert why(db, guild, lou) == (0, "role")
    zone(db, only, "only", role=True, guild=guild)
    assert gain(db, guild, send, lou, next(clock), roles=[more]) == 0
    assert gain(db, guild, send, lou, next(clock), roles=[only]) == 10
    assert gain(db, guild, send, lou, next(clock), roles=[only, more]) == 15
    zone(db, "2", "none", guild=guild)
    assert gain(db, guild, send, lou, next(clock), roles=[none]) == 0
    assert why(db, guild, lou) == (0, "place")


def test_roles_are_those_of_the_event(db, guild, send, clock, lou):
    """Also when the same batch shows others; without any, those last seen."""
    settle(db, guild, message_min=10, message_max=10)
    role = new_id()
    zone(db, role, "factor", 200, role=True, guild=guild)
    send(says(guild, lou, next(clock), roles=[role]), says(guild, lou, next(clock), roles=[]),
         says(guild, lou, next(clock), roles=[role]))
    assert earned(db, guild, lou) == 50
    assert gain(db, guild, send, lou, next(clock)) == 20
    # The reactor's roles are not the author's.
    send(reaction(lou, next(clock), new_id(), guild_id=guild, roles=[]))
    assert earned(db, guild, lou) == 74


def test_a_thread_whose_parent_is_unknown_counts_as_the_root(db, guild, send, clock, lou):
    settle(db, guild, message_min=10, message_max=10)
    channel, thread, category = new_id(), new_id(), new_id()
    zone(db, channel, "factor", 200, guild=guild)
    zone(db, category, "factor", 300, guild=guild)
    assert gain(db, guild, send, lou, next(clock), thread) == 10
    assert gain(db, guild, send, lou, next(clock), thread, parent_id=channel) == 20
    # What was last seen of it counts from then on.
    assert gain(db, guild, send, lou, next(clock), thread) == 20
    other = new_id()
    assert gain(db, guild, send, lou, next(clock), other, category_id=category) == 30
    assert gain(db, guild, send, lou, next(clock), other) == 30
    # A thread's parent has the category that was last seen of it.
    assert gain(db, guild, send, lou, next(clock), new_id(), parent_id=other) == 30
    # Out of its category.
    assert gain(db, guild, send, lou, next(clock), other, category_id=None) == 10
    assert gain(db, guild, send, lou, next(clock), other) == 10


def test_a_snapshot_tells_of_categories_too(db, guild, send, clock, lou):
    settle(db, guild, message_min=10, message_max=10)
    channel, category = new_id(), new_id()
    zone(db, category, "factor", 300, guild=guild)
    send(snapshot(now_ms(), {"user": {"id": lou.id, "username": lou.username}, "channel_id": channel,
                             "category_id": category}, guild=guild))
    assert gain(db, guild, send, lou, next(clock), channel) == 30


def test_zones_of_one_guild_are_not_another_s(db, guild, send, clock, lou):
    other = new_id()
    for each in (guild, other):
        settle(db, each, message_min=10, message_max=10)
    zone(db, "2", "none", guild=guild)
    zone(db, "3", "only", guild=guild)
    zone(db, "7", "none", role=True, guild=guild)
    at = next(clock)
    send(says(guild, lou, at, roles=["7"]), says(other, lou, at, roles=["7"]))
    assert earned(db, guild, lou) == 0 and earned(db, other, lou) == 10


# -- rate, cap of the day


def test_the_rate_has_an_end(db, guild, send, lou):
    now = now_ms()
    settle(db, guild, message_min=10, message_max=10, rate_percent=150, rate_until_ms=now - 3600000)
    assert gain(db, guild, send, lou, now - 3600001) == 15
    assert gain(db, guild, send, lou, now - 3600000 + 60000) == 10
    settle(db, guild, rate_until_ms=None)
    assert gain(db, guild, send, lou, now - 3600000 + 120001) == 15


def midnight(zone_name, days=0):
    """When the day of now - DAYS began there, in ms."""
    import zoneinfo
    there = datetime.datetime.now(zoneinfo.ZoneInfo(zone_name)) - datetime.timedelta(days=days)
    return int(there.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def days(db, guild, lou):
    return db.run("SELECT xp_day, xp_today, xp_eve FROM users WHERE guild_id = %s AND user_id = %s",
                  guild, lou.id)[0]


@pytest.mark.parametrize("name", ["Europe/Paris", "Pacific/Auckland", "America/Los_Angeles", "UTC"])
def test_the_cap_of_the_day_cuts_what_would_pass_it(db, guild, send, lou, name):
    settle(db, guild, message_min=10, message_max=10, day_xp_max=25, time_zone=name,
           message_cooldown_s=5)
    day = midnight(name, 1)
    yesterday = [day - 6000 * step for step in (3, 2, 1)]
    today = [day + 6000 * step for step in range(5)]
    assert [gain(db, guild, send, lou, at) for at in yesterday] == [10, 10, 5]
    assert [gain(db, guild, send, lou, at) for at in today] == [10, 10, 5, 0, 0]
    assert why(db, guild, lou) == (0, "cap")
    assert days(db, guild, lou)[1:] == (25, 25)
    # What was cut started no cooldown, and what comes late counts for its own day.
    settle(db, guild, day_xp_max=32)
    assert gain(db, guild, send, lou, today[4] + 1) == 7
    other = Member()
    send(says(guild, other, day + 1000))
    send(says(guild, other, day - 1000), says(guild, other, day + 7000))
    assert days(db, guild, other)[1:] == (20, 0)  # an older message is none
    send(reaction(other, day - 900, guild_id=guild))
    assert days(db, guild, other)[1:] == (20, 2)


def test_a_batch_over_midnight_counts_for_both_days(db, guild, send, lou):
    settle(db, guild, message_min=10, message_max=10, day_xp_max=15, message_cooldown_s=5)
    day = midnight("Europe/Paris", 1)
    send(*[says(guild, lou, day + 6000 * step) for step in range(-4, 4)])
    assert earned(db, guild, lou) == 30 and days(db, guild, lou)[1:] == (15, 15)


def test_the_cap_of_the_day_counts_reactions_too(db, guild, send, clock, lou):
    settle(db, guild, message_min=10, message_max=10, day_xp_max=13, reaction_xp=5, time_zone="UTC")
    post = new_id()
    send(says(guild, lou, next(clock)), reaction(lou, next(clock), post, guild_id=guild),
         says(guild, lou, next(clock)))
    assert earned(db, guild, lou) == 13
    # The cap of the message counts what was paid.
    assert db.one("SELECT xp FROM besace_reaction_xp WHERE guild_id = %s AND message_id = %s",
                  guild, post) == 3


def test_the_day_is_counted_without_a_cap(db, guild, send, lou):
    day = midnight("Europe/Paris", 1)
    send(says(guild, lou, day + 1000), reaction(lou, day + 2000, guild_id=guild))
    total = earned(db, guild, lou)
    assert days(db, guild, lou)[1:] == (total, 0)
    settle(db, guild, day_xp_max=total, message_min=10, message_max=10)
    assert gain(db, guild, send, lou, day + 400000) == 0
    assert gain(db, guild, send, lou, day + 25 * 3600 * 1000) == total


def test_an_older_joining_does_not_take_the_place_of_a_newer_one(db, guild, send, clock, lou):
    """Messages of before somebody left may arrive after those of their return."""
    returned = now_ms() // 1000 - 86400
    for joined_s in (returned, returned - 864000):
        send(says(guild, lou, next(clock), joined_at=1000 * joined_s))
        assert db.one("SELECT extract(epoch FROM joined_at)::int FROM users WHERE guild_id = %s"
                      " AND user_id = %s", guild, lou.id) == returned


# -- settings that change


def test_settings_changed_before_a_batch_is_retried(hub, db, guild, shim, clock, lou):
    """What was applied stays; what was not counts under the settings of its own time."""
    settle(db, guild, message_min=10, message_max=10)
    batch = [says(guild, lou, next(clock)), reaction(lou, next(clock), guild_id=guild)]
    assert shim.send(hub, *batch, source=f"test {guild}") == (2, 0)
    settle(db, guild, message_min=500, message_max=500, reaction_xp=50)
    assert shim.send(hub, *batch, source=f"test {guild}") == (0, 2)
    assert earned(db, guild, lou) == 12
    assert shim.send(hub, *batch, says(guild, lou, next(clock)), source=f"test {guild}") == (1, 2)
    assert earned(db, guild, lou) == 512


def test_a_guild_without_settings_is_not_touched_by_another_s(db, guild, send, clock, lou):
    settle(db, guild, message_min=100, message_max=100, reaction_xp=50, levels=True)
    zone(db, "2", "factor", 1000, guild=guild)
    other, post = new_id(), new_id()
    at = next(clock)
    send(says(guild, lou, at), says(other, lou, at), reaction(lou, at, post, guild_id=other))
    assert earned(db, guild, lou) == 1000 and 3 <= earned(db, other, lou) <= 5


def test_random_settings_pay_what_the_order_says(db, guild, send, lou):
    """Against the order written down once more, over random zones, roles and factors."""
    chance = random.Random(guild)
    places, roles = [new_id() for _ in range(6)], [new_id() for _ in range(4)]
    settle(db, guild, message_min=7, message_max=7, message_cooldown_s=5)
    start = now_ms() - 6 * 3600 * 1000
    for turn in range(25):
        zones = {}
        for key in places + ["@" + role for role in roles]:
            effect = chance.choice(["none", "only", "factor", "factor", None, None])
            zones[key] = effect and {"effect": effect, **(
                {"factor_percent": chance.randrange(10, 1001)} if effect == "factor" else {})}
        rate = chance.randrange(1, 101) * 10
        change(db, {**{f"zone.{key}": value for key, value in zones.items()}, "rate_percent": rate},
               guild=guild)
        where, user = chance.sample(places, 3), chance.sample(roles, chance.randrange(4))
        assert gain(db, guild, send, lou, start + turn * 6000, where[0], parent_id=where[1],
                    category_id=where[2], roles=user) == expected(7, zones, where, user, rate)


def expected(base, zones, where, user, rate):
    def percent(value):
        return {"none": 0, "only": 100}.get(value["effect"], value.get("factor_percent"))

    entries = [zones[place] for place in where if zones[place]]
    only = any(value and value["effect"] == "only" for key, value in zones.items() if key[0] != "@")
    place = percent(entries[0]) if entries else 0 if only else 100
    mine = [zones["@" + role] for role in user if zones["@" + role]]
    only = any(value and value["effect"] == "only" for key, value in zones.items() if key[0] == "@")
    effects = {value["effect"] for value in mine}
    if place == 0 or "none" in effects or only and "only" not in effects:
        return 0
    role = max([value["factor_percent"] for value in mine if "factor_percent" in value], default=100)
    return max(1, base * max(10 ** 4, min(place * role * rate, 2 * 10 ** 7)) // 10 ** 6)
