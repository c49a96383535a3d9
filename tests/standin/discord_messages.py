"""Messages of the stand-in: in channels, and those that answer interactions."""

import time

try:
    from . import rules
    from .discord_calls import Refusal, refuse_form
except ImportError:  # beside a program
    import rules
    from discord_calls import Refusal, refuse_form

LOADING = 1 << 7
EPOCH_MS = 1420070400000


class Messages:
    """What Discord answers to calls about messages; a part of Discord."""

    def new_id(self):
        self.last_id = max(self.last_id + 1, (int(time.time() * 1000) - EPOCH_MS) << 22)
        return str(self.last_id)

    def new_message(self, channel_id, body, **more):
        flags = (body.get("flags") or 0) | more.pop("flags", 0)
        return {"id": self.new_id(), "type": 0, "channel_id": channel_id,
                "content": body.get("content") or "", "embeds": body.get("embeds") or [],
                "components": body.get("components") or [], "attachments": [], "mentions": [],
                "mention_roles": [], "mention_everyone": False, "pinned": False,
                "tts": bool(body.get("tts")), "flags": flags, "edited_timestamp": None,
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", time.gmtime()),
                "author": {"id": self.application_id or "1", "username": "besace", "bot": True,
                           "discriminator": "0", "avatar": None}, **more}

    def create_message(self, call):
        refuse_form(rules.validate_message(call.body, "create", files=call.files))
        channel, nonce = call.params["channel"], call.body.get("nonce")
        if call.body.get("enforce_nonce") and (channel, str(nonce)) in self.nonces:
            return 200, self.nonces[channel, str(nonce)]
        message = self.new_message(channel, call.body)
        if nonce is not None:
            message["nonce"] = nonce
            self.nonces[channel, str(nonce)] = message
        self.messages.setdefault(channel, []).append(message)
        return 200, message

    def get_channel(self, call):
        """Every channel is of guild 1 and a text channel, unless a test has described it."""
        id = call.params["channel"]
        described = self.channels.get(id, {})
        if "refused" in described:
            status, code = described["refused"]
            raise Refusal(status, code, "Missing Access" if status == 403 else "Unknown Channel")
        return 200, {"id": id, "type": 0, "guild_id": "1", **described}

    def edit_channel_message(self, call):
        """The bot edits a message of its own."""
        message = next((message for message in self.messages.get(call.params["channel"], ())
                        if message["id"] == call.params["message"]), None)
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        self.change(message, call.body, call.files)
        return 200, message

    def find_token(self, call):
        """The interaction's state; refuses tokens that Discord does not know (any longer)."""
        name = call.params["token"]
        if name not in self.tokens and self.any_token is not None:
            self.add_token(name, **self.any_token)
        token = self.tokens.get(name)
        if token and token.unknown_for > 0:
            token.unknown_for -= 1
            token = None
        if not token or (token.application_id or call.params.get("webhook")) != \
                call.params.get("webhook"):
            raise Refusal(404, 10015, "Unknown Webhook")
        if token.expired:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        return token

    def find_answered(self, call):
        token = self.find_token(call)
        if not token.answered:
            raise Refusal(404, 10015, "Unknown Webhook")
        if token.original is None:
            token.original = self.new_message(
                "1", {} if token.deferred else {"components": [{"type": 10, "content": "…"}]},
                flags=(LOADING if token.deferred else rules.COMPONENTS_V2)
                | (rules.EPHEMERAL if token.ephemeral else 0))
        return token

    def find_message(self, call):
        """The token and the message that the path names, @original or a follow-up."""
        token = self.find_answered(call)
        number = call.params.get("message")
        if number is None or number == token.original["id"]:
            message = None if token.deleted else token.original
        else:
            message = token.follow_ups.get(number)
        if message is None:
            raise Refusal(404, 10008, "Unknown Message")
        return token, message

    def change(self, message, body, files):
        """An edit: what the body names is replaced, the rest stays."""
        had_v2 = bool(message["flags"] & rules.COMPONENTS_V2)
        refuse_form(rules.validate_message(body, "edit", files=files, has_v2=had_v2))
        after = dict(message)
        for key, empty in (("content", ""), ("embeds", []), ("components", [])):
            if key in body:
                after[key] = body[key] or empty
        if "flags" in body:
            keep = message["flags"] & (rules.EPHEMERAL | rules.COMPONENTS_V2)
            after["flags"] = keep | (body["flags"] or 0)
        after["flags"] &= ~LOADING
        if after["flags"] & rules.COMPONENTS_V2 and (after["content"] or after["embeds"]):
            raise Refusal(400, 50035, "Invalid Form Body", rules.as_errors([rules.Fault(
                ("flags",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                "the message still has content or embeds")]))
        if not (after["content"].strip() or after["embeds"] or after["components"] or files):
            raise Refusal(400, 50006, "Cannot send an empty message")
        after["edited_timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00",
                                                  time.gmtime())
        message.update(after)

    def edit_message(self, call):
        token, message = self.find_message(call)
        self.change(message, call.body, call.files)
        if message is token.original:
            token.deferred = False
            token.v2 = bool(message["flags"] & rules.COMPONENTS_V2)
        return 200, message

    def get_message(self, call):
        return 200, self.find_message(call)[1]

    def delete_message(self, call):
        token, message = self.find_message(call)
        if message is token.original:
            token.deleted, token.deferred = True, False
        else:
            del token.follow_ups[message["id"]]
        return 204, None

    def follow_up(self, call):
        token = self.find_answered(call)
        refuse_form(rules.validate_message(call.body, "follow_up", files=call.files))
        if token.deferred:  # the first one after a 5 takes its place, and its privacy
            body = {key: value for key, value in call.body.items()
                    if key in rules.MESSAGE_KEYS["edit"] and key != "flags"}
            body["flags"] = (call.body.get("flags") or 0) & rules.MESSAGE_FLAGS["edit"]
            self.change(token.original, body, call.files)
            token.deferred = False
            return 200, token.original
        if token.follow_ups_left is not None:
            if token.follow_ups_left == 0:
                raise Refusal(400, 40094, "This interaction has reached its follow-up limit")
            token.follow_ups_left -= 1
        message = self.new_message("1", call.body)
        token.follow_ups[message["id"]] = message
        return 200, message

    def callback(self, call):
        try:
            token = self.find_token(call)
        except Refusal as refusal:
            raise Refusal(404, 10062, "Unknown interaction") from refusal
        if token.answered:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        refuse_form(rules.validate_callback(call.body, files=call.files,
                                            from_component=token.from_component))
        kind, data = call.body["type"], call.body.get("data") or {}
        token.answered = True
        token.deferred = kind == rules.DEFERRED
        token.ephemeral = bool((data.get("flags") or 0) & rules.EPHEMERAL)
        if kind == rules.MESSAGE:
            token.original = self.new_message("1", data)
        if call.query.get("with_response") not in ("true", "1"):
            return 204, None
        answer = {"interaction": {"id": call.params["id"], "type": 2}}
        if token.original:
            answer["resource"] = {"type": kind, "message": token.original}
        return 200, answer
