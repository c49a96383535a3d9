"""What the tests of games share."""

import pytest

from . import fair
from .casino import playing


@pytest.fixture
def table(bot_table):
    return bot_table


def edits(table):
    return table.database.one("SELECT count(*) FROM besace_match_edits")


def play(table, path, member, *options):
    """An open game's message, and the token of its interaction."""
    body = table.command(path, member, *options)
    return table.service.ask(body), body["token"]


def opened(table, path, action, lou, max_):
    """An open game's message that has the button ACTION, and who presses it."""
    if path != "casino blackjack":
        reply = table.challenge(path, lou, max_)
        return (reply, max_) if action == "accept" else (table.press(reply, "accept", max_), lou)
    server = fair.find_server(playing)  # a hand that one more card does not end
    table.set_seeds(lou, server)
    return table.play(path, lou, ("mise", 10)), lou
