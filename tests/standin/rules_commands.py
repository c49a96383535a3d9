"""What Discord accepts as commands, and the choices of their options."""

import re
import unicodedata

try:
    from .rules_base import Check, is_integer, is_number
except ImportError:  # beside a program
    from rules_base import Check, is_integer, is_number

# The languages of Discord's reference page.
LOCALES = frozenset("""id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE
vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko""".split())

SAFE_NUMBER = 2 ** 53       # of a NUMBER; an INTEGER ends one before


class CommandCheck(Check):
    """Walks commands, and the choices that an autocompletion offers."""

    def choices(self, path, choices, types):
        """Choices of an option or an autocompletion; their values are all of one of TYPES."""
        kinds = set()
        for i, choice in enumerate(self.items(path, choices, 0, 25)):
            at = (*path, i)
            if not self.keys(at, choice, {"name", "name_localizations", "value"},
                             ("name", "value")):
                continue
            self.optional_text(at, choice, "name", 100, 1)
            self.localised(at, choice, "name_localizations", 100)
            value = choice.get("value")
            if isinstance(value, bool) or not isinstance(value, types):
                self.fault((*at, "value"), "BASE_TYPE_BAD_TYPE", "not of this option's type")
            elif isinstance(value, str):
                self.text((*at, "value"), value, 0, 100)
            elif abs(value) > SAFE_NUMBER - (float not in types):
                self.fault((*at, "value"), "NUMBER_TYPE_RANGE", "beyond ±2^53")
            kinds.add(isinstance(value, str))
        if len(kinds) > 1:
            self.fault(path, "BASE_TYPE_BAD_TYPE", "texts and numbers mixed")

    def localised(self, path, holder, key, maximum, name=False):
        """A map from locales to texts that keep the rules of the text itself."""
        texts, path = holder.get(key), (*path, key)
        if texts is None:
            return
        if not isinstance(texts, dict):
            self.fault(path, "DICT_TYPE_CONVERT", "must be an object")
            return
        for locale, text in texts.items():
            if locale not in LOCALES:
                self.fault((*path, locale), "APPLICATION_COMMAND_LOCALIZATION_LOCALE",
                           "Discord has no such locale")
            elif name:
                self.name((*path, locale), text)
            else:
                self.text((*path, locale), text, 1, maximum)

    def name(self, path, value):
        """The name of a chat command or an option."""
        if not isinstance(value, str) or not is_command_name(value):
            self.fault(path, "STRING_TYPE_REGEX",
                       "must be 1 to 32 letters, digits, -, _ or ', in lower case")

    def command(self, path, command, scope):
        known = {"id", "type", "name", "name_localizations", "description",
                 "description_localizations", "options", "default_member_permissions", "nsfw"}
        if scope == "global":
            known |= {"contexts", "integration_types", "dm_permission"}
        kind = command.get("type", 1) if isinstance(command, dict) else 1
        if kind == 4:
            known |= {"handler"}
        if not self.keys(path, command, known, ("name",)):
            return
        if not is_integer(kind) or kind not in ((1, 2, 3, 4) if scope == "global" else (1, 2, 3)):
            self.fault((*path, "type"), "BASE_TYPE_CHOICES", f"no type of command: {kind!r}")
            return
        if kind == 1:
            self.chat_command(path, command)
        else:
            self.context_command(path, command)
        self.permissions(path, command)
        self.flag(path, command, "nsfw")
        self.flag(path, command, "dm_permission")
        self.set_of(path, command, "contexts", {0, 1, 2})
        self.set_of(path, command, "integration_types", {0, 1})
        if "id" in command:
            self.snowflake((*path, "id"), command["id"])

    def chat_command(self, path, command):
        self.named(path, command)
        if command.get("options") is not None:
            self.command_options((*path, "options"), command["options"], 0)
        size = command_size(command)
        if size > 8000:
            self.fault(path, "APPLICATION_COMMAND_TOO_LARGE",
                       f"Command exceeds maximum size (8000), is {size}")

    def context_command(self, path, command):
        self.text((*path, "name"), command.get("name"), 1, 32)
        self.localised(path, command, "name_localizations", 32)
        for key in ("description", "description_localizations", "options"):
            if command.get(key):
                self.fault((*path, key), "APPLICATION_COMMAND_CONTEXT_MENU_NO_" + key.upper(),
                           "user and message commands have none")

    def named(self, path, holder):
        """Name and description of a chat command or an option, in all languages."""
        self.name((*path, "name"), holder.get("name"))
        self.localised(path, holder, "name_localizations", 32, name=True)
        self.text((*path, "description"), holder.get("description"), 1, 100)
        self.localised(path, holder, "description_localizations", 100)

    def permissions(self, path, command):
        value = command.get("default_member_permissions")
        if value is not None and (not isinstance(value, str)
                                  or not re.fullmatch(r"[0-9]{1,20}", value)
                                  or int(value) >= 2 ** 64):
            self.fault((*path, "default_member_permissions"), "PERMISSIONS_TYPE",
                       "must be a bit set written as a text, or null")

    def set_of(self, path, holder, key, allowed):
        values, path = holder.get(key), (*path, key)
        if values is None:
            return
        for i, value in enumerate(self.items(path, values, 1, len(allowed))):
            if not is_integer(value) or value not in allowed:
                self.fault((*path, i), "BASE_TYPE_CHOICES", f"must be one of {sorted(allowed)}")
        if isinstance(values, list) and len(set(map(str, values))) < len(values):
            self.fault(path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "named twice")

    def command_options(self, path, options, depth):
        """DEPTH 0: of a command, 1: of a group, 2: of a sub-command."""
        kinds, optional = set(), False
        for i, option in enumerate(self.items(path, options, 0, 25)):
            at = (*path, i)
            if not isinstance(option, dict):
                self.fault(at, "DICT_TYPE_CONVERT", "must be an object")
                continue
            kind = option.get("type")
            if not is_integer(kind) or not 1 <= kind <= 11:
                self.fault((*at, "type"), "BASE_TYPE_CHOICES", f"no type of option: {kind!r}")
                continue
            kinds.add("plain" if kind > 2 else "sub")
            self.command_option(at, option, kind, depth)
            if option.get("required") is True and optional:
                self.fault((*at, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                           "Required options must be placed before non-required options")
            optional |= option.get("required") is not True
        if len(kinds) > 1:
            self.fault(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                       "Sub-command and sub-command group option types are mutually exclusive "
                       "to all other types")
        self.distinct(path, options, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS")

    def command_option(self, path, option, kind, depth):
        known = {"type", "name", "name_localizations", "description",
                 "description_localizations"}
        known |= {"options"} if kind <= 2 else {"required"}
        if kind in (3, 4, 10):
            known |= {"choices", "autocomplete"}
        known |= {3: {"min_length", "max_length"}, 4: {"min_value", "max_value"},
                  10: {"min_value", "max_value"}, 7: {"channel_types"},
                  11: {"file_types"}}.get(kind, set())
        self.keys(path, option, known)
        self.named(path, option)
        self.flag(path, option, "required")
        if kind <= 2:
            self.sub_command(path, option, kind, depth)
        elif depth == 1:
            self.fault((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                       "a group holds sub-commands only")
        self.option_values(path, option, kind)
        self.bounds(path, option, kind)
        self.channel_types(path, option)
        if option.get("file_types") is not None:
            self.items((*path, "file_types"), option["file_types"], 0, 10)

    def sub_command(self, path, option, kind, depth):
        if depth == 2 or (depth == 1 and kind == 2):
            self.fault((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                       "sub-commands cannot be nested any deeper")
            return
        inner = option.get("options")
        if kind == 2 and not inner:
            self.fault((*path, "options"), "BASE_TYPE_REQUIRED", "a group without sub-commands")
        elif inner is not None:
            self.command_options((*path, "options"), inner, 1 if kind == 2 else 2)

    def option_values(self, path, option, kind):
        self.flag(path, option, "autocomplete")
        choices = option.get("choices")
        if choices is None or kind not in (3, 4, 10):
            return
        if choices and option.get("autocomplete"):
            self.fault((*path, "choices"), "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES",
                       "autocomplete excludes choices")
        types = {3: (str,), 4: (int,), 10: (int, float)}[kind]
        self.choices((*path, "choices"), choices, types)
        self.distinct((*path, "choices"), choices, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS")

    def bounds(self, path, option, kind):
        if kind == 3:
            low = self.optional_integer(path, option, "min_length", 0, 6000)
            high = self.optional_integer(path, option, "max_length", 1, 6000)
        elif kind in (4, 10):
            low = self.bound(path, option, "min_value", kind)
            high = self.bound(path, option, "max_value", kind)
        else:
            return
        if low is not None and high is not None and low > high:
            self.fault(path, "APPLICATION_COMMAND_OPTIONS_MIN_ABOVE_MAX",
                       "the minimum is above the maximum")

    def bound(self, path, option, key, kind):
        value = option.get(key)
        if value is None:
            return None
        good = is_integer(value) if kind == 4 else is_number(value)
        if not good or abs(value) > SAFE_NUMBER - (kind == 4):
            self.fault((*path, key), "NUMBER_TYPE_COERCE", "not a number of this option's type")
            return None
        return value

    def distinct(self, path, things, code, kind=None):
        """No two of them (of one KIND of command) show the same name in any language."""
        things = enumerate(things) if isinstance(things, list) else ()
        things = [(i, thing) for i, thing in things if isinstance(thing, dict)
                  and (kind is None or thing.get("type", 1) == kind)]
        for locale in ["", *sorted(LOCALES)]:
            seen = set()
            for i, thing in things:
                own = thing.get("name_localizations")
                name = own.get(locale) if isinstance(own, dict) else None
                name = thing.get("name") if name is None else name
                if str(name) in seen:
                    self.fault((*path, i, "name"), code,
                               f"the name {name!r} is used twice" +
                               (f" in {locale}" if locale else ""))
                    return
                seen.add(str(name))


def is_command_name(name):
    """^[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]{1,32}$, in lower case where there is one."""
    def allowed(char):
        return (char in "-_'" or unicodedata.category(char)[0] in "LN"
                or "\u0900" <= char <= "\u097f" or "\ua8e0" <= char <= "\ua8ff"
                or "\u0e01" <= char <= "\u0e3a" or "\u0e40" <= char <= "\u0e5b")

    return 1 <= len(name) <= 32 and all(map(allowed, name)) and name == name.lower()


def command_size(command):
    """What counts towards 8000: names, descriptions and values, the longest language of each."""
    def longest(holder, key):
        texts = [holder.get(key)]
        local = holder.get(key + "_localizations")
        texts += local.values() if isinstance(local, dict) else []
        return max((len(text) for text in texts if isinstance(text, str)), default=0)

    size = longest(command, "name") + longest(command, "description")
    choices = command.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        if isinstance(choice, dict):
            size += longest(choice, "name") + len(str(choice.get("value", "")))
    options = command.get("options")
    for option in options if isinstance(options, list) else []:
        if isinstance(option, dict):
            size += command_size(option)
    return size
