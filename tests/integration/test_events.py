"""POST /events: who may, what is refused and why, what messages and reactions bring."""

import json
import time

import pytest

from support.events import (PATH, Shim, heartbeat, message, now_ms, reaction, row, seat, snapshot,
                            voice, xp)
from support.interactions import Member, new_id

pytestmark = pytest.mark.threads

MINUTE = 60000


# -- who may


def test_without_keys_there_is_nothing_here(shared, shim):
    body, headers = shim.signed(heartbeat(now_ms()))
    assert shared.post(body, headers, path=PATH).status == 404
    assert shared.get(PATH).status == 404


def test_only_post_is_allowed(hub):
    reply = hub.get(PATH)
    assert reply.status == 405 and reply.header("Allow") == "POST"


def test_a_signature_of_the_named_key_is_needed(hub, shim):
    body, good = shim.signed(heartbeat(now_ms()))
    _, other = Shim().signed(heartbeat(now_ms()))
    stale = shim.headers(body, at=int(time.time()) - 301)
    for headers in ([], good[:2], good[1:], [good[0], good[2]], [*good[:2], "X-Besace-Key-Id: nobody"],
                    [*good, good[0]], [*good, good[2]], [other[0], *good[1:]], stale):
        assert hub.post(body, headers, path=PATH).status == 401
    assert hub.post(body + b" ", good, path=PATH).status == 401
    assert hub.post(body, good, path=PATH).status == 200


def test_discord_s_key_is_none_for_events(hub, application, shim):
    body, _ = shim.signed(heartbeat(now_ms()))
    headers = [*application.sign(body), f"X-Besace-Key-Id: {shim.key_id}"]
    assert hub.post(body, headers, path=PATH).status == 401


def test_each_key_id_has_its_own_key(start, database):
    first, second = Shim("old"), Shim("new")
    service = start(database, BESACE_EVENT_KEYS=f"{first.setting},{second.setting}")
    for each in (first, second):
        assert each.send(service, heartbeat(now_ms())) == (1, 0)
    first.key_id = "new"
    assert first.post(service, heartbeat(now_ms())).status == 401


def test_a_key_may_be_bound_to_a_source(start, database):
    bound, free = Shim("bound"), Shim("free")
    service = start(database, BESACE_EVENT_KEYS=f"{bound.bound_to('1/4')},{free.setting}")
    assert bound.send(service, heartbeat(now_ms()), source="1/4") == (1, 0)
    for source in ("0/1", "1/40", None):
        reply = bound.post(service, heartbeat(now_ms()), source=source)
        assert reply.status == 401 and "source" in reply.json()["error"]
        assert free.send(service, heartbeat(now_ms()), source=source) == (1, 0)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"{}", b'{"events":{}}', b'{"events":null}', b'{"events":[],"events":[]}',
    b'{"source":"","events":[]}', b'{"source":7,"events":[]}', b'{"source":null,"events":[]}',
    b'{"source":"a\\u0000b","events":[]}', b'{"events":["\xff"]}',
    json.dumps({"source": "x" * 65, "events": []}).encode(),
    json.dumps({"events": [{}] * 1001}).encode()])
def test_signed_rubbish_is_400(hub, shim, body):
    reply = hub.post(body, shim.headers(body), path=PATH)
    assert reply.status == 400 and reply.json()["error"]


def test_four_mebibytes_are_the_most(hub, shim):
    body = json.dumps({"events": []}).encode()
    maximum = body + b" " * (4 * 1024 * 1024 - len(body))
    assert hub.post(maximum, shim.headers(maximum), path=PATH).status == 200
    more = maximum + b" "
    assert hub.post(more, shim.headers(more), path=PATH).status == 413


def test_an_empty_batch_is_taken(hub, shim):
    assert shim.send(hub) == (0, 0)


# -- what is refused, and the rest of its batch counts


@pytest.mark.parametrize("at, more", [
    ("1e999", ""), ("99999999999999999999", ""), ("1" * 70, ""), ("-1e-999", ""),
    ("AT", ',"user":{"id":"3","username":"a\\ud83d"}'), ("AT", ',"user":{"id":"3","username":"\\udc00b"}'),
    ("AT", ',"type":"message"'), ("AT", ',"user":{"id":"3","id":"4","username":"b"}'),
    ("AT", ',"user":' + "[" * 40 + "]" * 40),
    ("AT", ',"user":{' + ",".join(f'"{i}":0' for i in range(300)) + "}")])
def test_json_that_nobody_can_use_spoils_its_event_alone(hub, shim, member, at, more):
    good = json.dumps(message(member, now_ms()))
    bad = ('{"id":"x","type":"message","guild_id":"1","channel_id":"2","at":'
           f'{at.replace("AT", str(now_ms()))}{more}}}')
    body = f'{{"events":[{bad},{good},{bad}]}}'.encode()
    answer = hub.post(body, shim.headers(body), path=PATH).json()
    assert answer["accepted"] == 1 and [one["index"] for one in answer["rejected"]] == [0, 2]
    assert row(hub.database, member)["messages"] == 1


def test_what_nests_deep_in_a_field_that_nobody_reads_is_no_matter(hub, shim, member):
    event = {**message(member, now_ms()), "more": json.loads("[" * 40 + "7" + "]" * 40)}
    assert shim.send(hub, event) == (1, 0)


LOU = {"id": "3", "username": "lou"}
BASE = {"id": "x", "at": now_ms(), "guild_id": "1", "channel_id": "2"}
MESSAGE = {**BASE, "type": "message", "user": LOU}
REACTION = {**BASE, "type": "reaction", "message_id": "5", "author": LOU, "reactor_id": "4"}
VOICE = {**BASE, "type": "voice", "user": LOU}
SNAPSHOT = {**BASE, "type": "voice_snapshot", "afk_channel_id": None, "members": []}


def without(event, key):
    return {name: value for name, value in event.items() if name != key}


OPTIONAL = [
    {"roles": ["5", "x"]}, {"roles": "5"}, {"joined_at": "1795362371123"}, {"joined_at": 7},
    {"pending": "no"}, {"parent_id": 5}, {"category_id": "x"}, {"sent": "now"}, {"sent": 1}]
BAD = {
    **{f"optional {i}": {**MESSAGE, **more} for i, more in enumerate(OPTIONAL)},
    "voice with a strange suppress": {**VOICE, "suppress": 1},
    "a snapshot with strange roles": {
        **SNAPSHOT, "members": [{"user": LOU, "channel_id": "8", "roles": [5]}]},
    "a join without user": {**BASE, "type": "join"},
    "a guild that is neither there nor not": {**BASE, "type": "guild"},
    "a guild with strange features": {**BASE, "type": "guild", "present": True, "features": "x"},
    "guilds without ids": {**BASE, "type": "guilds", "shard": 0, "shards": 1},
    "guilds of a shard that is none": {**BASE, "type": "guilds", "shard": 1, "shards": 1, "ids": []},
    "guilds that are none": {**BASE, "type": "guilds", "shard": 0, "shards": 1, "ids": [9]},
    "gone without what": {"id": "x", "at": now_ms(), "type": "gone", "guild_id": "1"},
    "gone with both": {**BASE, "type": "gone", "role_id": "5"},
    "roles without roles": {**BASE, "type": "roles"},
    "roles with one that is none": {**BASE, "type": "roles", "roles": [{"id": "5"}]},
    "no object": 7,
    "no id": without(MESSAGE, "id"),
    "an empty id": {**MESSAGE, "id": ""},
    "an id that is a number": {**MESSAGE, "id": 7},
    "an id that is too long": {**MESSAGE, "id": "x" * 201},
    "an id with a line break": {**MESSAGE, "id": "a\nb"},
    "an id with a NUL": {**MESSAGE, "id": "a\0b"},
    "no type": without(MESSAGE, "type"),
    "an unknown type": {**MESSAGE, "type": "typing"},
    "no time": without(MESSAGE, "at"),
    "a time as text": {**MESSAGE, "at": "1795362371123"},
    "a time with a fraction": {**MESSAGE, "at": 1795362371123.5},
    "a time in seconds": {**MESSAGE, "at": 1795362371},
    "a time before 1970": {**MESSAGE, "at": -1},
    "a time two days ahead": {**MESSAGE, "at": now_ms() + 2 * 86400000},
    "a time more than seven days ago": {**MESSAGE, "at": now_ms() - 7 * 86400000 - 60000},
    "a direct message": without(MESSAGE, "guild_id"),
    "a direct message, as null": {**MESSAGE, "guild_id": None},
    "a guild that is none": {**MESSAGE, "guild_id": "x"},
    "a channel that is a number": {**MESSAGE, "channel_id": 2},
    "no channel": without(MESSAGE, "channel_id"),
    "no user": without(MESSAGE, "user"),
    "a user without id": {**MESSAGE, "user": {"username": "lou"}},
    "a user without name": {**MESSAGE, "user": {"id": "3"}},
    "a user with an empty name": {**MESSAGE, "user": {"id": "3", "username": ""}},
    "a user with a NUL in the name": {**MESSAGE, "user": {"id": "3", "username": "a\0b"}},
    "a user id of zero": {**MESSAGE, "user": {**LOU, "id": "0"}},
    "a bot": {**MESSAGE, "user": {**LOU, "bot": True}},
    "the system": {**MESSAGE, "user": {**LOU, "system": True}},
    "a webhook": {**MESSAGE, "webhook_id": "9"},
    "a reaction without message": without(REACTION, "message_id"),
    "a reaction without author": without(REACTION, "author"),
    "a reaction to a bot": {**REACTION, "author": {**LOU, "bot": True}},
    "a reaction without reactor": without(REACTION, "reactor_id"),
    "a reaction of a bot": {**REACTION, "reactor": {"id": "4", "bot": True}},
    "a reaction to oneself": {**REACTION, "reactor_id": "3"},
    "a reaction to a webhook": {**REACTION, "webhook_id": "9"},
    "a reaction in a direct message": without(REACTION, "guild_id"),
    "voice without channel": without(VOICE, "channel_id"),
    "voice without guild": without(VOICE, "guild_id"),
    "voice of a bot": {**VOICE, "user": {**LOU, "bot": True}},
    "voice with a strange flag": {**VOICE, "deaf": 1},
    "voice with a strange AFK flag": {**VOICE, "afk": "yes"},
    "a snapshot without members": without(SNAPSHOT, "members"),
    "a snapshot with a member that is none": {**SNAPSHOT, "members": [7]},
    "a snapshot with a channel that is none": {
        **SNAPSHOT, "members": [{"user": LOU, "channel_id": "x"}]},
    "a snapshot with an AFK channel that is none": {**SNAPSHOT, "afk_channel_id": 9},
    "a snapshot without guild": without(SNAPSHOT, "guild_id"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_event_is_refused_alone(hub, shim, member, bad):
    at = now_ms()
    reply = shim.post(hub, message(member, at), bad, reaction(member, at))
    assert reply.status == 200, reply
    answer = reply.json()
    assert (answer["accepted"], answer["duplicates"]) == (2, 0)
    (rejected,) = answer["rejected"]
    assert rejected["index"] == 1 and len(rejected["reason"]) > 5
    assert row(hub.database, member)["messages"] == 1


def test_a_refused_event_does_not_use_up_its_id(hub, shim, member):
    good = message(member, now_ms())
    assert shim.post(hub, {**good, "user": {}}).json()["rejected"]
    assert shim.send(hub, good) == (1, 0)


def test_a_batch_of_only_bad_events_is_answered(hub, shim):
    answer = shim.post(hub, 1, 2, 3).json()
    assert [rejected["index"] for rejected in answer["rejected"]] == [0, 1, 2]


def test_unknown_fields_are_ignored(hub, shim, member):
    assert shim.send(hub, message(member, now_ms(), new_field={"a": [1]})) == (1, 0)


def test_a_thousand_events_are_taken(hub, shim):
    members = [Member() for _ in range(100)]
    at = now_ms()
    events = [message(members[i % 100], at + i) for i in range(1000)]
    assert shim.send(hub, *events) == (1000, 0)
    for each in members:
        assert row(hub.database, each)["messages"] == 10
        assert 1 <= xp(hub.database, each) <= 3


# -- members


def test_an_event_makes_the_member(hub, shim, member):
    shim.send(hub, message(member, now_ms()))
    assert hub.database.run(
        "SELECT username, balance, level, last_gift_time, voice_time FROM users"
        " WHERE user_id = %s", member.id) == [(member.username, 25, 1, None, 0)]


def name(database, member):
    return database.one("SELECT username FROM users WHERE user_id = %s", member.id)


def test_the_newest_name_stays(hub, shim, member):
    at = now_ms() - MINUTE
    first, later = Member("first", id=member.id), Member("later", id=member.id)
    shim.send(hub, message(first, at))
    shim.send(hub, message(later, at + 1000))
    assert name(hub.database, member) == "later"
    shim.send(hub, message(first, at + 500))
    assert name(hub.database, member) == "later"
    shim.send(hub, message(later, at + 2000), message(first, at + 3000), message(later, at + 2500))
    assert name(hub.database, member) == "first"


def test_a_command_after_an_event_of_the_same_second_renames(hub, shim, member):
    first, second = Member("first", id=member.id), Member("second", id=member.id)
    at = now_ms()
    shim.send(hub, message(first, at))
    hub.ask(hub.application.command("lc", second), at // 1000)
    assert name(hub.database, member) == "second"


def test_an_author_whose_name_is_not_known_is_made_all_the_same(hub, shim, member):
    event = reaction(member, now_ms())
    del event["author"]["username"]
    assert shim.send(hub, event) == (1, 0)
    assert name(hub.database, member) == member.id
    shim.send(hub, reaction(member, now_ms()))
    assert name(hub.database, member) == member.username


def test_who_is_in_voice_and_whose_name_is_not_known_counts_all_the_same(hub, shim, member):
    at, other = now_ms() - 130000, Member()
    joins = [voice(member, at), voice(other, at)]
    for event in joins:
        del event["user"]["username"]
    seats = [seat(member), seat(other)]
    for each in seats:
        del each["user"]["username"]
    shim.send(hub, *joins, heartbeat(at + 60000), snapshot(at + 61000, *seats),
              heartbeat(at + 120000), source=f"nameless {member.id}")
    assert xp(hub.database, member) == xp(hub.database, other) == 1
    assert name(hub.database, member) == member.id
    shim.send(hub, voice(member, at + 1000), source=f"late {member.id}")
    assert name(hub.database, member) == member.username


@pytest.mark.parametrize("given", ["Élodie 🎲", "a'b\"c\\d{e},f", "NULL", "x" * 300, "{}", " "])
def test_names_of_every_kind_are_kept(hub, shim, given):
    member = Member(given)
    shim.send(hub, message(member, now_ms()))
    assert name(hub.database, member) == given[:255]


# -- messages


def test_a_message_brings_one_to_three_and_counts(hub, shim):
    seen = set()
    for _ in range(60):
        member = Member()
        shim.send(hub, message(member, now_ms()))
        assert row(hub.database, member)["messages"] == 1
        seen.add(xp(hub.database, member))
    assert seen == {1, 2, 3}


def test_messages_are_paid_once_a_minute_by_their_own_times(hub, shim, member):
    at = now_ms() - 10 * MINUTE
    shim.send(hub, message(member, at))
    before = xp(hub.database, member)
    shim.send(hub, message(member, at + MINUTE - 1), message(member, at + 1))
    assert xp(hub.database, member) == before
    shim.send(hub, message(member, at + MINUTE))
    assert before < xp(hub.database, member) <= before + 3
    assert row(hub.database, member)["messages"] == 4
    assert hub.database.one(
        "SELECT last_message_xp_time = timestamp 'epoch' + %s * interval '1 ms' FROM users"
        " WHERE user_id = %s", at + MINUTE, member.id)


def test_the_cooldown_holds_inside_a_batch(hub, shim, member):
    at = now_ms() - 20 * MINUTE
    paid = [message(member, at + i * MINUTE) for i in range(10)]
    between = [message(member, at + i * MINUTE + 30000) for i in range(10)]
    shim.send(hub, *(event for pair in zip(paid, between) for event in pair))
    assert 10 <= xp(hub.database, member) <= 30
    assert row(hub.database, member)["messages"] == 20
    assert hub.database.one("SELECT last_message_xp_time = timestamp 'epoch' + %s * interval '1 ms'"
                            " FROM users WHERE user_id = %s", at + 9 * MINUTE, member.id)


def test_an_older_message_is_counted_but_not_paid(hub, shim, member):
    at = now_ms()
    shim.send(hub, message(member, at))
    before = xp(hub.database, member)
    shim.send(hub, message(member, at - 60 * MINUTE), source="other")
    assert row(hub.database, member) == {"xp": before, "level": 1, "messages": 2, "voice": 0}


def test_the_time_of_discord_serves_the_cooldown(hub, shim, member):
    """The shim's clock is wrong by an hour; its messages come a minute apart all the same."""
    sent, at = now_ms() - 10 * MINUTE, now_ms() - 70 * MINUTE
    shim.send(hub, message(member, at, sent=sent))
    before = xp(hub.database, member)
    shim.send(hub, message(member, at + 2 * MINUTE, sent=sent + MINUTE - 1))
    assert xp(hub.database, member) == before
    shim.send(hub, message(member, at + 2 * MINUTE, sent=sent + MINUTE))
    assert xp(hub.database, member) > before


def test_the_time_of_discord_moves_no_clock(hub, shim, member):
    source, at = f"slow {member.id}", now_ms() - MINUTE
    shim.send(hub, message(member, at, sent=at + MINUTE // 2), source=source)
    assert hub.database.one(
        "SELECT clock_ms FROM besace_sources WHERE source = %s", source) == at


def test_events_are_never_later_than_their_signature(start, database, shim, member):
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    signed = int(time.time())
    for ahead in (5000, 3600000):
        reply = shim.post(service, message(member, signed * 1000 + ahead), at=signed, source="fast")
        assert reply.json()["accepted"] == 1
        assert database.one("SELECT clock_ms FROM besace_sources") == signed * 1000 + 999
    late = shim.post(service, heartbeat(signed * 1000 + 86401000), at=signed, source="fast").json()
    assert late["accepted"] == 0 and "day" in late["rejected"][0]["reason"]
    assert shim.post(service, message(member, signed * 1000 + 7000), at=signed, source="other").status == 200
    warned = [(line["source"], line["ahead_ms"]) for line in service.log() if "ahead_ms" in line]
    assert warned == [("fast", 4001), ("other", 6001)]


# -- reactions


def test_a_reaction_brings_the_author_two(hub, shim, member):
    shim.send(hub, reaction(member, now_ms()))
    assert row(hub.database, member) == {"xp": 2, "level": 1, "messages": 0, "voice": 0}


def test_reactions_pay_ten_xp_a_message(hub, shim, member):
    at, post = now_ms(), new_id()
    shim.send(hub, *(reaction(member, at, post, str(100 + i)) for i in range(3)))
    assert xp(hub.database, member) == 6
    assert shim.send(hub, *(reaction(member, at, post, str(200 + i)) for i in range(7))) == (7, 0)
    assert xp(hub.database, member) == 10
    assert shim.send(hub, reaction(member, at, post, "300")) == (1, 0)
    assert xp(hub.database, member) == 10
    shim.send(hub, reaction(member, at, None, "300"))
    assert xp(hub.database, member) == 12


@pytest.mark.parametrize("selector", ["%EF%B8%8F", "%ef%b8%8f", "\ufe0f"])
def test_an_emoji_with_and_without_its_selector_is_one(hub, shim, member, selector):
    at, post = now_ms(), new_id()
    assert shim.send(hub, reaction(member, at, post, emoji="%E2%9D%A4")) == (1, 0)
    assert shim.send(hub, reaction(member, at, post, emoji="%E2%9D%A4" + selector)) == (0, 1)
    assert shim.send(hub, reaction(member, at, post, "7", "%E2%9D%A4" + selector)) == (1, 0)
    assert shim.send(hub, reaction(member, at, post, "7", "%E2%9D%A4")) == (0, 1)
    assert xp(hub.database, member) == 4


def test_a_reaction_taken_back_and_given_again_is_paid_once(hub, shim, member):
    at, post = now_ms(), new_id()
    assert shim.send(hub, reaction(member, at, post)) == (1, 0)
    assert shim.send(hub, reaction(member, at + 86400000 // 2, post)) == (0, 1)
    assert shim.send(hub, reaction(member, at, post, emoji="%F0%9F%91%8D")) == (1, 0)
    assert xp(hub.database, member) == 4
