"""Programs under scripts/, run to their end."""

import subprocess

from .paths import ROOT

SCRIPTS = ROOT / "scripts"
DEADLINE_S = 180


def run(*argv, env=None, cwd=ROOT, user=None, extra_groups=None):
    """Runs a program to its end and returns what it said."""
    return subprocess.run(
        [str(a) for a in argv], cwd=cwd, env=env, user=user, group=user, extra_groups=extra_groups,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S)
