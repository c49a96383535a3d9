"""besacectl keygen, sign and card: files, their modes, signatures that verify."""

import os
import re
import resource
import signal
import stat
import time

import nacl.exceptions
import nacl.signing
import pytest

from support.ctl import DEADLINE_S, PUBLIC, SEED, ctl, good, key, refused, verify


def test_keygen_writes_a_pair(tmp_path):
    process = ctl("keygen", tmp_path / "a.key")
    assert re.fullmatch(r"[0-9a-f]{64}\n", good(process))
    secret = (tmp_path / "a.key").read_text()
    assert re.fullmatch(r"[0-9a-f]{128}\n", secret)
    made = nacl.signing.SigningKey(bytes.fromhex(secret[:64]))
    assert made.verify_key.encode().hex() == secret[64:128] == process.stdout.strip()
    assert "a.key" in process.stderr and secret.strip()[:64] not in process.stderr


def test_keygen_makes_another_key_each_time(tmp_path):
    assert good(ctl("keygen", tmp_path / "a")) != good(ctl("keygen", tmp_path / "b"))


def test_keygen_has_a_default_name(tmp_path):
    good(ctl("keygen", cwd=tmp_path))
    assert (tmp_path / "besace.key").exists()


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
def test_a_secret_is_for_its_owner_whatever_the_umask(tmp_path, mask):
    good(ctl("keygen", tmp_path / "a", preexec=lambda: os.umask(mask)))
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_keygen_makes_the_key_of_links(tmp_path):
    printed = good(ctl("keygen", "--link"))
    assert re.fullmatch(r"[0-9a-f]{64}\n", printed)
    assert good(ctl("keygen", "--link")) != printed
    assert good(ctl("keygen", "--link", tmp_path / "link")) == ""
    assert re.fullmatch(r"[0-9a-f]{64}\n", (tmp_path / "link").read_text())
    assert stat.S_IMODE((tmp_path / "link").stat().st_mode) == 0o600
    refused(ctl("keygen", "--link", tmp_path / "link"), 1)


def test_card_draws_into_a_file(tmp_path):
    assert good(ctl("card", "--name", "Zoé", "--xp", "1250", tmp_path / "card.png")) == ""
    picture = (tmp_path / "card.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and picture[16:24] == bytes.fromhex("000003a60000011a")


def test_card_says_its_address():
    key = good(ctl("keygen", "--link")).strip()
    say = lambda **settings: good(ctl("card", "--address", "--name", "Zoé", **settings))
    address = say(BESACE_LINK_KEY=key, BESACE_PUBLIC_URL="https://besace.example.org")
    assert re.fullmatch(
        r"https://besace\.example\.org/carte/[\w-]+\.[\w-]{22}\.png\n", address)
    assert say(BESACE_LINK_KEY=key) == address.removeprefix("https://besace.example.org")


def test_card_refuses_what_no_card_holds(tmp_path):
    file = tmp_path / "a.png"
    for arguments in (["--xp", "-1"], ["--xp", "2147483648"], ["--theme", "rose"],
                      ["--language", "french"], ["--rank", "1st"], ["--address"]):
        refused(ctl("card", *arguments, file), 2)
    refused(ctl("card"), 2)
    refused(ctl("card", "--address"), 2)
    refused(ctl("card", tmp_path / "none" / "a.png"), 1)
    assert not file.exists()


def test_keygen_overwrites_nothing(tmp_path):
    path = tmp_path / "a"
    path.write_text("precious")
    (line,) = refused(ctl("keygen", path), 1)
    assert line.startswith(f'"{path}" exists already')
    assert path.read_text() == "precious"


def test_keygen_does_not_follow_a_link(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    refused(ctl("keygen", tmp_path / "a"), 1)
    assert not (tmp_path / "b").exists()


def test_keygen_in_a_folder_that_cannot_be_written():
    """/proc takes no files, from root neither."""
    (line,) = refused(ctl("keygen", "/proc/besace.key"), 1)
    assert line.startswith('cannot make "/proc/besace.key": ')


def test_keygen_leaves_no_half_written_key(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    process = ctl("keygen", tmp_path / "a", preexec=limit)
    assert process.returncode == 1 and process.stdout == ""
    assert "File too large" in process.stderr
    assert not (tmp_path / "a").exists()


def headers_of(text):
    return dict(line.split(": ") for line in text.splitlines())


@pytest.mark.parametrize("body", [b"", b'{"type":1}', b"\x00\xff\n", "é🎁".encode() * 100_000])
@pytest.mark.parametrize("way", ["-", "file", "absent"])
def test_a_signature_verifies(key, tmp_path, body, way):
    (tmp_path / "body").write_bytes(body)
    operands = {"-": ["-"], "file": [f"@{tmp_path}/body"], "absent": []}[way]
    process = ctl("sign", "--key", key, *operands, stdin=body, text=False)
    assert process.returncode == 0, process.stderr
    headers = headers_of(process.stdout.decode())
    assert list(headers) == ["X-Signature-Ed25519", "X-Signature-Timestamp"]
    verify(headers, body)
    assert abs(int(headers["X-Signature-Timestamp"]) - time.time()) < DEADLINE_S
    with pytest.raises(nacl.exceptions.BadSignatureError):
        verify(headers, body + b" ")


def test_a_time_and_a_key_id_can_be_given(key):
    text = good(ctl("sign", "--key", key, "--timestamp", 12, "--key-id", "shim-0.a", '{"a":1}'))
    headers = headers_of(text)
    assert headers["X-Signature-Timestamp"] == "12"
    assert headers["X-Besace-Key-Id"] == "shim-0.a"
    verify(headers, b'{"a":1}')


def test_a_key_that_others_can_read_is_warned_about(key):
    key.chmod(0o644)
    process = ctl("sign", "--key", key, "x")
    assert process.returncode == 0
    assert process.stderr == (f'besacectl: warning: other users have access to "{key}"; '
                              "chmod 600 it\n")


@pytest.mark.parametrize("content, fault", [
    ("", "is no key file"), (SEED, "is no key file"), (SEED + PUBLIC + "\n\n", "is no key file"),
    (SEED + SEED, "is damaged")])
def test_what_is_no_key_is_refused(key, content, fault):
    key.write_text(content)
    (line,) = refused(ctl("sign", "--key", key, "x"), 1)
    assert fault in line and SEED not in line


def test_a_body_that_is_too_large_is_refused(key, tmp_path):
    (tmp_path / "body").write_bytes(bytes(8 * 1024 * 1024 + 1))
    (line,) = refused(ctl("sign", "--key", key, f"@{tmp_path}/body"), 1)
    assert line.endswith("holds more than 8388608 bytes")
    (line,) = refused(ctl("sign", "--key", key, f"@{tmp_path}/none"), 1)
    assert line == f'cannot read "{tmp_path}/none": No such file or directory'
