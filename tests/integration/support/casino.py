"""Plays of the casino."""

from . import fair


def playing(draws):
    """Neither has a natural, and the member may draw without losing."""
    cards = fair.deck(draws)
    return fair.hand([cards[0], cards[2]]) <= 11 and fair.hand([cards[1], cards[3]]) < 20
