"""What an announcement of every fifth level brings beside its words: how few are higher, and "Bravo"."""

import concurrent.futures
import contextlib
import struct
from urllib.parse import urlsplit

import pytest

from support.buttons import buttons
from support.events import add_earner
from support.golden import LOCALES, compare
from support.interactions import Application, Member, custom_id
from support.levels import level_start, rise
from support.replies import components, is_refusal, message, shown
from support.roles import reward, setting
from support.wait import until
from support.web import LINK_KEY

CHANNEL = "1400000000000000777"
UPDATE, THUMBNAIL = 7, 11


@pytest.fixture
def settings(discord):
    return {"DISCORD_API_URL": discord.url, "DISCORD_BOT_TOKEN": "bot.token.test",
            "BESACE_LEVEL_CHANNEL_ID": CHANNEL}


@pytest.fixture
def announcer(start, database, settings):
    service = start(database, **settings)
    until(lambda: database.one("SELECT count(guild_id) FROM besace_announce_default"), "known")
    return service


def announced(database, discord, member, level):
    """The message that announces MEMBER's LEVEL."""
    before = len(discord.messages.get(CHANNEL, []))
    rise(database, member, level)
    discord.wait_for(lambda: len(discord.messages.get(CHANNEL, [])) > before)
    return discord.messages[CHANNEL][before]


def bravo(reply):
    """(label, custom id) of the button that congratulates."""
    [found] = [each for label, each in buttons(reply).items() if label.startswith(("Bravo", "Congrats"))]
    return found["label"], found["custom_id"]


def crowd(database, *levels):
    """A member at the beginning of each of LEVELS."""
    for level in levels:
        database.run("INSERT INTO users (guild_id, user_id, username, xp) VALUES ('1', %s, 'm', %s)",
                     Member().id, level_start(level))


# -- how few are higher


@pytest.mark.parametrize("levels, above", [
    ([1] * 9, 0), ([6] + [1] * 8, 1), ([6] + [1] * 9, 1), ([6, 6] + [1] * 16, -1), ([6, 6] + [1] * 17, 2),
    ([1] * 8, -1), ([5] * 9, 0), ([7] * 20 + [1] * 179, 20), ([7] * 21 + [1] * 199, -1)])
def test_a_feat_is_to_have_few_above(database, levels, above):
    """No more than 20, and no more than a tenth of at least ten members, the risen one among them.
    Whoever is on the same level is not higher."""
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    member = add_earner(database)
    crowd(database, *levels)
    rise(database, member, 5)
    assert database.one("SELECT (body -> 'above')::int FROM besace_outbox_take('a', 1, 60, '{}')") == above


@pytest.mark.parametrize("columns, level", [
    ({"show_others": False}, 5), ({"announce_text": "{niveau}"}, 5), ({}, 4)])
def test_nothing_is_told_of_others_where_it_is_not_meant(database, columns, level):
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    setting(database, **columns)
    member = add_earner(database)
    crowd(database, *[1] * 20)
    rise(database, member, level)
    assert database.one("SELECT (body -> 'above')::int FROM besace_outbox_take('a', 1, 60, '{}')") == -1


def test_a_message_that_is_sent_again_says_the_same(database):
    """Its sender was killed: who has it next does not look again at what is true by then."""
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    member = add_earner(database)
    crowd(database, *[1] * 20)
    rise(database, member, 5)
    [first] = database.run("SELECT id, nonce, body FROM besace_outbox_take('a', 1, 60, '{}')")
    crowd(database, 9)
    setting(database, theme="nuit")
    database.run("UPDATE besace_outbox_channels SET leased_until = now() AT TIME ZONE 'utc' - interval '1 s'")
    assert database.run("SELECT id, nonce, body FROM besace_outbox_take('b', 1, 60, '{}')") == [first]
    assert first[2]["above"] == 0 and first[2]["theme"] == "cognac"


def test_a_message_says_how_few_are_higher(announcer, database, discord):
    member = add_earner(database)
    crowd(database, 6, *[1] * 20)
    assert "-# Une seule personne est montée plus haut." in shown(announced(database, discord, member, 5))


# -- "Bravo"


def test_a_congratulation_counts_once(announcer, database, discord, application):
    member, lou, ana = add_earner(database), Member(), Member()
    posted = announced(database, discord, member, 5)
    label, custom = bravo(posted)
    assert label == "Bravo"
    reply = announcer.ask(application.press(custom, lou))
    assert reply["type"] == UPDATE and bravo(reply) == ("Bravo (1)", custom)
    assert shown(reply) == shown(posted)
    assert message(reply)["allowed_mentions"] == {"parse": []}
    # Twice is once, and is said to who pressed alone.
    again = announcer.ask(application.press(custom, lou, locale="en-US"))
    assert is_refusal(again) and "already said congrats" in shown(again)
    assert bravo(announcer.ask(application.press(custom, ana)))[0] == "Bravo (2)"
    assert database.run("SELECT user_id FROM besace_cheers ORDER BY created_at") == [(lou.id,), (ana.id,)]


def test_nobody_congratulates_themself(announcer, database, discord, application):
    member = add_earner(database)
    _, custom = bravo(announced(database, discord, member, 5))
    reply = announcer.ask(application.press(custom, member))
    assert is_refusal(reply) and "C’est ton niveau" in shown(reply)
    assert database.one("SELECT count(*) FROM besace_cheers") == 0


def test_the_same_press_again_is_the_same_answer(announcer, database, discord, application):
    _, custom = bravo(announced(database, discord, add_earner(database), 5))
    request = announcer.signed(application.press(custom, Member()))
    first = announcer.post(*request)
    assert {reply.body for reply in announcer.together([request] * 8)} == {first.body}
    assert bravo(first.json())[0] == "Bravo (1)"


def test_two_who_press_at_once_are_two(announcer, database, discord, application):
    """Each is told the number that theirs makes: the last answer says how many there are."""
    _, custom = bravo(announced(database, discord, add_earner(database), 5))
    presses = [announcer.signed(application.press(custom, Member())) for _ in range(2)]
    announcer.ask(application.press(custom, Member()))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with contextlib.closing(database.connect()) as holder:
            holder.cursor().execute("SELECT FROM besace_outbox FOR UPDATE")
            replies = [pool.submit(announcer.post, *press) for press in presses]
            until(lambda: database.waiting_for_locks() == 2, "both wait")
    assert sorted(bravo(reply.result().json())[0] for reply in replies) == ["Bravo (2)", "Bravo (3)"]


def test_one_presser_twice_at_once_is_one(announcer, database, discord, application):
    _, custom = bravo(announced(database, discord, add_earner(database), 5))
    member = Member()
    replies = announcer.together([announcer.signed(application.press(custom, member)) for _ in range(6)])
    assert sorted(reply.json()["type"] for reply in replies) == [4] * 5 + [UPDATE]
    assert database.one("SELECT count(*) FROM besace_cheers") == 1


def test_it_counts_in_the_server_of_the_announcement_alone(announcer, database, discord, application):
    """Neither its button nor its number is good elsewhere."""
    _, custom = bravo(announced(database, discord, add_earner(database), 5))
    there = Application()
    there.key, there.id, there.guild_id = application.key, application.id, "2"
    number = database.one("SELECT id FROM besace_outbox")
    for forged in (custom, custom_id("annonces", "bravo", guild="2", number=number),
                   custom_id("annonces", "bravo", number=number)):
        reply = announcer.ask(there.press(forged, Member()))
        assert is_refusal(reply), shown(reply)
    assert database.one("SELECT count(*) FROM besace_cheers") == 0


def test_what_was_not_sent_or_is_not_kept_takes_none(announcer, database, discord, application):
    member = add_earner(database)
    _, custom = bravo(announced(database, discord, member, 5))
    database.run("UPDATE besace_outbox SET taken = false")
    assert "trop ancienne" in shown(announcer.ask(application.press(custom, Member())))
    database.run("UPDATE besace_outbox SET taken = true")
    announcer.ask(application.press(custom, Member()))
    database.run("DELETE FROM besace_outbox")  # as the sweep does, 30 days after
    assert database.one("SELECT count(*) FROM besace_cheers") == 0
    reply = announcer.ask(application.press(custom, Member()))
    assert is_refusal(reply) and "trop ancienne" in shown(reply)
    for rubbish in (custom_id("annonces", "bravo", guild="1"),
                    custom_id("annonces", "bravo", guild="1", number=0),
                    custom_id("annonces", "bravo", guild="1", number=2**62)):
        assert is_refusal(announcer.ask(application.press(rubbish, Member())))


def test_a_burst_is_congratulated_as_one(announcer, database, discord, application):
    """What is gathered has a button when it is sent, and says all of it again when it is pressed."""
    member = add_earner(database)
    announced(database, discord, member, 2)
    reward(database, "507", 7)
    for level in (4, 7, 11):
        rise(database, member, level)
    before = len(discord.messages[CHANNEL])
    database.run("UPDATE besace_outbox SET created_at = created_at - interval '61 s',"
                 " send_at = send_at - interval '61 s'")
    discord.wait_for(lambda: len(discord.messages[CHANNEL]) > before)
    posted = discord.messages[CHANNEL][before]
    assert "niveau 11" in shown(posted) and "2 jackpots" in shown(posted) and "<@&507>" in shown(posted)
    reply = announcer.ask(application.press(bravo(posted)[1], Member()))
    assert shown(reply) == shown(posted) and bravo(reply)[0] == "Bravo (1)"


def test_who_is_erased_has_congratulated_nobody(announcer, database, discord, application):
    member, lou, ana = add_earner(database), Member(), Member()
    _, custom = bravo(announced(database, discord, member, 5))
    for each in (lou, ana):
        announcer.ask(application.press(custom, each))
    assert database.one("SELECT besace_member_erase('1', %s) ->> 'done'", lou.id) == "true"
    assert database.run("SELECT user_id FROM besace_cheers") == [(ana.id,)]
    assert bravo(announcer.ask(application.press(custom, Member())))[0] == "Bravo (2)"
    # And with the announcement of who is erased they all go.
    assert database.one("SELECT besace_member_erase('1', %s) ->> 'done'", member.id) == "true"
    assert database.one("SELECT count(*) FROM besace_cheers") == 0
    assert "trop ancienne" in shown(announcer.ask(application.press(custom, Member())))


@pytest.mark.parametrize("name", ["level_up", "fr", "nuit", "jackpot"])
def test_who_is_erased_may_be_called_as_a_word_of_ours(database, name):
    """What announces somebody else stays what it was."""
    database.run("INSERT INTO besace_announce_default (channel_id) VALUES ('2')")
    setting(database, theme="nuit", language="fr")
    member, called = add_earner(database), Member(name)
    database.add_member(called)
    rise(database, member, 5)
    [before] = database.run("SELECT body FROM besace_outbox_take('a', 1, 60, '{}')")
    assert (before[0]["kind"], before[0]["locale"], before[0]["theme"]) == ("level_up", "fr", "nuit")
    assert database.one("SELECT besace_member_erase('1', %s) ->> 'done'", called.id) == "true"
    assert database.run("SELECT body FROM besace_outbox") == [before]


def test_a_member_s_file_tells_of_their_congratulations(announcer, database, discord, application):
    member, lou = add_earner(database), Member()
    _, custom = bravo(announced(database, discord, member, 5))
    announcer.ask(application.press(custom, lou))
    assert [detail for what, detail in database.run(
        "SELECT what, detail::jsonb FROM besace_export_passing('1', %s, true)", lou.id)
        if what == "congratulation"] == [{"member": member.id, "level": 5}]


# -- the tag


def test_the_tag_is_drawn_from_its_address(start, database, settings, discord, application, web):
    """It is the same picture when the button was pressed, whatever the theme is by then."""
    site = web(database)
    service = start(database, **settings, BESACE_LINK_KEY=LINK_KEY,
                    BESACE_PUBLIC_URL=site.settings["BESACE_PUBLIC_URL"])
    until(lambda: database.one("SELECT count(guild_id) FROM besace_announce_default"), "known")
    setting(database, theme="foret", language="en")
    posted = announced(database, discord, add_earner(database), 5)
    [tag] = components(posted, THUMBNAIL)
    assert tag["description"] == "Leather tag: level 5"
    url = tag["media"]["url"]
    assert url.startswith(site.settings["BESACE_PUBLIC_URL"] + "/carte/")
    answer = site.request(urlsplit(url).path)
    assert answer.status == 200 and answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.body[1:4] == b"PNG" and struct.unpack(">II", answer.body[16:24]) == (256, 256)
    setting(database, theme="nuit")
    reply = service.ask(application.press(bravo(posted)[1], Member()))
    assert components(reply, THUMBNAIL) == [tag]
    assert site.request(urlsplit(url).path.replace(".png", "A.png")).status == 404


# -- in files


def scenes(service, database, discord, application, language):
    """(title, message) of announcements, and of what their button answers."""
    words = {"locale": language, "guild_locale": language}
    setting(database, language=language[:2])
    reward(database, "510", 10)
    crowd(database, *[12] * 2, *[1] * 40)
    for was, level in ((1, 2), (3, 4), (4, 5), (8, 9), (18, 19), (1, 20), (9, 10)):
        member = Member(id=str(1400000000000001000 + level))
        database.add_member(member, xp=level_start(was))
        database.run("UPDATE users SET level_rewarded = level WHERE user_id = %s", member.id)
        yield f"from level {was} to {level}", announced(database, discord, member, level)
    posted = discord.messages[CHANNEL][-1]
    _, custom = bravo(posted)
    for number in range(2):
        last = service.ask(application.press(custom, Member(), **words))
    yield "two congratulations", last
    for title, presser in (("one's own", Member(id="1400000000000001010")), ("again", Member())):
        if title == "again":
            service.ask(application.press(custom, presser, **words))
        yield title, service.ask(application.press(custom, presser, **words))
    database.run("DELETE FROM besace_outbox")
    yield "too old", service.ask(application.press(custom, Member(), **words))


@pytest.mark.parametrize("language", LOCALES)
def test_every_announcement_is_the_golden_one(start, database, settings, discord, application, language):
    service = start(database, **settings, BESACE_PUBLIC_URL="https://besace.example.org",
                    BESACE_LINK_KEY=LINK_KEY)
    until(lambda: database.one("SELECT count(guild_id) FROM besace_announce_default"), "known")
    shown_as = {}
    for title, reply in scenes(service, database, discord, application, LOCALES[language]):
        kept = message(reply)
        shown_as[title] = {key: kept[key] for key in ("flags", "components", "allowed_mentions") if key in kept}
    compare(f"announcements_{language}.json", shown_as)
