"""The manual and the programs tell the same."""

import json
import re

import pytest

from support.paths import ROOT
from support.service import ctl

README = ROOT / "README.md"


def settings():
    """The variables of the table in src/runtime/config.c, and which are secret."""
    rows = re.findall(r'\{"([A-Z_]+)", [A-Z_ |]+, [A-Z_0-9 |]+, (true|false),',
                      (ROOT / "src/runtime/config.c").read_text())
    assert len(rows) > 20
    return {name: secret == "true" for name, secret in rows}


@pytest.fixture(scope="module")
def readme():
    assert README.exists(), "there is no README.md"
    return README.read_text()


@pytest.mark.parametrize("name", settings())
def test_every_setting_is_in_the_readme(readme, name):
    assert re.search(rf"`{name}`", readme)


def test_the_readme_names_no_setting_that_does_not_exist(readme):
    known = settings()
    allowed = {*known, *(f"{name}_FILE" for name, secret in known.items() if secret),
               *re.findall(r"BESACE_[A-Z_]+", (ROOT / "tests/README.md").read_text())}
    named = set(re.findall(r"`((?:BESACE|DISCORD|DATABASE)_[A-Z_]+)", readme))
    assert named <= allowed, named - allowed


def test_every_make_target_is_in_the_readme(readme):
    targets = re.findall(r"(?m)^([a-z]+):.*## ", (ROOT / "Makefile").read_text())
    for target in targets:
        assert re.search(rf"\bmake {target}\b", readme) or target == "all", target


def test_every_command_is_in_the_readme(readme):
    for command in json.loads(ctl("register", "--print").stdout):
        name = f"/{command['name']}" if command["type"] == 1 else command["name"]
        assert name in readme, name


def command_lines(readme):
    """The lines of the README's code blocks."""
    return [line for block in re.findall(r"(?ms)^```\n(.*?)^```$", readme)
            for line in block.splitlines()]


def options_of(text):
    return set(re.findall(r"(?<!\S)--[a-z][a-z-]*", text))


def test_commands_of_the_readme_have_the_options_that_it_gives_them(readme):
    pages, found = {}, 0
    for line in command_lines(readme):
        for name, rest in re.findall(r"besacectl ([a-z]+)([^|&#]*)", line):
            if name not in pages:
                process = ctl(name, "--help")
                assert process.returncode == 0, line
                pages[name] = options_of(process.stdout.decode())
            found += 1
            assert options_of(rest) <= pages[name], line
    assert found > 10
    usage = (ROOT / "scripts/nginx/render").read_text()
    for given in re.findall(r"render (--[^|`;)]*)", readme):
        assert options_of(given) <= options_of(usage) | {"--help"}, given


def test_files_of_the_repository_that_the_readme_names_are_there(readme):
    for path in set(re.findall(r"(?:scripts|src|tests)/[a-z0-9_./-]*[a-z0-9]", readme)):
        assert (ROOT / path).exists(), path
