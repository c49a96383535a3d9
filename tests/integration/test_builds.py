"""Builds with different routines share a database; roles have the rights they need and no more."""

import contextlib

import psycopg2
import pytest

from support.interactions import Member, custom_id
from support.load import Load
from support.service import BESACECTL, OTHER_BESACE, Service, ctl
from support.wait import until


def builds(database):
    return {name for name, in database.run(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'besace\\_r\\_%%'")}


def start_both(app, services, database):
    """A service of this build and one of the other, both on the owner's role."""
    both = [Service(app, database.url), Service(app, database.url, program=OTHER_BESACE)]
    services += both
    for service in both:
        service.start()
    return both


def press(app, member):
    return app.press(custom_id("sac", "jackpot", owner=member.id), member)


def cut(database, number):
    """Ends the sessions of services, one after the other, NUMBER of them."""
    for _ in range(number):
        database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     " WHERE datname = current_database() AND application_name = 'besace'"
                     " ORDER BY random() LIMIT 1")


def test_builds_with_other_routines_have_a_schema_each(services, app, database):
    this = builds(database)
    old, new = start_both(app, services, database)
    assert len(this) == 1 and len(builds(database)) == 2
    assert [line["detail"] for line in new.said("migration applied")] == ["routines"]
    assert old.said("migration applied") == []
    for service in (old, new):
        member = database.add_member(Member(), jackpot=1)
        service.ask(press(app, member))
        assert database.items(member) == 0


def test_builds_under_traffic_while_connections_are_cut_lose_nothing(
        services, app, database, discord):
    discord.settings(any_token={"deferred": False})
    old, new = start_both(app, services, database)
    with Load(old, database, 3) as one, Load(new, database, 3) as two:
        for _ in range(8):
            cut(database, 2)
            one.wait_for_more(1)
            two.wait_for_more(1)
    one.check()
    two.check()
    done = ctl("check", DATABASE_URL=database.url)
    assert done.returncode == 0, done.stdout
    assert len(builds(database)) == 2


def test_builds_a_schema_dropped_under_traffic_is_made_anew_unnoticed(services, app, database):
    service = Service(app, database.url)
    services.append(service)
    service.start()
    build = database.build()
    with Load(service, database, 4) as load:
        for _ in range(3):
            load.wait_for_more(1)
            database.run(f"DROP SCHEMA {build} CASCADE")
            until(lambda: build in builds(database), "it is installed again")
            load.wait_for_more(1)
    load.check()


def test_builds_unused_for_a_day_are_dropped_by_migrate(services, app, database):
    _, new = start_both(app, services, database)
    new.stop()
    other, = builds(database) - {database.one(
        "SELECT build_schema FROM besace_builds ORDER BY installed_at LIMIT 1")}
    ctl("migrate", DATABASE_URL=database.url)
    assert other in builds(database)
    database.run("UPDATE besace_builds SET used_at = used_at - interval '25 hours'")
    done = ctl("migrate", DATABASE_URL=database.url)
    assert done.returncode == 0 and f"dropped {other}" in done.stdout.decode()
    assert len(builds(database)) == 1 and other not in builds(database)
    assert database.one("SELECT count(*) FROM besace_builds") == 1


def test_builds_unused_for_a_day_are_dropped_by_a_service_that_owns_them(services, app, database):
    _, new = start_both(app, services, database)
    new.stop()
    database.run("UPDATE besace_builds SET used_at = used_at - interval '25 hours'")
    service = Service(app, database.url)
    services.append(service)
    service.start()
    until(lambda: len(builds(database)) == 1, "it looks after them when it starts")
    service.ask(app.command("lc", Member()))


def test_builds_nothing_outside_depends_on_a_routine(database):
    """Or dropping a build would take a trigger or a constraint along."""
    assert database.run(
        "SELECT d.classid::regclass, d.objid FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid"
        " WHERE d.refclassid = 'pg_proc'::regclass AND d.deptype = 'n'"
        " AND p.pronamespace::regnamespace::text = %s"
        " AND d.classid <> 'pg_proc'::regclass", database.build()) == []


def test_a_database_that_a_newer_build_added_to_is_taken(start, app, database, member):
    database.run("INSERT INTO besace_migrations (version, name, checksum, contracts)"
                 " VALUES (9999, '9999_adds', repeat('0', 64), false)")
    service = start(database)
    assert service.ask(app.command("lc", member))["type"] == 4


def test_readyz_says_when_a_newer_build_has_changed_what_this_one_needs(start, database):
    service = start(database)
    database.run("INSERT INTO besace_migrations (version, name, checksum, contracts)"
                 " VALUES (9999, '9999_contracts', repeat('0', 64), true)")
    until(lambda: service.get("/readyz").status == 503, "it is not ready")
    assert "not this program's" in service.get("/readyz").json()["error"]


# ---- Roles


@contextlib.contextmanager
def connected(url):
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        yield cursor


@pytest.mark.parametrize("sql", [
    "CREATE TABLE mine (id INTEGER)", "ALTER TABLE users ADD COLUMN mine INTEGER",
    "DROP TABLE transactions", "TRUNCATE transactions, game_history", "CREATE SCHEMA mine", "INSERT INTO besace_migrations"
    " (version, name, checksum) VALUES (9999, 'x', 'x')", "DELETE FROM besace_builds",
    "ALTER TABLE users DISABLE TRIGGER ALL"])
def test_the_services_role_changes_rows_and_nothing_else(database, sql):
    with connected(database.service_url) as cursor, \
            pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(sql)


def test_the_reader_reads_views_without_secrets_and_changes_nothing(database, member):
    database.add_member(member)
    with connected(database.reader_url) as cursor:
        cursor.execute("SELECT count(*) FROM besace_reader.users")
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT table_name || '.' || column_name FROM information_schema.columns"
                       " WHERE table_schema = 'besace_reader'")
        columns = {name for name, in cursor.fetchall()}
        assert "transactions.amount" in columns and "users.balance" in columns
        assert [name for name in columns
                if any(word in name.split(".")[1] for word in ("token", "seed", "secret"))] == []
        assert "besace_matches.stake" in columns
        assert not columns & {"besace_matches.state", "besace_matches.facts"}  # a match goes on
        for sql in ("SELECT * FROM public.users", "DELETE FROM besace_reader.users",
                    "UPDATE besace_reader.users SET balance = 0", "CREATE TABLE x (a INTEGER)"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(sql)


def test_migrate_roles_names_a_role_that_is_not_there(database):
    done = ctl("migrate", "--roles", "besace_service,nobody_at_all", DATABASE_URL=database.url)
    assert done.returncode == 1 and b'"nobody_at_all" does not exist' in done.stderr
    assert database.run("SELECT role_name FROM besace_roles ORDER BY kind") == \
        [("besace_reader",), ("besace_service",)]


@pytest.mark.parametrize("roles", ["", ",x", "x,", "x,y,z"])
def test_migrate_roles_is_bad_usage(database, roles):
    done = ctl("migrate", "--roles", roles, DATABASE_URL=database.url)
    assert done.returncode == 2 and b"--roles: must be" in done.stderr


def test_migrate_again_keeps_the_roles(database):
    def rights():
        return database.run("SELECT relnamespace::regnamespace::text, relname, relacl::text"
                            " FROM pg_class WHERE relname LIKE 'besace%%' OR relname = 'users'"
                            " ORDER BY 1, 2")

    before = rights()
    database.migrate(BESACECTL)
    assert rights() == before
