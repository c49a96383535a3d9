"""Commands of the stand-in, as they are registered and shown."""

try:
    from . import rules
    from .discord_calls import Refusal, refuse_form
except ImportError:  # beside a program
    import rules
    from discord_calls import Refusal, refuse_form


class Commands:
    """What Discord answers to calls about commands; a part of Discord."""

    def scope_of(self, call):
        if self.application_id and call.params["application"] != self.application_id:
            raise Refusal(404, 10002, "Unknown Application")
        return call.params.get("guild", "global")

    def registered(self, call, scope, command):
        """A command as Discord answers it, with all that it adds."""
        kind = command.get("type", 1)
        known = {(c["type"], c["name"]): c["id"] for c in self.commands.get(scope, [])}
        full = {"id": known.get((kind, command["name"])) or self.new_id(),
                "application_id": call.params["application"], "version": self.new_id(),
                "default_member_permissions": None, "type": kind,
                "name_localizations": None, "description": "",
                "description_localizations": None, "dm_permission": True, "contexts": None,
                "integration_types": [0], "nsfw": False, "default_permission": True}
        full.update({key: value for key, value in command.items() if key != "id"})
        if scope != "global":
            full["guild_id"] = scope
            for key in ("contexts", "integration_types", "dm_permission"):
                del full[key]
        if kind == 1 and command.get("options"):
            full["options"] = [self.registered_option(option) for option in command["options"]]
        else:
            full.pop("options", None)
        return full

    def registered_option(self, option):
        full = {"name_localizations": None, "description_localizations": None, **option}
        if full.get("required") is False:
            del full["required"]
        if option.get("options"):
            full["options"] = [self.registered_option(inner) for inner in option["options"]]
        return full

    def count_created(self, scope, commands):
        known = {(c["type"], c["name"]) for c in self.commands.get(scope, [])}
        fresh = sum((c.get("type", 1), c["name"]) not in known for c in commands)
        self.created_today[scope] = self.created_today.get(scope, 0) + fresh
        if self.created_today[scope] > 200:
            raise Refusal(400, 30034, "Max number of daily application command creates has been "
                          "reached (200)")

    def get_commands(self, call):
        commands = self.commands.get(self.scope_of(call), [])
        if call.query.get("with_localizations") in ("true", "1"):
            return 200, commands
        return 200, [{key: value for key, value in command.items()
                      if not key.endswith("_localizations")} for command in commands]

    def put_commands(self, call):
        scope = self.scope_of(call)
        refuse_form(rules.validate_commands(
            call.body, "global" if scope == "global" else "guild"))
        kept = {command["name"] for command in call.body if command.get("type") == 4}
        if any(c["type"] == 4 and c["name"] not in kept for c in self.commands.get(scope, [])):
            raise Refusal(400, 50240, "You cannot remove this app's Entry Point command in a bulk "
                          "update operation. Include the Entry Point command in your update request "
                          "or delete it separately.")
        self.count_created(scope, call.body)
        self.commands[scope] = [self.registered(call, scope, command) for command in call.body]
        return 200, self.commands[scope]

    def post_command(self, call):
        scope = self.scope_of(call)
        kind = "global" if scope == "global" else "guild"
        refuse_form(rules.validate_command(call.body, kind))
        before = self.commands.get(scope, [])
        same = (call.body.get("type", 1), call.body["name"])
        others = [c for c in before if (c["type"], c["name"]) != same]
        self.count_created(scope, [call.body])
        command = self.registered(call, scope, call.body)
        self.commands[scope] = others + [command]
        return (200 if len(others) < len(before) else 201), command
