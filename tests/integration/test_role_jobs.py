"""Jobs of roles: who has a guild's lease, which job is next, and what becomes of it."""

import pytest

from support.roles import add, jobs, reward, run_start, set_level


def take(database, holder):
    """The user and the version of the only job that HOLDER takes; None: none is due."""
    rows = database.run("SELECT job ->> 'user', (job ->> 'version')::integer"
                        " FROM besace_role_jobs_take(%s, 8, 60, '{}')", holder)
    return rows[0] if rows else None


def end(database, member, version, holder, outcome, wait_ms=0, given=(), taken=()):
    return database.one("SELECT besace_role_job_end('1', %s, %s, %s, %s::varchar[], %s::varchar[], %s,"
                        " NULL, NULL, %s)", member.id, version, holder, list(given), list(taken), outcome,
                        wait_ms)


def test_the_end_of_a_turn_never_gives_somebody_elses_lease_back(database):
    member = add(database)
    reward(database, "500", 2)
    set_level(database, member, 2)
    user, version = take(database, "late")
    assert user == member.id
    database.run("UPDATE besace_role_guilds SET leased_until = leased_until - interval '1 h'")
    assert take(database, "b") == (member.id, version)
    before = database.run("SELECT * FROM besace_role_guilds")
    for outcome in ("failed", "later", "done"):
        end(database, member, version, "late", outcome, 5000)
        assert database.run("SELECT * FROM besace_role_guilds") == before
    assert take(database, "c") is None
    assert database.one("SELECT attempts FROM besace_role_jobs") == 0


def test_who_left_keeps_a_wish_that_came_later(database):
    """They were gone when the turn asked, and are back with another level when it ends."""
    member = add(database)
    reward(database, "500", 2)
    reward(database, "501", 3)
    set_level(database, member, 2)
    _, version = take(database, "a")
    set_level(database, member, 3)
    end(database, member, version, "a", "left")
    assert database.one("SELECT version FROM besace_role_jobs") > version
    end(database, member, version + 1, "a", "left")
    assert jobs(database) == {}


def test_a_guild_with_level_ups_comes_before_mass_work_that_waited_longer(database):
    actor, member = add(database, 2), add(database, guild="7")
    for guild in ("1", "7"):
        reward(database, "500", 2, guild=guild)
    run_start(database, actor)
    database.one("SELECT besace_role_run_expand(100)")
    set_level(database, member, 2, guild="7")
    database.run("UPDATE besace_role_guilds SET served_at = clock_timestamp() AT TIME ZONE 'utc' WHERE guild_id = '7'")
    assert database.run("SELECT guild_id FROM besace_role_jobs_take('a', 1, 60, '{}')") == [("7",)]


def test_a_level_up_stays_one_when_a_run_comes(database):
    reward(database, "500", 2)
    member = add(database)
    set_level(database, member, 2)
    run_start(database, member)
    assert database.one("SELECT besace_role_run_expand(100)") == 1
    assert database.run("SELECT mass, version FROM besace_role_jobs") == [(False, 2)]


def test_a_later_wish_keeps_its_place_among_those_that_wait(database):
    reward(database, "500", 2)
    reward(database, "501", 3)
    first, second = add(database), add(database)
    set_level(database, first, 2)
    set_level(database, second, 2)
    set_level(database, first, 3)
    assert take(database, "a") == (first.id, 2)


def test_a_job_that_is_set_aside_leaves_its_guild_to_the_next(database):
    reward(database, "500", 2)
    bad, good = add(database), add(database)
    set_level(database, bad, 2)
    database.run("UPDATE besace_role_jobs SET attempts = 9")
    _, version = take(database, "a")
    set_level(database, good, 2)
    assert end(database, bad, version, "a", "failed", wait_ms=600_000) is True
    assert take(database, "a") == (good.id, 1)


@pytest.mark.parametrize("before", [True, False], ids=["before the wish", "by the job"])
def test_what_a_member_has_is_not_given_again_while_the_rest_waits(database, before):
    """A moderator takes it away meanwhile."""
    for role in ("500", "501"):
        reward(database, role, 2)
    member = add(database)
    if before:
        database.run("UPDATE users SET roles = '{500}'")
    set_level(database, member, 2)
    _, version = take(database, "a")
    end(database, member, version, "a", "later", given=[] if before else ["500"])
    assert database.one("SELECT roles FROM users") == ["500"]
    database.run("UPDATE users SET roles = '{}'")
    [steps] = database.run("SELECT job -> 'steps' FROM besace_role_jobs_take('b', 8, 60, '{}')")
    assert [step["role"] for step in steps[0]] == ["501"]


def test_what_was_taken_away_is_not_taken_again_while_the_rest_waits(database):
    """A moderator gives it back meanwhile."""
    reward(database, "500", 2)
    reward(database, "501", 2)
    member = add(database, 2)
    database.run("UPDATE users SET roles = '{500,501}'")
    set_level(database, member, 1)
    _, version = take(database, "a")
    end(database, member, version, "a", "later", taken=["500"])
    database.run("UPDATE users SET roles = '{500,501}'")
    [steps] = database.run("SELECT job -> 'steps' FROM besace_role_jobs_take('b', 8, 60, '{}')")
    assert [(step["role"], step["give"]) for step in steps[0]] == [("501", False)]


def test_a_run_does_not_wait_for_members_who_are_pending(database):
    """They get their role once they have accepted the rules; the run is over before."""
    pending, actor = add(database, 3), add(database, 3)
    database.run("UPDATE users SET pending = true, roles = '{}' WHERE user_id = %s", pending.id)
    reward(database, "500", 2)
    run_start(database, actor)
    assert database.one("SELECT besace_role_run_expand(100)") == 2
    user, version = take(database, "a")
    assert user == actor.id
    end(database, actor, version, "a", "done", given=["500"])
    assert take(database, "a") is None
    assert database.one("SELECT besace_role_run_expand(100)") is None
    assert database.one("SELECT besace_role_run('1')")["state"] == "done"
    database.run("UPDATE users SET pending = false WHERE user_id = %s", pending.id)
    assert take(database, "a")[0] == pending.id
