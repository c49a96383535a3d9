"""besacectl import: members of another bot become members here, as one batch."""

import concurrent.futures
import contextlib
import json
import os
import random
import signal
import subprocess

import pytest

from support.interactions import GUILD, Member
from support.moving import Mover
from support.paths import ROOT
from support.service import BESACECTL
from support.wait import until

ID = "100000000000000001"


def ids(count, first=1):
    return [str(200000000000000000 + first + i) for i in range(count)]


@pytest.fixture
def mover(database, tmp_path):
    return Mover(database, tmp_path)


def mee6(*players, **more):
    return {"players": list(players), **more}


def player(user=ID, **more):
    return {"id": user, "username": "lou", "level": 7, "xp": 1250, "message_count": 60,
            "detailed_xp": [5, 685, 1250], **more}


# ---- Formats

FORMATS = [
    ("mee6", mee6(player()), 1250),
    ("mee6", mee6(player(xp=None)), 1250),
    ("amari", {"data": [{"id": ID, "level": 7, "exp": "1250", "weeklyExp": 1, "username": "lou"}]}, 1250),
    ("polaris", {"settings": {}, "users": {ID: {"xp": 1250, "cooldown": 1}}}, 1250),
    ("polaris", {"xp": {ID: {"xp": 1250}}}, 1250),
    ("polaris", {ID: {"xp": 1250}}, 1250),
    ("polaris", [{"id": ID, "xp": 1250}], 1250),
    ("polaris", f"ID,Total XP\n{ID},1250\n", 1250),
    ("polaris", f"{ID} - 1250\n", 1250),
    ("lurkr", {"levels": [{"userId": ID, "xp": 1250, "level": 3, "messageCount": 60, "tag": "lou"}]}, 1250),
    ("experienced", [{"id": ID, "xp": 1250}], 1250),
    ("levelup", {"users": {ID: {"xp": 1250.75, "level": 3, "messages": 60, "voice": 90.5}}}, 1250),
    ("tatsu", {"rankings": [{"rank": 1, "score": 1250, "user_id": ID}]}, 1250),
    ("csv", f"id,username,xp,messages\n{ID},lou,1250,60\n", 1250),
    ("csv", f"\ufeffid;username;xp\r\n\"{ID}\";\"l\"\"ou; x\";\"1250\"\r\n", 1250),
    ("csv", f"xp\tid\n1250\t{ID}\n", 1250),
    ("csv", f"id,username,xp\n{ID},\"two\nlines\",1250", 1250),
]


@pytest.mark.parametrize("number", range(len(FORMATS)))
def test_each_form_brings_its_members(mover, number):
    source, content, xp = FORMATS[number]
    result = mover.load(source, content)
    assert result["state"] == "imported" and result["members"] == 1
    assert mover.figures(ID)["xp"] == xp and mover.figures(ID)["level"] == 5


def test_all_columns_of_csv_are_kept(mover):
    mover.load("csv", "id,username,xp,level,messages,voice_seconds,balance,invites,jackpots,x2,x3\n"
                      f"{ID},lou,1250,9,60,3600,700,4,3,2,1\n")
    assert mover.figures(ID) == {"name": "lou", "xp": 1250, "level": 5, "balance": 700,
                                 "messages": 60, "voice": 3600, "invites": 4}
    assert mover.database.run("SELECT item_type, quantity FROM user_inventory ORDER BY 1") == [
        ("jackpot", 3), ("multiplier_x2", 2), ("multiplier_x3", 1)]
    assert mover.database.run("SELECT to_user_id, amount, transaction_type FROM transactions") == [
        (ID, 675, "opening")]


@pytest.mark.parametrize("header", ["id,level,xp in level\n", ""], ids=["header", "no header"])
@pytest.mark.parametrize("curve, factor, xp", [("linear", "1", 75 + 175 + 10), ("flat", "1", 2010),
                                               ("exponential", "2", 2 * (75 + 130) + 10)])
def test_arcane_totals_follow_from_its_curve(mover, curve, factor, xp, header):
    mover.load("arcane", f"{header}{ID},2,10\n", "--curve", curve, "--factor", factor)
    assert mover.figures(ID)["xp"] == xp


def test_cash_and_bank_are_one_balance_and_infinite_ones_are_refused(mover):
    a, b, c, d = ids(4)
    result = mover.load("unbelievaboat", (
        '{"users": [{"user_id": "%s", "cash": 10, "bank": 500, "total": 510},'
        ' {"user_id": "%s", "cash": Infinity, "bank": 1},'
        ' {"user_id": "%s", "cash": -50, "bank": 20},'
        ' {"user_id": "%s", "cash": "infinity", "bank": 1}]}' % (a, b, c, d)))
    assert mover.figures(a)["balance"] == 510 and mover.figures(c)["balance"] == 0
    assert mover.figures(b) is None and mover.figures(d) is None
    assert result["refused"]["nan"]["count"] == 2 and result["refused"]["negative"]["count"] == 1


def test_several_files_are_several_pages(mover):
    a, b = ids(2)
    first, second = mover.file(mee6(player(a)), "0.json"), mover.file(mee6(player(b)), "1.json")
    done = mover.call("import", "mee6", first, second, "--guild", GUILD)
    assert done.returncode == 0 and mover.figures(a) and mover.figures(b)


def test_standard_input_is_a_file_and_pages_may_follow_one_another(mover):
    a, b = ids(2)
    text = json.dumps(mee6(player(a))) + "\n" + json.dumps(mee6(player(b))) + "\n"
    done = mover.call("import", "mee6", "-", "--guild", GUILD, stdin=text)
    assert done.returncode == 0, done.stderr
    assert mover.figures(a) and mover.figures(b)


# ---- What is refused

BAD_ROWS = [
    ({"id": "x"}, "no_id"), ({"id": None}, "no_id"), ({"id": ""}, "no_id"), ({"id": "-5"}, "no_id"),
    ({"id": "0"}, "no_id"), ({"id": 1.5}, "no_id"), ({"xp": "12,5"}, "not_integer"),
    ({"xp": 12.5}, "not_integer"), ({"xp": "many"}, "not_integer"), ({"xp": 2147483648}, "too_large"),
    ({"xp": "1e300"}, "too_large"), ({"xp": 10 ** 400}, "too_large"), ({"xp": "NaN"}, "nan"),
    ({"xp": float("nan")}, "nan"), ({"xp": float("inf")}, "nan"), ({"bot": True}, "bot"),
]


@pytest.mark.parametrize("number", range(len(BAD_ROWS)))
def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_on(mover, number):
    change, kind = BAD_ROWS[number]
    good, = ids(1)
    content = json.dumps(mee6(player(**change), player(good)), indent=1)
    result = mover.load("mee6", content, "--report", mover.folder / "report")
    assert result["members"] == 1 and result["refused"][kind]["count"] == 1
    line = result["refused"][kind]["lines"][0]
    assert "line 3" in line and mover.figures(good) and mover.figures(ID) is None
    assert (mover.folder / "report").read_text().strip() == line


@pytest.mark.parametrize("text, xp", [("1250", 1250), (" 1250 ", 1250), (1250.0, 1250),
                                      ("1.25e3", 1250), (2147483647, 2147483647)])
def test_whole_numbers_are_read_however_they_are_written(mover, text, xp):
    mover.load("mee6", mee6(player(xp=text)))
    assert mover.figures(ID)["xp"] == xp


def test_negative_figures_become_0_and_are_reported(mover):
    result = mover.load("csv", f"id,xp,balance,jackpots\n{ID},-5,-7,-1\n")
    assert mover.figures(ID)["xp"] == 0 and mover.figures(ID)["balance"] == 0
    assert result["refused"]["negative"]["count"] == 3


def test_a_member_in_several_rows_counts_by_the_highest(mover):
    result = mover.load("csv", f"id,xp\n{ID},5\n{ID},500\n{ID},50\n")
    assert mover.figures(ID)["xp"] == 500 and result["refused"]["duplicate"]["count"] == 2
    assert ["line 2" in line or "line 4" in line
            for line in result["refused"]["duplicate"]["lines"]] == [True, True]


BAD_FILES = [
    ("mee6", b"", "is empty"), ("mee6", b"  \n", "is empty"),
    ("mee6", b"<html>Just a moment</html>", "web page"),
    ("mee6", b'{"error": {"message": "not public"}}', "not public"),
    ("mee6", b'{"players": []}', "nobody in it"),
    ("mee6", b'{"players": [{"id": "1', "ends in the middle"),
    ("mee6", b'{"players": [{"id": "1" "xp": 3}]}', "line 1: not JSON"),
    ("mee6", json.dumps(mee6(player())).encode("utf-16"), "UTF-16"),
    ("mee6", b"\x1f\x8b\x08\x00", "compressed"),
    ("mee6", b'{"players": [{"id": "1", "username": "\xe9"}]}', "not JSON"),
    ("mee6", b"[" * 100000, "ends in the middle"),
    ("csv", b"name,xp\nlou,5\n", "no column id"),
    ("csv", b"id\n1\n", "no column but id"),
    ("csv", b"id,xp,xp\n1,2,3\n", "twice"),
    ("csv", b'id,xp\n1,"5\n', "never closed"),
    ("csv", b"id,xp\n", "nobody in it"),
    ("csv", b"id,xp\nx,5\n", "every row was refused"),
]


@pytest.mark.parametrize("number", range(len(BAD_FILES)))
def test_a_file_that_is_none_imports_nobody(mover, number):
    source, content, fault = BAD_FILES[number]
    assert fault in mover.refuse(source, content)
    assert mover.database.one("SELECT count(*) FROM users") == 0
    assert mover.database.one("SELECT count(*) FROM besace_imports") == 0


def test_a_directory_or_a_missing_file_is_no_file(mover):
    assert "directory" in mover.refuse("mee6", mover.folder)
    assert "No such file" in mover.refuse("mee6", mover.folder / "nothing")


def test_a_truncated_file_of_many_slices_imports_nobody(mover):
    content = json.dumps(mee6(*(player(user) for user in ids(3000))))
    assert "ends in the middle" in mover.refuse("mee6", content[:-40])
    assert mover.database.one("SELECT count(*) FROM users") == 0


def test_a_name_that_is_no_utf8_is_left_out(mover):
    result = mover.load("csv", f"id,username,xp\n{ID},".encode() + b"\xe9t\xe9,5\n")
    assert mover.figures(ID)["name"] == ID and result["refused"]["name"]["count"] == 1


def test_ten_megabytes_are_read(mover):
    users = ids(60000)
    content = {"settings": {}, "users": {user: {"xp": i, "cooldown": 0, "x": "y" * 120}
                                         for i, user in enumerate(users)}}
    text = json.dumps(content)
    assert len(text) > 10_000_000
    assert mover.load("polaris", text)["members"] == 60000
    assert mover.figures(users[-1])["xp"] == 59999


def test_usage_faults_are_told_all_at_once(mover):
    done = mover.call("import", "csv", "x", "--merge", "best", "--minimum-level", "0")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("--guild", "--merge", "--minimum-level"))
    assert mover.call("import", "mee6bot", "x", "--guild", GUILD).returncode == 2
    assert mover.call("import", "arcane", "x", "--guild", GUILD).returncode == 2


# ---- Options

@pytest.mark.parametrize("merge, xp, balance", [("highest", 5000, 300), ("replace", 1250, 300),
                                                ("add", 6250, 400)])
def test_members_who_are_here_are_merged(mover, merge, xp, balance):
    here = Member()
    mover.database.add_member(here, balance=100, xp=5000)
    mover.load("csv", f"id,xp,balance\n{here.id},1250,300\n", "--merge", merge)
    assert mover.figures(here.id)["xp"] == xp and mover.figures(here.id)["balance"] == balance
    assert mover.figures(here.id)["name"] == here.username


def test_figures_that_the_source_does_not_have_stay(mover):
    here = Member()
    mover.database.add_member(here, balance=100, xp=5000, jackpot=2)
    mover.load("csv", f"id,messages\n{here.id},7\n", "--merge", "replace")
    assert mover.figures(here.id)["xp"] == 5000 and mover.figures(here.id)["balance"] == 100
    assert mover.database.items(here) == 2


def test_a_sum_stops_at_what_an_integer_holds(mover):
    here = Member()
    mover.database.add_member(here, balance=2147483600)
    mover.load("csv", f"id,balance\n{here.id},2147483647\n", "--merge", "add")
    assert mover.figures(here.id)["balance"] == 2147483647


def test_by_level_counts_the_start_of_the_level_here(mover):
    mover.load("mee6", mee6(player(level=46, xp=12345678)), "--by", "level")
    assert mover.figures(ID)["level"] == 46 and mover.figures(ID)["xp"] == 50 * 46 * 45


def test_below_the_minimum_level_nobody_comes(mover):
    a, b = ids(2)
    result = mover.load("mee6", mee6(player(a, level=4), player(b, level=5)), "--minimum-level", "5")
    assert mover.figures(a) is None and mover.figures(b)
    assert result["refused"]["below_level"]["count"] == 1


def test_leavers_are_skipped_when_asked_for(mover):
    gone = Member()
    mover.database.add_member(gone)
    mover.database.run("UPDATE users SET left_at = now() WHERE user_id = %s", gone.id)
    a, b = ids(2)
    content = {"leaderboard": [{"id": gone.id, "xp": 5}, {"id": a, "xp": 5},
                               {"id": b, "xp": 5, "missing": True}]}
    result = mover.load("polaris", content, "--leavers", "skip")
    assert result["members"] == 1 and result["refused"]["left"]["count"] == 2
    assert mover.load("polaris", content)["members"] == 3


def test_levels_that_were_crossed_by_an_import_are_never_paid(mover, start):
    member = Member()
    mover.load("csv", f"id,xp\n{member.id},12500\n")
    assert mover.database.one("SELECT count(*) FROM transactions") == 0
    assert mover.database.one("SELECT count(*) FROM besace_outbox") == 0
    rewarded, level = mover.database.run("SELECT level_rewarded, level FROM users")[0]
    assert rewarded == level == 16


def test_rewards_are_paid_when_asked_for_and_announced_to_nobody(mover):
    result = mover.load("csv", f"id,xp\n{ID},1250\n", "--rewards")
    assert mover.figures(ID)["balance"] == 25 + 25 + 50 + 75
    assert mover.database.run("SELECT item_type, quantity FROM user_inventory") == [("jackpot", 1)]
    assert mover.database.one("SELECT count(*) FROM besace_outbox") == 0
    assert mover.database.one("SELECT level_rewarded FROM users") == 5
    mover.undo(result["import"])
    assert mover.everything() == [[], [], [], [], []]


def test_a_dry_run_tells_the_plan_and_changes_nothing(mover):
    here = Member()
    mover.database.add_member(here, xp=100)
    before = mover.everything()
    users = ids(15)
    rows = "".join(f"{user},{100 * (i + 1)}\n" for i, user in enumerate(users))
    result = mover.load("csv", f"id,xp\n{here.id},50000\nnobody,5\n{rows}", "--dry-run")
    assert result["state"] == "planned" and result["import"] == 0
    assert (result["members"], result["created"], result["changed"]) == (16, 15, 1)
    assert len(result["largest"]) == 10 and result["largest"][0]["id"] == here.id
    assert result["refused"]["no_id"]["lines"] == [
        f"{mover.folder}/members.json line 3: the row has no Discord id (nobody)"]
    assert mover.everything() == before
    assert mover.database.one("SELECT count(*) FROM besace_imports") == 0


def test_the_plan_for_readers_says_the_same(mover):
    path = mover.file(f"id,xp,balance\n{ID},1250,70\nx,1,1\n")
    done = mover.call("import", "csv", path, "--guild", GUILD, "--dry-run")
    assert "1 members: 1 new" in done.stdout and "XP 0 → 1250, LC 25 → 70" in done.stdout
    assert "refused: 1 (has no Discord id)" in done.stdout
    assert "+1250 XP, 45 LC more than members have or begin with" in done.stdout
    path = mover.file(f"id,xp,balance\n{ID},1250,5\n")
    done = mover.call("import", "csv", path, "--guild", GUILD, "--dry-run")
    assert "+1250 XP, 20 LC fewer than members have or begin with" in done.stdout


def test_hidden_members_stay_hidden(mover):
    a, b = ids(2)
    mover.load("polaris", {"users": {a: {"xp": 5, "hidden": True}, b: {"xp": 5}}})
    assert mover.database.run("SELECT user_id, page_hidden FROM users ORDER BY 1") == [
        (a, True), (b, False)]


def test_settings_of_the_source_are_listed(mover):
    result = mover.load("lurkr", {
        "levels": [{"userId": ID, "xp": 5}], "roleRewards": [{"level": 5, "roles": [{"id": "77"}]},
                                                            {"level": 1, "roles": [{"id": "78"}]}],
        "multipliers": [{"type": "channel", "multiplier": 2, "targets": ["88"]},
                        {"type": "role", "multiplier": 50, "targets": ["89"]}],
        "xpGainInterval": 60000, "xpPerMessageMin": 15, "xpPerMessageMax": 25}, "--dry-run")
    fit = {setting["key"]: setting["fits"] for setting in result["settings"]}
    assert fit == {"reward.77": True, None: False, "zone.88": True, "message_cooldown_s": True,
                   "message_min": True, "message_max": True}
    assert sum(not setting["fits"] for setting in result["settings"]) == 2


def test_settings_that_nobody_has_set_are_made_and_taken_back(mover):
    mover.database.run("INSERT INTO besace_settings (guild_id, message_cooldown_s, version)"
                       " VALUES (%s, 30, 1)", GUILD)
    content = {"settings": {"gain": {"min": 15, "max": 25, "time": 60},
                            "rewards": [{"id": "77", "level": 5, "keep": True},
                                        {"id": "78", "level": 9, "keep": False}],
                            "multipliers": {"channels": [{"id": "88", "boost": 0}],
                                            "roles": [{"id": "89", "boost": 1.5}]}},
               "users": {ID: {"xp": 1250}}}
    result = mover.load("polaris", content)
    made = {setting["key"] for setting in result["settings"] if setting["made"]}
    assert made == {"message_min", "message_max", "reward.77", "reward.78", "zone.88", "zone.@89"}
    assert mover.database.run("SELECT message_min, message_max, message_cooldown_s"
                              " FROM besace_settings") == [(15, 25, 30)]
    assert mover.database.run("SELECT role_id, level, mode FROM besace_rewards ORDER BY 1") == [
        ("77", 5, "stack"), ("78", 9, "single")]
    assert mover.database.run("SELECT object_id, effect, factor_percent FROM besace_zones ORDER BY 1") == [
        ("88", "none", None), ("89", "factor", 150)]
    mover.database.run("UPDATE besace_settings SET message_max = 20")
    mover.undo(result["import"])
    assert mover.database.run("SELECT message_min, message_max, message_cooldown_s"
                              " FROM besace_settings") == [(None, 20, 30)]
    assert mover.database.run("SELECT 1 FROM besace_rewards UNION ALL SELECT 1 FROM besace_zones") == []


def test_who_comes_has_the_roles_of_their_level_and_so_has_who_was_here(mover):
    known, newcomer, low = ids(3)
    mover.database.run("INSERT INTO users (guild_id, user_id, username) VALUES (%s, %s, 'lou')", GUILD, known)
    mover.load("polaris", {"settings": {"rewards": [{"id": "77", "level": 5, "keep": True}]},
                           "users": {known: {"xp": 1250}, newcomer: {"xp": 1250}, low: {"xp": 120}}})
    assert mover.database.run("SELECT user_id, wanted, mass FROM besace_role_jobs ORDER BY 1") == [
        (known, ["77"], True), (newcomer, ["77"], True)]


# ---- One batch

def test_the_same_file_again_is_done_already(mover):
    first = mover.load("mee6", mee6(player()), "--merge", "add")
    again = mover.load("mee6", mee6(player()), "--merge", "add")
    assert again["state"] == "done" and again["import"] == first["import"]
    assert mover.figures(ID)["xp"] == 1250
    other = mover.load("mee6", mee6(player()), "--merge", "replace")
    assert other["state"] == "imported"


def test_guilds_have_nothing_to_do_with_each_other(mover):
    mover.load("mee6", mee6(player()))
    mover.load("mee6", mee6(player()), guild="55")
    assert mover.figures(ID) == mover.figures(ID, "55")
    mover.undo(mover.database.one("SELECT import_id FROM besace_imports WHERE guild_id = '55'"))
    assert mover.figures(ID, "55") is None and mover.figures(ID)["xp"] == 1250


def test_two_imports_at_once_are_one_after_the_other(mover):
    users = ids(3000)
    texts = ["id,xp\n" + "".join(f"{user},{xp}\n" for user in users) for xp in (100, 200)]
    paths = [mover.file(text, f"{i}.csv") for i, text in enumerate(texts)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda path: mover.ask("csv", path, "--merge", "add"), paths * 2))
    assert [done.returncode for done in results] == [0] * 4, results
    assert mover.database.run("SELECT DISTINCT xp FROM users") == [(300,)]
    assert mover.database.one("SELECT count(*) FROM besace_imports") == 2
    assert mover.is_sound()


def test_an_import_is_taken_back_whole(mover):
    here = Member()
    mover.database.add_member(here, balance=100, xp=300, jackpot=1)
    before = mover.everything()
    number = mover.load("csv", "id,xp,balance,jackpots,x2,messages,voice_seconds,invites\n"
                        f"{here.id},5000,700,4,1,10,20,3\n{ID},1250,3,1,1,1,1,1\n")["import"]
    mover.undo(number)
    after = mover.everything()
    assert [after[0], after[1], after[2]] == [before[0], before[1], before[2]]
    assert [row[3:] for row in after[3]] == [(75, "opening"), (600, "opening"), (600, "opening")]
    assert "already" in mover.call("undo", "import", number).stderr
    assert mover.load("csv", mover.folder / "members.json")["state"] == "imported"


def test_what_replace_took_comes_back(mover):
    here = Member()
    mover.database.add_member(here, balance=1000, xp=5000, jackpot=5)
    number = mover.load("csv", f"id,xp,balance,jackpots\n{here.id},10,20,1\n",
                        "--merge", "replace")["import"]
    assert mover.figures(here.id)["balance"] == 20 and mover.database.items(here) == 1
    mover.undo(number)
    assert mover.figures(here.id)["balance"] == 1000 and mover.figures(here.id)["xp"] == 5000
    assert mover.database.items(here) == 5


def test_members_who_went_on_keep_what_they_earned_since(mover):
    number = mover.load("csv", f"id,xp,balance\n{ID},1250,700\n")["import"]
    mover.database.run("UPDATE users SET xp = xp + 40, message_count = 3 WHERE user_id = %s", ID)
    mover.undo(number)
    assert mover.figures(ID)["xp"] == 40 and mover.figures(ID)["balance"] == 25
    assert mover.figures(ID)["messages"] == 3


def test_who_has_spent_it_is_named_and_keeps_it(mover):
    spender, other = Member(), Member()
    number = mover.load("csv", f"id,username,balance\n{spender.id},sou,700\n{other.id},lou,700\n")["import"]
    mover.database.set_balance(spender, 100)
    said = mover.undo(number, status=1)
    assert f"sou ({spender.id}) keeps it: 675 lc" in said and other.id not in said
    assert mover.figures(spender.id)["balance"] == 100 and mover.figures(other.id) is None
    assert "in part" in mover.refuse("csv", mover.folder / "members.json")
    mover.database.set_balance(spender, 800)
    mover.undo(number)
    assert mover.figures(spender.id)["balance"] == 125


def test_levels_that_were_taken_back_can_be_earned_again(mover, hub, shim):
    number = mover.load("csv", f"id,xp\n{ID},1250\n")["import"]
    mover.database.run("UPDATE users SET message_count = 1 WHERE user_id = %s", ID)
    mover.undo(number)
    assert mover.database.run("SELECT xp, level_rewarded FROM users") == [(0, 1)]


def test_a_dry_undo_changes_nothing(mover):
    number = mover.load("csv", f"id,balance\n{ID},700\n")["import"]
    before = mover.everything()
    assert "1 members would lose" in mover.undo(number, "--dry-run")
    assert mover.everything() == before


def test_an_unknown_number_or_another_guild_is_refused(mover):
    number = mover.load("csv", f"id,balance\n{ID},700\n")["import"]
    assert "no such import" in mover.call("undo", "import", "999").stderr
    assert "another server" in mover.call("undo", "import", number, "--guild", "55").stderr
    assert mover.call("undo", "import").returncode == 2


# ---- Cut short

@contextlib.contextmanager
def held_at(mover, user):
    """Holds the slice with USER: somebody else has the row."""
    holder = mover.database.connect()
    try:
        with holder.cursor() as cursor:
            cursor.execute("INSERT INTO users (guild_id, user_id, username) VALUES (%s, %s, 'x')",
                           (GUILD, user))
        yield
    finally:
        holder.rollback()
        holder.close()


def waits(mover):
    return mover.database.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                              " AND datname = current_database()") > 0


def cut_short(mover, path, users, how):
    with held_at(mover, users[2500]):
        process = mover.start("import", "csv", path, "--guild", GUILD)
        until(lambda: waits(mover), "the third slice waits")
        process.send_signal(how)
        if how == signal.SIGKILL:
            process.wait()
            # Its session notices when it wants to answer.
            mover.database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                               " WHERE wait_event_type = 'Lock' AND datname = current_database()")
            until(lambda: not waits(mover), "its session is gone")
    output, errors = process.communicate(timeout=120)
    return process.returncode, errors


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("then", ["continue", "undo"])
def test_an_import_that_is_cut_short_goes_on_or_is_taken_back(mover, how, then):
    users = ids(5000)
    path = mover.file("id,xp,balance\n" + "".join(f"{user},1250,100\n" for user in users), "a.csv")
    code, errors = cut_short(mover, path, users, how)
    assert code != 0
    done = mover.database.one("SELECT count(*) FROM users")
    assert done in (2000, 3000) and mover.is_sound()
    assert mover.database.one("SELECT count(*) FROM besace_import_changes") == done
    if how != signal.SIGKILL:
        assert "interrupted: " in errors
    other = mover.load("csv", f"id,xp\n{ID},5\n", "--dry-run")
    assert other["cut_short"] and "was cut short" in other["cut_short"]
    if then == "continue":
        assert mover.load("csv", path)["state"] == "imported"
        assert mover.database.one("SELECT count(*) FROM users WHERE xp = 1250 AND balance = 100") == 5000
        assert mover.database.one("SELECT count(*) FROM transactions") == 5000
        assert mover.database.one("SELECT count(*) FROM besace_imports") == 1
    mover.undo(mover.database.one("SELECT import_id FROM besace_imports"))
    assert mover.everything() == [[], [], [], [], []]


def test_members_play_while_an_import_goes_on(mover, start):
    """Nobody waits long, and nothing of theirs is lost."""
    service = start(mover.database)
    members = [Member() for _ in range(4)]
    for member in members:
        service.ask(service.application.command("lc", member))
    rows = [(user, 100) for user in ids(20000)] + [(member.id, 100) for member in members]
    random.Random(5).shuffle(rows)
    path = mover.file("id,xp\n" + "".join(f"{user},{xp}\n" for user, xp in rows), "m.csv")
    process = mover.start("import", "csv", path, "--guild", GUILD, "--merge", "add")
    asked = 0
    while process.poll() is None:
        service.ask(service.application.command("cadeau", members[asked % 4]))
        asked += 1
    assert process.returncode == 0, process.communicate()[1]
    assert asked > 0 and mover.database.one("SELECT count(*) FROM users WHERE xp = 100") == 20004
    assert all(mover.database.is_explained(member) for member in members)
    assert mover.is_sound()


# ---- The manual

def manual_commands():
    """The besacectl lines of the README's section."""
    section = (ROOT / "README.md").read_text().split("\n## Moving in\n")[1].split("\n## ")[0]
    return [line for block in section.split("```")[1::2] for line in block.strip().splitlines()]


def test_the_commands_of_the_manual_work_as_they_stand(mover):
    mover.file(mee6(player()), "page0.json")
    mover.file(mee6(player(ids(1)[0])), "page1.json")
    mover.file(f"id,level\n{ID},9\n{ids(1)[0]},2\n", "members.csv")
    mover.file(f"id,xp\n{ID},5\n", "more.csv")
    commands = manual_commands()
    assert len(commands) == 5
    for command in commands:
        done = subprocess.run(["bash", "-c", command], cwd=mover.folder, capture_output=True, text=True,
                              env={**os.environ, "DATABASE_URL": mover.database.url,
                                   "PATH": f"{BESACECTL.parent}:{os.environ['PATH']}"}, check=False)
        assert done.returncode == 0, (command, done.stderr)
    assert mover.figures(ID, "1200000000000000001")["xp"] == 50 * 9 * 8 + 5
    assert "minimum level" in (mover.folder / "refused.txt").read_text()


# ---- Random files

def rubbish(draw):
    """A file that may be one of ours, with anything in its places."""
    def value():
        return draw.choice([None, True, -1, 0, 5, 2 ** 31, 10 ** 30, 1.5, "", "5", "x", "NaN", "é",
                            "\u0000", [], {}, [1, [2]], {"xp": 5}, "1" * 300])
    users = ids(6) + ["x", "", "1" * 25]
    rows = [{key: draw.choice([value(), draw.choice(users), 7])
             for key in draw.sample(["id", "userId", "user_id", "xp", "level", "username", "cash",
                                     "score", "exp", "bank", "message_count", "bot"], 6)}
            for _ in range(draw.randrange(12))]
    where = draw.choice(["players", "data", "levels", "rankings", "users", "xp", "leaderboard"])
    content = draw.choice([{where: rows}, rows, {where: {draw.choice(users): row for row in rows}},
                           {"settings": value(), where: rows, "role_rewards": rows}, value()])
    text = json.dumps(content).encode()
    if draw.randrange(3) == 0:
        at = draw.randrange(len(text) + 1)
        text = text[:at] + draw.choice([b"", b"\x00", b"\xff", b"{", b'"', b"\\u0000"]) + text[at:]
    if draw.randrange(4) == 0:
        text = text[:draw.randrange(len(text) + 1)]
    return text


@pytest.mark.parametrize("seed", range(4))
def test_random_files_never_crash_and_never_half_import(mover, seed):
    draw = random.Random(seed)
    for _ in range(15):
        source = draw.choice(["mee6", "amari", "polaris", "lurkr", "experienced", "levelup", "tatsu",
                              "unbelievaboat", "csv"])
        done = mover.ask(source, rubbish(draw))
        assert done.returncode in (0, 1), done.stderr
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
        assert "\nbesacectl: " not in done.stdout
    assert mover.is_sound()
    assert mover.database.one("SELECT count(*) FROM besace_imports WHERE state <> 'done'") == 0
