"""Reading replies as a member sees them."""

EPHEMERAL = 64
TEXT_DISPLAY, BUTTON, SELECT, GALLERY, THUMBNAIL, CONTAINER = 10, 2, 3, 12, 11, 17
LINK = 5  # the style of a button that opens an address
# The titles of refusals, in both languages, begin with one of these.
TONES = EARLY, NOT_YET, LACKING, IMPOSSIBLE = "⏳ Pas encore", "⏳ Not yet", "💡", "🚫"


def message(reply):
    """The message of a callback, or the message itself."""
    return reply.get("data", reply)


def components(reply, kind=None):
    """Every component of a message in the order in which it is read, those of one KIND only."""
    def walk(items):
        for item in items:
            yield item
            yield from walk(item.get("components", []))
            yield from walk([item["accessory"]] if "accessory" in item else [])

    return [item for item in walk(message(reply).get("components", []))
            if kind is None or item.get("type") == kind]


def texts(reply):
    """What stands in each of its texts."""
    return [item["content"] for item in components(reply, TEXT_DISPLAY)]


def shown(reply):
    """All text of a reply, as members read it."""
    return "\n".join(texts(reply))


def lines(reply):
    """All lines of a reply but its small ones."""
    return [line for line in shown(reply).split("\n") if not line.startswith("-# ")]


def heading(reply):
    """Its heading, without the marks that make it one."""
    first = texts(reply)[0].split("\n")[0]
    return first.lstrip("#").lstrip() if first.startswith("#") else ""


def under(reply):
    """What stands under the heading in the same text."""
    first = texts(reply)[0]
    return first.partition("\n")[2] if first.startswith("#") else first


def small(reply):
    """Its small lines."""
    return [line[3:] for line in shown(reply).split("\n") if line.startswith("-# ")]


def colour(reply):
    [container] = components(reply, CONTAINER)
    return container["accent_color"]


def is_ephemeral(reply):
    return message(reply).get("flags", 0) & EPHEMERAL == EPHEMERAL


def is_refusal(reply, tone=TONES):
    """A private message whose title says why it is none: of one TONE, or of any."""
    return reply["type"] == 4 and is_ephemeral(reply) and heading(reply).startswith(tone)
