"""The ranges of settings.md: one table for the routine that changes settings, forms and commands."""

from typing import NamedTuple

RATE_DAYS = 365
GAMES = {"roue": (10, 500), "blackjack": (10, 1000), "machine": (5, 250), "duel": (10, 1000),
         "roulette": (10, 500), "pfc": (10, 1000), "007": (10, 1000), "c21": (10, 1000)}


class Range(NamedTuple):
    """A figure: its default (None: there is none), its range; where it is asked for."""
    key: str
    default: int | None
    minimum: int
    maximum: int
    page: str = "xp"
    section: str = ""
    command: str = ""
    option: str = ""
    # What is set with it, so that a bound is allowed whatever the other of its pair is.
    paired: tuple = ()

    @property
    def is_factor(self):
        """In percent, in steps of a tenth, and typed as a factor."""
        return self.key.endswith("_percent")

    @property
    def step(self):
        return 10 if self.is_factor else 1

    def typed(self, value):
        """VALUE as a form takes it."""
        return f"{value / 100:g}".replace(".", ",") if self.is_factor else str(value)

    def option_value(self, value):
        """VALUE as an option takes it."""
        return value / 100 if self.is_factor else value

    @property
    def field(self):
        return self.key.rpartition(".")[2]


def games():
    for game, (minimum, maximum) in GAMES.items():
        where = {"page": "games", "section": f"game_{game}", "command": f"jeu {game}"}
        yield Range(f"{game}.stake_min", minimum, 1, 100000, **where, option="min",
                    paired=(("stake_max", 100000),))
        yield Range(f"{game}.stake_max", maximum, 1, 100000, **where, option="max",
                    paired=(("stake_min", 1),))
        yield Range(f"{game}.pause_s", 0, 0, 3600, **where, option="pause")


RANGES = [
    Range("message_min", 1, 0, 1000, "xp", "message", "xp message", "min", (("message_max", 1000),)),
    Range("message_max", 3, 0, 1000, "xp", "message", "xp message", "max", (("message_min", 0),)),
    Range("message_cooldown_s", 60, 5, 3600, "xp", "message", "xp message", "delai"),
    Range("reaction_xp", 2, 0, 100, "xp", "reaction", "xp reaction", "xp"),
    Range("reaction_xp_max", 10, 0, 1000, "xp", "reaction", "xp reaction", "plafond"),
    Range("voice_first", 1, 0, 100, "xp", "voice", "xp vocal", "premier"),
    Range("voice_further", 2, 0, 20, "xp", "voice", "xp vocal", "suivant"),
    Range("voice_count_max", None, 2, 99, "xp", "voice"),
    Range("voice_members_min", 2, 2, 10, "xp", "voice", "xp vocal", "minimum"),
    Range("voice_hour", 25, 0, 1000, "xp", "hour", "xp vocal", "heure"),
    Range("game_win", 15, 0, 100, "xp", "game", "xp jeu", "gain"),
    Range("game_loss", 5, 0, 100, "xp", "game", "xp jeu", "perte"),
    Range("game_push", 0, 0, 100, "xp", "game"),
    # 0 at the keyboard takes the cap away.
    Range("day_xp_max", None, 1, 100000, "xp", "cap", "xp plafond", "xp"),
    Range("rate_percent", 100, 10, 1000, "xp", "rate", "xp rythme", "facteur"),
    Range("announce_from_level", 1, 1, 1000, "announcements", "filters", "annonce", "niveau"),
    Range("announce_every", 1, 1, 100, "announcements", "filters", "annonce", "tous"),
    Range("start_balance", 25, 0, 10000, "money", "start", "monnaie", "depart"),
    Range("gift_amount", 25, 0, 10000, "money", "gift", "monnaie", "cadeau"),
    Range("transfer_day_max", None, 1, 1000000, "money", "transfer"),
    Range("level_reward_percent", 100, 0, 1000, "money", "level_reward"),
    Range("loss_day_max", None, 1, 1000000, "games", "loss"),
    *games(),
]

# Texts: what is taken, what is not; for the routine alone, which leaves what a text says to its callers.
TEXTS = {
    "announce_text": (["x", "é" * 1000, "🎲" * 1000, "{niveau} " * 111 + "x"],
                      ["é" * 1001, "x" * 1001, "{niveau} " * 111 + "xx", "{nivo}"]),
    "currency_name": (["x", "é" * 20, "🎲" * 20], ["x" * 21, "é" * 21]),
    "currency_symbol": (["🌰", "<a:" + "x" * 32 + ":14000000000000000055>"], ["🌰🌰", "x", "x" * 65]),
    "page_name": (["abc", "a" * 32, "la-taverne-7"],
                  ["ab", "a" * 33, "-ab", "ab-", "ABC", "éab", "a_b"]),
    # Older names are in a package of their own from Debian 13 on.
    "time_zone": (["UTC", "America/Argentina/Buenos_Aires"], ["Nulle/Part", "x" * 65]),
}
FORM_OF_TEXT = {"announce_text": ("text", "announcements"), "currency_name": ("currency", "money"),
                "currency_symbol": ("currency", "money"), "page_name": ("page", "misc"),
                "time_zone": ("zone", "misc")}
