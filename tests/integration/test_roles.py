"""Roles by level: wishes written with the level, given one by one, never insisted on."""

import pytest

from support.events import message, now_ms, reaction, voice
from support.interactions import GUILD, Member, new_id
from support.levels import level_start
from support.metrics import metrics_of
from support.outage import in_background
from support.ports import own_port
from support.roles import OWN, add, describe, jobs, reward, reward_state, run_start, set_level, setting
from support.settings import change
from support.wait import until

ROUTE = "/guilds/{guild}/members/{user}/roles/{role}"


@pytest.fixture(name="settings")
def settings_that_give_roles(shim, discord):
    return {"BESACE_EVENT_KEYS": shim.setting, "DISCORD_API_URL": discord.url,
            "DISCORD_BOT_TOKEN": "bot.token.test",
            "BESACE_METRICS_LISTEN": f"127.0.0.1:{own_port()}"}


@pytest.fixture
def giver(start, database, settings):
    return start(database, **settings)


def settled(database, guild=GUILD):
    """Waits until no job is due."""
    until(lambda: "due" not in jobs(database, guild).values(), "no job is due")


def calls(discord, method="*"):
    """(method, user, role) of the calls about roles."""
    return [(call["method"], *call["path"].split("/")[-3::2])
            for call in discord.calls(method, ROUTE)]


# -- what is wanted


def test_a_level_up_brings_its_role(giver, database, discord, shim):
    describe(discord, "500")
    reward(database, "500", 2)
    member = Member()
    database.add_member(member, xp=99)
    shim.send(giver, message(member, now_ms(), roles=["77"]))
    discord.wait_for(lambda: discord.roles_of(member.id) == {"500"})
    settled(database)
    assert jobs(database) == {}
    assert discord.audit == [("1", "give", member.id, "500", "Besace\u00a0: récompense du niveau 2")]
    assert set(database.one("SELECT roles FROM users WHERE user_id = %s", member.id)) == {"77", "500"}
    assert not discord.violations


def test_every_level_that_was_crossed_counts(giver, database, discord):
    describe(discord, *(str(500 + level) for level in range(2, 13)))
    for level in range(2, 13):
        reward(database, str(500 + level), level)
    member = add(database)
    set_level(database, member, 11)
    settled(database)
    assert discord.roles_of(member.id) == {str(500 + level) for level in range(2, 12)}


def test_single_rewards_leave_the_highest_that_is_reached(giver, database, discord):
    describe(discord, "502", "503", "504", "509")
    for level in (2, 3, 4):
        reward(database, str(500 + level), level, "single")
    reward(database, "509", 2)
    member = add(database)
    for level, expected in ((2, {"502"}), (4, {"504"}), (3, {"503"}), (9, {"504"}), (1, set())):
        set_level(database, member, level)
        settled(database)
        assert discord.roles_of(member.id) - {"509"} == expected
    assert discord.roles_of(member.id) == set()


@pytest.mark.parametrize("keep", [False, True])
def test_a_lost_level_takes_its_roles_or_not(giver, database, discord, keep):
    describe(discord, "502", "505")
    setting(database, reward_keep=keep)
    reward(database, "502", 2)
    reward(database, "505", 5)
    member = add(database)
    set_level(database, member, 6)
    settled(database)
    set_level(database, member, 3)
    settled(database)
    assert discord.roles_of(member.id) == ({"502", "505"} if keep else {"502"})
    if not keep:
        assert discord.audit[-1][1:] == ("take", member.id, "505",
                                         "Besace\u00a0: la récompense du niveau 5 est retirée")


def test_a_single_reward_that_was_kept_stays_the_only_one(giver, database, discord):
    """Also when a level below it is gained; one that a moderator gave is no level that was reached."""
    describe(discord, "505", "510", "520")
    setting(database, reward_keep=True)
    for level in (5, 10, 20):
        reward(database, str(500 + level), level, "single")
    member = add(database)
    set_level(database, member, 10)
    settled(database)
    for level in (4, 6):
        set_level(database, member, level)
        settled(database)
        assert discord.roles_of(member.id) == {"510"}
    discord.roles.clear()
    database.run("UPDATE users SET roles = '{520}' WHERE user_id = %s", member.id)
    set_level(database, member, 7)
    settled(database)
    assert discord.roles_of(member.id) == {"505"}


def test_only_what_was_lost_is_taken_away(giver, database, discord):
    """A moderator gave a reward below its level, and roles that are no rewards: they stay."""
    describe(discord, "502", "503", "505", "600")
    for level in (2, 3, 5):
        reward(database, str(500 + level), level)
    member = add(database)
    database.run("UPDATE users SET roles = '{505,600}' WHERE user_id = %s", member.id)
    discord.roles |= {("1", member.id, "505"), ("1", member.id, "600")}
    set_level(database, member, 3)
    settled(database)
    set_level(database, member, 2)
    settled(database)
    assert discord.roles_of(member.id) == {"502", "505", "600"}


def test_a_later_wish_takes_the_place_of_an_earlier_one(start, settings, database, discord):
    describe(discord, "502", "505", "509")
    for level in (2, 5, 9):
        reward(database, str(500 + level), level)
    member = add(database)
    database.run("UPDATE users SET roles = '{509}' WHERE user_id = %s", member.id)
    discord.roles.add(("1", member.id, "509"))
    for level in (9, 5, 1, 5, 3):
        set_level(database, member, level)
    assert len(jobs(database)) == 1
    start(database, **settings)
    settled(database)
    assert discord.roles_of(member.id) == {"502"}
    assert sorted(calls(discord)) == [("DELETE", member.id, "509"), ("PUT", member.id, "502")]


def test_a_wish_that_comes_while_one_is_worked_on_is_not_lost(giver, database, discord):
    describe(discord, "502")
    reward(database, "502", 2)
    member = add(database)
    discord.fail(route=ROUTE, stall=60, apply=True)
    set_level(database, member, 2)
    discord.wait_for(lambda: calls(discord))
    set_level(database, member, 1)
    discord.release()
    discord.wait_for(lambda: len(calls(discord)) == 2)
    settled(database)
    assert discord.roles_of(member.id) == set()


def test_without_levels_there_are_no_roles(giver, database, discord):
    describe(discord, "502")
    setting(database, levels=False)
    reward(database, "502", 2)
    other = add(database, guild="7")
    reward(database, "502", 2, guild="7")
    set_level(database, add(database), 2)
    set_level(database, other, 2, guild="7")
    discord.wait_for(lambda: calls(discord))
    assert jobs(database) == {} and calls(discord) == [("PUT", other.id, "502")]


def test_levels_that_are_put_off_meanwhile_give_no_role(start, settings, database, discord):
    """Neither what was due by then nor a run that was under way."""
    describe(discord, "502")
    reward(database, "502", 2)
    set_level(database, add(database), 2)
    run_start(database, add(database, 3))
    assert database.one("SELECT besace_role_run_expand(100)") == 2
    setting(database, levels=False)
    start(database, **settings)
    until(lambda: jobs(database) == {}, "nothing is left to do")
    until(lambda: run_of(database)["state"] == "done", "the run is over")
    assert calls(discord) == [] and reward_state(database, "502") == ("active", None)


def test_a_role_that_a_moderator_took_away_waits_for_the_next_level(giver, database, discord, shim):
    describe(discord, "502")
    reward(database, "502", 2)
    member = add(database)
    set_level(database, member, 2)
    settled(database)
    discord.roles.clear()
    shim.send(giver, message(member, now_ms(), roles=[]))
    assert jobs(database) == {} and len(calls(discord)) == 1
    set_level(database, member, 3)
    settled(database)
    assert discord.roles_of(member.id) == {"502"}


@pytest.mark.parametrize("mode", ["stack", "single"])
def test_a_loss_does_not_put_back_what_a_moderator_took_away(giver, database, discord, shim, mode):
    describe(discord, "502", "505")
    reward(database, "502", 2, mode)
    reward(database, "505", 5)
    member = add(database)
    set_level(database, member, 5)
    settled(database)
    discord.roles.discard(("1", member.id, "502"))
    shim.send(giver, message(member, now_ms(), roles=["505"]))
    set_level(database, member, 4)
    until(lambda: jobs(database) == {}, "the job ended")
    assert discord.roles_of(member.id) == set()
    set_level(database, member, 5)
    until(lambda: jobs(database) == {}, "the job ended")
    assert discord.roles_of(member.id) == {"502", "505"}


def test_a_role_that_was_taken_away_stays_so_when_another_is_no_longer_blocked(giver, database, discord, shim):
    """The member's job still waits, for that other one alone."""
    describe(discord, "502", {"id": "503", "position": 51})
    for role in ("502", "503"):
        reward(database, role, 2)
    member = add(database)
    set_level(database, member, 2)
    settled(database)
    discord.roles.clear()
    shim.send(giver, message(member, now_ms(), roles=[]))
    describe(discord, "502", "503")
    database.one("SELECT besace_rewards_retry(%s, NULL)", GUILD)
    until(lambda: jobs(database) == {}, "the job ended")
    assert discord.roles_of(member.id) == {"503"}
    set_level(database, member, 3)
    until(lambda: jobs(database) == {}, "the job ended")
    assert discord.roles_of(member.id) == {"502", "503"}


# -- coming back, and waiting for the rules to be accepted


@pytest.mark.parametrize("given_back", [True, False])
def test_who_comes_back_has_the_roles_again_or_not(giver, database, discord, shim, given_back):
    describe(discord, "502")
    setting(database, reward_return=given_back)
    reward(database, "502", 2)
    member, at = add(database), now_ms() - 60000
    shim.send(giver, message(member, at, joined_at=at - 1000))
    set_level(database, member, 2)
    settled(database)
    discord.roles.clear()
    shim.send(giver, {"id": f"j:{at}", "type": "join", "at": now_ms(), "guild_id": GUILD,
                      "user": {"id": member.id, "username": "lou"}, "joined_at": now_ms() - 500})
    settled(database)
    assert discord.roles_of(member.id) == ({"502"} if given_back else set())
    assert len(calls(discord)) == 1 + given_back


def test_a_pending_member_gets_nothing_yet(giver, database, discord, shim):
    describe(discord, "502")
    reward(database, "502", 2)
    member, other = Member(), add(database)
    database.add_member(member, xp=99)
    shim.send(giver, message(member, now_ms(), pending=True, roles=[]))
    assert jobs(database) == {member.id: "held"}
    set_level(database, other, 2)
    discord.wait_for(lambda: discord.roles_of(other.id) == {"502"})
    assert calls(discord) == [("PUT", other.id, "502")]
    shim.send(giver, message(member, now_ms(), pending=False, roles=[]))
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})


def test_who_left_is_noted_and_keeps_everything(giver, database, discord, shim):
    member = add(database)
    describe(discord, "502", members=[])
    reward(database, "502", 2)
    set_level(database, member, 2)
    until(lambda: database.one("SELECT left_at FROM users WHERE user_id = %s", member.id),
          "the member is noted as gone")
    assert jobs(database) == {}
    set_level(database, member, 3)
    assert jobs(database) == {} and len(calls(discord)) == 1
    describe(discord, "502", members=[member.id])
    shim.send(giver, message(member, now_ms()))
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})
    assert database.one("SELECT left_at FROM users WHERE user_id = %s", member.id) is None


def test_a_reaction_does_not_bring_back_who_left(giver, database, discord, shim):
    """Their messages stay, and so do those who react to them."""
    describe(discord, "502")
    member = add(database, 2)
    database.run("UPDATE users SET left_at = now() WHERE user_id = %s", member.id)
    reward(database, "502", 2)
    shim.send(giver, reaction(member, now_ms()))
    assert database.run("SELECT left_at IS NULL, xp FROM users WHERE user_id = %s", member.id) == [
        (False, level_start(2) + 2)]
    assert jobs(database) == {}
    shim.send(giver, voice(member, now_ms()))
    assert database.one("SELECT left_at IS NULL FROM users WHERE user_id = %s", member.id)


# -- refusals


def test_a_role_above_besace_is_refused_once(giver, database, discord):
    """It was raised after it had been set: 403, and nobody else is tried."""
    describe(discord, {"id": "502", "position": 51}, "503")
    reward(database, "502", 2)
    reward(database, "503", 2)
    members = [add(database) for _ in range(5)]
    for member in members:
        set_level(database, member, 2)
    settled(database)
    assert reward_state(database, "502") == ("blocked", 50013)
    assert [call for call in calls(discord) if call[2] == "502"] == calls(discord)[:1]
    assert all(discord.roles_of(member.id) == {"503"} for member in members)
    assert set(jobs(database).values()) == {"blocked"}


def roles_event(*roles, own=OWN, position=50):
    return {"id": f"o:{new_id()}", "type": "roles", "at": now_ms(),
            "guild_id": GUILD, "own": own, "roles": [
                {"id": own, "position": position, "permissions": "268435456", "managed": True},
                *({"position": 1, "permissions": "0", "managed": False, **role} for role in roles)]}


@pytest.mark.parametrize("role", [
    {"position": 51}, {"managed": True}, {"permissions": "8"}, {"permissions": "1099511627776"}])
def test_a_role_that_has_changed_is_not_even_tried(giver, database, discord, shim, role):
    describe(discord, "502", {"id": "503", "position": 51})
    shim.send(giver, roles_event({"id": "502"}))
    reward(database, "502", 2)
    shim.send(giver, roles_event({"id": "502", **role}))
    member = add(database)
    set_level(database, member, 2)
    settled(database)
    assert reward_state(database, "502") == ("blocked", None)
    assert calls(discord) == [] and jobs(database) == {member.id: "blocked"}
    shim.send(giver, roles_event({"id": "502", **role}))  # no news: it stays as it is
    assert reward_state(database, "502") == ("blocked", None)
    shim.send(giver, roles_event({"id": "502"}))
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})


def blocked(giver, database, discord, shim):
    """A member whose reward Discord refuses."""
    describe(discord, "502", permissions=0)
    shim.send(giver, roles_event({"id": "502"}))
    reward(database, "502", 2)
    member = add(database)
    set_level(database, member, 2)
    settled(database)
    assert jobs(database) == {member.id: "blocked"} and len(calls(discord)) == 1
    describe(discord, "502")
    return member


def test_besace_s_own_roles_make_it_try_again(giver, database, discord, shim):
    member = blocked(giver, database, discord, shim)
    shim.send(giver, roles_event({"id": "502"}, position=60))
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})
    assert len(calls(discord)) == 2


def test_the_setting_makes_it_try_again(giver, database, discord, shim):
    member = blocked(giver, database, discord, shim)
    database.run("DELETE FROM besace_rewards")
    settled(database)
    assert jobs(database) == {} and len(calls(discord)) == 1
    reward(database, "502", 2)
    set_level(database, member, 3)
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})


def test_looking_again_makes_it_try_again(giver, database, discord, shim):
    member = blocked(giver, database, discord, shim)
    assert database.one("SELECT besace_rewards_retry(%s, NULL)", GUILD) == 1
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})


def test_without_access_it_is_blocked(giver, database, discord):
    describe(discord, "502", access=False)
    reward(database, "502", 2)
    for _ in range(3):
        set_level(database, add(database), 2)
    settled(database)
    assert reward_state(database, "502") == ("blocked", 50001) and len(calls(discord)) == 1


@pytest.mark.parametrize("tell", ["answer", "event"])
def test_a_role_that_was_deleted_is_gone(giver, database, discord, shim, tell):
    describe(discord, "503")
    reward(database, "502", 2)
    reward(database, "503", 2)
    if tell == "event":
        shim.send(giver, {"id": "x:1", "type": "gone", "at": now_ms(), "guild_id": GUILD,
                          "role_id": "502"})
    members = [add(database) for _ in range(3)]
    for member in members:
        set_level(database, member, 2)
    settled(database)
    assert reward_state(database, "502")[0] == "gone" and jobs(database) == {}
    assert len([call for call in calls(discord) if call[2] == "502"]) == (tell == "answer")
    assert all(discord.roles_of(member.id) == {"503"} for member in members)


def test_an_outage_delays(giver, database, discord):
    describe(discord, "502")
    reward(database, "502", 2)
    discord.settings(away_guilds=["1"])
    member = add(database)
    set_level(database, member, 2)
    discord.wait_for(lambda: calls(discord))
    discord.settings(away_guilds=[])
    discord.fail(method="PUT", route=ROUTE, status=503, times=2)
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})
    settled(database)
    assert reward_state(database, "502") == ("active", None)


def test_a_job_that_keeps_failing_is_set_aside(start, settings, database, discord):
    """It must not hold up the others of its guild."""
    describe(discord, "502")
    reward(database, "502", 2)
    bad, good = add(database), add(database)
    set_level(database, bad, 2)
    database.run("UPDATE besace_role_jobs SET attempts = 9")
    discord.fail(method="PUT", route=ROUTE, status=400, body={"code": 50035, "message": "no"})
    service = start(database, **settings)
    discord.wait_for(lambda: calls(discord))
    set_level(database, good, 2)
    discord.wait_for(lambda: discord.roles_of(good.id) == {"502"})
    until(lambda: jobs(database) == {bad.id: "due"}, "the good one ended")
    assert database.one("SELECT due_at > now() AT TIME ZONE 'utc' + interval '50 min'"
                        " FROM besace_role_jobs")
    assert len(service.said("role job set aside")) == 1
    assert metrics_of(service)['besace_role_jobs_total{outcome="set_aside"}'] == 1


def test_nothing_is_done_in_a_guild_that_removed_besace(giver, database, discord):
    describe(discord, "502")
    reward(database, "502", 2)
    database.run("INSERT INTO besace_guilds (guild_id, removed_at) VALUES ('1', now())")
    member, other = add(database), add(database, guild="7")
    reward(database, "502", 2, guild="7")
    set_level(database, member, 2)
    set_level(database, other, 2, guild="7")
    discord.wait_for(lambda: calls(discord))
    assert calls(discord) == [("PUT", other.id, "502")]
    database.run("UPDATE besace_guilds SET removed_at = NULL")
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})


# -- everybody who has the level


def waiting(asker):
    """How many connections wait for a lock, as ASKER sees it: a database or a connection."""
    sql = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
           " AND wait_event_type = 'Lock'")
    if not hasattr(asker, "cursor"):
        return asker.one(sql)
    with asker.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def run_of(database):
    return database.one("SELECT besace_role_run('1')")


def test_a_run_gives_it_to_everybody_who_has_the_level(giver, database, discord):
    describe(discord, "502")
    discord.limits(ROUTE, 1000, 1.0, "member-roles")
    actor, below = add(database, 3), add(database)
    members = [add(database, 3) for _ in range(150)]
    reward(database, "502", 2)
    assert database.one("SELECT besace_role_entitled('1', '502')") == 151
    assert run_start(database, actor) == {"done": True, "total": 151}
    assert run_start(database, actor) == {"done": True, "total": 151}  # the same press
    until(lambda: run_of(database)["state"] == "done", "the run is done")
    assert run_of(database) == {"state": "done", "total": 151, "done": 151, "role": None}
    assert {user for _, user, role in discord.roles if role == "502"} == {
        actor.id, *(member.id for member in members)} and not discord.roles_of(below.id)
    assert len(calls(discord)) == 151


@pytest.mark.parametrize("act", ["start", "stop"])
def test_a_press_on_a_run_and_its_next_members_do_not_wait_in_a_circle(database, act):
    """The run goes on with its members, one of them locked, while another one presses."""
    held, actor = sorted((add(database, 3) for _ in range(2)), key=lambda member: member.id)
    reward(database, "502", 2)
    run_start(database, actor)
    expanding = database.connect()
    with database.locked(held) as holder, expanding, expanding.cursor() as cursor:
        expand = in_background(cursor.execute, "SELECT besace_role_run_expand(100)")
        until(lambda: waiting(database) == 1, "the run waits for its first member")
        sql = {"start": "SELECT besace_role_run_start('1', %s, 'a', 0, '72', NULL)",
               "stop": "SELECT besace_role_run_stop('1', %s, 'a', 0, '72')"}[act]
        press = in_background(database.one, sql, actor.id)
        until(lambda: waiting(holder) == 2, "the press waits for the run")
        holder.rollback()
        assert expand() is None and cursor.fetchone() == (2,)
        expanding.commit()
        outcome = press()
    expanding.close()
    assert outcome == ({"done": False, "refusal": "running"} if act == "start"
                       else {"done": True, "total": 2})


def test_a_run_can_be_stopped(start, settings, database, discord):
    describe(discord, "502")
    actor = add(database, 3)
    for _ in range(30):
        add(database, 3)
    reward(database, "502", 2)
    start(database, **settings)
    run_start(database, actor)
    assert run_start(database, actor, interaction="72") == {"done": False, "refusal": "running"}
    discord.wait_for(lambda: calls(discord))
    assert database.one("SELECT besace_role_run_stop('1', %s, 'a', 0, '73')", actor.id)["done"]
    assert run_of(database)["state"] == "stopped"
    settled(database)
    assert jobs(database) == {} and len(calls(discord)) <= 20
    assert database.one("SELECT besace_role_run_stop('1', %s, 'a', 0, '74')", actor.id) == {
        "done": False, "refusal": "none"}


def test_a_run_passes_those_who_left(database):
    actor, left = add(database, 3), add(database, 3)
    reward(database, "502", 2)
    database.run("UPDATE users SET left_at = now() WHERE user_id = %s", left.id)
    assert run_start(database, actor)["total"] == 1
    assert database.one("SELECT besace_role_run_expand(100)") == 1
    assert list(jobs(database)) == [actor.id] and run_of(database)["total"] == 1


def test_a_run_that_is_stopped_leaves_the_level_ups(database):
    """A member of the run rises meanwhile: their job is the level-up's from then on."""
    actor, rising = add(database, 3), add(database, 3)
    reward(database, "502", 2)
    run_start(database, actor)
    assert database.one("SELECT besace_role_run_expand(100)") == 2
    reward(database, "503", 4)
    set_level(database, rising, 4)
    assert database.one("SELECT besace_role_run_stop('1', %s, 'a', 0, '73')", actor.id)["done"]
    assert list(jobs(database)) == [rising.id]


def test_level_ups_come_before_mass_work(giver, database, discord):
    """A window of the guild's limit is used up by the run; the level-up has the next call."""
    describe(discord, "502", "505")
    discord.limits(ROUTE, 2, 1.0, "member-roles")
    actor = add(database, 3)
    for _ in range(20):
        add(database, 3)
    reward(database, "502", 2)
    run_start(database, actor)
    discord.wait_for(lambda: len(calls(discord)) >= 2)
    reward(database, "505", 5)
    member = add(database)
    database.run("UPDATE users SET roles = '{502}' WHERE user_id = %s", member.id)
    before = len(calls(discord))
    set_level(database, member, 5)
    discord.wait_for(lambda: discord.roles_of(member.id))
    assert [call[1] for call in calls(discord)].index(member.id) <= before + 2
    assert not discord.violations


def test_a_guild_that_has_to_wait_holds_up_no_other(giver, database, discord):
    discord.limits(ROUTE, 1, 30.0, "member-roles")
    for guild in range(1, 41):
        reward(database, "502", 2, guild=str(guild))
        for _ in range(2):
            set_level(database, add(database, guild=str(guild)), 2, guild=str(guild))
    discord.wait_for(lambda: len({guild for guild, *_ in discord.roles}) == 40)
    assert not discord.violations


# -- replicas and kills


def test_two_replicas_share_the_jobs(start, settings, database, discord):
    discord.limits(ROUTE, 1000, 1.0, "member-roles")
    wanted = set()
    for guild in range(1, 11):
        reward(database, "502", 2, guild=str(guild))
        for _ in range(5):
            member = add(database, guild=str(guild))
            set_level(database, member, 2, guild=str(guild))
            wanted.add((str(guild), member.id, "502"))
    start(database, **settings)
    start(database, **{**settings, "BESACE_METRICS_LISTEN": f"127.0.0.1:{own_port()}"})
    discord.wait_for(lambda: discord.roles == wanted)
    until(lambda: not database.one("SELECT count(*) FROM besace_role_jobs"), "all jobs ended")
    assert len(calls(discord)) == len(wanted) and not discord.violations


def test_a_killed_replica_loses_and_doubles_nothing(start, settings, database, discord):
    describe(discord, "502", "503")
    for role in ("502", "503"):
        reward(database, role, 2)
    discord.fail(method="PUT", route=ROUTE, after=1, stall=60, apply=True)
    service = start(database, **settings)
    member = add(database)
    set_level(database, member, 2)
    discord.wait_for(lambda: len(calls(discord)) == 2)
    service.kill()
    discord.release()
    database.run("UPDATE besace_role_guilds SET leased_until = now() - interval '1 s'")
    start(database, **settings)
    until(lambda: jobs(database) == {}, "the job ended")
    assert discord.roles_of(member.id) == {"502", "503"}
    assert set(database.one("SELECT roles FROM users WHERE user_id = %s", member.id)) == {
        "502", "503"}


# -- SQL and rules agree


def test_sql_and_rules_name_the_same_permissions(database):
    named = (1, 2, 3, 4, 5, 13, 17, 28, 29, 30, 34, 40)
    assert database.one("SELECT besace_role_dangers()") == sum(1 << bit for bit in named)


# -- what interactions tell


def ask(giver, application, member, **facts):
    payload = application.command("sac", member)
    payload["member"].update({"joined_at": "2024-01-01T00:00:00.123456+00:00", "roles": [],
                              "pending": False, **facts})
    giver.ask(payload)


def told(database, member):
    return database.run("SELECT roles, joined_at, pending, left_at IS NULL FROM users"
                        " WHERE user_id = %s", member.id)[0]


def tell(giver, application, database, member, kept, **facts):
    """Asks until it is kept: the first interaction asks whether anything depends on it."""
    def asked():
        ask(giver, application, member, **facts)
        return kept(told(database, member))
    until(asked, "it is kept")


def test_interactions_tell_of_the_member(giver, database, discord, application):
    reward(database, "502", 9)
    member = add(database, 2)
    tell(giver, application, database, member, lambda kept: kept[2], roles=["500", "77"],
         pending=True)
    roles, joined_at, _, _ = told(database, member)
    assert (roles, joined_at.isoformat()) == (["500", "77"], "2024-01-01T00:00:00.123000")
    tell(giver, application, database, member, lambda kept: kept[0] == [] and not kept[2],
         pending=False)


def test_without_rewards_nothing_is_told(giver, database, application):
    member = add(database)
    for _ in range(3):
        ask(giver, application, member, roles=["500"])
    until(lambda: database.one("SELECT count(*) FROM besace_guilds"), "the guild is kept")
    ask(giver, application, member, roles=["500"])
    giver.stop()
    assert told(database, member)[0] == []


def test_the_first_interaction_after_a_reward_is_set_tells_already(giver, database, discord, application):
    """Not only the next one, nor a minute later."""
    describe(discord, "502")
    member = add(database, 2)
    ask(giver, application, member)
    until(lambda: database.one("SELECT count(*) FROM besace_guilds"), "the guild is kept")
    assert change(database, {"reward.502": {"level": 2, "mode": "stack"}})["done"]
    ask(giver, application, member)
    until(lambda: told(database, member)[1], "when the member joined is kept")
    ask(giver, application, member, joined_at="2025-01-01T00:00:00+00:00")
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})


def test_coming_back_is_learnt_from_an_interaction(giver, database, discord, application):
    describe(discord, "502")
    reward(database, "502", 2)
    member = add(database)
    set_level(database, member, 2)
    settled(database)
    tell(giver, application, database, member, lambda kept: kept[1] is not None, roles=["502"])
    discord.roles.clear()
    ask(giver, application, member, joined_at="2025-01-01T00:00:00+00:00")
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})
    until(lambda: jobs(database) == {}, "the job ended")
    database.run("UPDATE users SET left_at = now(), roles = '{}'")
    discord.roles.clear()
    ask(giver, application, member, joined_at="2025-02-01T00:00:00+00:00")
    discord.wait_for(lambda: discord.roles_of(member.id) == {"502"})
    assert told(database, member)[3]
