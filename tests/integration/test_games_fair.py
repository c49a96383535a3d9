"""Verifiable draws: commitments, revealing, and drawing again from what was shown."""

import re

import pytest

from support import fair
from support.games import MESSAGE, button, buttons, game_id, is_ephemeral, is_refused, text
from support.interactions import custom_id
from support.service import ctl

HEX = re.compile(r"[0-9a-f]{64}")
RANKS, SUITS = "A 2 3 4 5 6 7 8 9 10 J Q K".split(), "♣♦♥♠"


def hasard(table, member, key=None, **more):
    return table.play("hasard", member, *([("cle", key)] if key is not None else []), **more)


def verify(game, **options):
    arguments = [part for name, value in options.items()
                 for part in (f"--{name.replace('_', '-')}", value)]
    return ctl("verify", game, *arguments)


def test_all_games_of_a_seed_can_be_drawn_again_once_it_is_revealed(table):
    member = table.member(5000)
    commitment = HEX.search(text(hasard(table, member))).group()
    plays = []
    for game, more in (("roue", [("couleur", "noir")]), ("machine", []), ("blackjack", [])) * 4:
        reply = table.play(f"casino {game}", member, ("mise", 20), *more)
        plays.append((game, reply))
        if any(":stand:" in id for id in buttons(reply)):
            table.press(reply, "stand", member)
    shown = hasard(table, member)
    assert commitment in text(shown) and is_ephemeral(shown)
    revealed = table.press(shown, "reveal", member)
    assert revealed["type"] == MESSAGE and not is_ephemeral(revealed)
    server, old, following = HEX.findall(text(revealed))
    assert fair.commitment(server) == commitment == old and following != commitment
    for number, (game, reply) in enumerate(plays):
        proof = table.proof(reply, member)
        assert (proof["tirage"], proof["sceau"], proof["graine"]) == (
            f"n°\u00a0{number}", commitment, server)
        draws = fair.Draws(server, [proof["clé"]], number)
        done = verify(game, seed=server, client_seed=proof["clé"], draw=str(number),
                      commitment=proof["sceau"])
        said = done.stdout.decode().splitlines()
        assert done.returncode == 0 and said[0] == f"commitment {commitment}"
        if game == "roue":
            pocket = fair.pocket(draws)
            assert re.search(rf"# \S+ {pocket} ", text(reply))
            assert said[1] == f"pocket {pocket}, {fair.colour(pocket)}"
        elif game == "machine":
            reels = " ".join(fair.SYMBOLS[symbol] for symbol in fair.reels(draws))
            assert reels in text(reply) and said[1] == f"reels {reels}"
        else:
            deck = [f"{RANKS[card % 13]}{SUITS[card // 13]}" for card in fair.deck(draws)]
            assert said[1] == "deck " + " ".join(deck)
    # The next game is drawn from the next seed, which was committed to.
    after = table.play("casino machine", member, ("mise", 20))
    proof = table.proof(after, member)
    assert (proof["tirage"], proof["sceau"]) == ("n°\u00a00", following) and "graine" not in proof


def test_the_members_key_is_theirs_to_choose(table):
    member = table.member(1000)
    reply = hasard(table, member, "Ma-Cle_7")
    assert is_ephemeral(reply) and "Ma-Cle_7" in text(reply)
    played = table.play("casino machine", member, ("mise", 5))
    assert table.proof(played, member)["clé"] == "Ma-Cle_7"


@pytest.mark.parametrize("key", ["a b", "é", "", "a" * 33, "a+b", "a:b", "'"])
def test_a_key_of_other_letters_is_refused(table, key):
    assert is_refused(hasard(table, table.member(), key))


def test_changing_the_key_again_and_again_is_done_once(table):
    member = table.member(1000)
    request = table.service.signed(table.command("hasard", member, ("cle", "un")))
    first = table.service.post(*request)
    hasard(table, member, "deux")
    assert table.service.post(*request).body == first.body
    assert "deux" in text(hasard(table, member))


def test_revealing_is_done_once_and_by_the_member_only(table):
    member, other = table.members(2)
    table.play("casino machine", member, ("mise", 5))
    shown = hasard(table, member)
    assert is_refused(table.press(shown, "reveal", other), "pas les tiens")
    request = table.service.signed(table.application.press(button(shown, "reveal"), member))
    first = table.service.post(*request)
    assert {reply.body for reply in table.service.together([request] * 6)} == {first.body}
    assert is_refused(table.press(shown, "reveal", member), "Rien n’a encore été tiré")


def test_an_unused_seed_has_no_button_and_is_not_revealed(table):
    member = table.member(1000)
    assert [id.split(":")[2] for id in buttons(hasard(table, member))] == ["change"]
    assert is_refused(table.press_id(custom_id("hasard", "reveal", owner=member.id), member), "Rien n’a encore")


def test_a_seed_is_not_revealed_while_a_hand_of_it_is_open(table):
    member = table.member(5000)
    while True:
        reply = table.play("casino blackjack", member, ("mise", 10))
        if any(":hit:" in id for id in buttons(reply)):
            break
    server = table.database.one("SELECT server_seed FROM besace_seeds WHERE user_id = %s", member.id)
    assert is_refused(table.press(hasard(table, member), "reveal", member), "blackjack")
    table.press(reply, "stand", member)
    assert server in text(table.press(hasard(table, member), "reveal", member))


def test_messages_before_the_end_hold_no_secret_seed(table):
    lou, max_ = table.members(2)
    for path, more in (("jeu duel", [("adversaire", max_)]), ("jeu roulette", [])):
        reply = table.play(path, lou, *more, ("mise", 20))
        secret = table.database.one("SELECT facts ->> 'server' FROM besace_matches"
                                    " WHERE match_id = %s", game_id(reply))
        assert secret not in text(reply) and not HEX.search(text(reply))
        assert table.proof(reply, max_)["sceau"] == fair.commitment(secret)
        table.expire(reply)
    [(server,)] = table.database.run("SELECT server_seed FROM besace_seeds WHERE user_id = %s",
                                     lou.id)
    assert server not in text(hasard(table, lou))
    assert server not in table.service.text()


SEED = "00" * 31 + "01"


def test_a_seed_that_was_not_committed_to_is_told():
    done = verify("roue", seed=SEED, client_seed="a", commitment=fair.commitment("00" * 32))
    assert done.returncode == 1 and b"not the one" in done.stderr
    assert verify("roue", seed=SEED, client_seed="a", commitment=fair.commitment(SEED)).returncode == 0


def test_a_roulette_is_drawn_again_among_all_players():
    winner = fair.Draws(SEED, ["a", "b", "c"], 0).below(3) + 1
    assert f"winner player {winner} of 3" in verify("roulette", seed=SEED,
                                                    client_seed="a+b+c").stdout.decode()


@pytest.mark.parametrize("count", [3, 50])
def test_a_roulette_is_verified_from_its_message(room, count):
    players = room.members(count)
    for i, member in enumerate(players):
        hasard(room, member, f"{i:x<32}")  # as long as they may be
    opened = room.play("jeu roulette", players[0], ("mise", 10))
    sealed = room.proof(opened, players[0])["sceau"]
    for i, member in enumerate(players[1:]):
        room.play("jeu roulette", member, ("mise", 11 + i))
    room.expire(opened)
    room.database.run("UPDATE besace_match_edits SET try_at = 'infinity' WHERE match_id = %s",
                      game_id(opened))  # so that a press shows it
    over = room.press(opened, "join", players[0])
    said, proof = text(over), room.proof(over, players[-1])
    assert proof["sceau"] == sealed
    done = verify("roulette", seed=proof["graine"], client_seed=proof["clés"], commitment=sealed)
    place = int(re.search(r"n°\s(\d+)", said).group(1))
    assert done.stdout.decode().splitlines()[1] == f"winner player {place} of {count}"
    assert f"**{players[place - 1].username}**, n°\u00a0{place} sur {count}" in said
    assert [room.history(member)[0][1] == "win" for member in players].index(True) == place - 1


@pytest.mark.parametrize("game, options", [
    ("poker", {"seed": SEED, "client_seed": "a"}), ("roue", {"seed": SEED}), ("roue", {"client_seed": "a"}),
    ("roue", {"seed": "12", "client_seed": "a"}), ("roue", {"seed": SEED, "client_seed": "a b"}),
    ("roue", {"seed": SEED, "client_seed": "a+b"}), ("duel", {"seed": SEED, "client_seed": "a"}),
    ("duel", {"seed": SEED, "client_seed": "a+"}), ("roulette", {"seed": SEED, "client_seed": "a"}),
    ("roue", {"seed": SEED, "client_seed": "a", "draw": "-1"}),
    ("roue", {"seed": SEED, "client_seed": "a", "draw": "9" * 19})])
def test_verify_says_what_is_wrong_with_its_arguments(game, options):
    done = verify(game, **options)
    assert done.returncode == 2 and done.stderr and not done.stdout
