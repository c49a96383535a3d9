"""besacectl export, and what the source besace makes of it."""

import csv
import io
import json
import subprocess

import pytest

from support.games import Table
from support.interactions import GUILD, Member
from support.moving import PASSED_ON, Mover
from support.service import BESACECTL, ctl

KINDS = ["server", "members", "bag", "multipliers", "ledger", "matches", "acts", "settings",
         "changes", "passing"]


def export(database, *words, guild=GUILD):
    done = subprocess.run([BESACECTL, "export", "--guild", guild, *words], capture_output=True,
                          env={**PASSED_ON, "DATABASE_URL": database.url}, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def empty(cluster, template):
    """Another database, in which nobody is."""
    database = cluster.create(template)
    yield database
    database.drop()


def live(service, database, application):
    """A server in which something of every kind has happened; two of its members."""
    table = Table(service, database, application)
    lou, bob, boss = (table.member() for _ in range(3))
    table.play("lc", lou, locale="fr")
    for _ in range(3):
        table.play("casino roue", lou, ("mise", 10), ("couleur", "rouge"))
    table.play("don", lou, ("membre", bob), ("montant", 40))
    table.play("cadeau", bob)
    table.accepted("jeu duel", lou, bob, 100)
    table.challenge("pfc", lou, bob, 70)  # stays open
    service.ask(application.command("limite", lou, ("montant", 500)))
    database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                 " VALUES (%s, %s, 'jackpot', 3)", GUILD, lou.id)
    database.run("INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                 " multiplier_value, games_remaining) VALUES (%s, %s, 'multiplier_x3', 3, 1)",
                 GUILD, bob.id)
    for amount in (5, -3):
        database.run("SELECT besace_admin_apply(%s, %s, %s, 'add', 'lc', %s, 'she said \"no\", thrice')",
                     GUILD, boss.id, lou.id, amount)
    database.run("SELECT besace_admin_undo(%s, (SELECT min(id) FROM besace_audit))", GUILD)
    database.run("SELECT besace_settings_set(%s, %s, 'boss', 0, '77', -1, %s::jsonb)", GUILD, boss.id,
                 json.dumps({"message_max": 9, "message_min": 2, "zone.@5": {"effect": "none"},
                             "reward.6": {"level": 3, "mode": "single"}}))
    database.run("SELECT besace_settings_undo(%s, %s, 'boss', 0, '78',"
                 " (SELECT max(id) FROM besace_settings_audit), 7)", GUILD, boss.id)
    database.run("SELECT besace_settings_set(%s, %s, 'boss', 0, '79', -1, %s::jsonb)", GUILD, boss.id,
                 json.dumps({"message_max": 8, "duel.stake_max": 500}))
    database.run("INSERT INTO besace_guilds (guild_id, name, owner_id, community) VALUES (%s, 'Le café',"
                 " %s, true) ON CONFLICT (guild_id) DO UPDATE SET name = 'Le café', community = true",
                 GUILD, boss.id)
    database.run("UPDATE users SET left_at = '2026-01-02', username = ' l\"o,u\n;' WHERE user_id = %s",
                 boss.id)
    return lou, bob


@pytest.mark.parametrize("form", ["json", "csv"])
def test_everything_comes_back_equal_to_the_byte(service, database, application, empty, tmp_path, form):
    lou, bob = live(service, database, application)
    before = export(database, "--format", form)
    path = tmp_path / "server"
    path.write_bytes(before)
    mover = Mover(empty, tmp_path)
    result = mover.load("besace", path)
    assert result["state"] == "imported" and not any(result["refused"].values()), result["refused"]
    assert export(empty, "--format", form) == before
    assert empty.balance(lou) == database.balance(lou) + 70  # what was staked is theirs
    # Taken back: no member is left that was not seen since.
    mover.undo(result["import"])
    assert empty.one("SELECT count(*) FROM users") == 0
    assert empty.one("SELECT count(*) FROM besace_audit") == 0
    assert mover.load("besace", path)["state"] == "imported"
    members = [line for line in before.splitlines() if lou.id.encode() in line and b"changes" not in line]
    assert [line for line in export(empty, "--format", form).splitlines() if line in members] == members
    # Once more, into a server where they are already: figures and history as of any source.
    assert mover.load("besace", path)["state"] == "done"
    again = mover.load("besace", path, "--merge", "add")
    assert empty.balance(bob) == 2 * database.balance(bob) and again["movements"] > 0


def test_the_file_says_what_its_fields_are(service, database, application):
    lou, bob = live(service, database, application)
    whole = json.loads(export(database))
    assert (whole["format"], whole["version"], whole["guild_id"]) == ("besace export", 1, GUILD)
    assert list(whole["fields"]) == KINDS
    assert [(kind, field) for kind, fields in whole["fields"].items()
            for field, words in fields.items() if not words] == []
    mine = json.loads(export(database, "--member", lou.id))
    assert [row["user_id"] for row in mine["members"]] == [lou.id]
    assert {row["what"] for row in mine["passing"]} >= {"receipt", "open game", "roles"}
    for file in (whole, mine):
        for kind in KINDS:
            for row in file[kind]:
                assert list(row) == list(file["fields"][kind])
    assert all(lou.id in (row["from"], row["to"]) for row in mine["ledger"])
    rows = list(csv.reader(io.StringIO(export(database, "--format", "csv").decode())))
    assert rows[0][:3] == ["besace", "1", GUILD] and rows[-1] == ["end"]
    columns = {row[1]: row[2:] for row in rows if row[0] == "columns"}
    assert columns == {kind: list(fields) for kind, fields in whole["fields"].items()}
    assert sum(row[0] == "ledger" for row in rows) == len(whole["ledger"])
    # No token, no secret seed.
    seeds = database.run("SELECT server_seed FROM besace_seeds")
    assert seeds and all(seed.encode() not in export(database) for seed, in seeds)
    # The member's own file: the same, without who acted on them.
    own = json.loads(database.one("SELECT besace_export_file(%s, %s, 1000, true)", GUILD, lou.id))
    assert list(own) == list(mine)
    assert {row["actor"] for row in own["acts"]} == {None} and own["acts"][0]["reason"]
    assert own["ledger"][0]["n"] == 1 and len(own["ledger"]) == len(mine["ledger"])
    short = json.loads(database.one("SELECT besace_export_file(%s, %s, 2, true)", GUILD, lou.id))
    assert short["ledger"] == own["ledger"][-2:]


@pytest.mark.parametrize("words, status", [
    ((), 2), (("--guild", "x"), 2), (("--guild", GUILD, "--format", "xml"), 2),
    (("--guild", GUILD, "--member", "0"), 2), (("--guild", "999"), 1),
    (("--guild", GUILD, "--member", "999"), 1)])
def test_what_cannot_be_exported_is_said(shared, words, status):
    shared.database.add_member(Member())
    done = ctl("export", *words, DATABASE_URL=shared.database.url)
    assert done.returncode == status and done.stderr and not done.stdout


FAULTS = [
    ({"format": "mee6 export", "version": 1, "members": []}, "format"),
    ({"format": "besace export", "version": 2, "members": []}, "version"),
    ({"members": [{"user_id": "5"}]}, "no export of Besace"),
    (b'{"format":"besace export","version":1,"members":[{"user_id":"5"},', "line 1"),
    ("besace,1,5,,x\ncolumns,members,user_id,xp\nmembers,5,7\n", "its last line is missing"),
    ("besace,2,5,,x\nend\n", "version"),
    # Whatever does not fit is found before anybody is imported.
    ({"format": "besace export", "version": 1, "members": [{
        "user_id": "5", "level_rewarded": 1, "name_seen_ms": 0, "announce_ping": "maybe",
        "announce_none": False, "xp_today": 0, "xp_eve": 0}]}, "boolean"),
    ({"format": "besace export", "version": 1, "members": [{"user_id": "5", "xp": 7}],
      "settings": [{"key": "nonsense", "value": "1"}]}, "nonsense"),
]


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_a_file_with_a_fault_imports_nobody(empty, tmp_path, number):
    content, why = FAULTS[number]
    assert why in Mover(empty, tmp_path).refuse("besace", content)
    assert empty.one("SELECT count(*) FROM users") == 0
