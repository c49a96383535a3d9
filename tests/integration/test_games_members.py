"""Games between members: challenges, turns, secret choices, tables, time that runs out."""

import contextlib
import datetime
import itertools
import re

import pytest

from support import fair
from support.games import (DRAWS_MAX, MESSAGE, UPDATE, Table, button, buttons, game_id, is_ephemeral,
                           is_refused, text)
from support.interactions import Application, Member, base36
from support.replies import shown
from support.wait import until

CHALLENGES = ("jeu duel", "pfc", "007", "c21")
TURNS = ("pfc", "007", "c21")
FULL = 2147483647


def over(reply):
    """Whether a match has ended: what is left asks for another, or for its proof."""
    return {id.split(":")[2] for id in buttons(reply)} <= {"rematch", "proof"}


# -- the challenge


@pytest.mark.parametrize("path", CHALLENGES)
def test_a_challenge_takes_the_challengers_stake_only(table, path):
    lou, max_ = table.members(2)
    reply = table.challenge(path, lou, max_, 200)
    assert reply["type"] == MESSAGE and not is_ephemeral(reply)
    assert lou.username in text(reply) and f"<@{max_.id}>" in text(reply) and "200" in text(reply)
    assert re.search(r"<t:\d+:R>", text(reply))
    assert (table.balance(lou), table.balance(max_)) == (800, 1000)
    assert table.database.ledger(lou)[1:] == [("bet", -200)]
    assert table.history(lou, max_) == [[], []]
    table.check()


def test_a_challenge_whose_time_is_over_crosses_no_other(table):
    """Before the service has ended it: who answers with a challenge of their own is not led to it."""
    lou, max_ = table.members(2)
    table.challenge("pfc", lou, max_, 200)
    crossed = "SELECT besace_match_crossed('1', %s, %s, 'pfc') IS NOT NULL"
    assert table.database.one(crossed, max_.id, lou.id) is True
    with contextlib.closing(table.database.connect()) as other, other.cursor() as cursor:
        cursor.execute("UPDATE besace_matches SET expires_at = now() AT TIME ZONE 'utc' WHERE owner_id = %s",
                       (lou.id,))
        cursor.execute(crossed, (max_.id, lou.id))
        assert cursor.fetchone() == (False,)
        other.rollback()


def test_a_game_between_members_uses_up_no_draw_of_ones_own_seeds(shared, app):
    lou, max_ = (shared.database.add_member(Member(), balance=1000) for _ in range(2))
    shared.ask(app.subcommand("casino machine", lou, ("mise", 5)))
    nonce = "SELECT nonce FROM users WHERE guild_id = :guild AND user_id = %s"
    assert shared.database.one(nonce, lou.id) == 1
    shared.ask(app.subcommand("jeu duel", lou, ("adversaire", max_), ("mise", 10)))
    assert shared.database.one(nonce, lou.id) == 1


@pytest.mark.parametrize("path", CHALLENGES)
@pytest.mark.parametrize("end", ["refuse", "cancel", "expire"])
def test_a_challenge_that_comes_to_nothing_gives_the_stake_back(table, path, end):
    lou, max_ = table.members(2)
    reply = table.challenge(path, lou, max_)
    if end == "expire":
        table.expire(reply)
    else:
        said = table.press(reply, end, max_ if end == "refuse" else lou)
        assert said["type"] == UPDATE and over(said) and "100 LC" in text(said)
    assert (table.balance(lou), table.balance(max_)) == (1000, 1000)
    assert table.database.ledger(lou)[1:] == [("bet", -100), ("refund", 100)]
    assert table.history(lou, max_) == [[], []] and table.xp(lou) == 0
    for action, member in (("accept", max_), ("refuse", max_), ("cancel", lou)):
        assert is_refused(table.press(reply, action, member), "finie")
    assert table.balance(max_) == 1000
    table.check()


@pytest.mark.parametrize("path", CHALLENGES)
def test_only_the_one_who_is_asked_answers_and_only_the_challenger_cancels(table, path):
    lou, max_, third = table.members(3)
    reply = table.challenge(path, lou, max_)
    for action, member in (("accept", third), ("refuse", third), ("accept", lou), ("refuse", lou)):
        assert is_refused(table.press(reply, action, member), "pas pour toi")
    for member in (third, max_):
        assert is_refused(table.press(reply, "cancel", member), "Seule la personne")
    assert [table.balance(member) for member in (lou, max_, third)] == [900, 1000, 1000]
    assert table.is_open(reply)


@pytest.mark.parametrize("path", CHALLENGES)
def test_refusals_of_a_challenge_write_nothing(table, path):
    lou, max_ = table.members(2)
    poor = table.member(99)
    assert is_refused(table.challenge(path, lou, lou), "soi-même")
    assert is_refused(table.challenge(path, lou, Member(bot=True)), "bots")
    assert is_refused(table.challenge(path, lou, max_, 9), "10")
    assert is_refused(table.challenge(path, lou, max_, 1001))
    assert is_refused(table.challenge(path, poor, max_, 100), "99 LC")
    assert is_refused(table.challenge(path, table.member(FULL), max_, 100), "maximum")
    assert is_refused(table.play(path, lou, ("mise", 50)))
    assert is_refused(table.play(path, lou, ("adversaire", max_)))
    assert (table.balance(lou), table.balance(poor)) == (1000, 99)
    assert table.database.ledger(lou)[1:] == table.history(lou) == []


@pytest.mark.parametrize("path", CHALLENGES)
def test_a_challenge_notifies_the_opponent_and_nobody_else(table, path):
    lou, max_ = table.members(2)
    reply = table.challenge(path, lou, max_)
    assert f"<@{max_.id}>" in shown(reply)
    assert reply["data"]["allowed_mentions"] == {"parse": [], "users": [max_.id]}
    accepted = table.press(reply, "accept", max_)
    assert accepted["data"]["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("path", CHALLENGES)
def test_a_challenge_that_the_opponent_cannot_cover_is_refused_at_once(table, path):
    lou, poor = table.member(1000), table.member(99)
    refused = table.challenge(path, lou, poor)
    assert is_refused(refused, "adversaire") and "99" not in text(refused)
    assert (table.balance(lou), table.balance(poor)) == (1000, 99)
    assert table.database.ledger(lou)[1:] == []


def test_a_second_challenge_brings_the_board_of_the_first_back(table):
    lou, max_, third = table.members(3)
    board = table.accepted("c21", lou, max_)
    again = table.challenge("c21", lou, third)
    assert is_refused(again, "une partie en cours", f"<@{lou.id}>", board=True) and buttons(again) == buttons(board)
    press = table.application.press(button(again, "2"), lou)
    press["message"]["flags"] = 64
    assert "**2**" in text(table.service.ask(press))
    where = table.database.one("SELECT message_id FROM besace_matches WHERE match_id = %s", game_id(board))
    assert where != press["message"]["id"]  # expiry edits the public message


@pytest.mark.parametrize("path", CHALLENGES)
def test_one_open_game_of_a_kind_a_member(table, path):
    lou, max_, third = table.members(3)
    table.challenge(path, lou, max_)
    assert is_refused(table.challenge(path, lou, third), "une partie en cours", board=True)
    other = table.challenge(path, third, lou)
    assert is_refused(table.press(other, "accept", lou), "une partie en cours", board=True)
    assert (table.balance(lou), table.balance(third)) == (900, 900)
    assert table.is_open(other)
    # A challenged member plays where they like until they accept.
    table.press(table.challenge("c21" if path == "pfc" else "pfc", max_, third), "accept", third)
    table.check()


@pytest.mark.parametrize("path", CHALLENGES)
def test_who_cannot_pay_cannot_accept_and_the_challenge_stays(table, path):
    lou, poor = table.member(), table.member(100)
    reply = table.challenge(path, lou, poor)
    table.set_balance(poor, 50)
    assert is_refused(table.press(reply, "accept", poor), "50 LC")
    assert table.is_open(reply) and table.balance(poor) == 50
    table.set_balance(poor, 100)
    table.press(reply, "accept", poor)
    table.check()


@pytest.mark.parametrize("path", CHALLENGES)
def test_a_challenge_that_the_other_cannot_pay_is_refused_at_once(table, path):
    lou, poor = table.member(), table.member(73)
    refused = table.challenge(path, lou, poor)
    assert is_refused(refused) and "73" not in text(refused)
    assert table.balance(lou) == 1000 and table.database.ledger(lou)[1:] == []
    assert table.challenge(path, lou, poor, 73)["type"] == MESSAGE and table.balance(lou) == 927
    assert is_refused(table.challenge(path, table.member(), Member(), 26)), "newcomers have 25"


def test_newcomers_can_challenge_and_be_challenged(table):
    lou, max_ = Member(), Member()
    reply = table.challenge("jeu duel", lou, max_, 25)
    assert over(table.press(reply, "accept", max_))
    assert sorted([table.balance(lou), table.balance(max_)]) == [0, 50]
    table.check()


@pytest.mark.parametrize("path", CHALLENGES)
def test_a_press_sent_again_gets_the_same_bytes(table, path):
    lou, max_ = table.members(2)
    opening = table.service.signed(table.command(path, lou, ("adversaire", max_), ("mise", 100)))
    opened = table.service.post(*opening)
    press = table.service.signed(table.application.press(button(opened.json(), "accept"), max_))
    accepted = table.service.post(*press)
    state = [table.balance(lou), table.balance(max_)]
    for reply in table.service.together([opening, press] * 4):
        assert reply.body in (opened.body, accepted.body)
    assert table.service.post(*opening).body == opened.body
    assert table.service.post(*press).body == accepted.body
    assert [table.balance(lou), table.balance(max_)] == state


@pytest.mark.parametrize("path", CHALLENGES)
@pytest.mark.parametrize("due", [False, True])
def test_accept_cancel_refuse_and_expiry_at_once_have_one_outcome(table, path, due):
    for _ in range(4):
        lou, max_ = table.members(2)
        reply = table.challenge(path, lou, max_)
        requests = [table.service.signed(table.application.press(button(reply, action), member))
                    for action, member in (("accept", max_), ("cancel", lou), ("refuse", max_),
                                           ("accept", max_), ("cancel", lou))]
        if due:
            table.make_due(reply)
        replies = [answer.json() for answer in table.service.together(requests)]
        updates = [answer for answer in replies if answer["type"] == UPDATE]
        if table.is_open(reply) and not due:  # those that came after it are shown what it made
            assert len(updates) == 5 and all(buttons(answer) == buttons(updates[0])
                                             for answer in updates)
        else:
            assert len(updates) == (0 if due else 1)
        if due:
            until(lambda: not table.is_open(reply), "the challenge expires")
            assert (table.balance(lou), table.balance(max_)) == (1000, 1000)
        at_stake = 200 if table.is_open(reply) else 0
        assert table.balance(lou) + table.balance(max_) + at_stake == 2000
    table.check()


# -- the duel


def test_a_duel_is_decided_at_acceptance_and_can_be_verified(table):
    winners = set()
    for _ in range(DRAWS_MAX):
        lou, max_ = table.members(2)
        challenge = table.challenge("jeu duel", lou, max_, 100)
        sealed = table.proof(challenge, max_)["sceau"]
        reply = table.press(challenge, "accept", max_)
        assert reply["type"] == UPDATE and over(reply)
        proof = table.proof(reply, max_)
        assert proof["sceau"] == sealed == fair.commitment(proof["graine"])
        winner = (lou, max_)[fair.Draws(proof["graine"], proof["clés"].split("+"), 0).below(2)]
        loser = max_ if winner is lou else lou
        assert table.history(winner, loser) == [[("duel", "win", 100, 200)],
                                                [("duel", "loss", 100, 0)]]
        assert (table.balance(winner), table.balance(loser)) == (1100, 900)
        assert (table.xp(winner), table.xp(loser)) == (15, 5)
        assert "+100 LC" in text(reply) and "−100 LC" in text(reply)
        winners.add(winner is lou)
        if winners == {True, False}:
            break
    assert winners == {True, False}
    assert table.database.run("SELECT opponent_id FROM game_history WHERE player_id = %s",
                              lou.id) == [(max_.id,)]
    table.check()


def test_a_duels_multiplier_multiplies_the_gain_and_the_house_pays_it(table):
    while True:
        lou, max_ = table.members(2)
        table.set_multiplier(lou, 3)
        reply = table.accepted("jeu duel", lou, max_)
        if table.history(lou)[0][1] == "win":
            break
        assert table.database.one("SELECT games_remaining FROM active_multipliers"
                                  " WHERE user_id = %s", lou.id) == 2
    assert table.history(lou) == [("duel", "win", 100, 400)]
    assert table.balance(lou) == 1300 and table.balance(max_) == 900
    assert "+300 LC" in text(reply) and "×3" in text(reply)
    table.check()


# -- rock, paper, scissors

BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}


@pytest.mark.parametrize("first, second", itertools.product(BEATS, BEATS))
def test_pfc_by_its_table(table, first, second):
    lou, max_ = table.members(2)
    reply = table.accepted("pfc", lou, max_)
    if first == "rock":  # either may be the first
        chosen, shown = table.press(reply, first, lou), table.press(reply, second, max_)
    else:
        chosen, shown = table.press(reply, second, max_), table.press(reply, first, lou)
    assert chosen["type"] == UPDATE and not over(chosen)
    assert shown["type"] == UPDATE and over(shown)
    if first == second:
        assert table.history(lou, max_) == [[("pfc", "push", 100, 100)]] * 2
        assert (table.balance(lou), table.balance(max_), table.xp(lou)) == (1000, 1000, 0)
    else:
        winner, loser = (lou, max_) if BEATS[first] == second else (max_, lou)
        assert table.history(winner, loser) == [[("pfc", "win", 100, 200)],
                                                [("pfc", "loss", 100, 0)]]
        assert (table.balance(winner), table.balance(loser)) == (1100, 900)


def test_a_choice_stands_and_is_not_shown_before_the_others(table):
    lou, max_ = table.members(2)
    reply = table.accepted("pfc", lou, max_)
    assert "pierre" not in text(table.press(reply, "rock", lou))
    assert is_refused(table.press(reply, "paper", lou), "déjà choisi", "pierre")
    shown = table.press(reply, "scissors", max_)
    assert "pierre" in text(shown) and "ciseaux" in text(shown)
    assert table.history(lou)[0][1] == "win"


def test_multipliers_do_not_count_between_members(table):
    lou, max_ = table.members(2)
    table.set_multiplier(lou, 2)
    reply = table.accepted("pfc", lou, max_)
    table.press(reply, "rock", lou)
    table.press(reply, "scissors", max_)
    assert table.balance(lou) == 1100
    assert table.database.one("SELECT games_remaining FROM active_multipliers WHERE user_id = %s",
                              lou.id) == 2


# -- 007


def both(table, reply, lou, first, max_, second):
    assert "a choisi" in text(table.press(reply, first, lou))
    return table.press(reply, second, max_)


def test_007_the_shot_hits_who_reloads(table):
    lou, max_ = table.members(2)
    reply = table.accepted("007", lou, max_)
    reply = both(table, reply, lou, "shield", max_, "shoot")
    assert "manche 2" in text(reply)
    assert is_refused(table.press(reply, "shoot", max_), "plus de balle")
    reply = both(table, reply, lou, "shoot", max_, "reload")
    assert over(reply) and table.history(lou)[0][1:] == ("win", 100, 200)
    assert (table.balance(lou), table.balance(max_)) == (1100, 900)
    table.check()


def test_007_twenty_rounds_are_a_push(table):
    lou, max_ = table.members(2)
    reply = table.accepted("007", lou, max_)
    reply = both(table, reply, lou, "shoot", max_, "shoot")  # costs a bullet each
    assert is_refused(table.press(reply, "shoot", lou), "plus de balle")
    for round in range(2, 21):
        assert f"manche {round} sur 20" in text(reply)
        reply = both(table, reply, lou, "reload", max_, "shield")
    assert over(reply)
    assert table.history(lou, max_) == [[("007", "push", 100, 100)]] * 2
    assert (table.balance(lou), table.balance(max_)) == (1000, 1000)


def game(table, owner):
    """All of an open game but where its message is."""
    return table.database.run("SELECT game_type, accepted, stake, state, facts, expiry, expires_at"
                              " FROM besace_matches WHERE owner_id = %s", owner.id)


def test_a_button_of_an_earlier_round_shows_the_present_one_and_moves_nothing(table):
    lou, max_, third = table.members(3)
    challenge = table.challenge("007", lou, max_)
    first = table.press(challenge, "accept", max_)
    second = both(table, first, lou, "shield", max_, "shield")
    chosen = table.press(second, "shoot", lou)
    assert chosen["type"] == UPDATE and "tire" not in text(chosen)
    before, xp = game(table, lou), table.xp(lou)
    for reply, action, member in ((first, "reload", lou), (first, "shield", max_),
                                  (challenge, "accept", max_), (challenge, "cancel", lou)):
        request = table.service.signed(table.application.press(button(reply, action), member))
        shown = table.service.post(*request)
        assert shown.json() == chosen, "what was chosen in secret is not told"
        assert table.service.post(*request).body == shown.body
        assert is_refused(table.press(reply, action, third))
    assert game(table, lou) == before and table.xp(lou) == xp
    assert (table.balance(lou), table.balance(max_), table.balance(third)) == (900, 900, 1000)
    assert "manche 3" in text(table.press(second, "shield", max_))
    table.check()


def test_presses_at_the_same_instant_on_one_round_count_once_each(table):
    lou, max_ = table.members(2)
    for _ in range(5):
        reply = table.accepted("c21", lou, max_)
        replies = table.service.together([
            table.service.signed(table.application.press(button(reply, move), lou))
            for move in ("1", "2", "3", "1")])
        assert {shown.json()["type"] for shown in replies} == {UPDATE}
        assert len({shown.body for shown in replies}) == 1, "the present state, four times"
        table.expire(reply)
    table.check()


# -- the race to 21


def test_c21_in_turn_until_somebody_reaches_21(table):
    lou, max_ = table.members(2)
    reply = table.accepted("c21", lou, max_)
    assert is_refused(table.press(reply, "1", max_), "ton tour")
    for turn in range(7):
        assert f"**{3 * turn}**" in text(reply)
        reply = table.press(reply, "3", (lou, max_)[turn % 2])
    assert over(reply) and "**21**" in text(reply)
    assert table.history(lou, max_) == [[("c21", "loss", 100, 0)], [("c21", "win", 100, 200)]]
    assert (table.balance(lou), table.balance(max_)) == (900, 1100)


def test_a_move_that_the_game_does_not_have_is_refused(table):
    lou, max_ = table.members(2)
    reply = table.accepted("c21", lou, max_)
    id = game_id(reply)
    here = f"s{base36(int(id))}"
    for forged in (f"c21:3:4:{here}:n1", f"c21:3:0:{here}:n1", f"c21:3:rock:{here}:n1", f"pfc:3:rock:{here}:n1",
                   f"c21:2:1:{here}:n1", f"c21:3:1:{here}", f"c21:3:1:{here}:n1:n1", "c21:3:1:s0:n1",
                   "c21:3:1:n1", "c21:3:1", "007:3:shoot:sx:n1", f"blackjack:3:hit:{here}:n0",
                   f"roulette:3:join:{here}", f"duel:3:accept:{here}"):
        assert is_refused(table.press_id(forged, lou)), forged
    assert table.balance(lou) == 900 and table.is_open(reply)
    assert "**3**" in text(table.press(reply, "3", lou))


# -- turns


@pytest.mark.parametrize("path, move", [("pfc", "rock"), ("007", "shield"), ("c21", "1")])
def test_a_third_member_cannot_move(table, path, move):
    lou, max_, third = table.members(3)
    reply = table.accepted(path, lou, max_)
    assert is_refused(table.press(reply, move, third), "pas pour toi")
    assert table.balance(third) == 1000


@pytest.mark.parametrize("path, move", [("pfc", "paper"), ("007", "reload")])
@pytest.mark.parametrize("chooser", [0, 1, None])
def test_who_does_not_choose_in_time_loses_and_nobody_means_a_push(table, path, move, chooser):
    pair = table.members(2)
    reply = table.accepted(path, *pair)
    if chooser is not None:
        table.press(reply, move, pair[chooser])
    table.expire(reply)
    if chooser is None:
        assert table.history(*pair) == [[(path, "push", 100, 100)]] * 2
        assert [table.balance(member) for member in pair] == [1000, 1000]
    else:
        winner, loser = pair[chooser], pair[1 - chooser]
        assert table.history(winner, loser) == [[(path, "win", 100, 200)], [(path, "loss", 100, 0)]]
        assert (table.balance(winner), table.balance(loser)) == (1100, 900)
    assert is_refused(table.press(reply, move, pair[0]), "finie")
    table.check()


@pytest.mark.parametrize("moves", [0, 1])
def test_c21_who_lets_the_turn_pass_loses(table, moves):
    pair = table.members(2)
    reply = table.accepted("c21", *pair)
    for turn in range(moves):
        reply = table.press(reply, "2", pair[turn])
    table.expire(reply)
    assert table.history(pair[moves])[0][1] == "loss"
    assert table.history(pair[1 - moves])[0][1] == "win"


def test_a_challenge_has_three_minutes_and_each_turn_sixty_seconds(table):
    def now():
        return table.database.one("SELECT now() AT TIME ZONE 'utc'")

    def due(reply):
        return table.database.one("SELECT expires_at FROM besace_matches WHERE match_id = %s",
                                  game_id(reply))

    def begins_a_turn(act, *arguments, seconds=60):
        """Does ACT and returns its answer: the turn that it began has SECONDS from then."""
        before = now()
        reply = act(*arguments)
        assert before <= due(reply) - datetime.timedelta(seconds=seconds) <= now()
        return reply

    lou, max_ = table.members(2)
    reply = begins_a_turn(table.challenge, "007", lou, max_, seconds=180)
    reply = begins_a_turn(table.press, reply, "accept", max_)
    end = due(reply)
    table.press(reply, "shield", lou)
    assert due(reply) == end  # still the same turn
    begins_a_turn(table.press, reply, "shield", max_)
    reply = table.accepted("c21", lou, max_)
    begins_a_turn(table.press, reply, "1", lou)


@pytest.mark.parametrize("path, moves", [("pfc", ("rock", "scissors")), ("007", ("shoot", "reload")),
                                         ("c21", ("1", "1"))])
def test_both_press_at_the_same_instant(table, path, moves):
    for _ in range(6):
        lou, max_ = table.members(2)
        reply = table.accepted(path, lou, max_)
        answers = table.service.together([
            table.service.signed(table.application.press(button(reply, move), member))
            for move, member in zip(moves, (lou, max_))])
        assert all(answer.status == 200 for answer in answers)
        if path != "c21":
            assert table.history(lou)[0][1] == "win" and table.history(max_)[0][1] == "loss"
            assert {answer.json()["type"] for answer in answers} == {UPDATE}
    table.check()


@pytest.mark.parametrize("path", TURNS)
def test_a_game_survives_kill_9_between_any_two_turns(alone, path):
    moves = {"pfc": [("rock", 0), ("paper", 1)], "007": [("shield", 0), ("shoot", 1), ("shoot", 0),
                                                         ("reload", 1)],
             "c21": [("3", turn % 2) for turn in range(7)]}[path]
    pair = alone.members(2)
    reply = alone.challenge(path, *pair)
    alone.service.kill()
    alone.service.start()
    reply = alone.press(reply, "accept", pair[1])
    for move, side in moves:
        alone.service.kill()
        alone.service.start()
        answer = alone.press(reply, move, pair[side])
        reply = answer if answer["type"] == UPDATE else reply
    assert over(reply)
    assert sorted(alone.balance(member) for member in pair) == [900, 1100]
    alone.check()


def test_games_that_fell_due_while_nobody_ran_are_ended_at_the_start(alone):
    lou, max_ = alone.members(2)
    reply = alone.challenge("jeu duel", lou, max_)
    alone.service.kill()
    alone.make_due(reply)
    alone.service.start()
    until(lambda: alone.balance(lou) == 1000, "the stake comes back")
    alone.check()


# -- the roulette


def sit(room, member, stake=50):
    return room.play("jeu roulette", member, ("mise", stake))


def test_the_winner_of_a_table_takes_the_pot_and_it_can_be_verified(room):
    players = room.members(4)
    reply = sit(room, players[0])
    sealed = room.proof(reply, players[1])["sceau"]
    assert not is_ephemeral(reply) and room.balance(players[0]) == 950
    for member in players[1:3]:
        joined = room.press(reply, "join", member)
        assert joined["type"] == UPDATE
    assert not is_ephemeral(sit(room, players[3]))  # by the command as well
    server, seeds = room.database.run("SELECT facts ->> 'server', facts -> 'members'"
                                      " FROM besace_matches WHERE match_id = %s", game_id(reply))[0]
    assert fair.commitment(server) == sealed
    winner = players[fair.Draws(server, seeds, 0).below(4)]
    room.expire(reply)
    for member in players:
        assert room.history(member) == [("roulette", "win", 50, 200) if member is winner
                                        else ("roulette", "loss", 50, 0)]
        assert room.balance(member) == (1150 if member is winner else 950)
        assert room.xp(member) == (15 if member is winner else 5)
    assert is_refused(room.press(reply, "join", room.member()), "finie")
    room.check()


@pytest.mark.parametrize("multiplier", [1, 3])
def test_each_stakes_their_own_and_the_winner_takes_the_sum(room, multiplier):
    players = room.members(4)
    if multiplier > 1:
        for member in players:
            room.set_multiplier(member, 3)
    stakes = 50, 500, 50, 10
    reply = sit(room, players[0])
    sit(room, players[1], stakes[1])
    joined = room.press(reply, "join", players[2])  # for the stake of the first
    assert "Pot\u00a0: **600 LC**" in text(joined)
    for member, stake in zip(players[:3], stakes):
        assert f"**{member.username}** ({stake})" in text(joined)
    sit(room, players[3], stakes[3])
    assert [room.balance(member) for member in players] == [1000 - stake for stake in stakes]
    server, seeds = room.database.run("SELECT facts ->> 'server', facts -> 'members'"
                                      " FROM besace_matches WHERE match_id = %s", game_id(reply))[0]
    place = fair.Draws(server, seeds, 0).below(4)
    room.check()
    room.expire(reply)
    for i, (member, stake) in enumerate(zip(players, stakes)):
        won = stake + multiplier * (610 - stake) if i == place else 0
        assert room.history(member) == [("roulette", "win" if won else "loss", stake, won)]
        assert room.balance(member) == 1000 - stake + won
        assert room.database.ledger(member)[1:] == [("bet", -stake)] + (
            [("game_win", won)] if won else [])
    room.check()


def test_a_stake_of_ones_own_is_what_must_be_held(room):
    poor = room.member(20)
    reply = sit(room, room.member())
    assert is_refused(room.press(reply, "join", poor), "20 LC")
    assert is_refused(sit(room, poor, 21), "20 LC")
    assert not is_ephemeral(sit(room, poor, 20)) and room.balance(poor) == 0
    room.check()


def test_alone_at_the_table_is_refunded(room):
    lou = room.member()
    room.expire(sit(room, lou))
    assert room.balance(lou) == 1000 and room.history(lou) == [] and room.xp(lou) == 0
    room.check()


def test_refusals_at_the_table(room):
    lou, max_ = room.members(2)
    reply = sit(room, lou)
    assert is_refused(room.press(reply, "join", lou), "une partie en cours", board=True)
    assert is_refused(sit(room, lou), "une partie en cours", board=True)
    assert is_refused(room.press(reply, "join", room.member(49)), "49 LC")
    assert is_refused(room.press(reply, "join", room.member(FULL)), "maximum")
    assert is_refused(sit(room, max_, 9)) and is_refused(sit(room, max_, 501))
    assert (room.balance(lou), room.balance(max_)) == (950, 1000)


def test_a_table_a_channel(room, shared):
    lou, max_ = room.members(2)
    here, there = room, Table(shared.service, shared.database, Application())
    there.application.key, there.application.id = here.application.key, here.application.id
    first, second = sit(here, lou), sit(there, max_, 70)
    assert game_id(first) != game_id(second)
    assert is_refused(there.press(second, "join", lou), "une partie en cours", board=True)


def test_many_join_at_the_same_instant_and_nobody_twice(room):
    players = room.members(12)
    reply = sit(room, players[0])
    requests = [room.service.signed(room.application.press(button(reply, "join"), member))
                for member in players[1:] for _ in range(2)]
    answers = room.service.together(requests)
    assert sum(answer.json()["type"] == UPDATE for answer in answers) == 11
    assert all(room.balance(member) == 950 for member in players)
    room.expire(reply)
    assert sorted(room.balance(member) for member in players) == [950] * 11 + [1550]
    room.check()


def test_two_open_a_table_at_the_same_instant(room):
    pair = room.members(2)
    answers = [answer.json() for answer in room.service.together(
        [room.service.signed(room.command("jeu roulette", member, ("mise", 50))) for member in pair])]
    [opened], [joined] = ([answer for answer in answers if bool(buttons(answer)) is whether]
                          for whether in (True, False))
    assert not is_ephemeral(joined) and "rejoint" in text(joined)
    assert [room.balance(member) for member in pair] == [950, 950]
    room.expire(opened)
    assert sorted(room.balance(member) for member in pair) == [950, 1050]


# -- languages


def test_public_messages_are_in_the_servers_language_and_refusals_in_the_members(table):
    lou, max_ = table.members(2)
    reply = table.challenge("pfc", lou, max_, locale="fr", guild_locale="en-US")
    assert "challenges" in text(reply)
    refused = table.press(reply, "cancel", max_, locale="en-GB", guild_locale="fr")
    assert is_refused(refused, "Only the person")


def test_names_are_shown_escaped(table):
    lou, max_ = Member(global_name="**a** [x](http://x)"), Member(nick="`b` @everyone")
    for member in (lou, max_):
        table.database.add_member(member, 1000)
    said = text(table.challenge("jeu duel", lou, max_))
    assert "**a**" not in said and "](http" not in said and "`b`" not in said
