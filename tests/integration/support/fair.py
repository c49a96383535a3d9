"""The formula of verifiable draws, written a second time from its description."""

import hashlib
import hmac
import itertools

COLOURS = ("vert", "rouge", "noir")
SYMBOLS = ("🍒", "🍋", "🍊", "🍇", "⭐", "💎", "7️⃣")
SHARES = (30, 25, 20, 15, 5, 3, 2)


def commitment(server):
    return hashlib.sha256(bytes.fromhex(server)).hexdigest()


class Draws:
    """The numbers of one game."""

    def __init__(self, server, members, nonce):
        self.key = bytes.fromhex(server)
        self.prefix = f"besace:1:{'+'.join(members)}:{nonce}:"
        self.words = self.all_words()

    def all_words(self):
        for block in itertools.count():
            data = hmac.new(self.key, f"{self.prefix}{block}".encode(), "sha256").digest()
            for at in range(0, len(data), 4):
                yield int.from_bytes(data[at:at + 4], "big")

    def below(self, bound):
        if bound == 1:
            return 0
        while True:
            word = next(self.words)
            if word < 2**32 // bound * bound:
                return word % bound


def pocket(draws):
    return draws.below(37)


def colour(number):
    return COLOURS[0] if number == 0 else COLOURS[1] if number % 2 else COLOURS[2]


def reels(draws):
    found = []
    for _ in range(3):
        number, symbol = draws.below(100), 0
        while number >= SHARES[symbol]:
            number -= SHARES[symbol]
            symbol += 1
        found.append(symbol)
    return found


def deck(draws):
    cards = list(range(52))
    for i in range(51, 0, -1):
        j = draws.below(i + 1)
        cards[i], cards[j] = cards[j], cards[i]
    return cards


def hand(cards):
    """The value of a hand of blackjack."""
    values = [min(card % 13 + 1, 10) for card in cards]
    total = sum(values)
    return total + 10 if 1 in values and total <= 11 else total


def find_server(wanted, member="nombre", nonce=0, above=0):
    """A server seed whose draws satisfy WANTED."""
    for number in itertools.count(above):
        server = hashlib.sha256(str(number).encode()).hexdigest()
        if wanted(Draws(server, [member], nonce)):
            return server
