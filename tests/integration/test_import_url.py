"""besacectl import --url: pages of another bot's API, from a stand-in for it on loopback."""

import gzip
import http.server
import json
import signal
import threading
from urllib.parse import urlsplit

import pytest

from support.interactions import GUILD
from support.moving import Mover
from support.wait import until

MIB = 1 << 20


def page(*users):
    return json.dumps({"players": [{"id": user, "username": "lou", "xp": 1250, "message_count": 60}
                                   for user in users]})


def user(number):
    return str(200000000000000000 + number)


class Api:
    """Answers paths, in their turn, by what its table holds: lists of (status, body, headers), the last
    of which stays. A body may be a function of the handler, which then writes what it wants."""

    def __init__(self):
        self.answers, self.asked, self.ended = {}, [], threading.Event()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                api.asked.append((self.path, dict(self.headers)))
                turns = api.answers.get(self.path) or [(404, "", {})]
                status, body, headers = turns.pop(0) if len(turns) > 1 else turns[0]
                if callable(body):
                    body(self)
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path, *answers):
        self.answers[path] = [
            (200, answer, {}) if isinstance(answer, str) or callable(answer) else answer
            for answer in answers]

    def paths(self):
        return [path for path, _ in self.asked]

    def end(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def api():
    standin = Api()
    yield standin
    standin.end()


@pytest.fixture
def mover(database, tmp_path):
    return Mover(database, tmp_path)


def fetch(mover, url, *words, source="mee6"):
    return mover.call("import", source, "--url", url, "--guild", GUILD, "--json", *words)


def brought(mover, url, *words, **how):
    done = fetch(mover, url, *words, **how)
    assert done.returncode == 0, done.stderr
    assert mover.is_sound()
    return json.loads(done.stdout)


def refused(mover, url, *words):
    """The sentence about an import that must bring nobody, and leave no batch."""
    done = fetch(mover, url, *words)
    assert done.returncode == 1 and done.stdout == "", (done.stdout, done.stderr)
    assert done.stderr.startswith("besacectl: ") and done.stderr.count("\n") == 1, done.stderr
    for table in ("users", "transactions", "besace_imports", "besace_import_changes"):
        assert mover.database.one(f"SELECT count(*) FROM {table}") == 0
    return done.stderr


def test_pages_come_until_one_has_nobody(mover, api):
    for number, users in enumerate([(1, 2), (3, 4), (5,), ()]):
        api.put(f"/g?page={number}", page(*map(user, users)))
    token = mover.file("secret of mine\n", "token")
    result = brought(mover, api.url + "/g?page={page}", "--token-file", token)
    assert result["state"] == "imported" and result["members"] == 5
    assert api.paths() == [f"/g?page={number}" for number in range(4)]
    assert {headers["Authorization"] for _, headers in api.asked} == {"secret of mine"}
    assert mover.database.one("SELECT sum(xp) FROM users") == 5 * 1250
    # What was fetched a second time is the same import.
    assert brought(mover, api.url + "/g?page={page}")["state"] == "done"


@pytest.mark.parametrize("status", [404, 501])
def test_a_page_that_is_not_there_is_behind_the_last_one(mover, api, status):
    api.put("/1", json.dumps({"data": [{"id": user(1), "exp": 1250}]}))
    api.put("/2", (status, "", {}))
    assert brought(mover, api.url + "/{page}", source="amari")["members"] == 1
    assert api.paths() == ["/1", "/2"]


def test_without_a_mark_there_is_one_page(mover, api):
    api.put("/g", page(user(1)))
    assert brought(mover, api.url + "/g")["members"] == 1
    assert api.paths() == ["/g"]


def test_an_api_that_does_not_count_pages_brings_nobody(mover, api):
    for number in range(20):
        api.put(f"/g?page={number}", page(user(1)))
    assert "same as the page before" in refused(mover, api.url + "/g?page={page}")
    assert len(api.paths()) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(mover, api, status):
    """It might lead the token elsewhere."""
    api.put("/g", (status, "", {"Location": api.url + "/other"}))
    api.put("/other", page(user(1)))
    token = mover.file("secret of mine\n", "token")
    assert "leads to another address" in refused(mover, api.url + "/g", "--token-file", token)
    assert api.paths() == ["/g"]


def cut(handler):
    """Less than was promised."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(page(user(3), user(4)).encode())


def cut_chunk(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"players\":")


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(64):
            handler.wfile.write(b" " * MIB)
    except OSError:
        pass  # it has seen enough


def bomb(handler):
    """Small on the wire, and large in memory."""
    body = gzip.compress(b" " * (32 * MIB))
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    try:
        handler.wfile.write(body)
    except OSError:
        pass


def gone(handler):
    handler.connection.close()


BAD = {
    "html": ((200, "<!DOCTYPE html><title>Sorry</title>", {"Content-Type": "text/html"}), "is a web page"),
    "empty": ((200, "", {}), "is empty"),
    "fault in JSON": ((200, '{"error":"no such guild"}', {}), "no players"),
    "half of the JSON": ((200, page(user(3), user(4))[:-30], {}), "page=1"),
    "no JSON": ((200, "nothing here", {}), "page=1"),
    "cut": (cut, "cut short"),
    "cut chunk": (cut_chunk, "cut short"),
    "closed": (gone, "page=1"),
    "too large": (endless, "larger than 16 MiB"),
    "too large unpacked": (bomb, "larger than 16 MiB"),
    "403": ((403, "{}", {}), "status 403: it wants another token"),
    "500": ((500, page(user(3)), {}), "answers with HTTP status 500"),
    "204": ((204, "", {}), "answers with HTTP status 204"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_page_after_a_good_one_brings_nobody(mover, api, name):
    answer, words = BAD[name]
    api.put("/g?page=0", page(user(1), user(2)))
    api.put("/g?page=1", answer)
    why = refused(mover, api.url + "/g?page={page}")
    assert words in why and "/g?page=1" in why, why
    # Mended, the same call brings all of it.
    api.put("/g?page=1", page(user(3)))
    assert brought(mover, api.url + "/g?page={page}")["members"] == 3


@pytest.mark.parametrize("status", [404, 500, 501])
def test_a_first_page_that_is_not_there_is_a_fault(mover, api, status):
    api.put("/g?page=0", (status, page(user(1)), {}))
    assert f"HTTP status {status}" in refused(mover, api.url + "/g?page={page}")


def test_a_rate_limit_is_waited_for(mover, api):
    api.put("/g?page=0", (429, '{"message":"slow down"}', {"Retry-After": "1"}), page(user(1)))
    api.put("/g?page=1", (429, "", {"Retry-After": "0.2"}), (429, "", {"Retry-After": "0"}), page(user(2)))
    assert brought(mover, api.url + "/g?page={page}")["members"] == 2
    assert api.paths() == ["/g?page=0"] * 2 + ["/g?page=1"] * 3 + ["/g?page=2"]


@pytest.mark.parametrize("after", ["901", "1e300", "inf", "99999999999999999999"])
def test_a_wait_without_reason_is_not_waited_for(mover, api, after):
    api.put("/g", (429, "", {"Retry-After": after}))
    assert "more than 900 s" in refused(mover, api.url + "/g")
    assert api.paths() == ["/g"]


def test_a_limit_that_never_ends_ends_the_import(mover, api):
    api.put("/g", (429, "", {"Retry-After": "0"}))
    assert "again and again" in refused(mover, api.url + "/g")
    assert len(api.paths()) == 20


def hanging(api, at):
    """Says nothing, or stops AT its head or its body, until the test ends."""
    def hang(handler):
        if at != "nothing":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n")
        if at == "body":
            handler.wfile.write(b"\r\n{\"players\":")
        api.ended.wait(60)
    return hang


@pytest.mark.parametrize("at", ["nothing", "head", "body"])
def test_a_server_that_hangs_is_left(mover, api, at):
    api.put("/g?page=0", page(user(1)))
    api.put("/g?page=1", hanging(api, at))
    why = refused(mover, api.url + "/g?page={page}", "--page-seconds", 1)
    assert "no whole page within 1 s" in why and "/g?page=1" in why


@pytest.mark.parametrize("answer", ["hangs", "waits"])
def test_the_operator_interrupts_what_waits(mover, api, answer):
    api.put("/g", hanging(api, "body") if answer == "hangs" else (429, "", {"Retry-After": "600"}))
    process = mover.start("import", "mee6", "--url", api.url + "/g", "--guild", GUILD)
    until(api.paths, "the page is asked for")
    process.send_signal(signal.SIGINT)
    assert "interrupted" in process.communicate(timeout=20)[1]
    assert process.returncode == 1 and mover.database.one("SELECT count(*) FROM besace_imports") == 0


def test_nobody_listens(mover, api):
    api.end()
    assert urlsplit(api.url).netloc in refused(mover, api.url + "/g")


@pytest.mark.parametrize("source, url, words", [
    ("mee6", "ftp://127.0.0.1/g", ()), ("mee6", "file:///etc/passwd", ()), ("mee6", "players.json", ()),
    ("mee6", "http://127.0.0.1/g", ("--page-seconds", "0")),
    ("mee6", "http://127.0.0.1/g", ("--page-seconds", "x")),
    ("mee6", "http://127.0.0.1/g", ("--token-file", "/nonexistent")),
    ("csv", "http://127.0.0.1/g", ())])
def test_bad_usage_is_named(mover, source, url, words):
    done = fetch(mover, url, *words, source=source)
    assert done.returncode == 2 and "--" in done.stderr, done.stderr


def test_the_token_is_never_shown(mover, api):
    token = mover.file("secret-of-mine\n", "token")
    api.put("/g", (500, "", {}))
    assert "secret-of-mine" not in refused(mover, api.url + "/g", "--token-file", token)
