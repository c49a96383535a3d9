"""The panel of settings, as a member works it."""

import re

from .interactions import MODAL, custom_id, new_id

MANAGE_GUILD, ADMINISTRATOR, MANAGE_ROLES = 1 << 5, 1 << 3, 1 << 28
VIEW, SEND = 1 << 10, 1 << 11
ROLE_OPTION, CHANNEL_OPTION, NUMBER_OPTION = 8, 7, 10
BUTTON, TEXT_SELECT, TEXT_INPUT, ROLE_SELECT, CHANNEL_SELECT, CHECKBOX = 2, 3, 4, 6, 8, 23


class Role:
    def __init__(self, id=None, position=3, permissions=0, managed=False):
        self.id, self.position = id or new_id(), position
        self.permissions, self.managed = permissions, managed

    def resolved(self):
        return {"id": self.id, "name": "r", "position": self.position, "managed": self.managed,
                "permissions": str(self.permissions), "color": 0, "hoist": False}


class Channel:
    def __init__(self, id=None, type=0, permissions=VIEW | SEND):
        self.id, self.type, self.permissions = id or new_id(), type, permissions

    def resolved(self):
        return {"id": self.id, "name": "c", "type": self.type, "parent_id": None,
                "permissions": "0", "app_permissions": str(self.permissions)}


def resolved(things):
    found = {}
    for thing in things:
        kind = {Role: "roles", Channel: "channels"}.get(type(thing))
        if kind:
            found.setdefault(kind, {})[thing.id] = thing.resolved()
    return found


def texts_of(component):
    """Every text below COMPONENT, in its order."""
    if isinstance(component, list):
        return [text for item in component for text in texts_of(item)]
    found = [component["content"]] if component.get("type") == 10 else []
    found += texts_of(component.get("components", []))
    return found


def plain(text):
    """TEXT with its no-break spaces as plain ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def shown(reply):
    """All text of a V2 message."""
    return plain("\n".join(texts_of(reply["data"]["components"])))


def parts(reply, kind):
    """Every component of type KIND, however deep."""
    found, todo = [], list(reply["data"]["components"])
    while todo:
        component = todo.pop(0)
        if component.get("type") == kind:
            found.append(component)
        todo += component.get("components", [])
        todo += [component[key] for key in ("accessory", "component") if key in component]
    return found


class Manager:
    """A member with PERMISSIONS and ROLES before the panel of the APPLICATION's guild."""

    def __init__(self, service, application, member, permissions=MANAGE_GUILD, roles=(),
                 locale="fr"):
        self.service, self.app, self.member = service, application, member
        self.permissions, self.roles, self.locale = permissions, list(roles), locale

    def sent(self, body):
        body["member"]["permissions"] = str(self.permissions)
        body["member"]["roles"] = self.roles
        return self.service.ask(body)

    def command(self, path, *options):
        body = self.app.subcommand(f"reglages {path}", self.member, locale=self.locale)
        at = body["data"]
        while at.get("options"):
            at = at["options"][0]
        at["options"] = [self.option(*option) for option in options]
        body["data"]["resolved"] = resolved([value for _, value in options])
        return self.sent(body)

    def option(self, name, value):
        if isinstance(value, (Role, Channel)):
            kind = ROLE_OPTION if isinstance(value, Role) else CHANNEL_OPTION
            return {"name": name, "type": kind, "value": value.id}
        if isinstance(value, float):
            return {"name": name, "type": NUMBER_OPTION, "value": value}
        return self.app.option(name, value)

    def press(self, id, values=None, things=(), kind=BUTTON):
        body = self.app.press(id, self.member, locale=self.locale)
        if values is not None:
            body["data"].update(values=values, component_type=kind, resolved=resolved(things))
        return self.sent(body)

    def button(self, reply, label, nth=0):
        """Presses the button of REPLY called LABEL."""
        found = [part for part in parts(reply, BUTTON) if re.fullmatch(label, plain(part["label"]))]
        assert found, (label, [part["label"] for part in parts(reply, BUTTON)])
        return self.press(found[nth]["custom_id"])

    def open(self, page):
        return self.press(custom_id("reglages", "open", word=page))

    def form(self, word, page=None):
        """The form that the button of section WORD opens."""
        reply = self.open(page)
        buttons = [part["custom_id"] for part in parts(reply, BUTTON)
                   if f":w{word}" in part["custom_id"] and ":form:" in part["custom_id"]]
        assert len(buttons) == 1, (word, [part["custom_id"] for part in parts(reply, BUTTON)])
        form = self.press(buttons[0])
        assert form["type"] == 9, form
        return form

    def send(self, form, **changes):
        """Sends FORM with today's values but for CHANGES: texts, booleans, lists of things."""
        things, labels = [], []
        for label in form["data"]["components"]:
            component = label["component"]
            name, kind = component["custom_id"], component["type"]
            sent = {"custom_id": name, "id": 1, "type": kind}
            if kind == TEXT_INPUT:
                sent["value"] = changes.get(name, component.get("value", ""))
            elif kind == CHECKBOX:
                sent["value"] = changes.get(name, component["default"])
            elif kind == TEXT_SELECT:
                sent["values"] = changes.get(name, [option["value"] for option in
                                             component["options"] if option.get("default")])
            else:
                chosen = changes.get(name)
                things += chosen or []
                sent["values"] = [thing.id for thing in chosen] if chosen is not None else \
                    [value["id"] for value in component.get("default_values", [])]
            labels.append({"id": 1, "type": 18, "component": sent})
        body = self.app.base(MODAL, self.member, self.locale, "fr", True)
        body["data"] = {"custom_id": form["data"]["custom_id"], "components": labels,
                        "resolved": resolved(things)}
        body["message"] = self.app.message("x", self.member)
        return self.sent(body)
