"""From a reply to what besace-web shows behind its addresses: the page, and the card."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from support.buttons import buttons
from support.golden import LOCALES, compare
from support.interactions import Member, custom_id, new_id
from support.replies import GALLERY, LINK, components, is_ephemeral, is_refusal, shown
from support.wait import until
from support.web import LINK_KEY, png

WHOLE = "Classement complet"


@pytest.fixture
def seen(start, database, web):
    """A besace whose replies lead to a besace-web, which is its `site`."""
    site = web(database)
    service = start(database, BESACE_PUBLIC_URL=site.settings["BESACE_PUBLIC_URL"],
                    BESACE_LINK_KEY=LINK_KEY)
    service.site = site
    return service


def link(reply):
    """The address of the link to the page; None: there is none."""
    return buttons(reply).get(WHOLE, {}).get("url")


def opened(site, url):
    """What a browser is shown behind URL."""
    parts = urlsplit(url)
    answer = site.request(f"{parts.path}?{parts.query}", Accept="text/html", Accept_Language="fr")
    assert answer.status == 200, url
    return answer.text


def fill(database, count):
    """Members m0, m1, … with less and less XP."""
    members = [Member(f"m{number}") for number in range(count)]
    for number, member in enumerate(members):
        database.run("INSERT INTO users (guild_id, user_id, username, xp)"
                     " VALUES (:guild, %s, %s, %s)", member.id, member.username, 5000 - number)
    return members


# -- the link to the page


def test_the_leaderboard_leads_to_the_page_with_ones_own_row(seen, database, app):
    members = fill(database, 60)
    reply = seen.ask(app.command("classement", members[55]))
    html = opened(seen.site, link(reply))
    # Everybody can press the link of a public message: the row is marked, and is not "you".
    [mine] = re.findall(r'<section class="mine".*?</section>', html)
    assert ">m55<" in mine and ">56<" in mine and "1 XP derrière m54" in mine
    assert "c’est toi" not in html
    assert html.count("de=") == html.count("de=" + parse_qs(urlsplit(link(reply)).query)["de"][0]) > 10


def test_a_private_leaderboard_leads_to_ones_own_row(seen, database, app):
    members = fill(database, 12)
    level = seen.ask(app.command("niveau", members[0]))
    reply = seen.ask(app.press(buttons(level)["Classement"]["custom_id"], members[3]))
    assert is_ephemeral(reply)
    html = opened(seen.site, link(reply))
    assert re.search(r'<tr class="own"><td>4</td>.*>m3<.*c’est toi', html)


@pytest.mark.parametrize("kind, word", [("lc", "LC"), ("vocal", "Vocal"), ("messages", "Messages")])
def test_the_link_leads_to_the_same_order(seen, database, app, member, kind, word):
    url = link(seen.ask(app.command("classement", member, ("type", kind))))
    assert parse_qs(urlsplit(url).query)["type"] == [kind]
    assert re.search(rf'<a[^>]*aria-current="page"[^>]*>{word}<', opened(seen.site, url))


def test_the_address_is_made_once(seen, database, app):
    replies = seen.together([seen.signed(app.command("classement", Member())) for _ in range(8)])
    addresses = {urlsplit(link(reply.json())).path for reply in replies}
    assert len(addresses) == 1 and re.fullmatch(r"/serveur/[\w-]{22}", addresses.pop())
    assert database.one("SELECT count(*) FROM besace_pages") == 1


def test_a_listed_page_is_linked_by_its_name_and_one_that_is_off_by_nothing(seen, database, app, member):
    database.run("INSERT INTO besace_settings (guild_id, page_visibility, page_name)"
                 " VALUES (:guild, 'listed', 'taverne')")
    database.run("INSERT INTO besace_pages (page_token, guild_id, is_name) VALUES ('taverne', :guild, true)")
    url = link(seen.ask(app.command("classement", member)))
    assert urlsplit(url).path == "/serveur/taverne" and member.username in opened(seen.site, url)
    database.run("UPDATE besace_settings SET page_visibility = 'unlisted'")
    assert re.fullmatch(r"/serveur/[\w-]{22}",
                        urlsplit(link(seen.ask(app.command("classement", member)))).path)
    database.run("UPDATE besace_settings SET page_visibility = 'off'")
    assert link(seen.ask(app.command("classement", member))) is None


def test_where_others_are_hidden_nothing_leads_to_them(seen, database, app, member):
    database.run("INSERT INTO besace_settings (guild_id, show_others) VALUES (:guild, false)")
    assert link(seen.ask(app.command("classement", member))) is None


def test_without_a_public_address_there_is_no_link(shared, app, member):
    reply = shared.ask(app.command("classement", member))
    assert not [button for button in components(reply, 2) if button["style"] == LINK]
    assert "besace" not in shown(reply)


# -- the page in the panel


def misc(app, manager, action="open", **fields):
    """A press that leads to the page of the panel on which the web page stands."""
    body = app.press(custom_id("reglages", action, **(fields or {"word": "misc"})), manager)
    body["member"]["permissions"] = str(1 << 5)
    return body


def test_the_panel_leads_to_the_page_and_renews_its_link(seen, database, app, member):
    first = seen.ask(misc(app, member))
    assert "Voir la page" not in buttons(first)
    renew = app.press(buttons(first)["Créer un lien"]["custom_id"], member)
    renew["member"]["permissions"] = str(1 << 5)
    made = seen.ask(renew)
    url = buttons(made)["Voir la page"]["url"]
    assert made["type"] == 7 and "nouveau lien" in shown(made) and member.username in opened(seen.site, url)
    # Sent again, it renews nothing.
    assert seen.ask(renew) == made
    again = app.press(buttons(made)["Nouveau lien, l’ancien s’éteint"]["custom_id"], member)
    refused = seen.ask(again)
    assert is_refusal(refused) and buttons(seen.ask(misc(app, member)))["Voir la page"]["url"] == url
    again["member"]["permissions"], again["id"] = str(1 << 5), new_id()
    other = buttons(seen.ask(again))["Voir la page"]["url"]
    assert other != url and other in link(seen.ask(app.command("classement", member)))
    until(lambda: seen.site.request(urlsplit(url).path).status == 404, "the old link leads nowhere")


def test_the_panel_leads_to_no_page_that_is_off(seen, database, app, member):
    seen.ask(app.command("classement", member))
    database.run("INSERT INTO besace_settings (guild_id, page_visibility) VALUES (:guild, 'off')")
    assert not {"Voir la page", "Nouveau lien, l’ancien s’éteint"} & set(buttons(seen.ask(misc(app, member))))


# -- the card

HASH, OTHER_HASH = "0123456789abcdef0123456789abcdef", "a_fedcba9876543210fedcba9876543210"
PATHS = {"everywhere": "/avatars/{id}/{hash}.png", "in the guild": "/guilds/1/users/{id}/avatars/{hash}.png"}


@pytest.fixture
def drawn(start, database, web, cdn):
    """drawn(interaction): the picture of the reply, drawn with what the CDN has."""
    site = web(database, DISCORD_CDN_URL=cdn.url)
    service = start(database, BESACE_PUBLIC_URL=site.settings["BESACE_PUBLIC_URL"],
                    BESACE_LINK_KEY=LINK_KEY)

    def draw(interaction):
        [gallery] = components(service.ask(interaction), GALLERY)
        answer = site.request(urlsplit(gallery["items"][0]["media"]["url"]).path)
        assert answer.status == 200 and answer.getheader("Content-Type") == "image/png"
        return answer.body

    return draw


def asked(cdn):
    return [path.split("?")[0] for path in cdn.asked]


@pytest.mark.parametrize("where, pictures", [
    ("everywhere", {"avatar": HASH}), ("in the guild", {"guild_avatar": HASH}),
    ("in the guild", {"avatar": OTHER_HASH, "guild_avatar": HASH}),
    ("everywhere", {"avatar": HASH, "guild_avatar": "../../../x"})])
def test_the_card_shows_the_members_picture(drawn, app, cdn, where, pictures):
    face = Member("face", **pictures)
    path = PATHS[where].format(id=face.id, hash=HASH)
    cdn.pictures[path] = (200, "image/png", png(256))
    assert drawn(app.command("niveau", face)) != drawn(app.command("niveau", Member("face")))
    assert asked(cdn) == [path]


def test_the_card_of_somebody_else_shows_theirs(drawn, app, cdn):
    asker, other = Member(avatar=OTHER_HASH), Member(guild_avatar=HASH)
    drawn(app.command("niveau", asker, ("membre", other)))
    assert asked(cdn) == [PATHS["in the guild"].format(id=other.id, hash=HASH)]


@pytest.mark.parametrize("bad", [
    "", "abc", HASH.upper(), HASH + "0", "b_" + HASH, f"../{HASH[3:]}", "é" * 32, 7, True, [HASH], {"a": HASH}])
def test_what_is_no_hash_is_no_picture(drawn, app, cdn, bad):
    drawn(app.command("niveau", Member(avatar=bad, guild_avatar=bad)))
    assert asked(cdn) == []


def test_in_a_direct_message_the_picture_is_that_of_everywhere(drawn, app, cdn):
    member = Member(avatar=HASH)
    drawn(app.command("niveau", member))
    drawn(app.command("niveau", member, guild=False))
    assert asked(cdn) == [PATHS["everywhere"].format(id=member.id, hash=HASH)]


def test_the_card_has_the_theme_of_the_guild(drawn, database, app, member):
    database.run("INSERT INTO besace_settings (guild_id) VALUES (:guild)")
    cards = set()
    for theme in (None, "cognac", "foret", "nuit", "sable"):
        database.run("UPDATE besace_settings SET theme = %s", theme)
        cards.add(drawn(app.command("niveau", member)))
    assert len(cards) == 4  # cognac is what is not chosen


# -- what members read, in files


def scenes(service, database, app, locale):
    """(title, reply): with pages and pictures."""
    words = {"locale": locale, "guild_locale": locale}
    database.run("INSERT INTO besace_pages (page_token, guild_id, is_name)"
                 " VALUES ('abcdefghijklmnopqrstuv', :guild, false)")
    members = [Member(f"m{number}", id=str(1400000000000000000 + number)) for number in range(1008)]
    for number, member in enumerate(members):
        database.run("INSERT INTO users (guild_id, user_id, username, xp) VALUES (:guild, %s, %s, %s)",
                     member.id, member.username, 249554 - 232 * number)
    lea = members[180]
    first = service.ask(app.command("classement", lea, **words))
    yield "/classement", first
    yield "▶️", service.ask(app.press(buttons(first)["▶️"]["custom_id"], lea, **words))
    face = Member("Maxence", id="1400000000000002000", avatar=HASH, guild_avatar=OTHER_HASH)
    database.add_member(face, xp=125956, balance=1234567)
    database.run("INSERT INTO active_multipliers (guild_id, user_id, multiplier_type, multiplier_value,"
                 " games_remaining) VALUES (:guild, %s, 'multiplier_x2', 2, 2)", face.id)
    yield "/niveau", service.ask(app.command("niveau", face, **words))
    yield "/niveau, a newcomer", service.ask(app.command("niveau", lea, ("membre", Member("Zoé", id="1400000000000003000")), **words))
    own = "Ma place" if locale == "fr" else "My place"
    yield "📍", service.ask(app.press(buttons(first)[own]["custom_id"], lea, **words))


@pytest.mark.parametrize("language", LOCALES)
def test_every_reply_with_a_public_address_is_the_golden_one(start, database, app, language):
    service = start(database, BESACE_PUBLIC_URL="https://besace.example.org", BESACE_LINK_KEY=LINK_KEY)
    compare(f"seen_{language}.json", dict(scenes(service, database, app, LOCALES[language])))
