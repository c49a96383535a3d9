"""What imports and their undos read of the large tables: as much a member, however many members there
are. A plan that reads a guild for each member is found by it without a clock."""

import pytest

from support.moving import Mover
from support.statements import statement
from support.wait import until

# Not those whose rows a statement reads whole where that costs less than to look some up.
TABLES = ("users", "user_inventory", "active_multipliers", "transactions", "game_history",
          "besace_import_changes")
FIRST, OTHERS = 200000000000000000, 300000000000000000


@pytest.fixture
def mover(database, tmp_path):
    """What is known of the tables is what the test says: an ANALYZE that comes by itself while a guild is
    half filled makes other plans than either."""
    for table in TABLES:
        database.run(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    return Mover(database, tmp_path)


def members(first, count):
    return "id,xp,balance,x2\n" + "".join(
        f"{first + i},{i},{100 + i % 50},{i % 3}\n" for i in range(count))


def rows_read(mover, *words):
    """Rows of TABLES that a call of besacectl has read. A session has told its figures when it is gone."""
    def read():
        return mover.database.one("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))"
                                  " FROM pg_stat_user_tables WHERE relname = ANY (%s)", list(TABLES))

    def alone():
        return mover.database.one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                  " AND backend_type = 'client backend' AND pid <> pg_backend_pid()") == 0
    until(alone, "no other session")
    before = read()
    done = mover.call(*words)
    assert done.returncode == 0, done.stderr
    until(alone, "besacectl's session has ended")
    return int(read() - before)


def put_history(mover, guild, number, count):
    """Movements that came with the batch, and whose members gained nothing by them."""
    mover.database.run(
        "INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type, import_id)"
        " SELECT %s, CASE WHEN back = 0 THEN member END, CASE WHEN back = 1 THEN member END, 5,"
        " CASE WHEN back = 0 THEN 'bet' ELSE 'game_win' END, %s"
        " FROM (SELECT (%s + i)::varchar AS member FROM generate_series(0, %s - 1) AS i) m,"
        " generate_series(0, 1) AS back", guild, number, FIRST, count)
    mover.database.run(
        "INSERT INTO game_history (guild_id, player_id, game_type, bet_amount, result, winnings, import_id)"
        " SELECT %s, (%s + i)::varchar, 'machine', 5, 'win', 5, %s FROM generate_series(0, %s - 1) AS i",
        guild, FIRST, number, count)


def reading(mover, guild, others, batch, known, analyzed):
    """Rows read a member of a BATCH, beside OTHERS: by the import, and by its undo. KNOWN: they are
    here already."""
    mover.load("csv", members(OTHERS, max(others, 1)), guild=guild, name="others.csv")
    if known:
        mover.load("csv", members(FIRST, batch), guild=guild, name="known.csv")
    if analyzed:
        mover.database.run("ANALYZE")
    path = mover.file(members(FIRST, batch).replace(",0\n", ",1\n"), "batch.csv")
    by_import = rows_read(mover, "import", "csv", path, "--guild", guild, "--merge", "add")
    number = mover.database.one("SELECT max(import_id) FROM besace_imports")
    put_history(mover, guild, number, batch)
    by_undo = rows_read(mover, "undo", "import", number)
    assert mover.database.one("SELECT count(*) FROM game_history") == 0
    assert mover.is_sound()
    return round(by_import / batch, 1), round(by_undo / batch, 1)


# Rows a member that import and undo each read at most: 5 to 45 measured, of statements that look a
# member up some tens of times. A plan that reads a guild of 500 for each of its members reads 250 more.
ROWS_MAX = 64


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
@pytest.mark.parametrize("analyzed", [False, True], ids=["unseen", "analyzed"])
def test_no_statement_reads_a_guild_for_each_member(mover, known, analyzed):
    for guild, others, batch in (("901", 0, 500), ("902", 4000, 500), ("903", 0, 1500)):
        by_import, by_undo = reading(mover, guild, others, batch, known, analyzed)
        assert by_import <= ROWS_MAX and by_undo <= ROWS_MAX, (others, batch, by_import, by_undo)


def test_staged_members_lie_in_the_order_in_which_slices_read_them(database):
    """Read by their key from wherever a file had them, each would be a page of its own."""
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute(statement("imports.sql", "import_stage"))
        cursor.execute("INSERT INTO besace_staged_members (line, user_id, hidden)"
                       " SELECT i, %s + i * 7919 %% 5000, false FROM generate_series(1, 5000) AS i", [FIRST])
        cursor.execute(statement("imports.sql", "import_staged_key"))
        cursor.execute("SELECT user_id FROM besace_staged_members ORDER BY ctid")
        found = [row[0] for row in cursor.fetchall()]
        assert len(found) == 5000 and found == sorted(found)
        cursor.execute("SELECT indisunique FROM pg_index WHERE indrelid = 'besace_staged_members'::regclass")
        assert cursor.fetchall() == [(True,)]
    connection.close()
