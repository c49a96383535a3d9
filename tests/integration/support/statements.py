"""The statements of sql/queries."""

import re

from .paths import ROOT


def statement(file, name):
    """The statement NAME of FILE, with its parameters by name."""
    text = (ROOT / "sql/queries" / file).read_text(encoding="utf-8")
    return re.search(rf"-- name: {name}\n(.*?)(?=\n\n|\Z)", text, re.S).group(1)


def execute(cursor, file, name, values):
    """Prepares it as the program does, for whatever VALUES (by name, None for those that are not there), and
    executes it. Returns its rows."""
    names = []

    def numbered(match):
        if match.group(1) not in names:
            names.append(match.group(1))
        return f"${names.index(match.group(1)) + 1}"

    text = re.sub(r"\$([a-z_]+)", numbered, statement(file, name)).rstrip(";")
    cursor.execute("SET plan_cache_mode = force_generic_plan")
    cursor.execute(f"PREPARE {name} AS {text}")
    places = ", ".join(["%s"] * len(names))
    cursor.execute(f"EXECUTE {name}({places})", [values.get(parameter) for parameter in names])
    rows = cursor.fetchall()
    cursor.execute(f"DEALLOCATE {name}")
    cursor.execute("RESET plan_cache_mode")
    return rows
