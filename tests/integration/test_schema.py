"""The invariants of the game, refused by the database itself when somebody writes by hand."""

import re

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from support.interactions import GUILD, Member, new_id
from support.replies import under

# CURRENT_TIMESTAMP, in UTC whatever the session's zone.
UTC_NOW = r"\(now\(\) AT TIME ZONE 'utc'::text\)"
UTC_MOMENT = r"\(clock_timestamp\(\) AT TIME ZONE 'utc'::text\)" # of rows in the order of their times

# The tables as the rules have them: name, type, length, default. In front of each stands guild_id.
TABLES = {
    "users": [
        ("user_id", "character varying", 20, None), ("username", "character varying", 255, None),
        ("balance", "integer", None, "25"), ("xp", "integer", None, "0"),
        ("level", "integer", None, "1"), ("invites", "integer", None, "0"),
        ("message_count", "integer", None, "0"), ("voice_time", "integer", None, "0"),
        ("last_message_xp_time", "timestamp without time zone", None, None),
        ("last_gift_time", "timestamp without time zone", None, None),
        ("created_at", "timestamp without time zone", None, UTC_NOW),
        ("updated_at", "timestamp without time zone", None, UTC_NOW)],
    "user_inventory": [
        ("id", "integer", None, "serial"), ("user_id", "character varying", 20, None),
        ("item_type", "character varying", 50, None), ("quantity", "integer", None, "0"),
        ("created_at", "timestamp without time zone", None, UTC_NOW),
        ("updated_at", "timestamp without time zone", None, UTC_NOW)],
    "active_multipliers": [
        ("id", "integer", None, "serial"), ("user_id", "character varying", 20, None),
        ("multiplier_type", "character varying", 50, None),
        ("multiplier_value", "integer", None, None), ("games_remaining", "integer", None, "2"),
        ("activated_at", "timestamp without time zone", None, UTC_NOW)],
    "transactions": [
        ("id", "integer", None, "serial"), ("from_user_id", "character varying", 20, None),
        ("to_user_id", "character varying", 20, None), ("amount", "integer", None, None),
        ("transaction_type", "character varying", 50, None), ("description", "text", None, None),
        ("created_at", "timestamp without time zone", None, UTC_MOMENT)],
    "game_history": [
        ("id", "integer", None, "serial"), ("game_type", "character varying", 50, None),
        ("player_id", "character varying", 20, None), ("opponent_id", "character varying", 20, None),
        ("bet_amount", "integer", None, None), ("result", "character varying", 20, None),
        ("winnings", "integer", None, "0"),
        ("created_at", "timestamp without time zone", None, UTC_MOMENT)],
}
REQUIRED = {"users": {"user_id", "username"}, "user_inventory": {"id", "user_id", "item_type"},
            "active_multipliers": {"id", "user_id", "multiplier_type", "multiplier_value"},
            "transactions": {"id", "amount", "transaction_type"},
            "game_history": {"id", "game_type", "player_id", "bet_amount", "result"}}


@pytest.fixture(scope="module")
def db(cluster, template):
    database = cluster.create(template)
    yield database
    database.drop()


@pytest.fixture
def lou(db):
    return db.add_member(Member())


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_columns_of_the_rules(db, table):
    first = db.one("SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1",
                   table)
    assert first == "guild_id"
    rows = db.run("SELECT column_name, data_type, character_maximum_length, column_default,"
                  " is_nullable FROM information_schema.columns"
                  " WHERE table_schema = 'public' AND table_name = %s", table)
    found = {row[0]: row[1:] for row in rows}
    for name, kind, length, default in [("guild_id", "character varying", 20, None), *TABLES[table]]:
        assert found[name][:2] == (kind, length), name
        if default == "serial":
            assert found[name][2] == f"nextval('{table}_id_seq'::regclass)"
        elif default in (UTC_NOW, UTC_MOMENT):
            assert re.fullmatch(default, found[name][2]), name
        else:
            assert found[name][2] == default, name
        assert (found[name][3] == "NO") == (name in REQUIRED[table] | {"guild_id"}), name


def test_every_change_of_a_member_meets_its_trigger(db):
    """One that is about some columns alone would miss a new one."""
    assert db.run("SELECT tgname::text, tgattr::text FROM pg_trigger WHERE tgrelid = 'users'::regclass"
                  " AND tgtype & 3 = 3 AND NOT tgisinternal ORDER BY 1") == [
        ("besace_users_create", ""), ("besace_users_write", "")]


def test_columns_beside_ours_stand_in_the_way_of_no_plain_insert(db):
    """A tool that knows only the columns of the rules can write."""
    id = new_id()
    db.run("INSERT INTO users (guild_id, user_id, username) VALUES (:guild, %s, 'x')", id)
    db.run("INSERT INTO user_inventory (guild_id, user_id, item_type) VALUES (:guild, %s, 'jackpot')", id)
    db.run("INSERT INTO active_multipliers (guild_id, user_id, multiplier_type, multiplier_value)"
           " VALUES (:guild, %s, 'multiplier_x2', 2)", id)
    db.run("INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
           " VALUES (:guild, %s, 1, 'opening')", id)
    db.run("INSERT INTO game_history (guild_id, game_type, player_id, bet_amount, result)"
           " VALUES (:guild, 'roue', %s, 10, 'win')", id)


VIOLATIONS = {
    "a balance below 0": "UPDATE users SET balance = -1 WHERE user_id = %(id)s",
    "a balance below 0 by subtraction": "UPDATE users SET balance = balance - 26 WHERE user_id = %(id)s",
    "no balance": "UPDATE users SET balance = NULL WHERE user_id = %(id)s",
    "a balance past an INTEGER": "UPDATE users SET balance = balance + 2147483647 WHERE user_id = %(id)s",
    "XP below 0": "UPDATE users SET xp = -1 WHERE user_id = %(id)s",
    "no XP": "UPDATE users SET xp = NULL WHERE user_id = %(id)s",
    "messages below 0": "UPDATE users SET message_count = -1 WHERE user_id = %(id)s",
    "voice time below 0": "UPDATE users SET voice_time = -1 WHERE user_id = %(id)s",
    "no name": "UPDATE users SET username = NULL WHERE user_id = %(id)s",
    "a name too long": "UPDATE users SET username = repeat('x', 256) WHERE user_id = %(id)s",
    "the same member twice": "INSERT INTO users (guild_id, user_id, username)"
                             " VALUES (:guild, %(id)s, 'x')",
    "an id too long": "INSERT INTO users (guild_id, user_id, username)"
                      " VALUES (:guild, repeat('1', 21), 'x')",
    "fewer than no items": "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                           " VALUES (:guild, %(id)s, 'jackpot', -1)",
    "an unknown number of items": "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                                  " VALUES (:guild, %(id)s, 'jackpot', NULL)",
    "an unknown item": "INSERT INTO user_inventory (guild_id, user_id, item_type)"
                       " VALUES (:guild, %(id)s, 'gold')",
    "an item of nobody": "INSERT INTO user_inventory (guild_id, user_id, item_type)"
                         " VALUES (:guild, '7', 'jackpot')",
    "an item of a member of another guild": "INSERT INTO user_inventory (guild_id, user_id, item_type)"
                                            " VALUES ('7', %(id)s, 'jackpot')",
    "the same item twice": "INSERT INTO user_inventory (guild_id, user_id, item_type) VALUES"
                           " (:guild, %(id)s, 'jackpot'), (:guild, %(id)s, 'jackpot')",
    "two active multipliers": "INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                              " multiplier_value) VALUES (:guild, %(id)s, 'multiplier_x2', 2),"
                              " (:guild, %(id)s, 'multiplier_x3', 3)",
    "a multiplier of four": "INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                            " multiplier_value) VALUES (:guild, %(id)s, 'multiplier_x4', 4)",
    "fewer than no games": "INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                           " multiplier_value, games_remaining) VALUES (:guild, %(id)s, 'm', 2, -1)",
    "a multiplier of nobody": "INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                              " multiplier_value) VALUES (:guild, '7', 'm', 2)",
    "an amount of 0": "INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
                      " VALUES (:guild, %(id)s, 0, 'transfer')",
    "an amount below 0": "INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
                         " VALUES (:guild, %(id)s, -5, 'transfer')",
    "an unknown kind of movement": "INSERT INTO transactions (guild_id, to_user_id, amount,"
                                   " transaction_type) VALUES (:guild, %(id)s, 5, 'theft')",
    "a movement of nobody": "INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
                            " VALUES (:guild, '7', 5, 'transfer')",
    "a movement from nobody": "INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type)"
                              " VALUES (:guild, '7', 5, 'transfer')",
    "a movement to oneself": "INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount,"
                             " transaction_type) VALUES (:guild, %(id)s, %(id)s, 5, 'transfer')",
    "a movement from the house to the house":
        "INSERT INTO transactions (guild_id, amount, transaction_type) VALUES (:guild, 5, 'transfer')",
    "a game of nobody": "INSERT INTO game_history (guild_id, game_type, player_id, bet_amount, result)"
                        " VALUES (:guild, 'roue', '7', 5, 'win')",
    "a game against nobody": "INSERT INTO game_history (guild_id, game_type, player_id, opponent_id,"
                             " bet_amount, result) VALUES (:guild, 'duel', %(id)s, '7', 5, 'win')",
    "an unknown game": "INSERT INTO game_history (guild_id, game_type, player_id, bet_amount, result)"
                       " VALUES (:guild, 'poker', %(id)s, 5, 'win')",
    "an unknown result": "INSERT INTO game_history (guild_id, game_type, player_id, bet_amount, result)"
                         " VALUES (:guild, 'roue', %(id)s, 5, 'draw')",
    "a stake below 0": "INSERT INTO game_history (guild_id, game_type, player_id, bet_amount, result)"
                       " VALUES (:guild, 'roue', %(id)s, -5, 'win')",
    "winnings below 0": "INSERT INTO game_history (guild_id, game_type, player_id, bet_amount, result,"
                        " winnings) VALUES (:guild, 'roue', %(id)s, 5, 'win', -1)",
    "a receipt twice": "INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome) VALUES"
                       " (:guild, %(id)s, '1', 'x', '{}'), (:guild, %(id)s, '1', 'x', '{}')",
}


@pytest.mark.parametrize("sql", VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_the_database_refuses(db, lou, sql):
    with db.connect() as connection, connection.cursor() as cursor:
        with pytest.raises((psycopg2.IntegrityError, psycopg2.DataError)):
            cursor.execute(sql.replace(":guild", "%(guild)s"), {"id": lou.id, "guild": GUILD})
    connection.close()


def test_deleting_somebody_who_has_something_is_refused(db, lou):
    db.run("INSERT INTO user_inventory (guild_id, user_id, item_type) VALUES (:guild, %s, 'jackpot')", lou.id)
    with pytest.raises(psycopg2.IntegrityError):
        db.run("DELETE FROM users WHERE user_id = %s", lou.id)


# -- levels


def level_start(level):
    return 50 * level * (level - 1)


def test_the_level_of_every_boundary(db):
    """besace_level against the rule: at each level's start and one XP before it."""
    wrong = db.run("SELECT l, besace_level(50 * l * (l - 1)), besace_level(50 * l * (l - 1) - 1)"
                   " FROM generate_series(2, 6554) l WHERE besace_level(50 * l * (l - 1)) <> l"
                   " OR besace_level(50 * l * (l - 1) - 1) <> l - 1")
    assert wrong == []
    assert db.one("SELECT besace_level(0)") == 1
    assert db.one("SELECT besace_level(2147483647)") == 6554


@settings(max_examples=200, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(xp=strategies.integers(0, 2**31 - 1))
def test_the_level_of_any_xp(db, xp):
    level = db.one("SELECT besace_level(%s)", xp)
    assert level_start(level) <= xp < level_start(level + 1)


def test_the_level_follows_the_xp_whoever_writes(db, lou):
    def level():
        return db.one("SELECT level FROM users WHERE user_id = %s", lou.id)

    assert level() == 1
    for xp in (100, 1250, 99, 2147483647, 0):
        db.run("UPDATE users SET xp = %s WHERE user_id = %s", xp, lou.id)
        assert level() == db.one("SELECT besace_level(%s)", xp)
    db.run("UPDATE users SET level = 50 WHERE user_id = %s", lou.id)
    assert level() == 1
    db.run("INSERT INTO users (guild_id, user_id, username, xp, level) VALUES (:guild, '99', 'x', 1000, 1)")
    assert db.one("SELECT level FROM users WHERE user_id = '99'") == 5


@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(xp=strategies.integers(0, 2**31 - 1))
def test_niveau_shows_the_level_that_the_database_keeps(shared, xp):
    """The rule is written twice, in C and in SQL: members see both agree."""
    member = Member()
    shared.database.add_member(member, xp=xp)
    level = shared.database.one("SELECT level FROM users WHERE user_id = %s", member.id)
    into, need = xp - level_start(level), 100 * level
    reply = shared.ask(shared.application.command("niveau", member, guild_locale="en-US"))
    said = under(reply).replace(",", "")
    assert f"**Level {level}**" in said
    assert f"\n{into} / {need} XP ({100 * into // need}%)" in said
