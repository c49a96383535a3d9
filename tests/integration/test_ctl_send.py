"""besacectl send: what a stand-in of the endpoint gets, and a conversation with the service."""

import contextlib
import http.server
import json
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

from support import http as client
from support.ctl import (APP, DEADLINE_S, GUILD, PASSED_ON, PUBLIC, check, ctl, good, key, refused,
                         sql, verify)
from support.interactions import base36
from support.paths import BUILD
from support.wait import until

MEMBER = "1400000000000000042"


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


@contextlib.contextmanager
def service(database_url, tmp_path):
    """The real besace on a Unix socket."""
    path = tmp_path / "besace.sock"
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen([BUILD / "besace"], stdout=log, stderr=log, env={
        **PASSED_ON, "DATABASE_URL": database_url, "DISCORD_PUBLIC_KEY": PUBLIC,
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


def test_a_conversation_with_the_service(database_url, tmp_path, key):
    with service(database_url, tmp_path) as path:
        def send(*argv):
            return ctl("send", "--url", "http://besace/interactions", "--unix", path, "--key", key,
                       *argv)

        assert good(send("--ping")) == "PONG\n"
        assert "# 25 LC" in good(send("--command", "lc"))
        assert "zoé’s bag" in good(send("--command", "sac", "--locale", "en-US", "--username",
                                         "zoé"))
        sql(database_url, "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity) "
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
    assert good(check(database_url)).endswith("1 transaction: every LC is explained\n")
