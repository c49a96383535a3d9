"""What the tests of Discord's stand-in share."""

from standin import rules

V2 = rules.COMPONENTS_V2


def options(count):
    return [{"label": f"o{i}", "value": f"v{i}"} for i in range(count)]


def text(content="Bonjour"):
    return {"type": 10, "content": content}


def message(**more):
    return {"content": "bonjour", **more}


def with_embed(**embed):
    return {"embeds": [embed]}


def places(faults):
    return [str(fault).split(":")[0] for fault in faults]


def text_input(**more):
    return {"type": 4, "custom_id": "t", "style": 1, **more}


def label(component=None, **more):
    return {"type": 18, "label": "Mise", "component": component or text_input(), **more}


def choices(*values, **more):
    return {"type": 8, "data": {"choices": [{"name": "n", "value": v, **more} for v in values]}}


def command(name="don", **more):
    return {"name": name, "description": "Donne", **more}


def large(total):
    """A command of that size in all."""
    filled = command("n", options=[
        {"type": 3, "name": f"o{i:02}", "description": "d" * 100, "choices": [
            {"name": f"{j:02}" + "n" * 48, "value": f"{j:02}" + "v" * 48} for j in range(3)]}
        for i in range(20)], description="d")
    filled["options"][0]["description"] = "d" * (100 - rules.command_size(filled) + total)
    assert rules.command_size(filled) == total
    return filled
