"""The compose file and the image: their settings go together."""

import pathlib
import re
import subprocess

import pytest

from support.paths import BUILD, ROOT
from support.service import ctl

CONTAINER = ROOT / "scripts/container"
EXAMPLE = ROOT / "scripts/systemd/besace.env.example"
PROGRAMS = ("besace", "besace-web", "besace-gateway")
DATABASE = "postgresql://besace@127.0.0.1:9/besace"


def block(program):
    """What compose.yaml says of a service."""
    text = (CONTAINER / "compose.yaml").read_text()
    return re.search(rf"(?ms)^  {program}:\n(.*?)^(?:  )?\S", text).group(1)


def example(key):
    """The settings of the example as an operator fills them in, names of secrets as they stand there."""
    found = dict(re.findall(r"(?m)^#?([A-Z_]+)=(\S+)$", EXAMPLE.read_text()))
    return {**found, "DISCORD_PUBLIC_KEY": key, "DISCORD_APPLICATION_ID": "5"}


@pytest.fixture
def contained(tmp_path, application):
    """contained(program): its environment in the container, whose secrets are in a folder of the test."""
    def made(program):
        of_compose = dict(re.findall(r'(?m)^      ([A-Z_]+): "?([^"\n]*)"?$', block(program)))
        named = {value.rpartition("/")[2] for name, value in of_compose.items() if name.endswith("_FILE")}
        assert named == set(re.search(r"secrets: \[(.*)\]", block(program)).group(1).split(", "))
        for name in named:
            (tmp_path / name).write_text({"database-url": DATABASE}.get(name, "a.b.c"))
            (tmp_path / name).chmod(0o600)
        for name in named & {"event-secret-key", "link-key"}:
            (tmp_path / name).unlink()
            argv = ["keygen", *(["--link"] if name == "link-key" else []), tmp_path / name]
            assert ctl(*argv).returncode == 0
        of_file = {name: value for name, value in example(application.public_key).items()
                   if name not in ("BESACE_LISTEN", "BESACE_TLS_CERT", "BESACE_TLS_KEY")}
        return {**of_file, **{name: value.replace("/run/secrets", str(tmp_path))
                              for name, value in of_compose.items()}}
    return made


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_settings_of_a_host_do_in_the_container(contained, program):
    done = ctl("config", "--program", program, **contained(program))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", ["besace", "besace-web"])
def test_the_database_is_that_of_the_container_and_not_of_the_example(contained, program):
    assert example("")["DATABASE_URL"].endswith("/run/postgresql")
    done = ctl("check", **contained(program))
    assert done.returncode == 1 and b"port 9 failed" in done.stderr, done.stderr


def test_every_secret_of_a_service_is_a_file_of_the_compose_file():
    text = (CONTAINER / "compose.yaml").read_text()
    files = dict(re.findall(r"(?m)^  ([a-z-]+): \{file: (\S+)\}$", text))
    used = {name for names in re.findall(r"secrets: \[(.*)\]", text) for name in names.split(", ")}
    assert used == set(files) and all(files[name] == f"secrets/{name}" for name in files)
    assert [name for name in files if name not in text.split("services:")[0]] == []  # it says which to make


def test_the_image_has_what_the_programs_are_linked_with():
    """Debian's names of libraries are theirs with the version behind them; on another release than the
    image's that version may be another."""
    image = (CONTAINER / "Containerfile").read_text().split("FROM")[2]
    here = re.search(r"(?m)^VERSION_ID=\W?(\d+)", pathlib.Path("/etc/os-release").read_text())
    is_release = here and f" debian:{here.group(1)}-slim" in image
    for program in (*PROGRAMS, "besacectl"):
        done = subprocess.run(["objdump", "-p", BUILD / program], capture_output=True, text=True, check=True)
        for name, version in re.findall(r"NEEDED +lib(\w+)[\w.-]*\.so\.(\d+)", done.stdout):
            if name in ("curl", "microhttpd", "websockets", "pq", "sodium", "jansson", "yajl", "talloc",
                        "sqlite3", "deflate", "edit"):
                suffix = version if is_release else r"\d+"
                assert re.search(rf"\blib{name}-?{suffix}\b", image), (program, name)
    assert "postgresql-client" in image  # besacectl backup, restore, verify-backup
