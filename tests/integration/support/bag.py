"""Presses on a bag, and what they may bring."""

import pytest

from .replies import is_refusal


def jackpot(app, member, who=None, use=0, **more):
    """A press on the button that opens the jackpot after USE others."""
    return app.press(f"sac:2:jackpot:{use}:{member.id}", who or member, **more)


def multiplier(app, member, value, use=0, **more):
    return app.press(f"sac:2:multiplier_x{value}:{use}:{member.id}", member, **more)


def old_jackpot(app, member):
    """A press on a button of before they were numbered: good for as many as there are."""
    return app.press(f"sac:1:jackpot:{member.id}", member)


@pytest.fixture
def app(application):
    return application


def outcomes(replies):
    """How many presses succeeded, and how many were refused."""
    assert {reply.status for reply in replies} == {200}
    done = sum(reply.json()["type"] == 7 for reply in replies)
    return done, sum(is_refusal(reply.json()) for reply in replies)
