"""A real nginx in front of services, configured by scripts/nginx/render."""

import subprocess

from .http import Endpoint, RawConnection
from .paths import ROOT, new_folder
from .ports import Port
from .tls import make_certificate
from .wait import until

NAME = "besace.test"


class Nginx:
    """nginx in the foreground, in a folder of its own, with a certificate of its own."""

    def __init__(self, application, *services, options=()):
        self.folder = new_folder("nginx")
        certificate, key = make_certificate(self.folder, NAME)
        self.kept = Port()
        self.port = self.kept.number
        self.log = self.folder / "access.log"
        configuration = self.folder / "nginx.conf"
        upstreams = [part for service in services for part in ("--upstream", service.address)]
        done = subprocess.run(
            [ROOT / "scripts/nginx/render", "--server-name", NAME, "--cert", certificate,
             "--key", key, "--listen", f"127.0.0.1:{self.port}", "--no-redirect",
             "--access-log", self.log, "--error-log", self.folder / "error.log",
             "--standalone", self.folder, *upstreams, *options],
            check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        configuration.write_text(done.stdout)
        command = ["nginx", "-p", str(self.folder), "-c", str(configuration)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        import pycurl
        self.endpoint = Endpoint(
            f"https://{NAME}:{self.port}", application, ca=certificate,
            options={pycurl.RESOLVE: [f"{NAME}:{self.port}:127.0.0.1"]})
        until(self.answers, "nginx listens")

    def answers(self):
        assert self.process.poll() is None, self.process.stderr.read().decode()
        return self.endpoint.get("/healthz").status == 200

    def raw(self, source=None):
        """A connection, from the address SOURCE."""
        return RawConnection("127.0.0.1", self.port, tls_name=NAME, source=source)

    def __getattr__(self, name):
        if name.startswith("_") or self.__dict__.get("endpoint") is None:
            raise AttributeError(name)
        return getattr(self.endpoint, name)

    def end(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stderr.close()
        self.kept.close()
