"""Each guild is a world of its own: in the catalogue of the database, and command by command."""

import json

import pytest

from support.buttons import buttons
from support.interactions import Application, Member, new_id
from support.paths import ROOT
from support.replies import is_refusal
from support.service import ctl

SUBCOMMAND, GROUP, TEXT, INTEGER, BOOLEAN, USER = 1, 2, 3, 4, 5, 6

# Tables that belong to no guild, with the reason.
WITHOUT_GUILD = {
    "besace_migrations": "of the database",
    "besace_catalogue": "of the database",
    "besace_builds": "of the database: schemas of routines",
    "besace_roles": "of the database",
    "besace_event_slots": "when ids of events are forgotten, of all guilds at once",
    "besace_event_ids": "ids belong to a shim's log, in which many guilds are",
    "besace_sources": "a shim, which serves many guilds",
    "besace_outages": "silences of a shim",
    "besace_announce_default": "the operator's one channel",
    "besace_pages": "answers which guild's page an address is",
    "besace_backups": "of the database",
    "besace_last_check": "of the database",
    "besace_ledger_sweep": "how far a sweep through all guilds has come",
    "besace_user_guilds": "answers which guild a user's direct message is about",
}

# Routines that take no guild first, with the reason.
WITHOUT_GUILD_PARAMETER = {
    **dict.fromkeys((
        "besace_level", "besace_level_lc", "besace_level_items", "besace_half_week",
        "besace_match_credit", "besace_gift_amount", "besace_gift_midnight",
        "besace_level_starts", "besace_time_zone", "besace_midnight_after", "besace_many_members",
        "besace_xp_scale", "besace_rate", "besace_day", "besace_midnight_ms",
        "besace_xp_of_day", "besace_xp_today", "besace_xp_eve", "besace_game_bounds",
        "besace_role_dangers", "besace_voice_is_ready", "besace_import_merged", "besace_settings_own_columns",
        "besace_erasure_kept", "besace_erasure_wait", "besace_erasure_hash", "besace_export_fields",
        "besace_leaderboard_more", "besace_leaderboard_node", "besace_leaderboard_child", "besace_leaderboard_path",
        "besace_leaderboard_beyond", "besace_leaderboard_nodes", "besace_leaderboard_add", "besace_match_paid"), "computes"),
    "besace_settings_refuse": "raises",
    **dict.fromkeys(("besace_place_percent", "besace_member_percent", "besace_game_xp",
                     "besace_voice_rules", "besace_voice_members", "besace_voice_places", "besace_voice_xp"),
                    "takes a guild's settings"),
    **dict.fromkeys((
        "besace_json_keys", "besace_match_act_keys",
        "besace_match_ends_keys", "besace_match_open_keys", "besace_match_play_keys"),
        "checks the keys of JSON"),
    **dict.fromkeys(("besace_match_view", "besace_match_advance", "besace_match_end", "besace_match_shown"),
                    "takes a match's whole row"),
    **dict.fromkeys((
        "besace_users_written", "besace_users_created", "besace_item_written", "besace_transaction_written",
        "besace_match_written", "besace_seeds_written", "besace_users_inserted",
        "besace_users_updated", "besace_users_deleted", "besace_users_truncated",
        "besace_users_returned", "besace_rewards_changed", "besace_settings_wording"), "a trigger"),
    **dict.fromkeys(("besace_roles_want", "besace_member_is_news", "besace_member_roles"), "takes a member's whole row"),
    **dict.fromkeys((
        "besace_events_apply", "besace_event_ids_keep", "besace_events_refused",
        "besace_guild_apply", "besace_guilds_lock", "besace_guilds_remove", "besace_voice_load", "besace_voice_settle",
        "besace_voice_pay", "besace_voice_lock", "besace_voice_owed_pay", "besace_voice_set_aside",
        "besace_voice_due_source", "besace_events_changes"),
        "intake: a batch of a shim, in which many guilds are"),
    **dict.fromkeys((
        "besace_xp_add", "besace_level_up", "besace_members_lock_all", "besace_members_create", "besace_earning_rules",
        "besace_earning_sets", "besace_channels_keep", "besace_events_earn", "besace_events_factors",
        "besace_place_percents", "besace_role_percents"),
        "of intake: members, each with a guild"),
    **dict.fromkeys((
        "besace_matches_expire", "besace_matches_expire_singly", "besace_matches_expired", "besace_outbox_take",
        "besace_leaderboard_fold", "besace_leaderboard_count_in", "besace_ranked_fold", "besace_role_jobs_take", "besace_role_run_expand",
        "besace_role_runs_follow"), "takes due work of all guilds"),
    **dict.fromkeys(("besace_panel_import_take", "besace_panel_import_wait"),
                    "takes due work of all guilds: whichever server's file waits"),
    **dict.fromkeys(("besace_event_slots_sweep", "besace_guild_erase", "besace_ledger_sweep"), "a sweep"),
    "besace_announce_default_keep": "of the operator's one channel",
    "besace_backups_until": "backups hold all guilds",
    "besace_export_own_bytes": "a constant",
    **dict.fromkeys((
        "besace_audit_catalogue", "besace_audit_orphans", "besace_catalogue_now",
        "besace_catalogue_keep"), "of the database"),
}


@pytest.fixture(scope="module")
def catalogue(cluster, template):
    database = cluster.create(template)
    yield database
    database.drop()


def ours(database):
    """The tables of the game and Besace's own, partitions aside."""
    return {name for name, in database.run(
        "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'users'::regclass)")}


# Keys that do not begin with the guild, with the reason.
WITHOUT_GUILD_FIRST = {
    "besace_imports_number_key": "an operator names an import by its number alone",
}


def test_every_key_begins_with_the_guild(catalogue):
    keys = catalogue.run(
        "SELECT t.relname, i.relname, a.attname, a.attnotnull FROM pg_index x"
        " JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
        " WHERE x.indisunique AND NOT t.relispartition AND t.relname = ANY (%s)",
        sorted(ours(catalogue) - set(WITHOUT_GUILD)))
    assert {table for table, *_ in keys} == ours(catalogue) - set(WITHOUT_GUILD) - {
        "besace_leaderboard_changes", "besace_ranked_many"}  # rows that live for moments
    assert {key[1] for key in keys if key[2:] != ("guild_id", True)} == set(WITHOUT_GUILD_FIRST)


def test_every_foreign_key_to_a_table_of_guilds_begins_with_the_guild(catalogue):
    foreign = catalogue.run(
        "SELECT c.conname, a.attname, b.attname FROM pg_constraint c"
        " JOIN pg_class t ON t.oid = c.confrelid"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]"
        " WHERE c.contype = 'f' AND t.relname <> ALL (%s)", sorted(WITHOUT_GUILD))
    assert foreign
    assert [key for key in foreign if key[1:] != ("guild_id", "guild_id")] == []


def test_what_is_listed_as_without_a_guild_is_there(catalogue):
    assert set(WITHOUT_GUILD) <= ours(catalogue)


def test_every_routine_takes_the_guild_first(catalogue):
    routines = catalogue.run(
        "SELECT p.proname, p.proargnames[1] FROM pg_proc p WHERE p.proname LIKE 'besace\\_%%'")
    assert len(routines) > 40
    assert {name for name, first in routines if first != "p_guild"} == set(WITHOUT_GUILD_PARAMETER)


# -- command by command


def leaves(rows, path=()):
    """(path, options) of every command that can be typed."""
    for row in rows:
        here = (*path, row["name"])
        below = [option for option in row.get("options", []) if option["type"] in (SUBCOMMAND, GROUP)]
        if below:
            yield from leaves(below, here)
        else:
            yield here, row.get("options", [])


def value_of(option, other):
    """What somebody might give for OPTION."""
    if option["type"] == USER:
        return other
    if option["type"] == BOOLEAN:
        return True
    if option["type"] == INTEGER:
        return max(10, option.get("min_value", 0))
    return option["choices"][0]["value"] if option.get("choices") else "parce que"


def every_command(app, member, other):
    """Every command that Besace registers, as MEMBER types it about OTHER."""
    rows = json.loads((ROOT / "tests/golden/registration_global.json").read_text())
    for path, options in leaves([row for row in rows if row["type"] == 1]):
        given = [(option["name"], value_of(option, other)) for option in options
                 if option.get("required") or option["type"] == USER]
        body = app.subcommand(" ".join(path), member, *given) if len(path) > 1 else (
            app.command(path[0], member, *given))
        body["member"]["permissions"] = str(1 << 5)
        yield body
    for row in rows:
        if row["type"] == 2:
            yield app.user_command(row["name"], member, other)


def rows_of(database, guild):
    """All rows of GUILD, by table; the leaderboards' own are folded all the time."""
    tables = sorted(ours(database) - set(WITHOUT_GUILD)
                    - {"besace_leaderboard", "besace_leaderboard_changes", "besace_ranked", "besace_ranked_due",
                       "besace_ranked_many", "besace_guilds"})
    return {table: database.run(f"SELECT t::text FROM {table} t WHERE guild_id = %s ORDER BY 1", guild)
            for table in tables}


@pytest.fixture
def two(application, service, database):
    """Two guilds of one application, and two members who are in both."""
    here, there = (Application() for _ in range(2))
    for app in (here, there):
        app.key, app.public_key, app.id = application.key, application.public_key, application.id
        app.guild_id = new_id()
    users = [Member(), Member()]
    for app in (here, there):
        for user in users:
            database.add_member(user, balance=5000, xp=1250, guild=app.guild_id, jackpot=3)
    return here, there, users


def test_commands_change_nothing_in_another_guild(service, database, two):
    here, there, (member, other) = two
    untouched = rows_of(database, there.guild_id)
    count = 0
    for body in every_command(here, member, other):
        # A file is sent by REST, behind a deferral.
        kind = 5 if body["data"]["name"] == "mes-donnees" else 4
        assert service.ask(body, deferred=kind == 5)["type"] == kind, body["data"]
        count += 1
        assert rows_of(database, there.guild_id) == untouched, body["data"]["name"]
    assert count > 20
    changed = rows_of(database, here.guild_id)
    for body in every_command(there, member, other):
        service.ask(body)
        assert rows_of(database, here.guild_id) == changed, body["data"]["name"]
    # The same was done in both, but for what chance has drawn: a natural ends a blackjack at once.
    mirrored = rows_of(database, there.guild_id)
    for table in ("users", "besace_receipts", "besace_escrow", "besace_matches", "besace_audit"):
        of_chance = ",blackjack," if table in ("besace_escrow", "besace_matches") else "\0"
        counts = [sum(of_chance not in row for row, in rows[table]) for rows in (mirrored, changed)]
        assert counts[0] == counts[1] > 0, table
    assert ctl("check", DATABASE_URL=database.url).returncode == 0


def test_what_is_shown_is_the_guilds_own(service, database, two):
    here, there, (member, other) = two
    database.set_balance(member, 77, here.guild_id)
    database.set_balance(member, 99999, there.guild_id)
    for command, options in (("lc", ()), ("stats", ()), ("classement", (("type", "lc"),)),
                             ("historique", ()), ("sac", ()), ("niveau", ())):
        text = json.dumps(service.ask(here.command(command, member, *options)), ensure_ascii=False)
        assert "99\u202f999" not in text, command
    assert "99\u202f999" in json.dumps(service.ask(there.command("lc", member)), ensure_ascii=False)


def test_a_button_of_one_guild_does_nothing_in_another(service, database, two):
    here, there, (member, other) = two
    bag = buttons(service.ask(here.command("sac", member)))
    challenge = buttons(service.ask(here.command(
        "pfc", member, ("adversaire", other), ("mise", 10))))
    before = rows_of(database, here.guild_id)
    accept = next(button for label, button in challenge.items() if "Accepter" in label)
    assert is_refusal(service.ask(there.press(accept["custom_id"], other)))
    service.ask(there.press(next(iter(bag.values()))["custom_id"], member))
    assert rows_of(database, here.guild_id) == before
    assert database.items(member, guild=here.guild_id) == 3


def test_an_interaction_id_is_refused_for_another_command(service, database, application, member):
    """A captured id cannot be spent on something else; nothing is written by it."""
    first = application.command("cadeau", member)
    service.ask(first)
    again = application.command("annonces", member, ("ping", True))
    again["id"] = first["id"]
    assert service.ask(again)["data"]["flags"] & 64
    assert database.run("SELECT command FROM besace_receipts") == [("gift",)]
    assert database.one("SELECT announce_ping FROM users") is False
    assert database.balance(member) == 50
