"""besacectl migrate and check: the schema, and every kind of fault that a database may have."""

import contextlib
import subprocess
import threading
import time
import urllib.parse

import psycopg2

from support.ctl import CTL, DEADLINE_S, PASSED_ON, check, ctl, good, migrate, refused, sql
from support.paths import ROOT


def migrations():
    return sorted(path.stem for path in (ROOT / "sql/migrations").glob("*.sql"))


def test_migrate_prints_each_step_once(empty_url):
    newest = int(migrations()[-1][:4])
    assert good(migrate(empty_url)).splitlines() == [
        *(f"applied {name}" for name in migrations()), "applied routines",
        f"done: the schema is at migration {newest}"]
    assert good(migrate(empty_url)) == f"up to date: the schema is at migration {newest}\n"


def test_the_address_may_be_in_a_file(empty_url, tmp_path):
    (tmp_path / "url").write_text(empty_url + "\n")
    good(ctl("migrate", DATABASE_URL_FILE=str(tmp_path / "url")))
    good(check(empty_url))


def test_two_may_migrate_at_once(empty_url):
    both = [subprocess.Popen([CTL, "migrate"], env={**PASSED_ON, "DATABASE_URL": empty_url},
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)]
    ends = [process.communicate(timeout=DEADLINE_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    words = sorted(out.splitlines()[-1].split(":")[0] for out, _ in ends)
    assert words == ["done", "up to date"]


def test_a_newer_database_is_refused(database_url):
    sql(database_url, "INSERT INTO besace_migrations (version, name, checksum) "
                  "VALUES (9999, '9999_future', repeat('0', 64))")
    (line,) = refused(migrate(database_url), 1)
    assert "9999_future" in line and "newer than this program" in line
    (line,) = refused(check(database_url), 1)
    assert line.startswith("cannot check: the schema is not this program's: ")


def test_changed_history_is_refused(database_url):
    sql(database_url, "UPDATE besace_migrations SET checksum = repeat('0', 64) WHERE version = 1")
    (line,) = refused(migrate(database_url), 1)
    assert "history was changed" in line


def test_somebody_elses_tables_are_refused(empty_url):
    sql(empty_url, "CREATE TABLE users (id INTEGER)")
    (line,) = refused(migrate(empty_url), 1)
    assert '"users" that Besace did not make' in line
    assert sql(empty_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]


def test_a_failed_migration_leaves_nothing(empty_url):
    """The table of the third migration is in the way."""
    sql(empty_url, "CREATE TABLE besace_receipts (x INTEGER)")
    process = migrate(empty_url)
    (line,) = refused(process, 1)
    assert line.startswith("0003_receipts: ") and "already exists" in line
    assert process.stdout.splitlines() == ["applied 0001_members", "applied 0002_ledger"]
    sql(empty_url, "DROP TABLE besace_receipts")
    assert "applied 0003_receipts" in good(migrate(empty_url))


def test_check_wants_a_current_schema(empty_url):
    (line,) = refused(check(empty_url), 1)
    assert line == ("cannot check: the schema is not this program's: "
                    "the database is empty: migrations are pending")


MEMBERS = ("INSERT INTO users (guild_id, user_id, username, balance) VALUES "
          "('9', '1', 'lou', 100), ('9', '2', 'zoé', 0)",
          "INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type) "
          "VALUES ('9', NULL, '1', 50, 'jackpot_reward'), ('9', '2', '1', 25, 'transfer')")


def test_a_sound_database_is_praised(database_url):
    assert good(check(database_url)) == "0 members, 0 transactions: every LC is explained\n"
    sql(database_url, MEMBERS[0].replace(", ('9', '2', 'zoé', 0)", ""),
        MEMBERS[1].split(", ('9', '2'")[0].replace("50", "75"))
    assert good(check(database_url)) == "1 member, 1 transaction: every LC is explained\n"


def faults(url, *tampering):
    """What check prints about a database that was sound before TAMPERING."""
    sql(url, *MEMBERS)
    good(check(url))
    sql(url, *tampering)
    process = check(url)
    lines = process.stdout.splitlines()
    *advice, count = refused(process, 1)
    assert count == f"{len(lines)} fault{'s' * (len(lines) != 1)} found"
    # Each kind of fault says what it means and what to do.
    assert advice and all(line.startswith("for members: ") for line in advice[::2])
    assert all(line.startswith("what to do: ") for line in advice[1::2])
    return lines


def test_a_balance_that_the_ledger_does_not_explain(database_url):
    assert faults(database_url, "UPDATE users SET balance = balance + 7") == [
        "1: in guild 9, balance is 107, the ledger explains 100",
        "2: in guild 9, balance is 7, the ledger explains 0"]


def test_a_check_of_one_guild_looks_at_that_one(database_url):
    sql(database_url, *MEMBERS, "INSERT INTO users (guild_id, user_id, username, balance) "
                           "VALUES ('10', '1', 'lou', 7)")
    assert good(ctl("check", "--guild", "9", DATABASE_URL=database_url)) == (
        "2 members, 2 transactions: every LC is explained\n")
    for arguments in ((), ("--guild", "10")):
        process = ctl("check", *arguments, DATABASE_URL=database_url)
        assert process.returncode == 1
        assert process.stdout == "1: in guild 10, balance is 7, the ledger explains 25\n"
    refused(ctl("check", "--guild", "x", DATABASE_URL=database_url), 2)


def test_a_lost_ledger_row(database_url):
    assert faults(database_url, "DELETE FROM transactions WHERE amount = 25") == [
        "1: in guild 9, balance is 100, the ledger explains 75",
        "2: in guild 9, balance is 0, the ledger explains 25"]


def test_a_level_that_is_not_that_of_the_xp(database_url):
    assert faults(database_url, "UPDATE users SET xp = 1250 WHERE user_id = '2'",
                  "ALTER TABLE users DISABLE TRIGGER besace_users_write",
                  "UPDATE users SET level = 4 WHERE user_id = '2'") == [
        "2: in guild 9, level is 4, 1250 XP make 5",
        "users: besace_users_write is not what it was: disabled"]


def test_a_negative_balance_and_an_empty_xp(database_url):
    assert faults(database_url, "ALTER DOMAIN besace_count DROP CONSTRAINT besace_count_check",
                  "UPDATE users SET balance = -5 WHERE user_id = '2'",
                  "UPDATE users SET xp = NULL WHERE user_id = '1'") == [
        "2: in guild 9, balance is -5, the ledger explains 0",
        "1: in guild 9, xp is empty", "2: in guild 9, balance is -5",
        "besace_count: besace_count_check is missing"]


def test_bags_that_cannot_be(database_url):
    assert faults(database_url, "DROP INDEX active_multipliers_active_key",
                  "INSERT INTO active_multipliers (guild_id, user_id, multiplier_type, multiplier_value) "
                  "VALUES ('9', '1', 'multiplier_x2', 2), ('9', '1', 'multiplier_x3', 3)",
                  "DROP VIEW besace_reader.user_inventory",
                  "ALTER TABLE user_inventory ALTER quantity TYPE integer",
                  "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity) "
                  "VALUES ('9', '2', 'jackpot', -1)") == [
        "1: in guild 9, has 2 active multipliers", "2: in guild 9, holds -1 of jackpot",
        "active_multipliers: active_multipliers_active_key is missing",
        "user_inventory: quantity is missing"]


def test_rows_of_nobody(database_url):
    lines = faults(
        database_url, "ALTER TABLE user_inventory DROP CONSTRAINT user_inventory_user_fkey",
        "ALTER TABLE transactions DROP CONSTRAINT transactions_to_fkey",
        "ALTER TABLE game_history DROP CONSTRAINT game_history_opponent_fkey",
        "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity) "
        "VALUES ('9', '7', 'jackpot', 1)",
        "INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type) "
        "VALUES ('9', '8', 5, 'daily_gift')",
        "INSERT INTO game_history (guild_id, game_type, player_id, opponent_id, bet_amount, result) "
        "VALUES ('9', 'duel', '1', '9', 10, 'win')")
    assert lines[:3] == ["7: in guild 9, has a row in user_inventory but not in users",
                         "8: in guild 9, has a row in transactions but not in users",
                         "9: in guild 9, has a row in game_history but not in users"]


def test_a_constraint_that_is_not_validated(database_url):
    assert faults(database_url, "ALTER DOMAIN besace_positive DROP CONSTRAINT besace_positive_check",
                  "ALTER DOMAIN besace_positive ADD CONSTRAINT besace_positive_check "
                  "CHECK ((VALUE > 0) IS TRUE) NOT VALID") == [
        "besace_positive: besace_positive_check is not what it was: "
        "CHECK (((VALUE > 0) IS TRUE)) NOT VALID"]


def test_triggers_that_are_switched_off(database_url):
    assert faults(database_url, "ALTER TABLE users DISABLE TRIGGER besace_users_write",
                  "DROP TRIGGER besace_users_insert ON users") == [
        "users: besace_users_insert is missing",
        "users: besace_users_write is not what it was: disabled"]


def test_a_missing_table_is_no_soundness(database_url):
    sql(database_url, "DROP TABLE game_history CASCADE")
    process = check(database_url)
    (line,) = refused(process, 1)
    assert line == 'cannot check (audit_stakes): relation "game_history" does not exist'
    assert "explained" not in process.stdout


def test_check_writes_nothing(database_url):
    sql(database_url, *MEMBERS)
    name = urllib.parse.urlsplit(database_url).path[1:]
    sql(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    good(check(database_url))


def test_check_sees_one_moment_while_members_play(database_url):
    """A movement is two statements in a transaction; a check that saw but one would cry wolf."""
    sql(database_url, "INSERT INTO users (guild_id, user_id, username) "
                  "SELECT '9', n::text, 'm' FROM generate_series(1, 500) n")
    stop, moved, faults = threading.Event(), [0], []

    def play():
        try:
            with contextlib.closing(psycopg2.connect(database_url)) as conn:
                while not stop.is_set():
                    member = str(moved[0] % 500 + 1)
                    with conn, conn.cursor() as cursor:
                        cursor.execute("UPDATE users SET balance = balance + 25 "
                                       "WHERE user_id = %s", (member,))
                        cursor.execute("INSERT INTO transactions (guild_id, to_user_id, amount, "
                                       "transaction_type) VALUES ('9', %s, 25, 'daily_gift')",
                                       (member,))
                    moved[0] += 1
        except psycopg2.Error as error:
            faults.append(error)

    thread = threading.Thread(target=play)
    thread.start()
    try:
        seen, deadline = [], time.monotonic() + DEADLINE_S
        while len(seen) < 8 or (len(set(seen)) == 1 and time.monotonic() < deadline):
            seen.append(int(good(check(database_url)).split()[2]))
    finally:
        stop.set()
        thread.join()
    assert not faults
    assert seen == sorted(seen) and len(set(seen)) > 1, "nobody played meanwhile"
