"""What Discord accepts in messages, interaction answers, modals and commands.

Every function returns a list of faults, empty when Discord would take the body. The rules are
those of the documentation, including the many that its OpenAPI description leaves out, and one
more: keys that Discord does not know are faults, because they are misspelt.

    faults = validate_callback(reply, interaction_type=2)
    assert not faults, explain(faults)
"""

import datetime

try:
    from .rules_base import (Fault, as_errors, explain, is_integer, is_snowflake,  # noqa: F401
                             length)
    from .rules_commands import CommandCheck, command_size  # noqa: F401
    from .rules_components import ComponentCheck
except ImportError:  # beside a program
    from rules_base import (Fault, as_errors, explain, is_integer, is_snowflake,  # noqa: F401
                            length)
    from rules_commands import CommandCheck, command_size  # noqa: F401
    from rules_components import ComponentCheck

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


class BodyCheck(ComponentCheck, CommandCheck):
    """Walks whole bodies: messages, answers to interactions, commands."""

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


def validate_message(data, kind, *, files=(), has_v2=False):
    """A message's body. KIND: "create" (in a channel), "follow_up", "edit" (@original), "answer"
    and "update" (the data of types 4 and 7), or "callback": a whole {type, data}. FILES are the
    names of files sent along; HAS_V2 says that the message that is changed is of V2 components."""
    if kind == "callback":
        return validate_callback(data, files=files)
    check = BodyCheck(files)
    check.message((), data, kind, has_v2)
    return check.faults


def validate_callback(body, interaction_type=None, *, from_component=False, files=()):
    """An answer to an interaction of that type; None: of any. FROM_COMPONENT: of a modal that a
    component opened."""
    check = BodyCheck(files)
    check.callback(body, interaction_type, from_component)
    return check.faults


def validate_command(command, scope="global"):
    """One command, as POST takes it."""
    check = BodyCheck()
    check.command((), command, scope)
    return check.faults


def validate_commands(commands, scope="global"):
    """All commands of the application, "global" or of a "guild", as a bulk overwrite takes them."""
    check = BodyCheck()
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
