"""Where things are, and folders that the user who runs PostgreSQL can reach."""

import os
import pathlib
import shutil
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]


def find_build():
    """BESACE_BUILD, else the build with sanitizers, else the plain one."""
    given = os.environ.get("BESACE_BUILD")
    if given:
        return ROOT / given
    sanitized = ROOT / "build/sanitize"
    return sanitized if (sanitized / "besace").exists() else ROOT / "build"


BUILD = find_build()


folders = []


def new_folder(name, memory=False):
    """A new folder that every user can enter, removed when the tests end. Its path is short enough
    for a socket in it. With MEMORY its files are held in memory, if tests/run has found enough."""
    place = os.environ.get("BESACE_TEST_DIR", "/tmp")
    if memory:
        place = os.environ.get("BESACE_TEST_MEMORY", place)
    folder = tempfile.mkdtemp(prefix=f"{name}.", dir=place)
    os.chmod(folder, 0o755)
    folders.append(folder)
    return pathlib.Path(folder)


def remove_folders():
    while folders:
        shutil.rmtree(folders.pop(), ignore_errors=True)
