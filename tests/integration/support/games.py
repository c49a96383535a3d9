"""Playing: commands of games, their buttons, and what must be true of the money afterwards."""

import collections
import re

from .replies import BUTTON, components, is_ephemeral, is_refusal, shown  # noqa: F401
from .service import ctl
from .wait import until

SUB_COMMAND = 1
MESSAGE, UPDATE, CHOICES, MODAL = 4, 7, 8, 9

# Whatever the service draws comes about in so many games: even one of a quarter of them is missed
# by less than one run in 10^12.
DRAWS_MAX = 100

Seat = collections.namedtuple("Seat", "member stake")


class Table:
    """A service, its database, and the words of its games."""

    def __init__(self, service, database, application):
        self.service, self.database, self.application = service, database, application

    # -- what Discord sends

    def command(self, path, member, *options, **more):
        """An interaction of "casino roue" or "pfc"."""
        name, *below = path.split()
        body = self.application.command(name, member, *options, **more)
        if below:
            body["data"]["options"] = [{"name": below[0], "type": SUB_COMMAND,
                                        "options": body["data"].get("options", [])}]
        return body

    def play(self, path, member, *options, **more):
        """The answer to a command."""
        return self.service.ask(self.command(path, member, *options, **more))

    def press(self, reply, action, member, **more):
        """The answer to a press on the button ACTION of a reply."""
        return self.service.ask(self.application.press(button(reply, action), member, **more))

    def press_id(self, custom_id, member, **more):
        return self.service.ask(self.application.press(custom_id, member, **more))

    def challenge(self, path, challenger, opponent, stake=100, **more):
        return self.play(path, challenger, ("adversaire", opponent), ("mise", stake), **more)

    def accepted(self, path, challenger, opponent, stake=100):
        """The message of a game that both play."""
        reply = self.challenge(path, challenger, opponent, stake)
        return self.press(reply, "accept", opponent)

    def proof(self, reply, member):
        """What 🔎 of a reply tells MEMBER, by the names of its rows."""
        shown = text(self.press(reply, "proof", member))
        return dict(re.findall(r"(?m)^(\S+) +(\S.*)$", shown.split("```")[1]))

    # -- members

    def member(self, balance=1000, **more):
        from .interactions import Member
        return self.database.add_member(Member(), balance, **more)

    def members(self, count, balance=1000):
        return [self.member(balance) for _ in range(count)]

    def balance(self, member):
        return self.database.balance(member)

    def set_balance(self, member, balance):
        """Gives or takes what is missing, with its line in the ledger."""
        change = balance - self.balance(member)
        out, into = (member.id, None) if change < 0 else (None, member.id)
        self.database.run(
            "WITH paid AS (UPDATE users SET balance = balance + %s WHERE user_id = %s"
            " RETURNING guild_id)"
            " INSERT INTO transactions"
            " (guild_id, from_user_id, to_user_id, amount, transaction_type)"
            " SELECT guild_id, %s, %s, %s, 'opening' FROM paid WHERE %s <> 0",
            change, member.id, out, into, abs(change) or 1, change)

    def set_seeds(self, member, server, client="nombre", nonce=0):
        """The seeds of the member's next draw in the casino."""
        self.database.run(
            "WITH mine AS (UPDATE users SET nonce = %s, seeds_version = seeds_version + 1"
            " WHERE user_id = %s RETURNING guild_id, user_id)"
            " INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)"
            " SELECT guild_id, user_id, %s, %s FROM mine"
            " ON CONFLICT (guild_id, user_id) DO UPDATE SET server_seed = excluded.server_seed,"
            " client_seed = excluded.client_seed", nonce, member.id, server, client)

    def set_multiplier(self, member, value):
        """An active multiplier that nothing has used yet."""
        self.database.run(
            "INSERT INTO active_multipliers (guild_id, user_id, multiplier_type, multiplier_value)"
            " SELECT guild_id, user_id, 'multiplier_x' || %s, %s FROM users WHERE user_id = %s",
            value, value, member.id)

    def history(self, *members):
        """(game, result, stake, winnings) of each member's games, oldest first."""
        rows = [self.database.run(
            "SELECT game_type, result, bet_amount, winnings FROM game_history"
            " WHERE player_id = %s ORDER BY id", member.id) for member in members]
        return rows if len(members) > 1 else rows[0]

    def xp(self, member):
        return self.database.one("SELECT xp FROM users WHERE user_id = %s", member.id)

    # -- time

    def open_games(self):
        return self.database.one("SELECT count(*) FROM besace_matches")

    def is_open(self, reply):
        return self.database.one("SELECT count(*) FROM besace_matches WHERE match_id = %s",
                                 game_id(reply)) == 1

    def expire(self, reply):
        """Lets the time of an open game run out and waits until it has ended."""
        assert self.make_due(reply) == 1
        until(lambda: not self.is_open(reply), "the game ends by itself")

    def make_due(self, reply):
        return self.database.one(
            "WITH due AS (UPDATE besace_matches SET expires_at = now() AT TIME ZONE 'utc'"
            " - interval '1 second' WHERE match_id = %s RETURNING 1) SELECT count(*) FROM due",
            game_id(reply))

    # -- money

    def check(self):
        """besacectl check proves the ledger, the open stakes and the history."""
        done = ctl("check", DATABASE_URL=self.database.url)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def text(reply):
    """All that a message says."""
    return shown(reply)


def buttons(reply):
    return [component["custom_id"] for component in components(reply, BUTTON)]


def button(reply, action):
    found = [id for id in buttons(reply) if id.split(":")[2] == action]
    assert len(found) == 1, (action, buttons(reply))
    return found[0]


def game_id(reply):
    """Of an open game's message."""
    [subject] = [part[1:] for part in buttons(reply)[0].split(":")[3:] if part[0] == "s"]
    return str(int(subject, 36))


# What a refusal may offer instead of what was refused.
HELP = {"again", "rematch", "sit", "other", "take"}


def is_refused(reply, *words, board=False):
    """A private refusal that says WORDS; with BOARD, one that shows the open match's board again."""
    said = text(reply)
    offered = {id.split(":")[2] for id in buttons(reply)}
    assert is_refusal(reply) and bool(offered - HELP) == board, reply
    for word in words:
        assert word in said, said
    return True
