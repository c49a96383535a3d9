"""Forgetting: a member goes, others' ledgers still add up, and coming back pays nothing."""

import os
import subprocess

import pytest

from support.events import Shim, message, now_ms, reaction, voice
from support.games import Table
from support.interactions import GUILD, Member
from support.moving import Mover
from support.panel import parts
from support.service import ctl
from support.wait import until


def dump(database):
    """The whole database as PostgreSQL writes it."""
    return subprocess.run(["pg_dump", "--inserts", database.url], capture_output=True, text=True,
                          check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout


def erase(database, member, *words, status=0, guild=GUILD):
    done = ctl("erase", "--guild", guild, "--member", member.id, *words, DATABASE_URL=database.url)
    assert done.returncode == status, done.stderr
    return (done.stdout + done.stderr).decode()


def is_sound(database):
    done = ctl("check", DATABASE_URL=database.url)
    assert done.returncode == 0, done.stdout
    return True


def explained(database, *members):
    return all(database.is_explained(member) for member in members)


@pytest.fixture
def shim():
    return Shim()


@pytest.fixture
def table(database, start, application, shim):
    return Table(start(database, BESACE_EVENT_KEYS=shim.setting), database, application)


def live(table, shim, lou, bob):
    """LOU leaves a trace everywhere."""
    database, application = table.database, table.application
    table.play("cadeau", lou)
    table.play("don", lou, ("membre", bob), ("montant", 40))
    table.play("don", bob, ("membre", lou), ("montant", 15))
    table.play("casino roue", lou, ("mise", 10), ("couleur", "rouge"))
    table.play("hasard", lou)
    table.accepted("jeu duel", lou, bob, 100)
    table.accepted("jeu duel", bob, lou, 50)
    table.play("limite", lou, ("montant", 500))
    for amount, actor, target, reason in ((5, bob, lou, f"for {lou.username}!"), (-3, lou, bob, "spam"),
                                          (0, bob, bob, f"as ({lou.username}) said")):
        database.run("SELECT besace_admin_apply(%s, %s, %s, 'add', 'lc', %s, %s)", GUILD, actor.id,
                     target.id, amount, reason)
    database.run("SELECT besace_settings_set(%s, %s, %s, 0, '77', -1, '{\"message_max\": 9,"
                 " \"reward.6\": {\"level\": 2, \"mode\": \"stack\"}}')", GUILD, lou.id, lou.username)
    database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                 " VALUES (%s, %s, 'jackpot', 3)", GUILD, lou.id)
    at = now_ms()
    shim.send(table.service, message(lou, at), reaction(lou, at, reactor=bob.id),
              reaction(bob, at, reactor=lou.id), voice(lou, at), voice(bob, at))
    database.run("UPDATE users SET xp = 4950 WHERE user_id = %s", lou.id)
    database.run("INSERT INTO besace_outbox (guild_id, channel_id, user_id, body)"
                 " VALUES (%s, '2', %s, jsonb_build_object('name', %s))", GUILD, lou.id, lou.username)
    database.run("INSERT INTO besace_match_edits (guild_id, match_id, outcome, language) VALUES"
                 " (%s, '5', jsonb_build_object('facts', jsonb_build_object('names',"
                 " jsonb_build_object(%s, %s))), 'fr')", GUILD, lou.id, lou.username)


def test_nothing_of_the_member_is_left(table, shim):
    database = table.database
    lou, bob = table.member(xp=40), table.member()
    live(table, shim, lou, bob)
    assert lou.id in dump(database) and lou.username in dump(database)
    balance = database.balance(bob)
    database.run("INSERT INTO besace_backups (path, delete_at) VALUES ('/srv/old.besace', '2030-05-06')")
    would = erase(database, lou, "--dry-run")
    assert "would be" in would and database.balance(lou) is not None
    assert "/srv/old.besace holds them until it is deleted, which is due on 2030-05-06" in erase(database, lou)
    left = dump(database)
    assert [line for line in left.splitlines() if lou.id in line or lou.username in line] == []
    assert database.balance(bob) == balance and explained(database, bob)
    # Their movements lead to an account of nobody, which holds nothing.
    assert database.run("SELECT username, balance FROM users WHERE user_id = '0'") == [("—", 0)]
    assert ("transfer", 40) in database.ledger(bob) and ("transfer", -15) in database.ledger(bob)
    assert database.run("SELECT DISTINCT opponent_id FROM game_history WHERE player_id = %s", bob.id) == [(None,)]
    assert is_sound(database)
    shown = table.play("historique", bob)
    assert "—" in str(shown) and "<@0>" not in str(shown)
    # Once more: there is nobody.
    assert "nothing is kept" in erase(database, lou, status=1)
    # The other one too: what was between them goes.
    erase(database, bob)
    assert database.one("SELECT count(*) FROM users WHERE user_id <> '0'") == 0
    assert is_sound(database)


def test_who_comes_back_gains_nothing(table, shim):
    database = table.database
    lou = table.member(xp=4950)  # level 10
    database.run("UPDATE users SET level_rewarded = 10 WHERE user_id = %s", lou.id)
    table.play("cadeau", lou)
    database.run("SELECT besace_settings_set(%s, %s, 'x', 0, '78', -1,"
                 " '{\"start_balance\": 100, \"gift_midnight\": true}')", GUILD, table.member().id)
    erase(database, lou)
    table.play("lc", lou)
    assert database.balance(lou) == 0 and database.is_explained(lou)
    assert ("opening", -100) in database.ledger(lou)
    table.play("cadeau", lou)
    assert database.balance(lou) == 0
    # Levels up to the one they had pay nothing, the next one does.
    database.run("SELECT besace_xp_add(%s, %s, %s)", [GUILD], [lou.id], [4950])
    assert database.balance(lou) == 0 and database.items(lou) == 0
    database.run("SELECT besace_xp_add(%s, %s, %s)", [GUILD], [lou.id], [1000])
    assert database.balance(lou) > 0 and database.is_explained(lou)
    # The day after there is a gift.
    database.run("UPDATE users SET gift_from = now() - interval '1 minute' WHERE user_id = %s", lou.id)
    before = database.balance(lou)
    table.play("cadeau", lou)
    assert database.balance(lou) == before + 25
    # Elsewhere they are as anybody, and so is anybody here, and they themselves after 90 days.
    database.run("SELECT besace_members_create(%s, %s, %s, %s)", ["9"], [lou.id], ["lou"], [0])
    assert database.balance(lou, "9") == 25
    new = Member()
    table.play("lc", new)
    assert database.balance(new) == 100
    erase(database, lou)
    database.run("UPDATE besace_erasures SET erased_at = erased_at - interval '91 days'")
    table.play("lc", lou)
    assert database.balance(lou) == 100
    assert is_sound(database)


def test_a_hash_goes_after_90_days(database, start):
    database.run("INSERT INTO besace_erasures (guild_id, member_hash, level, erased_at) VALUES"
                 " ('1', 'old', 1, now() - interval '91 days'), ('1', 'new', 1, now() - interval '89 days')")
    start(database)
    until(lambda: database.run("SELECT member_hash FROM besace_erasures") == [("new",)], "the old one goes")


def test_an_event_makes_a_newcomer(table, shim):
    database = table.database
    lou = table.member()
    shim.send(table.service, message(lou, now_ms()))
    erase(database, lou)
    shim.send(table.service, message(lou, now_ms()))
    assert database.run("SELECT balance, message_count FROM users WHERE user_id = %s", lou.id) == [(0, 1)]
    assert is_sound(database)


def test_an_open_game_refuses_it(table):
    database = table.database
    lou, bob = table.member(), table.member()
    table.challenge("pfc", lou, bob, 70)
    for member in (lou, bob):
        assert "a game of theirs is open" in erase(database, member, status=1)
    database.run("UPDATE besace_matches SET expires_at = now() AT TIME ZONE 'utc'")
    until(lambda: database.one("SELECT count(*) FROM besace_matches") == 0, "the challenge ends")
    erase(database, lou)
    left = dump(database)
    assert lou.id not in left and lou.username not in left and is_sound(database)


def test_a_server_goes_whole(table, shim):
    database = table.database
    lou, bob, other = table.member(), table.member(), table.member()
    live(table, shim, lou, bob)
    database.add_member(other, 50, guild="77")
    done = ctl("erase", "--guild", GUILD, DATABASE_URL=database.url)
    assert done.returncode == 0, done.stderr
    database.run("DELETE FROM besace_event_ids")  # which belong to no server, and go within a week
    left = dump(database)
    assert lou.id not in left and bob.username not in left
    assert database.balance(other, "77") == 50 and is_sound(database)
    assert ctl("erase", "--guild", GUILD, DATABASE_URL=database.url).returncode == 1


@pytest.mark.parametrize("words", [(), ("--guild", "x"), ("--guild", "1", "--member", "y"),
                                   ("--guild", "1", "--dry-run"), ("--guild", "1", "2")])
def test_bad_usage_is_said(words):
    assert ctl("erase", *words).returncode == 2


def test_what_is_imported_stays_the_operators(table, tmp_path):
    database, mover = table.database, Mover(table.database, tmp_path)
    lou = table.member(xp=4950)
    database.run("UPDATE users SET level_rewarded = 10 WHERE user_id = %s", lou.id)
    erase(database, lou)
    mover.load("csv", f"id,xp,balance\n{lou.id},100,70\n")
    assert mover.figures(lou.id)["balance"] == 70
    assert database.one("SELECT level_rewarded FROM users WHERE user_id = %s", lou.id) == 10
    mover.undo(1)


def test_lists_go_on_without_who_was_erased(table):
    database, app = table.database, table.application
    lou, bob = table.member(), table.member()

    def ask(path, member, *options):
        return table.service.ask(app.subcommand(path, member, *options, permissions=32))

    ask("admin lc ajouter", lou, ("membre", bob), ("montant", 5), ("raison", "x"))
    ask("admin lc ajouter", bob, ("membre", lou), ("montant", 7), ("raison", "x"))
    ask("reglages monnaie", lou, ("depart", 30))
    assert lou.username in str(ask("reglages historique", bob))
    erase(database, lou)
    journal, history = str(ask("admin journal", bob)), str(ask("reglages historique", bob))
    for words in journal, history:
        assert "Erreur" not in words and lou.username not in words and "—, <t:" in words
    button = [part for part in parts(ask("admin journal", bob), 2) if part.get("label") == "Annuler cet acte"]
    assert [part.get("disabled", False) for part in button] == [True, False]
    number = database.one("SELECT id FROM besace_audit WHERE target_id = '0'")
    assert ctl("undo", str(number), "--guild", GUILD, DATABASE_URL=database.url).returncode == 1
    assert "+5" in journal and "+7" in journal and "30" in history
