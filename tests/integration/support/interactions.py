"""What Discord sends: interactions with every field of real ones, signed."""

import base64
import itertools
import json
import os
import random
import time

import nacl.signing

EPOCH_MS = 1420070400000
_numbers = itertools.count(random.randrange(1 << 20))

# The guild of whatever does not name another one.
GUILD = "1"

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
CHAT, USER = 1, 2
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
TEXT_OPTION, INTEGER_OPTION, BOOLEAN_OPTION, USER_OPTION = 3, 4, 5, 6


def new_id():
    """A fresh snowflake of now."""
    return str((int(time.time() * 1000) - EPOCH_MS) << 22 | next(_numbers) & 0x3FFFFF)


def base36(number):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = digits[number % 36]
    while number := number // 36:
        text = digits[number % 36] + text
    return text


def custom_id(command, action, *, version=3, **fields):
    """A custom id as include/besace/engine/custom_id.h describes it. FIELDS are named as there and
    stand in the order in which they are given; numbers are written in base 36."""
    letters = {"owner": "o", "subject": "s", "member": "m", "guild": "g", "number": "n", "time": "t", "word": "w"}
    return ":".join([command, str(version), action, *(
        letters[name] + (value if name == "word" else base36(int(value)))
        for name, value in fields.items())])


def encode(body):
    """The bytes as Discord writes them: compact, keys sorted, raw UTF-8."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


class Member:
    """A user of Discord."""

    def __init__(self, username=None, *, nick=None, global_name=None, bot=False, id=None,
                 avatar=None, guild_avatar=None):
        self.id = id or new_id()
        self.avatar, self.guild_avatar = avatar, guild_avatar
        self.username = username or f"m{self.id}"
        self.nick, self.global_name, self.bot = nick, global_name, bot

    def user(self):
        user = {"avatar": self.avatar, "avatar_decoration_data": None, "clan": None, "collectibles": None,
                "discriminator": "0", "display_name_styles": None, "global_name": self.global_name,
                "id": self.id, "primary_guild": None, "public_flags": 0, "username": self.username}
        if self.bot:
            user["bot"] = True
        return user

    def partial_member(self):
        return {"avatar": self.guild_avatar, "banner": None, "collectibles": None,
                "communication_disabled_until": None, "display_name_styles": None, "flags": 2,
                "joined_at": "2024-02-11T21:07:33.481000+00:00", "nick": self.nick,
                "pending": False, "permissions": "1799804002094657", "premium_since": None,
                "roles": ["1152151820698591616"], "unusual_dm_activity_until": None}

    def member(self):
        return {**self.partial_member(), "deaf": False, "mute": False, "user": self.user()}


class Application:
    """An application on Discord with a key of its own: makes interactions and signs them."""

    def __init__(self):
        self.key = nacl.signing.SigningKey.generate()
        self.public_key = self.key.verify_key.encode().hex()
        self.id = new_id()
        self.guild_id, self.channel_id = GUILD, new_id()

    def sign(self, body, at=None, key=None):
        """The two headers for BODY, signed AT (Unix seconds or a text; now)."""
        stamp = str(int(time.time()) if at is None else at)
        signature = (key or self.key).sign(stamp.encode() + body).signature.hex()
        return [f"X-Signature-Ed25519: {signature}", f"X-Signature-Timestamp: {stamp}"]

    def ping(self):
        return {"app_permissions": "562949953601536", "application_id": self.id,
                "attachment_size_limit": 524288000, "authorizing_integration_owners": {},
                "entitlements": [], "id": new_id(), "token": self.token("0"), "type": 1,
                "user": {**Member("discord", id="643945264868098049", bot=True).user(),
                         "system": True}, "version": 1}

    @staticmethod
    def token(id):
        secret = f"interaction:{id}:{os.urandom(64).hex()}"
        return base64.b64encode(secret.encode()).decode().rstrip("=")

    def base(self, kind, member, locale, guild_locale, guild):
        id = new_id()
        body = {"app_permissions": "633630354689088", "application_id": self.id,
                "attachment_size_limit": 10485760, "channel_id": self.channel_id,
                "channel": {"flags": 0, "guild_id": self.guild_id, "id": self.channel_id,
                            "last_message_id": new_id(), "name": "🎲・jeux", "nsfw": False,
                            "parent_id": None, "permissions": "1799804002094657", "position": 3,
                            "rate_limit_per_user": 0, "topic": None, "type": 0},
                "entitlement_sku_ids": [], "entitlements": [], "id": id, "locale": locale,
                "token": self.token(id), "type": kind, "version": 1}
        if guild:
            body.update({"authorizing_integration_owners": {"0": self.guild_id}, "context": 0,
                         "guild": {"features": ["COMMUNITY"], "id": self.guild_id,
                                   "locale": guild_locale},
                         "guild_id": self.guild_id, "guild_locale": guild_locale,
                         "member": member.member()})
        else:
            body.update({"authorizing_integration_owners": {"0": "0"}, "context": 1,
                         "user": member.user()})
            body["channel"] = {"flags": 0, "id": self.channel_id, "last_message_id": new_id(),
                               "recipients": [member.user()], "type": 1}
        return body

    @staticmethod
    def resolved(*users, guild=True):
        return {"users": {user.id: user.user() for user in users},
                "members": {user.id: user.partial_member() for user in users} if guild else {}}

    def command(self, name, member, *options, locale="fr", guild_locale="fr", guild=True):
        """A slash command. Options are (name, value); a Member as value is one of type USER."""
        body = self.base(COMMAND, member, locale, guild_locale, guild)
        data = {"id": new_id(), "name": name, "type": CHAT}
        users = [value for _, value in options if isinstance(value, Member)]
        if options:
            data["options"] = [self.option(*option) for option in options]
        if users:
            data["resolved"] = self.resolved(*users, guild=guild)
        body["data"] = data
        return body

    def subcommand(self, path, member, *options, permissions=None, **words):
        """A command below another, PATH being "admin lc ajouter". PERMISSIONS: the member's, when
        they are other than usual."""
        name, *below = path.split(" ")
        body = self.command(name, member, *options, **words)
        data = body["data"]
        options = data.pop("options", [])
        for kind, step in zip((SUB_COMMAND, SUB_COMMAND_GROUP), reversed(below)):
            options = [{"name": step, "options": options, "type": kind}]
        data["options"] = options
        if permissions is not None:
            body["member"]["permissions"] = str(permissions)
        return body

    @staticmethod
    def option(name, value):
        if isinstance(value, Member):
            return {"name": name, "type": USER_OPTION, "value": value.id}
        if isinstance(value, bool):
            return {"name": name, "type": BOOLEAN_OPTION, "value": value}
        kind = INTEGER_OPTION if isinstance(value, int) else TEXT_OPTION
        return {"name": name, "type": kind, "value": value}

    def user_command(self, name, member, target, *, locale="fr", guild_locale="fr"):
        """A command of the menu on a member."""
        body = self.base(COMMAND, member, locale, guild_locale, True)
        body["data"] = {"id": new_id(), "name": name, "type": USER, "target_id": target.id,
                        "resolved": self.resolved(target)}
        return body

    def autocomplete(self, name, member, option, typed, *, locale="fr"):
        body = self.base(AUTOCOMPLETE, member, locale, "fr", True)
        body["data"] = {"id": new_id(), "name": name, "type": CHAT, "options": [
            {"focused": True, "name": option, "type": TEXT_OPTION, "value": typed}]}
        return body

    def press(self, custom_id, member, *, locale="fr", guild_locale="fr", guild=True):
        """A press on a button of a message of ours."""
        body = self.base(COMPONENT, member, locale, guild_locale, guild)
        body["data"] = {"component_type": 2, "custom_id": custom_id, "id": 2}
        body["message"] = self.message(custom_id, member)
        return body

    def modal(self, custom_id, member, values, *, locale="fr", from_component=True):
        """A submitted modal; VALUES by the custom ids of its inputs."""
        body = self.base(MODAL, member, locale, "fr", True)
        body["data"] = {"custom_id": custom_id, "components": [
            {"id": number, "type": 18, "component": {
                "custom_id": name, "id": number + 1, "type": 4, "value": value}}
            for number, (name, value) in enumerate(values.items(), 1)]}
        if from_component:
            body["message"] = self.message("x", member)
        return body

    def upload(self, custom_id, member, chosen, attachment, **words):
        """A submitted modal with a select, CHOSEN by its custom id, and a file input `file`."""
        body = self.modal(custom_id, member, {}, **words)
        fields = [{"type": 3, "custom_id": name, "values": [value]} for name, value in chosen.items()]
        if attachment:
            fields.append({"type": 19, "custom_id": "file", "values": [attachment["id"]]})
            body["data"]["resolved"] = {"attachments": {attachment["id"]: attachment}}
        body["data"]["components"] = [
            {"id": 2 * number + 1, "type": 18, "component": {"id": 2 * number + 2, **field}}
            for number, field in enumerate(fields)]
        return body

    def message(self, custom_id, member):
        author = {**Member("besace", id=self.id, bot=True).user(), "public_flags": 524288}
        metadata = {"authorizing_integration_owners": {"0": self.guild_id}, "command_type": 1,
                    "id": new_id(), "name": "sac", "type": 2, "user": member.user()}
        return {"application_id": self.id, "attachments": [], "author": author,
                "channel_id": self.channel_id,
                "components": [{"accent_color": 15312467, "components": [
                    {"content": "## Sac", "id": 2, "type": 10},
                    {"components": [{"custom_id": custom_id, "id": 4, "label": "Ouvrir (1)",
                                     "style": 3, "type": 2}], "id": 3, "type": 1}],
                    "id": 1, "spoiler": False, "type": 17}],
                "content": "", "edited_timestamp": None, "embeds": [],
                "flags": 32768, "id": new_id(), "interaction_metadata": metadata,
                "mention_everyone": False, "mention_roles": [], "mentions": [], "pinned": False,
                "position": 0, "timestamp": "2026-08-06T12:01:10.701000+00:00", "tts": False,
                "type": 20, "webhook_id": self.id}
