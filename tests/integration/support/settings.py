"""Settings of a guild: changed as the service changes them, by its routines."""

import json
import time

from .interactions import GUILD, Member, new_id


def change(database, values, actor=None, version=-1, guild=GUILD, interaction=None):
    """Sets VALUES, keys and new values, and returns the outcome."""
    actor = actor or Member()
    return database.one("SELECT besace_settings_set(%s, %s, %s, %s, %s, %s, %s::jsonb)", guild,
                        actor.id, actor.username, int(time.time() * 1000), interaction or new_id(),
                        version, json.dumps(values))


def settle(database, guild=GUILD, **values):
    """Sets VALUES and nothing else beside what was set before; it must work."""
    outcome = change(database, {key.replace("__", "."): value for key, value in values.items()},
                     guild=guild)
    assert outcome["done"], outcome
    return outcome


def zone(database, object_id, effect, percent=None, role=False, guild=GUILD):
    value = {"effect": effect, **({"factor_percent": percent} if percent is not None else {})}
    outcome = change(database, {f"zone.{'@' if role else ''}{object_id}": value}, guild=guild)
    assert outcome["done"], outcome


def reset(database, patterns, actor=None, version=-1, guild=GUILD):
    actor = actor or Member()
    return database.one("SELECT besace_settings_reset(%s, %s, %s, %s, %s, %s, %s::varchar[])", guild,
                        actor.id, actor.username, int(time.time() * 1000), new_id(), version, patterns)


def undo(database, audit, actor=None, guild=GUILD, interaction=None):
    actor = actor or Member()
    return database.one("SELECT besace_settings_undo(%s, %s, %s, %s, %s, %s, 7)", guild, actor.id,
                        actor.username, int(time.time() * 1000), interaction or new_id(), audit)


def changed(database, guild=GUILD):
    """Everything that is not the default."""
    return database.one("SELECT besace_settings_changed(%s)", guild)


def version(database, guild=GUILD):
    return database.one("SELECT besace_settings_read(%s)", guild)["version"]
