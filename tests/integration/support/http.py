"""HTTP by libcurl, one request or many at once, and by hand for what no client would send."""

import contextlib
import dataclasses
import io
import json
import re
import socket
import ssl
import time

import pycurl

from standin import rules

# A reply takes milliseconds, a deferred one two seconds; a hang must not hold the tests up.
TIMEOUT_S = 60

# The service answers "deferred" two seconds after the turn of its loop in which it was asked began.
DEFERRED_S = 1


@dataclasses.dataclass
class Reply:
    """What came back. STATUS is 0 when nothing did; ERROR then says why."""

    status: int
    headers: list
    body: bytes
    error: str = ""
    seconds: float = 0

    def json(self):
        return json.loads(self.body)

    def is_deferral(self):
        """Whether it says that the result will follow, for the only reason there may be: time."""
        return self.seconds > DEFERRED_S and re.match(rb'{"type":[56]\b', self.body) is not None

    def header(self, name):
        """The only value of a header, or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, values
        return values[0] if values else None


class Late(Exception):
    """The machine was so slow that the service had to defer what it would have answered at once."""


def prompt(reply):
    """REPLY, of which the test needs that it is no deferral: else the attempt is `Late`."""
    if reply.is_deferral():
        raise Late
    return reply


def in_time(attempt, tries=5):
    """The value of ATTEMPT(). One that came `Late` has shown nothing and is made anew; whatever
    else is wrong with one is wrong."""
    for _ in range(tries - 1):
        with contextlib.suppress(Late):
            return attempt()
    return attempt()


class Transfer:
    """One request of libcurl's, prepared."""

    def __init__(self, endpoint, method, path, body=None, headers=(), keep=None):
        self.endpoint, self.path, self.body = endpoint, path, body
        self.lines, self.content = [], io.BytesIO()
        self.curl = keep or pycurl.Curl()
        self.curl.reset()
        self.curl.setopt(pycurl.URL, endpoint.url + path)
        self.curl.setopt(pycurl.NOSIGNAL, 1)
        self.curl.setopt(pycurl.PROXY, "")
        self.curl.setopt(pycurl.TIMEOUT, TIMEOUT_S)
        self.curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        self.curl.setopt(pycurl.WRITEFUNCTION, self.content.write)
        self.curl.setopt(pycurl.HEADERFUNCTION, self.lines.append)
        if endpoint.unix:
            self.curl.setopt(pycurl.UNIX_SOCKET_PATH, endpoint.unix)
        if endpoint.ca:
            self.curl.setopt(pycurl.CAINFO, str(endpoint.ca))
            # Else every connection reads all that the machine trusts, for 50 ms.
            self.curl.setopt(pycurl.CAPATH, str(endpoint.ca.parent / "none"))
        for option, value in endpoint.options.items():
            self.curl.setopt(option, value)
        self.set_method(method, list(headers))

    def set_method(self, method, headers):
        if method == "HEAD":
            self.curl.setopt(pycurl.NOBODY, 1)
        elif self.body is not None:
            self.curl.setopt(pycurl.POST, 1)
            self.curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(self.body))
            self.curl.setopt(pycurl.POSTFIELDS, self.body)
            # libcurl would ask before it sends more than a megabyte.
            headers = ["Expect:", "Content-Type: application/json", *headers]
        if method not in ("HEAD", "GET") and not (method == "POST" and self.body is not None):
            self.curl.setopt(pycurl.CUSTOMREQUEST, method)
        self.curl.setopt(pycurl.HTTPHEADER, [line.encode() for line in headers])

    def reply(self, error="", check=True):
        headers, status = [], 0
        for line in self.lines:
            line = line.decode("latin-1").rstrip("\r\n")
            if line.startswith("HTTP/"):
                status, headers = int(line.split(" ")[1]), []
            elif ":" in line:
                name, value = line.split(":", 1)
                headers.append((name, value.strip()))
        if error:
            status = 0
        reply = Reply(status, headers, self.content.getvalue(), error,
                      self.curl.getinfo(pycurl.TOTAL_TIME))
        if check:
            self.endpoint.check(self.path, self.body, reply)
        return reply


class Endpoint:
    """An address at which a service answers, directly or behind nginx."""

    def __init__(self, url, application=None, *, unix=None, ca=None, options=None):
        self.url, self.application = url, application
        self.unix, self.ca, self.options = unix, ca, options or {}

    def request(self, method, path, body=None, headers=(), keep=None):
        transfer = Transfer(self, method, path, body, headers, keep)
        try:
            transfer.curl.perform()
        except pycurl.error as error:
            return transfer.reply(str(error))
        return transfer.reply()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, body, headers, path="/interactions", deferred=False, **more):
        """Posts once. A busy machine makes the service defer what nothing holds up: unless the test
        is about that (DEFERRED), the same request brings the result, which the receipt keeps."""
        reply = self.request("POST", path, body, headers, **more)
        deadline = time.monotonic() + TIMEOUT_S
        while not deferred and reply.is_deferral() and time.monotonic() < deadline:
            reply = self.request("POST", path, body, headers, **more)
        return reply

    def together(self, requests, path="/interactions", deferred=False):
        """Posts all (body, headers) at the same time, each on a connection of its own. DEFERRED is
        that of post."""
        multi = pycurl.CurlMulti()
        transfers = [Transfer(self, "POST", path, body, headers) for body, headers in requests]
        errors = {}
        for transfer in transfers:
            multi.add_handle(transfer.curl)
        active = len(transfers)
        while active:
            _, active = multi.perform()
            for curl, _, why in multi.info_read(len(transfers))[2]:
                errors[id(curl)] = why
            if active:
                multi.select(0.1)
        replies = [transfer.reply(errors.get(id(transfer.curl), "")) for transfer in transfers]
        for transfer in transfers:
            multi.remove_handle(transfer.curl)
        multi.close()
        return [reply if deferred or not reply.is_deferral() else self.post(*request, path)
                for request, reply in zip(requests, replies)]

    # -- interactions

    def signed(self, interaction, at=None):
        """Body and headers of a signed interaction, to be sent once or again and again."""
        from .interactions import encode
        body = encode(interaction)
        return body, self.application.sign(body, at)

    def send(self, interaction, at=None, deferred=False):
        """Posts an interaction, signed now or AT."""
        return self.post(*self.signed(interaction, at), deferred=deferred)

    def ask(self, interaction, at=None, deferred=False):
        """The callback that answers an interaction."""
        reply = self.send(interaction, at, deferred)
        assert reply.status == 200, (reply.status, reply.error, reply.body)
        return reply.json()

    @staticmethod
    def check(path, body, reply):
        """Whatever test it is in, what answers an interaction is one that Discord takes."""
        if path == "/interactions" and reply.status == 200:
            assert reply.header("Content-Type") == "application/json"
            try:
                interaction = json.loads(body)
            except (ValueError, RecursionError):
                interaction = {}
            faults = rules.validate_callback(reply.json(), interaction.get("type"),
                                             from_component="message" in interaction)
            assert not faults, f"{rules.explain(faults)}\n{reply.body.decode()}"
        elif 400 <= reply.status and reply.body:
            assert reply.header("Content-Type") == "application/json", reply
            error = reply.json()
            assert list(error) == ["error"] and error["error"], reply


class Lanes:
    """Connections that are kept, over which many requests go at the same time. What answers them is
    not held to Discord's rules: there are too many of them, and each kind is elsewhere."""

    def __init__(self, endpoint, count):
        self.endpoint = endpoint
        self.handles = [pycurl.Curl() for _ in range(count)]
        self.multi = pycurl.CurlMulti()

    def post(self, requests, path="/interactions", after=None):
        """Posts all (body, headers) and returns their replies in the same order. AFTER, a number and
        a function: that is called once when so many have been answered."""
        waiting = list(enumerate(requests))[::-1]
        flying, replies = {}, [None] * len(requests)
        free = list(self.handles)
        done = 0
        while waiting or flying:
            while waiting and free:
                number, (body, headers) = waiting.pop()
                transfer = Transfer(self.endpoint, "POST", path, body, headers, keep=free.pop())
                flying[id(transfer.curl)] = number, transfer
                self.multi.add_handle(transfer.curl)
            self.multi.perform()
            _, good, bad = self.multi.info_read(len(flying))
            for curl, error in [(curl, "") for curl in good] + [(c, why) for c, _, why in bad]:
                number, transfer = flying.pop(id(curl))
                self.multi.remove_handle(curl)
                replies[number] = transfer.reply(error, check=False)
                free.append(curl)
                done += 1
            if after and done >= after[0]:
                after[1]()
                after = None
            if flying and not (good or bad):
                self.multi.select(0.1)
        return replies

    def close(self):
        for handle in self.handles:
            handle.close()
        self.multi.close()


class RawConnection:
    """A connection on which a test writes bytes and reads answers one by one."""

    def __init__(self, host, port=None, *, tls_name=None, source=None):
        """HOST and PORT, or the path of a Unix socket; TLS_NAME: over TLS, to that server name;
        SOURCE: from that address."""
        if port is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(TIMEOUT_S)
            self.socket.connect(host)
        else:
            self.socket = socket.create_connection(
                (host, port), timeout=TIMEOUT_S, source_address=(source, 0) if source else None)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls_name:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket, server_hostname=tls_name)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def offer(self, data):
        """Sends as much as the other side takes; it may have refused and closed by then."""
        with contextlib.suppress(ConnectionError):
            self.send(data)

    def end(self):
        """Says that nothing more will come, unless the other side has closed already."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def line(self):
        try:
            return self.file.readline().decode("latin-1").rstrip("\r\n")
        except ConnectionResetError:
            return ""

    def reply(self, method="POST"):
        """The next answer, or None when the connection was closed."""
        started = time.monotonic()
        line = self.line()
        if not line:
            return None
        status, headers = int(line.split(" ")[1]), []
        while line := self.line():
            name, value = line.split(":", 1)
            headers.append((name, value.strip()))
        reply = Reply(status, headers, b"", seconds=time.monotonic() - started)
        length = reply.header("Content-Length")
        if method != "HEAD" and status >= 200:
            assert length is not None, reply
            reply.body = self.file.read(int(length))
        return reply

    def rest(self):
        """All bytes until the connection is closed."""
        try:
            return self.file.read()
        except ConnectionResetError:
            return b""

    def replies(self):
        """All answers until the connection is closed."""
        found = []
        while (reply := self.reply()) is not None:
            found.append(reply)
        return found
