"""Thousands of small communities play at random, each from a seed of its own, and after every round
what the database holds must be what the rules of support/model.py can make of it: commands, presses,
events, games that run out of time, the same request twice, two at once, and a kill -9 now and then.

BESACE_SEED=N begins at another seed, BESACE_SIMULATE=N plays so many communities. A failure names its
seed: BESACE_SEED=… BESACE_SIMULATE=1 plays that community again, alone."""

import functools
import itertools
import os
import random

import pytest

from support import fair, model
from support.events import Shim, message, now_ms, reaction
from support.http import Lanes
from support.interactions import GUILD, Member, new_id
from support.service import ctl
from support.wait import until

COMMUNITIES = int(os.environ.get("BESACE_SIMULATE", 10000))
SEED = int(os.environ.get("BESACE_SEED", 1))
# In so many parts, which other processors may play; so many at the same time, each of so many rounds.
PARTS, AT_ONCE, ROUNDS = 4, 1000, 4
# One of so many plays longer, and mostly games that are over only after many presses.
LONG, LONG_ROUNDS = 41, 40
PLAYERS = 3
LANES = 16
MANAGER = 32  # the permission Manage Server
HOUR_MS = 3600 * 1000
ITEMS = ("jackpot", "multiplier_x2", "multiplier_x3")


class Act:
    """What somebody does: a request, or events, or a change of time; and what the rules make of it.
    GAME, (kind, owner): the board that its answer may bring."""

    def __init__(self, said, apply, body=None, events=(), time=None, game=None):
        self.said, self.apply, self.body = said, apply, body
        self.events, self.time, self.game = events, time, game


class Room:
    """A community: its members, its channel, what the rules say of it, and what it saw."""

    def __init__(self, application, seed):
        self.application, self.seed = application, seed
        self.is_long = seed % LONG == 0
        self.rounds = LONG_ROUNDS if self.is_long else ROUNDS
        self.random = random.Random(seed)
        self.members = [Member() for _ in range(PLAYERS)]
        self.channel = new_id()
        self.clock = now_ms() - HOUR_MS
        self.boards = {}
        self.told = []   # what was done, for the report of a failure
        self.kept = []   # requests that changed something, with their answers
        # What it may be now: several, when what is hidden (a deck) may have come about in two ways.
        self.worlds = [model.World([self.player() for _ in self.members])]

    @property
    def world(self):
        return self.worlds[0]

    def player(self):
        pick = self.random
        level = pick.choice((1, 1, 2, 4, 5, 9, 19, 39))
        # A little below a level, so that games reach it.
        xp = max(0, 50 * level * (level + 1) - pick.choice((1, 3, 10, 15, 40, 100)))
        player = model.Player(
            balance=pick.choice((0, 5, 25, 60, 200, 1000, 100000)), xp=xp,
            server=f"{pick.getrandbits(256):064x}", rewarded=model.level_of(xp))
        for item in ITEMS:
            player.items[item] = pick.choice((0, 0, 1, 2))
        if pick.random() < 0.2:
            player.active = (pick.choice((2, 3)), pick.choice((1, 2)))
        if player.balance != 25:
            player.sums["opening"] = player.balance - 25
        return player

    # -- what is sent

    def command(self, path, member, *options, **more):
        body = self.application.subcommand(path, self.members[member], *options, **more)
        return self.here(body)

    def here(self, body):
        body["channel_id"] = body["channel"]["id"] = self.channel
        return body

    def press(self, custom_id, member):
        return self.here(self.application.press(custom_id, self.members[member]))

    # -- what may be done

    def draw(self):
        """An act, drawn from what this community may do."""
        acts = (self.money, self.money, self.bag, self.casino, self.casino, self.events, self.admin,
                self.challenge, self.table, self.time, *[self.move] * (6 if self.world.games else 0))
        if self.is_long and self.random.random() < 0.9:
            return self.move() if self.world.games else self.challenge()
        return self.random.choice(acts)()

    def two(self):
        """A member, and another one or, rarely, the same."""
        member = self.random.randrange(PLAYERS)
        further = 0 if self.random.random() < 0.05 else self.random.randrange(1, PLAYERS)
        return member, (member + further) % PLAYERS

    def stake(self, kind):
        low, high = model.STAKES[kind]
        return self.random.choice((low, low, 7, 25, 50, 101, high, high + 1))

    def money(self):
        member, other = self.two()
        if self.random.random() < 0.4:
            return Act(f"{member}: cadeau", functools.partial(model.gift, member=member),
                       self.command("cadeau", member))
        amount = self.random.choice((1, 10, 25, 60, 500, 2000000))
        return Act(f"{member}: don {other} {amount}",
                   functools.partial(model.give, member=member, other=other, amount=amount),
                   self.command("don", member, ("membre", self.members[other]), ("montant", amount)))

    def bag(self):
        member, _ = self.two()
        item = self.random.choice(ITEMS)
        owner = self.members[member].id
        body = self.press(f"sac:3:{item}:o{base36(owner)}", member)
        if item == "jackpot":
            return Act(f"{member}: opens", functools.partial(model.open_jackpot, member=member), body)
        value = int(item[-1])
        return Act(f"{member}: ×{value}", functools.partial(model.activate, member=member, value=value), body)

    def casino(self):
        member, _ = self.two()
        kind = self.random.choice(("roue", "machine", "blackjack"))
        stake = self.stake(kind)
        said = f"{member}: {kind} {stake}"
        if kind == "roue":
            colour = self.random.choice(fair.COLOURS)
            return Act(f"{said} {colour}",
                       functools.partial(model.wheel, member=member, stake=stake, colour=colour),
                       self.command("casino roue", member, ("mise", stake), ("couleur", colour)))
        play = model.machine if kind == "machine" else model.blackjack
        return Act(said, functools.partial(play, member=member, stake=stake),
                   self.command(f"casino {kind}", member, ("mise", stake)),
                   game=("blackjack", member) if kind == "blackjack" else None)

    def challenge(self):
        member, other = self.two()
        kind = self.random.choice(("007", "c21") if self.is_long else model.DUELS)
        stake = self.stake(kind)
        path = "jeu duel" if kind == "duel" else kind
        return Act(f"{member}: {kind} {other} {stake}",
                   functools.partial(model.challenge, kind=kind, member=member, other=other, stake=stake),
                   self.command(path, member, ("adversaire", self.members[other]), ("mise", stake)),
                   game=(kind, member))

    def table(self):
        member, _ = self.two()
        stake = self.stake("roulette")
        return Act(f"{member}: roulette {stake}", functools.partial(model.sit, member=member, stake=stake),
                   self.command("jeu roulette", member, ("mise", stake)), game=("roulette", None))

    def move(self):
        """A press on a board, by anybody."""
        game = self.random.choice(self.world.games)
        key = (game.kind, None if game.kind == "roulette" else game.owner)
        board = {action: id for action, id in self.boards.get(key, {}).items() if action in MOVES}
        if not board:
            return self.money()
        # Mostly those whose game it is, sometimes somebody else.
        concerned = [member for member, _ in game.seats] + [game.opponent] * (game.opponent is not None)
        member = self.random.choice(concerned if self.random.random() < 0.9 else range(PLAYERS))
        action = self.random.choice(sorted(board))
        return Act(f"{member}: {game.kind} of {game.owner}, {action}",
                   MOVES[action](game.owner, member, action, game.kind),
                   self.press(board[action], member), game=key)

    def events(self):
        member, _ = self.two()
        self.clock += self.random.choice((500, 20000, 59999, 60000, 90000))
        if self.random.random() < 0.3:
            event = reaction(self.members[member], self.clock, reactor=new_id())
            return Act(f"{member} is appreciated", functools.partial(model.reaction, member=member),
                       events=[event])
        event = message(self.members[member], self.clock)
        return Act(f"{member} writes at {self.clock}",
                   functools.partial(model.message, member=member, at=self.clock / 1000), events=[event])

    def admin(self):
        member, other = self.two()
        what = self.random.choice(("lc", "xp", *ITEMS))
        amount = self.random.choice((1, 1, 2, 30, 400))
        if what in ITEMS:
            amount = min(amount, 2)
        takes = self.random.random() < 0.5
        options = [("membre", self.members[other]), *([("objet", what)] if what in ITEMS else []),
                   ("quantite" if what in ITEMS else "montant", amount), ("raison", "essai")]
        words = ("donner", "retirer") if what in ITEMS else ("ajouter", "retirer")
        path = f"admin {'objet' if what in ITEMS else what} {words[takes]}"
        return Act(f"{member}: {path} {other} {what} {amount}",
                   functools.partial(model.adjust, other=other, what=what,
                                     amount=-amount if takes else amount),
                   self.command(path, member, *options, permissions=MANAGER))

    def time(self):
        if self.world.games and self.random.random() < 0.5:
            return Act("time runs out", model.expire, time="expire")
        return Act("a day passes", model.next_day, time="day")

    # -- a round

    def begin(self):
        """What happens in this round: an act or two at once, and how their request is sent."""
        self.acts = [self.draw()]
        self.twice = False
        if self.acts[0].body is not None:
            chance = self.random.random()
            if chance < 0.15:
                self.twice = True
            elif chance < 0.3:
                other = self.draw()
                if other.body is not None and (other.game is None or other.game != self.acts[0].game):
                    self.acts.append(other)
        self.again = (self.random.choice(self.kept)
                      if self.kept and self.random.random() < 0.2 else None)

    def outcomes(self):
        """What the rules may make of the acts, in whichever order they came."""
        for order in itertools.permutations(self.acts):
            worlds = [world.copy() for world in self.worlds]
            for act in order:
                worlds = [after for world in worlds for after in act.apply(world)]
            yield from worlds

    def end(self, view):
        """The database holds VIEW now."""
        said = " | ".join(act.said for act in self.acts) + (" (twice)" if self.twice else "")
        self.told.append(said)
        before = self.world.view()
        found = list(self.outcomes())
        self.worlds = list({world.hidden(): world for world in found if world.view() == view}.values())
        assert self.worlds, "\n".join(
            [f"seed {self.seed}: BESACE_SEED={self.seed} BESACE_SIMULATE=1", *self.told,
             f"before: {before}", f"is:     {view}",
             *(f"may be: {world.view()}" for world in found)])
        return view != before

    def learn(self, act, reply):
        """The buttons of a board that a reply brings."""
        data = reply.json().get("data", {})
        if act.game and not data.get("flags", 0) & 64:
            self.boards[act.game] = {id.split(":")[2]: id for id in custom_ids(data)}


def custom_ids(item):
    if isinstance(item, list):
        for one in item:
            yield from custom_ids(one)
    elif isinstance(item, dict):
        if "custom_id" in item:
            yield item["custom_id"]
        for one in item.values():
            yield from custom_ids(one)


def base36(id):
    from support.interactions import base36 as digits
    return digits(int(id))


def simple(apply):
    """The move APPLY(world, member)."""
    return lambda owner, member, action, kind: functools.partial(
        owned, apply=apply, owner=owner, member=member)


def owned(world, apply, owner, member):
    """Only whose game it is may go on with it."""
    return apply(world, member) if member == owner else [world]


MOVES = {
    "hit": simple(model.hit), "stand": simple(model.stand),
    "join": lambda owner, member, action, kind: functools.partial(model.join, member=member),
    **{word: lambda owner, member, action, kind: functools.partial(
        getattr(model, action), kind=kind, owner=owner, member=member)
       for word in ("accept", "refuse", "cancel")},
    **{word: lambda owner, member, action, kind: functools.partial(
        model.choose, owner=owner, member=member, choice=action) for word in model.BEATS},
    **{word: lambda owner, member, action, kind: functools.partial(
        model.act, owner=owner, member=member, choice=action) for word in ("reload", "shoot", "shield")},
    **{word: lambda owner, member, action, kind: functools.partial(
        model.add, owner=owner, member=member, number=int(action)) for word in "123"}}


class Simulation:
    """Many rooms at one service."""

    def __init__(self, service, database, shim, lanes):
        self.service, self.database = service, database
        self.shim, self.lanes = shim, lanes
        # No game's time runs out but when an act says so: a table of roulette is open for half a minute,
        # and nobody knows how long a busy machine takes for a round.
        database.run("CREATE FUNCTION keep_open() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN"
                     " IF NEW.expires_at > now() AT TIME ZONE 'utc' THEN"
                     " NEW.expires_at := now() AT TIME ZONE 'utc' + interval '1 day'; END IF; RETURN NEW; END $$;"
                     " CREATE TRIGGER keep_open BEFORE INSERT OR UPDATE ON besace_matches"
                     " FOR EACH ROW EXECUTE FUNCTION keep_open()")

    def settle_in(self, rooms):
        """Makes the members of ROOMS as their worlds say."""
        players = [(member, player) for room in rooms
                  for member, player in zip(room.members, room.world.players)]
        self.database.run(
            "INSERT INTO users (guild_id, user_id, username, xp, level_rewarded, balance)"
            " SELECT %s, * FROM unnest(%s::varchar[], %s::varchar[], %s::int[], %s::int[], %s::int[])",
            GUILD, [m.id for m, _ in players], [m.username for m, _ in players],
            [p.xp for _, p in players], [p.rewarded for _, p in players],
            [p.balance for _, p in players])
        self.database.run(
            "INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type)"
            " SELECT %s, CASE WHEN amount < 0 THEN id END, CASE WHEN amount > 0 THEN id END,"
            " abs(amount), 'opening' FROM unnest(%s::varchar[], %s::int[]) AS t (id, amount)"
            " WHERE amount <> 0", GUILD, [m.id for m, _ in players],
            [p.sums["opening"] for _, p in players])
        items = [(m.id, item, p.items[item]) for m, p in players for item in ITEMS if p.items[item]]
        self.database.run(
            "INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
            " SELECT %s, * FROM unnest(%s::varchar[], %s::varchar[], %s::int[])",
            GUILD, *([row[place] for row in items] for place in range(3)))
        active = [(m.id, f"multiplier_x{p.active[0]}", *p.active) for m, p in players if p.active]
        self.database.run(
            "INSERT INTO active_multipliers"
            " (guild_id, user_id, multiplier_type, multiplier_value, games_remaining)"
            " SELECT %s, * FROM unnest(%s::varchar[], %s::varchar[], %s::int[], %s::int[])",
            GUILD, *([row[place] for row in active] for place in range(4)))
        self.database.run(
            "INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)"
            " SELECT %s, *, 'nombre' FROM unnest(%s::varchar[], %s::varchar[])",
            GUILD, [m.id for m, _ in players], [p.server for _, p in players])

    # -- what the database holds

    def views(self, rooms):
        """The view of each room, as Model.World.view has it."""
        ids = [member.id for room in rooms for member in room.members]
        def by_member(sql):
            found = {id: [] for id in ids}
            for id, *row in self.database.run(sql, GUILD, ids):
                found[id].append(tuple(row))
            return found

        users = by_member("SELECT user_id, balance, xp, level, level_rewarded, message_count"
                          " FROM users WHERE guild_id = %s AND user_id = ANY (%s)")
        items = by_member("SELECT user_id, item_type, quantity FROM user_inventory"
                          " WHERE guild_id = %s AND user_id = ANY (%s) AND quantity > 0")
        active = by_member("SELECT user_id, multiplier_value, games_remaining"
                           " FROM active_multipliers WHERE guild_id = %s AND user_id = ANY (%s)")
        sums = by_member(
            "SELECT t.member, t.transaction_type, sum(t.amount)::int"
            " FROM (SELECT %s::varchar, unnest(%s::varchar[])) AS member (guild, member), LATERAL ("
            " SELECT member.member, transaction_type, -amount AS amount FROM transactions"
            " WHERE guild_id = guild AND from_user_id = member.member UNION ALL"
            " SELECT member.member, transaction_type, amount FROM transactions"
            " WHERE guild_id = guild AND to_user_id = member.member) AS t GROUP BY 1, 2")
        played = by_member(
            "SELECT player_id, game_type, result, bet_amount, winnings, count(*)::int"
            " FROM game_history WHERE guild_id = %s AND player_id = ANY (%s) GROUP BY 1, 2, 3, 4, 5")
        games = by_member(
            "SELECT owner_id, game_type, opponent_id, accepted, stake,"
            " ARRAY(SELECT user_id FROM besace_escrow e WHERE e.guild_id = m.guild_id"
            "  AND e.match_id = m.match_id ORDER BY seat)::text[],"
            " ARRAY(SELECT stake FROM besace_escrow e WHERE e.guild_id = m.guild_id"
            "  AND e.match_id = m.match_id ORDER BY seat)"
            " FROM besace_matches m WHERE guild_id = %s AND owner_id = ANY (%s)")
        for room in rooms:
            place = {member.id: number for number, member in enumerate(room.members)}
            players = []
            for member in room.members:
                id = member.id
                [figures] = users[id]
                held = sorted(items[id])
                counted = sorted(((*row[:4],), row[4]) for row in played[id])
                players.append((
                    *figures, tuple(item for item, _ in held),
                    tuple(sorted(quantity for _, quantity in held)),
                    active[id][0] if active[id] else None,
                    tuple(sorted((kind, amount) for kind, amount in sums[id] if amount)),
                    tuple(counted)))
            board = sorted(((kind, place[id], place.get(opponent), accepted if kind in model.DUELS
                             else None, stake, tuple(zip(map(place.get, seats), stakes)))
                            for id in place
                            for kind, opponent, accepted, stake, seats, stakes in games[id]), key=str)
            yield tuple(players), tuple(board)

    # -- a round

    def round(self, rooms, kill):
        for room in rooms:
            room.begin()
        self.pass_time(rooms)
        self.earn(rooms)
        self.ask(rooms, kill)
        for room, view in zip(rooms, self.views(rooms)):
            changed = room.end(view)
            for act, request, reply in room.answers:
                room.learn(act, reply)
                if changed and len(room.acts) == 1:
                    room.kept.append((request, reply.body))

    def pass_time(self, rooms):
        owners = [member.id for room in rooms if room.acts[0].time == "expire"
                  for member in room.members]
        days = [member.id for room in rooms if room.acts[0].time == "day" for member in room.members]
        self.database.run("UPDATE users SET last_gift_time = last_gift_time - interval '24 hours'"
                          " WHERE guild_id = %s AND user_id = ANY (%s)", GUILD, days)
        self.database.run("UPDATE besace_matches SET expires_at = now() AT TIME ZONE 'utc'"
                          " WHERE guild_id = %s AND owner_id = ANY (%s)", GUILD, owners)
        until(lambda: not self.database.one(
            "SELECT count(*) FROM besace_matches WHERE guild_id = %s AND owner_id = ANY (%s)",
            GUILD, owners), "every game whose time is up has ended")

    def earn(self, rooms):
        events = [event for room in rooms for act in room.acts for event in act.events]
        if events:
            self.shim.deliver(self.service, *sorted(events, key=lambda event: event["at"]))

    def ask(self, rooms, kill):
        """Sends the requests of all rooms at once. KILL: the service ends in the middle of it; member
        got no answer asks again."""
        asked = []
        for room in rooms:
            room.answers = []
            for act in room.acts:
                if act.body is not None:
                    request = self.service.signed(act.body)
                    asked += [(room, act, request, None)] * (1 + room.twice)
            if room.again:
                asked.append((room, None, *room.again))
        after = (len(asked) // 2, self.service.kill) if kill and asked else None
        replies = self.lanes.post([request for _, _, request, _ in asked], after=after)
        if after:
            self.service.start()
        # Whoever got nothing, or only that the result will follow, sends the same again.
        while late := [number for number, reply in enumerate(replies)
                       if reply.status == 0 or reply.is_deferral()]:
            for number, reply in zip(late, self.lanes.post([asked[number][2] for number in late])):
                replies[number] = reply
        first = {}
        for (room, act, request, known), reply in zip(asked, replies):
            assert reply.status == 200, (room.seed, reply)
            expected = known or first.setdefault(request[0], reply.body)
            assert reply.body == expected, (room.seed, room.told, expected, reply.body)
            if act:
                room.answers.append((act, request, reply))


def play(simulation, application, seeds):
    """Plays the communities of SEEDS, some of them at a time; the service is killed once in each lot,
    at another round in each."""
    for lot, first in enumerate(range(0, len(seeds), AT_ONCE)):
        rooms = [Room(application, seed) for seed in seeds[first:first + AT_ONCE]]
        simulation.settle_in(rooms)
        for number in range(LONG_ROUNDS):
            if rooms := [room for room in rooms if room.rounds > number]:
                simulation.round(rooms, kill=number == lot % ROUNDS)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(min(PARTS, COMMUNITIES)))
def test_communities_play_by_the_rules(start, database, application, shim, part):
    service = start(database, BESACE_EVENT_KEYS=shim.setting, BESACE_LOG="info", BESACE_POOL_SIZE="8")
    lanes = Lanes(service.endpoint, LANES)
    play(Simulation(service, database, shim, lanes), application,
         range(SEED + part, SEED + COMMUNITIES, PARTS))
    lanes.close()
    done = ctl("check", DATABASE_URL=database.url)
    assert done.returncode == 0, done.stdout.decode()
