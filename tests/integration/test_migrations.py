"""Bringing a database to the schema, and refusing what is somebody else's."""

import json
import re

import pytest

from support.cluster import Database
from support.interactions import custom_id
from support.paths import ROOT
from support.service import BESACECTL, Service, ctl, run_besace
from support.wait import until

MIGRATIONS = sorted(path.stem for path in (ROOT / "sql/migrations").glob("*.sql"))
NEWEST = len(MIGRATIONS)


def run_expecting_refusal(application, database):
    return run_besace(DATABASE_URL=database.url, DISCORD_PUBLIC_KEY=application.public_key,
                      BESACE_LISTEN="127.0.0.1:0", BESACE_METRICS_LISTEN="")


def schema_of(database):
    """Everything that a migration could change, as text."""
    return [database.run(sql) for sql in (
        "SELECT table_name, column_name, data_type, column_default, is_nullable"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE"
        " connamespace = 'public'::regnamespace ORDER BY 1, 2",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        "SELECT pronamespace::regnamespace::text, proname, prosrc FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace"
        " OR pronamespace::regnamespace::text LIKE 'besace_r_%%' ORDER BY 1, 2, 3",
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        " ORDER BY 1, 2")]


def test_the_numbers_have_no_gap():
    assert [int(name[:4]) for name in MIGRATIONS] == list(range(1, NEWEST + 1))


def test_an_empty_database_is_migrated_at_start(start, app, empty_database, member):
    service = start(empty_database)
    assert [line["detail"] for line in service.said("migration applied")] == [*MIGRATIONS, "routines"]
    assert empty_database.run("SELECT version, name FROM besace_migrations ORDER BY version") == \
        [(int(name[:4]), name) for name in MIGRATIONS]
    assert service.ask(app.command("lc", member))["type"] == 4


def test_the_next_start_applies_nothing(start, database):
    assert start(database).said("migration applied") == []


def test_besacectl_makes_the_same_schema_as_besace(start, empty_database, database):
    start(empty_database)
    assert schema_of(empty_database) == schema_of(database)


def test_five_replicas_that_start_together_migrate_once(app, services, empty_database, member):
    replicas = [Service(app, empty_database.url) for _ in range(5)]
    services += replicas
    for replica in replicas:
        replica.launch()
    for replica in replicas:
        replica.find_endpoint()
        replica.wait_ready()
    applied = [line["detail"] for replica in replicas for line in replica.said("migration applied")]
    assert sorted(applied) == sorted([*MIGRATIONS, "routines"])
    for replica in replicas:
        assert replica.ask(app.command("lc", member))["type"] == 4


def test_without_migrate_it_waits_and_says_why_until_besacectl_has_done_it(
        start, app, empty_database, member):
    service = start(empty_database, ready=False, BESACE_MIGRATE="off")
    reply = service.get("/readyz")
    assert reply.status == 503
    until(lambda: "migrations are pending" in service.get("/readyz").json()["error"], "it says why")
    assert service.get("/healthz").status == 200
    assert service.ask(app.ping()) == {"type": 1}
    assert empty_database.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
    done = ctl("migrate", DATABASE_URL=empty_database.url)
    assert done.returncode == 0, done.stderr
    service.wait_ready()
    until(lambda: "25 LC" in str(service.ask(app.command("lc", member))), "results")


def test_besacectl_migrate_twice_is_fine(database):
    before = schema_of(database)
    done = ctl("migrate", DATABASE_URL=database.url)
    assert done.returncode == 0 and schema_of(database) == before


def test_a_database_newer_than_the_program_is_refused(app, database):
    database.run("INSERT INTO besace_migrations (version, name, checksum) VALUES (%s, %s, %s)",
                 NEWEST + 1, "9999_the_future", "0" * 64)
    before = schema_of(database)
    done = run_expecting_refusal(app, database)
    assert done.returncode == 1
    assert "newer than this program" in done.stderr.splitlines()[-1]
    assert ctl("migrate", DATABASE_URL=database.url).returncode == 1
    assert schema_of(database) == before


def test_a_changed_history_is_refused(app, database):
    database.run("UPDATE besace_migrations SET checksum = %s WHERE version = 2", "0" * 64)
    done = run_expecting_refusal(app, database)
    assert done.returncode == 1 and "history was changed" in done.stderr.splitlines()[-1]
    migrate = ctl("migrate", DATABASE_URL=database.url)
    assert migrate.returncode == 1 and b"history was changed" in migrate.stderr


@pytest.mark.parametrize("table", ["users", "user_inventory", "active_multipliers", "transactions",
                                   "game_history"])
def test_somebody_elses_tables_are_refused_and_left_alone(app, empty_database, table):
    empty_database.run(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, note TEXT)")
    empty_database.run(f"INSERT INTO {table} VALUES (1, 'mine')")
    before = schema_of(empty_database)
    done = run_expecting_refusal(app, empty_database)
    assert done.returncode == 1 and f'"{table}"' in json.loads(done.stderr.splitlines()[-1])["why"]
    assert ctl("migrate", DATABASE_URL=empty_database.url).returncode == 1
    assert schema_of(empty_database) == before
    assert empty_database.run(f"SELECT * FROM {table}") == [(1, "mine")]


def test_other_tables_beside_ours_are_no_matter(start, empty_database):
    empty_database.run("CREATE TABLE dashboards (id INTEGER PRIMARY KEY)")
    start(empty_database)


def test_a_migration_that_fails_leaves_nothing_and_is_told(app, empty_database):
    """A type of the name of a table of ours, which the table's own type then clashes with."""
    empty_database.run("CREATE TYPE besace_receipts AS (a INTEGER)")
    done = run_expecting_refusal(app, empty_database)
    assert done.returncode == 1 and "0003_receipts" in done.stderr.splitlines()[-1]
    assert empty_database.run("SELECT max(version) FROM besace_migrations") == [(2,)]
    empty_database.run("DROP TYPE besace_receipts")
    assert ctl("migrate", DATABASE_URL=empty_database.url).returncode == 0


def test_a_role_that_may_not_migrate_waits_for_somebody_who_may(
        start, app, cluster, empty_database, member):
    """BESACE_MIGRATE=on, but the role has rights to rows only."""
    url = cluster.url(empty_database.name, "besace_service")
    service = start(empty_database, ready=False, DATABASE_URL=url)
    until(lambda: "migrations are pending" in service.get("/readyz").json()["error"], "it says why")
    refused = ctl("migrate", DATABASE_URL=url)
    assert refused.returncode == 1 and b"permission denied" in refused.stderr
    assert empty_database.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
    empty_database.migrate(BESACECTL)
    service.wait_ready()
    assert service.said("migration applied") == []
    until(lambda: "25 LC" in str(service.ask(app.command("lc", member))), "results")


def test_a_database_that_is_not_utf8_is_refused_before_anything_is_written(app, cluster):
    name = "test_latin1"
    cluster.admin(f"CREATE DATABASE {name} OWNER besace TEMPLATE template0 ENCODING 'LATIN1'"
                  " LOCALE 'C'")
    database = Database(cluster, name)
    try:
        done = run_expecting_refusal(app, database)
        assert done.returncode == 1 and "encoding is LATIN1" in done.stderr.splitlines()[-1]
        migrate = ctl("migrate", DATABASE_URL=database.url)
        assert migrate.returncode == 1 and b"encoding is LATIN1" in migrate.stderr
        assert database.run("SELECT relname FROM pg_class WHERE relname LIKE 'besace%%'") == []
    finally:
        database.drop()


def numbered(sql):
    """SQL with $1, $2, … for the names of its parameters, as src/store/query.c makes it."""
    names = {}
    return re.sub(r"\$([a-z_]\w*)", lambda match: f"${names.setdefault(match[1], len(names) + 1)}",
                  re.sub(r"--[^\n]*", "", sql))


def test_every_query_of_the_service_is_prepared_on_every_connection(start, app, database):
    """The service prepares all of them before it is ready; here they are prepared by hand too. The
    statements of an import are of one session of besacectl, with temporary tables of its own."""
    start(database)
    files = sorted(set((ROOT / "sql/queries").glob("*.sql")) - {ROOT / "sql/queries/imports.sql"})
    names = []
    with database.connect() as connection, connection.cursor() as cursor:
        for file in files:
            for name, sql in re.findall(r"(?s)-- name: (\w+)\n(.*?)(?=\n(?:--[^\n]*\n)*-- name:|\Z)",
                                        file.read_text()):
                cursor.execute(f"PREPARE q_{name} AS {numbered(sql)}")
                names.append(name)
    connection.close()
    assert len(names) == len(set(names)) >= 7


def test_times_are_utc_whatever_the_server_thinks(start, app, cluster, database, member):
    cluster.admin(f"ALTER DATABASE {database.name} SET TimeZone = 'Pacific/Kiritimati'")
    database.close()
    service = start(database)
    service.ask(app.command("lc", member))
    database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                 " VALUES (:guild, %s, 'jackpot', 1)", member.id)
    service.ask(app.press(custom_id("sac", "jackpot", owner=member.id), member))
    for sql in ("SELECT created_at FROM users WHERE user_id = %s",
                "SELECT created_at FROM transactions WHERE to_user_id = %s",
                "SELECT created_at FROM besace_receipts WHERE user_id = %s",
                "SELECT updated_at FROM users WHERE user_id = %s"):
        off = database.one(f"SELECT abs(extract(epoch FROM ({sql}) - (now() AT TIME ZONE 'utc')))",
                           member.id)
        assert off < 60, sql
