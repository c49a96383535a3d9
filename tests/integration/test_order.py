"""What came first is said by times and by numbers of a guild's own, never by a sequence.

A sequence rises on one machine alone: where several take rows, a later one may have the smaller id.
"""

import re

import pytest

from support.events import add_earner
from support.interactions import GUILD, Member
from support.levels import level_start
from support.paths import ROOT
from support.roles import setting

# What looks like an order by a sequence and is none.
JOURNAL = "besace_journals numbers it, under a lock of the guild"
WALK = "a walk over rows in any order that stays: where it has come to, or between what bounds"
TWINS = "of rows that say the same each is as good as the other"
EVENTS = "ids of the shims' events, which are texts"
EXCEPTIONS = {
    "besace_admin_journal": JOURNAL, "besace_settings_read": JOURNAL, "besace_settings_set": JOURNAL,
    "besace_guild_erase": JOURNAL, "besace_import_undo": WALK, "besace_import_history": WALK,
    "besace_event_ids_keep": EVENTS, "besace_import_whole": TWINS,
    "besace_export": JOURNAL, "besace_ledger_sweep": "whether all have the same"}
FIRST = {  # those of files in which others order by a time: the lines that may not
    "besace_export": ["row_number() OVER (ORDER BY a.id)", "row_number() OVER (ORDER BY a.id)"],
    "besace_import_whole": ["PARTITION BY what ORDER BY id", "SELECT n, min(id) AS id FROM ranked"]}


def drawn(database):
    """The names of columns whose values a sequence draws."""
    return {name for name, in database.run(
        "SELECT DISTINCT attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0"
        " AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%%')")}


def suspicious(text, names):
    """The lines of SQL that order by one of the columns NAMES first, or compare it."""
    column = rf"(?<!\w)(?:\w+\.)?(?:{'|'.join(sorted(names))})\b"
    forms = (rf"ORDER BY {column}", rf"\b(?:max|min)\(\s*{column}", rf"{column}\s*(?:<=|>=|<(?!>)|>)",
             rf"(?:<=|>=|<|(?<![<-])>)\s*{column}(?!\s*\()", r"\b(?:next|last|curr)val\b")
    lines = re.sub(r"--.*", "", text).split("\n")
    return [line for line in lines if any(re.search(form, line) for form in forms)]


def test_no_routine_orders_by_what_a_sequence_has_drawn(database):
    names = drawn(database)
    assert {"id", "import_id", "backup_id", "run_id"} <= names
    found = {}
    for path in sorted([*ROOT.glob("sql/routines/*.sql"), *ROOT.glob("sql/queries/*.sql")]):
        lines = suspicious(path.read_text(), names)
        if lines:
            found[path.stem] = lines
    assert set(found) == set(EXCEPTIONS)
    for name, wanted in FIRST.items():
        assert len(found[name]) == len(wanted)
        for line, part in zip(found[name], wanted):
            assert part in line


@pytest.mark.parametrize("line, is_found", [
    ("ORDER BY t.id DESC", True), ("ORDER BY created_at, id", False), ("AND a.id < p_before", True),
    ("SELECT max(id)", True), ("WHERE id > 5", True), ("WHERE user_id > 'x'", False),
    ("-- ORDER BY id", False), ("AND 5 <= t.id", True), ("v -> 'id'", False), ("AND id <> 5", False),
    ("nextval('x')", True)])
def test_the_look_for_it_sees(line, is_found):
    assert bool(suspicious(line, {"id"})) == is_found


def test_lists_of_a_guild_have_numbers_of_its_own(database):
    assert not {"act_id", "change_id"} & drawn(database)
    one, two = Member(), Member()
    database.add_member(one)
    database.add_member(two, guild="77")
    act = "SELECT besace_admin_apply(%s, NULL, %s, 'add', 'xp', 5, 'x')"
    change = "SELECT besace_settings_replace(%s, %s::jsonb)"
    for _ in range(2):
        database.run(act, GUILD, one.id)
        database.run(act, "77", two.id)
    for state in ('{"gift_amount": 3, "levels": false}', '{"gift_amount": 4}'):
        database.run(change, GUILD, state)
    database.run(change, "77", '{"gift_amount": 3}')
    assert database.run("SELECT guild_id, array_agg(id ORDER BY id) FROM besace_audit GROUP BY 1 ORDER BY 1") == [
        (GUILD, [1, 2]), ("77", [1, 2])]
    assert database.run("SELECT id, change_id, setting FROM besace_settings_audit WHERE guild_id = %s ORDER BY id",
                        GUILD) == [(1, 1, "gift_amount"), (2, 1, "levels"), (3, 3, "gift_amount"), (4, 3, "levels")]
    assert database.run("SELECT guild_id, version FROM besace_settings ORDER BY 1") == [(GUILD, 4), ("77", 1)]


def test_who_waits_for_a_number_gets_the_later_one(database):
    """The number says in which order acts were done, whoever began first."""
    one, two = Member(), Member()
    for member in (one, two):
        database.add_member(member)
    act = "SELECT besace_admin_apply(%s, NULL, %s, 'add', 'xp', 5, 'x') ->> 'audit'"
    with database.connect() as first, database.connect() as second:
        ahead, behind = first.cursor(), second.cursor()
        behind.execute("SELECT 1")  # its transaction begins
        ahead.execute(act, (GUILD, one.id))
        assert ahead.fetchone() == ("1",)
        first.commit()
        behind.execute(act, (GUILD, two.id))
        assert behind.fetchone() == ("2",)


# -- Ids that fall while time goes on


def test_exports_are_in_the_order_of_time(database):
    member = Member()
    database.add_member(member, balance=25)
    for number, hour in ((500, 1), (400, 2), (300, 3)):
        for to, amount in ((True, 7), (False, 7)):
            database.run("INSERT INTO transactions (guild_id, id, from_user_id, to_user_id, amount, transaction_type,"
                         " description, created_at) VALUES (%s, %s, %s, %s, %s, 'opening', %s,"
                         " timestamp '2026-01-01' + make_interval(hours => %s))", GUILD, number + to,
                         None if to else member.id, member.id if to else None, amount, str(hour), hour)
        database.run("INSERT INTO game_history (guild_id, id, game_type, player_id, bet_amount, result, created_at)"
                     " VALUES (%s, %s, 'roue', %s, %s, 'loss', timestamp '2026-01-01' + make_interval(hours => %s))",
                     GUILD, number, member.id, hour, hour)
    assert database.run("SELECT n, description FROM besace_export_ledger(%s, NULL, false)"
                        " WHERE type = 'opening' AND at < '2026-02-01' ORDER BY n", GUILD) == [
        (n + 1, str(n // 2 + 1)) for n in range(6)]
    assert database.run("SELECT bet FROM besace_export_matches(%s, NULL, false)", GUILD) == [(1,), (2,), (3,)]


def test_a_streak_is_counted_from_the_latest_match_that_was_not_won(database):
    winner, other = Member(), Member()
    for member in (winner, other):
        database.add_member(member)

    def streak(*matches):
        database.run("DELETE FROM game_history")
        for number, second, result in matches:
            database.run("INSERT INTO game_history (guild_id, id, game_type, player_id, opponent_id, bet_amount,"
                         " result, created_at) VALUES (%s, %s, 'pfc', %s, %s, 5, %s,"
                         " timestamp '2026-01-01' + make_interval(secs => %s))",
                         GUILD, number, winner.id, other.id, result, second)
        return database.one("SELECT streak FROM besace_match_rivalry(%s, %s, %s, 'pfc', %s)",
                            GUILD, winner.id, other.id, winner.id)

    assert streak((9, 1, "loss"), (8, 2, "win"), (7, 3, "win")) == 2
    assert streak((9, 1, "win"), (8, 2, "push"), (7, 3, "win")) == 1
    assert streak((9, 1, "win"), (8, 2, "loss")) == 0
    assert streak((9, 1, "win"), (8, 2, "win")) == 2
    # Within one moment the id tells them apart, as it does in one transaction.
    assert streak((5, 1, "loss"), (6, 1, "win"), (4, 1, "win")) == 1


def test_a_burst_is_gathered_in_its_latest_message(database):
    setting(database, announce_place="channel", announce_channel_id="55")
    member = add_earner(database)
    for level in (2, 3, 4):
        database.run("SELECT setval(pg_get_serial_sequence('besace_outbox', 'id'), %s)", 1000 - 100 * level)
        xp = database.one("SELECT xp FROM users WHERE user_id = %s", member.id)
        database.run("SELECT besace_xp_add(ARRAY['1'], ARRAY[%s], ARRAY[%s::bigint])",
                     member.id, level_start(level) - xp)
    assert database.run("SELECT (body ->> 'level')::int FROM besace_outbox ORDER BY created_at") == [(2,), (4,)]
