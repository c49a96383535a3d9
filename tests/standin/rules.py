"""What Discord accepts in messages, interaction answers, modals and commands.

Every function returns a list of faults, empty when Discord would take the body. The rules are
those of the documentation, including the many that its OpenAPI description leaves out, and one
more: keys that Discord does not know are faults, because they are misspelt.

    faults = validate_callback(reply, interaction_type=2)
    assert not faults, explain(faults)
"""

import datetime
import re
import unicodedata
from typing import NamedTuple

PONG, MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL, LAUNCH = 1, 4, 5, 6, 7, 8, 9, 12

SUPPRESS_EMBEDS, EPHEMERAL, SUPPRESS_NOTIFICATIONS, COMPONENTS_V2 = 1 << 2, 1 << 6, 1 << 12, 1 << 15

# Which answers an interaction of each type may get; 6 and 7 after a modal need a component first.
ANSWERS = {1: {PONG}, 2: {MESSAGE, DEFERRED, MODAL, LAUNCH},
           3: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL, LAUNCH},
           4: {CHOICES}, 5: {MESSAGE, DEFERRED, LAUNCH}}

BODY_KEYS = {"content", "embeds", "allowed_mentions", "components", "attachments", "flags"}
MESSAGE_KEYS = {
    "create": BODY_KEYS | {"tts", "poll", "nonce", "enforce_nonce", "message_reference",
                           "sticker_ids"},
    "answer": BODY_KEYS | {"tts", "poll"},
    "follow_up": BODY_KEYS | {"tts", "poll"},
    "edit": BODY_KEYS | {"poll"},
    "update": BODY_KEYS,
}
MESSAGE_FLAGS = {
    "create": SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2,
    "answer": SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2,
    "follow_up": SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2,
    "edit": SUPPRESS_EMBEDS | COMPONENTS_V2,
    "update": SUPPRESS_EMBEDS | EPHEMERAL | COMPONENTS_V2,
}

# The languages of Discord's reference page.
LOCALES = frozenset("""id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE
vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko""".split())

(ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT,
 CHANNEL_SELECT, SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR) = range(1, 15)
CONTAINER, LABEL, UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 17, 18, 19, 21, 22, 23
SELECTS = {STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT}
V2_TOP = {ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER}
IN_CONTAINER = V2_TOP - {CONTAINER}
IN_LABEL = SELECTS | {TEXT_INPUT, UPLOAD, RADIO, CHECKBOXES, CHECKBOX}

SELECT_KEYS = {"custom_id", "placeholder", "min_values", "max_values", "disabled", "required"}
COMPONENT_KEYS = {
    ROW: {"components"},
    BUTTON: {"style", "label", "emoji", "custom_id", "url", "sku_id", "disabled"},
    STRING_SELECT: SELECT_KEYS | {"options"},
    TEXT_INPUT: {"custom_id", "style", "label", "min_length", "max_length", "required", "value",
                 "placeholder"},
    USER_SELECT: SELECT_KEYS | {"default_values"},
    ROLE_SELECT: SELECT_KEYS | {"default_values"},
    MENTIONABLE_SELECT: SELECT_KEYS | {"default_values"},
    CHANNEL_SELECT: SELECT_KEYS | {"default_values", "channel_types"},
    SECTION: {"components", "accessory"},
    TEXT_DISPLAY: {"content"},
    THUMBNAIL: {"media", "description", "spoiler"},
    GALLERY: {"items"},
    FILE: {"file", "spoiler"},
    SEPARATOR: {"divider", "spacing"},
    CONTAINER: {"components", "accent_color", "spoiler"},
    LABEL: {"label", "description", "component"},
    UPLOAD: {"custom_id", "min_values", "max_values", "required", "file_types"},
    RADIO: {"custom_id", "options", "required"},
    CHECKBOXES: {"custom_id", "options", "min_values", "max_values", "required"},
    CHECKBOX: {"custom_id", "default"},
}
DEFAULT_TYPES = {USER_SELECT: {"user"}, ROLE_SELECT: {"role"},
                 MENTIONABLE_SELECT: {"user", "role"}, CHANNEL_SELECT: {"channel"}}
CHANNEL_TYPES = {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16}

SAFE_NUMBER = 2 ** 53       # of a NUMBER; an INTEGER ends one before
INT32 = 2 ** 31


class Fault(NamedTuple):
    """Where it is, Discord's code for it, and a sentence."""

    path: tuple
    code: str
    message: str

    def __str__(self):
        return f"{'.'.join(map(str, self.path)) or 'body'}: {self.message} [{self.code}]"


def explain(faults):
    """The faults, a line each."""
    return "\n".join(map(str, faults))


def as_errors(faults):
    """The faults as Discord nests them in the "errors" of a 400."""
    errors = {}
    for fault in faults:
        at = errors
        for step in fault.path:
            at = at.setdefault(str(step), {})
        at.setdefault("_errors", []).append({"code": fault.code, "message": fault.message})
    return errors


def length(text):
    """Discord trims white space at both ends before it counts."""
    return len(text.strip())


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_snowflake(value):
    return isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,19}", value) is not None \
        and int(value) < 2 ** 64


class Check:
    """Collects faults while it walks a body."""

    def __init__(self, files=()):
        self.faults = []
        self.files = list(files)  # names of the file parts beside the JSON
        self.custom_ids = {}
        self.ids = set()
        self.components = 0
        self.shown = 0  # characters of all text displays

    # -- the smallest checks

    def fault(self, path, code, message):
        self.faults.append(Fault(tuple(path), code, message))

    def keys(self, path, value, known, needed=()):
        """Is it an object with these keys? Only then is its content worth a look."""
        if not isinstance(value, dict):
            self.fault(path, "DICT_TYPE_CONVERT", "must be an object")
            return False
        for key in value:
            if key not in known:
                self.fault((*path, key), "UNKNOWN_KEY", "Discord knows no such key here")
        for key in needed:
            if value.get(key) is None:
                self.fault((*path, key), "BASE_TYPE_REQUIRED", "This field is required")
        return True

    def text(self, path, value, minimum, maximum):
        if not isinstance(value, str):
            self.fault(path, "STRING_TYPE_CONVERT", "must be a text")
            return False
        if not minimum <= length(value) <= maximum:
            self.fault(path, "BASE_TYPE_BAD_LENGTH",
                       f"Must be between {minimum} and {maximum} in length, is {length(value)}")
            return False
        if "\x1a" in value or "{lc}" in value and value.count("{") == 1:
            self.fault(path, "UNIT_IS_LEFT", "a unit of amounts that was not put in its place")
            return False
        return True

    def optional_text(self, path, holder, key, maximum, minimum=0):
        if holder.get(key) is not None:
            self.text((*path, key), holder[key], minimum, maximum)

    def integer(self, path, value, minimum, maximum):
        if not is_integer(value):
            self.fault(path, "NUMBER_TYPE_COERCE", "must be an integer")
            return False
        if not minimum <= value <= maximum:
            self.fault(path, "NUMBER_TYPE_RANGE", f"must be between {minimum} and {maximum}")
            return False
        return True

    def optional_integer(self, path, holder, key, minimum, maximum):
        """The value if it is there and good, else None."""
        if holder.get(key) is None or not self.integer((*path, key), holder[key], minimum, maximum):
            return None
        return holder[key]

    def flag(self, path, holder, key):
        if key in holder and not isinstance(holder[key], bool):
            self.fault((*path, key), "BOOLEAN_TYPE_CONVERT", "Must be either true or false")

    def items(self, path, value, minimum, maximum):
        """The list, or an empty one when it is none."""
        if not isinstance(value, list):
            self.fault(path, "LIST_TYPE_CONVERT", "must be a list")
            return []
        if not minimum <= len(value) <= maximum:
            self.fault(path, "BASE_TYPE_BAD_LENGTH",
                       f"Must be between {minimum} and {maximum} in length, is {len(value)}")
        return value

    def one_of(self, path, value, allowed):
        if isinstance(value, (dict, list)) or value not in allowed:
            self.fault(path, "BASE_TYPE_CHOICES", f"must be one of {sorted(allowed)}")

    def snowflake(self, path, value):
        if not is_snowflake(value):
            self.fault(path, "NUMBER_TYPE_COERCE", "must be a snowflake, as a text of digits")

    def url(self, path, value, maximum=2048, schemes=("http", "https"), image=False):
        if not self.text(path, value, 1, maximum):
            return
        scheme, colon, rest = value.partition("://")
        if scheme == "attachment" and colon and "attachment" in schemes:
            if rest not in self.files:
                self.fault(path, "ATTACHMENT_NOT_FOUND", "no such file is sent along")
            if image and not rest.lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".gif")):
                self.fault(path, "ATTACHMENT_NOT_IMAGE", "embeds show images only")
        elif scheme not in schemes or not colon or not rest or re.search(r"\s", value):
            self.fault(path, "URL_TYPE_INVALID_SCHEME",
                       f"must be a URL with one of the schemes {', '.join(schemes)}")

    # -- messages

    def message(self, path, data, kind, has_v2=False):
        """A message's body; HAS_V2: the message it changes was made of V2 components."""
        if not self.keys(path, data, MESSAGE_KEYS[kind]):
            return
        flags = self.flags((*path, "flags"), data.get("flags"), MESSAGE_FLAGS[kind])
        v2 = has_v2 or bool(flags & COMPONENTS_V2)
        if data.get("content") is not None:
            self.text((*path, "content"), data["content"], 0, 2000)
        if data.get("embeds") is not None:
            self.embeds((*path, "embeds"), data["embeds"])
        if data.get("components") is not None:
            self.message_components((*path, "components"), data["components"], v2)
        if data.get("allowed_mentions") is not None:
            self.mentions((*path, "allowed_mentions"), data["allowed_mentions"])
        if data.get("attachments") is not None:
            self.attachments((*path, "attachments"), data["attachments"], kind)
        if data.get("poll") is not None:
            self.poll((*path, "poll"), data["poll"])
        self.flag(path, data, "tts")
        if v2:
            self.no_legacy(path, data)
            shown = str(data.get("components") or [])
            for name in self.files:
                if f"'attachment://{name}'" not in shown:
                    self.fault((*path, "attachments"), "ATTACHMENT_NOT_SHOWN",
                               f"no component shows {name}")
        if kind == "create":
            self.create_only(path, data)
        if kind in ("create", "answer", "follow_up"):
            self.not_empty(path, data)

    def flags(self, path, value, allowed):
        if value is None:
            return 0
        if not is_integer(value) or value < 0:
            self.fault(path, "NUMBER_TYPE_COERCE", "must be a non-negative integer")
            return 0
        if value & ~allowed:
            self.fault(path, "FLAGS_NOT_ALLOWED",
                       f"the bits {value & ~allowed} cannot be set here")
        return value

    def no_legacy(self, path, data):
        for key in ("content", "embeds", "poll", "sticker_ids"):
            if data.get(key):
                self.fault((*path, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                           "cannot be used with the V2 flag")

    def create_only(self, path, data):
        nonce = data.get("nonce")
        if nonce is not None and not is_integer(nonce):
            self.text((*path, "nonce"), nonce, 1, 25)
        self.flag(path, data, "enforce_nonce")
        if data.get("enforce_nonce") is True and nonce is None:
            self.fault((*path, "nonce"), "BASE_TYPE_REQUIRED", "enforce_nonce without a nonce")
        for i, sticker in enumerate(self.items((*path, "sticker_ids"),
                                               data.get("sticker_ids") or [], 0, 3)):
            self.snowflake((*path, "sticker_ids", i), sticker)
        reference = data.get("message_reference")
        if reference is not None and self.keys(
                (*path, "message_reference"), reference,
                {"type", "message_id", "channel_id", "guild_id", "fail_if_not_exists"},
                ("message_id",)):
            if reference.get("message_id") is not None:
                self.snowflake((*path, "message_reference", "message_id"),
                               reference["message_id"])

    def not_empty(self, path, data):
        content = data.get("content")
        if isinstance(content, str) and content.strip():
            return
        if not any(data.get(key) for key in
                   ("embeds", "components", "poll", "sticker_ids")) and not self.files:
            self.fault(path, "EMPTY_MESSAGE", "Cannot send an empty message")

    def embeds(self, path, embeds):
        total = 0
        for i, embed in enumerate(self.items(path, embeds, 0, 10)):
            total += self.embed((*path, i), embed)
        if total > 6000:
            self.fault(path, "MAX_EMBED_SIZE_EXCEEDED",
                       f"Embed size exceeds maximum size of 6000, is {total}")

    def embed(self, path, embed):
        """Returns how many characters of it count towards the total."""
        if not self.keys(path, embed, {"title", "type", "description", "url", "timestamp", "color",
                                       "footer", "image", "thumbnail", "author", "fields"}):
            return 0
        if embed.get("type", "rich") != "rich":
            self.fault((*path, "type"), "BASE_TYPE_CHOICES", "only rich embeds can be sent")
        if not any(embed.get(key) for key in ("title", "description", "footer", "image",
                                              "thumbnail", "author", "fields")):
            self.fault(path, "EMBED_EMPTY", "an embed that shows nothing")
        self.optional_text(path, embed, "title", 256)
        self.optional_text(path, embed, "description", 4096)
        self.optional_integer(path, embed, "color", 0, 0xFFFFFF)
        if embed.get("url") is not None:
            self.url((*path, "url"), embed["url"])
        if embed.get("timestamp") is not None:
            self.timestamp((*path, "timestamp"), embed["timestamp"])
        for key in ("image", "thumbnail"):
            if embed.get(key) is not None and self.keys((*path, key), embed[key], {"url"},
                                                        ("url",)):
                self.picture((*path, key, "url"), embed[key].get("url"))
        return (self.characters(embed.get("title")) + self.characters(embed.get("description"))
                + self.footer(path, embed) + self.author(path, embed)
                + self.fields(path, embed))

    @staticmethod
    def characters(value):
        return length(value) if isinstance(value, str) else 0

    def picture(self, path, url):
        if url is not None:
            self.url(path, url, schemes=("http", "https", "attachment"), image=True)

    def footer(self, path, embed):
        footer, path = embed.get("footer"), (*path, "footer")
        if footer is None or not self.keys(path, footer, {"text", "icon_url"}, ("text",)):
            return 0
        self.optional_text(path, footer, "text", 2048, 1)
        self.picture((*path, "icon_url"), footer.get("icon_url"))
        return self.characters(footer.get("text"))

    def author(self, path, embed):
        author, path = embed.get("author"), (*path, "author")
        if author is None or not self.keys(path, author, {"name", "url", "icon_url"}, ("name",)):
            return 0
        self.optional_text(path, author, "name", 256, 1)
        if author.get("url") is not None:
            self.url((*path, "url"), author["url"])
        self.picture((*path, "icon_url"), author.get("icon_url"))
        return self.characters(author.get("name"))

    def fields(self, path, embed):
        total, path = 0, (*path, "fields")
        if embed.get("fields") is None:
            return 0
        for i, field in enumerate(self.items(path, embed["fields"], 0, 25)):
            at = (*path, i)
            if not self.keys(at, field, {"name", "value", "inline"}, ("name", "value")):
                continue
            self.optional_text(at, field, "name", 256, 1)
            self.optional_text(at, field, "value", 1024, 1)
            self.flag(at, field, "inline")
            total += self.characters(field.get("name")) + self.characters(field.get("value"))
        return total

    def timestamp(self, path, value):
        try:
            datetime.datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault(path, "DATE_TIME_TYPE_PARSE", "must be an ISO 8601 time")

    def mentions(self, path, mentions):
        if not self.keys(path, mentions, {"parse", "users", "roles", "replied_user"}):
            return
        parse = mentions.get("parse")
        parse = self.items((*path, "parse"), parse, 0, 3) if parse is not None else []
        for i, word in enumerate(parse):
            self.one_of((*path, "parse", i), word, ("users", "roles", "everyone"))
        if len(set(map(str, parse))) < len(parse):
            self.fault((*path, "parse"), "SET_TYPE_ALREADY_CONTAINS_VALUE", "named twice")
        for key in ("users", "roles"):
            ids = mentions.get(key)
            ids = self.items((*path, key), ids, 0, 100) if ids is not None else []
            for i, value in enumerate(ids):
                self.snowflake((*path, key, i), value)
            if len(set(map(str, ids))) < len(ids):
                self.fault((*path, key), "SET_TYPE_ALREADY_CONTAINS_VALUE", "named twice")
            if ids and key in parse:
                self.fault((*path, "parse"), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                           f'parse:["{key}"] excludes a list of {key}')
        self.flag(path, mentions, "replied_user")

    def attachments(self, path, attachments, kind):
        for i, attachment in enumerate(self.items(path, attachments, 0, 10)):
            at = (*path, i)
            if not self.keys(at, attachment, {"id", "filename", "description", "title",
                                              "is_spoiler"}, ("id",)):
                continue
            self.optional_text(at, attachment, "description", 1024)
            number = attachment.get("id")
            kept = kind in ("edit", "update") and is_snowflake(number) and len(number) > 9
            if not isinstance(number, str) or not number.isdecimal():
                self.fault((*at, "id"), "NUMBER_TYPE_COERCE", "must be a text of digits")
            elif not kept and int(number) >= len(self.files):
                self.fault((*at, "id"), "ATTACHMENT_NOT_FOUND",
                           f"there is no part files[{number}]")

    def poll(self, path, poll):
        if not self.keys(path, poll, {"question", "answers", "duration", "allow_multiselect",
                                      "layout_type"}, ("question", "answers")):
            return
        if self.keys((*path, "question"), poll.get("question") or {}, {"text"}, ("text",)):
            self.optional_text((*path, "question"), poll.get("question") or {}, "text", 300, 1)
        for i, answer in enumerate(self.items((*path, "answers"), poll.get("answers") or [],
                                              1, 10)):
            at = (*path, "answers", i, "poll_media")
            if not self.keys(at[:-1], answer, {"poll_media"}, ("poll_media",)):
                continue
            if self.keys(at, answer.get("poll_media") or {}, {"text", "emoji"}):
                self.optional_text(at, answer.get("poll_media") or {}, "text", 55, 1)
        self.optional_integer(path, poll, "duration", 1, 768)
        self.flag(path, poll, "allow_multiselect")
        self.optional_integer(path, poll, "layout_type", 1, 1)

    # -- components

    def message_components(self, path, components, v2):
        if v2:
            for i, component in enumerate(self.items(path, components, 0, 40)):
                self.component((*path, i), component, V2_TOP)
        else:
            for i, component in enumerate(self.items(path, components, 0, 5)):
                self.component((*path, i), component, {ROW})
        if v2 and self.components > 40:
            self.fault(path, "COMPONENT_MAX_TOTAL",
                       f"at most 40 components counting nested ones, are {self.components}")
        if self.shown > 4000:
            self.fault(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                       f"at most 4000 characters of text, are {self.shown}")

    def component(self, path, component, allowed, modal=False):
        """One component where only those of the ALLOWED types may stand."""
        if not isinstance(component, dict):
            self.fault(path, "DICT_TYPE_CONVERT", "must be an object")
            return
        kind = component.get("type")
        if not is_integer(kind) or kind not in COMPONENT_KEYS or kind not in allowed:
            self.fault((*path, "type"), "UNION_TYPE_CHOICES",
                       f"must be one of {sorted(allowed)}, is {kind!r}")
            return
        self.components += 1
        self.keys(path, component, COMPONENT_KEYS[kind] | {"type", "id"})
        self.component_id(path, component)
        if "custom_id" in COMPONENT_KEYS[kind] and kind != BUTTON:
            self.custom_id(path, component)
        self.CHECKS[kind](self, path, component, modal)

    def component_id(self, path, component):
        number = self.optional_integer(path, component, "id", 0, INT32 - 1)
        if number and number in self.ids:
            self.fault((*path, "id"), "COMPONENT_ID_DUPLICATED", "used twice")
        self.ids.add(number)

    def custom_id(self, path, component):
        value, path = component.get("custom_id"), (*path, "custom_id")
        if value is None:
            self.fault(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif self.text(path, value, 1, 100):
            if value in self.custom_ids:
                self.fault(path, "COMPONENT_CUSTOM_ID_DUPLICATED",
                           f"Component custom id cannot be duplicated: {value}")
            self.custom_ids[value] = path

    def row(self, path, component, modal):
        path = (*path, "components")
        children = self.items(path, component.get("components"), 1, 1 if modal else 5)
        allowed = {TEXT_INPUT} if modal else SELECTS | {BUTTON}
        for i, child in enumerate(children):
            self.component((*path, i), child, allowed, modal)
        kinds = [child.get("type") for child in children if isinstance(child, dict)]
        if any(kind in SELECTS for kind in kinds if is_integer(kind)) and len(kinds) > 1:
            self.fault(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "a select fills its row alone")

    def button(self, path, button, modal):
        del modal
        style = self.optional_integer(path, button, "style", 1, 6)
        if button.get("style") is None:
            self.fault((*path, "style"), "BASE_TYPE_REQUIRED", "This field is required")
        self.optional_text(path, button, "label", 80)
        self.flag(path, button, "disabled")
        if button.get("emoji") is not None:
            self.emoji((*path, "emoji"), button["emoji"])
        if style is None:
            return
        needed = {5: "url", 6: "sku_id"}.get(style, "custom_id")
        for key in {"custom_id", "url", "sku_id"} - {needed}:
            if button.get(key) is not None:
                self.fault((*path, key), "BUTTON_COMPONENT_INVALID_FIELD",
                           f"a button of style {style} cannot have one")
        if needed == "custom_id":
            self.custom_id(path, button)
        elif button.get(needed) is None:
            self.fault((*path, needed), "BASE_TYPE_REQUIRED", "This field is required")
        elif needed == "url":
            self.url((*path, "url"), button["url"], 512, ("http", "https", "discord"))
        else:
            self.snowflake((*path, "sku_id"), button["sku_id"])
        if (style == 6) == bool(button.get("label") or button.get("emoji")):
            self.fault(path, "BUTTON_COMPONENT_INVALID_LABEL",
                       "a premium button shows its own text" if style == 6
                       else "a button needs a label or an emoji")

    def emoji(self, path, emoji):
        if not self.keys(path, emoji, {"id", "name", "animated"}):
            return
        name = emoji.get("name")
        if emoji.get("id") is not None:
            self.snowflake((*path, "id"), emoji["id"])
        elif not isinstance(name, str) or not name or name.isascii():
            self.fault((*path, "name"), "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")
        self.flag(path, emoji, "animated")

    def select(self, path, select, modal):
        self.optional_text(path, select, "placeholder", 150)
        self.counts(path, select, 25, modal)
        if modal:
            if select.get("disabled"):
                self.fault((*path, "disabled"), "COMPONENT_DISABLED_IN_MODAL",
                           "a select cannot be disabled in a modal")
            self.flag(path, select, "required")
        else:
            self.flag(path, select, "disabled")
            if "required" in select:
                self.fault((*path, "required"), "UNKNOWN_KEY", "means something in modals only")
        if select["type"] == STRING_SELECT:
            self.options(path, select, 1, 25)
        else:
            self.defaults(path, select)

    def counts(self, path, component, maximum, modal):
        """min_values and max_values, 1 each when absent."""
        low = self.optional_integer(path, component, "min_values", 0, maximum)
        high = self.optional_integer(path, component, "max_values", 1, maximum)
        if (1 if low is None else low) > (1 if high is None else high):
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_ABOVE_MAX",
                       "min_values is above max_values")
        if modal and low == 0 and component.get("required") is not False:
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_OF_REQUIRED",
                       "min_values 0 needs required: false")

    def options(self, path, select, minimum, maximum):
        path, values, chosen = (*path, "options"), set(), 0
        options = self.items(path, select.get("options"), minimum, maximum)
        for i, option in enumerate(options):
            at = (*path, i)
            if not self.keys(at, option, {"label", "value", "description", "emoji", "default"},
                             ("label", "value")):
                continue
            self.optional_text(at, option, "label", 100, 1)
            self.optional_text(at, option, "value", 100, 1)
            self.optional_text(at, option, "description", 100)
            self.flag(at, option, "default")
            chosen += option.get("default") is True
            if option.get("emoji") is not None:
                self.emoji((*at, "emoji"), option["emoji"])
            if str(option.get("value")) in values:
                self.fault((*at, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                           "The specified option value is already used")
            values.add(str(option.get("value")))
        high = select.get("max_values", 1)
        if is_integer(high) and chosen > high and select["type"] != CHECKBOXES:
            self.fault(path, "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
                       "more options are chosen than max_values")

    def defaults(self, path, select):
        values = select.get("default_values")
        values = self.items((*path, "default_values"), values, 0, 25) if values else []
        for i, value in enumerate(values):
            at = (*path, "default_values", i)
            if self.keys(at, value, {"id", "type"}, ("id", "type")):
                self.snowflake((*at, "id"), value.get("id"))
                self.one_of((*at, "type"), value.get("type"), DEFAULT_TYPES[select["type"]])
        high = select.get("max_values", 1)
        if is_integer(high) and len(values) > high:
            self.fault((*path, "default_values"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
                       "more values than max_values")
        self.channel_types(path, select)

    def channel_types(self, path, holder):
        kinds = holder.get("channel_types")
        for i, kind in enumerate(kinds if isinstance(kinds, list) else []):
            self.one_of((*path, "channel_types", i), kind, CHANNEL_TYPES)
        if kinds is not None and not isinstance(kinds, list):
            self.fault((*path, "channel_types"), "LIST_TYPE_CONVERT", "must be a list")

    def text_display(self, path, component, modal):
        del modal
        if self.text((*path, "content"), component.get("content"), 1, 4000):
            self.shown += length(component["content"])

    def section(self, path, component, modal):
        inner = (*path, "components")
        for i, child in enumerate(self.items(inner, component.get("components"), 1, 3)):
            self.component((*inner, i), child, {TEXT_DISPLAY}, modal)
        if component.get("accessory") is None:
            self.fault((*path, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            self.component((*path, "accessory"), component["accessory"], {BUTTON, THUMBNAIL},
                           modal)

    def media(self, path, media, schemes=("http", "https", "attachment")):
        if self.keys(path, media, {"url"}, ("url",)) and media.get("url") is not None:
            self.url((*path, "url"), media["url"], schemes=schemes)

    def thumbnail(self, path, component, modal):
        del modal
        self.media((*path, "media"), component.get("media"))
        self.optional_text(path, component, "description", 1024)
        self.flag(path, component, "spoiler")

    def gallery(self, path, component, modal):
        path = (*path, "items")
        for i, item in enumerate(self.items(path, component.get("items"), 1, 10)):
            if self.keys((*path, i), item, {"media", "description", "spoiler"}, ("media",)):
                self.thumbnail((*path, i), item, modal)

    def file(self, path, component, modal):
        del modal
        self.media((*path, "file"), component.get("file"), ("attachment",))
        self.flag(path, component, "spoiler")

    def separator(self, path, component, modal):
        del modal
        self.flag(path, component, "divider")
        self.optional_integer(path, component, "spacing", 1, 2)

    def container(self, path, component, modal):
        inner = (*path, "components")
        for i, child in enumerate(self.items(inner, component.get("components"), 1, 40)):
            self.component((*inner, i), child, IN_CONTAINER, modal)
        self.optional_integer(path, component, "accent_color", 0, 0xFFFFFF)
        self.flag(path, component, "spoiler")

    # -- modals

    def modal(self, path, data):
        if not self.keys(path, data, {"custom_id", "title", "components"},
                         ("custom_id", "title", "components")):
            return
        self.optional_text(path, data, "custom_id", 100, 1)
        self.optional_text(path, data, "title", 45, 1)
        path = (*path, "components")
        for i, component in enumerate(self.items(path, data.get("components"), 1, 5)):
            self.component((*path, i), component, {LABEL, TEXT_DISPLAY, ROW}, True)

    def label(self, path, label, modal):
        self.text((*path, "label"), label.get("label"), 1, 45)
        self.optional_text(path, label, "description", 100)
        child, path = label.get("component"), (*path, "component")
        self.component(path, child, IN_LABEL, modal)
        if isinstance(child, dict) and child.get("type") == TEXT_INPUT and "label" in child:
            self.fault((*path, "label"), "TEXT_INPUT_LABEL_IN_LABEL",
                       "the text input in a label has no label of its own")

    def text_input(self, path, component, modal):
        del modal
        style = self.optional_integer(path, component, "style", 1, 2)
        if style is None and component.get("style") is None:
            self.fault((*path, "style"), "BASE_TYPE_REQUIRED", "This field is required")
        low = self.optional_integer(path, component, "min_length", 0, 4000)
        high = self.optional_integer(path, component, "max_length", 1, 4000)
        if (low or 0) > (4000 if high is None else high):
            self.fault((*path, "min_length"), "TEXT_INPUT_MIN_ABOVE_MAX",
                       "min_length is above max_length")
        self.flag(path, component, "required")
        self.optional_text(path, component, "placeholder", 100)
        self.optional_text(path, component, "value", 4000 if high is None else high)
        if path[-1] != "component":  # in an action row, as before labels
            self.text((*path, "label"), component.get("label"), 1, 45)

    def upload(self, path, component, modal):
        low = self.optional_integer(path, component, "min_values", 0, 10)
        high = self.optional_integer(path, component, "max_values", 1, 10)
        if (low or 0) > (1 if high is None else high):
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_ABOVE_MAX",
                       "min_values is above max_values")
        if modal and low == 0 and component.get("required") is not False:
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_OF_REQUIRED",
                       "min_values 0 needs required: false")
        self.flag(path, component, "required")

    def radio(self, path, component, modal):
        del modal
        self.options(path, component, 2, 10)
        self.flag(path, component, "required")

    def checkboxes(self, path, component, modal):
        self.options(path, component, 1, 10)
        self.counts(path, {"max_values": 10, **component}, 10, modal)
        self.flag(path, component, "required")

    def checkbox(self, path, component, modal):
        del modal
        self.flag(path, component, "default")

    CHECKS = {ROW: row, BUTTON: button, TEXT_INPUT: text_input, SECTION: section,
              TEXT_DISPLAY: text_display, THUMBNAIL: thumbnail, GALLERY: gallery, FILE: file,
              SEPARATOR: separator, CONTAINER: container, LABEL: label, UPLOAD: upload,
              RADIO: radio, CHECKBOXES: checkboxes, CHECKBOX: checkbox,
              **dict.fromkeys(SELECTS, select)}

    # -- answers to interactions

    def callback(self, body, interaction_type, from_component):
        if not self.keys((), body, {"type", "data"}, ("type",)):
            return
        kind = body.get("type")
        if kind is None:
            return
        if not is_integer(kind) or kind not in (PONG, MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE,
                                                CHOICES, MODAL, LAUNCH):
            self.fault(("type",), "BASE_TYPE_CHOICES", f"no type of answer: {kind!r}")
            return
        if interaction_type is not None:
            allowed = set(ANSWERS.get(interaction_type, ()))
            if interaction_type == 5 and from_component:
                allowed |= {DEFERRED_UPDATE, UPDATE}
            if kind not in allowed:
                self.fault(("type",), "BASE_TYPE_CHOICES",
                           f"an interaction of type {interaction_type} cannot be answered "
                           f"with {kind}")
        if kind in (PONG, DEFERRED_UPDATE, LAUNCH):
            if "data" in body:
                self.fault(("data",), "UNKNOWN_KEY", f"type {kind} has no data")
        elif kind == DEFERRED:
            self.deferred(body.get("data", {}))
        elif "data" not in body:
            self.fault(("data",), "BASE_TYPE_REQUIRED", "This field is required")
        elif kind == CHOICES:
            self.autocomplete(("data",), body["data"])
        elif kind == MODAL:
            self.modal(("data",), body["data"])
        else:
            self.message(("data",), body["data"], "answer" if kind == MESSAGE else "update")

    def deferred(self, data):
        if self.keys(("data",), data, {"flags"}):
            self.flags(("data", "flags"), data.get("flags"), EPHEMERAL)

    def autocomplete(self, path, data):
        if not self.keys(path, data, {"choices"}, ("choices",)) or data.get("choices") is None:
            return
        self.choices((*path, "choices"), data["choices"], (str, int, float))

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

    # -- commands

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


def validate_message(data, kind, *, files=(), has_v2=False):
    """A message's body. KIND: "create" (in a channel), "follow_up", "edit" (@original), "answer"
    and "update" (the data of types 4 and 7), or "callback": a whole {type, data}. FILES are the
    names of files sent along; HAS_V2 says that the message that is changed is of V2 components."""
    if kind == "callback":
        return validate_callback(data, files=files)
    check = Check(files)
    check.message((), data, kind, has_v2)
    return check.faults


def validate_callback(body, interaction_type=None, *, from_component=False, files=()):
    """An answer to an interaction of that type; None: of any. FROM_COMPONENT: of a modal that a
    component opened."""
    check = Check(files)
    check.callback(body, interaction_type, from_component)
    return check.faults


def validate_command(command, scope="global"):
    """One command, as POST takes it."""
    check = Check()
    check.command((), command, scope)
    return check.faults


def validate_commands(commands, scope="global"):
    """All commands of the application, "global" or of a "guild", as a bulk overwrite takes them."""
    check = Check()
    if not isinstance(commands, list):
        check.fault((), "LIST_TYPE_CONVERT", "must be a list")
        return check.faults
    for i, command in enumerate(commands):
        check.command((i,), command, scope)
    for kind, maximum in ((1, 100), (2, 15), (3, 15), (4, 1)):
        those = [command for command in commands
                 if isinstance(command, dict) and command.get("type", 1) == kind]
        if len(those) > maximum:
            check.fault((), "MAX_COMMANDS", f"at most {maximum} commands of type {kind}")
        check.distinct((), commands, "APPLICATION_COMMANDS_DUPLICATE_NAME", kind)
    return check.faults
