"""besacectl from outside: its words, its bad usage, its settings."""

import re
import subprocess

import pytest

from support.ctl import CTL, DEADLINE_S, PASSED_ON, PUBLIC, SEED, ctl, good, refused
from support.paths import ROOT


def test_help_lists_every_subcommand():
    text = good(ctl("--help"))
    names = re.findall(r"(?m)^  ([a-z-]+)  ", text)
    assert names[:11] == ["setup", "keygen", "sign", "send", "play", "register", "invite", "migrate", "check",
                           "member", "config"]
    assert {"import", "export", "erase", "backup", "restore", "verify-backup", "undo"} <= set(names)
    for name in names:
        page = good(ctl(name, "--help"))
        assert page.startswith(f"Usage: besacectl {name}")
        assert all(len(line) <= 100 for line in page.splitlines())


def test_version_is_that_of_the_sources():
    assert good(ctl("--version")) == "besacectl " + subprocess.run(
        [ROOT / "scripts/version"], capture_output=True, text=True, check=True).stdout


def test_without_a_command_the_usage_goes_to_standard_error():
    process = ctl()
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.startswith("Usage: besacectl COMMAND")


@pytest.mark.parametrize("argv", [["nope"], ["--nope"], ["send "]])
def test_what_is_unknown_is_bad_usage(argv):
    (line,) = refused(ctl(*argv), 2)
    assert line.startswith(f"{argv[0]}: is no ")


def test_all_faults_of_usage_are_said_at_once():
    lines = refused(ctl("send", "--foo", "--ping=1", "-x", "--url", "ftp://x", "--guild", "abc",
                        "--member", "0", "--option", "a", "--press", "first", "a", "b"), 2)
    named = {line.split(":")[0] for line in lines[:-1]}
    assert named == {"--foo", "--ping", "-x", "--url", "--key", "--guild", "--member", "--option",
                     "--press", "b", "too much to send"}
    assert lines[-1] == "send --help says how it is used"


@pytest.mark.parametrize("argv, fault", [
    (["config", "--program"], "--program: needs a value"),
    (["sign", "--key", "a", "--key", "b"], "--key: is given twice"),
    (["sign", "--key", "a", "--timestamp", "-1"],
     '--timestamp: must be seconds since 1970, got "-1"'),
    (["sign", "--key", "a", "--key-id", "a\nX-Other: b"],
     "--key-id: must be 1 to 64 letters, digits, '-', '_' or '.'"),
    (["keygen", "a", "b"], "b: is one argument too many"),
    (["migrate", "now"], "now: is one argument too many"),
    (["config", "--program", "nginx"],
     '--program: must be besace, besace-gateway, besace-web or besacectl, got "nginx"'),
    (["invite", "--guild", "x"], '--guild: must be a Discord id, got "x"'),
    (["register", "--guild", "x"], '--guild: must be a Discord id, got "x"'),
    (["register", "--print", "--dry-run"], "--print: cannot be had with --dry-run"),
    (["send", "--url", "http://h/", "--key", "k"],
     "nothing to send: give one of --ping, --command, --user-command, --press and BODY"),
    (["send", "--url", "https://h.example/", "--key", "k", "--ping", "--insecure"],
     "--insecure: is for this machine only, as 127.0.0.1; --cacert names a certificate to trust"),
    (["send", "--url", "https://127.0.0.1.example/", "--key", "k", "--ping", "--insecure"],
     "--insecure: is for this machine only, as 127.0.0.1; --cacert names a certificate to trust"),
    (["send", "--url", "http://h/", "--key", "k", "--user-command", "x"],
     "--target: is required with --user-command"),
    (["send", "--url", "http://h/", "--key", "k", "--press", "x" * 101],
     "--press: must be 1 to 100 characters"),
    (["send", "--url", "http://h/", "--key", "k", "--ping", "--dm", "--guild", "1"],
     "--guild: cannot be had with --dm"),
    (["send", "--url", "http://h/", "--key", "k", "--command", "lc", "--option", "membre=x"],
     '--option: must be a Discord id, or ID:USERNAME, got "x"'),
])
def test_one_fault_of_usage(argv, fault):
    lines = refused(ctl(*argv), 2)
    assert lines == [fault, f"{argv[0]} --help says how it is used"]


def test_text_that_is_not_utf8_is_refused():
    process = subprocess.run([CTL, "send", "--url", "http://h/", "--key", "k", "--command",
                              b"\xff"], capture_output=True, env=PASSED_ON, timeout=DEADLINE_S)
    assert process.returncode == 2
    assert b"--command: is not UTF-8" in process.stderr


def test_an_answer_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w") as full:
        process = subprocess.run([CTL, "--help"], stdout=full, stderr=subprocess.PIPE, text=True,
                                 env=PASSED_ON, timeout=DEADLINE_S)
    assert process.returncode == 1
    assert process.stderr == ("besacectl: cannot write to standard output: "
                              "No space left on device\n")


def test_settings_are_shown_without_secrets():
    text = good(ctl("config", DATABASE_URL="postgresql://u:hush@h/db", DISCORD_PUBLIC_KEY=PUBLIC,
                    DISCORD_BOT_TOKEN="a.hush.b", BESACE_LISTEN="127.0.0.1:1234"))
    assert "hush" not in text
    lines = text.splitlines()
    assert "DATABASE_URL=(set)" in lines and "DISCORD_BOT_TOKEN=(set)" in lines
    assert f"DISCORD_PUBLIC_KEY={PUBLIC}" in lines and "BESACE_LISTEN=127.0.0.1:1234" in lines
    assert "BESACE_POOL_SIZE=16  (default)" in lines and "BESACE_TLS_CERT=(not set)" in lines


def test_all_faults_of_settings_are_listed():
    process = ctl("config", DATABASE_URL="hush=", DISCORD_PUBLIC_KEY="12", BESACE_POOL_SIZE="0",
                  BESACE_TLS_CERT="/none")
    lines = refused(process, 2)
    assert {line.split(":")[0] for line in lines} == {
        "DATABASE_URL", "DISCORD_PUBLIC_KEY", "BESACE_POOL_SIZE", "BESACE_TLS_CERT"}
    assert "BESACE_POOL_SIZE=0" in process.stdout.splitlines()
    assert "hush" not in process.stdout + process.stderr


def test_settings_of_the_other_programs():
    text = good(ctl("config", "--program", "besacectl"))
    assert "BESACE_LISTEN" not in text and "DATABASE_URL=(not set)" in text
    lines = refused(ctl("config", "--program", "besace-gateway",
                        BESACE_EVENT_SECRET_KEY=SEED + SEED), 2)
    assert {line.split(":")[0] for line in lines} == {
        "DISCORD_BOT_TOKEN", "BESACE_EVENTS_URL", "BESACE_EVENT_KEY_ID", "BESACE_EVENT_SECRET_KEY"}
    assert SEED not in "".join(lines)


def test_a_misspelt_setting_is_warned_about():
    process = ctl("config", "--program", "besacectl", BESACE_POOLSIZE="3")
    assert process.returncode == 0
    assert process.stderr == ("besacectl: warning: no program reads BESACE_POOLSIZE: misspelt?\n")


@pytest.mark.parametrize("name", ["migrate", "check"])
def test_what_uses_the_database_needs_its_address_only(name):
    unused = {"DISCORD_APPLICATION_ID": "rubbish", "DISCORD_API_URL": "rubbish"}
    assert refused(ctl(name, **unused), 2) == [
        "DATABASE_URL: is required (or DATABASE_URL_FILE)"]
    (line,) = refused(ctl(name, DATABASE_URL="rubbish", **unused), 2)
    assert line.startswith("DATABASE_URL: must be ")
    (line,) = refused(ctl(name, DATABASE_URL="host=/nowhere user=x", **unused), 1)
    assert line.startswith("the database cannot be reached: ")


def test_register_names_all_that_is_missing():
    assert refused(ctl("register", DATABASE_URL="rubbish"), 2) == [
        "DISCORD_APPLICATION_ID: is required",
        "DISCORD_BOT_TOKEN: is required (or DISCORD_BOT_TOKEN_FILE)"]
    lines = refused(ctl("register", DISCORD_APPLICATION_ID="x", DISCORD_BOT_TOKEN_FILE="/none"), 2)
    assert [line.split(":")[0] for line in lines] == [
        "DISCORD_APPLICATION_ID", "DISCORD_BOT_TOKEN_FILE"]
