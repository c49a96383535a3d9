"""Leaderboards: ranks, pages, and that ranks stay right whatever changes at the same time."""

import concurrent.futures
import contextlib
import random
import re

import pytest

from support.interactions import GUILD, Member
from support.service import ctl
from support.wait import DEADLINE_S, until
from support.replies import heading, is_ephemeral, is_refusal, shown, small, texts, under
from support.buttons import buttons

pytestmark = pytest.mark.partitioned

MAX = 2147483647


def ask(service, app, member, kind="lc", **words):
    return service.ask(app.command("classement", member, ("type", kind), **words))


def press(service, app, reply, label, member):
    return service.ask(app.press(buttons(reply)[label]["custom_id"], member))


MEDALS = {"🥇": 1, "🥈": 2, "🥉": 3}


def placed(text):
    """(place, name) of each line of a text."""
    found = [re.match(r"(?:(🥇|🥈|🥉)|`\s*([^`]+)`) (?:\*\*)?(\S+?)(?:\*\*)? · ", line) for line in text.split("\n")]
    return [(MEDALS.get(one.group(1)) or int(re.sub(r"\D", "", one.group(2))), one.group(3))
            for one in found if one]


def rows(reply):
    """(place, name) of each line of the page."""
    return placed(under(reply))


def around(reply):
    """(place, name) of the lines below the page: the member who asks, with both neighbours."""
    return [line for text in texts(reply)[1:] for line in placed(text)]


def own(reply):
    """(place, how many members) of the member who asks."""
    found = re.search(r"\s: (\S+?)e?r? sur (\S+?)(?: ·|$)", small(reply)[-1])
    return tuple(int(re.sub(r"\D", "", number)) for number in found.groups())


def fill(database, values, column="balance"):
    """Members with those values, named by their number, in the order of their ids."""
    users = [Member(f"m{number}", id=str(2000000000000000000 + number))
              for number in range(len(values))]
    for member, value in zip(users, values):
        database.run(f"INSERT INTO users (guild_id, user_id, username, {column})"
                     " VALUES (:guild, %s, %s, %s)", member.id, member.username, value)
    return users


def fold(database):
    """Until nothing waits: who changed waits for the tree, then for their copy."""
    while database.one("SELECT besace_leaderboard_fold(1000)") or database.one("SELECT besace_ranked_fold(1000)"):
        pass


def rank(database, metric, value):
    return database.one("SELECT besace_rank(:guild, %s, %s)", metric, value)


# -- pages


def test_ten_a_page_with_places_and_ones_own(service, database, app):
    users = fill(database, list(range(1000, 0, -40)))  # 25 members
    reply = ask(service, app, users[14])
    assert not is_ephemeral(reply) and "LC" in heading(reply)
    assert rows(reply) == [(number + 1, f"m{number}") for number in range(7)]
    assert own(reply) == (15, 25) and "40 LC derrière m13" in small(reply)[-1]
    assert around(reply) == [(14, "m13"), (15, "m14"), (16, "m15")]
    assert buttons(reply)["◀️"]["disabled"]
    second = press(service, app, reply, "▶️", users[14])
    assert second["type"] == 7
    assert rows(second) == [(number + 1, f"m{number}") for number in range(7, 17)]
    assert "**m14 · 440 LC**" in under(second).split("\n")[7] and own(second) == (15, 25)
    third = press(service, app, second, "▶️", users[14])
    assert rows(third) == [(number + 1, f"m{number}") for number in range(17, 25)]
    assert buttons(third)["▶️"]["disabled"]
    back = press(service, app, third, "◀️", users[14])
    assert rows(back) == rows(second)
    first = press(service, app, back, "◀️", users[14])
    assert rows(first) == rows(reply) and buttons(first)["◀️"]["disabled"]


@pytest.mark.parametrize("count", [1, 9, 10, 11, 20, 21])
def test_pages_end_where_members_end(service, database, app, count):
    users = fill(database, list(range(count, 0, -1)))
    reply = ask(service, app, users[0])
    seen = rows(reply)
    while not buttons(reply).get("▶️", {"disabled": True}).get("disabled"):
        reply = press(service, app, reply, "▶️", users[0])
        seen += rows(reply)
    assert seen == [(number + 1, f"m{number}") for number in range(count)]
    assert (not buttons(reply)) == (count <= 10)


def test_ones_own_place_is_a_page(service, database, app):
    users = fill(database, list(range(30, 0, -1)))
    reply = press(service, app, ask(service, app, users[17]), "Ma place", users[17])
    assert rows(reply) == [(number + 1, f"m{number}") for number in range(13, 23)]
    assert around(reply) == [] and buttons(reply)["Ma place"]["disabled"]
    assert rows(press(service, app, reply, "◀️", users[17])) == [
        (number + 1, f"m{number}") for number in range(3, 13)]
    last = press(service, app, ask(service, app, users[29]), "Ma place", users[29])
    assert rows(last)[-1] == (30, "m29") and buttons(last)["▶️"]["disabled"]
    # Near the top, the page is the first one.
    turned = press(service, app, ask(service, app, users[2]), "▶️", users[2])
    assert around(turned) == [(2, "m1"), (3, "m2"), (4, "m3")]
    assert rows(press(service, app, turned, "Ma place", users[2]))[0] == (1, "m0")


def page_number(reply):
    """What stands between the buttons that turn the pages."""
    [label] = [label for label in buttons(reply) if label.startswith("Page ")]
    assert not buttons(reply)[label].get("disabled")
    return tuple(int(re.sub(r"\D", "", number)) for number in label.split("/"))


def test_pages_say_which_they_are(service, database, app):
    users = fill(database, list(range(45, 0, -1)))
    reply = ask(service, app, users[30])
    assert page_number(reply) == (1, 5)
    own_page = press(service, app, reply, "Ma place", users[30])
    assert page_number(own_page) == (4, 5)  # from the 27th to the 36th
    assert page_number(press(service, app, own_page, "◀️", users[30])) == (3, 5)
    numbers = []
    while not buttons(reply)["▶️"].get("disabled"):
        reply = press(service, app, reply, "▶️", users[30])
        numbers.append(page_number(reply))
    assert numbers == [(2, 5), (3, 5), (4, 5), (5, 5)]


def test_pages_of_equals_are_told_apart(service, database, app):
    """All who never played have what they began with, and share one rank over many pages."""
    users = fill(database, [100] + [25] * 44)
    reply = ask(service, app, users[0])
    down = []
    while not buttons(reply)["▶️"].get("disabled"):
        reply = press(service, app, reply, "▶️", users[0])
        down.append(page_number(reply))
    assert down == [(2, 5), (3, 5), (4, 5), (5, 5)]
    up = []
    while not buttons(reply)["◀️"].get("disabled"):
        reply = press(service, app, reply, "◀️", users[0])
        up.append(page_number(reply))
    assert up == [(4, 5), (3, 5), (2, 5), (1, 5)]


def form(service, app, reply, member, **words):
    """What the button with the number of the page opens."""
    [label] = [label for label in buttons(reply) if label.startswith("Page ")]
    return service.ask(app.press(buttons(reply)[label]["custom_id"], member, **words))


def go(service, app, reply, typed, member):
    opened = form(service, app, reply, member)
    assert opened["type"] == 9
    return service.ask(app.modal(opened["data"]["custom_id"], member, {"page": typed}))


def test_a_page_is_gone_to_by_its_number(service, database, app):
    users = fill(database, list(range(45, 0, -1)))
    reply = ask(service, app, users[30])
    for number in (3, 5, 2, 4):
        reply = go(service, app, reply, str(number), users[30])
        assert reply["type"] == 7 and page_number(reply) == (number, 5)
        assert rows(reply) == [(place + 1, f"m{place}")
                               for place in range(10 * number - 10, min(10 * number, 45))]
        assert own(reply) == (31, 45) and "LC" in heading(reply)
        assert bool(around(reply)) == (number != 4)
    assert rows(press(service, app, reply, "▶️", users[30]))[0] == (41, "m40")
    assert rows(press(service, app, reply, "◀️", users[30]))[-1] == (30, "m29")
    first = go(service, app, reply, "1", users[30])
    assert rows(first) == rows(ask(service, app, users[30])) and page_number(first) == (1, 5)


@pytest.mark.parametrize("count", [11, 20, 21])
@pytest.mark.parametrize("typed", ["4", "300000000", "99999999999"])
def test_behind_the_last_page_is_the_last(service, database, app, count, typed):
    users = fill(database, list(range(count, 0, -1)))
    last = go(service, app, ask(service, app, users[0]), typed, users[0])
    assert rows(last)[-1] == (count, f"m{count - 1}") and buttons(last)["▶️"]["disabled"]
    assert page_number(last) == ((count + 9) // 10, (count + 9) // 10)


def test_pages_of_equals_are_gone_to(service, database, app):
    users = fill(database, [100] + [25] * 30 + [0] * 14)
    reply = ask(service, app, users[0])
    for number in (4, 2, 5, 3):
        reply = go(service, app, reply, str(number), users[0])
        assert page_number(reply) == (number, 5)
        assert [name for _, name in rows(reply)] == [
            f"m{place}" for place in range(10 * number - 10, min(10 * number, 45))]


@pytest.mark.parametrize("kind, column", [
    ("niveau", "xp"), ("messages", "message_count"), ("vocal", "voice_time")])
def test_a_page_keeps_its_kind(service, database, app, kind, column):
    users = fill(database, [3000 - 60 * number for number in range(25)], column)
    fold(database)
    reply = ask(service, app, users[0], kind)
    third = go(service, app, reply, "3", users[0])
    assert heading(third) == heading(reply)
    assert rows(third) == [(number + 1, f"m{number}") for number in range(20, 25)]


@pytest.mark.parametrize("typed", ["0", "-1", "deux", "tout", " ", "1;2"])
def test_what_is_no_page_is_refused(service, database, app, typed):
    users = fill(database, list(range(25, 0, -1)))
    refused = go(service, app, ask(service, app, users[0]), typed, users[0])
    assert is_refusal(refused) and "Un numéro de page est un nombre entier" in shown(refused)


def test_the_form_is_the_owners_own(service, database, app):
    users = fill(database, list(range(25, 0, -1)))
    reply = ask(service, app, users[0])
    assert is_refusal(form(service, app, reply, users[1]))
    opened = form(service, app, reply, users[0], locale="en-US")["data"]
    assert opened["title"] == "Go to a page" and "From 1 to 3" in str(opened)
    assert is_refusal(service.ask(app.modal(opened["custom_id"], users[1], {"page": "2"})))
    assert is_refusal(service.ask(app.press(opened["custom_id"], users[0])))
    assert is_refusal(service.ask(app.modal(
        opened["custom_id"], users[0], {"page": "2"}, from_component=False)))
    again = [service.ask(app.modal(opened["custom_id"], users[0], {"page": "2"})) for _ in range(2)]
    assert again[0] == again[1] and page_number(again[0]) == (2, 3)


def test_neighbours_at_the_ends(service, database, app):
    users = fill(database, list(range(25, 0, -1)))
    assert around(ask(service, app, users[24])) == [(24, "m23"), (25, "m24")]
    second = press(service, app, ask(service, app, users[0]), "▶️", users[0])
    assert around(second) == [(1, "m0"), (2, "m1")]


@pytest.mark.parametrize("kind, column, worth", [
    ("messages", "message_count", ("1 message", "2\u202f000 messages")),
    ("vocal", "voice_time", ("0 min", "33 min"))])
def test_by_messages_and_by_time_in_voice(service, database, app, kind, column, worth):
    users = fill(database, [1, 2000] + [1000] * 12, column)
    fold(database)
    reply = ask(service, app, users[0], kind)
    assert rows(reply)[:3] == [(1, "m1"), (2, "m2"), (2, "m3")] and own(reply) == (14, 14)
    assert around(reply) == [(2, "m13"), (14, "m0")]
    assert all(text in shown(reply) for text in worth)
    second = press(service, app, reply, "▶️", users[0])
    assert rows(second)[-1] == (14, "m0") and buttons(second)["▶️"]["disabled"]


def test_much_time_in_voice_is_told_in_hours(service, database, app):
    users = fill(database, [128 * 3600 + 59 * 60, 99 * 3600 + 120], "voice_time")
    fold(database)
    said = under(ask(service, app, users[1], "vocal"))
    assert re.search(r"m0\*\* · 128\sh\n", said) and re.search(r"m1 · 99\sh\s2\smin\*\*", said)


def test_the_service_ranks_by_messages_by_itself(start, database, app):
    users = fill(database, [1, 5, 3], "message_count")
    service = start(database)  # a service begins with everything that is due
    until(lambda: database.one("SELECT count(*) FROM besace_ranked WHERE metric = 'messages'") == 3, "ranked")
    assert rows(ask(service, app, users[0], "messages")) == [(1, "m1"), (2, "m2"), (3, "m0")]
    assert ctl("check", DATABASE_URL=database.url).returncode == 0


def test_ranks_by_activity_are_those_of_the_members(database):
    """Whatever changes, whoever goes, however it is folded."""
    chance = random.Random(7)
    fill(database, [chance.randrange(300) for _ in range(60)], "message_count")
    for step in range(400):
        user = str(2000000000000000000 + chance.randrange(70))
        kind = chance.randrange(10)
        if kind < 6:
            database.run(f"UPDATE users SET {chance.choice(['message_count', 'voice_time'])} = %s"
                         " WHERE user_id = %s", chance.randrange(300), user)
        elif kind == 6:
            database.run("UPDATE users SET message_count = message_count + 1 WHERE user_id < %s", user)
        elif kind == 7:
            database.run("DELETE FROM users WHERE user_id = %s", user)
        elif kind == 8:
            database.run("INSERT INTO users (guild_id, user_id, username, voice_time)"
                         " VALUES (:guild, %s, 'x', 7) ON CONFLICT DO NOTHING", user)
        else:
            database.one("SELECT besace_leaderboard_fold(%s)", chance.randrange(1, 20))
            database.one("SELECT besace_ranked_fold(%s)", chance.randrange(1, 20))
    while database.one("SELECT besace_ranked_fold(100)") or database.one(
            "SELECT besace_leaderboard_fold(100)"):
        pass
    for column, metric in (("message_count", "messages"), ("voice_time", "voice")):
        for value in range(0, 300, 23):
            expected = database.one(f"SELECT 1 + count(*) FROM users WHERE {column} > %s", value)
            assert rank(database, metric, value) == expected
    assert ctl("check", DATABASE_URL=database.url).stdout.count(b"ranked") == 0
    database.run("UPDATE besace_ranked SET value = value + 1 WHERE metric = 'messages' AND user_id ="
                 " (SELECT min(user_id) FROM besace_ranked)")
    assert ctl("check", DATABASE_URL=database.url).stdout.count(b"is ranked by") == 1


def test_equals_share_a_rank_in_the_order_of_their_ids(service, database, app):
    users = fill(database, [50, 50, 40] + [30] * 20 + [20, 20])
    reply = ask(service, app, users[24])
    assert rows(reply) == [(1, "m0"), (1, "m1"), (3, "m2")] + [(4, f"m{n}") for n in range(3, 8)]
    second = press(service, app, reply, "▶️", users[24])
    assert rows(second) == [(4, f"m{n}") for n in range(8, 18)]
    third = press(service, app, second, "▶️", users[24])
    assert rows(third) == [(4, f"m{n}") for n in range(18, 23)] + [(24, "m23"), (24, "m24")]
    assert rows(press(service, app, third, "◀️", users[24])) == rows(second)
    assert own(reply) == (24, 25)


def test_by_level_is_by_xp_and_the_default(service, database, app):
    users = fill(database, [1250, 99, 1251, 0], "xp")
    reply = ask(service, app, users[3], "niveau")
    assert rows(reply) == [(1, "m2"), (2, "m0"), (3, "m1"), (4, "m3")]
    assert "niveau **5** · 1\u202f251 XP" in shown(reply) and own(reply) == (4, 4)
    assert service.ask(app.command("classement", users[3])) == reply


def test_first_contact_has_a_rank_too(service, database, app, member):
    fill(database, [100, 10])
    reply = ask(service, app, member)
    assert own(reply) == (2, 3) and (2, member.username) in rows(reply)


def test_names_are_escaped_and_nobody_is_pinged(service, database, app):
    star = Member("*gras*")
    reply = ask(service, app, star)
    assert "\\*gras\\*" in shown(reply) and reply["data"]["allowed_mentions"] == {"parse": []}


def test_the_board_is_in_the_servers_language(service, database, app, member):
    reply = ask(service, app, member, guild_locale="en-GB")
    assert "Leaderboard" in shown(reply) and ": 1st of 1" in shown(reply)


def test_only_the_one_who_asked_turns_the_pages(service, database, app):
    users = fill(database, list(range(30, 0, -1)))
    reply = ask(service, app, users[0])
    assert is_refusal(press(service, app, reply, "▶️", users[1]))


@pytest.mark.parametrize("change", [
    ("classement:3", "classement:2"), (":wlc", ":wxp"), (":wlc", ":w"), (":wlc", ""), (":dn:", ":no:"),
    (":nl:", ":nzik0zk:"), (":nl:", ":n-1:"), (":nl:", ":n:"), (":nl:", ":"), ("$", "x"), ("$", ":n1")])
def test_a_forged_button_is_refused(service, database, app, change):
    users = fill(database, list(range(30, 0, -1)))
    custom_id = buttons(ask(service, app, users[0]))["▶️"]["custom_id"]
    forged = re.sub(change[0], change[1], custom_id)
    assert forged != custom_id and is_refusal(service.ask(app.press(forged, users[0])))


def test_an_unknown_kind_is_refused(service, database, app, member):
    for kind in ("xp", "", "LC", "invites"):
        assert is_refusal(ask(service, app, member, kind))


def test_a_page_that_has_emptied_meanwhile_says_so(service, database, app):
    users = fill(database, list(range(30, 0, -1)))
    reply = ask(service, app, users[0])
    database.run("UPDATE users SET balance = 1000 WHERE balance < 21")
    later = press(service, app, reply, "▶️", users[0])
    assert "personne" in shown(later) and own(later) == (21, 30)


# -- places are right


# Where a node of each height ends and the next one begins.
EDGES = [0, 1, *(edge + step for edge in (2**5, 2**10, 2**15, 2**20, 2**25, 2**30) for step in (-1, 0, 1)),
         MAX - 1, MAX]


def test_ranks_at_every_edge_of_the_tree(database):
    fill(database, EDGES * 2)
    for fold in (False, True):
        if fold:
            assert database.one("SELECT besace_leaderboard_fold(10000)") > 0
            assert database.one("SELECT count(*) FROM besace_leaderboard_changes") == 0
        for value in EDGES + [2, 300, 70000, 20000000]:
            expected = database.one("SELECT 1 + count(*) FROM users WHERE balance > %s", value)
            assert rank(database, "lc", value) == expected
        assert rank(database, "xp", 0) == 1
    assert database.one("SELECT besace_members_count(:guild)") == 2 * len(EDGES)
    assert ctl("check", DATABASE_URL=database.url).stdout.count(b"leaderboard") == 0


def test_ranks_are_exact_before_during_and_after_folding(database):
    """A thousand random changes by every way there is, folded in pieces of any size."""
    chance = random.Random(4)
    fill(database, [chance.randrange(1000) for _ in range(100)])
    for step in range(1000):
        user = str(2000000000000000000 + chance.randrange(130))
        value = chance.choice([chance.randrange(1000), chance.randrange(MAX), 25])
        kind = chance.randrange(10)
        if kind < 6:
            database.run(f"UPDATE users SET {chance.choice(['balance', 'xp'])} = %s"
                         " WHERE user_id = %s", value, user)
        elif kind < 8:
            database.run("INSERT INTO users (guild_id, user_id, username, balance, xp) VALUES (:guild, %s, 'x', %s, 7)"
                         " ON CONFLICT (guild_id, user_id) DO UPDATE SET balance = excluded.balance",
                         user, value)
        elif kind == 8:
            database.run("DELETE FROM users WHERE user_id = %s", user)
        else:
            database.one("SELECT besace_leaderboard_fold(%s)", chance.randrange(1, 60))
        if step % 10 == 0:
            for column, name in (("balance", "lc"), ("xp", "xp")):
                expected = database.one(f"SELECT 1 + count(*) FROM users WHERE {column} > %s", value)
                assert rank(database, name, value) == expected, step
            assert database.one("SELECT (s.rank, s.members) = (%s, (SELECT count(*) FROM users))"
                                " FROM besace_standing(:guild, %s) s", expected, value), step
    assert ctl("check", DATABASE_URL=database.url).stdout.count(b"leaderboard") == 0
    while database.one("SELECT besace_leaderboard_fold(1000)"):
        pass
    assert ctl("check", DATABASE_URL=database.url).stdout.count(b"leaderboard") == 0
    assert database.one("SELECT count(*) FROM besace_leaderboard WHERE above[1] <= 0") == 0


def test_pages_are_exact_before_during_and_after_folding(database):
    """Whoever changed is read from their own row, everybody else from the copy: in the order of the
    members' rows at every moment, in both directions, at every place."""
    chance = random.Random(11)
    fill(database, [chance.randrange(40) for _ in range(60)])
    for step in range(300):
        user = str(2000000000000000000 + chance.randrange(70))
        kind = chance.randrange(12)
        if kind < 6:
            database.run(f"UPDATE users SET {chance.choice(['balance', 'xp'])} = %s, message_count = message_count + 1"
                         " WHERE user_id = %s", chance.randrange(40), user)
        elif kind == 6:
            database.run("BEGIN; SELECT besace_many_members(%s); UPDATE users SET balance = balance + 1, xp = xp + 2"
                         " WHERE user_id < %s; COMMIT", chance.random() < 0.7, user)
        elif kind == 7:
            database.run("INSERT INTO users (guild_id, user_id, username, balance, xp) VALUES (:guild, %s, 'x', 9, 7)"
                         " ON CONFLICT DO NOTHING", user)
        elif kind == 8:
            database.run("DELETE FROM users WHERE user_id = %s", user)
        elif kind == 9:
            database.run("UPDATE users SET left_at = CASE WHEN left_at IS NULL THEN now() END,"
                         " balance = balance + 3 WHERE user_id = %s", user)
        elif kind == 10:
            database.one("SELECT besace_leaderboard_fold(%s)", chance.randrange(1, 40))
        else:
            database.one("SELECT besace_ranked_fold(%s)", chance.randrange(1, 40))
        metric, column = chance.choice([("lc", "balance"), ("xp", "xp")])
        expected = database.run(f"SELECT user_id, {column} FROM users WHERE left_at IS NULL"
                                f" ORDER BY {column} DESC, user_id")
        at = chance.randrange(len(expected))
        start, value = expected[at]
        def ids(up, value, start):
            return [row["id"] for row in database.one("SELECT besace_leaderboard_rows(:guild, %s, %s, %s, %s, 100)",
                                                      metric, up, value, start)]
        everybody = [user for user, _ in expected]
        assert ids(False, None, None) == everybody, step
        assert ids(False, value, start) == everybody[at + 1:], step
        assert ids(True, value, start) == everybody[:at], step
        assert database.run("SELECT id, value FROM besace_leaderboard_place(:guild, %s, %s)",
                            metric, at + 1) == [(start, value)], step
    while database.one("SELECT besace_leaderboard_fold(100)") or database.one("SELECT besace_ranked_fold(100)"):
        pass
    assert database.run("SELECT user_id, value FROM besace_ranked WHERE metric = 'lc' ORDER BY user_id") == database.run(
        "SELECT user_id, balance FROM users WHERE left_at IS NULL ORDER BY user_id")
    assert b"ranked" not in ctl("check", DATABASE_URL=database.url).stdout
    database.run("UPDATE besace_ranked SET value = value + 1 WHERE metric = 'lc' AND user_id ="
                 " (SELECT min(user_id) FROM besace_ranked)")
    assert b"is ranked by" in ctl("check", DATABASE_URL=database.url).stdout
    ctl("check", "--repair", DATABASE_URL=database.url)
    assert database.one("SELECT besace_ranked_fold(100)") == 1
    assert b"ranked" not in ctl("check", DATABASE_URL=database.url).stdout


def test_a_change_writes_no_index_of_the_members(database):
    """A balance and an XP that change stay in the page of their row: a HOT update."""
    member = database.add_member(Member())
    for _ in range(3):
        database.run("UPDATE users SET balance = balance + 1, xp = xp + 1, message_count = message_count + 1,"
                     " updated_at = now() WHERE user_id = %s", member.id)
    counted = " FROM pg_stat_user_tables WHERE relname ~ '^users(_|$)'"  # with its partitions
    until(lambda: database.one("SELECT sum(n_tup_upd)" + counted) >= 3, "counted")
    assert database.one("SELECT sum(n_tup_hot_upd) = sum(n_tup_upd)" + counted)


def test_the_copy_is_made_by_one_replica_at_a_time(database):
    """The second one would wait for the first, and with it the members that it has locked."""
    member = database.add_member(Member())
    database.run("UPDATE users SET message_count = 5 WHERE user_id = %s", member.id)
    assert database.one("SELECT besace_leaderboard_fold(100)") > 0
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("SELECT besace_ranked_fold(100)")
        assert cursor.fetchone()[0] > 0
        database.run("SET lock_timeout = '20s'")
        assert database.one("SELECT besace_ranked_fold(100)") == 0
        other.rollback()
    assert database.one("SELECT besace_ranked_fold(100)") > 0
    assert database.one("SELECT value FROM besace_ranked WHERE user_id = %s AND metric = 'messages'", member.id) == 5


def test_who_is_erased_while_their_copy_is_made_is_gone_afterwards(database):
    """The fold has taken that they wait, and waits for their row, which the erasure has locked."""
    member = database.add_member(Member())
    database.run("UPDATE users SET balance = 70, xp = 5 WHERE user_id = %s", member.id)
    database.one("SELECT besace_leaderboard_fold(100)")
    database.run("UPDATE users SET balance = 71 WHERE user_id = %s", member.id)
    with contextlib.closing(database.connect()) as erasing, erasing.cursor() as cursor, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        cursor.execute("SELECT FROM users WHERE user_id = %s FOR UPDATE", (member.id,))
        folded = pool.submit(database.one, "SELECT besace_ranked_fold(100)")
        with contextlib.closing(database.connect()) as watch, watch.cursor() as seen:
            def waits():
                seen.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                             " AND datname = current_database()")
                return seen.fetchone()[0]
            until(waits, "the fold waits")
        cursor.execute("SELECT besace_member_erase(%s, %s)", (GUILD, member.id))
        assert cursor.fetchone()[0]["done"]
        erasing.commit()
        assert folded.result(timeout=DEADLINE_S) > 0
    database.one("SELECT besace_leaderboard_fold(100)")
    assert database.run("SELECT user_id FROM besace_ranked UNION SELECT user_id FROM besace_ranked_due"
                        " UNION SELECT user_id FROM besace_leaderboard_changes") == []
    assert database.one("SELECT besace_members_count(:guild)") == 0
    assert ctl("check", DATABASE_URL=database.url).returncode == 0


def test_the_service_folds_by_itself(service, database, app, member):
    service.ask(app.command("cadeau", member))
    until(lambda: database.one("SELECT count(*) FROM besace_leaderboard_changes") == 0, "folded")
    assert database.run("SELECT number, members FROM besace_leaderboard_counts(:guild)"
                        " WHERE metric = 'lc' AND height = 0 AND members <> 0") == [(50, 1)]
    assert ctl("check", DATABASE_URL=database.url).returncode == 0


def test_changes_at_the_same_time_wait_for_nobody_and_are_all_counted(start, database, app):
    """Fifty members of one balance change it at once while two services fold."""
    services = [start(database), start(database)]
    users = fill(database, [25] * 50)
    for round_number in range(4):
        requests = []
        for number, member in enumerate(users):
            target = users[(number + 1 + round_number) % 50]
            requests.append(services[0].signed(
                app.command("don", member, ("membre", target), ("montant", 1 + number % 5))))
        replies = services[round_number % 2].together(requests)
        assert {reply.status for reply in replies} == {200}
        some = users[round_number]
        expected = database.one("SELECT 1 + count(*) FROM users WHERE balance > %s",
                                database.balance(some))
        assert own(ask(services[0], app, some)) == (expected, 50)
    assert ctl("check", DATABASE_URL=database.url).returncode == 0


def test_a_rank_passes_by_changes_that_are_folded(start, database, app):
    """A row of changes lives for a second, and its entry in the index until the next vacuum: a scan that
    did not mark such entries would read all of them for each rank."""
    database.run("ALTER TABLE besace_leaderboard_changes SET (autovacuum_enabled = off)")
    service = start(database)
    users = fill(database, [25] * 50)
    for value in range(20):
        database.run("UPDATE users SET balance = %s", value)
        while database.one("SELECT besace_leaderboard_fold(1000)"):
            pass

    def read():
        return database.run("SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes"
                            " WHERE indexrelname = 'besace_leaderboard_changes_idx'")[0]

    def passed_by():
        """How many entries one more reading of a rank reads."""
        scans, entries = read()
        service.ask(app.command("niveau", users[0]))
        until(lambda: read()[0] > scans, "the reading is counted")
        return read()[1] - entries

    until(lambda: passed_by() < 10, "the entries are marked")


def test_members_are_counted_by_the_root_alone(database):
    """Who left is folded in before who came: meanwhile a node may count more than the root."""
    fill(database, [25])
    database.run("UPDATE users SET xp = 7")
    while database.one("SELECT besace_leaderboard_fold(1000)"):
        pass
    database.run("INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)"
                 " VALUES (:guild, 'xp', '{100}', '{-1}')")
    database.one("SELECT besace_leaderboard_fold(1000)")
    database.run("INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)"
                 " VALUES (:guild, 'xp', '{100}', '{1}')")
    for folded in (False, True):
        assert database.run("SELECT rank, members FROM besace_standing(:guild, 7)") == [(1, 1)], folded
        database.one("SELECT besace_leaderboard_fold(1000)")


def test_emptying_the_table_empties_the_leaderboards(database):
    fill(database, [1, 2, 3])
    database.one("SELECT besace_leaderboard_fold(2)")
    database.run("TRUNCATE users CASCADE")
    assert database.one("SELECT besace_members_count(:guild)") == 0
    fill(database, [4])
    assert rank(database, "lc", 3) == 2 and database.one("SELECT besace_members_count(:guild)") == 1


def test_check_finds_a_miscounted_leaderboard(service, database, app, member):
    service.ask(app.command("lc", member))
    until(lambda: database.one("SELECT count(*) FROM besace_leaderboard_changes") == 0, "folded")
    database.run("UPDATE besace_leaderboard SET above[1] = 2 WHERE metric = 'xp' AND node >> 26 = 1")
    done = ctl("check", DATABASE_URL=database.url)
    assert done.returncode == 1 and f"leaderboard xp: in guild {GUILD}, 2 members are counted at 0, height 1".encode() in done.stdout


def test_who_left_is_left_out_until_seen_again(service, database, app):
    first, second, _, asker = fill(database, [400, 300, 200, 100])
    database.run("UPDATE users SET left_at = now() WHERE user_id = %s", second.id)
    reply = ask(service, app, asker)
    assert rows(reply) == [(1, "m0"), (2, "m2"), (3, "m3")] and own(reply) == (3, 3)
    # Whatever happens to them meanwhile, and to several at once.
    database.run("UPDATE users SET balance = balance + 1000 WHERE user_id = %s", second.id)
    database.run("UPDATE users SET left_at = now() WHERE user_id IN (%s, %s)", first.id, second.id)
    database.run("UPDATE users SET balance = balance + 1")
    assert own(ask(service, app, asker)) == (2, 2)
    database.run("UPDATE users SET left_at = NULL WHERE user_id = %s", second.id)
    assert rows(ask(service, app, asker)) == [(1, "m1"), (2, "m2"), (3, "m3")]
    database.run("UPDATE users SET left_at = NULL")
    assert own(ask(service, app, asker)) == (4, 4)
    assert ctl("check", DATABASE_URL=database.url).stdout.count(b"leaderboard") == 0
