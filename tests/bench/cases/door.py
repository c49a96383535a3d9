"""What strangers at the door cost members: bodies that drip, bodies that are large and unsigned."""

import contextlib
import multiprocessing
import selectors
import socket
import ssl
import subprocess
import time
import urllib.request

from machine import CannotMeasure, Server, end_group, free_port, run as run_command, wait_for

DRIPPING = 2000
# nginx lets an address have 256 requests under way.
ADDRESSES = 10
DRIP_S = 3.5
POSTS = 500
POST_BYTES = 4 * 1024 * 1024
MAX_MIB = 160
MAX_MS = 100


# -- bodies that drip


@contextlib.contextmanager
def nginx(machine, besace):
    """nginx as render makes it, in front of BESACE."""
    folder = machine.folder / "nginx"
    folder.mkdir(exist_ok=True)
    port, key, certificate = free_port(), folder / "key.pem", folder / "cert.pem"
    run_command(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-days", "1", "-subj", "/CN=besace.bench", "-keyout", key, "-out", certificate])
    configuration = folder / "nginx.conf"
    configuration.write_text(run_command(
        [machine.root / "scripts/nginx/render", "--server-name", "besace.bench", "--cert", certificate,
         "--key", key, "--listen", f"127.0.0.1:{port}", "--no-redirect", "--no-default-server",
         "--upstream", f"127.0.0.1:{besace.port}", "--access-log", "/dev/null",
         "--error-log", folder / "error.log", "--standalone", folder]))
    log = folder / "nginx.log"
    with log.open("w") as out:
        process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(configuration)],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_for(process, port, "/healthz", log)  # a 400, because this is no TLS
        yield Server(process, port, besace.metrics_port, "https")
    finally:
        end_group(process)


def drip(port, count, seconds, ready):
    """Holds COUNT connections, each with a body of which a byte comes now and then."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connections = []
    for number in range(count):
        raw = socket.create_connection(("127.0.0.1", port), source_address=(
            f"127.0.1.{1 + number % ADDRESSES}", 0))
        connection = context.wrap_socket(raw, server_hostname="besace.bench")
        connection.sendall(b"POST /interactions HTTP/1.1\r\nHost: besace.bench\r\nContent-Length: 1000\r\n"
                           b"X-Signature-Ed25519: " + b"0" * 128 + b"\r\nX-Signature-Timestamp: %d\r\n\r\n"
                           % time.time())
        connections.append(connection)
    ready.set()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(DRIP_S)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.sendall(b" ")


def measure_drips(machine, table):
    seconds = 10 if machine.quick else 60
    requests = machine.requests("sac")
    with machine.besace(machine.database()) as besace, nginx(machine, besace) as front:
        machine.wrk(front, requests)
        alone = machine.wrk(front, requests, seconds)
        ready = multiprocessing.Event()
        dripping = multiprocessing.Process(target=drip, args=(front.port, DRIPPING, seconds + 10, ready))
        dripping.start()
        try:
            if not ready.wait(120):
                raise CannotMeasure("the connections that drip were not made")
            meanwhile = machine.wrk(front, requests, seconds)
        finally:
            dripping.terminate()
            dripping.join()
    table.at_most(f"p99 of /sac beside {DRIPPING:,} connections that drip", f"{meanwhile.p99_ms:.1f} ms",
                  f"alone {alone.p99_ms:.1f} ms", meanwhile.p99_ms / alone.p99_ms, 2)


# -- bodies that are large and unsigned


def post(port, count):
    """Posts COUNT large bodies at once."""
    body = bytes(POST_BYTES)
    head = b"POST /events HTTP/1.1\r\nHost: besace\r\nContent-Length: %d\r\n\r\n" % POST_BYTES
    selector = selectors.DefaultSelector()
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(head)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_WRITE, [0])
    left = count
    while left:
        for key, _ in selector.select():
            sent = key.data
            try:
                sent[0] += key.fileobj.send(memoryview(body)[sent[0]:sent[0] + 262144])
            except OSError:
                sent[0] = POST_BYTES
            if sent[0] == POST_BYTES:
                selector.unregister(key.fileobj)
                left -= 1


def measure_posts(machine, table):
    with machine.besace(machine.database()) as besace:
        before = besace.memory_kib()
        posting = multiprocessing.Process(target=post, args=(besace.port, POSTS))
        posting.start()
        max_kib, max_ms = before, 0
        while posting.is_alive():
            began = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{besace.port}/healthz") as answer:
                answer.read()
            max_ms = max(max_ms, 1000 * (time.monotonic() - began))
            max_kib = max(max_kib, besace.memory_kib())
            time.sleep(0.01)
        posting.join()
    table.add(f"memory while {POSTS} unsigned posts of 4 MiB arrive", f"{max_kib / 1024:.1f} MiB",
              f"before {before / 1024:.1f} MiB", max_kib / before, f"≤ {MAX_MIB} MiB",
              max_kib <= MAX_MIB * 1024)
    table.add("  the slowest /healthz meanwhile", f"{max_ms:.1f} ms", "", None, f"≤ {MAX_MS} ms",
              max_ms <= MAX_MS)


def run(machine, table):
    measure_posts(machine, table)
    measure_drips(machine, table)
