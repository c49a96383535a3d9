"""besacectl play: a conversation at a terminal, signed as Discord signs."""

import fcntl
import os
import pty
import re
import struct
import termios

import pytest

from support.service import BESACECTL, ctl, environment
from support.wait import DEADLINE_S, until


@pytest.fixture(scope="module")
def key(application, tmp_path_factory):
    path = tmp_path_factory.mktemp("play") / "discord.key"
    path.write_text(bytes(application.key._signing_key).hex() + "\n")
    path.chmod(0o600)
    return path


def arguments(shared, key):
    return ["play", "--url", f"{shared.endpoint.url}/interactions", "--key", key,
            "--application", shared.application.id]


@pytest.fixture
def say(shared, key):
    """Types lines into a pipe; returns the status and what was shown."""
    def say(*lines, locale="fr"):
        process = ctl(*arguments(shared, key), "--locale", locale, "--guild", "77",
                      stdin="".join(f"{line}\n" for line in lines).encode())
        assert process.stderr == b""
        return process.returncode, process.stdout.decode()

    return say


def test_two_members_play_a_duel(say):
    status, text = say("/jeu duel adversaire:@ana mise:10", "@ana", "1", "/lc")
    assert status == 0, text
    assert "(the message changes to)" in text
    assert re.search(r"(15|35) LC", text)


def test_a_form_is_filled_in_and_may_be_wrong_at_first(say, shared):
    status, text = say("@777:tim", "/casino machine mise:5", "A3", "", "moitié")
    assert status == 0, text
    assert "must have 1 to" in text  # the empty line
    assert shared.database.one("SELECT count(*) FROM transactions WHERE from_user_id = '777'"
                               " AND guild_id = '77' AND transaction_type = 'bet'") == 2, text


def test_a_select_shows_its_values_and_takes_one(say):
    status, text = say(":rights manager", "/reglages panneau", "A10 2")
    assert status == 0, text
    home, page = text.split("(the message changes to)\n")
    assert "      2 XP\n" in home and "2 XP ✓" in page


def test_what_cannot_be_done_is_said_and_the_rest_goes_on(say):
    for line, sentence in (("/nope", 'there is no command "/nope"'),
                           ("1", "there is no such button"),
                           ("Z9", "there is no such button"),
                           (":rights king", ":rights member, manager or admin"),
                           ("hello", ":help says what can be typed"),
                           ("@", "a member is @NAME, or @ID:NAME"),
                           ("/reglages panneau", "Gérer le serveur")):
        status, text = say(line, "/lc")
        assert sentence in text and "LC" in text
        assert status == (0 if line.startswith("/reg") else 1)


def test_a_private_message_is_its_members_alone_and_a_server_keeps_its_buttons(say):
    status, text = say("/aide", "/sac", "/don membre:@ana montant:1", ":rights manager",
                       "/reglages panneau", "@ana", "D1", "@lou", ":server autre", "D1")
    assert status == 1
    assert "only who asked sees that message" in text
    assert "that message is in another server" in text


def test_the_members_language_names_commands(say):
    status, text = say("@kim", "/balance", "/nope", locale="en-US")
    assert "25 LC" in text and status == 1


def test_a_service_that_is_away_is_said(shared, key):
    process = ctl("play", "--url", "http://127.0.0.1:9/interactions", "--key", key, stdin=b"/lc\n")
    assert process.returncode == 1
    assert process.stdout.decode().startswith("no answer from http://127.0.0.1:9/interactions: ")


def test_bad_arguments_are_named():
    process = ctl("play", "--member", "x", stdin=b"")
    assert process.returncode == 2
    faults = process.stderr.decode().splitlines()
    assert {"besacectl: --url: is required", "besacectl: --key: is required"} < set(faults)


class Terminal:
    """A terminal in which the conversation runs."""

    def __init__(self, command):
        self.shown = ""
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execve(command[0], list(map(str, command)), {**environment(), "TERM": "xterm"})
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        os.set_blocking(self.descriptor, False)

    def read(self):
        try:
            self.shown += os.read(self.descriptor, 65536).decode(errors="replace")
        except BlockingIOError:
            pass

    def type(self, text, expected):
        """Types, and waits until EXPECTED is shown after it."""
        self.shown = ""
        os.write(self.descriptor, text.encode())
        self.see(expected)

    def see(self, expected):
        def is_shown():
            self.read()
            return expected in self.shown

        until(is_shown, f"{expected!r} in {self.shown!r}", DEADLINE_S)

    def end(self):
        """Its exit status, once Ctrl-D was typed."""
        os.write(self.descriptor, b"\x04")

        def ended():
            try:
                self.read()
            except OSError:
                pass  # nobody holds the other end any more
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (os.waitstatus_to_exitcode(status),) if pid else None

        (status,) = until(ended, "the conversation ends")
        os.close(self.descriptor)
        return status


def test_a_terminal_completes_what_is_typed(shared, key):
    terminal = Terminal([BESACECTL, *arguments(shared, key), "--guild", "78"])
    terminal.see("Ctrl-D to leave")
    terminal.see("lou@78> ")
    terminal.type("/", "Voir le niveau")  # a slash at the beginning lists the commands
    terminal.type("casino ma\t", "chine ")
    terminal.type("mi\t", "se:")
    terminal.type("\t", "12 LC (moitié)")  # the service was asked
    terminal.type("5\r", "LC")
    terminal.see("lou@78> ")
    terminal.type("A3\r", "  > ")  # a form
    terminal.type("\x03", "(the form was closed)")  # Ctrl-C
    terminal.type("/lc\r", "\x1b[1m")  # what is strong is bold
    assert terminal.end() == 0
