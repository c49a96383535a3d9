"""How besace is told what to do, and what it says when it is told wrongly."""

import os
import socket
import stat
import subprocess

import nacl.signing
import pytest
from support.http import Endpoint
from support.paths import new_folder
from support.ports import own_port
from support.service import Service, ctl, run_besace
from support.tls import make_certificate
from support.wait import until
from support.metrics import metrics_of


def good(application, database):
    return {"DATABASE_URL": database.url, "DISCORD_PUBLIC_KEY": application.public_key}


def test_help_and_version_need_no_settings():
    help = run_besace("--help")
    assert help.returncode == 0 and help.stdout.startswith("Usage: besace")
    version = run_besace("--version")
    assert version.returncode == 0 and version.stdout.startswith("besace ")
    assert help.stderr == version.stderr == ""


@pytest.mark.parametrize("argument", ["now", "--unknown", "-x"])
def test_anything_else_on_the_command_line_is_bad_usage(argument):
    done = run_besace(argument)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.strip()


def test_all_faults_are_told_at_once_each_naming_its_variable():
    wrong = {"DISCORD_PUBLIC_KEY": "abc", "BESACE_LISTEN": "8080", "BESACE_POOL_SIZE": "0",
             "BESACE_MAX_SKEW": "soon", "BESACE_MIGRATE": "maybe", "BESACE_LOG": "loud",
             "BESACE_LOG_FORMAT": "xml", "DISCORD_API_URL": "discord.com",
             "DISCORD_APPLICATION_ID": "besace", "BESACE_TLS_CERT": "/nonexistent/cert.pem",
             "BESACE_EVENT_KEYS": "shim", "BESACE_LEVEL_CHANNEL_ID": "general",
             "BESACE_METRICS_LISTEN": "9464"}
    done = run_besace(**wrong)
    assert done.returncode == 2 and done.stdout == ""
    lines = done.stderr.splitlines()
    for name in [*wrong, "DATABASE_URL"]:
        assert sum(line.startswith(f"besace: {name}: ") for line in lines) == 1, (name, lines)
    assert len(lines) == len(wrong) + 1


def test_without_settings_only_the_required_ones_are_missing():
    done = run_besace()
    assert done.returncode == 2
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == \
        ["DATABASE_URL", "DISCORD_PUBLIC_KEY"]


def test_a_secret_in_a_fault_is_not_repeated(application):
    done = run_besace(DATABASE_URL="postgresql://u:sesame@[x/", DISCORD_BOT_TOKEN="ses ame",
                      DISCORD_PUBLIC_KEY=application.public_key)
    assert done.returncode == 2
    assert "DATABASE_URL: " in done.stderr and "DISCORD_BOT_TOKEN: " in done.stderr
    assert "sesame" not in done.stderr and "ses ame" not in done.stderr


def test_a_secret_can_come_from_a_file(application, database, start, tmp_path):
    file = tmp_path / "url"
    file.write_text(database.url + "\n")
    service = start(database, DATABASE_URL=None, DATABASE_URL_FILE=file)
    assert service.ask(application.ping()) == {"type": 1}


def test_the_variable_wins_over_its_file(database, start, tmp_path):
    start(database, DATABASE_URL_FILE=tmp_path / "nothing here")


@pytest.mark.parametrize("content", [None, "", "a\0b"])
def test_an_unusable_secret_file_is_a_fault(application, tmp_path, content):
    file = tmp_path / "url"
    if content is not None:
        file.write_text(content)
    done = run_besace(DATABASE_URL_FILE=file, DISCORD_PUBLIC_KEY=application.public_key)
    assert done.returncode == 2
    assert done.stderr.startswith("besace: DATABASE_URL_FILE: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_misspelt_setting_is_warned_about(database, start):
    service = start(database, BESACE_LISTN="127.0.0.1:1")
    assert [line["names"] for line in service.said("unknown settings")] == ["BESACE_LISTN"]


def test_what_stays_off_without_a_token_is_said_once(database, start):
    service = start(database)
    assert len(service.said("DISCORD_BOT_TOKEN is not set")) == 1


def test_text_logs_are_for_readers(database, application):
    service = Service(application, database.url, BESACE_LOG_FORMAT="text")
    service.launch()
    until(lambda: " info  listening port=" in service.text(), "it listens")
    service.stop()
    assert service.log() == []


def test_several_keys_are_good_while_a_key_is_rotated(application, database, start):
    new = nacl.signing.SigningKey.generate()
    keys = f"{application.public_key},{new.verify_key.encode().hex()}"
    service = start(database, DISCORD_PUBLIC_KEY=keys)
    for key in (application.key, new):
        assert service.post(b'{"type":1}', application.sign(b'{"type":1}', key=key)).status == 200


# -- where it listens


def test_service_listens_on_ipv6(database, start, application):
    service = start(database, BESACE_LISTEN="[::1]:0")
    assert service.ask(application.ping()) == {"type": 1}


@pytest.fixture
def socket_path():
    return new_folder("socket") / "besace.sock"


def test_a_unix_socket_is_open_to_its_group_and_gone_at_the_end(
        database, start, application, socket_path):
    service = start(database, BESACE_LISTEN=f"unix:{socket_path}")
    mode = os.stat(socket_path)
    assert stat.S_ISSOCK(mode.st_mode) and mode.st_mode & 0o777 == 0o660
    assert service.ask(application.ping()) == {"type": 1}
    service.stop()
    assert not socket_path.exists()


def test_a_stale_unix_socket_is_replaced(database, start, application, socket_path):
    service = start(database, BESACE_LISTEN=f"unix:{socket_path}")
    service.kill()
    assert socket_path.exists()
    service.start()
    assert service.ask(application.ping()) == {"type": 1}


def test_a_live_unix_socket_is_refused(database, start, application, socket_path):
    first = start(database, BESACE_LISTEN=f"unix:{socket_path}")
    second = run_besace(**good(application, database), BESACE_LISTEN=f"unix:{socket_path}",
                        BESACE_METRICS_LISTEN="")
    assert second.returncode == 1
    assert str(socket_path) in second.stderr and "in use" in second.stderr
    assert first.ask(application.ping()) == {"type": 1}


def test_a_port_in_use_is_a_failure_with_a_sentence(application, database):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_besace(**good(application, database), BESACE_LISTEN=f"127.0.0.1:{port}",
                          BESACE_METRICS_LISTEN="")
    assert done.returncode == 1
    assert str(port) in done.stderr.splitlines()[-1] and "in use" in done.stderr


def test_service_serves_https_by_itself(database, start, application, tmp_path):
    certificate, key = make_certificate(tmp_path, "besace.test")
    service = start(database, ready=False, BESACE_TLS_CERT=certificate, BESACE_TLS_KEY=key)
    endpoint = Endpoint(service.endpoint.url, application, ca=certificate)
    assert endpoint.url.startswith("https://")
    assert endpoint.ask(application.ping()) == {"type": 1}
    plain = Endpoint(endpoint.url.replace("https", "http"), application)
    assert plain.get("/healthz").status != 200


def test_a_key_that_is_not_the_certificates_is_refused(application, database, tmp_path):
    certificate, _ = make_certificate(tmp_path, "besace.test")
    other = tmp_path / "other"
    other.mkdir()
    _, key = make_certificate(other, "besace.test")
    done = run_besace(**{**good(application, database), "DATABASE_URL": "nonsense"},
                      BESACE_TLS_CERT=certificate, BESACE_TLS_KEY=key)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 2 and lines[0].startswith("besace: DATABASE_URL: ")
    assert lines[1].startswith(f"besace: BESACE_TLS_KEY: \"{key}\" does not go with BESACE_TLS_CERT")


def test_files_that_are_no_pem_are_refused(application, database, tmp_path):
    certificate, key = make_certificate(tmp_path, "besace.test")
    locked = tmp_path / "locked.pem"
    subprocess.run(["openssl", "pkey", "-aes256", "-passout", "pass:secret", "-in", key,
                    "-out", locked], check=True, capture_output=True)
    large = tmp_path / "large.pem"
    large.write_text("-" * 300_000)
    no_certificate = "holds no certificate in PEM"
    no_key = "holds no private key without a passphrase in PEM"
    for given, faults in [
            ((key, certificate), [("CERT", no_certificate), ("KEY", no_key)]),
            ((certificate, locked), [("KEY", no_key)]),
            ((certificate, "/dev/null"), [("KEY", no_key)]),
            ((large, key), [("CERT", "is too large")])]:
        done = run_besace(**good(application, database), BESACE_TLS_CERT=given[0],
                          BESACE_TLS_KEY=given[1])
        assert done.returncode == 2 and done.stdout == ""
        lines = done.stderr.splitlines()
        assert len(lines) == len(faults), lines
        for line, (name, sentence) in zip(lines, faults):
            assert line.startswith(f"besace: BESACE_TLS_{name}") and sentence in line
        shown = ctl("config", BESACE_TLS_CERT=str(given[0]), BESACE_TLS_KEY=str(given[1]),
                    **good(application, database))
        assert shown.returncode == 2
        said = [line for line in shown.stderr.decode().splitlines() if "--roles" not in line]
        assert said == done.stderr.replace("besace: ", "besacectl: ").splitlines()


def test_a_fault_is_one_line_whatever_was_given():
    done = run_besace(BESACE_LISTEN="127.0.0.1\nDATABASE_URL: x:80x", DATABASE_URL="postgresql:///x",
                      DISCORD_PUBLIC_KEY="0" * 64)
    lines = [line for line in done.stderr.splitlines() if "BESACE_LISTEN" in line]
    assert done.returncode == 2 and len(lines) == 1 and "127.0.0.1?DATABASE_URL" in lines[0]


def test_shims_may_be_many(database, start):
    from support.events import Shim, heartbeat, now_ms
    shims = [Shim(f"shim{number}") for number in range(40)]
    service = start(database, BESACE_EVENT_KEYS=",".join(shim.setting for shim in shims))
    assert shims[-1].send(service, heartbeat(now_ms())) == (1, 0)


# -- metrics


def test_metrics_have_a_listener_of_their_own(database, start, application):
    service = start(database, BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")
    before = metrics_of(service)
    service.ask(application.command("aide", application_member()))
    service.post(b"{}", [])

    def has_grown(*words):
        return any(value > before.get(name, 0) for name, value in metrics_of(service).items()
                   if all(word in name for word in words))

    until(lambda: has_grown("interactions", "answered"), "the answer is counted")
    until(lambda: has_grown("signatures", "header"), "the missing header is counted")
    assert service.get("/metrics").status == 404


def application_member():
    from support.interactions import Member
    return Member()


def test_empty_turns_metrics_off(database, start):
    service = start(database)
    assert service.settings["BESACE_METRICS_LISTEN"] == ""
    assert service.get("/metrics").status == 404


def test_the_metrics_port_in_use_is_a_failure_with_a_sentence(application, database):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_besace(**good(application, database), BESACE_LISTEN="127.0.0.1:0",
                          BESACE_METRICS_LISTEN=f"127.0.0.1:{port}")
    assert done.returncode == 1 and str(port) in done.stderr


# -- systemd


def test_systemd_is_told_when_it_is_ready_and_when_it_ends(database, start, tmp_path):
    path = str(new_folder("notify") / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        systemd.settimeout(30)
        service = start(database, NOTIFY_SOCKET=path)
        assert systemd.recv(1000) == b"READY=1"
        service.stop()
        assert systemd.recv(1000) == b"STOPPING=1"


def test_a_loop_weighs_as_much_as_a_backend_where_the_kernel_permits_it(database, start):
    """Linux's autogroup shares the processors out by session. The tests start a session for it."""
    service = start(database, BESACE_POOL_SIZE="16")
    said = service.said("listening")[0]
    try:
        with open(f"/proc/{service.process.pid}/autogroup", encoding="ascii") as file:
            nice = int(file.read().split()[-1])
    except OSError:
        assert said["nice"] == 0
        return
    assert said["nice"] == nice
    if os.geteuid() == 0 and said["loops"] == 2:
        assert nice == -3
    assert nice <= 0
