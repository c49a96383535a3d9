"""Presses on a bag, and what they may bring."""

from .interactions import custom_id
from .replies import is_refusal


def jackpot(app, member, user=None, use=0, **more):
    """A press on the button that opens the jackpot after USE others."""
    pressed = custom_id("sac", "jackpot", owner=member.id, guild=app.guild_id, number=use)
    return app.press(pressed, user or member, **more)


def multiplier(app, member, value, use=0, **more):
    return app.press(custom_id("sac", f"multiplier_x{value}", owner=member.id, number=use), member, **more)


def any_jackpot(app, member):
    """A press without a number: good for as many as there are."""
    return app.press(custom_id("sac", "jackpot", owner=member.id), member)


def outcomes(replies):
    """How many presses succeeded, and how many were refused."""
    assert {reply.status for reply in replies} == {200}
    done = sum(reply.json()["type"] == 7 for reply in replies)
    return done, sum(is_refusal(reply.json()) for reply in replies)
