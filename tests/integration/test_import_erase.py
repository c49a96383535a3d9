"""Whoever is erased while an import that names them is under way does not come back by it."""

import contextlib
import json
import signal

import psycopg2
import pytest

from support.interactions import GUILD, Member
from support.moving import Mover
from support.predecessor import Predecessor
from support.wait import until

USERS = [str(200000000000000001 + i) for i in range(2500)]
IN_FIRST, IN_SECOND, IN_THIRD = USERS[500], USERS[1500], USERS[2200]


@pytest.fixture
def mover(database, tmp_path):
    mover = Mover(database, tmp_path)
    mover.load("csv", "id,xp\n1,5\n", guild="2")  # the build has routines from then on
    for user in IN_FIRST, IN_SECOND, IN_THIRD:
        database.add_member(Member("n" + user, id=user), balance=30)
    return mover


@pytest.fixture
def old(cluster):
    predecessor = Predecessor(cluster, 2)
    yield predecessor
    predecessor.database.drop()


def rows(figures="1250,100", users=USERS):
    return "id,username,xp,balance\n" + "".join(f"{user},n{user},{figures}\n" for user in users)


def erase(mover, user):
    done = mover.call("erase", "--guild", GUILD, "--member", user)
    assert done.returncode == 0, done.stderr


def lock_waits(mover):
    return mover.database.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                              " AND datname = current_database()") > 0


@contextlib.contextmanager
def other(mover, *statement):
    """Another session has begun, and not ended, a transaction with STATEMENT."""
    with contextlib.closing(mover.database.connect()) as session:
        with session.cursor() as cursor:
            cursor.execute(*statement)
        yield session
        session.rollback()


def held_at(mover, user):
    """Holds the slice with USER, who is nobody yet."""
    return other(mover, "INSERT INTO users (guild_id, user_id, username) VALUES (%s, %s, 'x')",
                 (GUILD, user))


def start(mover, *words, content=None):
    path = mover.file(content or rows(), "a.csv")
    return mover.start("import", "csv", path, "--guild", GUILD, "--json", *words)


def end(mover, process, erased):
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert mover.is_sound()
    refused = json.loads(output)["refused"].get("erased", {"count": 0, "lines": []})
    assert refused["count"] == erased
    assert not any(user in line for line in refused["lines"] for user in USERS)


def are_gone(mover, *users):
    database = mover.database
    assert [user for user in users if mover.figures(user)] == []
    assert database.one("SELECT count(*) FROM users WHERE guild_id = :guild AND xp = 1250") == 2500 - len(users)
    for user in users:
        assert database.one("SELECT count(*) FROM besace_import_changes WHERE user_id = %s", user) == 0
        assert database.one("SELECT count(*) FROM transactions WHERE guild_id = :guild AND"
                            " %s IN (from_user_id, to_user_id)", user) == 0


def test_erased_while_the_file_is_read(mover):
    process = mover.start("import", "csv", "-", "--guild", GUILD, "--json", stdin=-1)
    until(lambda: mover.database.one("SELECT count(*) FROM pg_class WHERE relname = 'besace_staged_members'"),
          "it reads")
    erase(mover, IN_FIRST)
    process.stdin.write(rows())
    process.stdin.close()
    process.stdin = None
    end(mover, process, erased=1)
    are_gone(mover, IN_FIRST)


def test_erased_before_between_and_behind_what_is_imported(mover):
    """Of one who had come by then nothing is left, and the others do not come."""
    with held_at(mover, USERS[1700]):
        process = start(mover)
        until(lambda: lock_waits(mover), "the second slice waits")
        erase(mover, IN_FIRST)
        erase(mover, IN_THIRD)
    end(mover, process, erased=1)
    are_gone(mover, IN_FIRST, IN_THIRD)


def test_erased_while_the_slice_waits_for_them(mover):
    changes = "SELECT count(*) FROM besace_import_changes WHERE guild_id = :guild"
    with held_at(mover, USERS[200]) as first:
        process = start(mover)
        until(lambda: lock_waits(mover), "the first slice waits")
        with other(mover, "SELECT besace_member_erase(%s, %s)", (GUILD, IN_SECOND)) as session:
            first.rollback()
            until(lambda: mover.database.one(changes) == 1000 and lock_waits(mover),
                  "the second one waits for who is being erased")
            session.commit()
    end(mover, process, erased=1)
    are_gone(mover, IN_SECOND)


def test_who_comes_back_meanwhile_is_a_newcomer(mover):
    with held_at(mover, USERS[1700]):
        process = start(mover, "--merge", "add")
        until(lambda: lock_waits(mover), "the second slice waits")
        erase(mover, IN_THIRD)
        mover.database.run("SELECT besace_member_lock(:guild, %s, 'new', 1)", IN_THIRD)
    end(mover, process, erased=1)
    assert mover.figures(IN_THIRD)["xp"] == 0 and mover.figures(IN_THIRD)["balance"] == 0


def test_erased_between_a_batch_and_its_continuation(mover):
    with held_at(mover, USERS[1700]):
        process = start(mover)
        until(lambda: lock_waits(mover), "the second slice waits")
        process.send_signal(signal.SIGINT)
    assert process.wait(120) == 1
    erase(mover, IN_THIRD)
    end(mover, start(mover), erased=1)
    are_gone(mover, IN_THIRD)


def test_what_begins_later_is_the_operators(mover):
    erase(mover, IN_SECOND)
    end(mover, start(mover), erased=0)
    are_gone(mover)


def history(old):
    """Everybody has paid the next one, and played against them."""
    with psycopg2.connect(old.url) as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO users (user_id, username, balance, xp) VALUES (%s, %s, 100, 1250)",
                           [(user, "n" + user) for user in USERS])
        pairs = list(zip(USERS, USERS[1:]))
        cursor.executemany("INSERT INTO transactions (from_user_id, to_user_id, amount, transaction_type,"
                           " description) VALUES (%s, %s, 5, 'transfer', %s)",
                           [(a, b, f"for n{IN_SECOND}") for a, b in pairs])
        cursor.executemany("INSERT INTO game_history (game_type, player_id, opponent_id, bet_amount, result)"
                           " VALUES ('pfc', %s, %s, 5, 'win')", pairs)
    connection.close()


def test_the_history_of_others_comes_without_who_was_erased(mover, old):
    """One before it comes, and one while it does."""
    database = mover.database
    changes = "SELECT count(*) FROM besace_import_changes WHERE guild_id = :guild"
    history(old)
    with held_at(mover, USERS[2400]) as last:
        process = mover.start("import", "postgres", old.url, "--guild", GUILD, "--json")
        until(lambda: lock_waits(mover), "the third slice waits")
        erase(mover, IN_SECOND)
        with other(mover, "SELECT besace_member_erase(%s, %s)", (GUILD, IN_FIRST)) as session:
            last.rollback()
            until(lambda: database.one(changes) == 2499 and lock_waits(mover), "the history waits for the other")
            session.commit()
    end(mover, process, erased=0)
    are_gone(mover, IN_FIRST, IN_SECOND)
    assert database.one("SELECT count(*) FROM transactions WHERE transaction_type = 'transfer'") == 2499 - 4
    assert database.one("SELECT count(*) FROM game_history WHERE opponent_id IS NOT NULL") == 2499 - 4
    assert database.one("SELECT count(*) FROM game_history") == 2499 - 2
    assert database.one("SELECT count(*) FROM transactions WHERE description LIKE %s", f"%{IN_SECOND}%") == 0


def test_a_reader_is_told_how_many_were_left_out(mover):
    report = mover.folder / "report"
    with held_at(mover, USERS[1700]):
        path = mover.file(rows(), "a.csv")
        process = mover.start("import", "csv", path, "--guild", GUILD, "--report", report)
        until(lambda: lock_waits(mover), "the second slice waits")
        erase(mover, IN_THIRD)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "left out meanwhile: 1 (was erased after the import began)" in output
    assert "line 2202: the member was erased after the import began" in report.read_text()
