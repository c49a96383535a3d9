"""A stand-in of Discord's CDN: files at /attachments/…, and the ways in which a host can fail.

    with Cdn() as cdn:
        url = cdn.put("members.json", b"…")
        … DISCORD_CDN_URL=cdn.url …
"""

import http.server
import threading


class Cdn:
    """Serves what was put into it; a path may have another status, a place to go to, or a stall."""

    def __init__(self):
        self.files, self.statuses, self.stalls, self.asked = {}, {}, {}, []
        self.released = threading.Event()
        cdn = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                cdn.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def put(self, name, content, status=200, stall=False):
        """The address of a file; STATUS other than 200 refuses it, STALL holds half of it back."""
        path = f"/ephemeral-attachments/1/{len(self.files)}/{name}"
        self.files[path], self.statuses[path], self.stalls[path] = content, status, stall
        return f"{self.url}{path}?ex=1&hm=secret"

    def answer(self, request):
        path = request.path.partition("?")[0]
        self.asked.append((path, dict(request.headers)))
        content = self.files.get(path, b"")
        status = self.statuses.get(path, 404)
        request.send_response(status)
        if 300 <= status < 400:
            request.send_header("Location", content.decode())
            content = b""
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if self.stalls.get(path):
            request.wfile.write(content[:len(content) // 2])
            request.wfile.flush()
            self.released.wait(60)
            content = content[len(content) // 2:]
        try:
            request.wfile.write(content)
        except OSError:
            pass

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
