"""Names as members choose them: kept exactly, shown safely."""

import pytest

from support.interactions import Member, custom_id
from support.replies import heading, under

NAMES = {
    "quotes": "d'Artagnan \"le Grand\"",
    "sql": "'; DROP TABLE users; --",
    "percent": "100% %s %n {member} $1",
    "backslash": "a\\b\\\\",
    "bold": "**gras** __souligné__",
    "spoiler": "||secret||",
    "code": "```\ncode\n```",
    "link": "[clique](https://exemple.org)",
    "mention": "@everyone <@1> <#2> <@&3>",
    "emoji code": "<:smile:12345>",
    "heading": "# titre\n> cité\n- liste",
    "timestamp": "<t:0:R>",
    "bidi override": "abc\u202edef",
    "isolates": "\u2066a\u2069\u2067b",
    "hebrew": "שלום עולם",
    "arabic": "مرحبا بالعالم",
    "zalgo": "z" + "\u0301\u0302\u0303\u0304\u0305" * 4,
    "combined": "e\u0301te\u0301",
    "emoji": "👩‍👩‍👧‍👦 🇫🇷 🎲",
    "cjk": "東京の花子",
    "thai": "สวัสดี",
    "32 characters": "é" * 32,
    "32 emoji": "😀" * 32,
    "255 characters": "𝔘" * 255,
    "json": '{"a":"\\u0000"}',
    "tabs": "a\tb\r\nc",
}

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_is_kept_exactly_and_shown_escaped(shared, name):
    member = Member(name)
    title = heading(shared.ask(shared.application.command("lc", member)))
    stored = shared.database.one("SELECT username FROM users WHERE user_id = %s", member.id)
    assert stored == name
    assert title.startswith("🪙 ")
    found = title.removeprefix("🪙 ")
    plain = found.replace("\\\\", "\0")
    for special in "*_`|~<>[]@#:":
        assert plain.count(special) == plain.count("\\" + special), found
    assert not set(found.strip("\u2068\u2069")) & set(BIDI + "\n\r\t")


def test_a_name_longer_than_the_column_is_cut_at_a_character(shared):
    member = Member("😀" * 300)
    for _ in range(2):
        shared.ask(shared.application.command("lc", member))
    stored = shared.database.one("SELECT username FROM users WHERE user_id = %s", member.id)
    assert stored == "😀" * 255


@pytest.mark.parametrize("name", ["\u200b", "\u3164\u3164", " ", "\u202e\u202c", "\u0301", "\u2800 \u00ad"])
def test_a_name_that_shows_nothing_is_shown_as_the_id(shared, name):
    member = Member(name)
    title = heading(shared.ask(shared.application.command("lc", member)))
    assert title == f"🪙 {member.id}"
    assert shared.database.one("SELECT username FROM users WHERE user_id = %s", member.id) == name


def test_the_nick_here_is_shown_then_the_global_name_then_the_handle(shared):
    for nick, global_name, expected in (("Nick", "Global", "Nick"), (None, "Global", "Global"),
                                        (None, None, "handle"), ("\u200b", "Global", "handle"),
                                        ("*Nick*", None, "\\*Nick\\*")):
        member = Member("handle", nick=nick, global_name=global_name)
        title = heading(shared.ask(shared.application.command("lc", member)))
        assert title == f"🪙 {expected}"
        assert shared.database.one(
            "SELECT username FROM users WHERE user_id = %s", member.id) == "handle"


def test_a_nick_is_shown_for_somebody_named_too(shared, member):
    other = Member("handle", nick="Surnom")
    reply = shared.ask(shared.application.command("lc", member, ("membre", other)))
    assert "Surnom" in heading(reply)
    reply = shared.ask(shared.application.user_command("Voir le solde", member, other))
    assert "Surnom" in heading(reply)


def name_of(shared, member):
    return shared.database.one("SELECT username FROM users WHERE user_id = %s", member.id)


def test_a_newer_sight_renames_and_an_older_one_does_not(shared):
    import time
    app, now = shared.application, int(time.time())
    old, new = Member("old name"), Member("new name")
    new.id = old.id
    shared.ask(app.command("lc", old), now - 100)
    assert name_of(shared, old) == "old name"
    shared.ask(app.command("lc", new), now - 50)
    assert name_of(shared, old) == "new name"
    shared.ask(app.command("lc", old), now - 80)
    assert name_of(shared, old) == "new name"
    shared.ask(app.command("sac", old), now - 80)
    assert name_of(shared, old) == "new name"


def test_a_press_renames_too(shared, member):
    import time
    app, now = shared.application, int(time.time())
    shared.database.add_member(member, jackpot=2)
    shared.ask(app.press(custom_id("sac", "jackpot", owner=member.id), Member("second", id=member.id)), now - 50)
    assert name_of(shared, member) == "second"
    shared.ask(app.press(custom_id("sac", "jackpot", owner=member.id), Member("first", id=member.id)), now - 90)
    assert name_of(shared, member) == "second"
    assert shared.database.items(member) == 0


def test_being_named_renames_too(shared, member):
    other = Member("before")
    shared.ask(shared.application.command("lc", member, ("membre", other)))
    other.username = "after"
    shared.ask(shared.application.command("lc", member, ("membre", other)))
    assert name_of(shared, other) == "after"


def test_a_hundred_first_contacts_at_once_make_one_member(shared, member):
    app = shared.application
    requests = [shared.signed(app.command("lc", member)) for _ in range(100)]
    replies = shared.together(requests)
    assert {reply.status for reply in replies} == {200}
    assert {under(reply.json()) for reply in replies} == {"# 25 LC"}


def test_two_members_who_name_each_other_never_wait_for_each_other(shared):
    app = shared.application
    pairs = [(Member(), Member()) for _ in range(30)]
    requests = []
    for one, two in pairs:
        requests.append(shared.signed(app.command("lc", one, ("membre", two))))
        requests.append(shared.signed(app.command("lc", two, ("membre", one))))
    replies = shared.together(requests)
    assert all(under(reply.json()) == "# 25 LC" for reply in replies)
