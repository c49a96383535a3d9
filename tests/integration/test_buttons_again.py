"""Buttons of replies, pressed by both at once, sent again, in another server, by somebody else: what
each does once, for its own member, where it was shown."""

import concurrent.futures

import pytest

from support.buttons import buttons as by_label
from support.games import UPDATE, button, is_ephemeral, is_refused, text
from support.interactions import Application, Member
from support.replies import is_refusal
from support.wait import until

OTHER_GUILD = "2"
MODAL = 9


def elsewhere(table):
    """The same application in another server."""
    there = Application()
    there.key, there.id, there.guild_id = table.application.key, table.application.id, OTHER_GUILD
    return there


def finished(table, lou, max_, path="pfc"):
    """The message of a match that is over."""
    reply = table.accepted(path, lou, max_)
    if path == "pfc":
        table.press(reply, "rock", lou)
        reply = table.press(reply, "scissors", max_)
    return reply


# -- both ask for a rematch


@pytest.mark.parametrize("path", ["pfc", "jeu duel"])
@pytest.mark.parametrize("first", [0, 1])
def test_two_who_ask_for_a_rematch_at_once_get_one(table, path, first):
    lou, max_ = table.members(2)
    over = finished(table, lou, max_, path)
    both = [lou, max_]
    before = [table.balance(member) for member in both]
    presses = [table.service.signed(table.application.press(button(over, "rematch"), member))
               for member in both]
    if first:
        presses.reverse()
        both.reverse()
        before.reverse()
    # Both wait for the lock that every match of the two takes first.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with table.database.locked(min(both, key=lambda member: member.id)):
            replies = [pool.submit(table.service.post, *press) for press in presses]
            until(lambda: table.database.waiting_for_locks() == 2, "both wait")
    replies = [reply.result().json() for reply in replies]
    challenges = [reply for reply in replies if not is_ephemeral(reply)]
    assert len(challenges) == 1, [text(reply) for reply in replies]
    [asked] = [number for number, reply in enumerate(replies) if reply is challenges[0]]
    [refused] = [reply for reply in replies if reply is not challenges[0]]
    assert is_refused(refused, "plus rapide que toi", f"<@{both[asked].id}>", board=True)
    staked = [was - table.balance(member) for was, member in zip(before, both)]
    assert staked[asked] == 100 and staked[1 - asked] == 0
    assert table.database.one(
        "SELECT count(*) FROM besace_matches WHERE owner_id IN (%s, %s)", lou.id, max_.id) == 1
    # The answer can be given from the board that the refusal shows.
    accepted = table.press(refused, "accept", both[1 - asked])
    assert accepted["type"] == UPDATE and [
        was - table.balance(member) for was, member in zip(before, both)].count(100) == (2 if path == "pfc" else 1)
    table.check()


def test_a_rematch_after_the_others_has_run_out_is_a_challenge(table):
    lou, max_ = table.members(2)
    over = finished(table, lou, max_)
    asked = table.press(over, "rematch", lou)
    assert is_refused(table.press(over, "rematch", max_), "plus rapide que toi", board=True)
    table.expire(asked)
    assert not is_ephemeral(table.press(over, "rematch", max_))
    table.check()


# -- the same press again


def again(table, custom_id, member):
    """A press and eight copies of it at once; every one must get the first one's bytes."""
    request = table.service.signed(table.application.press(custom_id, member))
    first = table.service.post(*request)
    assert {reply.body for reply in table.service.together([request] * 8)} == {first.body}
    return first.json()


def test_a_seat_taken_again_is_one_seat(room):
    lou, poor = room.member(1000), room.member(30)
    opened = room.play("jeu roulette", lou, ("mise", 50))
    refused = room.press(opened, "join", poor)
    seated = again(room, button(refused, "sit"), poor)
    assert not is_ephemeral(seated) and room.balance(poor) == 0
    assert [amount for kind, amount in room.database.ledger(poor) if kind == "bet"] == [-30]
    room.expire(opened)
    room.check()


def test_a_gift_taken_again_is_one_gift(table):
    poor = table.member(3)
    refused = table.play("casino roue", poor, ("mise", 10), ("couleur", "rouge"))
    taken = again(table, button(refused, "take"), poor)
    assert not is_ephemeral(taken) and table.balance(poor) == 28
    assert [kind for kind, _ in table.database.ledger(poor)].count("daily_gift") == 1
    table.check()


def test_all_jackpots_opened_again_are_opened_once(table):
    lou = table.member(1000)
    table.database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                       " VALUES (:guild, %s, 'jackpot', 4)", lou.id)
    bag = table.play("sac", lou)
    opened = again(table, by_label(bag)["Tout ouvrir (4)"]["custom_id"], lou)
    assert opened["type"] == UPDATE and table.database.items(lou) == 0
    assert [kind for kind, _ in table.database.ledger(lou)].count("jackpot_reward") == 4
    table.check()


def crowd(table):
    """The leaderboard of a member far down."""
    for number in range(12):
        table.member(5000 + number)
    lou = table.member(30)
    return lou, table.play("classement", lou, ("type", "lc"))


def test_ones_own_place_asked_again_is_the_same_page(alone):
    lou, board = crowd(alone)
    page = again(alone, by_label(board)["Ma place"]["custom_id"], lou)
    assert page["type"] == UPDATE and f"**{lou.username} · 30 LC**" in text(page)


# -- in another server


def test_buttons_of_one_server_do_nothing_in_another(alone):
    """Everybody is a member of both; nothing of what was shown here happens there, or again here."""
    lou, max_ = alone.members(2)
    poor, there = alone.member(30), elsewhere(alone)
    over = finished(alone, lou, max_)
    table = alone.play("jeu roulette", lou, ("mise", 50))
    seat = button(alone.press(table, "join", poor), "sit")
    alone.database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                       " VALUES (:guild, %s, 'jackpot', 4)", lou.id)
    bag = by_label(alone.play("sac", lou))["Tout ouvrir (4)"]["custom_id"]
    for member in (lou, max_, poor):
        alone.database.add_member(member, 1000, guild=OTHER_GUILD)
    before = [alone.balance(member) for member in (lou, max_, poor)]
    for custom, member in ((button(over, "rematch"), lou), (button(over, "rematch"), max_), (seat, poor),
                           (bag, lou)):
        reply = alone.service.ask(there.press(custom, member))
        assert is_refusal(reply), (custom, text(reply))
    assert [alone.balance(member) for member in (lou, max_, poor)] == before
    assert [alone.database.balance(member, OTHER_GUILD) for member in (lou, max_, poor)] == [1000] * 3
    assert alone.database.items(lou) == 4
    alone.expire(table)
    alone.check()


def test_places_and_pages_of_one_server_are_not_asked_for_in_another(alone):
    """Neither by "Ma place", nor by the number of the page, nor by the form that it opened."""
    lou, board = crowd(alone)
    there = elsewhere(alone)
    for number in range(25):
        alone.database.add_member(Member(f"there-{number}"), 900 - number, guild=OTHER_GUILD)
    alone.database.add_member(lou, 77, guild=OTHER_GUILD)
    labels = by_label(board)
    [page] = [labels[label]["custom_id"] for label in labels if label.startswith("Page ")]
    form = alone.service.ask(alone.application.press(page, lou))
    assert form["type"] == MODAL
    form = form["data"]["custom_id"]
    for refused in (there.press(labels["Ma place"]["custom_id"], lou), there.press(page, lou),
                    there.modal(form, lou, {"page": "2"})):
        reply = alone.service.ask(refused)
        assert is_refusal(reply) and "there-" not in text(reply), text(reply)
    # Where it was opened, it is good all the same.
    reply = alone.service.ask(alone.application.modal(form, lou, {"page": "2"}))
    assert reply["type"] == UPDATE and f"**{lou.username} · 30 LC**" in text(reply)
    alone.check()


# -- pressed by somebody else


def test_who_was_not_asked_opens_no_bag_and_turns_no_page(alone):
    lou, board = crowd(alone)
    other = alone.member(100)
    alone.database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                       " VALUES (:guild, %s, 'jackpot', 4), (:guild, %s, 'jackpot', 4)", lou.id, other.id)
    bag = alone.play("sac", lou)
    for custom in (by_label(bag)["Tout ouvrir (4)"]["custom_id"], by_label(board)["Ma place"]["custom_id"]):
        assert is_refusal(alone.service.ask(alone.application.press(custom, other)))
    assert alone.database.items(lou) == alone.database.items(other) == 4
    assert alone.balance(other) == 100
    alone.check()


def test_what_helps_one_member_helps_another_only_themself(room):
    """The buttons of a private refusal name nobody: a copied one acts for whoever presses it."""
    lou, poor, other = room.member(1000), room.member(30), room.member(30)
    opened = room.play("jeu roulette", lou, ("mise", 50))
    refused = room.press(opened, "join", poor)
    room.press(refused, "sit", other)
    room.press(refused, "take", other)
    assert room.balance(poor) == 30 and room.balance(other) == 25
    room.expire(opened)
    room.check()
