"""What replies of games offer beside the result: playing again, a rematch, the proof, what helps when
something is refused, who has chosen; each button once, for its own member, in its own server."""

import re

import pytest

from support import fair
from support.buttons import buttons as by_label
from support.games import (CHOICES, MESSAGE, MODAL, UPDATE, button, buttons, game_id, is_ephemeral,
                           is_refused, text)
from support.interactions import AUTOCOMPLETE, Application, Member, custom_id
from support.service import ctl

HEX = re.compile(r"[0-9a-f]{64}")
OTHER_GUILD = "2"


def roue(table, member, stake=50, colour="rouge", **more):
    return table.play("casino roue", member, ("mise", stake), ("couleur", colour), **more)


def machine(table, member, stake=10, **more):
    return table.play("casino machine", member, ("mise", stake), **more)


def play_to_the_end(table, path, lou, max_, stake=100):
    """The message of a match that Lou has won; of a duel, whoever has."""
    reply = table.accepted(path, lou, max_, stake)
    if path == "pfc":
        table.press(reply, "rock", lou)
        reply = table.press(reply, "scissors", max_)
    elif path == "007":
        table.press(reply, "shoot", lou)
        reply = table.press(reply, "reload", max_)
    elif path == "c21":
        for turn in range(7):  # who begins says 3, 9, 15, 21
            reply = table.press(reply, "3", (max_, lou)[(turn + 1) % 2])
    return reply


# -- playing again, doubled


def test_double_plays_again_for_twice_the_stake_and_counts_once(table):
    member = table.member(1000)
    first = roue(table, member, 50, "noir")
    assert by_label(first).keys() >= {"Rejouer 50", "Doubler\u00a0: 100", "Autre mise"}
    request = table.service.signed(table.application.press(button(first, "double"), member))
    doubled = table.service.post(*request)
    assert doubled.json()["type"] == MESSAGE and not is_ephemeral(doubled.json())
    assert {reply.body for reply in table.service.together([request] * 8)} == {doubled.body}
    assert [play[:1] + play[2:3] for play in table.history(member)] == [("roue", 50), ("roue", 100)]
    assert "noir" in text(doubled.json()) and "Doubler\u00a0: 200" in by_label(doubled.json())
    # The same button, pressed again, is another play.
    table.press(first, "double", member)
    assert [stake for _, _, stake, _ in table.history(member)] == [50, 100, 100]
    table.check()


def test_double_is_offered_within_the_games_bounds_and_the_balance(table):
    assert "double" in actions(roue(table, table.member(1000), 250))
    assert "double" not in actions(roue(table, table.member(2000), 251)), "500 is the most"
    member = table.member(100)
    # A play that is lost: a jackpot would pay for it.
    table.set_seeds(member, fair.find_server(lambda draws: len(set(fair.reels(draws))) == 3))
    assert "double" not in actions(machine(table, member, 80))
    first = roue(table, table.member(200), 50)
    assert "double" in actions(first)


def test_nobody_else_and_no_other_server_presses_double(table):
    member, other = table.members(2)
    table.database.add_member(member, 1000, guild=OTHER_GUILD)
    first = roue(table, member)
    balance = table.balance(member)
    assert is_refused(table.press(first, "double", other), "pas la tienne")
    there = Application()
    there.key, there.id, there.guild_id = table.application.key, table.application.id, OTHER_GUILD
    for action in ("double", "again", "proof"):
        assert is_refused(table.service.ask(there.press(button(first, action), member)))
    assert table.balance(member) == balance and table.database.balance(member, OTHER_GUILD) == 1000
    assert table.balance(other) == 1000
    table.check()


def actions(reply):
    return [id.split(":")[2] for id in buttons(reply)]


# -- the rematch


@pytest.mark.parametrize("path", ["jeu duel", "pfc", "007", "c21"])
def test_either_of_the_two_asks_for_a_rematch(table, path):
    lou, max_, third = table.members(3)
    over = play_to_the_end(table, path, lou, max_)
    assert by_label(over)["Revanche (100 LC)"]["custom_id"] == button(over, "rematch")
    assert is_refused(table.press(over, "rematch", third), "pas pour toi")
    for presser, other in ((max_, lou), (lou, max_)):
        before = table.balance(presser), table.balance(other)
        request = table.service.signed(table.application.press(button(over, "rematch"), presser))
        asked = table.service.post(*request)
        challenge = asked.json()
        assert challenge["type"] == MESSAGE and not is_ephemeral(challenge)
        assert f"<@{other.id}>" in text(challenge)
        assert challenge["data"]["allowed_mentions"] == {"parse": [], "users": [other.id]}
        assert {reply.body for reply in table.service.together([request] * 6)} == {asked.body}
        assert (table.balance(presser), table.balance(other)) == (before[0] - 100, before[1])
        again = table.press(over, "rematch", presser)
        assert is_refused(again, "une partie en cours", f"<#{table.application.channel_id}>", board=True)
        assert table.press(challenge, "refuse", other)["type"] == UPDATE
        assert table.balance(presser) == before[0]
    table.check()


def test_a_rematch_is_played_and_names_both_as_they_are_called(table):
    lou = Member("lou_", nick="Lou")
    max_ = Member("max_", nick="Max")
    for member in (lou, max_):
        table.database.add_member(member, 1000)
    over = play_to_the_end(table, "pfc", lou, max_)
    challenge = table.press(over, "rematch", lou)
    accepted = table.press(challenge, "accept", max_)
    assert "**Lou**" in text(accepted) and "**Max**" in text(accepted)
    table.press(accepted, "rock", max_)
    end = table.press(accepted, "scissors", lou)
    assert "Entre eux\u00a0: Lou 1, Max 1" in text(end)


def test_a_forged_rematch_challenges_nobody(table):
    lou, max_ = table.members(2)
    stranger = Member()
    for fields in ({"owner": lou.id, "member": stranger.id, "number": 50},
                   {"owner": lou.id, "member": lou.id, "number": 50},
                   {"owner": lou.id, "number": 50}, {"member": max_.id, "number": 50},
                   {"owner": lou.id, "member": max_.id}, {"owner": lou.id, "member": max_.id, "number": 0},
                   {"owner": lou.id, "member": max_.id, "number": 2_000_000}):
        assert is_refused(table.press_id(custom_id("pfc", "rematch", **fields), lou)), fields
    assert table.balance(lou) == 1000
    assert table.database.one("SELECT count(*) FROM users WHERE user_id = %s", stranger.id) == 0
    assert is_refused(table.press_id(
        custom_id("pfc", "rematch", owner=lou.id, member=max_.id, number=5000), lou), "de 10 à 1\u202f000")
    table.check()


# -- what two have played


def test_wins_in_a_row_and_between_the_two_are_told_by_game(table):
    lou, max_, third = table.members(3)
    said = text(play_to_the_end(table, "pfc", lou, max_))
    assert "d’affilée" not in said and f"Entre eux\u00a0: {lou.username} 1, {max_.username} 0" in said
    said = text(play_to_the_end(table, "pfc", lou, third))
    assert "2 victoires d’affilée" in said and f"{lou.username} 1, {third.username} 0" in said
    play_to_the_end(table, "007", max_, lou)  # another game
    said = text(play_to_the_end(table, "pfc", lou, max_))
    assert "3 victoires d’affilée" in said and f"{lou.username} 2, {max_.username} 0" in said
    draw = table.accepted("pfc", lou, max_)
    table.press(draw, "rock", lou)
    said = text(table.press(draw, "rock", max_))
    assert "Égalité" in said and "d’affilée" not in said
    said = text(play_to_the_end(table, "pfc", lou, max_))
    assert "d’affilée" not in said and f"{lou.username} 3, {max_.username} 0" in said


def test_a_duel_is_told_by_the_sentence_that_its_seed_draws(table):
    told = set()
    for _ in range(3):
        lou, max_ = table.members(2)
        challenge = table.challenge("jeu duel", lou, max_)
        [sealed] = HEX.findall(text(table.press(challenge, "proof", max_)))
        over = table.press(challenge, "accept", max_)
        assert not HEX.search(text(challenge) + text(over)), "hashes stand behind the button"
        proof = table.press(over, "proof", table.member())
        assert is_ephemeral(proof) and proof["type"] == MESSAGE
        commitment, server = HEX.findall(text(proof))
        assert commitment == sealed == fair.commitment(server)
        keys = re.search(r"clés +(\S+)", text(proof)).group(1)
        draws = fair.Draws(server, keys.split("+"), 0)
        winner, phrase = draws.below(2), draws.below(12)
        names = [lou.username, max_.username]
        assert f"{names[winner]} l’emporte" in text(over)
        told.add(phrase)
        done = ctl("verify", "duel", "--seed", server, "--client-seed", keys, "--commitment", sealed)
        assert done.stdout.decode().splitlines()[1:] == [
            f"winner {('challenger', 'opponent')[winner]}", f"phrase {phrase + 1} of 12"]
        assert table.database.one("SELECT outcome -> 'match' -> 'facts' -> 'phrase' FROM besace_receipts"
                                  " WHERE user_id = %s AND outcome -> 'match' -> 'ends' IS NOT NULL", max_.id) == phrase
    assert told


# -- the proof of a play


def test_the_proof_of_a_play_is_kept_and_told_once_the_seed_is_revealed(table):
    member, other = table.members(2)
    first = machine(table, member)
    assert not HEX.search(text(first))
    mine, theirs = table.press(first, "proof", member), table.press(first, "proof", other)
    assert is_ephemeral(mine) and is_ephemeral(theirs)
    assert "reveal" in actions(mine) and actions(theirs) == []
    [commitment] = set(HEX.findall(text(mine) + text(theirs)))
    assert "n°\u00a00" in text(mine)
    changed = table.press(mine, "change", member)
    assert changed["type"] == MODAL
    [label] = changed["data"]["components"]
    done = table.service.ask(table.application.modal(
        changed["data"]["custom_id"], member, {label["component"]["custom_id"]: "porte-bonheur"}))
    assert is_ephemeral(done) and "porte-bonheur" in text(done)
    assert is_refused(table.service.ask(table.application.modal(
        changed["data"]["custom_id"], member, {label["component"]["custom_id"]: "à moi"})), "clé")
    revealed = table.press(mine, "reveal", member)
    assert not is_ephemeral(revealed)
    later = table.press(first, "proof", other)
    shown, server = HEX.findall(text(later))
    assert shown == commitment == fair.commitment(server) and server in text(revealed)
    key = re.search(r"clé +(\S+)", text(later)).group(1)
    reels = " ".join(fair.SYMBOLS[symbol] for symbol in fair.reels(fair.Draws(server, [key], 0)))
    assert reels in text(first) and key != "porte-bonheur"
    assert actions(table.press(first, "proof", member)) == ["change"]


def test_the_proof_of_an_open_hand_is_its_seal(table):
    member = table.member(1000)
    server = fair.find_server(lambda draws: fair.hand(fair.deck(draws)[0:3:2]) <= 11)
    table.set_seeds(member, server)
    hand = table.play("casino blackjack", member, ("mise", 100))
    sealed = table.press(hand, "proof", table.member())
    assert HEX.findall(text(sealed)) == [fair.commitment(server)] and actions(sealed) == []
    over = table.press(hand, "stand", member)
    assert HEX.findall(text(table.press(over, "proof", member))) == [fair.commitment(server)]


def test_a_proof_that_is_not_kept_says_so(table):
    member = table.member()
    for fields in ({"owner": member.id, "subject": member.id}, {"owner": "1", "subject": "1"}):
        assert is_refused(table.press_id(custom_id("roue", "proof", **fields), member), "n’est plus gardé")
    assert is_refused(table.press_id(custom_id("duel", "proof", owner=member.id), member))


def test_a_table_is_proved_before_and_after(room):
    players = room.members(3)
    opened = room.play("jeu roulette", players[0], ("mise", 20))
    [sealed] = HEX.findall(text(room.press(opened, "proof", players[1])))
    for member in players[1:]:
        room.press(opened, "join", member)
    assert HEX.findall(text(room.press(opened, "proof", players[1]))) == [sealed]
    room.expire(opened)
    room.database.run("UPDATE besace_match_edits SET try_at = 'infinity' WHERE match_id = %s",
                      game_id(opened))
    over = room.press(opened, "join", players[0])
    commitment, server = HEX.findall(text(room.press(over, "proof", players[2])))
    assert commitment == sealed == fair.commitment(server)
    place = int(re.search(r"n°\s(\d+)", text(over)).group(1))
    keys = re.search(r"clés +(\S+)", text(room.press(over, "proof", players[2]))).group(1)
    assert fair.Draws(server, keys.split("+"), 0).below(3) == place - 1
    assert f"{players[place - 1].username} remporte le pot" in text(over)


# -- who has chosen


@pytest.mark.parametrize("path, move, shown", [("pfc", "rock", "🪨 pierre"), ("007", "shield", "🛡️ se couvre")])
def test_the_board_shows_who_has_chosen_never_what(table, path, move, shown):
    lou, max_ = table.members(2)
    board = table.accepted(path, lou, max_)
    assert text(board).count("réfléchit") == 2
    chosen = table.press(board, move, lou)
    assert chosen["type"] == UPDATE and text(chosen).count("réfléchit") == 1
    assert re.search(rf"\*\*{lou.username}\*\*[^\n]*a choisi", text(chosen))
    assert shown not in text(chosen)
    assert buttons(chosen) == buttons(board)
    # Who has chosen can ask what; nobody else is told.
    again = table.press(chosen, move, lou)
    assert is_refused(again, "déjà choisi", shown)
    assert is_refused(table.press(chosen, move, table.member()), "pas pour toi")
    assert table.press(board, move, max_)["type"] == UPDATE


def test_whose_turn_it_is_is_mentioned_and_nobody_notified(table):
    lou, max_ = table.members(2)
    board = table.accepted("c21", lou, max_)
    assert f"<@{lou.id}>" in text(board) and board["data"]["allowed_mentions"] == {"parse": []}
    board = table.press(board, "2", lou)
    assert f"<@{max_.id}>" in text(board) and board["data"]["allowed_mentions"] == {"parse": []}


# -- what helps


def test_a_stake_above_the_balance_is_refused_with_what_can_be_played(table):
    member = table.member(25)
    refused = roue(table, member, 100, "noir")
    assert is_refused(refused, "Il te manque 75 LC", "tu as 25 LC", "100")
    assert set(by_label(refused)) == {"Jouer 25", "Cadeau du jour"}
    played = table.press(refused, "again", member)
    assert not is_ephemeral(played) and "noir" in text(played)
    assert [stake for _, _, stake, _ in table.history(member)] == [25]
    assert is_refused(table.press(refused, "again", table.member()), "pas la tienne")
    poor = table.member(3)
    assert set(by_label(roue(table, poor, 10))) == {"Cadeau du jour"}, "10 is the least"
    before = table.balance(poor)
    gift = table.press(roue(table, poor, 10), "take", poor)
    assert not is_ephemeral(gift) and table.balance(poor) == before + 25
    table.check()


@pytest.mark.parametrize("path", ["jeu duel", "pfc", "007", "c21"])
def test_a_challenge_that_is_too_high_is_offered_for_what_there_is(table, path):
    lou, max_ = table.member(40), table.member(1000)
    refused = table.challenge(path, lou, max_, 100)
    assert is_refused(refused, "Il te manque 60 LC") and "Jouer 40" in by_label(refused)
    challenge = table.press(refused, "rematch", lou)
    assert f"<@{max_.id}>" in text(challenge) and table.balance(lou) == 0
    assert table.press(challenge, "cancel", lou)["type"] == UPDATE and table.balance(lou) == 40
    table.check()


def test_a_seat_that_is_too_dear_is_offered_for_what_there_is(room):
    lou, poor = room.member(1000), room.member(30)
    opened = room.play("jeu roulette", lou, ("mise", 50))
    refused = room.press(opened, "join", poor)
    assert is_refused(refused, "Il te manque 20 LC") and "Jouer 30" in by_label(refused)
    assert not is_ephemeral(room.press(refused, "sit", poor)) and room.balance(poor) == 0
    room.expire(opened)
    room.check()


def test_a_stake_out_of_bounds_is_offered_within_them(table):
    member = table.member(1000)
    first = roue(table, member, 10)
    opened = table.press(first, "other", member)
    for typed, offered in (("9", {"Jouer 10", "Jouer 500"}), ("2k", {"Jouer 10", "Jouer 500"})):
        refused = table.service.ask(table.application.modal(
            opened["data"]["custom_id"], member, {"mise": typed}))
        assert is_refused(refused, "de 10 à 500") and set(by_label(refused)) == offered
    refused = table.service.ask(table.application.modal(
        opened["data"]["custom_id"], member, {"mise": "beaucoup"}))
    assert set(by_label(refused)) == {"Autre mise"}
    assert table.press(refused, "other", member)["type"] == MODAL


def test_a_second_game_is_refused_with_its_channel_its_end_and_its_board(table):
    lou, max_, third = table.members(3)
    board = table.accepted("c21", lou, max_)
    refused = table.challenge("c21", lou, third)
    due = table.database.one("SELECT ceil(extract(epoch FROM expires_at))::bigint FROM besace_matches"
                             " WHERE match_id = %s", game_id(board))
    assert is_refused(refused, f"<#{table.application.channel_id}>", f"<t:{due}:T>", "Course à 21", board=True)
    assert buttons(refused) == buttons(board)


# -- suggestions


@pytest.mark.parametrize("typed, first", [("", 10), ("1,5k", None), ("0,3k", 300), ("moitié", 300),
                                          ("tout", 500), ("half", 300), ("ALL", 500), ("42", 42)])
def test_what_is_being_typed_is_read_as_the_form_would(table, typed, first):
    body = table.command("casino roue", table.member(600), ("mise", 5))
    body["type"] = AUTOCOMPLETE
    body["data"]["options"][0]["options"] = [
        {"focused": True, "name": "mise", "type": 4, "value": typed}]
    reply = table.service.ask(body)
    assert reply["type"] == CHOICES
    values = [choice["value"] for choice in reply["data"]["choices"]]
    assert sorted(values) == sorted({10, 50, 100, 300, 500} | ({first} if first else set()))
    assert first is None or values[0] == first
    names = {choice["value"]: choice["name"] for choice in reply["data"]["choices"]}
    assert names[50] == "50 LC" and (first == 500 or names[500] == "500 LC (maximum)")
