"""What deleting members reads: as much among many as among few. A lookup by member that has no index
reads the guild's rows; it is found by counting blocks, without a clock."""

import pytest

from support.moving import Mover
from support.wait import until

FIRST, OTHERS = 200000000000000000, 300000000000000000
# Not what names members in the middle of a text, which is read whole: receipts, messages that wait.
TABLES = ("users", "user_inventory", "active_multipliers", "transactions", "game_history", "besace_escrow",
          "besace_seeds", "besace_import_changes", "besace_role_jobs", "besace_role_runs", "besace_ranked")


@pytest.fixture
def mover(database, tmp_path):
    for table in (*TABLES, "besace_matches", "besace_user_guilds"):
        database.run(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")  # it would be counted too
    return Mover(database, tmp_path)


def fill(database, guild, first, count):
    """COUNT members, each with a row in whatever refers to a member."""
    def put(table, columns, values):
        database.run(f"INSERT INTO {table} (guild_id, {columns}) SELECT '{guild}', {values}"
                     f" FROM (SELECT i, ({first} + i)::varchar AS id,"
                     f" ({first} + (i + 1) %% {count})::varchar AS next FROM generate_series(0, {count} - 1) AS i) m")
    put("users", "user_id, username, xp", "id, 'm' || i, i")
    put("user_inventory", "user_id, item_type, quantity", "id, 'jackpot', 1")
    put("active_multipliers", "user_id, multiplier_type, multiplier_value", "id, 'multiplier_x2', 2")
    put("transactions", "to_user_id, amount, transaction_type", "id, 5, 'opening'")
    for player, other in (("id", "next"), ("next", "id")):
        put("game_history", "game_type, player_id, opponent_id, bet_amount, result, match_id, proof",
            f"'duel', {player}, {other}, 5, 'win', {first} + i, '{{\"members\": []}}'")
    put("besace_seeds", "user_id, server_seed, client_seed", "id, repeat('a', 64), 'x'")
    put("besace_import_changes", "import_id, user_id, created, balance, xp, messages, voice_s, invites,"
        " level_rewarded, level_rewarded_now", "0, id, true, 0, 0, 0, 0, 0, 1, 1")


def challenge(database, guild, count):
    """COUNT open challenges among OTHERS, the stakes of those who made them in escrow."""
    database.run("INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, opponent_id, accepted, stake,"
                 f" state, facts, expiry, expires_at, language) SELECT '{guild}', i, 'duel', {OTHERS} + i,"
                 f" {OTHERS} + (i + 1) %% {count}, false, 5, '', '{{}}', '[]', 'infinity', 'fr'"
                 f" FROM generate_series(0, {count} - 1) AS i")
    database.run("INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)"
                 f" SELECT '{guild}', {OTHERS} + i, 'duel', i, 0, 5 FROM generate_series(0, {count} - 1) AS i")


def blocks_read(mover, tables, *words):
    """Blocks of TABLES and their indexes that a call of besacectl has read. A session has told its
    figures when it is gone."""
    def read():
        return mover.database.one(
            "SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0))"
            " FROM pg_statio_user_tables WHERE relname = ANY (%s)", list(tables))

    def alone():
        return mover.database.one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                  " AND backend_type = 'client backend' AND pid <> pg_backend_pid()") == 0
    until(alone, "no other session")
    mover.database.run("SELECT pg_stat_force_next_flush()")  # what the test itself has read
    before = read()
    done = mover.call(*words)
    assert done.returncode == 0, done.stderr
    until(alone, "besacectl's session has ended")
    return int((read() or 0) - (before or 0))


@pytest.mark.parametrize("analyzed", [False, True], ids=["unseen", "analyzed"])
def test_a_member_is_erased_among_many_as_among_few(mover, analyzed):
    database, read = mover.database, {}
    for guild, others in (("901", 20), ("902", 10_000)):
        database.run("INSERT INTO besace_imports (guild_id, source, sha256, options, members)"
                     " OVERRIDING SYSTEM VALUE VALUES (%s, 'csv', %s, 'highest', 1)", guild, "a" * 64)
        fill(database, guild, OTHERS, others)
        fill(database, guild, FIRST, 3)
    database.run("UPDATE besace_import_changes c SET import_id = i.import_id FROM besace_imports i"
                 " WHERE i.guild_id = c.guild_id")
    database.run("VACUUM ANALYZE" if analyzed else "VACUUM")
    for guild in ("901", "902"):
        read[guild] = blocks_read(mover, TABLES, "erase", "--guild", guild, "--member", FIRST)
        told = database.run("SELECT opponent_id, proof IS NULL FROM game_history WHERE guild_id = %s"
                            " AND player_id = (%s + 2)::varchar ORDER BY id", guild, FIRST)
        assert told == [(None, True), (str(FIRST + 1), False)]
        assert database.one("SELECT count(*) FROM besace_import_changes WHERE guild_id = %s"
                            " AND user_id = %s", guild, str(FIRST)) == 0
    # Indexes are deeper, and no more than that.
    assert read["902"] <= 2 * read["901"] + 50, read


def test_members_go_with_their_import_beside_many_matches_and_multipliers_as_beside_few(mover):
    database, read = mover.database, {}
    file = mover.file("id,xp\n" + "".join(f"{FIRST + i},{i}\n" for i in range(300)), "batch.csv")
    for guild, others in (("901", 10), ("902", 3_000)):
        fill(database, guild, OTHERS, others)
        challenge(database, guild, others)
        assert mover.call("import", "csv", file, "--guild", guild).returncode == 0
        number = database.one("SELECT import_id FROM besace_imports WHERE guild_id = %s", guild)
        read[guild] = blocks_read(mover, ("besace_matches", "besace_escrow", "active_multipliers"),
                                  "undo", "import", number)
        assert database.one("SELECT count(*) FROM users WHERE guild_id = %s", guild) == others
    assert read["902"] <= 2 * read["901"] + 50, read


def test_no_foreign_key_looks_for_another_member_of_the_same_key(mover):
    """PostgreSQL does for each that is not RESTRICT: twenty times for each member who is deleted."""
    database, count = mover.database, 300
    mover.load("csv", "id,xp\n" + "".join(f"{FIRST + i},{i}\n" for i in range(count)), guild="901")

    def looks():
        return database.one("SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 'users'")
    before = looks()
    blocks_read(mover, (), "undo", "import", 1)
    assert database.one("SELECT count(*) FROM users WHERE guild_id = '901'") == 0
    assert looks() - before <= 10 * count


def test_a_server_goes_without_reading_where_others_are_members(mover):
    database = mover.database
    fill(database, "901", FIRST, 3)
    fill(database, "902", OTHERS, 5_000)
    database.run("VACUUM ANALYZE besace_user_guilds")

    def rows():
        return database.one("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables"
                            " WHERE relname = 'besace_user_guilds'")
    before = rows()
    blocks_read(mover, (), "erase", "--guild", "901")
    assert rows() - before < 1_000
    assert database.run("SELECT guild_id, count(*) FROM besace_user_guilds GROUP BY guild_id") == [("902", 5_000)]


def test_who_has_a_challenge_open_is_not_erased(mover):
    database = mover.database
    fill(database, "901", OTHERS, 4)
    challenge(database, "901", 2)
    for member in (OTHERS, OTHERS + 1):
        done = mover.call("erase", "--guild", "901", "--member", member)
        assert done.returncode == 1 and "open" in done.stdout + done.stderr
    assert mover.call("erase", "--guild", "901", "--member", OTHERS + 2).returncode == 0


def test_a_challenged_member_keeps_nobody_else_of_an_import(mover):
    database, count, kept = mover.database, 40, FIRST + 25
    mover.load("csv", "id,xp\n" + "".join(f"{FIRST + i},{i}\n" for i in range(count)), guild="901")
    fill(database, "901", OTHERS, 2)
    challenge(database, "901", 2)
    database.run("UPDATE besace_matches SET opponent_id = %s WHERE match_id = '0'", str(kept))
    assert mover.call("undo", "import", 1).returncode == 0
    assert database.run("SELECT user_id, xp, balance FROM users WHERE guild_id = '901' AND user_id < %s",
                        str(OTHERS)) == [(str(kept), 0, 25)]
