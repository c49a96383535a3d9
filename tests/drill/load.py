"""The members of a drill: by a seed they write, talk, press, play and give, and write down what was
asked and what was acknowledged."""

import collections
import contextlib
import dataclasses
import random
import threading
import time

from support.interactions import EPOCH_MS, GUILD, Member, custom_id
from support.games import button
from support.levels import level_start
from support.replies import heading, is_ephemeral

# What a member is told when the outcome is open: nothing was acknowledged.
OPEN = ("⏳ Un instant", "❌ Erreur")
# A signature is good for 300 s; clocks may be skewed by a part of that.
PATIENCE_S = 150
AGAIN_S = 0.1
PAUSE_S = 0.1
COOLDOWN_MS = 61_000
BALANCE, JACKPOTS = 1_000_000, 100_000
# Above it /don asks first (include/besace/domain/money.h).
QUIET_MAX = 1000
# What only shows how things are, and shows it anew when it is asked again.
LOOKS = ("lc", "don?")
FIRST_XP = (90, 285, 590, 985, 4490)  # shortly before a level


@dataclasses.dataclass
class Entry:
    """One interaction: what it is, whose, and what was said of it."""

    kind: str
    id: str
    member: str
    other: str = None
    amount: int = None
    asked_at: float = 0
    acked_at: float = None
    is_done: bool = False   # acknowledged as done, and not as refused
    is_played: bool = False  # a match that is over
    answer: bytes = None
    tries: int = 0
    differs: str = None     # another answer to the same request


class Notebook:
    """What the load knows, for `books`. Appended to by many threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.entries = []
        self.messages = {}   # member id → how many were written
        self.reactions = 0
        self.moves = 0
        self.event_ids = set()

    def write(self, entry):
        with self.lock:
            self.entries.append(entry)

    def acks(self, since, until):
        """The times of changes acknowledged in between, in their order."""
        with self.lock:
            return sorted(entry.acked_at for entry in self.entries
                          if entry.acked_at and since <= entry.acked_at <= until)

    def acked(self):
        """How many changes were acknowledged."""
        with self.lock:
            return sum(entry.acked_at is not None for entry in self.entries)

    def gap(self, since, until):
        """The longest time without an acknowledged change."""
        times = [since, *self.acks(since, until), until]
        return max(after - before for before, after in zip(times, times[1:]))


class Pair:
    """Two members and the thread in which they do one thing after the other."""

    def __init__(self, load, number):
        self.load, self.number = load, number
        self.random = random.Random(f"{load.seed}/{number}")
        self.members = [Member(), Member()]
        self.serial = 0
        self.thread = None
        self.fault = None

    def run(self):
        try:
            while self.load.may_go_on():
                began = time.monotonic()
                self.step()
                self.load.steps[self.number] += 1
                self.rest(time.monotonic() - began)
        except BaseException as fault:  # raised again by Load.pause
            self.fault = fault
            raise

    def rest(self, took):
        """Until the next step, which follows when it likes or, at a pace, in the mean after so long."""
        at_random = self.random.random() * 2
        if self.load.period_s is None:
            time.sleep(at_random * PAUSE_S)
        else:
            time.sleep(max(0, at_random * self.load.period_s - took))

    def step(self):
        a, b = self.random.sample(self.members, 2)
        kind = self.random.choices(
            ("don", "jackpot", "roue", "duel", "pfc", "cadeau", "lc"), (30, 25, 15, 8, 6, 2, 4))[0]
        getattr(self, f"do_{kind}")(a, b)

    # -- what they do

    def do_don(self, a, b):
        """Each amount is given once, so that each gift has one line in the ledger."""
        self.serial += 1
        gift = self.load.application.command("don", a, ("membre", b), ("montant", self.serial))
        if self.serial > QUIET_MAX:
            question = self.ask(Entry("don?", None, a.id, b.id, self.serial), gift)
            if question is None:
                return
            gift = self.load.application.press(button(question, "ok"), a)
        self.ask(Entry("don", None, a.id, b.id, self.serial), gift)

    def do_jackpot(self, a, _):
        self.ask(Entry("jackpot", None, a.id),
                 self.load.application.press(custom_id("sac", "jackpot", owner=a.id), a))

    def do_cadeau(self, a, _):
        self.ask(Entry("cadeau", None, a.id), self.load.application.command("cadeau", a))

    def do_lc(self, a, _):
        self.ask(Entry("lc", None, a.id), self.load.application.command("lc", a))

    def do_roue(self, a, _):
        stake = self.random.randrange(10, 500)
        self.ask(Entry("roue", None, a.id, None, stake), self.load.application.subcommand(
            "casino roue", a, ("mise", stake), ("couleur", self.random.choice(
                ("rouge", "noir", "vert")))))

    def do_duel(self, a, b):
        match, _ = self.versus("jeu duel", "duel", a, b)
        if match is not None:
            match.is_played = True

    def do_pfc(self, a, b):
        match, board = self.versus("pfc", "pfc", a, b)
        if match is None:
            return
        chosen = 0
        for member in (a, b):
            choice = self.random.choice(("rock", "paper", "scissors"))
            with contextlib.suppress(AssertionError):  # the choices are not on this board
                chosen += self.ask(Entry("choice", None, member.id), self.load.application.press(
                    button(board, choice), member)) is not None
        match.is_played = chosen == 2

    def versus(self, path, kind, a, b):
        """A challenge and its acceptance: what was written down of it, and the board; neither unless
        both were acknowledged as done."""
        stake = self.random.randrange(10, 1000)
        challenge = self.ask(Entry(f"{kind}?", None, a.id, b.id, stake),
                             self.load.application.subcommand(
                                 path, a, ("adversaire", b), ("mise", stake)))
        if challenge is None:
            return None, None
        if self.random.random() < 0.1:
            self.ask(Entry("cancel", None, a.id),
                     self.load.application.press(button(challenge, "cancel"), a))
            return None, None
        entry = Entry(kind, None, b.id, a.id, stake)
        board = self.ask(entry, self.load.application.press(button(challenge, "accept"), b))
        return (entry, board) if board is not None else (None, None)

    # -- how they ask

    def ask(self, entry, interaction):
        """Posts it until there is an answer; the callback, when something was done or is shown."""
        entry.id, entry.asked_at = interaction["id"], time.monotonic()
        self.load.notebook.write(entry)
        gives_up = self.random.random() < 0.1  # as Discord does, after the first
        deadline = entry.asked_at + PATIENCE_S
        while time.monotonic() < deadline:
            entry.tries += 1
            request = self.load.endpoint().signed(interaction)
            reply = self.load.endpoint().post(*request, deferred=True)
            callback = self.final(reply)
            if callback is not None:
                return self.acknowledged(entry, request, reply, callback)
            if gives_up:
                return None
            time.sleep(AGAIN_S)
        return None

    @staticmethod
    def final(reply):
        """The callback, if it says what became of it."""
        if reply.status != 200:
            return None
        callback = reply.json()
        if callback["type"] in (5, 6):
            return None
        if callback["type"] == 4 and is_ephemeral(callback) and heading(callback).startswith(OPEN):
            return None
        return callback

    def acknowledged(self, entry, request, reply, callback):
        is_done = callback["type"] == 7 or not is_ephemeral(callback)
        with self.load.notebook.lock:
            entry.acked_at, entry.answer, entry.is_done = time.monotonic(), reply.body, is_done
        if entry.kind not in LOOKS and self.random.random() < 0.1:
            # Repeated, it is answered as before, by whichever replica.
            again = self.load.endpoint().post(*request, deferred=True)
            found = self.final(again)
            if found is not None and found != callback:
                entry.differs = again.body.decode()
        return callback if is_done or entry.kind in LOOKS else None


class Writers:
    """Members who write, react and talk: what Discord's Gateways say of them."""

    def __init__(self, load, gateways, guilds):
        self.load, self.gateways, self.guilds = load, gateways, guilds
        self.random = random.Random(f"{load.seed}/writers")
        self.members = [[Member() for _ in range(4)] for _ in guilds]
        self.at = int(time.time() * 1000) - 6 * 3600_000
        self.number = 0
        self.posts = [[] for _ in guilds]
        self.channels = {}  # member id → where they are in voice
        for gateway, members in zip(gateways, self.members):
            gateway.users.update((member.id, member.user()) for member in members)
        self.fault = None

    def run(self):
        try:
            while self.load.may_go_on():
                self.step()
                time.sleep(self.random.random() * 2 * PAUSE_S)
        except BaseException as fault:
            self.fault = fault
            raise

    def step(self):
        shard = self.random.randrange(len(self.guilds))
        member = self.random.choice(self.members[shard])
        kind = self.random.choices((self.message, self.reaction, self.move), (6, 3, 1))[0]
        kind(shard, member)

    def message(self, shard, member):
        self.at += COOLDOWN_MS // 40  # a member writes every minute and a half or so
        self.number += 1
        id = str(self.at - EPOCH_MS << 22 | self.number & 0x3FFFFF)
        self.gateways[shard].dispatch("MESSAGE_CREATE", {
            "id": id, "guild_id": self.guilds[shard], "channel_id": "2", "type": 0,
            "author": member.user(), "member": {"roles": []}, "content": "hello"})
        self.posts[shard].append((id, member))
        with self.load.notebook.lock:
            key = self.guilds[shard], member.id
            self.load.notebook.messages[key] = self.load.notebook.messages.get(key, 0) + 1
            self.load.notebook.event_ids.add(f"m:{id}")

    def reaction(self, shard, member):
        if not self.posts[shard]:
            return
        id, author = self.random.choice(self.posts[shard][-10:])
        self.number += 1
        emoji = f"e{self.number}"  # each counts once, so each is another one
        if author is member:
            return
        self.gateways[shard].dispatch("MESSAGE_REACTION_ADD", {
            "user_id": member.id, "channel_id": "2", "guild_id": self.guilds[shard],
            "message_id": id, "member": {"user": member.user()}, "type": 0,
            "emoji": {"id": None, "name": emoji}, "message_author_id": author.id})
        with self.load.notebook.lock:
            self.load.notebook.reactions += 1

    def move(self, shard, member):
        before = self.channels.get(member.id)
        channel = self.random.choice([one for one in ("8", "9", None) if one != before])
        self.channels[member.id] = channel
        self.gateways[shard].dispatch("VOICE_STATE_UPDATE", {
            "guild_id": self.guilds[shard], "user_id": member.id, "channel_id": channel,
            "member": {"user": member.user()}})
        with self.load.notebook.lock:
            self.load.notebook.moves += 1


class Load:
    """All of them. It pauses and goes on, so that the books can be compared in between."""

    def __init__(self, application, endpoint, seed, pairs):
        self.application, self.seed = application, seed
        self.endpoint = endpoint  # () → an Endpoint
        self.notebook = Notebook()
        self.pairs = [Pair(self, number) for number in range(pairs)]
        self.others = []
        self.period_s = None  # at which each pair does something; None: as it likes
        self.steps = collections.Counter()  # of each pair
        self.going = threading.Event()
        self.threads = []

    @property
    def members(self):
        return [member for pair in self.pairs for member in pair.members]

    def first_level(self, member):
        """The level at the beginning."""
        place = self.members.index(member) % len(FIRST_XP)
        return max(level for level in range(1, 100) if level_start(level) <= FIRST_XP[place])

    def settle_in(self, run):
        """Everybody as they are at the beginning; RUN(sql, values…) does SQL as the owner."""
        for number, member in enumerate(self.members):
            run("INSERT INTO users (guild_id, user_id, username, xp, balance)"
                " VALUES (%s, %s, %s, %s, %s)", GUILD, member.id, member.username,
                FIRST_XP[number % len(FIRST_XP)], BALANCE)
            run("INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
                " VALUES (%s, %s, %s, 'opening')", GUILD, member.id, BALANCE - 25)
            run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                " VALUES (%s, %s, 'jackpot', %s)", GUILD, member.id, JACKPOTS)

    def may_go_on(self):
        return self.going.is_set()

    def use_key(self, key):
        """Signs with another KEY from now on; what is under way is signed anew."""
        self.application.key = key

    def go_on(self):
        self.going.set()
        self.threads = [threading.Thread(target=one.run, daemon=True)
                        for one in (*self.pairs, *self.others)]
        for thread in self.threads:
            thread.start()

    def is_alive(self):
        """Whether everybody still plays."""
        return all(thread.is_alive() for thread in self.threads)

    def pause(self):
        """Ends what is under way: each request has its answer, or nobody waits for one."""
        self.going.clear()
        for thread in self.threads:
            thread.join(PATIENCE_S + 60)
            assert not thread.is_alive(), "a member of the load hangs"
        for one in (*self.pairs, *self.others):
            if one.fault:
                raise one.fault
