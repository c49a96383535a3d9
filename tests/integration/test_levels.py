"""Level-ups: their rewards once in a lifetime, their announcements, and /annonces."""

import pytest

from support import panel
from support.events import add_earner, now_ms, reaction, row, xp
from support.interactions import Member
from support.ports import own_port
from support.wait import until
from support.replies import is_ephemeral, shown
from support.levels import level_start

CHANNEL = "1400000000000000777"
ROUTE = "/channels/{channel}/messages"


@pytest.fixture
def settings(shim, discord):
    """Of a service that announces."""
    return {"BESACE_EVENT_KEYS": shim.setting, "DISCORD_API_URL": discord.url,
            "DISCORD_BOT_TOKEN": "bot.token.test", "BESACE_LEVEL_CHANNEL_ID": CHANNEL}


@pytest.fixture
def announce(start, database):
    """Starts a service that announces, and waits until it has kept where."""
    def starter(**settings):
        service = start(database, **settings)
        until(lambda: database.one("SELECT count(guild_id) FROM besace_announce_default"),
              "the channel and its guild are kept")
        return service
    return starter


@pytest.fixture
def speaker(announce, settings):
    return announce(**settings)


def earn(shim, service, *members):
    """A reaction for each: 2 XP."""
    shim.deliver(service, *(reaction(member, now_ms()) for member in members))


def messages(discord):
    with discord.lock:
        return [shown(message) for message in discord.messages.get(CHANNEL, [])]


def said(discord, count):
    """The messages in the channel, once there are COUNT."""
    discord.wait_for(lambda: len(discord.messages.get(CHANNEL, [])) >= count)
    found = messages(discord)
    assert len(found) == count
    return found


# -- rewards


@pytest.mark.parametrize("level, lc, items", [
    (2, 25, {}), (3, 50, {}), (4, 75, {}), (5, 0, {"jackpot": 1}), (6, 100, {}), (7, 125, {}),
    (10, 0, {"jackpot": 1, "multiplier_x2": 1}), (15, 0, {"jackpot": 1}),
    (20, 0, {"jackpot": 1, "multiplier_x3": 1}), (21, 400, {})])
def test_a_level_brings_its_reward(start, database, shim, level, lc, items):
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    member = add_earner(database, level_start(level) - 1)
    earn(shim, service, member)
    assert row(database, member)["level"] == level
    assert database.balance(member) == 25 + lc
    assert database.ledger(member) == ([("level_up", lc)] if lc else [])
    assert {item: database.items(member, item) for item in
            ("jackpot", "multiplier_x2", "multiplier_x3")} == {
        "jackpot": 0, "multiplier_x2": 0, "multiplier_x3": 0, **items}


def test_sql_and_rules_have_the_same_figures(database):
    """The rule of rules.md for every level there is, against the routines."""
    top = 6554
    found = database.run("SELECT l, besace_level_lc(l), besace_level_items(l)::text[]"
                         " FROM generate_series(1, %s) l", top)
    assert found[0] == (1, 0, [])
    for level, lc, items in found[1:]:
        if level % 5:
            assert (lc, items) == (25 * (level - 1 - level // 5), [])
            continue
        wanted = ["jackpot"]
        if level % 20 == 0:
            wanted.append("multiplier_x3")
        elif level % 10 == 0:
            wanted.append("multiplier_x2")
        assert (lc, items) == (0, wanted)


def test_a_level_lost_and_regained_pays_nothing(start, database, shim):
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    member = add_earner(database, 99)
    earn(shim, service, member)
    assert database.balance(member) == 50
    database.run("UPDATE users SET xp = 99 WHERE user_id = %s", member.id)
    earn(shim, service, member)
    assert row(database, member)["level"] == 2
    assert database.balance(member) == 50
    database.run("UPDATE users SET xp = 299 WHERE user_id = %s", member.id)
    earn(shim, service, member)
    assert database.balance(member) == 100
    assert database.is_explained(member)


def test_a_level_that_others_wrote_was_reached_too(database):
    """A row that a tool has filled: it was never rewarded here, and never will be for what it had."""
    member = add_earner(database, 1250)
    database.run("UPDATE users SET xp = 750 WHERE user_id = %s", member.id)
    give(database, member, 500)
    assert row(database, member)["level"] == 5
    assert database.ledger(member) == [] and database.items(member) == 0
    give(database, member, 250)
    assert database.ledger(member) == [("level_up", 100)]


def give(database, member, amount):
    """Returns the levels that were crossed, as the routine tells them."""
    return database.one("SELECT besace_xp_add(ARRAY['1'], ARRAY[%s], ARRAY[%s::bigint])",
                        member.id, amount)


def test_level_up_tells_what_it_brought(database):
    member = add_earner(database, 0)
    assert give(database, member, 99) == []
    assert give(database, member, 1151) == [{
        "user": member.id, "old": 1, "level": 5, "lc": 150, "items": {"jackpot": 1}}]
    database.run("UPDATE users SET xp = 99 WHERE user_id = %s", member.id)
    assert give(database, member, 1) == [{
        "user": member.id, "old": 1, "level": 2, "lc": 0, "items": {}}]


def test_every_level_crossed_is_rewarded(database):
    member = add_earner(database, 0)
    give(database, member, 1250)
    assert row(database, member)["level"] == 5
    assert database.ledger(member) == [("level_up", 25), ("level_up", 50), ("level_up", 75)]
    assert database.items(member) == 1
    assert database.is_explained(member)


def test_xp_and_balance_stop_at_what_they_hold(database):
    member = add_earner(database, 2**31 - 1 - 5, balance=25)
    rich = add_earner(database, level_start(7) - 1, balance=2**31 - 1 - 40, jackpot=2**31 - 1)
    give(database, member, 2**40)
    assert xp(database, member) == 2**31 - 1
    give(database, rich, 500)
    assert database.balance(rich) == 2**31 - 1
    assert database.ledger(rich)[-1] == ("level_up", 40)
    give(database, rich, level_start(11))
    assert database.items(rich) == 2**31 - 1
    assert database.is_explained(rich)


def test_xp_of_events_stops_at_what_an_integer_holds(start, database, shim):
    service = start(database, BESACE_EVENT_KEYS=shim.setting)
    member = add_earner(database, 2**31 - 2)
    earn(shim, service, member)
    earn(shim, service, member)
    assert xp(database, member) == 2**31 - 1


# -- announcements


def end_burst(database, member):
    """As if what was announced of the member so far were more than a minute ago."""
    database.run("UPDATE besace_outbox SET created_at = created_at - interval '61 seconds',"
                 " send_at = send_at - interval '61 seconds' WHERE user_id = %s", member.id)


def test_levels_within_a_minute_of_the_first_go_together(speaker, database, discord):
    member, other = add_earner(database, 0), add_earner(database, 0)
    give(database, member, level_start(2))
    (text,) = said(discord, 1)
    assert "niveau 2" in text
    give(database, member, level_start(3) - level_start(2))
    give(database, member, level_start(6) - level_start(3))
    give(database, other, level_start(2))
    assert other.id in said(discord, 2)[1]  # nobody waits for another member
    assert database.run("SELECT body -> 'old', body -> 'level', body -> 'lc', body -> 'items',"
                        " extract(epoch FROM send_at - created_at) BETWEEN 1 AND 60"
                        " FROM besace_outbox WHERE NOT taken") == [
        (2, 6, 225, {"jackpot": 1}, True)]
    end_burst(database, member)
    assert "niveau 6" in said(discord, 3)[2]
    give(database, member, level_start(7) - level_start(6))
    assert "niveau 7" in said(discord, 4)[3]


def test_a_message_on_its_way_is_not_changed(database):
    member = add_earner(database, 0)
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    for level in (2, 3):
        give(database, member, level_start(level) - level_start(level - 1))
    end_burst(database, member)
    database.run("SELECT * FROM besace_outbox_take('holder', 1, 60, '{}')")
    give(database, member, level_start(4) - level_start(3))
    assert sorted(database.run("SELECT (body -> 'level')::int, taken FROM besace_outbox")) in (
        [(2, True), (4, False)], [(2, True), (3, False), (4, False)])


def test_the_default_channel_counts_in_its_guild_only(speaker, database, shim, discord):
    here = add_earner(database, 99)
    abroad = database.add_member(Member(), xp=99, guild="2")
    shim.deliver(speaker, {**reaction(abroad, now_ms()), "guild_id": "2"}, reaction(here, now_ms()))
    assert here.id in said(discord, 1)[0]
    assert database.run("SELECT guild_id FROM besace_outbox") == [("1",)]


def test_until_its_guild_is_known_the_default_channel_is_the_only_guild_s(database):
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    give(database, add_earner(database, 0), 100)
    assert database.one("SELECT count(*) FROM besace_outbox") == 1
    database.add_member(Member(), guild="0")
    give(database, add_earner(database, 0), 100)
    assert database.one("SELECT count(*) FROM besace_outbox") == 1


@pytest.mark.parametrize("seen, locale", [
    ([], "fr"), ([("en-US", False, None)], "fr"), ([("en-US", True, None)], "en-US"),
    ([("en-US", False, "en-GB"), ("en-US", False, "fr")], "en-GB"),
    ([("en-US", False, "fr"), ("en-US", False, None)], "fr"),
    ([("fr", True, "en-GB")], "fr"), ([("fr", True, "en-GB"), ("fr", False, None)], "en-GB")])
def test_announcements_speak_the_guild_s_language(database, seen, locale):
    """SEEN: guild_locale, COMMUNITY, language of a public reply, of each interaction."""
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    for each in seen:
        database.run("SELECT besace_guild_see('1', %s, %s, %s, 1)", *each)
    give(database, add_earner(database, 0), 100)
    assert database.one("SELECT body ->> 'locale' FROM besace_outbox") == locale


def test_a_level_up_is_announced(speaker, database, shim, discord):
    member = add_earner(database, 99)
    earn(shim, speaker, member)
    (text,) = said(discord, 1)
    assert f"<@{member.id}>" in text and "niveau 2" in text and "25 LC" in text
    (call,) = discord.calls("POST", ROUTE)
    assert call["body"]["allowed_mentions"] == {"parse": []}
    assert call["body"]["enforce_nonce"] is True
    until(lambda: database.run("SELECT outcome FROM besace_outbox") == [("sent",)], "it is noted")


def test_items_are_named_and_one_message_is_enough(speaker, database, shim, discord):
    member = add_earner(database, 0)
    give(database, member, level_start(20))
    (text,) = said(discord, 1)
    assert "niveau 20" in text and "4 jackpots" in text and "×2" in text and "×3" in text
    total = sum(25 * (level - 1 - level // 5) for level in range(2, 21) if level % 5)
    assert f"{total:,} LC".replace(",", "\u202f") in text


def test_announcements_arrive_in_order(speaker, database, shim, discord):
    discord.limits("/channels/*", limit=3, window=0.5)
    members = [add_earner(database, 99) for _ in range(9)]
    for member in members:
        earn(shim, speaker, member)
    texts = said(discord, 9)
    assert [member.id in text for member, text in zip(members, texts)] == [True] * 9


def test_without_channel_or_token_nothing_is_queued(start, database, shim, settings):
    for missing in ("BESACE_LEVEL_CHANNEL_ID", "DISCORD_BOT_TOKEN"):
        service = start(database, **{**settings, missing: None})
        member = add_earner(database, 99)
        earn(shim, service, member)
        assert row(database, member)["level"] == 2
        assert database.one("SELECT count(*) FROM besace_outbox") == 0
        service.stop()


def test_a_service_is_not_ready_before_it_has_kept_its_channel(start, database, settings):
    """Or levels of its first moments would not be announced."""
    database.run("CREATE FUNCTION held() RETURNS TRIGGER LANGUAGE plpgsql AS"
                 " $$ BEGIN RAISE EXCEPTION 'not yet'; END $$")
    database.run("CREATE TRIGGER held BEFORE INSERT ON besace_announce_default"
                 " FOR EACH ROW EXECUTE FUNCTION held()")
    service = start(database, ready=False, **settings)
    until(lambda: any("not yet" in line["why"] for line in service.said("database away")),
          "it says what it waits for")
    assert not service.is_ready()
    database.run("DROP TRIGGER held ON besace_announce_default")
    service.wait_ready()
    assert database.one("SELECT channel_id FROM besace_announce_default") == CHANNEL


def test_a_rate_limit_delays_and_does_not_lose(speaker, database, shim, discord):
    discord.fail_rate_limited(retry_after=0.6, header=1, route=ROUTE, times=2)
    earn(shim, speaker, add_earner(database, 99))
    said(discord, 1)
    calls = discord.calls("POST", ROUTE)
    assert [call["status"] for call in calls][:2] == [429, 429]
    assert calls[-1]["at"] - calls[0]["at"] >= 1.2


def test_a_discord_that_is_ill_delays_and_does_not_lose(speaker, database, shim, discord):
    discord.fail(route=ROUTE, status=500, times=2)
    members = [add_earner(database, 99) for _ in range(2)]
    earn(shim, speaker, *members)
    said(discord, 2)


def test_an_answer_that_got_lost_does_not_double(speaker, database, shim, discord):
    discord.fail(route=ROUTE, close=True, apply=True, times=1)
    first, second = add_earner(database, 99), add_earner(database, 99)
    earn(shim, speaker, first)
    earn(shim, speaker, second)
    texts = said(discord, 2)
    assert first.id in texts[0] and second.id in texts[1]


@pytest.mark.parametrize("status, code", [(403, 50001), (404, 10003), (400, 50035)])
def test_what_discord_refuses_for_good_is_given_up_once(
        start, database, shim, discord, settings, status, code):
    from support.metrics import metrics_of
    service = start(database, **settings, BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}")
    discord.fail(route=ROUTE, status=status, body={"code": code, "message": "no"}, times=1)
    refused, announced = add_earner(database, 99), add_earner(database, 99)
    earn(shim, service, refused)
    until(lambda: database.run("SELECT outcome FROM besace_outbox") == [("refused",)], "given up")
    earn(shim, service, announced)
    (text,) = said(discord, 1)
    assert announced.id in text
    until(lambda: len(discord.calls("POST", ROUTE)) == 2, "they were sent once each")
    (line,) = service.said("announcement given up")
    assert line["channel"] == CHANNEL
    assert metrics_of(service)['besace_announcements_total{outcome="refused"}'] == 1
    if status in (403, 404):
        discord.violations.clear()


def test_a_wrong_token_keeps_announcements(start, database, shim, discord, settings):
    discord.settings(bot_token="another")
    service = start(database, **settings)
    earn(shim, service, add_earner(database, 99))
    until(lambda: service.said("announcement delayed"), "it is delayed")
    discord.settings(bot_token="bot.token.test")
    assert database.run("SELECT outcome FROM besace_outbox") == [(None,)]
    service.stop()
    # The log says so before the table does, which the end may have prevented.
    database.run("UPDATE besace_outbox_channels SET retry_at = now() AT TIME ZONE 'utc',"
                 " holder = NULL, leased_until = NULL")
    start(database, **settings)
    said(discord, 1)
    discord.violations.clear()


def test_a_sender_that_was_killed_neither_loses_nor_doubles(start, database, shim, discord, settings):
    """Discord has the message, but the sender dies before it hears so."""
    discord.fail(route=ROUTE, stall=600, apply=True, times=1)
    service = start(database, **settings)
    member = add_earner(database, 99)
    earn(shim, service, member)
    said(discord, 1)
    service.kill()
    assert database.run("SELECT outcome FROM besace_outbox") == [(None,)]
    database.run("UPDATE besace_outbox_channels SET leased_until = now() AT TIME ZONE 'utc'")
    start(database, **settings)
    until(lambda: database.run("SELECT outcome FROM besace_outbox") == [("sent",)], "it is sent")
    said(discord, 1)


def test_a_lease_keeps_other_replicas_from_the_channel(start, database, shim, discord, settings):
    discord.fail(route=ROUTE, stall=2, times=1, status=500)
    first = start(database, **settings)
    members = [add_earner(database, 99) for _ in range(3)]
    earn(shim, first, *members[:1])
    discord.wait_for(lambda: discord.calls("POST", ROUTE))
    second = start(database, **settings)
    earn(shim, second, *members[1:2])
    earn(shim, second, *members[2:])
    texts = said(discord, 3)
    assert [member.id in text for member, text in zip(members, texts)] == [True] * 3


def test_old_announcements_are_swept(start, database, shim, discord, settings):
    members = [add_earner(database, 99) for _ in range(3)]
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES (%s)", CHANNEL)
    for member in members:
        give(database, member, 2)
    database.run("UPDATE besace_outbox SET created_at = created_at - interval '8 days'"
                 " WHERE user_id = %s", members[0].id)
    database.run("UPDATE besace_outbox SET outcome = 'sent', ended_at = created_at - interval '31 days'"
                 " WHERE user_id = %s", members[1].id)
    database.run("UPDATE besace_outbox_channels SET retry_at = retry_at + interval '1 h'")
    service = start(database, **settings)
    until(lambda: database.run("SELECT user_id, outcome FROM besace_outbox ORDER BY id") == [
        (members[0].id, "expired"), (members[2].id, None)], "they are swept")
    until(lambda: service.said("announcements given up"), "it is told")
    assert service.said("announcements given up")[0]["count"] == 1


# -- /annonces


def test_whoever_wants_is_pinged(speaker, database, shim, discord, application):
    member = add_earner(database, 99)
    reply = speaker.ask(application.command("annonces", member, ("ping", True)))
    assert is_ephemeral(reply) and "notification" in panel.shown(reply)
    earn(shim, speaker, member)
    said(discord, 1)
    (call,) = discord.calls("POST", ROUTE)
    assert call["body"]["allowed_mentions"] == {"parse": [], "users": [member.id]}
    reply = speaker.ask(application.command("annonces", member, ("ping", False), locale="en-US"))
    assert "without a ping" in panel.shown(reply)
    end_burst(database, member)
    database.run("UPDATE users SET xp = 299 WHERE user_id = %s", member.id)
    earn(shim, speaker, member)
    said(discord, 2)
    assert discord.calls("POST", ROUTE)[-1]["body"]["allowed_mentions"] == {"parse": []}


def wish(database, member):
    return database.one("SELECT announce_ping FROM users WHERE user_id = %s", member.id)


def test_annonces_makes_the_member_and_counts_once(shared, member, application):
    on = shared.signed(application.command("annonces", member, ("ping", True)))
    first = shared.post(*on)
    assert wish(shared.database, member) is True
    shared.ask(application.command("annonces", member, ("ping", False)))
    again = shared.post(*on)
    assert again.body == first.body
    assert wish(shared.database, member) is False
