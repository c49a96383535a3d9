"""The rules of the stand-in: for each one body that keeps it and one that breaks it alone."""

import copy

import pytest

from standin import rules
from support.standin_rules import (V2, choices, command, label, large, message, options, places,
                                   text, text_input, with_embed)


def row(*components):
    return {"type": 1, "components": list(components)}


def button(custom_id="a", **more):
    return {"type": 2, "style": 1, "label": "Ouvrir", "custom_id": custom_id, **more}


def link(**more):
    return {"type": 2, "style": 5, "label": "Aide", "url": "https://example.org", **more}


def select(custom_id="s", count=2, **more):
    return {"type": 3, "custom_id": custom_id, "options": options(count), **more}


def user_select(**more):
    return {"type": 5, "custom_id": "u", **more}


def with_rows(*rows):
    return message(components=list(rows))


def with_components(*components):
    return {"flags": V2, "components": list(components)}


def with_field(name="n", value="v", **more):
    return with_embed(fields=[{"name": name, "value": value, **more}])


def fields(count):
    return [{"name": "n", "value": "v"}] * count


def mentions(**allowed):
    return message(allowed_mentions=allowed)


def ids(count):
    return [str(i + 1) for i in range(count)]


# (what the rule is about, right body, wrong body, where the fault is); kind "create".
MESSAGES = [
    ("content above 2000", message(content="x" * 2000), message(content="x" * 2001), "content"),
    ("blanks at the ends do not count", message(content=" " + "x" * 2000 + "\n"),
     message(content="." + "x" * 2000 + "\n"), "content"),
    ("content as a number", {**with_embed(title="t"), "content": "1"},
     {**with_embed(title="t"), "content": 1}, "content"),
    ("nothing in it", {"content": "x"}, {"content": " "}, "body"),
    ("a misspelt key", message(embeds=[]), message(embed=[]), "embed"),
    ("tts as a text", message(tts=True), message(tts="true"), "tts"),
    ("flags as a text", message(flags=4), message(flags="4"), "flags"),
    ("flags that cannot be set", message(flags=4096), message(flags=64), "flags"),
    ("nonce above 25", message(nonce="x" * 25), message(nonce="x" * 26), "nonce"),
    ("enforce_nonce without one", message(nonce="x", enforce_nonce=True),
     message(enforce_nonce=True), "nonce"),
    ("no id to refer to", message(message_reference={"message_id": "1"}),
     message(message_reference={}), "message_reference.message_id"),
    ("attachments without a file", message(attachments=[]), message(attachments=[{"id": "0"}]),
     "attachments.0.id"),
    ("a poll without answers",
     message(poll={"question": {"text": "?"}, "answers": [{"poll_media": {"text": "a"}}]}),
     message(poll={"question": {"text": "?"}, "answers": []}), "poll.answers"),
    # embeds
    ("ten embeds", {"embeds": [{"title": "t"}] * 10}, {"embeds": [{"title": "t"}] * 11},
     "embeds"),
    ("an empty embed", with_embed(title="t"), with_embed(color=1), "embeds.0"),
    ("an embed's unknown key", with_embed(title="t"), with_embed(title="t", colour=1),
     "embeds.0.colour"),
    ("title above 256", with_embed(title="x" * 256), with_embed(title="x" * 257),
     "embeds.0.title"),
    ("description above 4096", with_embed(description="x" * 4096),
     with_embed(description="x" * 4097), "embeds.0.description"),
    ("25 fields", with_embed(fields=fields(25)), with_embed(fields=fields(26)),
     "embeds.0.fields"),
    ("field name above 256", with_field("x" * 256), with_field("x" * 257),
     "embeds.0.fields.0.name"),
    ("a blank field name", with_field("\u200b"), with_field(" "), "embeds.0.fields.0.name"),
    ("field value above 1024", with_field(value="x" * 1024), with_field(value="x" * 1025),
     "embeds.0.fields.0.value"),
    ("a field without a value", with_field(), with_embed(fields=[{"name": "n"}]),
     "embeds.0.fields.0.value"),
    ("inline as a number", with_field(inline=True), with_field(inline=1),
     "embeds.0.fields.0.inline"),
    ("footer above 2048", with_embed(footer={"text": "x" * 2048}),
     with_embed(footer={"text": "x" * 2049}), "embeds.0.footer.text"),
    ("author above 256", with_embed(author={"name": "x" * 256}),
     with_embed(author={"name": "x" * 257}), "embeds.0.author.name"),
    ("6000 characters in all embeds",
     {"embeds": [{"description": "x" * 3000}, {"description": "y" * 2999, "title": "z"}]},
     {"embeds": [{"description": "x" * 3000}, {"description": "y" * 3000, "title": "z"}]},
     "embeds"),
    ("colour", with_embed(title="t", color=0xFFFFFF), with_embed(title="t", color=0x1000000),
     "embeds.0.color"),
    ("timestamp", with_embed(title="t", timestamp="2026-08-06T12:00:00.000Z"),
     with_embed(title="t", timestamp="yesterday"), "embeds.0.timestamp"),
    ("a URL's scheme", with_embed(title="t", url="https://example.org"),
     with_embed(title="t", url="ftp://example.org"), "embeds.0.url"),
    ("a URL above 2048", with_embed(title="t", url="https://e.org/" + "x" * 2034),
     with_embed(title="t", url="https://e.org/" + "x" * 2035), "embeds.0.url"),
    ("a picture that is not sent", with_embed(image={"url": "https://e.org/a.png"}),
     with_embed(image={"url": "attachment://a.png"}), "embeds.0.image.url"),
    # mentions
    ("what is parsed", mentions(parse=["users", "roles", "everyone"]), mentions(parse=["here"]),
     "allowed_mentions.parse.0"),
    ("parse and a list of users", mentions(parse=["roles"], users=["1"]),
     mentions(parse=["users"], users=["1"]), "allowed_mentions.parse"),
    ("parse and a list of roles", mentions(parse=["users"], roles=["1"]),
     mentions(parse=["roles"], roles=["1"]), "allowed_mentions.parse"),
    ("100 users", mentions(users=ids(100)), mentions(users=ids(101)), "allowed_mentions.users"),
    ("ids as numbers", mentions(users=["1"]), mentions(users=[1]), "allowed_mentions.users.0"),
    ("an id twice", mentions(users=["1", "2"]), mentions(users=["1", "1"]),
     "allowed_mentions.users"),
    # rows and buttons
    ("five rows", with_rows(*[row(button(str(i))) for i in range(5)]),
     with_rows(*[row(button(str(i))) for i in range(6)]), "components"),
    ("five buttons", with_rows(row(*[button(str(i)) for i in range(5)])),
     with_rows(row(*[button(str(i)) for i in range(6)])), "components.0.components"),
    ("an empty row", with_rows(row(button())), with_rows(row()), "components.0.components"),
    ("a button outside a row", with_rows(row(button())), with_rows(button()),
     "components.0.type"),
    ("a button beside a select", with_rows(row(button()), row(select())),
     with_rows(row(button(), select())), "components.0.components"),
    ("two selects in a row", with_rows(row(select("a")), row(select("b"))),
     with_rows(row(select("a"), select("b"))), "components.0.components"),
    ("a text input in a message", with_rows(row(select())),
     with_rows(row({"type": 4, "custom_id": "t", "style": 1, "label": "l"})),
     "components.0.components.0.type"),
    ("a type that does not exist", with_rows(row(button())), with_rows({"type": 15}),
     "components.0.type"),
    ("custom_id twice", with_rows(row(button("a"), button("b"))),
     with_rows(row(button("a")), row(button("a"))), "components.1.components.0.custom_id"),
    ("component id twice", with_rows(row(button("a", id=1), button("b", id=2))),
     with_rows(row(button("a", id=1), button("b", id=1))), "components.0.components.1.id"),
    ("custom_id above 100", with_rows(row(button("x" * 100))), with_rows(row(button("x" * 101))),
     "components.0.components.0.custom_id"),
    ("an empty custom_id", with_rows(row(button("x"))), with_rows(row(button(""))),
     "components.0.components.0.custom_id"),
    ("a button without custom_id", with_rows(row(button())),
     with_rows(row({"type": 2, "style": 1, "label": "l"})),
     "components.0.components.0.custom_id"),
    ("a button without style", with_rows(row(button())),
     with_rows(row({"type": 2, "custom_id": "a", "label": "l"})),
     "components.0.components.0.style"),
    ("a button's style", with_rows(row(button(style=4))), with_rows(row(button(style=7))),
     "components.0.components.0.style"),
    ("a link with custom_id", with_rows(row(link())), with_rows(row(link(custom_id="a"))),
     "components.0.components.0.custom_id"),
    ("a link without url", with_rows(row(link())),
     with_rows(row({"type": 2, "style": 5, "label": "l"})), "components.0.components.0.url"),
    ("a link's url above 512", with_rows(row(link(url="https://e.org/" + "x" * 498))),
     with_rows(row(link(url="https://e.org/" + "x" * 499))), "components.0.components.0.url"),
    ("a button with url", with_rows(row(button())),
     with_rows(row(button(url="https://example.org"))), "components.0.components.0.url"),
    ("a premium button with a label", with_rows(row({"type": 2, "style": 6, "sku_id": "1"})),
     with_rows(row({"type": 2, "style": 6, "sku_id": "1", "label": "l"})),
     "components.0.components.0"),
    ("neither label nor emoji", with_rows(row(button(label="", emoji={"name": "🎁"}))),
     with_rows(row(button(label=""))), "components.0.components.0"),
    ("label above 80", with_rows(row(button(label="x" * 80))),
     with_rows(row(button(label="x" * 81))), "components.0.components.0.label"),
    ("an emoji that is none", with_rows(row(button(emoji={"name": "🎁"}))),
     with_rows(row(button(emoji={"name": "gift"}))), "components.0.components.0.emoji.name"),
    ("disabled as a number", with_rows(row(button(disabled=True))),
     with_rows(row(button(disabled=1))), "components.0.components.0.disabled"),
    # selects
    ("25 options", with_rows(row(select(count=25))), with_rows(row(select(count=26))),
     "components.0.components.0.options"),
    ("no options", with_rows(row(select(count=1))), with_rows(row(select(count=0))),
     "components.0.components.0.options"),
    ("an option's value twice", with_rows(row(select())),
     with_rows(row(select(options=options(1) * 2))),
     "components.0.components.0.options.1.value"),
    ("an option's label above 100",
     with_rows(row(select(options=[{"label": "x" * 100, "value": "v"}]))),
     with_rows(row(select(options=[{"label": "x" * 101, "value": "v"}]))),
     "components.0.components.0.options.0.label"),
    ("an option's description above 100",
     with_rows(row(select(options=[{"label": "l", "value": "v", "description": "x" * 100}]))),
     with_rows(row(select(options=[{"label": "l", "value": "v", "description": "x" * 101}]))),
     "components.0.components.0.options.0.description"),
    ("more defaults than max_values",
     with_rows(row(select(options=[{"label": "l", "value": "v", "default": True}]))),
     with_rows(row(select(options=[{"label": "l", "value": str(i), "default": True}
                                   for i in range(2)]))), "components.0.components.0.options"),
    ("placeholder above 150", with_rows(row(select(placeholder="x" * 150))),
     with_rows(row(select(placeholder="x" * 151))), "components.0.components.0.placeholder"),
    ("min_values above max_values", with_rows(row(select(min_values=2, max_values=2))),
     with_rows(row(select(min_values=2))), "components.0.components.0.min_values"),
    ("max_values above 25", with_rows(row(user_select(max_values=25))),
     with_rows(row(user_select(max_values=26))), "components.0.components.0.max_values"),
    ("required in a message", with_rows(row(select())), with_rows(row(select(required=True))),
     "components.0.components.0.required"),
    ("options of a user select", with_rows(row(user_select())),
     with_rows(row(user_select(options=options(1)))), "components.0.components.0.options"),
    ("default values of another kind",
     with_rows(row(user_select(default_values=[{"id": "1", "type": "user"}]))),
     with_rows(row(user_select(default_values=[{"id": "1", "type": "role"}]))),
     "components.0.components.0.default_values.0.type"),
    # V2
    ("V2 with content", with_components(text()), {**with_components(text()), "content": "x"},
     "content"),
    ("V2 with embeds", with_components(text()),
     {**with_components(text()), "embeds": [{"title": "t"}]}, "embeds"),
    ("V2 without its flag", with_components(text()), {"components": [text()]},
     "components.0.type"),
    ("40 components", with_components({"type": 17, "components": [text("x")] * 39}),
     with_components({"type": 17, "components": [text("x")] * 40}), "components"),
    ("4000 characters of text", with_components(text("x" * 2000), text("y" * 2000)),
     with_components(text("x" * 2000), text("y" * 2001)), "components"),
    ("an empty text", with_components(text("x")), with_components(text("")),
     "components.0.content"),
    ("three texts in a section",
     with_components({"type": 9, "components": [text("x")] * 3, "accessory": button()}),
     with_components({"type": 9, "components": [text("x")] * 4, "accessory": button()}),
     "components.0.components"),
    ("a section without accessory",
     with_components({"type": 9, "components": [text("x")], "accessory": link()}),
     with_components({"type": 9, "components": [text("x")]}), "components.0.accessory"),
    ("a container in a container", with_components({"type": 17, "components": [text("x")]}),
     with_components({"type": 17, "components": [{"type": 17, "components": [text("x")]}]}),
     "components.0.components.0.type"),
    ("accent colour", with_components({"type": 17, "components": [text()], "accent_color": 0}),
     with_components({"type": 17, "components": [text()], "accent_color": -1}),
     "components.0.accent_color"),
    ("ten pictures",
     with_components({"type": 12, "items": [{"media": {"url": "https://e.org/a.png"}}] * 10}),
     with_components({"type": 12, "items": [{"media": {"url": "https://e.org/a.png"}}] * 11}),
     "components.0.items"),
    ("a separator's spacing", with_components({"type": 14, "spacing": 2}, text()),
     with_components({"type": 14, "spacing": 3}, text()), "components.0.spacing"),
    ("a file that is not sent", with_components(text()),
     with_components({"type": 13, "file": {"url": "attachment://a.txt"}}),
     "components.0.file.url"),
]


@pytest.mark.parametrize("rule, right, wrong, where", MESSAGES,
                         ids=[case[0] for case in MESSAGES])
def test_a_message(rule, right, wrong, where):
    del rule
    assert rules.validate_message(right, "create") == []
    assert places(rules.validate_message(wrong, "create")) == [where]


def test_files_are_referred_to():
    body = {"embeds": [{"image": {"url": "attachment://a.png"}}],
            "attachments": [{"id": "0", "description": "une carte"}]}
    assert rules.validate_message(body, "create", files=["a.png"]) == []
    assert places(rules.validate_message(body, "create", files=["b.png"])) == \
        ["embeds.0.image.url"]
    body["attachments"][0]["id"] = "1"
    assert places(rules.validate_message(body, "create", files=["a.png"])) == \
        ["attachments.0.id"]
    picture = {"embeds": [{"image": {"url": "attachment://a.txt"}}]}
    assert places(rules.validate_message(picture, "create", files=["a.txt"])) == \
        ["embeds.0.image.url"]


@pytest.mark.parametrize("kind, flags, allowed", [
    ("create", 64, False), ("follow_up", 64, True), ("answer", 64, True), ("edit", 64, False),
    ("create", 4096, True), ("edit", 4096, False), ("edit", 4, True), ("answer", 128, False),
])
def test_flags_by_kind(kind, flags, allowed):
    assert (rules.validate_message(message(flags=flags), kind) == []) == allowed


@pytest.mark.parametrize("kind, key, allowed", [
    ("create", "nonce", True), ("follow_up", "nonce", False), ("answer", "nonce", False),
    ("follow_up", "username", False), ("edit", "attachments", True), ("update", "tts", False),
])
def test_keys_by_kind(kind, key, allowed):
    value = {"nonce": "n", "username": "u", "attachments": [], "tts": True}[key]
    assert (rules.validate_message(message(**{key: value}), kind) == []) == allowed


def test_edits_may_be_empty_but_keep_v2():
    assert rules.validate_message({"components": []}, "edit") == []
    assert places(rules.validate_message({"content": "x"}, "edit", has_v2=True)) == ["content"]
    assert rules.validate_message({"content": None, "components": [text()]}, "edit",
                                  has_v2=True) == []


def modal(*components, **more):
    return {"type": 9, "data": {"custom_id": "m", "title": "Mise",
                                "components": list(components or [label()]), **more}}


# (rule, type of interaction, right answer, wrong answer, where the fault is)
CALLBACKS = [
    ("the type is missing", 2, {"type": 5}, {}, "type"),
    ("the type is a text", 2, {"type": 5}, {"type": "5"}, "type"),
    ("the type does not exist", 2, {"type": 5}, {"type": 2}, "type"),
    ("premium is gone", 2, {"type": 5}, {"type": 10}, "type"),
    ("only PONG for PING", 1, {"type": 1}, {"type": 5}, "type"),
    ("no PONG for a command", 2, {"type": 5}, {"type": 1}, "type"),
    ("no update of a command", 2, {"type": 5}, {"type": 6}, "type"),
    ("only choices for autocompletion", 4, choices("a"), {"type": 5}, "type"),
    ("no modal for a modal", 5, {"type": 5}, modal(), "type"),
    ("no choices for a component", 3, {"type": 6}, choices("a"), "type"),
    ("PONG has no data", 1, {"type": 1}, {"type": 1, "data": {}}, "data"),
    ("flags at the top", 2, {"type": 4, "data": message(flags=64)},
     {"type": 4, "data": message(), "flags": 64}, "flags"),
    ("a message without data", 2, {"type": 4, "data": message()}, {"type": 4}, "data"),
    ("a message with empty data", 2, {"type": 4, "data": message()}, {"type": 4, "data": {}},
     "data"),
    ("an update without data", 3, {"type": 7, "data": {"content": "x"}}, {"type": 7}, "data"),
    ("a deferral has one flag", 2, {"type": 5, "data": {"flags": 64}},
     {"type": 5, "data": {"flags": V2}}, "data.flags"),
    ("a deferral has no content", 2, {"type": 5, "data": {}},
     {"type": 5, "data": {"content": "x"}}, "data.content"),
    ("the message is checked", 2, {"type": 4, "data": message()},
     {"type": 4, "data": message(content="x" * 2001)}, "data.content"),
    ("the update is checked", 3, {"type": 7, "data": message()},
     {"type": 7, "data": message(content="x" * 2001)}, "data.content"),
    ("choices are needed", 4, choices(), {"type": 8, "data": {}}, "data.choices"),
    ("25 choices", 4, choices(*"abcdefghijklmnopqrstuvwxy"),
     choices(*"abcdefghijklmnopqrstuvwxyz"), "data.choices"),
    ("a choice's name above 100", 4, choices("a", name="x" * 100), choices("a", name="x" * 101),
     "data.choices.0.name"),
    ("a choice's value above 100", 4, choices("x" * 100), choices("x" * 101),
     "data.choices.0.value"),
    ("texts and numbers mixed", 4, choices(1, 2.5), choices("a", 1), "data.choices"),
    ("modal without custom_id", 2, modal(), modal(custom_id=None), "data.custom_id"),
    ("modal title above 45", 2, modal(title="x" * 45), modal(title="x" * 46), "data.title"),
    ("five components in a modal", 2,
     modal(*[label(text_input(custom_id=str(i))) for i in range(5)]),
     modal(*[label(text_input(custom_id=str(i))) for i in range(6)]), "data.components"),
    ("a button in a modal", 2, modal(), modal(row(button())),
     "data.components.0.components.0.type"),
    ("a naked text input", 2, modal(row(text_input(label="l"))), modal(text_input(label="l")),
     "data.components.0.type"),
    ("custom_id twice in a modal", 2, modal(label(), label(text_input(custom_id="u"))),
     modal(label(), label()), "data.components.1.component.custom_id"),
    ("label above 45", 2, modal(label(label="x" * 45)), modal(label(label="x" * 46)),
     "data.components.0.label"),
    ("label description above 100", 2, modal(label(description="x" * 100)),
     modal(label(description="x" * 101)), "data.components.0.description"),
    ("a labelled input in a label", 2, modal(label(text_input())),
     modal(label(text_input(label="l"))), "data.components.0.component.label"),
    ("an input without label in a row", 2, modal(row(text_input(label="l"))),
     modal(row(text_input())), "data.components.0.components.0.label"),
    ("min_length above max_length", 2, modal(label(text_input(min_length=5, max_length=5))),
     modal(label(text_input(min_length=6, max_length=5))),
     "data.components.0.component.min_length"),
    ("max_length above 4000", 2, modal(label(text_input(max_length=4000))),
     modal(label(text_input(max_length=4001))), "data.components.0.component.max_length"),
    ("input placeholder above 100", 2, modal(label(text_input(placeholder="x" * 100))),
     modal(label(text_input(placeholder="x" * 101))),
     "data.components.0.component.placeholder"),
    ("an input's style", 2, modal(label(text_input(style=2))),
     modal(label(text_input(style=3))), "data.components.0.component.style"),
    ("a disabled select in a modal", 2, modal(label(select())),
     modal(label(select(disabled=True))), "data.components.0.component.disabled"),
    ("min_values 0 of a required select", 2,
     modal(label(select(min_values=0, required=False))), modal(label(select(min_values=0))),
     "data.components.0.component.min_values"),
    ("two radio options", 2,
     modal(label({"type": 21, "custom_id": "r", "options": options(2)})),
     modal(label({"type": 21, "custom_id": "r", "options": options(1)})),
     "data.components.0.component.options"),
    ("ten check boxes", 2,
     modal(label({"type": 22, "custom_id": "c", "options": options(10)})),
     modal(label({"type": 22, "custom_id": "c", "options": options(11)})),
     "data.components.0.component.options"),
    ("ten uploads", 2, modal(label({"type": 19, "custom_id": "f", "max_values": 10})),
     modal(label({"type": 19, "custom_id": "f", "max_values": 11})),
     "data.components.0.component.max_values"),
]


@pytest.mark.parametrize("rule, interaction, right, wrong, where", CALLBACKS,
                         ids=[case[0] for case in CALLBACKS])
def test_a_callback(rule, interaction, right, wrong, where):
    del rule
    assert rules.validate_callback(right, interaction) == []
    assert places(rules.validate_callback(wrong, interaction)) == [where]


def test_updates_after_a_modal_need_a_component():
    assert rules.validate_callback({"type": 6}, 5, from_component=True) == []
    assert places(rules.validate_callback({"type": 6}, 5)) == ["type"]


def test_a_whole_callback_is_a_kind_of_message():
    assert rules.validate_message({"type": 4, "data": message()}, "callback") == []
    assert rules.validate_message({"type": 4, "data": {}}, "callback") != []


def option(name="montant", kind=4, **more):
    return {"type": kind, "name": name, "description": "Combien", **more}


def with_option(name="montant", kind=4, **more):
    return command(options=[option(name, kind, **more)])


def sub(name="lc", *inner):
    return {"type": 1, "name": name, "description": "d", "options": list(inner)}


def group(name="groupe", *inner):
    return {"type": 2, "name": name, "description": "d", "options": list(inner)}


def choice(value=1, **more):
    return {"name": "c", "value": value, **more}


COMMANDS = [
    ("a name in lower case", command("épée"), command("Sac"), "0.name"),
    ("a name without blanks", command("mon-sac"), command("mon sac"), "0.name"),
    ("a name of 32", command("x" * 32), command("x" * 33), "0.name"),
    ("an empty name", command("x"), command(""), "0.name"),
    ("digits and quotes", command("007"), command("c21!"), "0.name"),
    ("Devanagari with its signs", command("नमस्ते"), command("👍"), "0.name"),
    ("a description is needed", command(), {"name": "don"}, "0.description"),
    ("a description of 100", command(description="x" * 100), command(description="x" * 101),
     "0.description"),
    ("user commands have no description", {"name": "Voir le niveau", "type": 2},
     {"name": "Voir le niveau", "type": 2, "description": "x"}, "0.description"),
    ("message commands have no options", {"name": "Voir", "type": 3},
     {"name": "Voir", "type": 3, "options": [option()]}, "0.options"),
    ("a type that does not exist", {"name": "Voir", "type": 3}, {"name": "Voir", "type": 5},
     "0.type"),
    ("a misspelt key", command(nsfw=True), command(NSFW=True), "0.NSFW"),
    ("what Discord adds", command(id="1"), command(application_id="1"), "0.application_id"),
    ("permissions as a text", command(default_member_permissions="32"),
     command(default_member_permissions=32), "0.default_member_permissions"),
    ("contexts", command(contexts=[0, 1, 2]), command(contexts=[3]), "0.contexts.0"),
    ("a context twice", command(contexts=[0, 1]), command(contexts=[0, 0]), "0.contexts"),
    ("integration types", command(integration_types=[0, 1]), command(integration_types=[2]),
     "0.integration_types.0"),
    ("locales", command(name_localizations={"fr": "don"}),
     command(name_localizations={"fr-FR": "don"}), "0.name_localizations.fr-FR"),
    ("localised names", command(name_localizations={"fr": "don"}),
     command(name_localizations={"fr": "Don"}), "0.name_localizations.fr"),
    ("localised descriptions", command(description_localizations={"fr": "x" * 100}),
     command(description_localizations={"fr": "x" * 101}), "0.description_localizations.fr"),
    ("25 options", command(options=[option(f"o{i}") for i in range(25)]),
     command(options=[option(f"o{i}") for i in range(26)]), "0.options"),
    ("required ones first", command(options=[option("a", required=True), option("b")]),
     command(options=[option("a"), option("b", required=True)]), "0.options.1.required"),
    ("an option twice", command(options=[option("a"), option("b")]),
     command(options=[option("a"), option("a")]), "0.options.1.name"),
    ("a localised name twice",
     command(options=[option("a", name_localizations={"fr": "c"}), option("b")]),
     command(options=[option("a", name_localizations={"fr": "b"}), option("b")]),
     "0.options.1.name"),
    ("an option's name", with_option("montant"), with_option("Montant"), "0.options.0.name"),
    ("an option's type", with_option(kind=11), with_option(kind=12), "0.options.0.type"),
    ("an option's unknown key", with_option(required=True), with_option(require=True),
     "0.options.0.require"),
    ("choices of a user option", with_option(choices=[choice()]),
     with_option(kind=6, choices=[]), "0.options.0.choices"),
    ("25 choices", with_option(choices=[choice(i, name=str(i)) for i in range(25)]),
     with_option(choices=[choice(i, name=str(i)) for i in range(26)]), "0.options.0.choices"),
    ("a choice's name twice", with_option(choices=[choice(1), choice(2, name="d")]),
     with_option(choices=[choice(1), choice(2)]), "0.options.0.choices.1.name"),
    ("a choice's type", with_option(choices=[choice(1)]), with_option(choices=[choice("1")]),
     "0.options.0.choices.0.value"),
    ("a choice's value above 100", with_option(kind=3, choices=[choice("x" * 100)]),
     with_option(kind=3, choices=[choice("x" * 101)]), "0.options.0.choices.0.value"),
    ("autocomplete excludes choices", with_option(autocomplete=True),
     with_option(autocomplete=True, choices=[choice()]), "0.options.0.choices"),
    ("autocomplete of a user", with_option(autocomplete=True),
     with_option(kind=6, autocomplete=True), "0.options.0.autocomplete"),
    ("bounds", with_option(min_value=1, max_value=1), with_option(min_value=2, max_value=1),
     "0.options.0"),
    ("bounds of an integer", with_option(min_value=1), with_option(min_value=1.5),
     "0.options.0.min_value"),
    ("an integer's bounds beyond 2^53", with_option(max_value=2 ** 53 - 1),
     with_option(max_value=2 ** 53), "0.options.0.max_value"),
    ("a number's bounds beyond 2^53", with_option(kind=10, min_value=-2 ** 53),
     with_option(kind=10, min_value=-2 ** 53 - 1), "0.options.0.min_value"),
    ("an integer choice beyond 2^53", with_option(choices=[choice(2 ** 53 - 1)]),
     with_option(choices=[choice(2 ** 53)]), "0.options.0.choices.0.value"),
    ("bounds of a text", with_option(kind=3, max_length=6000),
     with_option(kind=3, max_length=6001), "0.options.0.max_length"),
    ("min_value of a text", with_option(kind=3, min_length=1), with_option(kind=3, min_value=1),
     "0.options.0.min_value"),
    ("channel types", with_option(kind=7, channel_types=[0, 2]),
     with_option(kind=7, channel_types=[6]), "0.options.0.channel_types.0"),
    ("sub-commands beside options", command(options=[sub("a"), sub("b")]),
     command(options=[sub("a"), option()]), "0.options"),
    ("a sub-command in a sub-command", command(options=[sub("a", option())]),
     command(options=[sub("a", sub("b"))]), "0.options.0.options.0.type"),
    ("a group in a group", command(options=[group("a", sub())]),
     command(options=[group("a", group("b", sub()))]), "0.options.0.options.0.type"),
    ("an option in a group", command(options=[group("a", sub("b", option()))]),
     command(options=[group("a", option())]), "0.options.0.options.0.type"),
    ("an empty group", command(options=[group("a", sub())]), command(options=[group("a")]),
     "0.options.0.options"),
    ("8000 characters", large(8000), large(8001), "0"),
]


@pytest.mark.parametrize("rule, right, wrong, where", COMMANDS, ids=[case[0] for case in COMMANDS])
def test_a_command(rule, right, wrong, where):
    del rule
    assert rules.validate_commands([right]) == []
    assert places(rules.validate_commands([wrong])) == [where]


def test_how_many_commands():
    def chat(count):
        return [command(f"c{i}") for i in range(count)]

    def context(count, kind):
        return [{"name": f"C{i}", "type": kind} for i in range(count)]

    assert rules.validate_commands(chat(100) + context(15, 2) + context(15, 3)) == []
    for many in (chat(101), context(16, 2), context(16, 3)):
        assert [fault.code for fault in rules.validate_commands(many)] == ["MAX_COMMANDS"]


def test_names_are_unique_by_type():
    assert rules.validate_commands([command("sac"), {"name": "sac", "type": 2}]) == []
    assert places(rules.validate_commands([command("sac"), command("sac")])) == ["1.name"]


def test_a_guilds_commands_have_no_contexts():
    assert rules.validate_commands([command(contexts=[0])], "global") == []
    assert places(rules.validate_commands([command(contexts=[0])], "guild")) == ["0.contexts"]


def test_only_the_longest_language_counts():
    small = command(name_localizations={"fr": "d" * 32, "de": "d" * 30})
    assert rules.command_size(small) == 32 + len("Donne")


def test_rubbish_is_refused_without_a_crash():
    """Whatever replaces any part of a good body, the answer is a list of faults."""
    bodies = [(lambda body: rules.validate_callback(body, 2), right)
              for _, kind, right, *_ in CALLBACKS if kind == 2]
    bodies += [(lambda body: rules.validate_message(body, "create"), right)
               for _, right, *_ in MESSAGES]
    bodies += [(rules.validate_commands, [right]) for _, right, *_ in COMMANDS]

    def paths(value, path=()):
        yield path
        steps = value.items() if isinstance(value, dict) else \
            enumerate(value) if isinstance(value, list) else ()
        for step, inner in steps:
            yield from paths(inner, (*path, step))

    for check, right in bodies:
        for path in paths(right):
            for rubbish in (None, 1, 1.5, True, "x", [], {}, [None], [[]], {"x": 1}):
                body = {"body": copy.deepcopy(right)}
                at = body
                for step in ("body", *path)[:-1]:
                    at = at[step]
                at[("body", *path)[-1]] = rubbish
                assert isinstance(check(body["body"]), list)
