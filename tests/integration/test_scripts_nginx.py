"""scripts/nginx/render: what nginx takes, and what is refused before it."""

import contextlib
import http.client
import http.server
import json
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from support.ports import own_port
from support.scripts import DEADLINE_S, SCRIPTS, run
from support.wait import until

NAME = "besace.example.org"


# ---- nginx


def make_certificate(folder):
    done = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={NAME}",
               "-addext", f"subjectAltName=DNS:{NAME}",
               "-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    make_certificate(folder)
    return folder


class Upstream:
    """A replica on a port of its own that answers as told and remembers what it was asked."""

    def __init__(self, status=200, body=b'{"type":1}', cut=False):
        self.status, self.body, self.cut, self.seen = status, body, cut, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                outer.seen.append((self.command, self.path, self.headers, body))
                if outer.cut:  # dies while it works
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Nginx:
    """An nginx of this test in front of the given upstream addresses."""

    def __init__(self, folder, certificate, *upstreams, options=()):
        self.port, self.plain, self.folder = own_port(), own_port(), folder
        argv = [SCRIPTS / "nginx/render", "--server-name", NAME,
                "--cert", certificate / "cert.pem", "--key", certificate / "key.pem",
                "--listen", f"127.0.0.1:{self.port}", "--http", f"127.0.0.1:{self.plain}",
                "--acme", folder / "www",
                "--access-log", folder / "access.log", "--error-log", folder / "error.log",
                "--standalone", folder, *options]
        for address in upstreams:
            argv += ["--upstream", address]
        done = run(*argv)
        assert done.returncode == 0, done.stderr
        (folder / "nginx.conf").write_text(done.stdout)
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        tested = run(*command, "-t")
        assert tested.returncode == 0, tested.stderr
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(self.answers, "nginx listens")

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def tls(self, name=NAME):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)
        return context.wrap_socket(raw, server_hostname=name)

    def send(self, method, path, body=b"", headers=()):
        """Sends one request, returns status, headers and body."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {NAME}", "Connection: close",
                 f"Content-Length: {len(body)}", *headers]
        with self.tls() as wire:
            wire.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
            with contextlib.suppress(OSError):  # it may refuse before it has read all
                wire.sendall(body)
            answer = http.client.HTTPResponse(wire)
            answer.begin()
            return answer.status, answer.headers, answer.read()

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE_S)


@pytest.fixture
def front(tmp_path, certificate):
    """Makes replicas and an nginx in front of them."""
    open_things = []

    def make(*upstreams, options=(), addresses=()):
        open_things.extend(upstreams)
        nginx = Nginx(tmp_path, certificate, *addresses, *(u.address for u in upstreams),
                      options=options)
        open_things.append(nginx)
        return nginx

    yield make
    for thing in reversed(open_things):
        thing.close()


def error_of(body):
    answer = json.loads(body)
    assert list(answer) == ["error"]
    return answer["error"]


def test_a_signed_request_passes_with_its_body_and_headers(front):
    upstream = Upstream()
    nginx = front(upstream)
    body = '{"name":"é🎒"}'.encode()
    status, headers, answer = nginx.send("POST", "/interactions", body, [
        "X-Signature-Ed25519: " + "ab" * 64, "X-Signature-Timestamp: 1795362371",
        "X-Forwarded-For: 203.0.113.9"])
    assert (status, answer) == (200, b'{"type":1}')
    assert headers["Content-Type"] == "application/json"
    assert headers["Server"] == "nginx"
    method, path, seen, got = upstream.seen[0]
    assert (method, path, got) == ("POST", "/interactions", body)
    assert seen["X-Signature-Ed25519"] == "ab" * 64
    assert seen["X-Signature-Timestamp"] == "1795362371"
    assert seen["X-Forwarded-For"] == "127.0.0.1", "what a client claims is not believed"


def test_a_named_proxy_is_believed_about_the_client(front):
    upstream = Upstream()
    nginx = front(upstream, options=["--trust", "127.0.0.1"])
    nginx.send("POST", "/interactions", b"{}", ["X-Forwarded-For: 203.0.113.9"])
    assert upstream.seen[0][2]["X-Forwarded-For"] == "203.0.113.9"


def test_repeated_signature_headers_reach_the_service_which_refuses_them(front):
    upstream = Upstream(status=401, body=b'{"error":"two signatures"}')
    nginx = front(upstream)
    status, _, body = nginx.send("POST", "/interactions", b"{}", [
        "X-Signature-Ed25519: a", "X-Signature-Ed25519: b"])
    assert upstream.seen[0][2].get_all("X-Signature-Ed25519") == ["a", "b"]
    assert (status, body) == (401, b'{"error":"two signatures"}')


def test_the_size_limits_are_those_of_the_contract(front):
    upstream = Upstream()
    nginx = front(upstream)
    for path, limit in (("/interactions", 256 << 10), ("/events", 4 << 20)):
        assert nginx.send("POST", path, b" " * limit)[0] == 200
        assert len(upstream.seen[-1][3]) == limit
        seen = len(upstream.seen)
        status, headers, body = nginx.send("POST", path, b" " * (limit + 1))
        assert (status, error_of(body)) == (413, "the body is too large")
        assert headers["Content-Type"] == "application/json"
        assert len(upstream.seen) == seen


def test_a_replica_that_dies_at_work_is_replaced_by_the_next(front):
    dying, living = Upstream(cut=True), Upstream()
    nginx = front(dying, living)
    for _ in range(4):
        assert nginx.send("POST", "/interactions", b"{}")[0] == 200
    assert len(living.seen) == 4
    assert len(dying.seen) >= 1, "the dying one was asked, and its request sent again"


def test_a_replica_that_is_gone_or_closing_costs_nothing(front):
    closing, living = Upstream(status=503, body=b"{}"), Upstream()
    nginx = front(closing, living, addresses=[f"127.0.0.1:{own_port()}"])
    assert {nginx.send("POST", "/interactions", b"{}")[0] for _ in range(6)} == {200}


def test_the_503_of_events_goes_back_to_the_shim(front):
    first, second = (Upstream(status=503, body=b'{"error":"the database is away"}') for _ in "12")
    nginx = front(first, second)
    status, _, body = nginx.send("POST", "/events", b"{}")
    assert (status, error_of(body)) == (503, "the database is away")
    assert len(first.seen) + len(second.seen) == 1


def test_front_without_any_replica_answers_502_in_json(front):
    nginx = front(addresses=[f"127.0.0.1:{own_port()}", f"127.0.0.1:{own_port()}"])
    status, headers, body = nginx.send("POST", "/interactions", b"{}")
    assert (status, error_of(body)) == (502, "the service is away")
    assert headers["Content-Type"] == "application/json"


def test_a_replica_that_hangs_is_a_504_in_json_within_three_seconds(front):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        nginx = front(addresses=[f"127.0.0.1:{silent.getsockname()[1]}"])
        seconds = []
        while len(seconds) < 5 and min(seconds, default=3) >= 3:
            start = time.monotonic()
            status, _, body = nginx.send("POST", "/interactions", b"{}")
            seconds.append(time.monotonic() - start)
            assert (status, error_of(body)) == (504, "the service did not answer in time")
        # Only a slow machine takes longer once, and not each time.
        assert 2 < min(seconds) < 3, seconds


def test_other_paths_end_at_nginx(front):
    upstream = Upstream()
    nginx = front(upstream)
    for path in ("/", "/metrics", "/interactions/", "/interactionsx", "//x", "/healthz/a"):
        status, _, body = nginx.send("GET", path)
        assert (status, error_of(body)) == (404, "nothing is here")
    assert upstream.seen == []
    assert nginx.send("GET", "/healthz")[0] == 200
    assert nginx.send("GET", "/readyz")[0] == 200
    assert [seen[1] for seen in upstream.seen] == ["/healthz", "/readyz"]


def test_nonsense_is_a_400_in_json(front):
    upstream = Upstream()
    nginx = front(upstream)
    status, _, body = nginx.send("POST", "/interactions", b"{}", ["Content-Length: 7"])
    assert (status, error_of(body)) == (400, "this is not a request that HTTP allows")
    assert upstream.seen == []


def test_another_server_name_gets_no_certificate(front):
    nginx = front(Upstream())
    with pytest.raises(ssl.SSLError), nginx.tls("other.example.org"):
        pass


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(front):
    nginx = front(Upstream())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", nginx.port)) as raw:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(raw, server_hostname=NAME)


def test_the_log_holds_no_body_no_header_and_no_query(front):
    nginx = front(Upstream())
    nginx.send("POST", "/interactions?token=NEVER-LOGGED", b'{"token":"NEVER-LOGGED"}',
               ["X-Signature-Ed25519: NEVER-LOGGED", "User-Agent: NEVER-LOGGED"])
    log = nginx.folder / "access.log"
    text = until(lambda: log.read_text() if log.exists() else "", "the access log has a line")
    assert '"POST /interactions HTTP/1.1" 200' in text
    assert "NEVER-LOGGED" not in text


def test_plain_http_serves_what_an_authority_asks_for_and_nothing_else(front):
    """As certbot --webroot lays it; whatever else is asked for goes to HTTPS."""
    nginx = front(Upstream())
    challenge = nginx.folder / "www/.well-known/acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / "TOKEN").write_text("TOKEN.thumbprint")
    (nginx.folder / "www/secret").write_text("not to be seen")

    def get(path):
        asked = http.client.HTTPConnection("127.0.0.1", nginx.plain, timeout=DEADLINE_S)
        asked.request("GET", path, headers={"Host": NAME})
        with contextlib.closing(asked), asked.getresponse() as answer:
            return answer.status, answer.headers["Location"], answer.read()

    assert get("/.well-known/acme-challenge/TOKEN") == (200, None, b"TOKEN.thumbprint")
    assert get("/.well-known/acme-challenge/OTHER")[0] == 404
    assert get("/.well-known/acme-challenge/../../secret")[0] == 301
    assert get("/interactions?a=b")[:2] == (301, f"https://{NAME}/interactions?a=b")


def test_a_renewed_certificate_is_served_after_a_reload(front, tmp_path, certificate):
    mine = tmp_path / "mine"
    shutil.copytree(certificate, mine)
    nginx = front(Upstream(), options=["--cert", mine / "cert.pem", "--key", mine / "key.pem"])

    def served():
        with nginx.tls() as wire:
            return wire.getpeercert(binary_form=True)

    before = served()
    make_certificate(mine)
    nginx.process.send_signal(signal.SIGHUP)  # as systemctl reload nginx
    until(lambda: served() != before, "nginx serves the renewed certificate")
    assert nginx.send("GET", "/nowhere")[0] == 404


def test_the_operators_site_has_redirect_and_every_replica():
    done = run(SCRIPTS / "nginx/render", "--upstream", "unix:/run/a.sock", "--upstream", "10.0.0.2:8080")
    assert done.returncode == 0
    assert "server unix:/run/a.sock max_fails=0;" in done.stdout
    assert "server 10.0.0.2:8080 max_fails=0;" in done.stdout
    assert "server unix:/run/besace-web/besace-web.sock max_fails=0;" in done.stdout
    assert "return 301 https://$host$request_uri;" in done.stdout
    assert "listen [::]:443 ssl default_server;" in done.stdout
    assert f"/etc/letsencrypt/live/{NAME}/fullchain.pem" in done.stdout
    assert "@" not in done.stdout.replace("= @", "").replace(" @", "")


def test_render_refuses_what_would_change_the_configuration():
    for argv in (["--server-name", "a; include /etc/passwd"], ["--upstream", "a b"],
                 ["--cert", "x\ny"], ["--server-name"], ["--nonsense", "x"]):
        done = run(SCRIPTS / "nginx/render", *argv)
        assert done.returncode == 2 and done.stdout == ""
