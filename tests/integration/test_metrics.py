"""Metrics, alerts and the dashboard: what an operator is told."""

import json
import re
import shutil
import subprocess

import pytest

from support.events import heartbeats, now_ms, voice
from support.http import Endpoint
from support.interactions import Member, new_id
from support.metrics import metrics_of
from support.paths import ROOT
from support.ports import own_port
from support.service import ctl
from support.wait import until

MONITORING = ROOT / "scripts/monitoring"
RULES = MONITORING / "besace.rules.yml"
PROMTOOL = shutil.which("promtool")

# Not ours: Prometheus' own, and what every client library has.
OTHERS = {"up"}


@pytest.fixture
def watched(start, database):
    return start(database, BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")


def names_in(expression):
    words = set(re.findall(r"\b(?:besace|process)_[a-z_]+\b", expression))
    return {re.sub(r"_(bucket|sum|count)$", "", name) if "seconds" in name else name
            for name in words}


def table_names():
    """Every metric that some program has."""
    source = (ROOT / "src/runtime/metrics.c").read_text()
    return set(re.findall(r'"((?:besace|process)_[a-z_]+)"', source)) | {"besace_build_info"}


def test_commands_are_counted_by_what_became_of_them(watched, application):
    lou = Member()
    watched.ask(application.command("lc", lou))
    watched.ask(application.command("don", lou, ("membre", lou), ("montant", 5)))
    found = metrics_of(watched)
    assert found['besace_commands_total{command="lc",outcome="answered"}'] == 1
    assert found['besace_commands_total{command="don",outcome="refused"}'] == 1
    line = [entry for entry in watched.said("interaction") if entry["command"] == "don"][-1]
    assert (line["outcome"], line["why"]) == ("refused", "GIVE_SELF")
    assert line["guild"] == "1" and line["member"] == lou.id


def test_a_process_says_what_it_is_and_only_its_own(watched):
    found = metrics_of(watched)
    version = subprocess.run([watched.program, "--version"], capture_output=True, text=True,
                             check=True).stdout.split()[1]
    assert found[f'besace_build_info{{program="besace",version="{version}"}}'] == 1
    assert found["process_resident_memory_bytes"] > 1e6 and found["process_open_fds"] > 5
    assert found["besace_ready"] == found["besace_database_up"] == 1
    assert [name for name in found if name.startswith(("besace_gateway", "besace_web"))] == []


def test_work_that_waits_is_counted(watched, database):
    database.run("INSERT INTO users (guild_id, user_id, username) VALUES ('1', '5', 'ana')")
    database.run("INSERT INTO besace_outbox (guild_id, channel_id, user_id, body, send_at) VALUES"
                 " ('1', '2', '5', '{}', now() AT TIME ZONE 'utc' - interval '1 hour')")
    watched.stop()
    watched.start()
    name = 'besace_jobs_oldest_seconds{job="announcements"}'
    until(lambda: metrics_of(watched).get(name, 0) >= 3600, "the oldest announcement is told")
    assert metrics_of(watched)['besace_jobs_waiting{job="announcements"}'] == 1


def waiting(service, job):
    """How much of JOB waits, and for how many seconds the oldest, once it was counted."""
    def told():
        found = metrics_of(service)
        count = found[f'besace_jobs_waiting{{job="{job}"}}']
        return count and (count, found[f'besace_jobs_oldest_seconds{{job="{job}"}}'])

    service.stop()
    service.start()
    return until(told, f"{job} wait")


def test_imports_that_wait_are_counted(watched, database):
    # One that nobody works at, one that waits for an answer, one of a server that removed us, the
    # latest of three ends, one that the terminal cut short, and one that is taken back.
    holder = database.connect()
    holder.cursor().execute("SELECT pg_advisory_lock(hashtextextended('besace_panel_import 1', 0))")
    database.run("INSERT INTO besace_guilds (guild_id, removed_at) VALUES ('3', now())")
    for guild, state in enumerate(("importing", "planned", "fetching", "imported"), 1):
        database.run("INSERT INTO besace_panel_imports (guild_id, upload_id, state, source, filename,"
                     " actor_id, created_at, changed_at) SELECT %s, '9', %s, 'csv', 'a', '5', t, t"
                     " FROM (SELECT now() AT TIME ZONE 'utc' - interval '10 minutes' AS t) ago",
                     str(guild), state)
    for guild, state, ago in (("1", "applying", "9 minutes"), ("4", "done", "3 hours"),
                              ("5", "applying", "2 hours"), ("6", "undoing", "3 hours")):
        database.run("INSERT INTO besace_imports (guild_id, source, sha256, options, state, members,"
                     " created_at) VALUES (%s, 'csv', repeat('0', 64), '', %s, 1,"
                     " now() AT TIME ZONE 'utc' - %s::interval)", guild, state, ago)
    count, oldest = waiting(watched, "imports")
    assert count == 2 and 7200 <= oldest < 7800
    holder.close()


def test_voice_that_waits_is_counted(start, database, shim):
    service = start(database, BESACE_EVENT_KEYS=shim.setting,
                    BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")
    guild, other, begin = new_id(), new_id(), now_ms() - 3600000
    members = [Member(), Member()]
    for each in (guild, other):
        shim.send(service, *(voice(member, begin, guild=each) for member in members))
    # Nobody can be paid in one of them: it is set aside from its first tick on.
    database.run("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
                 " 'BEGIN RAISE EXCEPTION ''no''; END'")
    database.run("CREATE TRIGGER fails BEFORE UPDATE OF xp ON users FOR EACH ROW"
                 f" WHEN (NEW.guild_id = '{guild}') EXECUTE FUNCTION fail()")
    shim.send(service, *heartbeats(begin, begin + 121000))
    until(lambda: database.one("SELECT failures FROM besace_voice_guilds WHERE guild_id = %s",
                               guild), "it is set aside")
    count, oldest = waiting(service, "voice")
    assert count == 1 and 3600 - 120 <= oldest < 3600 + 60
    # Events that came since are older than nothing: the oldest stays what it was.
    shim.send(service, voice(members[0], begin + 130000, guild=guild, channel="8"))
    count, oldest = waiting(service, "voice")
    assert count == 1 and 3600 - 140 <= oldest < 3600 + 60


def test_voice_that_is_owed_is_counted(watched, database):
    member = Member()
    database.add_member(member)
    holder = database.connect()  # one of our own changes holds the member
    holder.cursor().execute("SELECT FROM users WHERE user_id = %s FOR NO KEY UPDATE", (member.id,))
    database.run("INSERT INTO besace_voice_owed (guild_id, user_id, day, xp, xp_eve, seconds,"
                 " owed_at) VALUES ('1', %s, '2026-03-02', 4, 0, 60,"
                 " now() AT TIME ZONE 'utc' - interval '20 minutes')", member.id)
    count, oldest = waiting(watched, "voice_pay")
    assert count == 1 and 1200 <= oldest < 1800
    holder.close()


def test_the_last_result_of_a_check_is_told(watched, database):
    def told():
        watched.stop()
        watched.start()
        until(lambda: metrics_of(watched).get("besace_check_timestamp_seconds", 0) > 0, "the check is told")
        return metrics_of(watched)["besace_check_faults"]

    assert ctl("check", "--guild", "1", DATABASE_URL=database.url).returncode == 0
    assert database.run("SELECT faults FROM besace_last_check") == []  # of one server says nothing of all
    assert ctl("check", DATABASE_URL=database.url).returncode == 0
    assert told() == 0
    database.run("INSERT INTO users (guild_id, user_id, username) VALUES ('1', '5', 'ana');"
                 " UPDATE users SET balance = 30")
    assert ctl("check", DATABASE_URL=database.url).returncode == 1
    assert told() == database.one("SELECT faults FROM besace_last_check") > 0
    assert abs(database.one("SELECT extract(epoch FROM now() AT TIME ZONE 'utc' - checked_at)"
                            " FROM besace_last_check")) < 600


def test_a_database_that_is_away_is_told(start, database):
    service = start(database, ready=False, BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}",
                    DATABASE_URL="postgresql://127.0.0.1:9/nowhere")
    found = metrics_of(service)
    assert found["besace_database_up"] == found["besace_ready"] == 0


def test_every_alert_and_panel_is_about_metrics_that_exist():
    known = table_names() | OTHERS
    rules = RULES.read_text()
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    expressions = re.findall(r"(?m)^ +expr: (.*)$", rules)
    expressions += [target["expr"] for panel in board["panels"]
                    for target in panel.get("targets", [])]
    assert len(expressions) > 40
    for expression in expressions:
        assert names_in(expression) <= known, expression
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_alert_has_its_page_in_the_runbook():
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    pages = re.findall(r"(?m)^## (\w+)$", (ROOT / "scripts/RUNBOOK.md").read_text())
    assert alerts == pages and len(alerts) > 20


@pytest.mark.skipif(not PROMTOOL, reason="promtool is not installed")
def test_promtool_accepts_the_metrics_and_the_alerts(watched):
    text = Endpoint(f"http://{watched.settings['BESACE_METRICS_LISTEN']}").get("/metrics").body
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    for argv in (["check", "rules", RULES],
                 ["test", "rules", ROOT / "tests/integration/alerts.test.yml"]):
        done = subprocess.run([PROMTOOL, *argv], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
