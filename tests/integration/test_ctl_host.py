"""besacectl as root takes the settings of this machine's service, its secrets and its user."""

import os
import pwd

import pytest
from support.paths import new_folder
from support.service import ctl

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="changing the user needs root")
SERVICE_USER = "nobody"
TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa"


class Host:
    """A machine's /etc in a folder of its own."""

    def __init__(self):
        self.folder = new_folder("host")
        self.folder.chmod(0o755)

    def lay(self, path, text, mode=0o600):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def settings(self, *lines, program="besace"):
        return self.lay(f"etc/besace/{program}.env", "\n".join(lines) + "\n")

    def ctl(self, *arguments, **settings):
        return ctl(*arguments, BESACECTL_TEST_ROOT=self.folder, BESACECTL_TEST_USER=SERVICE_USER,
                   **settings)


@pytest.fixture
def host():
    return Host()


def in_force(process):
    """What `besacectl config` says is in force."""
    lines = process.stdout.decode().splitlines()
    return dict(line.removesuffix("  (default)").split("=", 1) for line in lines)


def test_the_file_says_what_the_environment_does_not(host):
    host.settings("# of the service", 'DISCORD_APPLICATION_ID="1100000000000000001"',
                  "BESACE_POOL_SIZE=7", "BESACE_KEEP_DAYS=3", "BESACE_KEEP_DAYS=5")
    values = in_force(host.ctl("config", BESACE_POOL_SIZE="9"))
    assert values["DISCORD_APPLICATION_ID"] == "1100000000000000001"
    assert values["BESACE_POOL_SIZE"] == "9"
    assert values["BESACE_KEEP_DAYS"] == "5"
    assert values["DATABASE_URL"] == "(not set)"


def test_a_secret_of_the_caller_wins_in_either_form(host, tmp_path):
    of_caller = tmp_path / "url"
    of_caller.write_text("host=/nowhere/caller user=x")
    host.settings("DATABASE_URL=host=/nowhere/file user=x")
    for given in ({"DATABASE_URL_FILE": of_caller}, {"DATABASE_URL": of_caller.read_text()}):
        stderr = host.ctl("check", **given).stderr.decode()
        assert "/nowhere/caller" in stderr and "/nowhere/file" not in stderr


@pytest.mark.parametrize("named", ["besace.database-url",
                                   "/run/credentials/besace.service/besace.database-url"])
@AS_ROOT
def test_a_credential_is_read_where_the_unit_takes_it_from(host, named):
    host.settings(f"DATABASE_URL_FILE={named}")
    process = host.ctl("check")
    assert process.returncode == 2 and b"DATABASE_URL_FILE: cannot read" in process.stderr
    host.lay("run/credentials/besace.service/besace.database-url", "host=/nowhere/run user=x\n")
    assert b"/nowhere/run" in host.ctl("check").stderr
    host.lay("etc/credstore/besace.database-url", "host=/nowhere/etc user=x\n")
    assert b"/nowhere/etc" in host.ctl("check").stderr


def test_a_secret_by_its_path_is_that_file(host, tmp_path):
    (tmp_path / "url").write_text("rubbish")
    host.settings(f"DATABASE_URL_FILE={tmp_path}/url")
    assert host.ctl("check").stderr.startswith(b"besacectl: DATABASE_URL: must be ")


def test_the_shim_has_what_its_unit_passes(host):
    host.settings("BESACE_EVENT_KEY_ID=shim-1", program="besace-gateway")
    host.lay("etc/credstore/besace.discord-bot-token", TOKEN)
    process = host.ctl("config", "--program", "besace-gateway")
    values = in_force(process)
    assert values["BESACE_EVENT_KEY_ID"] == "shim-1" and values["DISCORD_BOT_TOKEN"] == "(set)"
    assert TOKEN.encode() not in process.stdout + process.stderr


def test_what_a_command_does_not_read_cannot_stop_it(host):
    host.settings("DISCORD_APPLICATION_ID=rubbish", "DATABASE_URL=rubbish")
    assert host.ctl("check").stderr.count(b"\n") == 1
    assert host.ctl("keygen", host.folder / "key").returncode == 0


@AS_ROOT
def test_a_command_runs_as_the_services_user(host, cluster, database):
    """An address without a user is that of a role with the name of who connects."""
    cluster.admin(f'CREATE ROLE "{SERVICE_USER}" LOGIN SUPERUSER')
    try:
        host.settings("DATABASE_URL=" + database.url.replace("&user=besace", ""))
        shown = host.ctl("check")
        assert shown.returncode == 0, shown.stderr
        archive = host.folder / "closed/besace.backup"
        archive.parent.mkdir(mode=0o700)  # root's own: its right to open files is kept
        made = host.ctl("backup", archive)
        assert made.returncode == 0, made.stderr
        assert archive.owner() == SERVICE_USER and archive.stat().st_mode & 0o777 == 0o600
    finally:
        cluster.admin(f'DROP ROLE "{SERVICE_USER}"')


@AS_ROOT
def test_root_stays_root_with_an_address_of_the_callers(host, database):
    host.settings("DATABASE_URL=host=/nowhere user=x")
    archive = host.folder / "besace.backup"
    made = host.ctl("backup", archive, DATABASE_URL=database.url)
    assert made.returncode == 0, made.stderr
    assert archive.owner() == pwd.getpwuid(os.geteuid()).pw_name


@AS_ROOT
def test_a_missing_user_is_said(host):
    host.settings("DATABASE_URL=host=/nowhere user=x")
    process = ctl("check", BESACECTL_TEST_ROOT=host.folder, BESACECTL_TEST_USER="besace-nobody")
    assert process.returncode == 1
    assert b"there is no user besace-nobody, as which the service runs" in process.stderr
