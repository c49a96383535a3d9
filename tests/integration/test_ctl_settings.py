"""besacectl settings: show, export, import."""

import json

import pytest

from support.interactions import new_id
from support.service import ctl
from support.settings import change, changed, settle, zone

EVERYTHING = {
    "levels": False, "message_min": 0, "message_max": 1000, "message_cooldown_s": 5,
    "voice_count_max": 99, "day_xp_max": 100000, "rate_percent": 10,
    "rate_until_ms": 1800000000000, "announce_place": "channel", "announce_channel_id": "5",
    "announce_text": "Bravo {membre} — « niveau {niveau} » !", "currency_name": "écus",
    "currency_symbol": "🪙", "gift_midnight": True, "language": "en", "page_visibility": "listed",
    "page_name": "la-taverne", "theme": "nuit", "time_zone": "America/Cayenne",
    "access_roles": ["7", "8"], "roue.stake_max": 100000, "007.channels": ["1", "2"],
    "machine.enabled": False, "c21.pause_s": 3600, "zone.10": {"effect": "none"},
    "zone.@11": {"effect": "factor", "factor_percent": 125},
    "reward.12": {"level": 2, "mode": "single"}}


@pytest.fixture(scope="module")
def db(cluster, template):
    database = cluster.create(template)
    yield database
    database.drop()


@pytest.fixture
def guild():
    return new_id()


def run(db, guild, *words):
    done = ctl("settings", "--guild", guild, *words, DATABASE_URL=db.url)
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


def file_of(settings):
    return json.dumps({"format": "besace settings 1", "settings": settings})


def test_an_export_is_read_back_to_the_byte(db, guild):
    values = {**EVERYTHING, "page_name": f"x{guild}"}
    assert change(db, values, guild=guild)["done"]
    exported = run(db, guild, "export")
    assert exported.returncode == 0 and json.loads(exported.stdout)["settings"] == values
    assert change(db, dict.fromkeys([*changed(db, guild)]), guild=guild)["done"]
    other = new_id()
    settle(db, other, gift_amount=3)
    for target in (guild, other):
        assert run(db, target, "import", exported.stdout).returncode == 0
        assert run(db, target, "export").stdout == exported.stdout
        again = run(db, target, "import", exported.stdout)
        assert again.stdout == "0 settings were changed\n"
        change(db, dict.fromkeys([*changed(db, target)]), guild=target)


def test_a_byte_order_mark_is_skipped(db, guild):
    """As Windows' editors write it."""
    assert run(db, guild, "import", "\ufeff" + file_of({"levels": False})).returncode == 0
    assert changed(db, guild) == {"levels": False}
    done = run(db, guild, "import", "\ufeff\ufeff" + file_of({"levels": True}))
    assert done.returncode == 1 and "not JSON" in done.stderr


def test_an_import_is_the_operator_s_change(db, guild):
    settle(db, guild, gift_amount=3)
    assert run(db, guild, "import", file_of({"levels": False})).returncode == 0
    assert db.run("SELECT actor_id IS NULL, setting, old, new FROM besace_settings_audit"
                  " WHERE guild_id = %s AND actor_id IS NULL ORDER BY setting", guild) == [
        (True, "gift_amount", 3, None), (True, "levels", None, False)]


def test_what_a_file_says_is_no_command_to_the_terminal(db, guild):
    done = run(db, guild, "import", file_of({"a\x1b[2Jb\x9bc\x7f": 1}).replace("\\u009b", "\x9b"))
    assert done.returncode != 0
    assert done.stderr == "besacectl: a?[2Jb??c?: there is no such setting\n"


def test_a_value_that_is_the_default_is_no_change(db, guild):
    assert run(db, guild, "import", file_of({"message_min": 1, "roue.stake_min": 10})).returncode == 0
    assert changed(db, guild) == {}


def test_everything_that_is_wrong_is_said_at_once(db, guild):
    settle(db, guild, gift_amount=3)
    wrong = {"message_min": 1001, "autre": 1, "theme": "rose", "rate_percent": 15,
             "roue.stake_min": 0, "loto.enabled": True, "zone.10": {"effect": "factor"},
             "zone.x": {"effect": "none"}, "reward.5": {"level": 1, "mode": "stack"},
             "access_roles": ["1"] * 2, "levels": "non", "currency_name": "x" * 21,
             "gift_amount": 5}
    done = run(db, guild, "import", file_of(wrong))
    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert {line.split(":")[1].strip() for line in said} == set(wrong) - {"gift_amount"}
    assert changed(db, guild) == {"gift_amount": 3}


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"format":"besace settings 1"}',
                                  '{"format":"besace settings 2","settings":{}}',
                                  '{"format":"besace settings 1","settings":{"levels":true,"levels":false}}'])
def test_what_is_no_export_is_refused(db, guild, body):
    settle(db, guild, gift_amount=3)
    done = run(db, guild, "import", body)
    assert done.returncode == 1 and done.stderr
    assert changed(db, guild) == {"gift_amount": 3}


def test_what_only_the_database_can_judge_is_refused_as_a_whole(db, guild):
    done = run(db, guild, "import", file_of({"levels": False, "message_min": 5}))
    assert done.returncode == 1 and "message_max" in done.stderr
    assert changed(db, guild) == {}


@pytest.mark.parametrize("key, value", [
    ("reward.GUILD", {"level": 2, "mode": "stack"}), ("zone.@GUILD", {"effect": "none"}),
    ("access_roles", ["GUILD"])])
def test_everyone_is_no_role_that_tells_members_apart(db, guild, key, value):
    done = run(db, guild, "import", file_of({"levels": False, key: value}).replace("GUILD", guild))
    assert done.returncode == 1 and "@everyone" in done.stderr and "nothing was changed" in done.stderr
    assert changed(db, guild) == {}


@pytest.mark.parametrize("text", ["   ", "\u200b", "\u3164"])
def test_a_text_shows_something(db, guild, text):
    done = run(db, guild, "import", file_of({"currency_name": text, "announce_text": text, "levels": 1}))
    assert done.returncode == 1
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == [
        "levels", "announce_text", "currency_name"]
    assert changed(db, guild) == {}


def test_show_has_a_line_for_every_setting(db, guild):
    settle(db, guild, message_max=9)
    zone(db, "10", "factor", 150, guild=guild)
    lines = run(db, guild, "show").stdout.splitlines()
    assert "* message_max            9  (0 to 1000)" in lines
    assert "  message_min            1  (0 to 1000)" in lines
    assert "  roue.stake_max         500  (1 to 100000)" in lines
    assert "* zone.10 factor 150 %" in lines
    assert len(lines) > 80 and sum(line.startswith("*") for line in lines) == 2


@pytest.mark.parametrize("words", [[], ["autre"], ["show", "x"], ["import", "x", "y"]])
def test_usage(db, guild, words):
    assert run(db, guild, *words).returncode == 2
    assert ctl("settings", "show", DATABASE_URL=db.url).returncode == 2
