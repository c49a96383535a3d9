"""besacectl check speaks to an operator, and --repair derives anew what can be; besacectl member."""

import re

from support.events import Shim, message, now_ms
from support.games import Table
from support.interactions import GUILD, Member
from support.service import ctl


def check(database, *words, status=0):
    done = ctl("check", *words, DATABASE_URL=database.url)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout.decode(), done.stderr.decode()


def test_what_is_derived_is_repaired_and_money_is_not(database):
    lou, bob = database.add_member(Member(), 70, xp=1250), database.add_member(Member())
    check(database)
    database.run("ALTER TABLE users DISABLE TRIGGER besace_users_write;"
                 " UPDATE users SET level = 9 WHERE user_id = %s;"
                 " ALTER TABLE users ENABLE TRIGGER besace_users_write", lou.id)
    database.run("SELECT besace_leaderboard_fold(1000)")
    database.run("UPDATE besace_leaderboard SET above[1] = above[1] + 5 WHERE metric = 'xp'")
    found, advice = check(database, status=1)
    assert f"{lou.id}: in guild {GUILD}, level is 9, 1250 XP make 5" in found
    assert "leaderboard xp: in guild" in found
    assert "for members: ranks are shown that are not theirs" in advice
    assert "what to do: besacectl check --repair" in advice
    would, _ = check(database, "--repair", "--dry-run", status=1)
    assert f"would repair {lou.id}: in guild {GUILD}, level 9 becomes 5" in would
    assert f"would repair leaderboard xp: in guild {GUILD}, is counted anew" in would
    assert database.one("SELECT count(*) FROM besace_repairs") == 0
    done, _ = check(database, "--repair")
    assert f"repaired {lou.id}" in done and f"{lou.id}: in guild" not in done.replace("repaired ", "")[200:]
    check(database)
    assert database.run("SELECT what, subject FROM besace_repairs ORDER BY id") == [
        ("level", lou.id), ("leaderboard", "leaderboard xp")]
    assert check(database, "--repair")[0].count("repaired") == 0
    # An LC that nothing explains stays so.
    database.run("UPDATE users SET balance = balance + 1 WHERE user_id = %s", bob.id)
    found, advice = check(database, "--repair", status=1)
    assert f"{bob.id}: in guild {GUILD}, balance is 26, the ledger explains 25" in found
    assert "nothing repairs money by itself" in advice


def test_a_stake_of_a_game_that_is_gone_frees_its_member(service, database, application):
    table = Table(service, database, application)
    lou, bob = table.member(), table.member()
    table.challenge("pfc", lou, bob, 70)
    database.run("ALTER TABLE besace_escrow DROP CONSTRAINT besace_escrow_match_fkey")
    database.run("DELETE FROM besace_matches")
    # Taken and not paid: that is money.
    assert "repaired" not in check(database, "--repair", status=1)[0]
    database.run("WITH paid AS (INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, match_id)"
                 " SELECT guild_id, user_id, stake, 'refund', match_id FROM besace_escrow)"
                 " UPDATE users SET balance = balance + 70 WHERE user_id = %s", lou.id)
    assert f"repaired {lou.id}" in check(database, "--repair", status=1)[0]
    database.run("ALTER TABLE besace_escrow ADD CONSTRAINT besace_escrow_match_fkey FOREIGN KEY"
                 " (guild_id, match_id) REFERENCES besace_matches ON DELETE CASCADE")
    check(database)


def test_bad_usage_is_said():
    for words in (("check", "--dry-run"), ("member",), ("member", "5"), ("member", "x", "--guild", "1")):
        assert ctl(*words).returncode == 2


def test_an_operator_sees_everything_of_a_member(database, start, application):
    shim = Shim()
    table = Table(start(database, BESACE_EVENT_KEYS=shim.setting), database, application)
    lou, bob = table.member(xp=1250), table.member()
    table.play("cadeau", lou)
    table.play("don", lou, ("membre", bob), ("montant", 40))
    table.challenge("pfc", lou, bob, 70)
    database.run("SELECT besace_admin_apply(%s, %s, %s, 'add', 'lc', 5, 'was nice')", GUILD, bob.id, lou.id)
    database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                 " VALUES (%s, %s, 'jackpot', 3)", GUILD, lou.id)
    shim.send(table.service, message(lou, now_ms()))
    shim.send(table.service, message(lou, now_ms()))
    done = ctl("member", lou.id, "--guild", GUILD, DATABASE_URL=database.url)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    for part in (lou.username, "level 5", "jackpot: 3", "daily_gift", "-40", "transfer", "was nice",
                 "open game", "pfc", "receipt", "gift", "cooldown"):
        assert part in text, (part, text)
    assert re.search(r"(?m)^  member since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; last gift: \d{4}-", text)
    assert re.search(r"(?m)^  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC -40 transfer to ", text)
    database.run("UPDATE users SET left_at = '2026-01-02 03:04:05.678' WHERE user_id = %s", bob.id)
    text = ctl("member", bob.id, "--guild", GUILD, DATABASE_URL=database.url).stdout.decode()
    assert ", left 2026-01-02 03:04:05 UTC; last gift: never\n" in text
    assert ctl("member", "999", "--guild", GUILD, DATABASE_URL=database.url).returncode == 1
