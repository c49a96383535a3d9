"""Golden files: what members read, kept to be compared."""

import json
import os

from .paths import ROOT

GOLDEN = ROOT / "tests/golden"
LOCALES = {"fr": "fr", "en": "en-US"}


def compare(name, value):
    """Holds VALUE to the golden file NAME, or writes it when told to."""
    path = GOLDEN / name
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("BESACE_GOLDEN") == "write":
        path.write_text(text)
    assert path.exists() and path.read_text() == text, \
        f"{path.relative_to(ROOT)} differs; if that is meant, write it anew with BESACE_GOLDEN=write"
