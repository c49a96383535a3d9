"""The rules of the game, written a second time from their description: what an act of a member may
make of a small world. Whatever the service draws is open here, so an act has several outcomes, of
which what the database holds afterwards must be one."""

import collections
import copy
import dataclasses

from . import fair

JACKPOTS = (25, 50, 100)
GIFT = 25
WIN_XP, LOSS_XP, PUSH_XP = 15, 5, 0
# Between which stakes a game is played.
STAKES = {"roue": (10, 500), "blackjack": (10, 1000), "machine": (5, 250), "duel": (10, 1000),
          "roulette": (10, 500), "pfc": (10, 1000), "007": (10, 1000), "c21": (10, 1000)}
DUELS = ("duel", "pfc", "007", "c21")
ALIKE = (2, 3, 5, 10, 20, 50, 100)
BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}
ROUNDS = 20
COOLDOWN_S = 60


def level_of(xp):
    level = 1
    while 50 * (level + 1) * level <= xp:
        level += 1
    return level


def hand(cards):
    return fair.hand(cards)


@dataclasses.dataclass
class Player:
    """What a member has; SUMS are of the ledger by type, PLAYED counts the rows of the history."""

    balance: int
    xp: int
    server: str
    nonce: int = 0
    rewarded: int = 1
    messages: int = 0
    items: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    active: tuple = None  # the multiplier's value, and the wins that it is left for
    gifted: bool = False
    paid_at: int = None  # the time of the last message that was paid, in seconds
    sums: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    played: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def copy(self):
        return dataclasses.replace(self, items=self.items.copy(), sums=self.sums.copy(),
                                   played=self.played.copy())

    def pay(self, kind, amount):
        """AMOUNT comes in or, negative, goes out, with its line in the ledger."""
        self.balance += amount
        self.sums[kind] += amount

    def earn(self, xp):
        self.xp += xp
        for level in range(self.rewarded + 1, level_of(self.xp) + 1):
            self.rewarded = level
            if level % 5:
                self.pay("level_up", 25 * (level - 1 - level // 5))
                continue
            self.items["jackpot"] += 1
            if level % 20 == 0:
                self.items["multiplier_x3"] += 1
            elif level % 10 == 0:
                self.items["multiplier_x2"] += 1

    def end(self, game, stake, credit, result, boost=None):
        """A game is over for this member: CREDIT is gross, BOOST what a multiplier applies to."""
        if result == "win" and boost and self.active:
            value, left = self.active
            credit = credit * value if boost == "credit" else stake + (credit - stake) * value
            self.active = (value, left - 1) if left > 1 else None
        if credit:
            self.pay("game_win" if result == "win" else "refund", credit)
        if result is None:
            return
        self.played[game, result, stake, credit] += 1
        self.earn({"win": WIN_XP, "loss": LOSS_XP, "push": PUSH_XP}[result])

    def view(self):
        return (self.balance, self.xp, level_of(self.xp), self.rewarded, self.messages,
                tuple(sorted(+self.items)), tuple(sorted((+self.items).values())), self.active,
                tuple(sorted((kind, amount) for kind, amount in self.sums.items() if amount)),
                tuple(sorted(self.played.items())))


@dataclasses.dataclass
class Game:
    """An open game. SEATS are pairs of a member and a stake; STATE belongs to its kind."""

    kind: str
    owner: int
    opponent: int
    stake: int
    seats: list
    accepted: bool = False
    state: object = None

    def copy(self):
        return dataclasses.replace(self, seats=list(self.seats), state=copy.deepcopy(self.state))

    def view(self):
        accepted = self.accepted if self.kind in DUELS else None
        return self.kind, self.owner, self.opponent, accepted, self.stake, tuple(self.seats)


class World:
    """A few members of a guild and the games among them."""

    def __init__(self, players, games=()):
        self.players, self.games = players, list(games)

    def copy(self):
        return World([player.copy() for player in self.players], [game.copy() for game in self.games])

    def view(self):
        return (tuple(player.view() for player in self.players),
                tuple(sorted((game.view() for game in self.games), key=str)))

    def hidden(self):
        """What no view shows, to be compared."""
        return repr([player.nonce for player in self.players] + [game.state for game in self.games])

    def game(self, kind, member=None):
        """The open game of KIND, in which MEMBER sits."""
        for game in self.games:
            if game.kind == kind and (member is None or any(member == seat for seat, _ in game.seats)):
                return game
        return None

    # -- what both sides of a game's end share

    def settle(self, game, ends):
        """ENDS: (member, credit, result) with perhaps a boost."""
        self.games.remove(game)
        stakes = dict(game.seats)
        for member, credit, result, *boost in ends:
            self.players[member].end(game.kind, stakes[member], credit, result, *boost)

    def decide(self, game, winner):
        """A game of two ends: WINNER takes both stakes, None is a draw."""
        if winner is None:
            self.settle(game, [(m, game.stake, "push") for m, _ in game.seats])
            return
        boost = ["gain"] if game.kind == "duel" else []
        self.settle(game, [(m, 2 * game.stake, "win", *boost) if m == winner else (m, 0, "loss")
                           for m, _ in game.seats])

    def give_back(self, game):
        self.settle(game, [(m, stake, None) for m, stake in game.seats])

    def seat(self, game, member, stake):
        self.players[member].pay("bet", -stake)
        game.seats.append((member, stake))


# -- acts: each takes a world of its own and returns the worlds that it may become


def gift(world, member):
    player = world.players[member]
    if not player.gifted:
        player.gifted = True
        player.pay("daily_gift", GIFT)
    return [world]


def next_day(world):
    for player in world.players:
        player.gifted = False
    return [world]


def give(world, member, other, amount):
    if member != other and 1 <= amount <= world.players[member].balance:
        world.players[member].pay("transfer", -amount)
        world.players[other].pay("transfer", amount)
    return [world]


def open_jackpot(world, member):
    if not world.players[member].items["jackpot"]:
        return [world]
    worlds = [world.copy() for _ in JACKPOTS]
    for amount, after in zip(JACKPOTS, worlds):
        after.players[member].items["jackpot"] -= 1
        after.players[member].pay("jackpot_reward", amount)
    return worlds


def activate(world, member, value):
    player = world.players[member]
    if player.items[f"multiplier_x{value}"] and not player.active:
        player.items[f"multiplier_x{value}"] -= 1
        player.active = (value, 2)
    return [world]


def may_stake(world, kind, member, stake):
    low, high = STAKES[kind]
    return (low <= stake <= high and world.players[member].balance >= stake
            and world.game(kind, member) is None)


def draws(player):
    drawn = fair.Draws(player.server, ["nombre"], player.nonce)
    player.nonce += 1
    return drawn


def wheel(world, member, stake, colour):
    if may_stake(world, "roue", member, stake):
        player = world.players[member]
        player.pay("bet", -stake)
        if fair.colour(fair.pocket(draws(player))) == colour:
            player.end("roue", stake, stake * (36 if colour == "vert" else 2), "win", "credit")
        else:
            player.end("roue", stake, 0, "loss")
    return [world]


def machine(world, member, stake):
    if may_stake(world, "machine", member, stake):
        player = world.players[member]
        player.pay("bet", -stake)
        found = fair.reels(draws(player))
        alike = max(found, key=found.count)
        if found.count(alike) == 3:
            player.items["jackpot"] += alike == len(ALIKE) - 1
            player.end("machine", stake, stake * ALIKE[alike], "win", "credit")
        elif found.count(alike) == 2:
            player.end("machine", stake, stake * 3 // 2, "win", "credit")
        else:
            player.end("machine", stake, 0, "loss")
    return [world]


def blackjack(world, member, stake):
    if may_stake(world, "blackjack", member, stake):
        cards = fair.deck(draws(world.players[member]))
        game = Game("blackjack", member, None, stake, [], state={
            "mine": [cards[0], cards[2]], "dealer": [cards[1], cards[3]], "deck": cards[4:]})
        world.seat(game, member, stake)
        world.games.append(game)
        if hand(game.state["mine"]) == 21:
            stand(world, member)
    return [world]


def hit(world, member):
    game = world.game("blackjack", member)
    if game:
        game.state["mine"].append(game.state["deck"].pop(0))
        if hand(game.state["mine"]) >= 21:
            stand(world, member)
    return [world]


def stand(world, member):
    game = world.game("blackjack", member)
    if not game:
        return [world]
    mine, dealer, deck = game.state["mine"], game.state["dealer"], game.state["deck"]
    natural = hand(mine) == 21 and len(mine) == 2
    theirs = hand(dealer) == 21 and len(dealer) == 2
    if natural and not theirs:
        world.settle(game, [(member, game.stake * 5 // 2, "win", "credit")])
        return [world]
    while hand(mine) <= 21 and not natural and hand(dealer) < 17:
        dealer.append(deck.pop(0))
    if hand(mine) > 21:
        world.settle(game, [(member, 0, "loss")])
    elif hand(dealer) > 21 or hand(mine) > hand(dealer):
        world.settle(game, [(member, 2 * game.stake, "win", "credit")])
    elif hand(mine) == hand(dealer):
        world.settle(game, [(member, game.stake, "push")])
    else:
        world.settle(game, [(member, 0, "loss")])
    return [world]


def challenge(world, kind, member, other, stake):
    if member != other and may_stake(world, kind, member, stake) and world.players[other].balance >= stake:
        game = Game(kind, member, other, stake, [])
        world.seat(game, member, stake)
        world.games.append(game)
    return [world]


def dare(world, kind, owner):
    """The open game of KIND that OWNER has begun."""
    return next((g for g in world.games if g.kind == kind and g.owner == owner), None)


def accept(world, kind, owner, member):
    game = dare(world, kind, owner)
    if (not game or game.accepted or member != game.opponent
            or not may_stake(world, kind, member, game.stake)):
        return [world]
    world.seat(game, member, game.stake)
    game.accepted = True
    if kind == "duel":
        other = world.copy()
        world.decide(game, owner)
        other.decide(dare(other, kind, owner), member)
        return [world, other]
    game.state = {"pfc": {}, "007": {"round": 1, "bullets": {owner: 1, member: 1}, "chosen": {}},
                  "c21": {"total": 0, "turn": owner}}[kind]
    return [world]


def refuse(world, kind, owner, member):
    game = dare(world, kind, owner)
    if game and not game.accepted and member == game.opponent:
        world.give_back(game)
    return [world]


def cancel(world, kind, owner, member):
    game = dare(world, kind, owner)
    if game and not game.accepted and member == game.owner:
        world.give_back(game)
    return [world]


def playing(world, kind, owner, member):
    game = dare(world, kind, owner)
    return game if game and game.accepted and member in (game.owner, game.opponent) else None


def choose(world, owner, member, choice):
    """Of pfc."""
    game = playing(world, "pfc", owner, member)
    if game and member not in game.state:
        game.state[member] = choice
        if len(game.state) == 2:
            mine, theirs = game.state[game.owner], game.state[game.opponent]
            world.decide(game, None if mine == theirs else
                         game.owner if BEATS[mine] == theirs else game.opponent)
    return [world]


def act(world, owner, member, choice):
    """Of 007."""
    game = playing(world, "007", owner, member)
    if not game or member in game.state["chosen"]:
        return [world]
    bullets, chosen = game.state["bullets"], game.state["chosen"]
    if choice == "shoot" and not bullets[member]:
        return [world]
    chosen[member] = choice
    if len(chosen) < 2:
        return [world]
    for member, what in chosen.items():
        bullets[member] += {"reload": 1, "shoot": -1, "shield": 0}[what]
    for member, other in ((owner, game.opponent), (game.opponent, owner)):
        if chosen[member] == "shoot" and chosen[other] == "reload":
            world.decide(game, member)
            return [world]
    if game.state["round"] == ROUNDS:
        world.decide(game, None)
    game.state.update(round=game.state["round"] + 1, chosen={})
    return [world]


def add(world, owner, member, number):
    """Of c21."""
    game = playing(world, "c21", owner, member)
    if game and game.state["turn"] == member:
        other = game.opponent if member == game.owner else game.owner
        game.state["total"] += number
        game.state["turn"] = other
        if game.state["total"] >= 21:
            world.decide(game, other)
    return [world]


def sit(world, member, stake):
    """At the table of roulette of this world's channel, which is opened if there is none."""
    table = world.game("roulette")
    if may_stake(world, "roulette", member, stake):
        if table is None:
            table = Game("roulette", member, None, stake, [])
            world.games.append(table)
        world.seat(table, member, stake)
    return [world]


def join(world, member):
    """By the table's button: for the stake of member opened it."""
    table = world.game("roulette")
    return sit(world, member, table.stake) if table else [world]


def expire(world):
    """The time of every open game runs out."""
    worlds = [world]
    for game in list(world.games):
        if game.kind == "blackjack":
            stand(world, game.owner)
        elif game.kind == "roulette":
            continue
        elif not game.accepted:
            world.give_back(game)
        else:
            late = {"pfc": lambda g: [m for m in (g.owner, g.opponent) if m not in g.state],
                    "007": lambda g: [m for m in (g.owner, g.opponent) if m not in g.state["chosen"]],
                    "c21": lambda g: [g.state["turn"]]}[game.kind](game)
            other = game.opponent if late[0] == game.owner else game.owner
            world.decide(game, other if len(late) == 1 else None)
    table = world.game("roulette")
    if table and len(table.seats) == 1:
        world.give_back(table)
    elif table:
        pot = sum(stake for _, stake in table.seats)
        worlds = []
        for winner, _ in table.seats:
            after = world.copy()
            after.settle(after.game("roulette"), [
                (m, pot, "win", "gain") if m == winner else (m, 0, "loss") for m, _ in table.seats])
            worlds.append(after)
    return worlds


def message(world, member, at):
    """A message is written AT, in seconds."""
    player = world.players[member]
    player.messages += 1
    if player.paid_at is not None and at < player.paid_at + COOLDOWN_S:
        return [world]
    player.paid_at = at
    worlds = [world, world.copy(), world.copy()]
    for xp, after in enumerate(worlds, 1):
        after.players[member].earn(xp)
    return worlds


def reaction(world, member):
    """Somebody appreciates a message of WHO that nobody has reacted to."""
    world.players[member].earn(2)
    return [world]


def adjust(world, other, what, amount):
    """An administrator gives or, negative, takes."""
    player = world.players[other]
    if what == "lc":
        if player.balance + amount >= 0:
            player.pay("admin_adjust", amount)
    elif what == "xp":
        if amount > 0:
            player.earn(amount)
        elif player.xp + amount >= 0:
            player.xp += amount
    elif player.items[what] + amount >= 0:
        player.items[what] += amount
    return [world]
