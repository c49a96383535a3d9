"""besacectl, the operator's tool, from outside: its words, files, exit statuses and effects."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import nacl.exceptions
import nacl.signing
import psycopg2
import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path.insert(0, str(TESTS))

from standin.discord import Discord  # noqa: E402
from support.interactions import base36
from support import http as client  # noqa: E402
from support.wait import until  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BESACE_BUILD", ROOT / "build")).absolute()
CTL = BUILD / "besacectl"
DEADLINE_S = 180
APP = "1100000000000000001"
GUILD = "1200000000000000001"
TOKEN = "bot.token.test"
MEMBER = "1400000000000000042"
# RFC 8032, test 1: the seed and its public key.
SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


# What sanitizers read; no setting of Besace's.
PASSED_ON = {name: value for name, value in os.environ.items()
             if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}


def ctl(*argv, stdin=b"", cwd=None, text=True, preexec=None, **env):
    """Runs besacectl in an environment that holds nothing but ENV."""
    if text and isinstance(stdin, bytes):
        stdin = stdin.decode()
    return subprocess.run([CTL, *map(str, argv)], input=stdin, capture_output=True, text=text,
                          cwd=cwd, env={**PASSED_ON, **env}, timeout=DEADLINE_S,
                          preexec_fn=preexec)


def good(process):
    assert process.returncode == 0, process.stderr
    return process.stdout


def refused(process, status):
    """The lines of standard error of a run that must have failed with STATUS."""
    assert process.returncode == status, process.stderr
    lines = process.stderr.splitlines()
    assert lines and all(line.startswith("besacectl: ") for line in lines), process.stderr
    return [line[len("besacectl: "):] for line in lines]


# ---- Words


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


# ---- Keys


@pytest.fixture
def key(tmp_path):
    """A key file and its public half."""
    path = tmp_path / "test.key"
    path.write_text(SEED + PUBLIC + "\n")
    path.chmod(0o600)
    return path


def test_keygen_writes_a_pair(tmp_path):
    process = ctl("keygen", tmp_path / "a.key")
    assert re.fullmatch(r"[0-9a-f]{64}\n", good(process))
    secret = (tmp_path / "a.key").read_text()
    assert re.fullmatch(r"[0-9a-f]{128}\n", secret)
    made = nacl.signing.SigningKey(bytes.fromhex(secret[:64]))
    assert made.verify_key.encode().hex() == secret[64:128] == process.stdout.strip()
    assert "a.key" in process.stderr and secret.strip()[:64] not in process.stderr


def test_keygen_makes_another_key_each_time(tmp_path):
    assert good(ctl("keygen", tmp_path / "a")) != good(ctl("keygen", tmp_path / "b"))


def test_keygen_has_a_default_name(tmp_path):
    good(ctl("keygen", cwd=tmp_path))
    assert (tmp_path / "besace.key").exists()


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
def test_a_secret_is_for_its_owner_whatever_the_umask(tmp_path, mask):
    good(ctl("keygen", tmp_path / "a", preexec=lambda: os.umask(mask)))
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_keygen_makes_the_key_of_links(tmp_path):
    printed = good(ctl("keygen", "--link"))
    assert re.fullmatch(r"[0-9a-f]{64}\n", printed)
    assert good(ctl("keygen", "--link")) != printed
    assert good(ctl("keygen", "--link", tmp_path / "link")) == ""
    assert re.fullmatch(r"[0-9a-f]{64}\n", (tmp_path / "link").read_text())
    assert stat.S_IMODE((tmp_path / "link").stat().st_mode) == 0o600
    refused(ctl("keygen", "--link", tmp_path / "link"), 1)


def test_card_draws_into_a_file(tmp_path):
    assert good(ctl("card", "--name", "Zoé", "--xp", "1250", tmp_path / "card.png")) == ""
    picture = (tmp_path / "card.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and picture[16:24] == bytes.fromhex("000003a60000011a")


def test_card_says_its_address():
    key = good(ctl("keygen", "--link")).strip()
    say = lambda **settings: good(ctl("card", "--address", "--name", "Zoé", **settings))
    address = say(BESACE_LINK_KEY=key, BESACE_PUBLIC_URL="https://besace.example.org")
    assert re.fullmatch(
        r"https://besace\.example\.org/carte/[\w-]+\.[\w-]{22}\.png\n", address)
    assert say(BESACE_LINK_KEY=key) == address.removeprefix("https://besace.example.org")


def test_card_refuses_what_no_card_holds(tmp_path):
    file = tmp_path / "a.png"
    for arguments in (["--xp", "-1"], ["--xp", "2147483648"], ["--theme", "rose"],
                      ["--language", "french"], ["--rank", "1st"], ["--address"]):
        refused(ctl("card", *arguments, file), 2)
    refused(ctl("card"), 2)
    refused(ctl("card", "--address"), 2)
    refused(ctl("card", tmp_path / "none" / "a.png"), 1)
    assert not file.exists()


def test_keygen_overwrites_nothing(tmp_path):
    path = tmp_path / "a"
    path.write_text("precious")
    (line,) = refused(ctl("keygen", path), 1)
    assert line.startswith(f'"{path}" exists already')
    assert path.read_text() == "precious"


def test_keygen_does_not_follow_a_link(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    refused(ctl("keygen", tmp_path / "a"), 1)
    assert not (tmp_path / "b").exists()


def test_keygen_in_a_folder_that_cannot_be_written():
    """/proc takes no files, from root neither."""
    (line,) = refused(ctl("keygen", "/proc/besace.key"), 1)
    assert line.startswith('cannot make "/proc/besace.key": ')


def test_keygen_leaves_no_half_written_key(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    process = ctl("keygen", tmp_path / "a", preexec=limit)
    assert process.returncode == 1 and process.stdout == ""
    assert "File too large" in process.stderr
    assert not (tmp_path / "a").exists()


def headers_of(text):
    return dict(line.split(": ") for line in text.splitlines())


def verify(headers, body):
    stamp = headers["X-Signature-Timestamp"]
    nacl.signing.VerifyKey(bytes.fromhex(PUBLIC)).verify(
        stamp.encode() + body, bytes.fromhex(headers["X-Signature-Ed25519"]))


@pytest.mark.parametrize("body", [b"", b'{"type":1}', b"\x00\xff\n", "é🎁".encode() * 100_000])
@pytest.mark.parametrize("way", ["-", "file", "absent"])
def test_a_signature_verifies(key, tmp_path, body, way):
    (tmp_path / "body").write_bytes(body)
    operands = {"-": ["-"], "file": [f"@{tmp_path}/body"], "absent": []}[way]
    process = ctl("sign", "--key", key, *operands, stdin=body, text=False)
    assert process.returncode == 0, process.stderr
    headers = headers_of(process.stdout.decode())
    assert list(headers) == ["X-Signature-Ed25519", "X-Signature-Timestamp"]
    verify(headers, body)
    assert abs(int(headers["X-Signature-Timestamp"]) - time.time()) < DEADLINE_S
    with pytest.raises(nacl.exceptions.BadSignatureError):
        verify(headers, body + b" ")


def test_a_time_and_a_key_id_can_be_given(key):
    text = good(ctl("sign", "--key", key, "--timestamp", 12, "--key-id", "shim-0.a", '{"a":1}'))
    headers = headers_of(text)
    assert headers["X-Signature-Timestamp"] == "12"
    assert headers["X-Besace-Key-Id"] == "shim-0.a"
    verify(headers, b'{"a":1}')


def test_a_key_that_others_can_read_is_warned_about(key):
    key.chmod(0o644)
    process = ctl("sign", "--key", key, "x")
    assert process.returncode == 0
    assert process.stderr == (f'besacectl: warning: other users have access to "{key}"; '
                              "chmod 600 it\n")


@pytest.mark.parametrize("content, fault", [
    ("", "is no key file"), (SEED, "is no key file"), (SEED + PUBLIC + "\n\n", "is no key file"),
    (SEED + SEED, "is damaged")])
def test_what_is_no_key_is_refused(key, content, fault):
    key.write_text(content)
    (line,) = refused(ctl("sign", "--key", key, "x"), 1)
    assert fault in line and SEED not in line


def test_a_body_that_is_too_large_is_refused(key, tmp_path):
    (tmp_path / "body").write_bytes(bytes(8 * 1024 * 1024 + 1))
    (line,) = refused(ctl("sign", "--key", key, f"@{tmp_path}/body"), 1)
    assert line.endswith("holds more than 8388608 bytes")
    (line,) = refused(ctl("sign", "--key", key, f"@{tmp_path}/none"), 1)
    assert line == f'cannot read "{tmp_path}/none": No such file or directory'


# ---- Sending


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Checks the signature as Besace does; answers as the test says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        verify(self.headers, body)
        status, answer = self.server.answers.pop(0)
        answer = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "here"


class UnixServer(http.server.ThreadingHTTPServer):
    address_family = socket.AF_UNIX

    def server_bind(self):
        self.socket.bind(self.server_address)


@contextlib.contextmanager
def serving(server):
    server.seen, server.answers, server.daemon_threads = [], [], True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def endpoint():
    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)) as server:
        server.url = f"http://127.0.0.1:{server.server_port}/interactions"
        yield server


MESSAGE = {"type": 4, "data": {"flags": 32768, "components": [
    {"type": 17, "accent_color": 0xFFD700, "components": [
        {"type": 10, "content": "## Sac"},
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Ouvrir (1)",
                                    "custom_id": "sac:1:jackpot:42"}]}]}]}}


def test_ping_is_answered_by_pong(endpoint, key):
    endpoint.answers = [(200, {"type": 1})]
    assert good(ctl("send", "--url", endpoint.url, "--key", key, "--ping")) == "PONG\n"
    ((path, headers, body),) = endpoint.seen
    assert path == "/interactions"
    assert headers["Content-Type"] == "application/json"
    assert "Expect" not in headers and "X-Besace-Key-Id" not in headers
    sent = json.loads(body)
    assert sent["type"] == 1 and "member" not in sent and "guild_id" not in sent
    assert body == json.dumps(sent, separators=(",", ":"), sort_keys=True,
                              ensure_ascii=False).encode()


def test_a_command_is_sent_as_discord_would(endpoint, key):
    endpoint.answers = [(200, MESSAGE)]
    name = "zoé \"l'œil\" 🌷"
    text = good(ctl("send", "--url", endpoint.url, "--key", key, "--command", "sac", "--member",
                    "43", "--username", name, "--locale", "en-GB", "--guild", GUILD))
    assert text == "┌─ gold\n│ ## Sac\n│ [ Ouvrir (1) ]  sac:1:jackpot:42\n└─\n"
    sent = json.loads(endpoint.seen[0][2])
    assert sent["type"] == 2 and sent["data"]["name"] == "sac" and "options" not in sent["data"]
    assert sent["member"]["user"]["id"] == "43" and sent["member"]["user"]["username"] == name
    assert sent["guild_id"] == GUILD and sent["locale"] == sent["guild_locale"] == "en-GB"
    assert abs((int(sent["id"]) >> 22) + 1420070400000 - time.time() * 1000) < DEADLINE_S * 1000


def test_the_first_button_is_pressed_at_once(endpoint, key):
    endpoint.answers = [(200, MESSAGE), (200, {"type": 7, "data": {"content": "fini"}})]
    text = good(ctl("send", "--url", endpoint.url, "--key", key, "--command", "sac",
                    "--press", "first"))
    assert text.endswith("(pressing sac:1:jackpot:42)\n(the message changes to)\nfini\n")
    first, second = (json.loads(body) for _, _, body in endpoint.seen)
    assert second["type"] == 3 and second["data"]["custom_id"] == "sac:1:jackpot:42"
    assert second["message"]["components"] == MESSAGE["data"]["components"]
    assert int(first["id"]) < int(second["message"]["id"]) < int(second["id"])
    assert first["token"] != second["token"] and first["member"] == second["member"]


def test_an_answer_without_a_button_cannot_be_pressed(endpoint, key):
    endpoint.answers = [(200, {"type": 4, "data": {"content": "vide"}})]
    process = ctl("send", "--url", endpoint.url, "--key", key, "--command", "sac",
                  "--press", "first")
    assert refused(process, 1) == ["the answer has no button to press"]
    assert process.stdout == "vide\n"


def test_options_and_targets(endpoint, key):
    endpoint.answers = [(200, {"type": 1})] * 2
    good(ctl("send", "--url", endpoint.url, "--key", key, "--command", "jeu duel", "--option",
             "adversaire=@905:boris", "--option", "mise=150", "--option", "mot=oui"))
    good(ctl("send", "--url", endpoint.url, "--key", key, "--dm", "--user-command",
             "Voir le niveau", "--target", "905:boris"))
    duel, level = (json.loads(body) for _, _, body in endpoint.seen)
    assert duel["data"]["options"] == [{"name": "duel", "type": 1, "options": [
        {"name": "adversaire", "type": 6, "value": "905"},
        {"name": "mise", "type": 4, "value": 150}, {"name": "mot", "type": 3, "value": "oui"}]}]
    assert duel["data"]["resolved"]["users"]["905"]["username"] == "boris"
    assert "905" in duel["data"]["resolved"]["members"]
    assert level["data"]["target_id"] == "905" and level["data"]["type"] == 2
    assert "member" not in level and level["user"]["id"] == MEMBER


def test_a_given_body_is_sent_to_the_byte(endpoint, key):
    endpoint.answers = [(200, b'{"accepted":0}')]
    body = b' {"events" :[]}\n\xff'
    process = ctl("send", "--url", endpoint.url, "--key", key, "--key-id", "shim", "-",
                  stdin=body, text=False)
    assert (process.returncode, process.stdout) == (0, b'{\n  "accepted": 0\n}\n')
    assert endpoint.seen[0][2] == body
    assert endpoint.seen[0][1]["X-Besace-Key-Id"] == "shim"


def test_raw_prints_what_came(endpoint, key):
    endpoint.answers = [(200, b'{"type" :1}')]
    assert good(ctl("send", "--url", endpoint.url, "--key", key, "--ping", "--raw")) == \
        '{"type" :1}\n'


@pytest.mark.parametrize("status, answer, said", [
    (401, {"error": "the signature does not verify"}, "HTTP 401: the signature does not verify"),
    (503, b"<html>", "HTTP 503"), (204, b"", "HTTP 204"),
    (302, b"", "HTTP 302"),
    (400, {"error": "no \x1b[2J"}, "HTTP 400: no \N{REPLACEMENT CHARACTER}[2J"),
    (200, b"<html>", "the answer is no JSON: invalid token near '<'"),
    (200, b"", "the answer is no JSON: unexpected token near end of file")])
def test_what_is_no_good_answer_fails(endpoint, key, status, answer, said):
    endpoint.answers = [(status, answer)]
    process = ctl("send", "--url", endpoint.url, "--key", key, "--ping")
    (line,) = refused(process, 1)
    assert line == said
    assert process.stdout == ""


def test_an_endless_answer_is_given_up(endpoint, key):
    endpoint.answers = [(200, b" " * (4 * 1024 * 1024 + 1))]
    (line,) = refused(ctl("send", "--url", endpoint.url, "--key", key, "--ping"), 1)
    assert line.endswith("the answer is too large")


def test_nobody_at_the_address(key):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/"
        (line,) = refused(ctl("send", "--url", url, "--key", key, "--ping"), 1)
    assert line.startswith(f"no answer from {url}: ")


def test_a_proxy_is_not_asked_about_this_machine(endpoint, key):
    endpoint.answers = [(200, {"type": 1})]
    good(ctl("send", "--url", endpoint.url, "--key", key, "--ping",
             http_proxy="http://127.0.0.1:1"))


def test_a_unix_socket(tmp_path, key):
    path = str(tmp_path / "socket")
    with serving(UnixServer(path, Endpoint)) as server:
        server.answers = [(200, {"type": 1})]
        assert good(ctl("send", "--url", "http://besace/interactions", "--unix", path, "--key",
                        key, "--ping")) == "PONG\n"
        assert server.seen[0][0] == "/interactions"


def test_https_with_a_certificate_of_ones_own(tmp_path, key):
    cert, secret = tmp_path / "cert.pem", tmp_path / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", secret, "-out", cert, "-days",
                    "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True, timeout=DEADLINE_S)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    with serving(server):
        send = ["send", "--url", f"https://127.0.0.1:{server.server_port}/", "--key", key, "--ping"]
        server.answers = [(200, {"type": 1})] * 2
        (line,) = refused(ctl(*send), 1)
        assert "certificate" in line
        assert server.seen == []
        assert good(ctl(*send, "--cacert", cert)) == "PONG\n"
        assert good(ctl(*send, "--insecure")) == "PONG\n"


# ---- Settings


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


# ---- Registering


@pytest.fixture
def discord():
    with Discord(bot_token=TOKEN, application_id=APP) as standin:
        yield standin


def register(discord, *argv, **env):
    return ctl("register", *argv, **{
        "DISCORD_API_URL": discord.url, "DISCORD_APPLICATION_ID": APP, "DISCORD_BOT_TOKEN": TOKEN,
        "BESACE_GUILDS": GUILD, "no_proxy": "*", **env})


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


def test_register_keeps_the_ids_that_members_press(discord, database):
    """Those of a guild beside those of everywhere; a command that is gone has none."""
    good(ctl("migrate", DATABASE_URL=database))
    good(register(discord, DATABASE_URL=database))
    good(register(discord, "--guild", GUILD, DATABASE_URL=database))
    with contextlib.closing(psycopg2.connect(database)) as db, db.cursor() as cursor:
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
        good(register(discord, DATABASE_URL=database))  # nothing is written to Discord
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


def invite(discord, *argv, **env):
    return ctl("invite", *argv, **{"DISCORD_API_URL": discord.url, "DISCORD_APPLICATION_ID": APP,
                                   "no_proxy": "*", **env})


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


# ---- The database


class Cluster:
    """A private PostgreSQL; a database for each test, made from a migrated one."""

    def __init__(self, folder):
        self.folder = folder
        self.made = 0
        self.url = self.script("start", "--throw-away").strip()
        self.admin = self.script("url", "--admin").strip()
        good(ctl("migrate", DATABASE_URL=self.create("template0", "migrated")))

    def script(self, verb, *options):
        return subprocess.run([ROOT / "scripts/pg-cluster", verb, *options, self.folder],
                              check=True, capture_output=True, text=True, timeout=DEADLINE_S,
                              stdin=subprocess.DEVNULL).stdout

    def create(self, template, name=None):
        self.made += 1
        name = name or f"test{self.made}"
        with contextlib.closing(psycopg2.connect(self.admin)) as conn:
            conn.autocommit = True

            def is_made():
                with contextlib.suppress(psycopg2.errors.ObjectInUse):  # who used it last may still end
                    conn.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER besace")
                    return True

            until(is_made, "the database is made")
        return f"postgresql:///{name}?{urllib.parse.urlsplit(self.url).query}"


@pytest.fixture(scope="module")
def cluster():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ctl-", dir=os.environ.get("BESACE_TEST_DIR")))
    folder.chmod(0o755)
    here = None
    try:
        here = Cluster(folder / "postgres")
        yield here
    finally:
        subprocess.run([ROOT / "scripts/pg-cluster", "remove", folder / "postgres"], check=False,
                       capture_output=True, timeout=DEADLINE_S, stdin=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty(cluster):
    return cluster.create("template0")


@pytest.fixture
def database(cluster):
    return cluster.create("migrated")


def sql(url, *statements):
    with contextlib.closing(psycopg2.connect(url)) as conn:
        with conn, conn.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None


def migrate(url):
    return ctl("migrate", DATABASE_URL=url)


def check(url):
    return ctl("check", DATABASE_URL=url)


def migrations():
    return sorted(path.stem for path in (ROOT / "sql/migrations").glob("*.sql"))


def test_migrate_prints_each_step_once(empty):
    newest = int(migrations()[-1][:4])
    assert good(migrate(empty)).splitlines() == [
        *(f"applied {name}" for name in migrations()), "applied routines",
        f"done: the schema is at migration {newest}"]
    assert good(migrate(empty)) == f"up to date: the schema is at migration {newest}\n"


def test_the_address_may_be_in_a_file(empty, tmp_path):
    (tmp_path / "url").write_text(empty + "\n")
    good(ctl("migrate", DATABASE_URL_FILE=str(tmp_path / "url")))
    good(check(empty))


def test_two_may_migrate_at_once(empty):
    both = [subprocess.Popen([CTL, "migrate"], env={**PASSED_ON, "DATABASE_URL": empty},
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)]
    ends = [process.communicate(timeout=DEADLINE_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    words = sorted(out.splitlines()[-1].split(":")[0] for out, _ in ends)
    assert words == ["done", "up to date"]


def test_a_newer_database_is_refused(database):
    sql(database, "INSERT INTO besace_migrations (version, name, checksum) "
                  "VALUES (9999, '9999_future', repeat('0', 64))")
    (line,) = refused(migrate(database), 1)
    assert "9999_future" in line and "newer than this program" in line
    (line,) = refused(check(database), 1)
    assert line.startswith("cannot check: the schema is not this program's: ")


def test_changed_history_is_refused(database):
    sql(database, "UPDATE besace_migrations SET checksum = repeat('0', 64) WHERE version = 1")
    (line,) = refused(migrate(database), 1)
    assert "history was changed" in line


def test_somebody_elses_tables_are_refused(empty):
    sql(empty, "CREATE TABLE users (id INTEGER)")
    (line,) = refused(migrate(empty), 1)
    assert '"users" that Besace did not make' in line
    assert sql(empty, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]


def test_a_failed_migration_leaves_nothing(empty):
    """The table of the third migration is in the way."""
    sql(empty, "CREATE TABLE besace_receipts (x INTEGER)")
    process = migrate(empty)
    (line,) = refused(process, 1)
    assert line.startswith("0003_receipts: ") and "already exists" in line
    assert process.stdout.splitlines() == ["applied 0001_members", "applied 0002_ledger"]
    sql(empty, "DROP TABLE besace_receipts")
    assert "applied 0003_receipts" in good(migrate(empty))


def test_check_wants_a_current_schema(empty):
    (line,) = refused(check(empty), 1)
    assert line == ("cannot check: the schema is not this program's: "
                    "the database is empty: migrations are pending")


MEMBERS = ("INSERT INTO users (guild_id, user_id, username, balance) VALUES "
          "('9', '1', 'lou', 100), ('9', '2', 'zoé', 0)",
          "INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type) "
          "VALUES ('9', NULL, '1', 50, 'jackpot_reward'), ('9', '2', '1', 25, 'transfer')")


def test_a_sound_database_is_praised(database):
    assert good(check(database)) == "0 members, 0 transactions: every LC is explained\n"
    sql(database, MEMBERS[0].replace(", ('9', '2', 'zoé', 0)", ""),
        MEMBERS[1].split(", ('9', '2'")[0].replace("50", "75"))
    assert good(check(database)) == "1 member, 1 transaction: every LC is explained\n"


def faults(url, *tampering):
    """What check prints about a database that was sound before TAMPERING."""
    sql(url, *MEMBERS)
    good(check(url))
    sql(url, *tampering)
    process = check(url)
    lines = process.stdout.splitlines()
    *advice, count = refused(process, 1)
    assert count == f"{len(lines)} fault{'s' * (len(lines) != 1)} found"
    # Each kind of fault says what it means and what to do.
    assert advice and all(line.startswith("for members: ") for line in advice[::2])
    assert all(line.startswith("what to do: ") for line in advice[1::2])
    return lines


def test_a_balance_that_the_ledger_does_not_explain(database):
    assert faults(database, "UPDATE users SET balance = balance + 7") == [
        "1: in guild 9, balance is 107, the ledger explains 100",
        "2: in guild 9, balance is 7, the ledger explains 0"]


def test_a_check_of_one_guild_looks_at_that_one(database):
    sql(database, *MEMBERS, "INSERT INTO users (guild_id, user_id, username, balance) "
                           "VALUES ('10', '1', 'lou', 7)")
    assert good(ctl("check", "--guild", "9", DATABASE_URL=database)) == (
        "2 members, 2 transactions: every LC is explained\n")
    for arguments in ((), ("--guild", "10")):
        process = ctl("check", *arguments, DATABASE_URL=database)
        assert process.returncode == 1
        assert process.stdout == "1: in guild 10, balance is 7, the ledger explains 25\n"
    refused(ctl("check", "--guild", "x", DATABASE_URL=database), 2)


def test_a_lost_ledger_row(database):
    assert faults(database, "DELETE FROM transactions WHERE amount = 25") == [
        "1: in guild 9, balance is 100, the ledger explains 75",
        "2: in guild 9, balance is 0, the ledger explains 25"]


def test_a_level_that_is_not_that_of_the_xp(database):
    assert faults(database, "ALTER TABLE users DISABLE TRIGGER besace_users_level",
                  "ALTER TABLE users DROP CONSTRAINT users_level_check",
                  "UPDATE users SET xp = 1250, level = 4 WHERE user_id = '2'") == [
        "2: in guild 9, level is 4, 1250 XP make 5",
        "users: besace_users_level is not what it was: disabled", "users: users_level_check is missing"]


def test_a_negative_balance_and_an_empty_xp(database):
    assert faults(database, "ALTER TABLE users DROP CONSTRAINT users_balance_check, "
                            "DROP CONSTRAINT users_xp_check, DROP CONSTRAINT users_level_check",
                  "UPDATE users SET balance = -5 WHERE user_id = '2'",
                  "UPDATE users SET xp = NULL WHERE user_id = '1'") == [
        "2: in guild 9, balance is -5, the ledger explains 0",
        "1: in guild 9, xp is empty", "2: in guild 9, balance is -5",
        "users: users_balance_check is missing", "users: users_level_check is missing",
        "users: users_xp_check is missing"]


def test_bags_that_cannot_be(database):
    assert faults(database, "DROP INDEX active_multipliers_active_key",
                  "INSERT INTO active_multipliers (guild_id, user_id, multiplier_type, multiplier_value) "
                  "VALUES ('9', '1', 'multiplier_x2', 2), ('9', '1', 'multiplier_x3', 3)",
                  "ALTER TABLE user_inventory DROP CONSTRAINT user_inventory_quantity_check",
                  "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity) "
                  "VALUES ('9', '2', 'jackpot', -1)") == [
        "1: in guild 9, has 2 active multipliers", "2: in guild 9, holds -1 of jackpot",
        "active_multipliers: active_multipliers_active_key is missing",
        "user_inventory: user_inventory_quantity_check is missing"]


def test_rows_of_nobody(database):
    lines = faults(
        database, "ALTER TABLE user_inventory DROP CONSTRAINT user_inventory_user_fkey",
        "ALTER TABLE transactions DROP CONSTRAINT transactions_to_fkey",
        "ALTER TABLE game_history DROP CONSTRAINT game_history_opponent_fkey",
        "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity) "
        "VALUES ('9', '7', 'jackpot', 1)",
        "INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type) "
        "VALUES ('9', '8', 5, 'daily_gift')",
        "INSERT INTO game_history (guild_id, game_type, player_id, opponent_id, bet_amount, result) "
        "VALUES ('9', 'duel', '1', '9', 10, 'win')")
    assert lines[:3] == ["7: in guild 9, has a row in user_inventory but not in users",
                         "8: in guild 9, has a row in transactions but not in users",
                         "9: in guild 9, has a row in game_history but not in users"]


def test_a_constraint_that_is_not_validated(database):
    assert faults(database, "ALTER TABLE transactions DROP CONSTRAINT transactions_amount_check",
                  "ALTER TABLE transactions ADD CONSTRAINT transactions_amount_check "
                  "CHECK (amount > 0) NOT VALID") == [
        "transactions: transactions_amount_check is not what it was: "
        "CHECK ((amount > 0)) NOT VALID"]


def test_triggers_that_are_switched_off(database):
    assert faults(database, "ALTER TABLE users DISABLE TRIGGER besace_users_lost",
                  "DROP TRIGGER besace_users_insert ON users") == [
        "users: besace_users_insert is missing",
        "users: besace_users_lost is not what it was: disabled"]


def test_a_missing_table_is_no_soundness(database):
    sql(database, "DROP TABLE game_history")
    process = check(database)
    (line,) = refused(process, 1)
    assert line == 'cannot check (audit_stakes): relation "game_history" does not exist'
    assert "explained" not in process.stdout


def test_check_writes_nothing(database):
    sql(database, *MEMBERS)
    name = urllib.parse.urlsplit(database).path[1:]
    sql(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    good(check(database))


def test_check_sees_one_moment_while_members_play(database):
    """A movement is two statements in a transaction; a check that saw but one would cry wolf."""
    sql(database, "INSERT INTO users (guild_id, user_id, username) "
                  "SELECT '9', n::text, 'm' FROM generate_series(1, 500) n")
    stop, moved, faults = threading.Event(), [0], []

    def play():
        try:
            with contextlib.closing(psycopg2.connect(database)) as conn:
                while not stop.is_set():
                    member = str(moved[0] % 500 + 1)
                    with conn, conn.cursor() as cursor:
                        cursor.execute("UPDATE users SET balance = balance + 25 "
                                       "WHERE user_id = %s", (member,))
                        cursor.execute("INSERT INTO transactions (guild_id, to_user_id, amount, "
                                       "transaction_type) VALUES ('9', %s, 25, 'daily_gift')",
                                       (member,))
                    moved[0] += 1
        except psycopg2.Error as error:
            faults.append(error)

    thread = threading.Thread(target=play)
    thread.start()
    try:
        seen, deadline = [], time.monotonic() + DEADLINE_S
        while len(seen) < 8 or (len(set(seen)) == 1 and time.monotonic() < deadline):
            seen.append(int(good(check(database)).split()[2]))
    finally:
        stop.set()
        thread.join()
    assert not faults
    assert seen == sorted(seen) and len(set(seen)) > 1, "nobody played meanwhile"


# ---- The service


@contextlib.contextmanager
def service(database, tmp_path):
    """The real besace on a Unix socket."""
    path = tmp_path / "besace.sock"
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen([BUILD / "besace"], stdout=log, stderr=log, env={
        **PASSED_ON, "DATABASE_URL": database, "DISCORD_PUBLIC_KEY": PUBLIC,
        "DISCORD_APPLICATION_ID": APP, "DISCORD_API_URL": "http://127.0.0.1:9",
        "BESACE_LISTEN": f"unix:{path}", "BESACE_METRICS_LISTEN": ""})
    try:
        def is_ready():
            assert process.poll() is None, (tmp_path / "log").read_text()
            return client.Endpoint("http://besace", unix=str(path)).get("/readyz").status == 200

        until(is_ready, "besace is ready")
        yield path
    finally:
        process.terminate()
        assert process.wait(DEADLINE_S) == 0, (tmp_path / "log").read_text()
        log.close()


def test_a_conversation_with_the_service(database, tmp_path, key):
    with service(database, tmp_path) as path:
        def send(*argv):
            return ctl("send", "--url", "http://besace/interactions", "--unix", path, "--key", key,
                       *argv)

        assert good(send("--ping")) == "PONG\n"
        assert "# 25 LC" in good(send("--command", "lc"))
        assert "zoé’s bag" in good(send("--command", "sac", "--locale", "en-US", "--username",
                                         "zoé"))
        sql(database, "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity) "
                      f"SELECT guild_id, user_id, 'jackpot', 1 FROM users WHERE user_id = '{MEMBER}'")
        text = good(send("--command", "sac", "--press", "first"))
        owner = base36(int(MEMBER))
        button = re.search(rf"│ \[ 🎁 Ouvrir \(1\) \]  (sac:3:jackpot:o{owner}:g[0-9a-z]+:n)0\n", text)
        assert re.search(r"\(the message changes to\)\n┌─ success\n", text)
        assert "(visible only to you)" in good(
            send("--press", f"{button[1]}1", "--member", "1"))
        assert "25 LC" in good(send("--command", "lc", "--option", "membre=@1:boris"))
        assert refused(send("{"), 1)[0].startswith("HTTP 400: ")
        other = tmp_path / "other.key"
        good(ctl("keygen", other))
        assert refused(ctl("send", "--url", "http://besace/interactions", "--unix", path, "--key",
                           other, "--ping"), 1)[0].startswith("HTTP 401: ")
    assert good(check(database)).endswith("1 transaction: every LC is explained\n")
