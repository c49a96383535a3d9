"""Announcements as a guild wants them: where, which levels, in which words, their mentions."""

import pytest

from support.events import add_earner, message, now_ms
from support.levels import rise
from support.replies import shown
from support.roles import reward, set_level, setting
from support.wait import until

DEFAULT = "1400000000000000777"
ROUTE = "/channels/{channel}/messages"


@pytest.fixture
def settings(shim, discord):
    return {"BESACE_EVENT_KEYS": shim.setting, "DISCORD_API_URL": discord.url,
            "DISCORD_BOT_TOKEN": "bot.token.test", "BESACE_LEVEL_CHANNEL_ID": DEFAULT}


@pytest.fixture
def announcer(start, database, settings):
    service = start(database, **settings)
    until(lambda: database.one("SELECT count(guild_id) FROM besace_announce_default"), "known")
    return service


def queued(database):
    """(channel, level) of what was queued, in its order."""
    return database.run("SELECT channel_id, (body ->> 'level')::int FROM besace_outbox ORDER BY id")


def posted(discord, channel, count=1):
    discord.wait_for(lambda: len(discord.messages.get(channel, [])) >= count)
    return [shown(each) for each in discord.messages[channel]]


def new_day(database):
    """What was announced so far has left, and belongs to no burst any more."""
    database.run("UPDATE besace_outbox SET taken = true, created_at = created_at - interval '2 min',"
                 " send_at = send_at - interval '2 min'")


# -- where


@pytest.mark.parametrize("place, channel, expected", [
    (None, None, DEFAULT), ("none", None, None), ("none", "55", None), ("channel", "55", "55"),
    ("here", None, "2")])
def test_the_place_is_the_guild_s(announcer, database, shim, place, channel, expected):
    setting(database, announce_channel_id=channel, announce_place=place)
    member = add_earner(database, 99)
    shim.send(announcer, message(member, now_ms()))
    assert queued(database) == ([(expected, 2)] if expected else [])


def test_here_follows_the_member(database):
    setting(database, announce_place="here")
    member = add_earner(database)
    rise(database, member, 2)
    assert queued(database) == []  # nobody knows where
    database.run("UPDATE users SET place_id = '8'")
    rise(database, member, 3)
    new_day(database)
    database.run("UPDATE users SET place_id = '9'")
    rise(database, member, 4)
    assert queued(database) == [("8", 3), ("9", 4)]
    assert database.one("SELECT besace_level_reward('1', %s, 4, 4, 5, 0, '10')", member.id)
    assert queued(database)[-1] == ("10", 5)


def test_without_levels_nothing_is_announced(database):
    setting(database, announce_place="channel", announce_channel_id="55", levels=False)
    member = add_earner(database)
    rise(database, member, 2)
    assert queued(database) == []


def test_who_wants_none_is_not_announced(database):
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    member, other = add_earner(database), add_earner(database)
    database.run("UPDATE users SET announce_none = true WHERE user_id = %s", member.id)
    rise(database, member, 2)
    rise(database, other, 3)
    assert queued(database) == [("2", 3)]


# -- which


@pytest.mark.parametrize("filters, levels, announced", [
    ({}, (2, 3), [2, 3]),
    ({"announce_from_level": 5}, (2, 4, 5, 6), [5, 6]),
    ({"announce_every": 5}, (2, 4, 5, 6, 9, 10), [5, 10]),
    ({"announce_every": 5}, (4, 11, 14), [11]),  # level 10 was crossed
    ({"announce_every": 5, "announce_from_level": 6}, (5, 9, 10), [10]),
    ({"announce_role_only": True}, (2, 3, 4, 7, 8), [3, 7]),  # of levels 3 and 6
    ({"announce_role_only": True, "announce_every": 2}, (3, 4, 7), [7]),
    ({"announce_role_only": True, "announce_from_level": 7}, (6, 8), []),
])
def test_all_filters_must_hold(database, filters, levels, announced):
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    setting(database, **filters)
    reward(database, "503", 3)
    reward(database, "506", 6)
    member = add_earner(database)
    for level in levels:
        rise(database, member, level)
        new_day(database)
    assert [level for _, level in queued(database)] == announced


def test_a_role_that_is_not_given_is_none(database):
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    setting(database, announce_role_only=True)
    for role, level in (("502", 2), ("503", 3), ("504", 4)):
        reward(database, role, level)
    database.run("UPDATE besace_rewards SET state = CASE role_id WHEN '502' THEN 'gone' ELSE 'blocked' END,"
                 " state_at = now() WHERE role_id <> '504'")
    member = add_earner(database)
    for level in (2, 3, 4):
        rise(database, member, level)
        new_day(database)
    assert [level for _, level in queued(database)] == [4]


# -- in which words


def test_a_template_says_everything(announcer, database, discord, shim):
    setting(database, announce_text="{membre}|{mention}|{niveau}|{ancien}|{xp}|{lc}|{objets}|{role}"
                                    "|{serveur}|{salon}|{user}|{player}|{level}")
    database.run("INSERT INTO besace_guilds (guild_id, name, locale, community)"
                 " VALUES ('1', 'La *Taverne*', 'fr', true)")
    reward(database, "503", 3)
    reward(database, "505", 5)
    member = add_earner(database)
    database.run("UPDATE users SET username = 'lou_x', place_id = '8'")
    rise(database, member, 5)
    user = f"<@{member.id}>"
    assert posted(discord, DEFAULT) == [
        f"lou\\_x|{user}|5|1|1\u202f000|150|Jackpot|<@&503>, <@&505>|La \\*Taverne\\*|<#8>|{user}|{user}|5"]


def test_the_template_is_that_of_the_level_up(start, settings, database, discord):
    """Settings are read in the statement that uses them; what was queued stays as it is."""
    setting(database, announce_place="channel", announce_channel_id="55",
            announce_text="un {niveau}")
    rise(database, add_earner(database), 2)
    setting(database, announce_text="deux {niveau}")
    rise(database, add_earner(database), 3)
    start(database, **settings)
    assert posted(discord, "55", 2) == ["un 2", "deux 3"]


def test_a_burst_names_all_its_roles(database):
    setting(database, announce_place="channel", announce_channel_id="55")
    for level in (2, 3, 4):
        reward(database, str(500 + level), level)
    member = add_earner(database)
    for level in (2, 3, 4):
        rise(database, member, level)
    assert database.run("SELECT body -> 'roles', body -> 'old' FROM besace_outbox ORDER BY id") == [
        (["502"], 1), (["503", "504"], 2)]


@pytest.mark.parametrize("text", [
    "@everyone @here <@1> <@&2> {mention}", "é" * 1000, "{mention}" * 111, "{role}{objets}" * 70])
def test_whatever_stands_in_it_pings_nobody_and_fits(announcer, database, discord, text):
    setting(database, announce_text=text)
    reward(database, "502", 2)
    rise(database, add_earner(database), 2)
    posted(discord, DEFAULT)
    (call,) = discord.calls("POST", ROUTE)
    assert call["status"] == 200 and call["body"]["allowed_mentions"] == {"parse": []}


# -- their mentions


@pytest.mark.parametrize("allowed, wanted, pinged", [
    (None, True, True), (True, True, True), (False, True, False), (None, False, False),
    (True, False, False)])
def test_an_owner_may_forbid_pings_never_force_them(
        announcer, database, discord, allowed, wanted, pinged):
    setting(database, announce_ping=allowed)
    member = add_earner(database)
    database.run("UPDATE users SET announce_ping = %s", wanted)
    rise(database, member, 2)
    posted(discord, DEFAULT)
    (call,) = discord.calls("POST", ROUTE)
    assert call["body"]["allowed_mentions"] == (
        {"parse": [], "users": [member.id]} if pinged else {"parse": []})


def test_a_level_that_is_regained_stays_silent(database):
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    member = add_earner(database)
    rise(database, member, 3)
    set_level(database, member, 1)
    rise(database, member, 3)
    assert len(queued(database)) == 1
