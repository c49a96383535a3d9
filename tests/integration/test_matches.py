"""What the routines of matches promise: locks, commits, leases, guilds, and the keys of their JSON."""

import collections
import concurrent.futures
import contextlib
import copy
import json

import psycopg2
import pytest

from support import fair
from support.games import button, game_id, is_ephemeral, is_refused, text
from support.interactions import GUILD, new_id
from support.metrics import metrics_of
from support.ports import own_port
from support.statements import execute
from support.wait import until

pytestmark = pytest.mark.partitioned

OTHER_GUILD = "2"


@pytest.fixture
def own(bot_table):
    return bot_table


# -- locks


def test_a_press_that_ends_a_match_locks_the_other_players_before_it_looks_at_them(own):
    """Somebody else's change brings the other player to the XP from which this match crosses a level:
    a press that had looked before it would miss the reward."""
    lou, max_ = own.members(2)
    reply = own.accepted("pfc", lou, max_)
    own.press(reply, "scissors", lou)
    with concurrent.futures.ThreadPoolExecutor() as pool, own.database.locked(lou) as holder:
        with holder.cursor() as cursor:
            cursor.execute("UPDATE users SET xp = 95 WHERE user_id = %s", (lou.id,))
        pressed = pool.submit(own.press, reply, "rock", max_)
        until(own.database.waiting_for_locks, "the press waits")
        holder.commit()
        pressed.result()
    until(lambda: own.history(lou), "the match is over")
    assert own.history(lou)[0][1] == "loss" and own.xp(lou) == 100
    assert ("level_up", 25) in own.database.ledger(lou) and own.database.is_explained(lou)


def test_two_matches_of_the_same_two_members_end_at_once(own):
    """Each press locks both members, in one order: neither waits for the other in a circle."""
    for _ in range(5):
        lou, max_ = own.members(2)
        first = own.accepted("pfc", lou, max_)
        second = own.accepted("007", max_, lou)
        own.press(first, "rock", lou)
        own.press(second, "reload", max_)
        presses = [own.service.signed(own.application.press(button(first, "paper"), max_)),
                   own.service.signed(own.application.press(button(second, "shoot"), lou))]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            with own.database.locked(min(lou, max_, key=lambda member: member.id)):
                replies = [pool.submit(own.service.post, *press) for press in presses]
                until(lambda: own.database.waiting_for_locks() == 2, "both wait")
        assert [reply.result().status for reply in replies] == [200, 200]
        until(lambda: len(own.history(lou)) == 2, "both are over")
        assert own.balance(lou) + own.balance(max_) == 2000


# -- commits


@contextlib.contextmanager
def failing_commits(database):
    """No transaction that writes a receipt commits: it fails at its very end."""
    database.run("CREATE FUNCTION fail_at_commit() RETURNS TRIGGER LANGUAGE plpgsql AS"
                 " $$ BEGIN RAISE EXCEPTION 'no commit'; END $$")
    database.run("CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT ON besace_receipts"
                 " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit()")
    yield
    database.run("DROP TRIGGER fail_at_commit ON besace_receipts")
    database.run("DROP FUNCTION fail_at_commit()")


def a_play(own):
    lou = own.member()
    return own.command("casino machine", lou, ("mise", 10)), [lou]


def an_accepted_duel(own):
    lou, max_ = own.members(2)
    reply = own.challenge("jeu duel", lou, max_)
    return own.application.press(button(reply, "accept"), max_), [lou, max_]


@pytest.mark.parametrize("change", [a_play, an_accepted_duel])
def test_a_change_is_not_told_before_it_is_committed(own, change):
    body, members = change(own)
    before = [own.balance(member) for member in members]
    with failing_commits(own.database):
        told = own.service.ask(copy.deepcopy(body))
        assert is_ephemeral(told) and "Rien n’a été perdu" in text(told), told
        assert [own.balance(member) for member in members] == before
        assert not any(own.history(member) for member in members)
    assert not is_ephemeral(own.service.ask(body)), "it was not done, so it can be"
    assert all(len(own.history(member)) == 1 for member in members)
    own.check()


# -- leases


def test_who_has_lost_the_lease_of_an_edit_does_not_give_it_up(own, discord):
    """Its lease has run out while Discord was silent, and another replica has taken the edit."""
    lou, max_ = own.members(2)
    discord.fail(method="PATCH", status=404, stall=600, body={"message": "Unknown", "code": 10015})
    reply = own.challenge("pfc", lou, max_)
    own.expire(reply)
    discord.wait_for(lambda: discord.stalled)
    taken = "2100-01-01 00:00:00"
    own.database.run("UPDATE besace_match_edits SET try_at = %s", taken)
    discord.release()
    until(lambda: own.service.said("game message not edited"), "there is no way to make it")
    # What it has to say of that goes out before the edit of a later match is even taken.
    own.expire(own.challenge("c21", *own.members(2)))
    until(lambda: own.database.one("SELECT count(*) FROM besace_match_edits") == 1, "that is made")
    assert str(own.database.one("SELECT try_at FROM besace_match_edits")) == taken


# -- guilds


def in_guild(body, guild):
    """The same interaction, from another guild where Besace is installed too."""
    told = json.dumps(body).replace(f'"{GUILD}"', f'"{guild}"')
    return json.loads(told)


def test_a_button_of_one_guild_does_nothing_in_another(own):
    lou, max_ = own.members(2)
    for member in (lou, max_):
        own.database.add_member(member, 1000, guild=OTHER_GUILD)
    reply = own.challenge("pfc", lou, max_)
    for action in ("accept", "refuse"):
        body = own.application.press(button(reply, action), max_)
        assert is_refused(own.service.ask(in_guild(body, OTHER_GUILD)), "ne mène plus à rien")
    body = own.application.press(button(reply, "cancel"), lou)
    assert is_refused(own.service.ask(in_guild(body, OTHER_GUILD)), "ne mène plus à rien")
    assert own.is_open(reply) and own.database.balance(max_, OTHER_GUILD) == 1000
    assert own.database.balance(lou, OTHER_GUILD) == 1000 and own.database.balance(lou) == 900
    own.check()


def test_a_member_plays_one_match_of_a_game_in_each_guild(own):
    lou, max_ = own.members(2)
    for member in (lou, max_):
        own.database.add_member(member, 500, guild=OTHER_GUILD)
    first = own.challenge("pfc", lou, max_)
    body = own.command("pfc", lou, ("adversaire", max_), ("mise", 100))
    second = own.service.ask(in_guild(body, OTHER_GUILD))
    assert not is_ephemeral(second) and game_id(first) != game_id(second)
    assert own.database.balance(lou, OTHER_GUILD) == 400 and own.database.balance(lou) == 900
    own.expire(first)
    assert own.is_open(second) and own.database.balance(lou) == 1000
    assert own.database.balance(lou, OTHER_GUILD) == 400


# -- levels


def test_the_outcome_of_a_play_names_the_level_that_it_reached(table):
    lou = table.member(xp=99)
    table.play("casino machine", lou, ("mise", 10))
    outcome = table.database.one("SELECT outcome FROM besace_receipts WHERE user_id = %s", lou.id)
    [end] = outcome["match"]["ends"]
    assert end["level_up"]["level"] == 2 and end["level_up"]["lc"] == 25
    assert [kind for kind, _ in table.database.ledger(lou)][-1] == "level_up"
    assert outcome["balance"] == table.balance(lou) and table.database.is_explained(lou)


# -- the keys of the JSON that the program writes


END = {"user": "USER", "credit": 10, "result": "win", "boost": "credit", "xp": 15,
       "opponent": "OTHER", "item": "jackpot", "proof": {"commit": "0"}}
SEEDS = {"server_seed": "0" * 64, "client_seed": "nombre"}
OPEN = {"game_type": "pfc", "stake": 10, "max_credit": 60, "language": "fr",
        "opponent": {"id": "OTHER", "name": "max"}, "channel": "3", "application": "4",
        "token": "t", "table": True, "new_seeds": SEEDS, "seeds": {"version": 0, "first_nonce": 0},
        "plays": [{"state": "1:", "facts": {}, "expiry": [END], "expires_s": 60}]}
PLAYED = {**OPEN, "game_type": "blackjack", "plays": [{"state": "1:", "facts": {}, "ends": [END]}]}
ACT = {"state": "1:", "facts": {}, "expiry": [END], "expires_s": 60, "accepted": True,
       "join": {"max_credit": 60, "stake": 10}, "afresh": True, "why": "played",
       "message": {"application": "4", "token": "t", "message": "5"},
       "reply": {"news": True}, "new_seeds": SEEDS}
ENDED = {**{key: value for key, value in ACT.items() if key not in ("expiry", "expires_s")},
         "ends": [END]}

# Objects that may lack none of these keys, by where they stand.
REQUIRED = {
    "": {"open": {"game_type", "stake", "max_credit", "language", "plays"}, "act": set()},
    "opponent": {"id"}, "new_seeds": {"server_seed", "client_seed"},
    "seeds": {"version", "first_nonce"}, "plays.0": {"facts"},
    "plays.0.expiry.0": {"user", "credit"}, "plays.0.ends.0": {"user", "credit"},
    "expiry.0": {"user", "credit"}, "ends.0": {"user", "credit"}, "join": {"max_credit"},
    "message": set(), "reply": set(),
    **{f"{ends}.0.proof": set() for ends in ("ends", "expiry", "plays.0.ends", "plays.0.expiry")}}
# A game writes what it likes into these.
FREE = {"facts", "plays.0.facts"}


def objects(value, path=()):
    """Every object in VALUE with the path to it."""
    if isinstance(value, dict):
        yield path, value
        for key, below in value.items():
            yield from objects(below, (*path, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from objects(below, (*path, number))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def variants(kind, whole):
    """(what was changed, JSON) for each key that is missing and for one that is unknown."""
    for path, found in objects(whole):
        name = ".".join(map(str, path))
        if name in FREE:
            continue
        changed = copy.deepcopy(whole)
        at(changed, path)["unknown key"] = 1
        yield f"{name} with an unknown key", changed
        required = REQUIRED[name][kind] if name == "" else REQUIRED[name]
        if name == "plays.0":
            required = required | ({"expiry", "expires_s"} if "expiry" in found else set())
        for key in required:
            changed = copy.deepcopy(whole)
            del at(changed, path)[key]
            yield f"{name} without {key}", changed


def call(table, kind, whole):
    """Calls the routine that takes such JSON for two new members, and takes all back."""
    lou, max_ = table.members(2)
    told = json.dumps(whole).replace("USER", lou.id).replace("OTHER", max_.id)
    match, interaction = new_id(), new_id()
    with contextlib.closing(table.database.connect()) as connection, connection.cursor() as cursor:
        if kind == "open":
            cursor.execute("SELECT besace_match_open(%s, %s, 'lou', 0, %s, %s)",
                           (GUILD, lou.id, interaction, told))
        else:
            cursor.execute(
                "INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, opponent_id,"
                " accepted, stake, state, facts, expiry, expires_at, language)"
                " SELECT %s, %s, 'pfc', %s, %s, false, 10, '', '{}', '[]', now() + '1 day', 'fr'",
                (GUILD, match, max_.id, lou.id))
            cursor.execute("SELECT besace_match_press(%s, %s, 'lou', 0, %s, %s, 1, %s)",
                           (GUILD, lou.id, interaction, match, told))
        return cursor.fetchone()[0]


@pytest.mark.parametrize("kind, whole", [("open", OPEN), ("open", PLAYED), ("act", ACT),
                                         ("act", ENDED)],
                         ids=["open", "played", "act", "ended"])
def test_json_with_a_missing_or_unknown_key_is_an_error(table, kind, whole):
    assert call(table, kind, whole).get("done") is not None, "the whole is taken"
    for changed, wrong in variants(kind, whole):
        with pytest.raises(psycopg2.errors.InvalidParameterValue):
            call(table, kind, wrong)
            pytest.fail(changed)


def play_drawn(table, lou, version, nonce, server=None):
    """Two plays at the machine, drawn from these seeds on."""
    return table.database.one(
        "SELECT besace_match_play(:guild, %s, 'lou', 0, %s, 'machine', 10, 60, '2', NULL, '', %s, %s, %s, 'nombre',"
        " '{}', ARRAY['{}', '{}'], '{win,win}', '{20,30}', '{15,15}', '{credit,credit}', '{}', '{}')",
        lou.id, new_id(), version, nonce, server)


def test_a_play_drawn_from_other_seeds_or_at_another_nonce_changes_nothing(table):
    lou = table.member()
    server = fair.find_server(lambda draws: True)
    assert play_drawn(table, lou, 0, 0, server)["done"]
    version, nonce = table.database.run("SELECT seeds_version, nonce FROM users WHERE user_id = %s", lou.id)[0]
    assert (version, nonce) == (0, 1)
    balance = table.balance(lou)
    # Seeds that are no longer, or not yet; the nonce before the first play and behind the last; new seeds
    # though there are some.
    for wrong in ((1, 1), (-1, 1), (0, 2), (0, -1), (0, 1, server)):
        assert play_drawn(table, lou, *wrong) == {"again": True}, wrong
    assert table.balance(lou) == balance and len(table.history(lou)) == 1
    # The nonce chooses the second of them.
    assert play_drawn(table, lou, 0, 0)["match"]["ends"][0]["paid"] == 30
    assert table.database.is_explained(lou)


# -- first plays


def test_a_first_play_makes_the_seeds_that_it_is_drawn_from(table):
    lou = table.member()
    proof = table.proof(table.play("casino machine", lou, ("mise", 10)), lou)
    server, client, nonce = table.database.run(
        "SELECT server_seed, client_seed, nonce FROM besace_seeds JOIN users USING (guild_id, user_id)"
        " WHERE user_id = %s", lou.id)[0]
    assert nonce == 1 and (proof["sceau"], proof["clé"]) == (fair.commitment(server), client)
    facts = table.database.one(
        "SELECT outcome -> 'match' -> 'facts' FROM besace_receipts WHERE user_id = %s", lou.id)
    assert facts["reels"] == "".join(map(str, fair.reels(fair.Draws(server, [client], 0))))


def test_first_plays_at_once_are_drawn_from_the_same_seeds(table):
    lou = table.member()
    replies = table.service.together([
        table.service.signed(table.command("casino machine", lou, ("mise", 10)))
        for _ in range(6)])
    assert len(table.history(lou)) == 6
    server, nonce = table.database.run(
        "SELECT server_seed, nonce FROM besace_seeds JOIN users USING (guild_id, user_id) WHERE user_id = %s", lou.id)[0]
    assert nonce == 6
    assert {table.proof(reply.json(), lou)["sceau"] for reply in replies} == {fair.commitment(server)}


def test_a_challenge_and_its_acceptance_make_seeds_too(table):
    lou, max_ = table.members(2)
    reply = table.challenge("jeu duel", lou, max_)
    table.press(reply, "accept", max_)
    clients = {table.database.one("SELECT client_seed FROM besace_seeds WHERE user_id = %s", member.id)
               for member in (lou, max_)}
    facts = table.database.one("SELECT outcome -> 'match' -> 'facts' FROM besace_receipts"
                               " WHERE user_id = %s", max_.id)
    assert set(facts["members"]) == clients


PLAYERS = [  # (end, balance, xp, multiplier)
    ({"credit": 20, "result": "win", "xp": 15, "boost": "gain"}, 100, 95, 3),
    ({"credit": 20, "result": "win", "xp": 15, "boost": "credit", "item": "jackpot"}, 0, 4990, 2),
    ({"credit": 0, "result": "loss", "xp": 5}, 50, 99, None),
    ({"credit": 10, "result": "push", "xp": 0}, 2147483630, 0, None),
    ({"credit": 10}, 7, 0, 2),
    (None, 7, 0, None)]  # not in the expiry: the stake goes back


@pytest.mark.parametrize("staking", [None, 0])
def test_one_match_is_settled_like_many(database, staking):
    """By single rows and by lists: the same outcome, the same rows."""
    settled = {}
    for routine, guild in (("besace_match_end", "1"), ("besace_matches_settle", "2")):
        users = [str(1000 + number) for number in range(len(PLAYERS))]
        for user, (_, balance, xp, multiplier) in zip(users, PLAYERS):
            database.run("INSERT INTO users (guild_id, user_id, username, balance, xp)"
                         " VALUES (%s, %s, 'x', %s, %s)", guild, user, balance + 10, xp)
            if multiplier:
                database.run("INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                             " multiplier_value) VALUES (%s, %s, 'x', %s)", guild, user, multiplier)
        expiry = [{"user": user, "opponent": users[0] if user != users[0] else users[1], **end}
                  for user, (end, *_) in zip(users, PLAYERS) if end]
        database.run("INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, accepted, stake, state,"
                     " facts, expiry, expires_at, channel_id, language) VALUES (%s, '77', 'duel', %s, true, 10, '',"
                     " '{}', %s, now() AT TIME ZONE 'utc', '5', 'fr')", guild, users[0], json.dumps(expiry))
        database.run("INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)"
                     " SELECT %s, u, 'duel', '77', seat, 10 FROM unnest(%s) WITH ORDINALITY AS u (u, seat)",
                     guild, users)
        if routine == "besace_match_end":
            outcome = database.one("SELECT besace_match_end(m, 'played', %s) -> 'ends' FROM besace_matches m"
                                   " WHERE guild_id = %s", None if staking is None else users[staking], guild)
        else:
            if staking is not None:  # matches that expire have all stakes in escrow
                database.run("UPDATE users SET balance = balance - 10 WHERE guild_id = %s AND user_id = %s",
                             guild, users[staking])
                database.run("INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type,"
                             " description, match_id) VALUES (%s, %s, 10, 'bet', 'duel 77', '77')",
                             guild, users[staking])
            outcome = database.one("SELECT ('[' || s.ends || ']')::json FROM besace_matches m"
                                   " CROSS JOIN LATERAL besace_matches_settle(m.guild_id, ARRAY[m]) s"
                                   " WHERE m.guild_id = %s", guild)
            assert [end["user"] for end in outcome] == users, "in the order of seats"
        assert database.one("SELECT count(*) FROM besace_escrow WHERE guild_id = %s", guild) == 0
        rows = [database.run(f"SELECT {columns} FROM {table} WHERE guild_id = %s ORDER BY 1, 2, 3", guild)
                for table, columns in (
                    ("users", "user_id, balance, xp, level_rewarded, place_id, xp_today"),
                    ("transactions", "from_user_id, to_user_id, transaction_type, amount, description"),
                    ("game_history", "player_id, opponent_id, result, bet_amount, winnings"),
                    ("active_multipliers", "user_id, multiplier_value, games_remaining"),
                    ("user_inventory", "user_id, item_type, quantity"))]
        settled[routine] = sorted(outcome, key=lambda end: end["user"]), rows
    assert settled["besace_match_end"] == settled["besace_matches_settle"]


# Two members each, whose match has expired and was won by the owner.
EXPIRED = "now() AT TIME ZONE 'utc'"
MANY_OPEN = ("""
    INSERT INTO users (guild_id, user_id, username)
    SELECT :guild, (900000 + i)::varchar, 'x' FROM generate_series(0, 2 * %(count)s - 1) AS i""", """
    INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, opponent_id, accepted, stake, state,
        facts, expiry, expires_at, language)
    SELECT :guild, i::varchar, 'pfc', (900000 + 2 * i)::varchar, (900001 + 2 * i)::varchar, true, 10, '', '{}',
        jsonb_build_array(
            jsonb_build_object('user', (900000 + 2 * i)::varchar, 'opponent', (900001 + 2 * i)::varchar,
                'result', 'win', 'credit', 20, 'xp', 15),
            jsonb_build_object('user', (900001 + 2 * i)::varchar, 'opponent', (900000 + 2 * i)::varchar,
                'result', 'loss', 'credit', 0, 'xp', 5)), :expires, 'fr'
    FROM generate_series(0, %(count)s - 1) AS i""", """
    INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)
    SELECT :guild, (900000 + 2 * i + seat)::varchar, 'pfc', i::varchar, seat, 10
    FROM generate_series(0, %(count)s - 1) AS i, generate_series(0, 1) AS seat""")


def open_many(database, count, expires, guild=GUILD):
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        for statement in MANY_OPEN:
            cursor.execute(statement.replace(":guild", f"'{guild}'").replace(":expires", expires),
                           {"count": count})
        connection.commit()


def expire_many(database, count, guild=GUILD):
    open_many(database, count, EXPIRED, guild)


def rows_read(cursor):
    """Rows that the session has read of each table, of what the statistics have not been told yet."""
    cursor.execute("SELECT regexp_replace(relname, '_part_[0-9]+$', ''),"
                   " sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables GROUP BY 1")
    return collections.Counter(dict(cursor.fetchall()))


def test_matches_that_expire_together_are_read_by_their_keys(database):
    """Whatever the tables held when the connection planned: nothing is read anew for each match. (A third of
    this guild's members plays in each batch: reading them all is no fault.)"""
    count, batch = 1500, 100
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT besace_matches_expire(%s)", (batch,))  # planned while there is none
        connection.commit()
        expire_many(database, count)
        for _ in range(count // batch):
            before = rows_read(cursor)
            cursor.execute("SELECT besace_matches_expire(%s)", (batch,))
            assert cursor.fetchone() == (batch,)
            read = rows_read(cursor) - before
            connection.commit()
            assert read["besace_escrow"] >= 2 * batch
            assert not {table: rows for table, rows in read.items() if rows > 15 * batch and table != "users"}
    assert database.one("SELECT count(*) FROM game_history WHERE guild_id = :guild") == 2 * count


@pytest.mark.parametrize("key", [{"match_id": "7"}, {"channel_id": "7"}, {"other_id": "7"}],
                         ids=["match", "channel", "other"])
def test_a_look_for_a_match_reads_no_others(database, key):
    """However many are open: one index for two keys would read them all."""
    open_many(database, 300, "now() + '1 day'")
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_bitmapscan = off")  # as the program's connections have it
        before = rows_read(cursor)
        [row] = execute(cursor, "matches.sql", "match_look", {
            "guild_id": GUILD, "member_id": "900000", "interaction_id": "1", "game_type": "pfc",
            "stake_min": 10, "stake_max": 1000, **key})
        read = rows_read(cursor) - before
    assert (row[8] is not None) == ("match_id" in key)  # there is no table
    assert 1 <= read["users"] <= 2 and read["besace_matches"] <= 1


def test_matches_of_one_member_that_fall_due_together_are_ended_by_one_call(database):
    """One after the other; and an outcome that nothing can be edited to show waits for a press."""
    count = 3
    expire_many(database, count)
    database.run("WITH more AS (INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, accepted, stake,"
                 " state, facts, expiry, expires_at, language, application_id, token, token_until)"
                 " SELECT guild_id, match_id || game, game, owner_id, true, 10, '', '{}', '[]', expires_at, 'fr', '7',"
                 " 't', now() AT TIME ZONE 'utc' + interval '1 minute'"
                 " FROM besace_matches, unnest(%s) AS game RETURNING *)"
                 " INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)"
                 " SELECT guild_id, owner_id, game_type, match_id, 0, 10 FROM more", ["duel", "c21"])
    assert database.one("SELECT besace_matches_expire(100)") == 3 * count
    assert database.one("SELECT count(*) FROM besace_matches") == 0
    assert database.run("SELECT balance, xp, count(*) FROM users GROUP BY 1, 2 ORDER BY 1") == [
        (25, 5, count), (25 + 20 + 2 * 10, 15, count)]
    assert database.run("SELECT transaction_type, amount, count(*) FROM transactions GROUP BY 1, 2 ORDER BY 1") == [
        ("game_win", 20, count), ("refund", 10, 2 * count)]
    assert database.run("SELECT outcome ->> 'game_type', outcome -> 'rivalry' ->> 'streak',"
                        " try_at = 'infinity', count(*) FROM besace_match_edits GROUP BY 1, 2, 3 ORDER BY 1") == [
        ("c21", None, False, count), ("duel", None, False, count), ("pfc", "1", True, count)]


def test_a_match_that_cannot_be_ended_is_set_aside_and_holds_up_no_other(start, database):
    """It is logged and counted once a try, tried again later, and ended once nothing is in the way."""
    bad, count = "900006", 60
    database.run("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
                 " 'BEGIN RAISE EXCEPTION ''this match fails''; END'")
    database.run("CREATE TRIGGER fails AFTER INSERT ON game_history FOR EACH ROW"
                 f" WHEN (NEW.player_id = '{bad}') EXECUTE FUNCTION fail()")
    expire_many(database, count)
    service = start(database, BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")

    def left():
        return database.run("SELECT owner_id, failures, retry_at > now() AT TIME ZONE 'utc' + interval '5 s'"
                            " FROM besace_matches")

    def tries():
        return [(line["guild"], line["match"], line["failures"]) for line in
                service.said("a match cannot be ended and is set aside") if "this match fails" in line["why"]]

    until(lambda: left() == [(bad, 1, True)], "the others are ended")
    assert database.one("SELECT count(*) FROM game_history") == 2 * (count - 1)
    until(lambda: tries() == [(GUILD, "3", 1)], "it is logged")
    expire_many(database, 1, OTHER_GUILD)  # what expires meanwhile
    until(lambda: left() == [(bad, 1, True)], "it is ended")
    again = "UPDATE besace_matches SET retry_at = now() AT TIME ZONE 'utc'"
    database.run(again)
    until(lambda: left() == [(bad, 2, True)], "it is tried again, and set aside")
    until(lambda: tries() == [(GUILD, "3", 1), (GUILD, "3", 2)], "it is logged")
    assert metrics_of(service)["besace_matches_set_aside_total"] == 2
    assert not service.said("job failed")
    assert database.one("SELECT count(*) FROM users WHERE user_id IN ('900006', '900007') AND xp > 0") == 0
    database.run("DROP TRIGGER fails ON game_history")
    database.run(again)
    until(lambda: not left(), "it is ended")
    until(lambda: metrics_of(service)["besace_matches_expired_total"] == count + 1, "all are counted")
    assert database.run("SELECT user_id, xp FROM users WHERE user_id IN ('900006', '900007') ORDER BY 1") == [
        ("900006", 15), ("900007", 5)]


def singly(cursor, bad):
    """One by one, with less time than the match of BAD takes: the members whose matches have ended, and what
    is said of those that are set aside."""
    cursor.execute("SELECT match_id, failures, why FROM besace_matches_expire_singly(50, 60)")
    rows = cursor.fetchall()
    return (sorted(900000 + 2 * int(match) for match, failures, _ in rows if not failures),
            [(900000 + 2 * int(match) == bad, failures, why) for match, failures, why in rows if failures])


def test_one_match_that_takes_all_of_a_statements_time_is_set_aside_and_the_others_stay_ended(database):
    """In the middle of the list and then at its beginning. A cancel of its own stands for PostgreSQL's timeout,
    which it is to the statement: by a clock, a busy machine may not end a first match in time."""
    bad, count = 900004, 5
    expire_many(database, count)
    database.run("UPDATE besace_matches SET expires_at = expires_at - (100 - match_id::int) * interval '1 s'")
    database.run("CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS"
                 " 'BEGIN PERFORM pg_cancel_backend(pg_backend_pid()), pg_sleep(60); RETURN NULL; END'")
    database.run("CREATE TRIGGER sleeps AFTER INSERT ON game_history FOR EACH ROW"
                 f" WHEN (NEW.player_id = '{bad}') EXECUTE FUNCTION sleep()")
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        assert singly(cursor, bad) == ([900000, 900002], [])
        assert singly(cursor, bad) == ([], [(True, 1, "canceling statement due to user request")])
        assert singly(cursor, bad) == ([900006, 900008], [])
        assert singly(cursor, bad) == ([], [])
    assert database.run("SELECT owner_id, failures FROM besace_matches") == [(str(bad), 1)]
    assert database.one("SELECT count(*) FROM game_history") == 2 * (count - 1)


def test_no_match_is_set_aside_for_a_full_disk(database):
    expire_many(database, 2)
    database.run("CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS"
                 " 'BEGIN RAISE disk_full; END'")
    database.run("CREATE TRIGGER fills AFTER INSERT ON game_history FOR EACH ROW EXECUTE FUNCTION full()")
    with pytest.raises(psycopg2.errors.DiskFull):
        database.run("SELECT * FROM besace_matches_expire_singly(50, 60)")
    assert database.run("SELECT count(*), max(failures) FROM besace_matches") == [(2, 0)]


def test_matches_that_are_too_many_for_a_statements_time_are_ended_in_smaller_batches(start, database):
    """The trigger stands for the timeout: more than twenty matches in a transaction never come to an end, and
    one not even by itself."""
    bad, count, rows = "900006", 150, 40
    expire_many(database, count)
    database.run("CREATE FUNCTION tire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config("
                 " 'test.rows', (coalesce(nullif(current_setting('test.rows', true), ''), '0')::int + 1)::text, true);"
                 f" IF NEW.player_id = '{bad}' OR current_setting('test.rows')::int > {rows} THEN"
                 " RAISE query_canceled USING MESSAGE = 'out of time'; END IF; RETURN NULL; END $$")
    database.run("CREATE TRIGGER tires AFTER INSERT ON game_history FOR EACH ROW EXECUTE FUNCTION tire()")
    service = start(database, BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")
    until(lambda: database.run("SELECT owner_id, failures > 0 FROM besace_matches") == [(bad, True)],
          "the others are ended")
    until(lambda: metrics_of(service)["besace_matches_expired_total"] == count - 1, "they are counted once")
    assert database.one("SELECT count(*) FROM game_history") == 2 * (count - 1)
    assert {line["why"] for line in service.said("a match cannot be ended and is set aside")} == {"out of time"}
