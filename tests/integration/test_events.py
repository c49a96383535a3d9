"""POST /events: who may, what is refused and why, and that everything counts once."""

import contextlib
import functools
import json
import random
import threading
import time

import pytest

from support.events import (PATH, Shim, add_earner, heartbeat, message, now_ms, reaction, row, seat,
                            snapshot, voice, xp)
from support.interactions import Member, new_id
from support.ports import own_port
from support.service import KILL_AT, environment
from support.wait import until
from support.bag import jackpot
from support.outage import in_background
from support.replies import is_ephemeral, shown
from support.kill import STEPS_MAX, Trigger
from support.slots import change_slots

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
    warned = [line for line in service.text().splitlines() if "ahead_ms" in line]
    assert len(warned) == 1 and '"source":"fast"' in warned[0] and '"ahead_ms":4001' in warned[0]


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


def random_batches(members, count, size, seed):
    rng = random.Random(seed)
    at = now_ms() - 3600000
    posts = [new_id() for _ in range(20)]
    batches = []
    for _ in range(count):
        batch = []
        for _ in range(size):
            user, moment = rng.choice(members), at + rng.randrange(3600000)
            if rng.random() < 0.5:
                batch.append(message(user, moment))
            else:
                post = rng.randrange(20)
                batch.append(reaction(members[post % len(members)], moment, posts[post],
                                      str(rng.randrange(1, 40))))
        batches.append(batch)
    return batches


def expected(batches):
    """(messages of each member, paid reactions of each author) of distinct ids."""
    seen, messages, reactions = set(), {}, {}
    for event in (event for batch in batches for event in batch):
        if event["id"] in seen:
            continue
        seen.add(event["id"])
        if event["type"] == "message":
            user = event["user"]["id"]
            messages[user] = messages.get(user, 0) + 1
        else:
            key = event["author"]["id"], event["message_id"]
            reactions[key] = min(reactions.get(key, 0) + 1, 5)
    paid = {}
    for (author, _), count in reactions.items():
        paid[author] = paid.get(author, 0) + count
    return len(seen), messages, paid


def check_members(database, members, messages, paid):
    for each in members:
        found = row(database, each)
        count = messages.get(each.id, 0)
        assert found["messages"] == count
        minimum = 2 * paid.get(each.id, 0) + (1 if count else 0)
        assert minimum <= found["xp"] <= 2 * paid.get(each.id, 0) + 3 * min(count, 61)


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
    """The service's own two come on top; one for members and one for batches are the least."""
    start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_POOL_SIZE=size)
    until(lambda: database.one("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'besace'"
                               " AND datname = current_database() AND backend_type = 'client backend'")
          == maximum + 2, "all are there")


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
