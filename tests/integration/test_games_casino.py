"""/casino: stakes, draws, payment, playing again, blackjack."""


import pytest

from support import fair
from support.games import (CHOICES, DRAWS_MAX, MESSAGE, MODAL, UPDATE, button, buttons,
                           is_ephemeral, is_refused, text)
from support.interactions import Member, base36
from support.casino import playing

FULL = 2147483647


def roue(table, member, stake=50, colour="rouge", **more):
    return table.play("casino roue", member, ("mise", stake), ("couleur", colour), **more)


def machine(table, member, stake=10, **more):
    return table.play("casino machine", member, ("mise", stake), **more)


def blackjack(table, member, stake=100, **more):
    return table.play("casino blackjack", member, ("mise", stake), **more)


def seed(table, member, wanted, nonce=0):
    """Gives the member seeds whose next draw is as WANTED."""
    server = fair.find_server(wanted, nonce=nonce)
    table.set_seeds(member, server, nonce=nonce)
    return server


def won_red(draws):
    return fair.colour(fair.pocket(draws)) == "rouge"


def lost_red(draws):
    return not won_red(draws)


def nothing_was_played(table, member, balance):
    assert table.balance(member) == balance
    assert table.history(member) == [] and table.xp(member) == 0
    assert "bet" not in [kind for kind, _ in table.database.ledger(member)]
    return True


# -- the wheel and the machine


def test_wheel_pays_double_or_nothing_and_says_the_net_gain(table):
    results = set()
    for _ in range(DRAWS_MAX):
        member = table.member(1000)
        reply = roue(table, member)
        [(game, result, stake, winnings)] = table.history(member)
        assert (game, stake) == ("roue", 50)
        assert reply["type"] == MESSAGE and not is_ephemeral(reply)
        if result == "win":
            assert (winnings, table.balance(member), table.xp(member)) == (100, 1050, 15)
            assert "gagne 50 LC" in text(reply)
        else:
            assert (winnings, table.balance(member), table.xp(member)) == (0, 950, 5)
            assert "Perdu\u00a0: 50 LC" in text(reply)
        assert table.database.is_explained(member)
        results.add(result)
        if results == {"win", "loss"}:
            break
    assert results == {"win", "loss"}
    table.check()


def test_green_pays_thirty_six_times(table):
    member = table.member(1000)
    seed(table, member, lambda draws: fair.pocket(draws) == 0)
    reply = roue(table, member, 50, "vert")
    assert "gagne 1\u202f750 LC" in text(reply)
    assert table.history(member) == [("roue", "win", 50, 1800)]
    assert table.database.ledger(member)[1:] == [("bet", -50), ("game_win", 1800)]


def test_machine_takes_and_pays_by_its_table(table):
    member = table.member(2000)
    for _ in range(40):
        before = table.balance(member)
        reply = machine(table, member)
        _, result, stake, winnings = table.history(member)[-1]
        assert winnings in (0, 15, 20, 30, 50, 100, 200, 500, 1000)
        assert table.balance(member) - before >= winnings - stake  # a level may have paid as well
        assert text(reply).startswith("# ")
    assert table.database.is_explained(member)
    table.check()


@pytest.mark.parametrize("symbol, times", enumerate((2, 3, 5, 10, 20, 50, 100)))
def test_three_alike_pay_by_their_symbol_and_sevens_a_jackpot(table, symbol, times):
    member = table.member(1000)
    seed(table, member, lambda draws: fair.reels(draws) == [symbol] * 3)
    reply = machine(table, member, 10)
    assert fair.SYMBOLS[symbol] * 3 == text(reply).split("\n")[0][2:].replace(" ", "")
    assert table.history(member) == [("machine", "win", 10, 10 * times)]
    assert table.database.items(member) == (symbol == 6)
    assert ("jackpot" in text(reply)) == (symbol == 6)


def test_two_alike_pay_one_and_a_half_floored(table):
    member = table.member(1000)
    seed(table, member, lambda draws: len(set(fair.reels(draws))) == 2)
    machine(table, member, 5)
    assert table.history(member) == [("machine", "win", 5, 7)]


# -- refusals


@pytest.mark.parametrize("path, stake, more", [
    ("casino roue", 9, [("couleur", "rouge")]), ("casino roue", 501, [("couleur", "rouge")]),
    ("casino roue", -50, [("couleur", "rouge")]), ("casino roue", 50, [("couleur", "bleu")]),
    ("casino roue", 50, []), ("casino machine", 4, []), ("casino machine", 251, []),
    ("casino blackjack", 9, []), ("casino blackjack", 1001, []),
    ("casino blackjack", 2**53 - 1, [])])
def test_a_stake_or_bet_that_the_game_does_not_take_is_refused(table, path, stake, more):
    member = table.member(5000)
    assert is_refused(table.play(path, member, ("mise", stake), *more))
    assert nothing_was_played(table, member, 5000)


@pytest.mark.parametrize("locale, words", [("fr", "Il te manque 20 LC"), ("en-US", "20 LC short")])
def test_a_stake_above_the_balance_is_refused_with_the_balance(table, locale, words):
    member = table.member(30)
    reply = roue(table, member, 50, locale=locale)
    assert is_refused(reply, words, "30 LC")
    assert nothing_was_played(table, member, 30)


def test_a_newcomer_has_25_to_play_with(table):
    member = Member()
    assert is_refused(machine(table, member, 26), "25 LC")
    machine(table, member, 25)
    assert [stake for _, _, stake, _ in table.history(member)] == [25]


def test_somebody_whose_balance_is_nearly_full_cannot_play(table):
    member = table.member(FULL)
    assert is_refused(machine(table, member, 250), "maximum")
    assert nothing_was_played(table, member, FULL)
    table.check()


def test_a_refusal_that_is_replayed_stays_refused(table):
    member = table.member(30)
    request = table.service.signed(table.command("casino roue", member, ("mise", 50),
                                                 ("couleur", "noir")))
    first = table.service.post(*request)
    table.set_balance(member, 1030)
    assert table.service.post(*request).body == first.body
    assert table.balance(member) == 1030


# -- exactly once


@pytest.mark.parametrize("path, more", [
    ("casino roue", [("couleur", "rouge")]), ("casino machine", []), ("casino blackjack", [])])
def test_a_play_sent_again_gets_the_same_bytes_and_counts_once(table, path, more):
    member = table.member(1000)
    request = table.service.signed(table.command(path, member, ("mise", 100), *more))
    first = table.service.post(*request)
    state = table.balance(member), table.history(member), table.database.ledger(member)
    machine(table, member)
    after = table.balance(member)
    for reply in table.service.together([request] * 8):
        assert reply.status == 200 and reply.body == first.body
    assert table.balance(member) == after
    assert table.history(member)[:len(state[1])] == state[1]


def test_one_member_on_64_connections_never_goes_below_zero(table):
    member = table.member(200)
    requests = [table.service.signed(table.command("casino machine", member, ("mise", 10)))
                for _ in range(64)]
    replies = [reply.json() for reply in table.service.together(requests)]
    played = [reply for reply in replies if not is_ephemeral(reply)]
    assert all("balance" in text(reply) for reply in replies if is_ephemeral(reply))
    assert len(played) == len(table.history(member)) >= 20
    assert table.database.is_explained(member)
    # Every draw has a nonce of its alone.
    nonces = {table.proof(reply, member)["tirage"] for reply in played}
    assert nonces == {f"n°\u00a0{nonce}" for nonce in range(len(played))}
    table.check()


# -- playing again


def test_again_plays_for_the_same_stake_on_the_same_colour(table):
    member = table.member(1000)
    first = roue(table, member, 20, "noir")
    again = table.press(first, "again", member)
    assert again["type"] == MESSAGE and not is_ephemeral(again)
    assert [(game, stake) for game, _, stake, _ in table.history(member)] == [("roue", 20)] * 2
    assert "noir" in text(again)


def test_nobody_else_presses_again(table):
    member, other = table.members(2)
    first = roue(table, member)
    assert is_refused(table.press(first, "again", other), "pas la tienne")
    assert is_refused(table.press(first, "other", other), "pas la tienne")
    assert nothing_was_played(table, other, 1000)


@pytest.mark.parametrize("forged", [
    "machine:3:again:oID", "machine:3:again:oID:n0", "machine:3:again:oID:n7pr", "machine:3:again:oID:n1e2_",
    "machine:2:again:oID:n1e", "machine:3:again:oID:n1e:wrouge", "roue:3:again:oID:n1e:wbleu", "roue:3:again:oID:n1e",
    "machine:3:again", "machine:3", "machine:", "machine:3:again:sID:n1e", "machine:3:again:n1e",
    "machine:3:again:oID:n1e:n1", "duel:3:again:oID:n1e", "roue:3:nope:oID:n1e:wnoir", "machine:3:again:oID:n-5",
    "machine:3:again:oID:n", "machine:3:stake:oID"])
def test_a_forged_button_plays_nothing(table, forged):
    member = table.member(1000)
    assert is_refused(table.press_id(forged.replace("ID", base36(int(member.id))), member))
    assert nothing_was_played(table, member, 1000)


def modal(table, first, member, typed, **more):
    opened = table.press(first, "other", member)
    assert opened["type"] == MODAL
    [label] = opened["data"]["components"]
    return table.service.ask(table.application.modal(
        opened["data"]["custom_id"], member, {label["component"]["custom_id"]: typed}, **more))


@pytest.mark.parametrize("typed, stake", [("70", 70), (" moitié ", 150), ("TOUT", 300),
                                          ("0,2k", 200), ("2 50", None)])
def test_another_stake_is_typed(table, typed, stake):
    member = table.member(1000)
    first = roue(table, member, 10)
    table.set_balance(member, 300)
    reply = modal(table, first, member, typed)
    if stake is None:
        assert is_refused(reply, "pas compris")
    else:
        assert not is_ephemeral(reply)
        assert table.history(member)[1][2] == stake


@pytest.mark.parametrize("typed, words", [("9", "de 10 à 500"), ("1,5k", "de 10 à 500"),
                                          ("400", "Il te manque"), ("1e2", "pas compris"),
                                          ("-20", "pas compris"), ("9" * 60, "pas compris")])
def test_another_stake_that_is_refused_costs_nothing(table, typed, words):
    member = table.member(300)
    first = roue(table, member, 10)
    before = table.balance(member)
    assert is_refused(modal(table, first, member, typed), words)
    assert table.balance(member) == before and len(table.history(member)) == 1


def test_everything_typed_when_poor_is_refused_and_stays_so(table):
    member = table.member(15)
    first = roue(table, member, 10)
    table.set_balance(member, 5)
    opened = table.press(first, "other", member)
    request = table.service.signed(table.application.modal(
        opened["data"]["custom_id"], member, {"mise": "tout"}))
    refused = table.service.post(*request)
    assert is_refused(refused.json(), "de 10 à 500")
    table.set_balance(member, 400)
    assert table.service.post(*request).body == refused.body
    assert table.balance(member) == 400


def test_stakes_are_suggested_within_limits_and_balance(table):
    def suggested(member, typed, path="roue"):
        body = table.application.autocomplete("casino", member, "mise", typed)
        body["data"]["options"] = [{"name": path, "type": 1, "options": [
            {"focused": True, "name": "mise", "type": 4, "value": typed}]}]
        reply = table.service.ask(body)
        assert reply["type"] == CHOICES
        return [choice["value"] for choice in reply["data"]["choices"]]

    assert suggested(table.member(300), "") == [10, 50, 100, 150, 300]
    assert suggested(table.member(300), "42") == [42, 10, 50, 100, 150, 300]
    assert suggested(table.member(40000), "")[-1] == 500
    assert suggested(table.member(3), "") == []
    assert suggested(Member(), "", "machine") == [10, 12, 25]


# -- multipliers


def activate(table, member, value):
    table.set_multiplier(member, value)


def multiplier(table, member):
    return table.database.run("SELECT multiplier_value, games_remaining FROM active_multipliers"
                              " WHERE user_id = %s", member.id)


@pytest.mark.parametrize("value", [2, 3])
def test_a_multiplier_counts_for_two_won_games_and_goes(table, value):
    member = table.member(1000)
    activate(table, member, value)
    seed(table, member, lost_red)
    roue(table, member)
    assert multiplier(table, member) == [(value, 2)] and table.balance(member) == 950
    for games in (1, 0):
        seed(table, member, won_red)
        reply = roue(table, member)
        assert f"gagne {100 * value - 50} LC" in text(reply) and f"×{value}" in text(reply)
        assert multiplier(table, member) == ([(value, 1)] if games else [])
        assert table.history(member)[-1] == ("roue", "win", 50, 100 * value)
    seed(table, member, won_red)
    roue(table, member)
    assert table.history(member)[-1] == ("roue", "win", 50, 100)
    assert table.database.is_explained(member)
    table.check()


def test_what_was_floored_stays_floored(table):
    member = table.member(1000)
    activate(table, member, 3)
    seed(table, member, lambda draws: len(set(fair.reels(draws))) == 2)
    machine(table, member, 5)
    assert table.history(member) == [("machine", "win", 5, 21)]


# -- XP


def test_a_game_that_crosses_a_level_brings_its_reward(table):
    member = table.member(1000, xp=95)
    seed(table, member, won_red)
    roue(table, member)
    assert table.xp(member) == 110
    assert table.database.ledger(member)[1:] == [("bet", -50), ("game_win", 100), ("level_up", 25)]
    assert table.balance(member) == 1075


# -- blackjack


def over(reply):
    return not any(id.split(":")[2] == "hit" for id in buttons(reply))


def test_blackjack_is_played_to_its_end(table):
    results = set()
    for number in range(DRAWS_MAX):
        member = table.member(1000)
        reply = blackjack(table, member)
        moves = 0
        while not over(reply):
            assert table.balance(member) == 900
            action = "hit" if moves < number % 4 else "stand"
            reply = table.press(reply, action, member)
            assert reply["type"] == UPDATE
            moves += 1
        [(game, result, stake, winnings)] = table.history(member)
        assert (game, stake) == ("blackjack", 100)
        assert winnings == {"win": winnings, "push": 100, "loss": 0}[result]
        assert result != "win" or winnings in (200, 250)
        assert table.balance(member) == 900 + winnings
        assert table.xp(member) == {"win": 15, "push": 0, "loss": 5}[result]
        assert table.database.is_explained(member)
        results.add(result)
        if number >= 30 and {"win", "loss"} <= results:
            break
    assert {"win", "loss"} <= results
    table.check()


def natural(draws):
    """The member has one, the dealer has none."""
    cards = fair.deck(draws)
    return fair.hand([cards[0], cards[2]]) == 21 != fair.hand([cards[1], cards[3]])


def test_a_natural_pays_two_and_a_half_at_once(table):
    member = table.member(1000)
    seed(table, member, natural)
    reply = blackjack(table, member, 101)
    assert over(reply) and "Blackjack" in text(reply)
    assert table.history(member) == [("blackjack", "win", 101, 252)]


def test_both_naturals_are_a_push(table):
    member = table.member(1000)
    seed(table, member, lambda draws: (lambda cards: fair.hand([cards[0], cards[2]]) == 21
                                       and fair.hand([cards[1], cards[3]]) == 21)(fair.deck(draws)))
    reply = blackjack(table, member)
    assert over(reply) and "récupère sa mise" in text(reply)
    assert table.history(member) == [("blackjack", "push", 100, 100)]
    assert table.balance(member) == 1000 and table.xp(member) == 0
    assert table.database.ledger(member)[1:] == [("bet", -100), ("refund", 100)]


def test_the_dealers_second_card_is_not_shown_before_the_end(table):
    member = table.member(1000)
    server = seed(table, member, playing)
    cards = fair.deck(fair.Draws(server, ["nombre"], 0))
    ranks, suits = "A 2 3 4 5 6 7 8 9 10 V D R".split(), "♣♦♥♠"
    shown = [f"{ranks[card % 13]}{suits[card // 13]}" for card in cards[:4]]
    reply = blackjack(table, member)
    assert all(card in text(reply) for card in shown[:3]) and shown[3] not in text(reply)
    assert shown[3] in text(table.press(reply, "stand", member))


def test_one_open_blackjack_a_member(table):
    member = table.member(1000)
    seed(table, member, playing)
    first = blackjack(table, member)
    assert is_refused(blackjack(table, member, 10), "une partie en cours", board=True)
    assert table.balance(member) == 900
    machine(table, member)  # of another kind
    table.press(first, "stand", member)
    table.check()


def test_a_natural_is_no_second_blackjack_beside_an_open_one(table):
    """It would be over at once, and so be the only hand that is ever played: a gift."""
    member = table.member(1000)
    seed(table, member, playing)
    blackjack(table, member)
    table.set_seeds(member, fair.find_server(natural))
    assert is_refused(blackjack(table, member), "une partie en cours", board=True)
    assert table.balance(member) == 900 and table.history(member) == []
    table.check()


def test_a_third_member_cannot_play_somebodys_hand(table):
    member, other = table.members(2)
    seed(table, member, playing)
    reply = blackjack(table, member)
    for action in ("hit", "stand"):
        assert is_refused(table.press(reply, action, other), "pas pour toi")
    assert table.balance(other) == 1000
    assert table.press(reply, "stand", member)["type"] == UPDATE


def test_a_press_on_an_old_hand_shows_the_present_one_and_on_an_ended_one_is_refused(table):
    member = table.member(1000)
    seed(table, member, playing)
    first = blackjack(table, member)
    second = table.press(first, "hit", member)
    if not over(second):
        for action in ("hit", "stand"):
            assert table.press(first, action, member) == second
        assert is_refused(table.press(first, "hit", table.member()), "pas pour toi")
    last = second if over(second) else table.press(second, "stand", member)
    balance = table.balance(member)
    assert is_refused(table.press(first, "stand", member), "finie")
    assert table.balance(member) == balance and over(last)


def test_a_press_sent_again_gets_the_same_bytes(table):
    member = table.member(1000)
    seed(table, member, playing)
    reply = blackjack(table, member)
    request = table.service.signed(table.application.press(button(reply, "stand"), member))
    first = table.service.post(*request)
    balance = table.balance(member)
    for reply in table.service.together([request] * 6):
        assert reply.body == first.body
    assert table.balance(member) == balance


def test_hit_and_stand_at_the_same_instant_count_once(table):
    for _ in range(10):
        member = table.member(1000)
        seed(table, member, playing)
        reply = blackjack(table, member)
        replies = table.service.together([
            table.service.signed(table.application.press(button(reply, action), member))
            for action in ("hit", "stand", "hit", "stand")])
        shown = [reply.json() for reply in replies if reply.json()["type"] == UPDATE]
        assert all(reply == shown[0] for reply in shown), "one of them counted"
        assert len(shown) == 1 if over(shown[0]) else button(shown[0], "hit").endswith(":n1")
        assert all(is_refused(reply.json(), "finie") for reply in replies
                   if reply.json()["type"] != UPDATE)
        assert table.database.is_explained(member)
    table.check()


def test_a_hand_that_nobody_plays_stands_by_itself(table):
    member = table.member(1000)
    server = seed(table, member, playing)
    cards = fair.deck(fair.Draws(server, ["nombre"], 0))
    reply = blackjack(table, member)
    table.expire(reply)
    dealer, drawn = [cards[1], cards[3]], 4
    while fair.hand(dealer) < 17:
        dealer.append(cards[drawn])
        drawn += 1
    mine, theirs = fair.hand([cards[0], cards[2]]), fair.hand(dealer)
    expected = "win" if theirs > 21 or mine > theirs else "push" if mine == theirs else "loss"
    [(_, result, _, winnings)] = table.history(member)
    assert result == expected
    assert table.balance(member) == 900 + winnings
    assert is_refused(table.press(reply, "hit", member), "finie")
    table.check()


@pytest.mark.parametrize("room, paid", [(0, 0), (30, 30), (200, 200), (500, 200)])
def test_a_balance_filled_up_while_a_hand_is_open_takes_what_it_can_hold(table, room, paid):
    member = table.member(1000)
    seed(table, member, lambda draws: (lambda cards: fair.hand([cards[0], cards[2]]) == 20
                                       and fair.hand([cards[1], cards[3]]) == 19)(fair.deck(draws)))
    reply = blackjack(table, member)
    table.set_balance(member, FULL - room)
    said = text(table.press(reply, "stand", member))
    assert table.balance(member) == FULL - room + paid
    assert table.history(member) == [("blackjack", "win", 100, paid)]
    assert ("gagne 100 LC" in said) == (paid == 200) and ("plein" in said) == (paid < 200)
    table.check()


@pytest.mark.parametrize("room, paid", [(0, 0), (30, 30), (100, 100), (500, 100)])
def test_a_stake_that_comes_back_to_a_full_balance_is_told_as_far_as_it_came(table, room, paid):
    member = table.member(1000)
    seed(table, member, lambda draws: (lambda cards: fair.hand([cards[0], cards[2]]) == 20
                                       and fair.hand([cards[1], cards[3]]) == 20)(fair.deck(draws)))
    reply = blackjack(table, member)
    table.set_balance(member, FULL - room)
    said = text(table.press(reply, "stand", member))
    assert table.balance(member) == FULL - room + paid
    assert table.history(member) == [("blackjack", "push", 100, paid)]
    assert "récupère sa mise" in said and ("plein" in said) == (paid < 100)
    assert paid == 100 or f"{paid} LC reçus" in said.replace("\u00a0", " ")
    table.check()


def test_a_hand_survives_kill_9_between_any_two_presses(alone):
    member = alone.member(1000)
    seed(alone, member, lambda draws: fair.hand(fair.deck(draws)[0:3:2]) <= 5
         and playing(fair.Draws(draws.key.hex(), ["nombre"], 0)))
    reply = blackjack(alone, member)
    while not over(reply):
        alone.service.kill()
        alone.service.start()
        reply = alone.press(reply, "hit", member)
        assert reply["type"] == UPDATE
    assert len(alone.history(member)) == 1
    alone.check()


# -- odds


@pytest.mark.parametrize("locale, words", [
    ("fr", ["2,70\u202f%", "97,30\u202f%", "×36", "48,65\u202f%", "0,0008\u202f%", "deux pareils", "×1,5"]),
    ("en-GB", ["2.70%", "97.30%", "×36", "48.65%", "0.0008%", "two alike", "×1.5"])])
def test_odds_are_shown_to_the_one_who_asks(table, locale, words):
    reply = table.play("casino cotes", table.member(), locale=locale)
    assert is_ephemeral(reply)
    assert all(word in text(reply) for word in words)
