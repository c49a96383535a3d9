"""The buttons of a reply."""

from .replies import BUTTON, components


def buttons(reply):
    """The buttons of a reply by their labels; one that has none, by its emoji."""
    return {button.get("label") or button["emoji"]["name"]: button
            for button in components(reply, BUTTON)}
