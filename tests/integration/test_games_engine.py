"""The engine of games: messages of ended games, replicas, kills, and money that adds up."""

import pytest

from support.engine import edits, opened, play, table
from support.games import UPDATE, Table, button, buttons, is_refused, text
from support.interactions import GUILD, new_id
from support.kill import STEPS_MAX
from support.replies import (BUTTON, TEXT_DISPLAY, TONES, components, heading, is_ephemeral, shown,
                             under)
from support.wait import until

BOT = "bot.token.test"

# The message of an earlier answer.
V2 = {"flags": 32768, "components": [{"type": 10, "content": "…"}]}

# Edits that one replica makes at once: src/jobs/editor.c.
MAX_IN_FLIGHT = 16


def edited(discord, token):
    """What the message of an interaction was edited to."""
    def look():
        original = discord.tokens[token].original if token in discord.tokens else None
        return original if original and original["components"] else None

    return discord.wait_for(look)


# -- messages


@pytest.mark.parametrize("path", ["jeu duel", "pfc", "007", "c21"])
def test_the_message_of_an_expired_challenge_says_so_and_has_no_buttons(table, discord, path):
    lou, max_ = table.members(2)
    reply, token = play(table, path, lou, ("adversaire", max_), ("mise", 100))
    table.expire(reply)
    message = edited(discord, token)
    assert "expiré" in shown(message) and not components(message, BUTTON)
    until(lambda: edits(table) == 0, "the edit is done")
    assert [call["body"]["allowed_mentions"] for call in discord.calls("PATCH")] == [{"parse": []}]


def test_the_message_of_a_expired_turn_names_the_winner_after_the_last_update(table, discord):
    lou, max_ = table.members(2)
    reply = table.challenge("c21", lou, max_)
    press = table.application.press(button(reply, "accept"), max_)
    reply = table.service.ask(press)
    table.expire(reply)
    message = edited(discord, press["token"])
    assert f"{max_.username} gagne par forfait" in shown(message)


def test_blackjack_and_roulette_end_in_their_messages(table, discord):
    lou = table.member()
    reply, token = play(table, "jeu roulette", lou, ("mise", 50))
    table.expire(reply)
    assert "Personne d’autre" in shown(edited(discord, token))
    while True:
        reply, token = play(table, "casino blackjack", lou, ("mise", 10))
        if any(":hit:" in id for id in buttons(reply)):
            break
    table.expire(reply)
    message = edited(discord, token)
    assert [component["custom_id"].split(":")[2] for component in components(message, BUTTON)] == \
        ["again", "double", "other", "proof"]


def test_the_first_message_of_a_table_gets_its_result_whoever_joined_by_the_command(table, discord):
    lou, max_, zoe = table.members(3)
    reply, opening = play(table, "jeu roulette", lou, ("mise", 50))
    joined, joining = play(table, "jeu roulette", max_, ("mise", 70))
    assert not buttons(joined) and max_.username in text(joined) and "120" in text(joined)
    table.expire(reply)
    assert "Pot\u00a0: **120 LC**" in under(edited(discord, opening))
    # Nor does one who joins by the command take it from one who joined by the button.
    reply, opening = play(table, "jeu roulette", lou, ("mise", 50))
    press = table.application.press(button(reply, "join"), max_)
    table.service.ask(press)
    _, last = play(table, "jeu roulette", zoe, ("mise", 80))
    table.expire(reply)
    assert "Pot\u00a0: **180 LC**" in under(edited(discord, press["token"]))
    assert joining not in discord.tokens and last not in discord.tokens


def test_a_dead_token_is_replaced_by_the_bots(table, discord):
    lou, max_ = table.members(2)
    reply = table.challenge("c21", lou, max_)
    press = table.application.press(button(reply, "accept"), max_)
    discord.messages[press["channel_id"]] = [discord.new_message(press["channel_id"], V2)]
    discord.messages[press["channel_id"]][0]["id"] = press["message"]["id"]
    reply = table.service.ask(press)
    table.database.run("UPDATE besace_matches SET token_until = now() AT TIME ZONE 'utc'")
    table.expire(reply)
    until(lambda: edits(table) == 0, "the edit is done")
    [message] = discord.messages[press["channel_id"]]
    assert "gagne" in shown(message)
    assert [call["route"] for call in discord.calls("PATCH")] == [
        "/channels/{channel}/messages/{message}"]


def test_an_unknown_channel_is_waited_for_while_its_guild_is_away(table, discord):
    lou, max_ = table.members(2)
    reply = table.challenge("c21", lou, max_)
    press = table.application.press(button(reply, "accept"), max_)
    reply = table.service.ask(press)
    table.database.run("UPDATE besace_matches SET token_until = now() AT TIME ZONE 'utc'")
    discord.settings(away_guilds=[press["guild_id"]])
    discord.fail(route="/channels/{channel}/messages/{message}", status=404,
                 body={"code": 10003, "message": "Unknown Channel"})
    table.expire(reply)
    until(lambda: discord.calls("GET"), "it is looked whether the guild is there")
    assert table.database.one("SELECT count(*) FROM besace_match_edits"
                              " WHERE try_at < 'infinity'") == 1
    # With the guild it is known that the channel is gone.
    discord.settings(away_guilds=[])
    table.database.run("UPDATE besace_match_edits SET try_at = now() AT TIME ZONE 'utc'")
    until(lambda: table.database.one("SELECT count(*) FROM besace_match_edits"
                                     " WHERE try_at = 'infinity'") == 1, "it is left")


@pytest.mark.parametrize("code", [401, 404])
def test_a_token_that_is_refused_early_is_replaced_by_the_bots(table, discord, code):
    lou, max_ = table.members(2)
    reply = table.challenge("c21", lou, max_)
    press = table.application.press(button(reply, "accept"), max_)
    known = discord.new_message(press["channel_id"], V2)
    known["id"] = press["message"]["id"]
    discord.messages[press["channel_id"]] = [known]
    reply = table.service.ask(press)
    discord.add_token(press["token"], expired=code == 401, answered=code != 404)
    table.expire(reply)
    until(lambda: edits(table) == 0, "the edit is done")
    assert "gagne" in shown(known)
    assert [call["route"] for call in discord.calls("PATCH")] == [
        "/webhooks/{webhook}/{token}/messages/@original", "/channels/{channel}/messages/{message}"]


def test_what_neither_the_token_nor_the_bot_may_edit_is_left(table, discord):
    lou, max_ = table.members(2)
    reply = table.challenge("c21", lou, max_)
    press = table.application.press(button(reply, "accept"), max_)
    reply = table.service.ask(press)
    discord.add_token(press["token"], expired=True)
    table.expire(reply)
    until(lambda: table.database.one(
        "SELECT count(*) FROM besace_match_edits WHERE try_at = 'infinity'") == 1, "it is left")
    assert [call["status"] for call in discord.calls("PATCH")] == [401, 404]


@pytest.mark.parametrize("how", ["no way", "refused"])
def test_what_cannot_be_edited_is_shown_by_the_next_press(table, discord, how):
    lou, max_ = table.members(2)
    reply, token = play(table, "pfc", lou, ("adversaire", max_), ("mise", 100))
    if how == "no way":  # the token is dead, and no press has told the message
        table.database.run("UPDATE besace_matches SET token_until = now() AT TIME ZONE 'utc'")
    else:
        discord.add_token(token, expired=True)
    table.expire(reply)
    until(lambda: table.database.one(
        "SELECT count(*) FROM besace_match_edits WHERE try_at = 'infinity'") == 1, "it is left")
    request = table.service.signed(table.application.press(button(reply, "accept"), max_))
    shown = table.service.post(*request)
    assert shown.json()["type"] == UPDATE and "expiré" in text(shown.json())
    assert not buttons(shown.json()) and table.service.post(*request).body == shown.body
    assert is_refused(table.press(reply, "accept", max_), "finie")
    assert table.balance(max_) == 1000 and edits(table) == 0


def test_somebody_elses_press_on_an_ended_game_does_not_show_their_balance(table, discord):
    lou, third = table.member(), table.member(balance=7654)
    while True:
        reply, token = play(table, "casino blackjack", lou, ("mise", 10))
        if any(":hit:" in id for id in buttons(reply)):
            break
    discord.add_token(token, expired=True)
    table.expire(reply)
    until(lambda: table.database.one(
        "SELECT count(*) FROM besace_match_edits WHERE try_at = 'infinity'") == 1, "it is left")
    shown = table.press(reply, "hit", third)
    assert shown["type"] == UPDATE and f"**{lou.username}**" in text(shown)
    assert "Solde" not in text(shown)


def test_an_edit_outlives_discords_faults(table, discord):
    lou, max_ = table.members(2)
    discord.fail(method="PATCH", status=503, times=2)
    reply, token = play(table, "pfc", lou, ("adversaire", max_), ("mise", 100))
    table.expire(reply)
    assert "expiré" in shown(edited(discord, token))
    until(lambda: edits(table) == 0, "the edit is done")


def test_an_edit_outlives_a_kill(alone, discord):
    lou, max_ = alone.members(2)
    discord.settings(any_token={"deferred": False})
    reply, token = play(alone, "pfc", lou, ("adversaire", max_), ("mise", 100))
    alone.expire(reply)
    alone.service.kill()
    # What it had begun ends before the lease is taken back.
    until(lambda: not alone.database.sessions(), "its backends are gone")
    assert edits(alone) == 1
    alone.database.run("UPDATE besace_match_edits SET try_at = now() AT TIME ZONE 'utc'")
    alone.service.settings["DISCORD_API_URL"] = discord.url
    alone.service.start()
    assert "expiré" in shown(edited(discord, token))


def due_challenges(database, count):
    """So many challenges that have expired, each with a message of its own."""
    database.run(
        "WITH people AS (INSERT INTO users (guild_id, user_id, username, balance)"
        " SELECT %s, (2000000000000000000 + i)::text, 'p' || i, 15 FROM generate_series(1, %s) i"
        " RETURNING guild_id, user_id),"
        " matches AS (INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, accepted,"
        " stake, state, facts, expiry, expires_at, language, application_id, token, token_until)"
        " SELECT guild_id, user_id, 'pfc', user_id, false, 10, '', '{}', jsonb_build_array("
        "jsonb_build_object('user', user_id, 'credit', 10)), now() AT TIME ZONE 'utc', 'fr',"
        " '1', 'token' || user_id, now() AT TIME ZONE 'utc' + interval '10 minutes' FROM people"
        " RETURNING match_id, owner_id)"
        " SELECT count(*) FROM matches", GUILD, count)
    database.run("INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)"
                 " SELECT guild_id, owner_id, game_type, match_id, 0, stake FROM besace_matches")


def test_an_edit_that_is_made_makes_room_for_the_next_at_once(
        start, database, application, discord):
    """With all places but one held up, many go through that one before those are given up and begin
    again: none waits for a clock."""
    discord.settings(any_token={"deferred": False})
    discord.fail(method="PATCH", stall=600, times=MAX_IN_FLIGHT - 1)
    due_challenges(database, 400)
    start(database, DISCORD_API_URL=discord.url)

    def passed():
        """How many were edited before one that was held up came again."""
        seen, count = set(), 0
        for call in discord.calls("PATCH"):
            if call["path"] in seen:
                return [count]
            seen.add(call["path"])
            count += call["status"] == 200
        return [count] if count == 400 - (MAX_IN_FLIGHT - 1) else None

    # A clock of a second would let ten pass until then.
    assert discord.wait_for(passed)[0] > 20
    until(lambda: database.one("SELECT count(*) FROM besace_match_edits") == 0, "all are edited")


# -- what takes long, and what kills


def test_a_play_of_a_locked_member_follows_its_deferral_once(table, discord):
    lou = table.member()
    body = table.command("casino machine", lou, ("mise", 10))
    discord.add_token(body["token"], deferred=True)
    request = table.service.signed(body)
    with table.database.locked(lou):
        assert table.service.post(*request, deferred=True).json() == {"type": 5}
    message = discord.wait_for(lambda: discord.tokens[body["token"]].original)
    discord.wait_for(lambda: discord.tokens[body["token"]].original["components"])
    assert len(heading(message).split()) == 3  # the reels
    again = table.service.post(*request).json()
    assert again["data"]["components"] == message["components"]
    assert len(table.history(lou)) == 1
    table.check()


def test_a_challenge_that_was_deferred_is_followed_by_the_mention(table, discord):
    lou, max_ = table.members(2)
    body = table.command("c21", lou, ("adversaire", max_), ("mise", 10))
    discord.add_token(body["token"], deferred=True)
    with table.database.locked(lou):
        assert table.service.ask(body, deferred=True) == {"type": 5}
    token = discord.tokens[body["token"]]
    [message] = discord.wait_for(lambda: list(token.follow_ups.values()))
    assert shown(message) == f"<@{max_.id}>"
    [post] = discord.calls("POST", "/webhooks/*")
    assert post["body"]["allowed_mentions"] == {"parse": [], "users": [max_.id]}
    assert [call["method"] for call in discord.calls(route="/webhooks/*")] == ["PATCH", "POST"]


def test_playing_again_defers_a_message_of_its_own(table, discord):
    lou = table.member()
    first = table.play("casino machine", lou, ("mise", 10))
    press = table.application.press(button(first, "again"), lou)
    discord.add_token(press["token"], deferred=True)
    with table.database.locked(lou):
        assert table.service.ask(press, deferred=True) == {"type": 5}
    discord.wait_for(lambda: discord.calls("PATCH", "*@original"))
    assert len(until(lambda: table.history(lou)[1:], "it is played")) == 1


def deferred_play(table, how, lou):
    """A request that plays for more than the member has."""
    if how == "command":
        return table.command("casino machine", lou, ("mise", 10))
    if how == "challenge":
        return table.command("pfc", lou, ("adversaire", table.member()), ("mise", 10))
    first = table.play("casino machine", lou, ("mise", 10))
    table.set_balance(lou, 5)
    if how == "again":
        return table.application.press(button(first, "again"), lou)
    opened = table.press(first, "other", lou)
    return table.application.modal(opened["data"]["custom_id"], lou, {"mise": "10"})


@pytest.mark.parametrize("how", ["command", "challenge", "again", "modal"])
def test_a_refusal_after_a_public_deferral_is_shown_to_its_member_alone(table, discord, how):
    lou = table.member(balance=100)
    body = deferred_play(table, how, lou)
    table.set_balance(lou, 5)
    discord.add_token(body["token"], deferred=True)
    with table.database.locked(lou):
        assert table.service.ask(body, deferred=True) == {"type": 5}
    token = discord.tokens[body["token"]]
    [message] = discord.wait_for(lambda: list(token.follow_ups.values()))
    assert is_ephemeral(message) and heading(message).startswith(TONES)
    assert token.deleted and token.original["components"] == []
    assert [call["method"] for call in discord.calls(route="/webhooks/*")] == ["DELETE", "POST"]


def test_an_apology_after_a_public_deferral_is_shown_to_its_member_alone(table, discord):
    lou = table.member()
    body = table.command("casino machine", lou, ("mise", 10))
    discord.add_token(body["token"], deferred=True)
    with table.database.locked(lou):
        assert table.service.ask(body, deferred=True) == {"type": 5}
        token = discord.tokens[body["token"]]
        [message] = discord.wait_for(lambda: list(token.follow_ups.values()))
    assert is_ephemeral(message) and token.deleted
    assert table.balance(lou) == 1000


@pytest.mark.parametrize("fault, times", [
    ({"status": 403, "body": {"message": "Missing Access", "code": 50001}}, 1),
    ({"close": True}, 2)])
def test_a_refusal_follows_whatever_becomes_of_its_deferral(table, discord, fault, times):
    lou = table.member(balance=5)
    body = table.command("casino machine", lou, ("mise", 10))
    discord.add_token(body["token"], deferred=True)
    discord.fail(method="DELETE", times=times, **fault)
    with table.database.locked(lou):
        assert table.service.ask(body, deferred=True) == {"type": 5}
    [call] = discord.wait_for(lambda: [
        call for call in discord.calls("POST", "/webhooks/*") if call["status"] == 200])
    assert is_ephemeral(call["body"])
    methods = [call["method"] for call in discord.calls(route="/webhooks/*")]
    assert methods == ["DELETE"] * (times if "status" in fault else times + 1) + ["POST"]


def test_a_revealed_seed_is_public_behind_a_deferral_too(table, discord):
    lou = table.member()
    table.play("casino machine", lou, ("mise", 10))
    press = table.application.press(button(table.play("hasard", lou), "reveal"), lou)
    discord.add_token(press["token"], deferred=True)
    with table.database.locked(lou):
        assert table.service.ask(press, deferred=True) == {"type": 5}
    token = discord.tokens[press["token"]]
    discord.wait_for(lambda: token.original and token.original["components"])
    assert not is_ephemeral(token.original) and len(components(token.original, TEXT_DISPLAY)) > 3


def test_a_level_that_a_game_crosses_is_announced(start, database, application, discord):
    channel = new_id()
    table = Table(start(database, DISCORD_API_URL=discord.url, DISCORD_BOT_TOKEN=BOT,
                        BESACE_LEVEL_CHANNEL_ID=channel), database, application)
    lou, max_ = table.member(xp=99), table.member(xp=99)
    table.play("casino roue", lou, ("mise", 10), ("couleur", "rouge"))
    discord.wait_for(lambda: len(discord.messages.get(channel, ())) == 1)
    # Also when it ends by itself.
    reply = table.accepted("c21", lou, max_)
    table.expire(reply)
    discord.wait_for(lambda: len(discord.messages.get(channel, ())) == 2)


@pytest.mark.parametrize("path, more", [("casino machine", []), ("jeu duel", None)])
def test_a_play_survives_kill_9_at_every_step(fragile, database, application, trigger, path, more):
    table = Table(fragile, database, application)
    for step in range(1, STEPS_MAX):
        lou, max_ = table.members(2)
        for member in (lou, max_):
            table.play("hasard", member)
        if more is None:
            challenge = table.challenge(path, lou, max_)
            body = application.press(button(challenge, "accept"), max_)
        else:
            body = table.command(path, lou, ("mise", 10), *more)
        request = fragile.signed(body)
        first, killed = trigger.kill(fragile, step, lambda request=request: fragile.post(*request))
        second = fragile.post(*request)
        assert second.status == 200
        assert not first.status or first.body == second.body
        assert len(table.history(lou)) == 1 and database.is_explained(lou)
        assert more is not None or table.balance(lou) + table.balance(max_) == 2000
        if not killed:
            break
    else:
        raise AssertionError(f"a play takes more than {STEPS_MAX} steps")
    table.check()


def state(table):
    """Of the only open game."""
    return table.database.run("SELECT accepted, state, expiry, expires_at FROM besace_matches")


def play_on(table, reply, moves, owner, other):
    """Plays an open game to its end, by the buttons of REPLY and of what follows."""
    while table.open_games():
        ids = buttons(reply)
        for member in (owner, other):
            for move in moves:
                told = table.press_id(next(id for id in ids if f":{move}:" in id), member)
                if told["type"] == UPDATE:
                    reply = told
                    break
            if told["type"] == UPDATE:
                break


# A sweep may miss the step between a commit and its answer: other work of the service is counted too.
SWEEPS_MAX = 10


def lose_answers(table, trigger, path, action, moves):
    """Kills the service at each step of a press, and plays on. Returns how often the press was done
    and its answer lost."""
    lost = 0
    for step in range(1, STEPS_MAX):
        lou, max_ = table.members(2)
        reply, presser = opened(table, path, action, lou, max_)
        before = state(table)
        request = table.service.signed(table.application.press(button(reply, action), presser))
        _, killed = trigger.kill(table.service, step, lambda request=request: table.service.post(*request))
        after = state(table)
        again = table.press(reply, action, presser)
        if killed and after != before and after:
            lost += 1
            assert again["type"] == UPDATE and state(table) == after, "nothing moves"
            assert {id for id in set(buttons(again)) & set(buttons(reply))
                    if ":proof:" not in id} == set()
        if table.open_games():
            play_on(table, again, moves, lou, max_)
        assert table.database.is_explained(lou)
        if not killed:
            return lost
    raise AssertionError(f"a press takes more than {STEPS_MAX} steps")


@pytest.mark.parametrize("path, action, moves", [
    ("casino blackjack", "hit", ["hit"]), ("pfc", "accept", ["rock"]), ("c21", "accept", ["3"]),
    ("007", "accept", ["shoot", "shield"]), ("c21", "3", ["3"])])
def test_a_game_whose_answer_was_lost_is_played_on_by_its_old_buttons(
        fragile, database, application, trigger, path, action, moves):
    table = Table(fragile, database, application)
    lost = 0
    for _ in range(SWEEPS_MAX):
        lost += lose_answers(table, trigger, path, action, moves)
        if lost:
            break
    assert lost >= 1
    table.check()
