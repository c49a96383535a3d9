"""The buttons of a reply."""


def buttons(reply):
    """The buttons of a reply by their labels."""
    return {button["label"]: button for row in reply["data"]["components"]
            for button in row["components"]}
