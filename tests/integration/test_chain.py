"""The whole way: Gateway, besace-gateway, besace, PostgreSQL, and what /niveau then shows."""

import contextlib
import random
import threading
import time

import pytest

from standin.gateway import Gateway
from support.cluster import Cluster
from support.events import now_ms, row
from support.interactions import GUILD, EPOCH_MS, Member
from support.paths import BUILD
from support.relay import Relay
from support.service import BESACECTL, Service, ctl, environment
from support.wait import until
from support.replies import shown
from support.slots import change_slots
from support.shim import KEY, Shim, check_voice, voice
from support.levels import level_start

EVEN_CHANCE = BUILD / "tests/preload/even_chance.so"
MESSAGE_XP, REACTION_XP, REACTIONS_PAID, COOLDOWN_MS = 2, 2, 5, 60_000
MINUTE, HOUR = 60_000, 3_600_000
KEYS = f"shim:{bytes(KEY.verify_key).hex()}"
VERA = Member("vera", id="5")  # in voice from the beginning; see empty_guild
KILLS, MOMENTS = 12, 100  # of each program; of what Discord says meanwhile
PAUSE_MAX_S = 0.7
# Who was killed so often comes back by and by: a shim whose batches failed waits for 15 s by then.
PATIENCE_S = 180
SEED = 20261122


def empty_guild(*seated):
    return {"id": GUILD, "name": "a guild", "afk_channel_id": "99",
            "channels": [{"id": "2", "type": 0}] + [
                {"id": one, "type": 2} for one in ("8", "9", "99")],
            "members": [{"user": member.user(), "roles": []} for member in seated],
            "voice_states": [{"user_id": member.id, "channel_id": "8", "self_mute": False,
                              "self_deaf": False, "session_id": "x"} for member in seated]}


def snowflake(at, number):
    return str((at - EPOCH_MS) << 22 | number)


def message(member, at, number):
    """A message of MEMBER, written AT (ms), with its id."""
    return ("MESSAGE_CREATE", {
        "id": snowflake(at, number), "guild_id": GUILD, "channel_id": "2", "type": 0,
        "author": member.user(), "member": {"roles": []}, "content": "hello"})


def reaction(to, reactor, emoji="👍"):
    """REACTOR reacts to a message that was made above."""
    return ("MESSAGE_REACTION_ADD", {
        "user_id": reactor.id, "channel_id": "2", "guild_id": GUILD, "message_id": to["id"],
        "member": {"user": reactor.user()}, "emoji": {"id": None, "name": emoji}, "type": 0,
        "message_author_id": to["author"]["id"]})


def moves(member, channel, **flags):
    return voice(member.user(), channel, guild_id=GUILD, **flags)


def fixed_chance():
    """Settings of a service whose messages all bring two XP."""
    options = environment()["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    return {"LD_PRELOAD": EVEN_CHANCE, "ASAN_OPTIONS": options, "BESACE_EVENT_KEYS": KEYS}


@contextlib.contextmanager
def shim_of(gateway, target, folder):
    """A shim that sends to TARGET (its `url`), connected."""
    shim = Shim(gateway, target, folder)
    try:
        gateway.wait_live()
        yield shim
    except BaseException:
        print(shim.log[-4000:])
        raise
    finally:
        if shim.process.poll() is None:
            shim.terminate()
        shim.check()
    assert not gateway.violations


def niveau(service, member):
    """What it shows; less while the database is just coming back or the answer was deferred."""
    reply = service.ask(service.application.command("niveau", member))
    if reply["type"] != 4:
        return []
    return [shown(reply)]


def grouped(number):
    return f"{number:,}".replace(",", "\u202f")


def shows(service, member, xp):
    """Waits until /niveau shows that XP, as the rules lay it out."""
    level = next(level for level in range(1, 100) if xp < level_start(level + 1))
    into, need = xp - level_start(level), 100 * level
    wanted = (f"**Niveau {level}** · ", f"\n{grouped(into)} / {grouped(need)} XP"
              f" ({100 * into // need}\u202f%)", f"-# {grouped(xp)} XP au total")
    seen = []

    def is_shown():
        seen[:] = niveau(service, member)
        return bool(seen) and all(words in seen[0] for words in wanted)

    try:
        until(is_shown, "the level is shown")
    except AssertionError:
        raise AssertionError(f"{seen} instead of {wanted}") from None


# -- a calm day


def test_messages_and_reactions_become_what_niveau_shows(start, database, tmp_path):
    service = start(database, **fixed_chance())
    lou, ana, robot = Member(), Member(), Member(bot=True)
    friends = [Member() for _ in range(12)]
    began = now_ms() - HOUR
    with Relay(service, KEY, "shim", began + COOLDOWN_MS) as relay, \
            Gateway(guilds=[empty_guild()]) as gateway, shim_of(gateway, relay, tmp_path):
        first = message(lou, began, 1)
        gateway.dispatch_all([
            first, message(lou, began + COOLDOWN_MS - 1, 2), message(lou, began + COOLDOWN_MS, 3),
            message(robot, began, 4), message(ana, began, 5)])
        shows(service, lou, 2 * MESSAGE_XP)
        shows(service, ana, MESSAGE_XP)
        gateway.dispatch_all([reaction(first[1], friend) for friend in friends]
                             + [reaction(first[1], lou), reaction(first[1], robot)])
        # A later event of the same shim: once it is seen, so is what came before it.
        gateway.dispatch(*message(ana, began + COOLDOWN_MS, 6))
        shows(service, ana, 2 * MESSAGE_XP)
        shows(service, lou, 2 * MESSAGE_XP + REACTIONS_PAID * REACTION_XP)
        assert (row(database, lou)["messages"], row(database, ana)["messages"]) == (3, 2)
        assert row(database, robot) is None


def test_an_hour_in_voice_becomes_what_niveau_shows(start, database, tmp_path):
    service = start(database, **fixed_chance())
    lou, ana, teller = Member(), Member(), Member()
    database.add_member(lou, xp=99)
    began = now_ms() - 6 * HOUR
    with Relay(service, KEY, "shim", began) as relay, \
            Gateway(guilds=[empty_guild(VERA)]) as gateway, shim_of(gateway, relay, tmp_path):
        until(lambda: relay.of_kind("voice_snapshot"), "vera is seen")
        gateway.dispatch_all([moves(VERA, None), moves(lou, "8"), moves(ana, "8")])
        until(lambda: len(relay.of_kind("voice")) == 3, "all have moved")
        # Signs of life each minute; at the end both have been paid 30 ticks and the bonus.
        gateway.dispatch_all([message(teller, began + i * MINUTE, i) for i in range(1, 61)])
        shows(service, lou, 99 + 30 + 25)
        shows(service, ana, 30 + 25)
        relay.now_ms = began + HOUR + MINUTE
        gateway.dispatch_all([moves(lou, "99"), moves(ana, None)])
        until(lambda: database.one("SELECT voice_time FROM users WHERE user_id = %s", ana.id)
              == (HOUR + MINUTE) // 1000, "the time in voice is there")
        shows(service, lou, 99 + 30 + 25)
        shows(service, teller, 60 * MESSAGE_XP)
        assert database.ledger(lou) == [("level_up", 25)]
        assert database.is_explained(lou)
        assert not relay.faults


# -- a terrible day


class Script:
    """What Discord says, by chance but always the same, and what the rules make of it."""

    def __init__(self, chance, now):
        self.chance, self.now, self.number = chance, now, 0
        self.talkers = [Member(f"talker{i}", id=str(100 + i)) for i in range(6)]
        self.voices = [Member(f"voice{i}", id=str(200 + i)) for i in range(6)]
        self.reactors = [Member(f"reactor{i}", id=str(300 + i)) for i in range(9)]
        self.said, self.posts = [], []
        self.start_xp = dict(zip((member.id for member in self.talkers + self.voices),
                                 (0, 95, 295, 590, 990, 4490, 0, 98, 299, 0, 999, 4499)))

    def settle_in(self, database):
        """Everybody as they are at the beginning; in the minutes around a change of slots, more would
        be kept."""
        change_slots(database, 3600)
        for member in self.talkers + self.voices:
            database.add_member(member, xp=self.start_xp[member.id])

    def users(self):
        return {one.id: one.user() for one in [*self.talkers, *self.voices, *self.reactors, VERA]}

    def a_message(self):
        self.number += 1
        post = message(self.chance.choice(self.talkers), self.now, self.number)
        self.posts.append((post[1], set()))
        return post

    def a_reaction(self):
        """To one of the last messages: some get more than are paid."""
        post, seen = self.chance.choice(self.posts[-4:])
        others = [(reactor, emoji) for reactor in self.reactors for emoji in "👍🎉"
                  if (reactor.id, emoji) not in seen]
        if not others:
            return self.a_message()
        reactor, emoji = self.chance.choice(others)
        seen.add((reactor.id, emoji))
        return reaction(post, reactor, emoji)

    def a_move(self):
        return moves(self.chance.choice(self.voices), self.chance.choice("888899") if
                     self.chance.random() < 0.7 else self.chance.choice(["99", None]),
                     self_deaf=False)

    def go_on(self):
        """The events of the next moment."""
        self.now += self.chance.randrange(3_000, 45_000)
        events = [self.a_message()]
        for _ in range(self.chance.randrange(2, 25)):
            events.append(self.chance.choices(
                [self.a_message, self.a_reaction, self.a_move], (20, 70, 10))[0]())
        self.said += events
        return events

    def earned(self, member):
        """What the rules give a talker: (XP, messages)."""
        xp, count, last = self.start_xp[member.id], 0, None
        for post, seen in self.posts:
            if post["author"]["id"] != member.id:
                continue
            at = (int(post["id"]) >> 22) + EPOCH_MS
            count += 1
            if last is None or at - last >= COOLDOWN_MS:
                last, xp = at, xp + MESSAGE_XP
            xp += REACTION_XP * min(len(seen), REACTIONS_PAID)
        return xp, count

    def ids(self):
        """Those of messages and reactions."""
        return {f"m:{post['id']}" for post, _ in self.posts}, sum(
            len(seen) for _, seen in self.posts)


def state(database):
    """All that events may change."""
    return {name: database.run(sql) for name, sql in {
        "users": "SELECT user_id, username, xp, level, level_rewarded, message_count, voice_time,"
                 " last_message_xp_time, balance FROM users ORDER BY user_id",
        "bags": "SELECT user_id, item_type, quantity FROM user_inventory ORDER BY 1, 2",
        "ledger": "SELECT from_user_id, to_user_id, amount, transaction_type, description"
                  " FROM transactions ORDER BY 2, 5",
        "voice": "SELECT user_id, source, guild_id, channel_id, counts, credited_ms, rest_ms, run,"
                 " CASE WHEN counts THEN since_ms WHEN channel_id IS NULL THEN left_ms END"
                 " FROM besace_voice_occupants ORDER BY 1, 2, 3",
        "log": "SELECT source, clock_ms, beat_ms FROM besace_sources ORDER BY 1",
        "reactions": "SELECT user_id, message_id, sum(xp) FROM besace_reaction_xp"
                     " GROUP BY 1, 2 ORDER BY 1, 2",
        "ids": "SELECT DISTINCT id FROM besace_event_ids ORDER BY 1"}.items()}


def reward_lc(level):
    return 0 if level % 5 == 0 else 25 * (level - 1 - level // 5)


def check_rewards(script, seen):
    """Each level crossed was paid once, to the LC and the item."""
    levels = {user[0]: user[3] for user in seen["users"]}
    ledger, items = [], {}
    for id, xp in script.start_xp.items():
        before = max(level for level in range(1, 100) if level_start(level) <= xp)
        for level in range(before + 1, levels[id] + 1):
            if reward_lc(level):
                ledger.append((None, id, reward_lc(level), "level_up"))
            for each, item in ((5, "jackpot"), (10, "multiplier_x2")):
                if level % each == 0:
                    items[id, item] = items.get((id, item), 0) + 1
    assert sorted(row[:4] for row in seen["ledger"]) == sorted(ledger)
    assert {(user, item): quantity for user, item, quantity in seen["bags"]} == items
    assert len(ledger) >= 4 and len(items) >= 3  # there was something to pay


class Victim:
    """One of the programs: killed and started again KILLS times, at moments of its own."""

    def __init__(self, again, seed):
        self.again, self.chance = again, random.Random(seed)
        self.kills, self.fault = 0, None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            while self.kills < KILLS:
                time.sleep(self.chance.random() * PAUSE_MAX_S)  # the moment, by chance
                self.again()
                self.kills += 1
        except BaseException as fault:
            self.fault = fault
            raise


def kill_all(shim, service, cluster):
    """Begins to kill each of them, over and over."""

    def shim_again():
        shim.kill()
        shim.start()

    def service_again():
        service.kill()
        service.check()
        service.launch()
        service.find_endpoint()

    def postgresql_again():
        cluster.kill()
        cluster.start()

    return [Victim(again, SEED + i)
            for i, again in enumerate((shim_again, service_again, postgresql_again))]


@pytest.fixture(scope="module")
def durable():
    """A PostgreSQL that keeps what it has confirmed, also over a kill -9; not over a power cut, for
    which it would look through its disk at each of many starts."""
    cluster = Cluster(durable=True, fsync="off")
    yield cluster
    cluster.remove()


def calm_beginning(script, relay, gateway):
    """Two earn in voice, whatever becomes of them and of all others later on."""
    seated = [moves(member, "8") for member in script.voices[:2]]
    script.said += seated
    gateway.dispatch_all(seated)
    until(lambda: len(relay.of_kind("voice")) == 2, "two are in voice")
    for _ in range(3):
        script.now += 45_000
        gateway.dispatch(*script.a_message())
    relay.now_ms = script.now
    until(lambda: script.ids()[0] <= relay.taken, "two minutes have passed")


def suffer(script, relay, gateway, victims):
    """The day itself: Discord goes on as the kills do, whatever is dead."""
    for moment in range(MOMENTS):
        until(lambda at=moment: any(victim.fault for victim in victims)
              or sum(victim.kills for victim in victims) >= at * 3 * KILLS // MOMENTS,
              "they are killed and come back", PATIENCE_S)
        gateway.dispatch_all(script.go_on())
        relay.now_ms = script.now
    for victim in victims:
        victim.thread.join(PATIENCE_S)
        assert victim.kills == KILLS and not victim.fault, victim.fault
    gateway.dispatch_all(script.go_on())


def calm_run(cluster, application, script, relay, services):
    """The same log, once, with nobody in the way: what should have become of it."""
    database = cluster.create().migrate(BESACECTL)
    script.settle_in(database)
    service = Service(application, database.url, **fixed_chance()).start()
    services.append(service)
    reference = Relay(service, KEY, "shim", 0)
    events = list(relay.log.values())
    for i in range(0, len(events), 100):
        batch = {"source": "0/1", "events": events[i:i + 100]}
        until(lambda whole=batch: reference.post(whole)[0] == 200, "the batch is taken")
    service.stop()
    return database


def test_kill_9_of_shim_service_and_postgresql_changes_nothing(
        durable, application, services, tmp_path):
    script = Script(random.Random(SEED), now_ms() - 12 * HOUR)
    database = durable.create().migrate(BESACECTL)
    script.settle_in(database)
    database.close()
    service = Service(application, database.url, **fixed_chance()).start()
    services.append(service)
    with Relay(service, KEY, "shim", script.now) as relay, \
            Gateway(guilds=[empty_guild(VERA)], users=script.users()) as gateway, \
            shim_of(gateway, relay, tmp_path) as shim:
        until(lambda: relay.of_kind("voice_snapshot"), "the session is kept by the shim")
        calm_beginning(script, relay, gateway)
        suffer(script, relay, gateway, kill_all(shim, service, durable))
        messages, reactions = script.ids()
        until(lambda: messages <= relay.taken and reactions == sum(
            id.startswith("r:") for id in list(relay.taken)), "all events are taken", PATIENCE_S)
        check_voice(relay, script.said)
        assert gateway.state()["identifies"] == 1
        assert shim.terminate() == 0
        last = {"id": "h:the:end", "type": "heartbeat", "at": script.now + MINUTE}
        relay.log[last["id"]] = last
        # Before it, what the shim had sent and heard nothing of when it ended.
        until(lambda: relay.post({"source": "0/1", "events": relay.left()})[0] == 200,
              "the last beat")
        assert not relay.faults
    seen = state(database)
    assert [id for id, in seen["ids"]] == sorted(relay.log)
    users = {user[0]: user for user in seen["users"]}
    for member in script.talkers:
        xp, count = script.earned(member)
        assert (users[member.id][2], users[member.id][5]) == (xp, count), member.username
        shows(service, member, xp)
    assert sum(users[member.id][2] - script.start_xp[member.id] for member in script.voices) > 0
    check_rewards(script, seen)
    service.stop()
    for name, value in state(calm_run(durable, application, script, relay, services)).items():
        assert seen[name] == value, name
    checked = ctl("check", DATABASE_URL=database.url)
    assert checked.returncode == 0, checked.stderr
