"""besacectl setup, a guided first start: by options, and at a terminal."""

import os
import pty
import re
import select
import stat
import subprocess
import time

import pytest

from support.service import BESACECTL, ctl, environment

TOKEN = "MTEw.token.of-besace"
APPLICATION = "1100000000000000001"
KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
GUILD = "1200000000000000001"
URL = "https://besace.example.org"


@pytest.fixture
def portal(discord):
    """Discord, as it knows the application."""
    describe(discord)
    return discord


def describe(discord):
    discord.settings(bot_token=TOKEN, application_id=APPLICATION, verify_key=KEY,
                     bot_public=False)


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture
def run(tmp_path, portal, shared, token_file):
    """Runs it without a terminal, with good options but for those that are given; None: absent."""
    def run_with(*flags, **options):
        given = {"token_file": token_file, "database_url": shared.database.url, "guilds": GUILD,
                 "public_url": URL, "folder": tmp_path / "etc", "secrets": tmp_path / "secrets",
                 **options}
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()
                     if value is not None]
        return ctl("setup", *arguments, *flags, DISCORD_API_URL=portal.url)
    return run_with


def good(process):
    assert process.returncode == 0, process.stderr
    return process.stdout.decode()


def faults(process, status=2):
    assert process.returncode == status, (process.stdout, process.stderr)
    lines = [line.removeprefix("besacectl: ") for line in process.stderr.decode().splitlines()]
    assert lines.pop() == "setup --help says how it is used"
    return lines


def files(folder):
    """Name: (mode, text) of what is in FOLDER."""
    return {path.name: (stat.S_IMODE(path.stat().st_mode), path.read_text())
            for path in folder.iterdir()} if folder.exists() else {}


def settings(text):
    return dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))


def test_options_alone_write_all_files_for_their_owner_and_say_what_is_next(run, tmp_path, shared):
    said = good(run())
    etc, secrets = files(tmp_path / "etc"), files(tmp_path / "secrets")
    assert set(etc) == {"besace.env", "besace-gateway.env", "besace-web.env"}
    assert set(secrets) == {"besace.discord-bot-token", "besace.event-secret-key",
                            "besace.link-key"}
    assert {mode for mode, _ in [*etc.values(), *secrets.values()]} == {0o600}
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("etc", "secrets")} == {
        0o700}
    key = secrets["besace.event-secret-key"][1].strip()
    assert settings(etc["besace.env"][1]) == {
        "DATABASE_URL": f'"{shared.database.url}"' if " " in shared.database.url
                        else shared.database.url,
        "DISCORD_APPLICATION_ID": APPLICATION, "DISCORD_PUBLIC_KEY": KEY,
        "DISCORD_BOT_TOKEN_FILE": str(tmp_path / "secrets/besace.discord-bot-token"),
        "DISCORD_API_URL": settings(etc["besace.env"][1])["DISCORD_API_URL"],
        "BESACE_LISTEN": "unix:/run/besace/besace.sock", "BESACE_GUILDS": GUILD,
        "BESACE_EVENT_KEYS": f"shim-1:{key[64:]}", "BESACE_PUBLIC_URL": URL,
        "BESACE_LINK_KEY_FILE": str(tmp_path / "secrets/besace.link-key")}
    assert settings(etc["besace-gateway.env"][1])["BESACE_EVENTS_URL"] == f"{URL}/events"
    # The programs take them, and besacectl finds no fault.
    for program in ("besace", "besace-gateway", "besace-web"):
        taken = settings(etc[f"{program}.env"][1])
        ctl_found = ctl("config", "--program", program,
                        **{name: value.strip('"') for name, value in taken.items()})
        assert ctl_found.returncode == 0, ctl_found.stderr
    for step in (f"{URL}/interactions", "nginx/render --server-name besace.example.org",
                 "besacectl register", "systemctl enable --now besace besace-web besace-gateway",
                 f"client_id={APPLICATION}", f"guild_id={GUILD}", "--roles besace,besace-web",
                 f"applications/{APPLICATION}/information", "/sac"):
        assert step in said, step
    assert TOKEN not in said and key[:64] not in said and "Public Bot" not in said


def test_what_is_missing_is_named_at_once(run, tmp_path):
    lines = faults(run(token_file=None, guilds=None, public_url=None))
    assert [line.split(":")[0] for line in lines] == [
        "--token-file", "--application-id", "--public-key", "--guilds", "--public-url"]
    assert files(tmp_path / "etc") == {} and files(tmp_path / "secrets") == {}


@pytest.mark.parametrize("options, fault", [
    ({"application_id": "1100000000000000002"}, f"the token belongs to the application {APPLICATION}"),
    ({"public_key": "00" * 32}, f"public key is {KEY}"),
    ({"guilds": "tavern"}, "--guilds: entry 1 must be the id of a server"),
    ({"public_url": "http://besace.example.org"}, "--public-url: must begin with https://"),
    ({"pages": "maybe"}, "--pages: must be yes or no"),
    ({"database_url": "x=1"}, "--database-url: must be a PostgreSQL URI"),
    ({"database_url": "postgresql://besace:geheim@h/besace"}, "--database-url: holds a password"),
    ({"folder": "etc"}, "--folder: must be an absolute path"),
])
def test_a_bad_answer_is_refused_and_nothing_is_written(run, tmp_path, options, fault):
    lines = faults(run(**options))
    assert any(fault in line for line in lines), lines
    assert not any("geheim" in line for line in lines)
    assert files(tmp_path / "etc") == {} and files(tmp_path / "secrets") == {}


def test_discord_and_the_database_are_asked(run, tmp_path, portal, token_file, cluster):
    token_file.write_text("MTEw.another.token")
    (line, *_) = faults(run())
    assert line.startswith("--token-file: Discord does not know this token")
    portal.violations.clear()  # it was asked with that token
    token_file.write_text(TOKEN)
    portal.fail(route="/users/@me", status=403, body={"code": 50001, "message": "Missing Access"})
    (line, *_) = faults(run(), 1)
    assert line.startswith("--token-file: Discord cannot be asked")
    portal.reset()
    describe(portal)
    (line,) = faults(run(database_url="postgresql://besace@127.0.0.1:1/besace"))
    assert "--database-url: it cannot be reached" in line
    name = "setup_latin1"
    cluster.admin(f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
                  " TEMPLATE template0")
    (line,) = faults(run(database_url=cluster.url(name)))
    assert "its encoding is LATIN1" in line
    cluster.admin(f"DROP DATABASE {name}")
    assert files(tmp_path / "etc") == {}
    good(run("--offline", application_id=APPLICATION, public_key=KEY,
             database_url="postgresql://besace@127.0.0.1:1/besace"))


def test_a_public_application_and_another_endpoint_are_told(run, portal):
    portal.settings(bot_public=True, interactions_endpoint_url="https://old.example.org/x")
    said = good(run(guilds="any"))
    assert "Public Bot" in said and "Today it is https://old.example.org/x" in said
    portal.settings(interactions_endpoint_url=f"{URL}/interactions")
    said = good(run("--replace"))
    assert "knows the address already" in said and "Interactions Endpoint URL" not in said


def test_nothing_is_overwritten(run, tmp_path):
    good(run())
    etc, secrets = files(tmp_path / "etc"), files(tmp_path / "secrets")
    (line,) = faults(run(guilds="any"))
    assert line.startswith("--replace: is required") and "besace-web.env" in line
    assert (files(tmp_path / "etc"), files(tmp_path / "secrets")) == (etc, secrets)
    said = good(run("--replace", guilds="any", token_file=None))
    assert files(tmp_path / "secrets") == secrets, "keys and the same token stay"
    now = files(tmp_path / "etc")
    assert "BESACE_GUILDS" not in now["besace.env"][1]
    (old,) = [text for name, text in now.items() if name.startswith("besace.env.before-")]
    assert old == etc["besace.env"] and "besace.env.before-" in said


def test_an_address_with_a_password_is_a_secret(run, tmp_path, shared):
    url = re.sub("^postgresql://", "postgresql://", shared.database.url)
    secret = tmp_path / "url"
    secret.write_text(url + ("&" if "?" in url else "?") + "password=geheim")
    good(run(database_url=None, database_url_file=secret))
    env = settings(files(tmp_path / "etc")["besace.env"][1])
    assert "DATABASE_URL" not in env
    path = tmp_path / "secrets/besace.database-url"
    assert env["DATABASE_URL_FILE"] == str(path) and "geheim" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_what_is_wanted_is_written(run, tmp_path):
    said = good(run(shim="no", pages="no"))
    assert set(files(tmp_path / "etc")) == {"besace.env"}
    assert set(files(tmp_path / "secrets")) == {"besace.discord-bot-token"}
    env = settings(files(tmp_path / "etc")["besace.env"][1])
    assert not {"BESACE_EVENT_KEYS", "BESACE_PUBLIC_URL"} & set(env)
    assert "enable --now besace\n" in said and "--roles" not in said


class Terminal:
    """Somebody at a terminal, who reads and types."""

    def __init__(self, *arguments, **settings):
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [BESACECTL, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
            env=environment(**settings), start_new_session=True)
        os.close(theirs)
        self.bytes = b""

    @property
    def text(self):
        """What came so far; of a character that is cut in two, nothing."""
        return self.bytes.decode(errors="ignore").replace("\r\n", "\n")

    def read_until(self, is_there, what):
        """What came since the last time, once IS_THERE says so of it."""
        deadline, since = time.monotonic() + 60, len(self.text)
        while not is_there(self.text[since:]):
            ready, _, _ = select.select([self.ours], [], [], deadline - time.monotonic())
            assert ready, f"no {what!r} in {self.text!r}"
            self.bytes += os.read(self.ours, 4096)
        return self.text[since:]

    def wait_for(self, words):
        return self.read_until(lambda text: words in text, words)

    def asked(self, words):
        """Reads until it asks for WORDS: its last line begins so and is not ended. A fault that names them
        stands before that, while what is typed is still shown."""
        return self.read_until(lambda text: text.rpartition("\n")[2].startswith(words) and text.endswith(" "), words)

    def type(self, words):
        os.write(self.ours, f"{words}\n".encode())

    def end(self):
        try:
            while True:
                self.bytes += os.read(self.ours, 4096)
        except OSError:  # Linux says so when the other end is closed
            pass
        os.close(self.ours)
        return self.process.wait(60)


def test_at_a_terminal_each_answer_is_checked_and_asked_again(tmp_path, portal, shared):
    portal.settings(bot_public=True)
    terminal = Terminal("setup", "--folder", tmp_path / "etc", "--secrets", tmp_path / "secrets",
                        DISCORD_API_URL=portal.url)
    terminal.asked("Token:")
    terminal.type("MTEw.wrong")
    assert "does not know this token" in terminal.asked("Token:")
    portal.violations.clear()
    terminal.type(TOKEN)
    told = terminal.asked(f"Application ID [{APPLICATION}]:")
    assert "@besace" in told and "Turn Public Bot off" in told
    terminal.type("12")
    assert "belongs to the application" in terminal.asked("Application ID")
    terminal.type("")
    terminal.asked(f"Public Key [{KEY}]:")
    terminal.type("")
    terminal.asked("Database [postgresql:///besace?host=/run/postgresql]:")
    terminal.type("postgresql://besace@127.0.0.1:1/besace")
    terminal.asked("Its password, not shown here")
    terminal.type("gehe'im")
    assert "cannot be reached" in terminal.asked("Database [")
    terminal.type(shared.database.url)
    terminal.asked("Servers [any]:")
    terminal.type(f" {GUILD} ")
    terminal.asked("Address:")
    terminal.type("")
    assert "is required" in terminal.asked("Address:")
    terminal.type(f"{URL}/")
    terminal.asked("Pages [yes]:")
    terminal.type("n")
    terminal.asked("Shim [yes]:")
    assert files(tmp_path / "etc") == {}
    terminal.type("")
    assert terminal.end() == 0
    assert "/sac" in terminal.text and TOKEN not in terminal.text and "wrong" not in terminal.text
    assert "gehe" not in terminal.text
    env = settings(files(tmp_path / "etc")["besace.env"][1])
    assert env["BESACE_GUILDS"] == GUILD and "BESACE_PUBLIC_URL" not in env
    # A second time it says what is there, and leaves it unless it is told otherwise.
    again = Terminal("setup", "--folder", tmp_path / "etc", "--secrets", tmp_path / "secrets",
                     DISCORD_API_URL=portal.url)
    assert "besace.env" in again.asked("Go on? [no]:")
    again.type("")
    assert again.end() == 1 and "nothing was written" in again.text


def test_ctrl_c_ends_it_and_leaves_the_terminal_as_it_was(tmp_path, portal):
    import termios
    terminal = Terminal("setup", "--folder", tmp_path / "etc", "--secrets", tmp_path / "secrets",
                        DISCORD_API_URL=portal.url)
    terminal.asked("Token:")
    assert not termios.tcgetattr(terminal.ours)[3] & termios.ECHO
    terminal.process.send_signal(2)
    terminal.wait_for("nothing was written")
    assert termios.tcgetattr(terminal.ours)[3] & termios.ECHO
    assert terminal.end() == 1 and files(tmp_path / "etc") == {}


def test_config_says_so_when_one_role_does_everything(shared):
    def noted(url):
        process = ctl("config", DATABASE_URL=url, DISCORD_PUBLIC_KEY=KEY)
        assert process.returncode == 0
        return process.stderr.decode()
    assert "one role does everything" in noted(shared.database.url)
    assert noted(shared.database.service_url) == ""
