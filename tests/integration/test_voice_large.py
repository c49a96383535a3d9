"""Voice of guilds that are large, and of one that cannot be settled."""

import contextlib

import pytest

from support.events import heartbeat, heartbeats, now_ms, row, seat, snapshot, voice, xp
from support.interactions import Member, new_id
from support.metrics import metrics_of
from support.ports import own_port
from support.wait import until

DAY = 86400000
# More than are paid at once.
MANY = 1101


@contextlib.contextmanager
def changing(database, member):
    """Holds the member's row as one of our own changes does."""
    holder = database.connect()
    try:
        holder.cursor().execute("SELECT FROM users WHERE user_id = %s FOR NO KEY UPDATE",
                                (member.id,))
        yield
    finally:
        holder.close()


def owed(database):
    return database.one("SELECT count(*) FROM besace_voice_owed")


def test_a_snapshot_of_many_is_paid_in_slices_and_locks_no_one_else(start, database, shim):
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    members, begin = [Member() for _ in range(MANY)], now_ms() - DAY
    seats = [seat(member, str(100 + i // 3)) for i, member in enumerate(members)]
    shim.send(service, snapshot(begin, *seats), *heartbeats(begin, begin + 119000))
    # All but the first three leave by a snapshot, which comes after everybody's tick.
    with changing(database, members[-1]):
        shim.send(service, snapshot(begin + 125000, *seats[:3]))
        assert database.one("SELECT count(*) FROM besace_voice_occupants"
                            " WHERE channel_id IS NOT NULL") == 3
        until(lambda: xp(database, members[3]) > 0, "the others are paid")
        assert owed(database) > 0 and xp(database, members[-1]) == 0
        shim.send(service, heartbeat(begin + 150000))  # nor does it hold up the log
    until(lambda: owed(database) == 0, "all are paid")
    assert [row(database, member) for member in (members[0], members[3], members[-1])] == [
        {"xp": 3, "level": 1, "messages": 0, "voice": 150},
        *[{"xp": 3, "level": 1, "messages": 0, "voice": 125}] * 2]
    assert database.run("SELECT DISTINCT xp, voice_time FROM users ORDER BY 1, 2") == [
        (3, 125), (3, 150)]


def test_what_is_owed_is_within_the_cap_of_its_day(start, database):
    member, day = Member(), "2026-03-02"
    database.run("INSERT INTO besace_settings (guild_id, day_xp_max) VALUES ('1', 10)")
    database.add_member(member)
    database.run("UPDATE users SET xp_day = %s, xp_today = 3, xp_eve = 2", day)
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO besace_voice_owed VALUES ('1', %s, %s, 4, 5, NULL, 60)",
                       (member.id, day))
        cursor.execute("SELECT besace_voice_members(s, ARRAY[%s]::varchar[], %s) FROM"
                       " besace_settings s", (member.id, day))
        assert cursor.fetchone()[0] == [[member.id, 100, 10 - 3 - 4, 10 - 2 - 5]]
        cursor.execute("UPDATE besace_voice_owed SET xp = 8, xp_eve = 9")
    connection.commit()
    connection.close()
    start(database)
    until(lambda: owed(database) == 0, "it is paid")
    assert database.run("SELECT xp, xp_today, xp_eve, voice_time FROM users") == [
        (7 + 8, 10, 10, 60)]


def a_trigger_that_fails(database, guild):
    """Whoever pays somebody in GUILD fails. Returns what mends it, and why."""
    database.run("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
                 " 'BEGIN RAISE EXCEPTION ''this guild fails''; END'")
    database.run("CREATE TRIGGER fails BEFORE UPDATE OF xp ON users FOR EACH ROW"
                 f" WHEN (NEW.guild_id = '{guild}') EXECUTE FUNCTION fail()")
    return lambda: database.run("DROP TRIGGER fails ON users"), "this guild fails"


def rows_that_make_no_sense(database, guild):
    """The log of GUILD cannot be read."""
    source = database.one("SELECT source FROM besace_voice_guilds WHERE guild_id = %s", guild)
    database.run("INSERT INTO besace_voice_events VALUES (%s, %s, 0, 1, false, '[[7]]')",
                 guild, source)
    return (lambda: database.run("DELETE FROM besace_voice_events WHERE guild_id = %s", guild),
            "make no sense")


@pytest.mark.parametrize("breaks", [a_trigger_that_fails, rows_that_make_no_sense])
def test_a_guild_that_keeps_failing_is_set_aside_and_holds_up_no_other(start, database, shim, breaks):
    service = start(database, BESACE_EVENT_KEYS=shim.setting,
                    BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")
    bad, good, begin = new_id(), new_id(), now_ms() - DAY
    a, b, c, d = (Member() for _ in range(4))
    shim.send(service, voice(a, begin, guild=bad), voice(b, begin, guild=bad),
              voice(c, begin, guild=good), voice(d, begin, guild=good))
    mend, why = breaks(database, bad)
    shim.send(service, *heartbeats(begin, begin + 121000))
    until(lambda: xp(database, c, good) == xp(database, d, good) == 1, "the good guild is paid")
    (line,) = until(lambda: [line for line in service.log() if line["msg"].startswith(
        "the voice of a server cannot be settled")], "it is logged")
    assert line["guild"] == bad and line["failures"] == 1 and why in line["why"]
    assert metrics_of(service)["besace_voice_set_aside_total"] == 1
    # Nobody looks at it meanwhile, and the good one goes on.
    shim.send(service, *heartbeats(begin + 121000, begin + 241000))
    assert xp(database, c, good) == 2 and xp(database, a, bad) == 0
    assert database.one("SELECT failures FROM besace_voice_guilds WHERE guild_id = %s", bad) == 1
    mend()
    database.run("UPDATE besace_voice_guilds SET retry_at = now() AT TIME ZONE 'utc'"
                 " WHERE guild_id = %s", bad)
    shim.send(service, *heartbeats(begin + 241000, begin + 250000))
    assert xp(database, a, bad) == xp(database, b, bad) == 2  # nothing was lost
    assert database.run("SELECT failures, retry_at FROM besace_voice_guilds"
                        " WHERE guild_id = %s", bad) == [(0, None)]
