"""Old movements are summarised (BESACE_LEDGER_DAYS), and every LC stays explained."""

import pytest

from support.games import Table
from support.interactions import GUILD, Member
from support.moving import Mover
from support.replies import shown
from support.service import ctl
from support.wait import until

SWEEP = "SELECT besace_ledger_sweep(%s, %s, %s)"


@pytest.fixture
def mover(database, tmp_path):
    return Mover(database, tmp_path)


def sweep(database, days=30, members=1000, rows=1000):
    """Goes through everybody, whatever the last pass took."""
    database.run("UPDATE besace_ledger_sweep SET ended_at = began_at WHERE ended_at IS NOT NULL")
    pieces = 1
    while database.one(SWEEP, days, members, rows):
        pieces += 1
    return pieces


def age(database, days, condition="true"):
    database.run(f"UPDATE transactions SET created_at = created_at - interval '{days} days' WHERE {condition}")


def give(service, application, chief, member):
    """An act of an administrator: 70 LC."""
    service.ask(application.subcommand("admin lc ajouter", chief, ("membre", member), ("montant", 70),
                                       ("raison", "fête"), permissions=32))


def is_sound(database):
    done = ctl("check", DATABASE_URL=database.url)
    assert done.returncode == 0, (done.stdout, done.stderr)


def test_old_entries_become_one_opening_and_new_ones_stay(start, database, application):
    service = start(database, BESACE_LEDGER_DAYS="30")
    lou, bob = database.add_member(Member(), 1000), database.add_member(Member(), 100)
    for amount in (10, 20, 30):
        service.ask(application.command("don", lou, ("membre", bob), ("montant", amount)))
    service.ask(application.command("cadeau", lou))
    age(database, 31)
    service.ask(application.command("don", lou, ("membre", bob), ("montant", 5)))
    latest = database.one("SELECT max(created_at) FROM transactions WHERE created_at < now() - interval '30 days'")
    service.stop()
    service.start()
    until(lambda: database.ledger(lou) == [("opening", 940), ("transfer", -5)], "old movements are summarised")
    assert database.ledger(bob) == [("opening", 135), ("transfer", 5)]
    assert database.one("SELECT created_at FROM transactions WHERE to_user_id = %s AND transaction_type = 'opening'",
                        lou.id) == latest
    assert database.is_explained(lou) and database.is_explained(bob)
    is_sound(database)
    assert "940" in shown(service.ask(application.command("historique", lou)))
    # What is summarised is summarised again with what became old since; alone it stays as it is.
    kept = database.run("SELECT id FROM transactions ORDER BY id")
    sweep(database)
    assert database.run("SELECT id FROM transactions ORDER BY id") == kept
    age(database, 31)
    sweep(database)
    assert database.ledger(lou) == [("opening", 935)] and database.ledger(bob) == [("opening", 140)]
    is_sound(database)


def test_entries_are_kept_for_ever_unless_the_operator_says_otherwise(start, database, application):
    service = start(database)
    lou = database.add_member(Member(), 1000)
    service.ask(application.command("cadeau", lou))
    age(database, 9999)
    service.stop()
    service.start()
    until(lambda: database.one("SELECT max(cleared_for) FROM besace_event_slots") > 0,
          "the periodic jobs have run")
    assert len(database.ledger(lou)) == 2
    assert database.one("SELECT ended_at = 'epoch' FROM besace_ledger_sweep")


def test_an_entry_is_kept_for_its_days_and_the_hour_of_a_long_day(database):
    lou = database.add_member(Member(), 1000)
    age(database, 1)
    sweep(database, days=1)
    assert database.one("SELECT description FROM transactions WHERE to_user_id = %s", lou.id) != "summary"
    database.run("UPDATE transactions SET transaction_type = 'level_up',"
                 " created_at = now() AT TIME ZONE 'utc' - interval '24 hours 59 minutes'")
    sweep(database, days=1)
    assert database.ledger(lou) == [("level_up", 975)]
    database.run("UPDATE transactions SET created_at = created_at - interval '2 minutes'")
    sweep(database, days=1)
    assert database.ledger(lou) == [("opening", 975)]


def test_a_member_with_many_entries_is_summarised_in_slices(database):
    lou, bob = database.add_member(Member(), 25), database.add_member(Member(), 25)
    database.run("INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type, created_at)"
                 " SELECT %s, CASE WHEN n %% 2 = 0 THEN %s END, CASE WHEN n %% 2 = 1 THEN %s END, 3, 'level_up',"
                 " now() - interval '1 year' + n * interval '1 second' FROM generate_series(1, 1001) n",
                 GUILD, lou.id, lou.id)
    database.run("UPDATE users SET balance = balance + 3 WHERE user_id = %s", lou.id)
    assert sweep(database, rows=100) > 10
    assert database.ledger(lou) == [("opening", 3)]
    # What adds up to nothing leaves nothing.
    database.run("INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type, created_at)"
                 " SELECT %s, CASE WHEN n = 0 THEN %s END, CASE WHEN n = 1 THEN %s END, 7, 'refund',"
                 " now() - interval '1 year' FROM generate_series(0, 1) n", GUILD, bob.id, bob.id)
    sweep(database)
    assert database.ledger(bob) == []
    # One at a time, and the pass still ends.
    age(database, 400)
    assert sweep(database, members=1, rows=1) >= 3
    is_sound(database)


def test_nobody_waits_for_the_sweep_and_it_waits_for_nobody(database):
    lou, bob, eve = (database.add_member(Member(), 100) for _ in range(3))
    database.run("INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type)"
                 " VALUES (%s, %s, %s, 40, 'transfer')", GUILD, lou.id, bob.id)
    database.run("UPDATE users SET balance = CASE user_id WHEN %s THEN 60 ELSE 140 END WHERE user_id IN (%s, %s)",
                 lou.id, lou.id, bob.id)
    age(database, 400)
    with database.locked(bob):  # as erasing does
        sweep(database)
        # What bob has no part in is summarised; the gift waits.
        assert database.ledger(lou) == [("opening", 75), ("transfer", -40)]
        assert database.ledger(eve) == [("opening", 75)]
    sweep(database)
    assert database.ledger(lou) == [("opening", 35)]
    assert database.ledger(bob) == [("opening", 115)]
    # While a piece of it is under way, members go on, and another replica does nothing.
    age(database, 400)
    database.run("UPDATE transactions SET transaction_type = 'level_up'")
    database.run("UPDATE besace_ledger_sweep SET ended_at = began_at")
    holder = database.connect()
    with holder.cursor() as cursor:
        cursor.execute(SWEEP, (30, 1000, 1000))
        assert cursor.fetchone() == (True,)
        database.run("SET lock_timeout = '1s'; UPDATE users SET balance = balance WHERE user_id = %s", lou.id)
        assert database.one(SWEEP, 30, 1000, 1000) is False
    holder.rollback()
    holder.close()
    is_sound(database)


def test_acts_and_games_stay_told_without_their_entries(service, database, application):
    table = Table(service, database, application)
    lou, bob = table.member(), table.member()
    chief = database.add_member(Member())
    give(service, application, chief, lou)
    table.play("casino roue", lou, ("mise", 10), ("couleur", "rouge"))
    table.challenge("pfc", lou, bob, 30)
    age(database, 400)
    sweep(database)
    # The stake of the open game is still told, and the act's.
    assert [row for row in database.ledger(lou) if row[0] != "opening"] == [("bet", -30)]
    assert database.run("SELECT amount, transaction_id FROM besace_audit") == [(70, None)]
    is_sound(database)
    number = database.one("SELECT id FROM besace_audit")
    balance = database.one("SELECT balance FROM users WHERE user_id = %s", lou.id)
    done = ctl("undo", str(number), "--guild", GUILD, DATABASE_URL=database.url)
    assert done.returncode == 0, done.stderr
    assert database.one("SELECT balance FROM users WHERE user_id = %s", lou.id) == balance - 70
    is_sound(database)


def test_a_payment_that_the_history_does_not_tell_is_still_found(service, database, application):
    table = Table(service, database, application)
    lou = table.member()
    table.play("casino roue", lou, ("mise", 10), ("couleur", "rouge"))
    database.run("UPDATE game_history SET winnings = winnings + 1")
    assert "its history says" in ctl("check", DATABASE_URL=database.url).stdout.decode()


def test_an_import_is_taken_back_after_its_entries_were_summarised(mover, database):
    before = mover.everything()
    report = mover.load("csv", "id,xp,balance\n501,900,70\n502,0,25\n503,100,70\n", "--rewards")
    age(database, 400)
    sweep(database)
    assert {row for (row,) in database.run("SELECT description FROM transactions")} == {"summary"}
    assert mover.is_sound()
    mover.undo(report["import"])
    assert mover.everything() == before


def test_an_export_of_a_summarised_ledger_comes_back_whole(mover, database, service, application, cluster, template, tmp_path):
    lou = database.add_member(Member(), 1000)
    chief = database.add_member(Member())
    give(service, application, chief, lou)
    Table(service, database, application).play("casino roue", lou, ("mise", 10), ("couleur", "rouge"))
    age(database, 400)
    sweep(database)
    done = mover.call("export", "--guild", GUILD)
    assert done.returncode == 0, done.stderr
    other = cluster.create(template)
    there = Mover(other, tmp_path)
    there.load("besace", done.stdout)
    assert other.run("SELECT amount, reason, transaction_id FROM besace_audit") == [(70, "fête", None)]
    assert there.call("export", "--guild", GUILD).stdout == done.stdout
    other.drop()


def test_the_sweep_remembers_no_member_who_was_erased(database):
    members = sorted((database.add_member(Member(), 100) for _ in range(3)), key=lambda member: member.id)
    database.run("UPDATE besace_ledger_sweep SET ended_at = began_at")
    assert database.one(SWEEP, 30, 1, 10) is True
    at = database.one("SELECT at_user FROM besace_ledger_sweep")
    assert at in [member.id for member in members]
    done = ctl("erase", "--guild", GUILD, "--member", at, DATABASE_URL=database.url)
    assert done.returncode == 0, done.stderr
    assert database.one("SELECT at_user FROM besace_ledger_sweep") == ""
