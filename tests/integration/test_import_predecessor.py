"""besacectl import postgres: the predecessor's own database, of both generations, with its faults."""

import json
import random

import psycopg2
import pytest

from support.interactions import GUILD, Member
from support.moving import Mover
from support.predecessor import Predecessor

A, B, C, D = (str(300000000000000000 + i) for i in range(4))


@pytest.fixture
def mover(database, tmp_path):
    return Mover(database, tmp_path)


@pytest.fixture(params=[1, 2], ids=["jackpot", "tresor"])
def old(cluster, request):
    predecessor = Predecessor(cluster, request.param)
    yield predecessor
    predecessor.database.drop()


def load(mover, old, *words):
    result = mover.call("import", "postgres", old.url, "--guild", GUILD, "--json", *words)
    assert result.returncode == 0, result.stderr
    assert mover.is_sound()
    return json.loads(result.stdout)


def ledger(mover, user):
    return mover.database.run(
        "SELECT transaction_type, CASE WHEN to_user_id = %s THEN amount ELSE -amount END, description"
        " FROM transactions WHERE %s IN (from_user_id, to_user_id) ORDER BY import_id NULLS FIRST, id",
        user, user)


def test_a_member_comes_with_everything(mover, old):
    old.add("users", user_id=A, username="lou", balance=700, xp=1250, level=5, invites=3,
            message_count=60, voice_time=3600, created_at="2024-01-02 03:04:05",
            last_gift_time="2025-01-02 03:04:05")
    old.add("user_inventory", user_id=A, item_type=old.jackpot, quantity=3)
    old.add("user_inventory", user_id=A, item_type="multiplier_x2", quantity=1)
    old.add("active_multipliers", user_id=A, multiplier_type="multiplier_x3", multiplier_value=3,
            games_remaining=1)
    old.add("transactions", to_user_id=A, amount=25, transaction_type="daily_gift")
    old.add("transactions", from_user_id=A, amount=10, transaction_type="bet", description="roue")
    old.add("game_history", game_type="roue", player_id=A, bet_amount=10, result="loss")
    load(mover, old)
    assert mover.figures(A) == {"name": "lou", "xp": 1250, "level": 5, "balance": 700,
                                "messages": 60, "voice": 3600, "invites": 3}
    assert ledger(mover, A) == [("opening", 660, "import 1"), ("daily_gift", 25, None),
                                ("bet", -10, "roue")]
    assert mover.database.items(type("M", (), {"id": A})) == 3
    assert mover.database.run("SELECT multiplier_value, games_remaining FROM active_multipliers") == [(3, 1)]
    assert mover.database.run("SELECT game_type, result, bet_amount FROM game_history") == [("roue", "loss", 10)]
    assert mover.database.run("SELECT created_at::text, last_gift_time::text, level_rewarded FROM users") == [
        ("2024-01-02 03:04:05", "2025-01-02 03:04:05", 5)]


def test_null_where_a_default_stood_is_that_default(mover, old):
    old.add("users", user_id=A, username=None, balance=None, xp=None, level=None, invites=None,
            message_count=None, voice_time=None, created_at=None)
    old.add("user_inventory", user_id=A, item_type=old.jackpot, quantity=None)
    old.add("active_multipliers", user_id=A, multiplier_type="multiplier_x2", multiplier_value=None,
            games_remaining=None)
    load(mover, old)
    assert mover.figures(A) == {"name": A, "xp": 0, "level": 1, "balance": 25, "messages": 0,
                                "voice": 0, "invites": 0}
    assert mover.database.run("SELECT multiplier_value, games_remaining FROM active_multipliers") == [(2, 2)]


def test_xp_counts_where_the_level_does_not_fit(mover, old):
    old.add("users", user_id=A, username="lou", xp=1250, level=99)
    load(mover, old)
    assert mover.figures(A)["level"] == 5


def test_two_active_multipliers_leave_the_newest(mover, old):
    old.add("users", user_id=A, username="lou")
    for value, day in ((2, "2025-01-01"), (3, "2025-01-03"), (2, "2025-01-02")):
        old.add("active_multipliers", user_id=A, multiplier_type=f"multiplier_x{value}",
                multiplier_value=value, activated_at=day)
    old.add("active_multipliers", user_id=A, multiplier_type="multiplier_x2", multiplier_value=2,
            games_remaining=0, activated_at="2025-02-01")
    old.add("user_inventory", user_id=A, item_type="multiplier_x2", quantity=1)
    result = load(mover, old)
    assert result["refused"]["returned"]["count"] == 2
    assert mover.database.run("SELECT multiplier_value FROM active_multipliers") == [(3,)]
    assert mover.database.run("SELECT item_type, quantity FROM user_inventory WHERE quantity > 0") == [
        ("multiplier_x2", 3)]


def test_a_multiplier_that_meets_an_active_one_goes_into_the_bag(mover, old):
    here = Member()
    mover.database.add_member(here)
    mover.database.run("INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                       " multiplier_value) VALUES (%s, %s, 'multiplier_x2', 2)", GUILD, here.id)
    before = mover.everything()
    old.add("users", user_id=here.id, username="lou")
    old.add("active_multipliers", user_id=here.id, multiplier_type="multiplier_x3", multiplier_value=3)
    result = load(mover, old)
    assert mover.database.items(here, "multiplier_x3") == 1
    mover.undo(result["import"])
    assert mover.everything() == before


def test_times_without_a_zone_are_in_the_zone_that_is_named(mover, old):
    old.add("users", user_id=A, username="lou", created_at="2024-07-01 12:00:00",
            last_gift_time="2999-01-01", last_message_xp_time="infinity")
    load(mover, old, "--timezone", "Europe/Paris")
    created, gift, message = mover.database.run(
        "SELECT created_at::text, last_gift_time <= now() AT TIME ZONE 'utc',"
        " last_message_xp_time FROM users")[0]
    assert (created, gift, message) == ("2024-07-01 10:00:00", True, None)


def test_an_unknown_zone_is_refused(mover, old):
    done = mover.call("import", "postgres", old.url, "--guild", GUILD, "--timezone", "Europe/Pari")
    assert done.returncode == 2 and "no zone" in done.stderr


def test_entries_are_kept_or_reported_and_the_difference_is_an_opening_row(mover, old):
    old.add("users", user_id=A, username="lou", balance=500)
    old.add("users", user_id=B, username="sou", balance=10)
    rows = [(None, A, 100, "lottery_win", "big"), (A, B, 40, "transfer", None), (None, A, 0, "bet", None),
            (None, A, -5, "bet", None), (None, None, 5, "bet", None), (A, A, 5, "transfer", None),
            (C, A, 5, "transfer", None), ("x", A, 5, "transfer", None), (None, A, None, "bet", None),
            (None, A, 7, None, None)]
    for sender, receiver, amount, kind, text in rows:
        old.add("transactions", from_user_id=sender, to_user_id=receiver, amount=amount,
                transaction_type=kind, description=text)
    result = load(mover, old)
    assert result["movements"] == 3
    assert {kind: refused["count"] for kind, refused in result["refused"].items()} == {
        "amount": 5, "nobody": 2, "retyped": 2}
    assert ledger(mover, A) == [("opening", 408, "import 1"), ("opening", 100, "lottery_win: big"),
                                ("transfer", -40, None), ("opening", 7, "without a type")]
    assert ledger(mover, B) == [("opening", -55, "import 1"), ("transfer", 40, None)]


def test_rows_that_name_nobody_are_reported(mover, old):
    old.add("users", user_id=A, username="lou")
    old.add("users", user_id=None, username="ghost", balance=5)
    old.add("users", user_id="", username="ghost", balance=5)
    old.add("users", user_id="bot", username="ghost", balance=5)
    for table, columns in (("user_inventory", {"item_type": old.jackpot, "quantity": 1}),
                           ("active_multipliers", {"multiplier_type": "multiplier_x2",
                                                   "multiplier_value": 2})):
        for user in (None, C):
            old.add(table, user_id=user, **columns)
    for user in (None, C):
        old.add("game_history", player_id=user, game_type="roue", bet_amount=5, result="win")
    old.add("game_history", player_id=A, opponent_id=C, game_type="duel", bet_amount=5, result="win")
    result = load(mover, old)
    assert result["members"] == 1 and result["matches"] == 1
    assert result["refused"]["no_id"]["count"] == 3 and result["refused"]["nobody"]["count"] == 6
    assert mover.database.run("SELECT opponent_id FROM game_history") == [(None,)]


def test_what_besace_does_not_have_is_reported(mover, old):
    old.add("users", user_id=A, username="lou", balance=-40, xp=-3)
    old.add("user_inventory", user_id=A, item_type="crown", quantity=1)
    old.add("user_inventory", user_id=A, item_type=old.jackpot, quantity=-2)
    old.add("active_multipliers", user_id=A, multiplier_type="multiplier_x5", multiplier_value=5)
    for game, result in (("quiz", "win"), ("roue", "maybe"), ("roue", "lose"), ("pfc", "draw")):
        old.add("game_history", player_id=A, game_type=game, bet_amount=-5, result=result, winnings=None)
    result = load(mover, old)
    assert result["refused"]["unknown_type"]["count"] == 4
    assert mover.figures(A)["balance"] == 0 and mover.figures(A)["xp"] == 0
    assert mover.database.run("SELECT game_type, result, bet_amount, winnings FROM game_history"
                              " ORDER BY id") == [("roue", "loss", 0, 0), ("pfc", "push", 0, 0)]


def test_further_tables_are_named(mover, old):
    old.add("users", user_id=A, username="lou")
    texts = {setting["text"] for setting in load(mover, old)["settings"]}
    further = {f"the table {name} is not imported"
               for name in ("lottery", "giveaways", "rankings", "voice_sessions", "quiz_scores")}
    assert texts == (further if old.jackpot == "tresor" else set())


def test_figures_beyond_an_integer_are_refused(mover, cluster):
    old = Predecessor(cluster, 1, figures="NUMERIC")
    old.add("users", user_id=A, username="lou", xp=2 ** 31)
    old.add("users", user_id=B, username="sou", xp="NaN")
    old.add("users", user_id=C, username="mou", xp="1250.00")
    old.add("transactions", to_user_id=C, amount=2 ** 31, transaction_type="bet")
    old.add("transactions", to_user_id=C, amount="1.5", transaction_type="bet")
    result = load(mover, old)
    assert {kind: refused["count"] for kind, refused in result["refused"].items()} == {
        "too_large": 2, "nan": 1, "not_integer": 1}
    assert mover.figures(C)["xp"] == 1250
    old.database.drop()


def test_more_moved_than_an_integer_holds_is_explained_all_the_same(mover, old):
    old.add("users", user_id=A, username="lou", balance=5)
    for _ in range(3):
        old.add("transactions", to_user_id=A, amount=2147483647, transaction_type="game_win")
    result = load(mover, old)
    assert [row[:2] for row in ledger(mover, A)].count(("opening", -2147483647)) == 3
    mover.undo(result["import"])
    assert mover.everything() == [[], [], [], [], []]


def test_a_user_in_several_rows_is_one_member(mover, old):
    for xp in (10, 1250, 300):
        old.add("users", user_id=A, username="lou", xp=xp)
    assert load(mover, old)["refused"]["duplicate"]["count"] == 2
    assert mover.figures(A)["xp"] == 1250


def test_a_database_without_most_tables_and_columns_is_one_without_rows(mover, cluster):
    old = cluster.create()
    old.run("CREATE TABLE users (user_id BIGINT, xp SMALLINT)")
    old.run("INSERT INTO users VALUES (%s, 300)", int(A))
    result = mover.call("import", "postgres", old.url, "--guild", GUILD)
    assert result.returncode == 0, result.stderr
    assert mover.figures(A)["xp"] == 300 and mover.figures(A)["balance"] == 25
    old.drop()


@pytest.mark.parametrize("sql, fault", [("SELECT 1", "no table users"),
                                        ("CREATE TABLE users (guild_id TEXT, user_id TEXT)", "Besace's own")])
def test_a_database_that_is_none_is_refused(mover, cluster, sql, fault):
    old = cluster.create()
    old.run(sql)
    done = mover.call("import", "postgres", old.url, "--guild", GUILD)
    assert done.returncode == 1 and fault in done.stderr
    old.drop()


def test_a_database_that_is_away_imports_nobody_and_tells_no_password(mover):
    done = mover.call("import", "postgres", "postgresql://u:hunter2@127.0.0.1:1/x", "--guild", GUILD)
    assert done.returncode == 1 and "hunter2" not in done.stderr
    done = mover.call("import", "postgres", "postgresql://u:hunter2@[", "--guild", GUILD)
    assert done.returncode == 1 and "hunter2" not in done.stderr


def test_the_source_is_only_read(mover, old):
    old.add("users", user_id=A, username="lou", balance=500)
    old.database.run(f"ALTER DATABASE {old.database.name} SET default_transaction_read_only = on")
    old.database.close()
    load(mover, old)
    assert old.database.one("SELECT count(*) FROM users") == 1


def fill(old, seed, members=1200, entries=2600):
    draw = random.Random(seed)
    users = [str(310000000000000000 + i) for i in range(members)]
    some = lambda: draw.choice(users + [None])  # noqa: E731
    with psycopg2.connect(old.url) as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO users (user_id, username, balance, xp, level) VALUES"
                           " (%s, %s, %s, %s, %s)",
                           [(user, f"m{user[-4:]}", draw.choice([None, -3, 25, draw.randrange(10000)]),
                             draw.randrange(100000), draw.randrange(50)) for user in users])
        cursor.executemany("INSERT INTO transactions (from_user_id, to_user_id, amount,"
                           " transaction_type) VALUES (%s, %s, %s, %s)",
                           [(some(), some(), draw.randrange(-5, 500),
                             draw.choice(["transfer", "bet", "quiz", None])) for _ in range(entries)])
        cursor.executemany("INSERT INTO game_history (game_type, player_id, opponent_id, bet_amount,"
                           " result) VALUES (%s, %s, %s, %s, %s)",
                           [(draw.choice(["roue", "pfc", "quiz"]), some(), some(), draw.randrange(100),
                             draw.choice(["win", "loss", "tie"])) for _ in range(1500)])
    connection.close()
    return users


@pytest.mark.parametrize("seed", [1, 2])
def test_a_whole_community_comes_and_goes(mover, old, seed):
    """With its history, whose every slice leaves each LC explained, and which is imported once."""
    fill(old, seed)
    result = load(mover, old)
    assert result["members"] == 1200 and result["movements"] > 1500 and result["matches"] > 700
    assert load(mover, old)["state"] == "done"
    here = mover.everything()
    mover.undo(result["import"])
    assert mover.everything() == [[], [], [], [], []]
    load(mover, old)
    assert [len(rows) for rows in mover.everything()] == [len(rows) for rows in here]


def test_history_stays_with_those_who_keep_what_came(mover, old):
    for user, balance in ((A, 500), (B, 500)):
        old.add("users", user_id=user, username="lou", balance=balance)
    old.add("transactions", from_user_id=A, to_user_id=B, amount=40, transaction_type="transfer")
    old.add("transactions", to_user_id=A, amount=30, transaction_type="quiz")
    number = load(mover, old)["import"]
    mover.database.set_balance(type("M", (), {"id": B}), 10)
    assert f"({B}) keeps it" in mover.undo(number, status=1)
    assert ("transfer", 40, None) in ledger(mover, B) and mover.figures(A)["balance"] == 25
