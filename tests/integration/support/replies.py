"""Reading replies as a member sees them."""

EPHEMERAL = 64


def embed(reply):
    assert len(reply["data"]["embeds"]) == 1
    return reply["data"]["embeds"][0]


def shown(reply):
    """All text of a reply, as members read it."""
    found = embed(reply)
    texts = [found.get("title", ""), found.get("description", ""),
             found.get("footer", {}).get("text", "")]
    for field in found.get("fields", []):
        texts += [field["name"], field["value"]]
    return "\n".join(texts)


def is_ephemeral(reply):
    return reply["data"].get("flags", 0) & EPHEMERAL == EPHEMERAL


def is_refusal(reply):
    if reply["type"] != 4 or not reply["data"].get("embeds"):
        return False
    return is_ephemeral(reply) and embed(reply)["title"].startswith("❌")
