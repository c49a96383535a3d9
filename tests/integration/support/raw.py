"""Requests written by hand."""

PING = b'{"type":1}'


def head(method, path, *headers):
    """The head of a request, as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: besace", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def signed_ping(shared, *headers, body=PING, length=True):
    """A whole signed request, written by hand."""
    more = [f"Content-Length: {len(body)}"] if length else []
    return head("POST", "/interactions", *shared.application.sign(body), *more, *headers) + body


def is_error(reply, status):
    return reply.status == status and list(reply.json()) == ["error"]
