"""Settings: defaults, ranges, changes, versions, history and taking back."""

import concurrent.futures
import contextlib
import re
import subprocess

import psycopg2
import pytest

from support.interactions import Member, new_id
from support.outage import in_background
from support.paths import ROOT
from support.ranges import GAMES, RANGES
from support.settings import change, changed, reset, undo, version, zone
from support.wait import until

# What rules.md and settings.md say. None: no default.
NUMBERS = {row.key: row for row in RANGES if "." not in row.key}
UNTIL_MAX = 253402300799000  # the year 9999
SWITCHES = {
    "levels": True, "message": True, "reaction": True, "voice": True, "voice_muted": True,
    "game": True, "reward_keep": False, "reward_return": True, "announce_role_only": False,
    "announce_ping": True, "gift_midnight": False, "transfer": True, "level_reward_items": True,
    "show_others": True}
CHOICES = {
    "announce_place": (None, ["none", "here", "channel"]), "language": (None, ["fr", "en"]),
    "page_visibility": ("unlisted", ["off", "unlisted", "listed"]),
    "theme": ("cognac", ["cognac", "foret", "nuit", "sable"])}
TEXTS = {"announce_text": (None, 1000), "currency_name": ("LC", 20), "currency_symbol": (None, 64),
         "page_name": (None, 32), "time_zone": ("Europe/Paris", 64)}
OTHERS = {"announce_channel_id", "access_roles"}


@pytest.fixture(scope="module")
def db(cluster, template):
    database = cluster.create(template)
    yield database
    database.drop()


@pytest.fixture
def guild():
    """A guild of the test's own."""
    return new_id()


def listed_in_c():
    """The rows of the table in C: kind and words."""
    text = (ROOT / "include/besace/domain/settings_list.h").read_text()
    text = text[text.index("#define SETTINGS"):text.index("#define GAME_SETTINGS")]
    return {words[1]: (kind, words) for kind, words in (
        (kind, [word.strip() for word in words.split(",")])
        for kind, words in re.findall(r"\t(SWITCH|NUMBER|CHOICE|TEXT|IDS|ID)\((.*)\) ?\\?$", text, re.M))}


def test_the_table_in_c_has_the_figures_of_the_rules():
    listed = listed_in_c()
    assert set(listed) == {*NUMBERS, *SWITCHES, *CHOICES, *TEXTS, *OTHERS, "rate_until_ms"}
    for key, row in NUMBERS.items():
        words = [None if word == "SETTING_NONE" else int(word) for word in listed[key][1][3:7]]
        assert words == [row.default, row.minimum, row.maximum, row.step], key
    assert listed["rate_until_ms"][1][3:] == ["SETTING_NONE", "1", "SETTING_TIME_MAX", "1"]
    for key, default in SWITCHES.items():
        assert listed[key][1][3] == str(default).lower(), key
    for key, (default, maximum) in TEXTS.items():
        assert listed[key][1][3:] == [f'"{default}"' if default else "NULL", str(maximum)], key


def test_the_page_of_settings_shows_the_table():
    """scripts/SETTINGS.md is made from the table that the program is made from."""
    done = subprocess.run([ROOT / "scripts/settings-page", "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    page = (ROOT / "scripts/SETTINGS.md").read_text()
    assert all(page.count(f"| `{key}` |") == 1 for key in listed_in_c())


def test_sql_has_the_same_defaults(db, guild):
    effective = db.one("SELECT to_jsonb(besace_settings_effective(%s))", guild)
    defaults = {key: row.default for key, row in NUMBERS.items()}
    defaults.update({key: default for key, (default, _) in {**CHOICES, **TEXTS}.items()}, rate_until_ms=None)
    for key, default in defaults.items():
        assert effective.pop(key) == default, key
    for key, default in SWITCHES.items():
        assert effective.pop(key) == default, key
    assert effective == {"guild_id": guild, "version": 0, **dict.fromkeys(OTHERS), **dict.fromkeys(
        ("wording", "has_places", "only_places", "has_roles", "only_roles", "place_ids", "place_percents",
         "none_role_ids", "only_role_ids", "factor_role_ids", "factor_percents"))}
    for game, bounds in GAMES.items():
        assert db.one("SELECT besace_game_bounds(%s)", game) == list(bounds)
    assert changed(db, guild) == {} and version(db, guild) == 0


def refused_by_the_table(db, guild, key, value, paired=None):
    with pytest.raises(psycopg2.errors.CheckViolation):
        change(db, {**(paired or {}), key: value}, guild=guild)
    assert changed(db, guild) == {}


@pytest.mark.parametrize("row", RANGES, ids=[row.key for row in RANGES])
def test_a_figure_is_held_to_its_range(db, guild, row):
    prefix = row.key[:-len(row.field)]
    paired = {prefix + key: value for key, value in row.paired}
    values = {row.minimum, row.minimum + row.step, row.maximum - row.step, row.maximum} - {row.default}
    for value in sorted(values):
        assert change(db, {**paired, row.key: value}, guild=guild)["done"]
        assert changed(db, guild)[row.key] == value
        assert change(db, dict.fromkeys(changed(db, guild)), guild=guild)["done"]
    refused = [row.minimum - row.step, row.maximum + row.step] + ([row.minimum + 1] if row.is_factor else [])
    for value in refused:
        if paired and value == (row.maximum + 1 if row.field.endswith("min") else row.minimum - 1):
            # No max is as high, no min as low.
            assert change(db, {**paired, row.key: value}, guild=guild)["refusal"] == "min_above_max"
            assert changed(db, guild) == {}
        else:
            refused_by_the_table(db, guild, row.key, value, paired)


def test_the_end_of_a_rate_is_a_time(db, guild):
    for value in (1, UNTIL_MAX):
        assert change(db, {"rate_until_ms": value}, guild=guild)["done"]
        assert changed(db, guild) == {"rate_until_ms": value}
    change(db, {"rate_until_ms": None}, guild=guild)
    refused_by_the_table(db, guild, "rate_until_ms", 0)


@pytest.mark.parametrize("key", ["announce_text", "currency_name", "page_name"])
def test_a_text_is_held_to_its_length(db, guild, key):
    """What it says is looked at by who hands it on."""
    length_max = TEXTS[key][1]
    letter, length_min = ("a", 3) if key == "page_name" else ("🎲", 1)
    for length in (length_min, length_max):
        assert change(db, {key: letter * length}, guild=guild)["done"]
        assert changed(db, guild) == {key: letter * length}
    assert change(db, {key: None}, guild=guild)["done"]
    with pytest.raises(psycopg2.errors.StringDataRightTruncation):
        change(db, {key: letter * (length_max + 1)}, guild=guild)
    refused_by_the_table(db, guild, key, letter * (length_min - 1))


@pytest.mark.parametrize("key", CHOICES)
def test_a_choice_is_one_of_its_words(db, guild, key):
    for word in CHOICES[key][1]:
        more = {"announce_channel_id": "5"} if word == "channel" else {}
        assert change(db, {key: word, **more}, guild=guild)["done"]
        assert changed(db, guild)[key] == word
    assert change(db, {key: None}, guild=guild)["done"]
    change(db, {"announce_channel_id": None}, guild=guild)
    refused_by_the_table(db, guild, key, "autre")


@pytest.mark.parametrize("game", GAMES)
def test_a_game_has_bounds_in_order_and_ten_channels(db, guild, game):
    minimum, maximum = GAMES[game]
    for count in (1, 10):
        channels = [str(i) for i in range(1, 1 + count)]
        assert change(db, {f"{game}.channels": channels}, guild=guild)["done"]
        assert changed(db, guild) == {f"{game}.channels": channels}
    assert change(db, {f"{game}.channels": None}, guild=guild)["done"]
    assert db.one("SELECT count(*) FROM besace_game_settings WHERE guild_id = %s", guild) == 0
    refused_by_the_table(db, guild, f"{game}.channels", [str(i) for i in range(1, 12)])
    # Against the other bound's default.
    assert change(db, {f"{game}.stake_min": maximum + 1}, guild=guild) == {
        "done": False, "refusal": "min_above_max", "key": f"{game}.stake_max"}
    assert change(db, {f"{game}.stake_max": minimum - 1}, guild=guild)["refusal"] == "min_above_max"
    assert change(db, {f"{game}.stake_min": maximum}, guild=guild)["done"]


def test_both_bounds_move_together(db, guild):
    assert change(db, {"message_min": 4}, guild=guild) == {
        "done": False, "refusal": "min_above_max", "key": "message_max"}
    assert db.one("SELECT count(*) FROM besace_settings WHERE guild_id = %s", guild) == 0
    assert change(db, {"message_min": 50, "message_max": 60}, guild=guild)["done"]
    assert change(db, {"message_min": 1, "message_max": 2}, guild=guild)["done"]
    assert change(db, {"message_max": None, "message_min": 3}, guild=guild)["done"]
    assert changed(db, guild) == {"message_min": 3}


def test_an_unknown_key_is_a_defect(db, guild):
    for key in ("version", "guild_id", "autre", "roue.guild_id", "roue.autre", "loto.enabled"):
        with pytest.raises(psycopg2.Error):
            change(db, {key: 5}, guild=guild)
    assert changed(db, guild) == {}


# -- audit, versions


def audit(db, guild):
    return db.run("SELECT actor_id, setting, old, new FROM besace_settings_audit WHERE guild_id = %s"
                  " ORDER BY id", guild)


def test_every_change_is_a_row_of_the_audit(db, guild):
    boss = Member()
    outcome = change(db, {"message_max": 5, "levels": False}, boss, guild=guild)
    assert [(row["key"], row["old"], row["new"]) for row in outcome["changes"]] == [
        ("levels", None, False), ("message_max", None, 5)]
    assert audit(db, guild) == [(boss.id, "levels", None, False), (boss.id, "message_max", None, 5)]
    assert outcome["version"] == version(db, guild) == outcome["changes"][-1]["audit"]
    # What is so already is no change.
    again = change(db, {"message_max": 5, "levels": None}, boss, guild=guild)
    assert [(row["key"], row["old"], row["new"]) for row in again["changes"]] == [("levels", False, None)]
    assert len(audit(db, guild)) == 3
    nothing = change(db, {"message_max": 5}, boss, guild=guild)
    assert nothing["done"] and nothing["changes"] == [] and nothing["version"] == again["version"]


def test_the_same_press_again_changes_nothing(db, guild):
    boss, press = Member(), new_id()
    first = change(db, {"message_max": 5}, boss, guild=guild, interaction=press)
    assert change(db, {"message_max": 7}, Member(), guild=guild)["done"]
    assert change(db, {"message_max": 5}, boss, guild=guild, interaction=press) == first
    assert changed(db, guild) == {"message_max": 7}


def test_a_form_opened_before_somebody_else_s_change_is_refused(db, guild):
    first, second = Member(), Member()
    seen = version(db, guild)
    assert change(db, {"message_max": 5}, first, seen, guild=guild)["done"]
    outcome = change(db, {"message_max": 9, "levels": False}, second, seen, guild=guild)
    assert outcome.pop("at") > 0
    assert outcome == {"done": False, "refusal": "changed", "key": "message_max", "actor": first.id,
                       "actor_name": first.username}
    assert changed(db, guild) == {"message_max": 5}
    # Other settings, and one's own change, are in nobody's way.
    assert change(db, {"levels": False}, second, seen, guild=guild)["done"]
    assert change(db, {"message_max": 6}, first, seen, guild=guild)["done"]
    assert change(db, {"message_max": 9}, second, version(db, guild), guild=guild)["done"]


def test_two_managers_at_once_change_once(db, guild):
    managers = [Member() for _ in range(6)]
    seen = version(db, guild)

    def press(place):
        with contextlib.closing(db.connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SELECT besace_settings_set(%s, %s, %s, 1, %s, %s, %s)", (
                guild, managers[place].id, "x", new_id(), seen, f'{{"day_xp_max": {place + 100}}}'))
            return cursor.fetchone()[0]

    with concurrent.futures.ThreadPoolExecutor(len(managers)) as pool:
        outcomes = list(pool.map(press, range(len(managers))))
    winners = [place for place, outcome in enumerate(outcomes) if outcome["done"]]
    assert len(winners) == 1 and len(audit(db, guild)) == 1
    assert changed(db, guild) == {"day_xp_max": winners[0] + 100}
    for outcome in outcomes:
        assert outcome["done"] or outcome["actor"] == managers[winners[0]].id


# -- zones, rewards, access


def test_fifty_places_and_fifty_roles(db, guild):
    places, roles = [new_id() for _ in range(51)], [new_id() for _ in range(51)]
    for each in range(50):
        zone(db, places[each], "factor", 10 + each, guild=guild)
        zone(db, roles[each], "none", role=True, guild=guild)
    for key, value in ((f"zone.{places[50]}", {"effect": "only"}), (f"zone.@{roles[50]}", {"effect": "none"})):
        assert change(db, {key: value}, guild=guild) == {
            "done": False, "refusal": "zones_full", "key": key}
        assert len(changed(db, guild)) == 100
    # What is there can be changed, and what takes another's place has room.
    zone(db, places[0], "none", guild=guild)
    assert change(db, {f"zone.{places[50]}": {"effect": "only"}, f"zone.{places[0]}": None},
                  guild=guild)["done"]
    assert len(changed(db, guild)) == 100


def test_factors_of_zones_are_held_to_their_range(db, guild):
    for percent in (10, 1000):
        zone(db, "77", "factor", percent, guild=guild)
    change(db, {"zone.77": None}, guild=guild)
    for value in ({"effect": "factor", "factor_percent": 9}, {"effect": "factor", "factor_percent": 1001},
                  {"effect": "factor"}, {"effect": "none", "factor_percent": 100}, {"effect": "autre"}):
        refused_by_the_table(db, guild, "zone.77", value)


def test_a_hundred_rewards_and_five_a_level(db, guild):
    roles = [new_id() for _ in range(101)]
    for each in range(100):
        assert change(db, {f"reward.{roles[each]}": {"level": 2 + each // 5, "mode": "stack"}},
                      guild=guild)["done"]
    full = f"reward.{roles[100]}"
    assert change(db, {full: {"level": 90, "mode": "stack"}}, guild=guild)["refusal"] == "rewards_full"
    moved = change(db, {f"reward.{roles[0]}": {"level": 3, "mode": "single"}}, guild=guild)
    assert moved == {"done": False, "refusal": "level_full", "key": f"reward.{roles[0]}"}
    assert changed(db, guild)[f"reward.{roles[0]}"] == {"level": 2, "mode": "stack"}
    assert change(db, {f"reward.{roles[5]}": None, full: {"level": 3, "mode": "single"}},
                  guild=guild)["done"]


def test_a_reward_that_is_changed_is_tried_again(db, guild):
    role = new_id()
    change(db, {f"reward.{role}": {"level": 5, "mode": "stack"}}, guild=guild)
    db.run("UPDATE besace_rewards SET state = 'blocked', code = 50013, state_at = now(),"
           " added_at = '2020-01-01' WHERE guild_id = %s", guild)
    assert db.one("SELECT besace_settings_read(%s)", guild)["states"] == {role: ["blocked", 50013]}
    change(db, {f"reward.{role}": {"level": 5, "mode": "single"}}, guild=guild)
    # It counts from when it was added: its mode alone has changed.
    assert db.run("SELECT state, code, added_at < '2021-01-01' FROM besace_rewards WHERE guild_id = %s",
                  guild) == [("active", None, True)]


@pytest.mark.parametrize("level", [1, 0, 6554])
def test_a_reward_has_a_level_that_exists(db, guild, level):
    refused_by_the_table(db, guild, "reward.7", {"level": level, "mode": "stack"})


def test_five_roles_have_access(db, guild):
    roles = [new_id() for _ in range(6)]
    assert change(db, {"access_roles": roles[:5]}, guild=guild)["done"]
    assert changed(db, guild) == {"access_roles": roles[:5]}
    with pytest.raises(psycopg2.errors.CheckViolation):
        change(db, {"access_roles": roles}, guild=guild)
    assert change(db, {"access_roles": None}, guild=guild)["done"]
    assert changed(db, guild) == {}


# -- texts


def test_a_time_zone_must_be_known(db, guild):
    for name in ("Europe/Paris ", "Mars/Olympus", "UTC+3", "'; --"):
        outcome = change(db, {"time_zone": name}, guild=guild)
        assert outcome == {"done": False, "refusal": "no_zone", "key": "time_zone"}
    for name in ("America/Argentina/Buenos_Aires", "Etc/GMT+3", "UTC"):
        assert change(db, {"time_zone": name}, guild=guild)["done"]


def test_a_page_s_name_belongs_to_one_guild(db, guild):
    other, name = new_id(), f"taverne-{new_id()}"[:30]
    assert change(db, {"page_name": name}, guild=guild)["done"]
    assert change(db, {"page_name": name}, guild=other) == {
        "done": False, "refusal": "name_taken", "key": "page_name"}
    assert change(db, {"page_name": None}, guild=guild)["done"]
    assert change(db, {"page_name": name}, guild=other)["done"]
    assert db.one("SELECT guild_id FROM besace_pages WHERE page_token = %s", name) == other


def test_announcements_in_a_channel_need_one(db, guild):
    assert change(db, {"announce_place": "channel"}, guild=guild) == {
        "done": False, "refusal": "channel_missing", "key": "announce_channel_id"}
    assert change(db, {"announce_place": "channel", "announce_channel_id": "5"}, guild=guild)["done"]
    assert change(db, {"announce_channel_id": None}, guild=guild)["refusal"] == "channel_missing"


# -- back to the defaults, history, taking back


def test_a_page_goes_back_to_its_defaults(db, guild):
    first, second = Member(), Member()
    change(db, {"message_max": 9, "levels": False, "gift_amount": 7, "roue.enabled": False}, first,
           guild=guild)
    seen = version(db, guild)
    zone(db, "9", "none", guild=guild)
    assert len(reset(db, ["message_max", "levels"], second, seen, guild)["changes"]) == 2
    assert set(changed(db, guild)) == {"gift_amount", "roue.enabled", "zone.9"}
    # What the question did not list.
    refused = reset(db, ["zone.%"], second, seen, guild)
    assert refused["refusal"] == "changed" and refused["key"] == "zone.9"
    assert reset(db, ["zone.%", "%.enabled"], second, version(db, guild), guild)["done"]
    assert set(changed(db, guild)) == {"gift_amount"}
    assert reset(db, ["zone.%"], second, guild=guild)["changes"] == []


def history(db, guild, before=0, count=10):
    return db.run("SELECT audit, key, undone, can_undo FROM besace_settings_history(%s, %s, %s, 7)",
                  guild, before, count)


def test_what_was_changed_together_is_taken_back_together(db, guild):
    outcome = change(db, {"message_min": 20, "message_max": 30}, guild=guild)
    ids = [row["audit"] for row in outcome["changes"]]
    boss, press = Member(), new_id()
    done = undo(db, ids[0], boss, guild, press)
    assert done["done"] and changed(db, guild) == {}
    assert undo(db, ids[0], boss, guild, press) == done
    assert undo(db, ids[1], boss, guild)["refusal"] == "undone"
    assert history(db, guild) == [
        (done["changes"][1]["audit"], "message_min", False, True),
        (done["changes"][0]["audit"], "message_max", False, True),
        (ids[1], "message_min", True, False), (ids[0], "message_max", True, False)]
    # Taking back is a change, which can be taken back.
    assert undo(db, done["changes"][0]["audit"], boss, guild)["done"]
    assert changed(db, guild) == {"message_min": 20, "message_max": 30}
    assert history(db, guild, ids[1], 1) == [(ids[0], "message_max", True, False)]


def test_what_was_changed_again_is_not_taken_back(db, guild):
    first, second = Member(), Member()
    old = change(db, {"day_xp_max": 10}, first, guild=guild)["changes"][0]["audit"]
    new = change(db, {"day_xp_max": 20}, second, guild=guild)["changes"][0]["audit"]
    refused = undo(db, old, first, guild)
    assert refused["refusal"] == "changed" and refused["actor"] == second.id
    assert undo(db, new, first, guild)["done"]
    assert changed(db, guild) == {"day_xp_max": 10}
    assert undo(db, old, first, guild)["done"]
    assert changed(db, guild) == {}


def test_a_change_can_be_taken_back_for_seven_days(db, guild):
    change_id = change(db, {"day_xp_max": 10}, guild=guild)["changes"][0]["audit"]
    for days, refusal in (("7 days 1 minute", "too_old"), ("7 days -1 minute", None)):
        db.run(f"UPDATE besace_settings_audit SET created_at = clock_timestamp() AT TIME ZONE 'utc'"
               f" - interval '{days}' WHERE guild_id = %s AND id = %s", guild, change_id)
        assert history(db, guild)[0][3] == (refusal is None)
        assert undo(db, change_id, guild=guild).get("refusal") == refusal
    assert undo(db, change_id + 10 ** 6, guild=guild)["refusal"] == "no_change"


def test_what_makes_no_sense_alone_is_not_taken_back(db, guild):
    change(db, {"message_max": 30}, guild=guild)
    low = change(db, {"message_min": 20}, guild=guild)["changes"][0]["audit"]
    high = db.one("SELECT min(id) FROM besace_settings_audit WHERE guild_id = %s", guild)
    assert undo(db, high, guild=guild) == {
        "done": False, "refusal": "min_above_max", "key": "message_max"}
    assert undo(db, low, guild=guild)["done"] and undo(db, high, guild=guild)["done"]


def test_changes_of_a_guild_happen_one_after_the_other(database):
    """The second looks at the settings when the first is through with them."""
    database.one("SELECT besace_settings_lock('1')")
    first, second = database.connect(), database.connect()
    with contextlib.closing(first), contextlib.closing(second), first.cursor() as one, second.cursor() as other:
        one.execute("SELECT besace_settings_lock('1')")
        locked = in_background(other.execute, "SELECT besace_settings_lock('1')")
        until(lambda: database.waiting() == 1, "the second change waits for the first")
        first.rollback()
        locked()
