"""besacectl register and invite, against Discord's stand-in."""

import contextlib
import json
import socket
import time
import urllib.parse

import psycopg2
import pytest

from support.ctl import APP, GUILD, TOKEN, ctl, discord, good, invite, register


def ours(*argv):
    return json.loads(good(ctl("register", "--print", *argv)))


def writes(discord):
    return [request for request in discord.state()["requests"] if request["method"] != "GET"]


def line_of(command, change):
    kind = {1: "command", 2: "user command"}[command.get("type", 1)]
    return f"{change}  {kind:12}  {command['name']}"


def test_register_creates_everything_once(discord):
    commands = ours()
    lines = good(register(discord)).splitlines()
    assert lines == [line_of(command, "+ created  ") for command in commands] + [
        f"{len(commands)} created, 0 changed, 0 deleted, 0 unchanged"]
    assert len(writes(discord)) == 1
    again = good(register(discord)).splitlines()
    assert again == [line_of(command, "= unchanged") for command in commands] + [
        f"0 created, 0 changed, 0 deleted, {len(commands)} unchanged"]
    assert len(writes(discord)) == 1
    assert discord.state()["violations"] == []


NOT_KEPT = "besacectl: DATABASE_URL is not set: commands in /aide cannot be pressed\n"


def test_register_keeps_the_ids_that_members_press(discord, database_url):
    """Those of a guild beside those of everywhere; a command that is gone has none."""
    good(ctl("migrate", DATABASE_URL=database_url))
    good(register(discord, DATABASE_URL=database_url))
    good(register(discord, "--guild", GUILD, DATABASE_URL=database_url))
    with contextlib.closing(psycopg2.connect(database_url)) as db, db.cursor() as cursor:
        db.autocommit = True

        def kept(guild):
            cursor.execute("SELECT name, command_id FROM besace_command_ids WHERE guild_id = %s",
                           (guild,))
            return dict(cursor.fetchall())

        for place, guild in (("global", "0"), (GUILD, GUILD)):
            assert kept(guild) == {
                command["name"]: command["id"] for command in discord.state()["commands"][place]
                if command.get("type", 1) == 1}
        cursor.execute("UPDATE besace_command_ids SET name = 'vieux' WHERE name = 'lc'")
        good(register(discord, DATABASE_URL=database_url))  # nothing is written to Discord
        assert "lc" in kept("0") and "vieux" not in kept("0")


def test_register_without_a_database_says_what_is_missing(discord):
    done = register(discord)
    assert (done.returncode, done.stderr) == (0, NOT_KEPT)
    done = register(discord, DATABASE_URL="postgresql:///nowhere?host=/nonexistent")
    assert done.returncode == 1 and "cannot be reached" in done.stderr


def test_register_says_what_changed(discord):
    good(register(discord))
    with discord.lock:
        known = discord.commands["global"]
        changed = next(c for c in known if c["name"] == "sac")
        changed["description"] = "Une autre"
        known.remove(next(c for c in known if c["name"] == "aide"))
        known.append({**changed, "id": "1", "name": "vieux"})
    lines = good(register(discord)).splitlines()
    assert "~ changed    command       sac" in lines
    assert "+ created    command       aide" in lines
    assert "- deleted    command       vieux" in lines
    assert "= unchanged  user command  Voir le niveau" in lines
    assert lines[-1] == f"1 created, 1 changed, 1 deleted, {len(ours()) - 2} unchanged"
    assert good(register(discord)).splitlines()[-1].startswith("0 created, 0 changed, 0 deleted")


def test_register_in_a_guild_leaves_the_global_list_alone(discord):
    good(register(discord, "--guild", GUILD))
    state = discord.state()
    assert len(state["commands"][GUILD]) == len(ours())
    assert not state["commands"].get("global")
    assert state["violations"] == []
    assert good(register(discord, "--guild", GUILD)).splitlines()[-1].startswith("0 created, 0 ch")


ENTRY_POINT = {"id": "1500", "application_id": APP, "version": "1501", "type": 4, "name": "launch",
               "description": "", "handler": 2, "contexts": [0, 1, 2], "integration_types": [0, 1],
               "default_member_permissions": None, "nsfw": False, "dm_permission": True}


def test_register_carries_an_entry_point_along(discord):
    discord.commands["global"] = [ENTRY_POINT]
    lines = good(register(discord)).splitlines()
    assert "= kept       entry point  launch" in lines
    assert lines[-1] == f"{len(ours())} created, 0 changed, 0 deleted, 1 unchanged"
    entry = next(c for c in discord.commands["global"] if c["type"] == 4)
    for key in ("id", "name", "handler", "contexts", "integration_types"):
        assert entry[key] == ENTRY_POINT[key]
    sent = writes(discord)[0]["body"][-1]
    assert "version" not in sent and "application_id" not in sent
    again = good(register(discord)).splitlines()
    assert again[-1] == f"0 created, 0 changed, 0 deleted, {len(ours()) + 1} unchanged"
    assert len(writes(discord)) == 1


def test_register_warns_when_anybody_could_add_a_public_application(discord):
    def warned(**env):
        process = register(discord, **env)
        assert process.returncode == 0
        return process.stderr.replace(NOT_KEPT, "")
    assert "the application is public" in warned(BESACE_GUILDS="")
    assert warned() == ""
    discord.settings(bot_public=False)
    assert warned(BESACE_GUILDS="") == ""
    discord.fail(route="/applications/@me", status=403, body={"code": 50001, "message": "no"})
    assert "cannot ask whether the application is public" in warned(BESACE_GUILDS="")


@pytest.mark.parametrize("argv, permissions, more", [
    ([], 274877959168, {}), (["--roles"], 274877959168 + (1 << 28), {}),
    (["--guild", GUILD], 274877959168, {"guild_id": [GUILD], "disable_guild_select": ["true"]})])
def test_invite_prints_the_address(discord, argv, permissions, more):
    address = urllib.parse.urlsplit(good(invite(discord, *argv)).strip())
    assert (address.netloc, address.path) == ("discord.com", "/oauth2/authorize")
    assert urllib.parse.parse_qs(address.query) == {
        "client_id": [APP], "scope": ["bot applications.commands"], "integration_type": ["0"],
        "permissions": [str(permissions)], **more}
    bits = [10, 11, 14, 15, 38]
    assert 274877959168 == sum(1 << bit for bit in bits)


def test_invite_warns_as_register_does(discord):
    assert "without DISCORD_BOT_TOKEN" in invite(discord).stderr
    assert "is public" in invite(discord, DISCORD_BOT_TOKEN=TOKEN).stderr
    assert invite(discord, DISCORD_BOT_TOKEN=TOKEN, BESACE_GUILDS=GUILD).stderr == ""


def test_a_dry_run_writes_nothing(discord):
    lines = good(register(discord, "--dry-run")).splitlines()
    assert lines[0].startswith("+ created")
    assert lines[-1] == (f"{len(ours())} created, 0 changed, 0 deleted, 0 unchanged"
                         " (dry run: nothing was written)")
    assert writes(discord) == [] and not discord.state()["commands"].get("global")


def test_the_printed_list_is_what_is_written(discord):
    good(register(discord))
    assert writes(discord)[0]["body"] == ours()
    assert all("contexts" in command for command in ours())
    assert not any("contexts" in command for command in ours("--guild", GUILD))


def sentence(process):
    """The one line of besacectl's among those of the log."""
    assert process.returncode == 1, process.stderr
    said = [line for line in process.stderr.splitlines() if line.startswith("besacectl: ")]
    assert len(said) == 1 and TOKEN not in process.stderr
    assert process.stdout == ""
    return said[0]


def test_a_wrong_token_is_explained(discord):
    line = sentence(register(discord, DISCORD_BOT_TOKEN="another.wrong.token"))
    assert "cannot read the commands: Discord answered HTTP 401" in line
    assert line.endswith("is DISCORD_BOT_TOKEN the token of today?")
    assert len(discord.state()["requests"]) == 2  # the call, and the one that confirms it


def test_a_guild_without_the_application_is_explained(discord):
    discord.fail(status=403, body={"message": "Missing Access", "code": 50001})
    line = sentence(register(discord, "--guild", GUILD))
    assert "HTTP 403, code 50001: Missing Access; is the application in that guild" in line


def test_the_daily_limit_is_explained(discord):
    discord.fail(method="PUT", status=400, body={
        "message": "Max number of daily application command creates has been reached (200)",
        "code": 30034})
    line = sentence(register(discord))
    assert "cannot write the commands" in line and "200 new commands a day" in line


def test_what_discord_finds_wrong_is_said(discord):
    discord.fail(method="PUT", status=400, body={
        "message": "Invalid Form Body", "code": 50035,
        "errors": {"0": {"name": {"_errors": [{"code": "X", "message": "is odd"}]}}}})
    assert "0.name: is odd" in sentence(register(discord))


def test_register_waits_when_discord_asks_to(discord):
    discord.fail_rate_limited(retry_after=0.3, header=0.3)
    began = time.monotonic()
    assert good(register(discord)).splitlines()[-1].startswith(f"{len(ours())} created")
    assert time.monotonic() - began >= 0.3
    assert discord.state()["violations"] == []


def test_register_keeps_nobody_waiting_for_a_discord_that_is_away():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        began = time.monotonic()
        line = sentence(ctl("register", DISCORD_API_URL=url, DISCORD_APPLICATION_ID=APP,
                            DISCORD_BOT_TOKEN=TOKEN, no_proxy="*"))
    assert line.startswith("besacectl: cannot read the commands: no answer from Discord")
    assert time.monotonic() - began < 25


def test_register_does_not_wait_for_minutes(discord):
    discord.fail_rate_limited(retry_after=90, header=90)
    process = register(discord)
    assert process.returncode == 1
    assert '"wait_ms":90000' in process.stderr
    assert writes(discord) == []


def test_an_answer_that_is_no_list_changes_nothing(discord):
    discord.fail(method="GET", status=200, body={"commands": []})
    assert sentence(register(discord)) == "besacectl: Discord's answer is no list of commands"
    assert writes(discord) == []
