"""A server's life: present, removed, back, erased; and what its events tell of it."""

import copy
import random
import threading

import pytest

from support.events import heartbeat, message, now_ms, reaction, row, snapshot, seat, voice, xp
from support.interactions import Application, Member, new_id
from support.replies import shown
from support.wait import until

DAY = 86400


@pytest.fixture
def guild():
    return new_id()


def fact(type, at=None, **more):
    return {"id": f"g:{new_id()}", "type": type, "at": at or now_ms(), **more}


def present(guild, there=True, **more):
    return fact("guild", guild_id=guild, present=there, **more)


def known(database, guild, columns):
    rows = database.run(f"SELECT {columns} FROM besace_guilds WHERE guild_id = %s", guild)
    return rows[0] if rows else None


def is_removed(database, guild):
    return known(database, guild, "removed_at IS NOT NULL") == (True,)


def test_what_a_guild_tells_of_itself_is_kept(hub, shim, guild):
    shim.send(hub, present(guild, name="La Taverne", locale="fr", features=["NEWS", "COMMUNITY"],
                           owner_id="3"))
    assert known(hub.database, guild, "name, locale, community, owner_id, removed_at") == (
        "La Taverne", "fr", True, "3", None)
    shim.send(hub, present(guild, name="Le Cellier", features=[]))
    assert known(hub.database, guild, "name, locale, community") == ("Le Cellier", "fr", False)


def test_older_news_of_a_guild_do_not_replace_newer(hub, shim, guild):
    at = now_ms() - 60000
    shim.send(hub, {**present(guild, name="new"), "at": at + 1000})
    shim.send(hub, {**present(guild, name="old"), "at": at}, source="other")
    shim.send(hub, {**present(guild, False), "at": at}, source="other")
    assert known(hub.database, guild, "name, removed_at") == ("new", None)


def see(database, guild, locale, at, *, community=True, language=None):
    """What an interaction of AT (ms) tells; calls of one service arrive in any order."""
    database.run("SELECT besace_guild_see(%s, %s, %s, %s, %s)", guild, locale, community, language, at)


def test_the_locale_that_was_seen_last_is_kept_in_whatever_order_it_is_told(database, guild):
    see(database, guild, "fr", 2000, language="en")
    see(database, guild, "en-US", 1000, community=False)
    assert known(database, guild, "locale, community, language") == ("fr", True, "en")
    see(database, guild, "de", 3000)
    see(database, guild, "fr", 2500)
    see(database, guild, "de", 3000)
    assert known(database, guild, "locale, community") == ("de", True)


def test_the_first_public_language_is_kept_though_a_later_locale_was_told_before(database, guild):
    see(database, guild, "fr", 2000)
    see(database, guild, "en-US", 1000, community=False, language="fr")
    assert known(database, guild, "locale, community, language") == ("fr", True, "fr")


def test_a_locale_of_an_interaction_and_one_of_an_event_replace_each_other_by_when_they_were_seen(
        hub, shim, guild):
    at = now_ms() - 60000
    see(hub.database, guild, "fr", at + 1000)
    shim.send(hub, {**present(guild, name="La Taverne", locale="de", features=[]), "at": at})
    assert known(hub.database, guild, "name, locale, community") == ("La Taverne", "fr", True)
    shim.send(hub, {**present(guild, locale="de", features=[]), "at": at + 2000})
    assert known(hub.database, guild, "locale, community") == ("de", False)
    see(hub.database, guild, "fr", at + 1500)
    assert known(hub.database, guild, "locale, community") == ("de", False)


def test_a_removed_guild_is_paid_nothing_until_it_is_back(hub, shim, guild, member):
    def say():
        return shim.post(hub, message(member, now_ms(), guild_id=guild), heartbeat(now_ms())).json()
    assert say()["accepted"] == 2
    shim.send(hub, present(guild, False))
    answer = say()
    assert answer["accepted"] == 1
    (rejected,) = answer["rejected"]
    assert rejected["index"] == 0 and "removed" in rejected["reason"]
    assert row(hub.database, member, guild)["messages"] == 1
    shim.send(hub, present(guild), message(member, now_ms(), guild_id=guild))
    assert row(hub.database, member, guild)["messages"] == 2


def test_a_refused_event_counts_when_the_guild_is_back(hub, shim, guild, member):
    event = message(member, now_ms(), guild_id=guild)
    answer = shim.post(hub, present(guild, False), event, 7).json()
    assert answer["accepted"] == 1 and [each["index"] for each in answer["rejected"]] == [1, 2]
    assert row(hub.database, member, guild) is None
    assert shim.send(hub, present(guild), event) == (2, 0)
    assert row(hub.database, member, guild)["messages"] == 1


def test_batches_that_name_the_same_guilds_do_not_deadlock(start, database, shim):
    """Two shims tell of the same guilds, one from the first to the last, one the other way round; the
    guild in the middle is held until both are under way."""
    services = [start(database, BESACE_EVENT_KEYS=shim.setting) for _ in range(2)]
    guilds = sorted(new_id() for _ in range(3))
    shim.send(services[0], *(present(each) for each in guilds))
    holder = database.connect()
    holder.autocommit = False
    holder.cursor().execute("SELECT FROM besace_guilds WHERE guild_id = %s FOR UPDATE", (guilds[1],))
    answers = []
    threads = [threading.Thread(target=lambda order=order, source=source, service=service: answers.append(shim.post(
        service, *(present(each, name=source) for each in order), source=source)))
        for source, order, service in (("one", guilds, services[0]),
                                       ("other", guilds[::-1], services[1]))]
    for thread in threads:
        thread.start()
    until(lambda: database.waiting_for_locks() == 2, "both wait")
    holder.rollback()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {200}
    assert not any("deadlock" in service.text() for service in services)
    holder.close()
    assert database.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


def test_an_interaction_from_before_the_removal_does_not_undo_it(hub, shim, guild, member):
    """It is told of its guild after it was answered: the removal may have come in between."""
    application = copy.copy(hub.application)
    application.guild_id = guild
    at = now_ms()

    def ask(locale, seconds):
        hub.ask(application.command("aide", member, guild_locale=locale), at=at // 1000 + seconds)
        until(lambda: known(hub.database, guild, "locale") == (locale,), "the guild is kept")

    shim.send(hub, present(guild, False, at=at))
    ask("de", -3)
    assert is_removed(hub.database, guild)
    ask("fr", 1)
    assert not is_removed(hub.database, guild)


def test_a_direct_message_is_about_a_guild_that_has_besace(hub, shim, guild, member):
    """That of the two in which a row changed last has removed it."""
    other = new_id()
    for each, name in ((other, "Le Cellier"), (guild, "La Taverne")):
        shim.send(hub, present(each, name=name), message(member, now_ms(), guild_id=each))

    def said():
        return shown(hub.ask(hub.application.command("lc", member, guild=False)))

    assert "La Taverne" in said()
    shim.send(hub, present(guild, False))
    assert "Le Cellier" in said()
    shim.send(hub, present(other, False))
    assert "membre d’aucun serveur" in said()


def test_an_outage_is_no_removal(hub, shim, guild):
    shim.send(hub, present(guild))
    shim.send(hub, present(guild, False, unavailable=True))
    assert not is_removed(hub.database, guild)


def test_ready_tells_of_the_guilds_of_its_shard_only(hub, shim):
    shards = 4
    mine, gone, other = ((int(new_id()) >> 24 << 24) + (shard << 22) + 5 for shard in (2, 2, 3))
    gone += 1 << 26
    shim.send(hub, *(present(str(guild)) for guild in (mine, gone, other)))
    shim.send(hub, fact("guilds", shard=2, shards=shards, ids=[str(mine)]), source="2/4")
    assert [is_removed(hub.database, str(guild)) for guild in (mine, gone, other)] == [
        False, True, False]


def test_voice_ends_with_the_removal(hub, shim, guild):
    source, at, a, b = f"source {guild}", now_ms() - 600000, Member(), Member()
    shim.send(hub, voice(a, at, guild=guild), voice(b, at, guild=guild),
              *(heartbeat(at + 30000 * i) for i in range(1, 5)), source=source)
    shim.send(hub, {**present(guild, False), "at": at + 130000}, source=source)
    shim.send(hub, *(heartbeat(at + 130000 + 30000 * i) for i in range(1, 10)), source=source)
    for member in (a, b):
        assert row(hub.database, member, guild) == {
            "xp": 1, "level": 1, "messages": 0, "voice": 130}


def test_a_match_waits_until_its_guild_is_back(start, database, shim):
    """Nothing is paid there meanwhile; others' matches are ended as ever."""
    service, application = start(database, BESACE_EVENT_KEYS=shim.setting), Application()
    application.key, application.id = service.application.key, service.application.id
    players = {}
    for application.guild_id in ("5", "6"):
        players[application.guild_id] = one, other = [
            database.add_member(Member(), balance=100, guild=application.guild_id) for _ in range(2)]
        service.ask(application.subcommand("jeu duel", one, ("adversaire", other), ("mise", 10)))

    def balance(guild):
        return database.one("SELECT balance FROM users WHERE user_id = %s", players[guild][0].id)

    shim.send(service, present("5", False))
    database.run("UPDATE besace_matches SET expires_at = expires_at - interval '1 hour'")
    until(lambda: balance("6") == 100, "the other one is ended")
    assert balance("5") == 90
    shim.send(service, present("5"))
    until(lambda: balance("5") == 100, "the match is ended")


def test_roles_and_deletions_are_kept(hub, shim, guild):
    def role(id, position, **more):
        return {"id": id, "position": position, "permissions": "8", "managed": False, **more}

    def roles():
        return hub.database.run("SELECT role_id, position, permissions, managed"
                                " FROM besace_guild_roles WHERE guild_id = %s ORDER BY 1", guild)
    shim.send(hub, fact("roles", guild_id=guild, own="600",
                        roles=[role("500", 1), role("600", 2, managed=True)]))
    assert roles() == [("500", 1, "8", False), ("600", 2, "8", True)]
    assert known(hub.database, guild, "own_role_id, roles_told") == ("600", True)
    shim.send(hub, fact("gone", guild_id=guild, role_id="500"),
              fact("gone", guild_id=guild, channel_id="77"))
    assert roles() == [("600", 2, "8", True)]
    assert hub.database.run("SELECT object_id, is_role FROM besace_guild_deletions"
                            " WHERE guild_id = %s ORDER BY 1", guild) == [("500", True), ("77", False)]
    shim.send(hub, fact("roles", guild_id=guild, own=None, roles=[role("700", 3)]))
    assert roles() == [("700", 3, "8", False)]


def test_a_member_s_roles_and_joining_are_kept(hub, shim, guild, member):
    def kept():
        return hub.database.run("SELECT roles, extract(epoch FROM joined_at)::bigint * 1000,"
                                " left_at FROM users WHERE guild_id = %s", guild)
    joined = (now_ms() - 3600000) // 1000 * 1000
    user = {"id": member.id, "username": member.username}
    shim.send(hub, fact("join", guild_id=guild, user=user, joined_at=joined))
    assert kept() == [([], joined, None)]
    hub.database.run("UPDATE users SET left_at = now() WHERE guild_id = %s", guild)
    shim.send(hub, message(member, now_ms(), guild_id=guild, roles=["5", "6"], pending=False))
    assert kept() == [(["5", "6"], joined, None)]
    shim.send(hub, voice(member, now_ms(), guild=guild, roles=[]))
    assert kept() == [([], joined, None)]
    at = now_ms()
    shim.send(hub, snapshot(at, seat(member, roles=["7"], joined_at=joined + 1000), guild=guild))
    assert kept() == [(["7"], joined + 1000, None)]
    shim.send(hub, message(member, at - 5000, guild_id=guild, roles=["8"]), source="late")
    assert kept() == [(["7"], joined + 1000, None)]


def test_what_a_member_does_tells_more_than_a_reaction_to_it(hub, shim, guild, member):
    """Both in one batch, the reaction later, by another name even."""
    at = now_ms() - 1000
    named = Member("another", id=member.id)
    shim.send(hub, message(member, at, guild_id=guild, roles=["500"], joined_at=at - 1000),
              reaction(named, at + 500, guild_id=guild))
    assert hub.database.run(
        "SELECT username, roles, joined_at IS NULL FROM users WHERE guild_id = %s AND user_id = %s",
        guild, member.id) == [(member.username, ["500"], False)]
    shim.send(hub, reaction(named, at + 600, guild_id=guild))
    assert hub.database.one("SELECT username FROM users WHERE guild_id = %s AND user_id = %s",
                            guild, member.id) == "another"


def test_who_is_not_listed_is_not_served(start, database, shim, member):
    service = start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_GUILDS="5,6")
    answer = shim.post(service, message(member, now_ms(), guild_id="5"),
                       message(member, now_ms(), guild_id="7"), present("7")).json()
    assert answer["accepted"] == 1
    assert [each["index"] for each in answer["rejected"]] == [1, 2]
    assert database.run("SELECT guild_id FROM users") == [("5",)]
    assert known(database, "7", "1") is None


def fill(database, guild, member):
    """A row for the guild in every table that belongs to guilds and whose rows stay by themselves."""
    database.add_member(member, 100, guild=guild, jackpot=2)
    other = database.add_member(Member(), guild=guild)
    database.run("INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome)"
                 " VALUES (%s, %s, '1', 'sac', '{}')", guild, member.id)
    database.run("INSERT INTO besace_outbox (guild_id, channel_id, user_id, body, outcome, ended_at)"
                 " VALUES (%s, '2', %s, '{}', 'sent', now())", guild, member.id)
    database.run("INSERT INTO game_history (guild_id, game_type, player_id, opponent_id, bet_amount,"
                 " result) VALUES (%s, 'duel', %s, %s, 10, 'win')", guild, member.id, other.id)


def left_of(database, guild):
    """Rows of the guild by table."""
    tables = database.run(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE a.attname = 'guild_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema')")
    counts = {table: database.one(f"SELECT count(*) FROM {table} WHERE guild_id = %s", guild)
              for (table,) in tables}
    return {table: count for table, count in counts.items() if count}


def test_a_guild_is_erased_after_its_days(start, database, shim, member):
    service = start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_KEEP_DAYS="2")
    for guild in ("5", "6"):
        shim.send(service, present(guild), message(member, now_ms(), guild_id=guild),
                  {"id": f"r:{guild}", "type": "reaction", "at": now_ms(), "guild_id": guild,
                   "channel_id": "2", "message_id": "9", "author": {"id": member.id}, "reactor_id": "4"})
    fill(database, "5", Member())
    shim.send(service, present("5", False))
    database.run("UPDATE besace_guilds SET removed_at = removed_at - interval '47 hours'"
                 " WHERE guild_id = '5'")
    service.stop()
    service.start()
    assert shim.send(service, heartbeat(now_ms())) == (1, 0)
    before = left_of(database, "5")
    assert before["users"] == 3 and before["transactions"] >= 1
    database.run("UPDATE besace_guilds SET removed_at = removed_at - interval '2 hours'"
                 " WHERE guild_id = '5'")
    service.stop()
    service.start()
    until(lambda: not left_of(database, "5"), "nothing of the guild is left")
    assert left_of(database, "6")["users"] == 1


def test_a_guild_is_kept_for_ever_when_the_operator_says_so(start, database, shim, member):
    service = start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_KEEP_DAYS="0")
    shim.send(service, present("5"), message(member, now_ms(), guild_id="5"), present("5", False))
    database.run("UPDATE besace_guilds SET removed_at = removed_at - interval '9 years'")
    service.stop()
    service.start()
    until(lambda: database.one("SELECT max(cleared_for) FROM besace_event_slots") > 0,
          "the periodic jobs have run")
    assert left_of(database, "5")["users"] == 1
    assert xp(database, member, "5") > 0


def test_what_is_told_of_a_channel_again_is_found_kept(database, guild):
    """What need not be written is not, and what must be is: in threads, in channels with and without a
    category, told in any order and by halves."""
    draw = random.Random(1)
    rows = ("SELECT channel_id, parent_id, category_id, xmin::text FROM besace_channels"
            " WHERE guild_id = %s ORDER BY 1")
    kept = 0
    for _ in range(200):
        told = (guild, draw.choice(["11", "12"]), draw.choice([None, "", "21", "22"]),
                draw.choice([None, "", "31", "32"]))
        is_kept = database.one("SELECT besace_channel_is_kept(%s, %s, %s, %s)", *told)
        before = database.run(rows, guild)
        database.run("SELECT besace_channels_keep(ARRAY[%s], ARRAY[%s], ARRAY[%s]::varchar[], ARRAY[%s]::varchar[])",
                     *told)
        after = database.run(rows, guild)
        assert not is_kept or after == before, told
        if told[2] is not None or told[3] is not None:
            assert is_kept or after != before, told
        kept += is_kept
    assert 20 < kept < 180
