"""besace-web over HTTP: cards, pages, what everybody may see and nobody else."""

import contextlib
import html.parser
import http.client
import re
import signal
import socket
import subprocess
import threading

import pytest

from support.interactions import GUILD, Member, custom_id
from support.ports import own_port
from support.service import ctl, environment
from support.wait import until
from support.web import BESACE_WEB, LINK_KEY, Site, png

TOKEN = "abcdefghijklmnopqrstuv"
PAGE = f"/serveur/{TOKEN}"


def card(*arguments):
    """The path of a card's address."""
    made = ctl("card", "--address", *arguments, BESACE_LINK_KEY=LINK_KEY)
    assert made.returncode == 0, made.stderr
    return made.stdout.decode().strip()


def add_page(database, token=TOKEN, name="La Taverne"):
    database.run("INSERT INTO besace_guilds (guild_id, name) VALUES (:guild, %s)"
                 " ON CONFLICT (guild_id) DO UPDATE SET name = excluded.name", name)
    return database.one(f"SELECT {database.build()}.besace_page_token(:guild, %s, false)", token)


def add_member(database, name, xp=0, **columns):
    member = Member()
    member.username = name
    database.add_member(member, xp=xp)
    for column, value in columns.items():
        database.run(f"UPDATE users SET {column} = %s WHERE guild_id = %s AND user_id = %s",
                     value, GUILD, member.id)
    return member


class Reader(html.parser.HTMLParser):
    """What a page is made of: tags with their attributes, texts, whether it is balanced."""

    VOID = {"meta", "link", "input", "img", "br"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if data.strip():
            self.texts.append(data.strip())


def page(site, path=PAGE, status=200, **headers):
    answer = site.request(path, Accept="text/html", **headers)
    assert answer.status == status, answer.text
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    return Reader(answer.text)


def names(reader):
    return [text for text in reader.texts if text.startswith("m-")]


def settled(site, path=PAGE, holds=None):
    """The page, once HOLDS(reader): pages of the moment before may be shown for a second."""
    return until(lambda: (lambda reader: reader if holds(reader) else None)(page(site, path)),
                 f"{path} shows it")


# ---- Cards


def test_a_card_is_drawn_from_its_address(web, database):
    site = web("postgresql:///nowhere?host=/nonexistent")
    answer = site.request(card("--name", "Zoé", "--xp", "1250"))
    assert answer.status == 200 and answer.getheader("Content-Type") == "image/png"
    assert answer.body[:8] == b"\x89PNG\r\n\x1a\n"
    assert answer.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert site.request(card("--name", "Zoé", "--xp", "1250")).body == answer.body
    assert site.request(card("--name", "Zoé", "--xp", "1251")).body != answer.body


def test_a_card_that_is_held_is_not_sent_again(web):
    site = web("postgresql:///nowhere?host=/nonexistent")
    path = card("--name", "Zoé")
    etag = site.request(path).getheader("ETag")
    again = site.request(path, If_None_Match=etag)
    assert again.status == 304 and again.body == b"" and again.getheader("ETag") == etag
    assert site.request(path, If_None_Match='"other"').status == 200
    head = site.request(path, "HEAD")
    assert head.status == 200 and head.body == b""
    assert int(head.getheader("Content-Length")) > 10000


def test_only_besace_makes_addresses_of_cards(web):
    site = web("postgresql:///nowhere?host=/nonexistent")
    path = card("--name", "Zoé")
    data, signature = path.removeprefix("/carte/").removesuffix(".png").split(".")
    other = "A" if signature[0] != "A" else "B"
    for bad in (f"{data}.{other}{signature[1:]}.png", f"{data}.{signature}", f"{data}.png",
                f"A{data}.{signature}.png", ".png", "", "x" * 3000 + ".png", f"{data}.{signature}.svg",
                "..%2F..%2Fetc%2Fpasswd", f"{data}.{signature}.png/", "%FF%00.png"):
        answer = site.request(f"/carte/{bad}")
        assert answer.status == 404, bad
        assert answer.getheader("Content-Type") == "application/json"
    assert site.request(path, "POST").status == 405
    assert site.request(path, "DELETE").getheader("Allow") == "GET, HEAD"


def test_without_a_key_there_are_no_cards(web):
    site = web("postgresql:///nowhere?host=/nonexistent", BESACE_LINK_KEY="", BESACE_PUBLIC_URL="")
    assert site.request(card("--name", "Zoé")).status == 404


def avatar_card(hash="0123456789abcdef0123456789abcdef"):
    """The signed address of a card with a picture, as besace makes it."""
    import hashlib
    import base64

    def number(value):
        out = b""
        while value > 127:
            out += bytes([128 | value & 127])
            value >>= 7
        return out + bytes([value])

    data = (b"\x01\x00fr" + b"".join(map(number, (5, 25, 0, 0, 0, 0))) + b"\x01" + number(42)
            + bytes.fromhex(hash) + b"\x02LC" + b"\x03Lea")
    mark = hashlib.blake2b(b"besace card\0" + data, key=bytes.fromhex(LINK_KEY), digest_size=16)
    text = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return f"/carte/{text(data)}.{text(mark.digest())}.png"


FACE = "/avatars/42/0123456789abcdef0123456789abcdef.png"


def test_a_members_picture_is_fetched_once(web, cdn):
    site = web("postgresql:///nowhere?host=/nonexistent", DISCORD_CDN_URL=cdn.url)
    cdn.pictures[FACE] = (200, "image/png", png(256))
    first = site.request(avatar_card())
    assert first.getheader("Cache-Control").endswith("immutable")
    assert site.request(avatar_card()).body == first.body
    assert [path.split("?")[0] for path in cdn.asked] == [FACE]


@pytest.mark.parametrize("answer", [
    (404, "image/png", png(256)), (200, "image/webp", png(256)), (200, "image/png", b"GIF89a"),
    (200, "image/png", png(513)), (200, "image/png", png(64, data=b"rubbish")),
    (200, "image/png", png(4)[:-20]), (200, "image/png", png(8) + b"\0" * 500000),
    (302, "image/png", b""), (200, "image/png", b""),
], ids=["absent", "kind", "no-png", "pixels", "broken", "cut", "large", "elsewhere", "empty"])
def test_what_is_no_picture_leaves_the_initial(web, cdn, answer):
    site = web("postgresql:///nowhere?host=/nonexistent", DISCORD_CDN_URL=cdn.url)
    cdn.pictures[FACE] = answer
    drawn = site.request(avatar_card())
    assert drawn.status == 200 and drawn.body[:4] == b"\x89PNG"
    # It may be there the next time: nobody keeps this for ever, and the CDN is left in peace.
    assert drawn.getheader("Cache-Control") == "public, max-age=60"
    site.request(avatar_card())
    assert len(cdn.asked) == 1


def test_a_cdn_that_hangs_costs_seconds(web):
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(16)
        site = web("postgresql:///nowhere?host=/nonexistent",
                   DISCORD_CDN_URL=f"http://127.0.0.1:{hole.getsockname()[1]}")
        slow = threading.Thread(target=site.request, args=[avatar_card()])
        slow.start()
        assert site.request(card("--name", "Zoé")).status == 200  # others do not wait for it
        slow.join(30)
        assert not slow.is_alive()


# ---- Pages


def test_a_page_shows_the_members_in_order(web, database):
    add_page(database)
    for number, xp in enumerate([50, 4000, 300, 300, 20000]):
        add_member(database, f"m-{number}", xp, message_count=1000 + number)
    site = web(database)
    reader = page(site)
    assert names(reader) == ["m-4", "m-1", "m-2", "m-3", "m-0"] or \
        names(reader) == ["m-4", "m-1", "m-3", "m-2", "m-0"]
    assert "La Taverne" in reader.texts and "Classement" in reader.texts
    assert ("html", {"lang": "fr", "class": "cognac"}) in reader.tags
    assert names(page(site, f"{PAGE}?type=messages")) == ["m-4", "m-3", "m-2", "m-1", "m-0"]
    assert page(site, f"{PAGE}?type=rubbish&page=-1").texts == reader.texts


def test_members_with_as_much_share_a_rank(web, database):
    add_page(database)
    for number in range(4):
        add_member(database, f"m-{number}", 300)
    add_member(database, "m-last", 10)
    reader = page(web(database))
    ranks = [text for (tag, text) in zip(reader.texts, reader.texts) if re.fullmatch(r"\d", text)]
    answer = "".join(reader.texts)
    assert ranks.count("1") >= 4 and "5" in ranks, answer


def test_headers_of_a_page(web, database):
    add_page(database)
    answer = web(database).request(PAGE, Accept="text/html")
    policy = answer.getheader("Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert "script-src" not in policy
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    assert answer.getheader("X-Robots-Tag") == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers and "Server" not in answer.headers
    assert "Accept-Language" in answer.getheader("Vary")
    assert "<script" not in answer.text and "style=" not in answer.text


def test_a_page_speaks_the_readers_language(web, database):
    add_page(database)
    site = web(database)
    for header, word in (("en-GB,en;q=0.9", "Leaderboard"), ("fr-CA", "Classement"),
                         ("de,en;q=0.5,fr;q=0.1", "Leaderboard"), ("ja", "Classement"),
                         ("fr;q=0.1,en;q=0.9", "Leaderboard"), ("fr;q=0, en", "Leaderboard"),
                         ("en;q=0", "Classement"), ("en;q=0.5,fr;q=0.75", "Classement"),
                         ("en;q=0.5, fr;q=0.5", "Leaderboard"), ("en;q=,fr;q=1", "Leaderboard"),
                         ("fr; q=0.05,en ; q=0.1", "Leaderboard"), ("en;q=x", "Classement"),
                         ("", "Classement"), (",;=,;" * 500, "Classement")):
        assert word in page(site, Accept_Language=header).texts, header


def test_a_page_that_is_held_is_not_sent_again(web, database):
    add_page(database)
    add_member(database, "m-1", 300)
    site = web(database)
    etag = site.request(PAGE).getheader("ETag")
    again = site.request(PAGE, If_None_Match=etag)
    assert again.status == 304 and again.body == b""
    add_member(database, "m-2", 200)
    until(lambda: site.request(PAGE, If_None_Match=etag).status == 200, "the page changed")
    head = site.request(PAGE, "HEAD")
    assert head.status == 200 and head.body == b"" and int(head.getheader("Content-Length")) > 0


RUBBISH = ["m-<script>alert(1)</script>", 'm-"><img src=x onerror=1>', "m-' onmouseover='x",
           "m-{{name}}", "m-&amp;", "m-\u202egnp.exe", "m-\u0007\u0000".replace("\0", ""),
           "m-" + "Z\u0308\u0321\u033a\u0353" * 20, "m-👩‍👩‍👧‍👦🇫🇷", "m-" + "W" * 250, "m-الأمير"]


def test_whatever_a_name_is_made_of_it_is_text(web, database):
    add_page(database, name="<b>La \"Taverne\"</b>")
    members = [add_member(database, name, 1000 + number) for number, name in enumerate(RUBBISH)]
    site = web(database)
    for path in [PAGE, f"{PAGE}?q=m-", *(f"{PAGE}/membre/{member.id}" for member in members)]:
        reader = page(site, path)
        assert not {"script", "b-", "onerror"} & {tag for tag, _ in reader.tags}
        assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
        assert not any(tag == "img" and not attributes["src"].startswith("/carte/")
                       for tag, attributes in reader.tags)
        assert '<b>La "Taverne"</b>' in reader.texts
        assert "\u202e" not in "".join(reader.texts)


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", "<script>", "m%", "\u202e", "x" * 5000,
                                    "%00", "\xff", "; DROP TABLE users"])
def test_a_search_finds_names_and_nothing_else(web, database, search):
    from urllib.parse import quote
    add_page(database)
    add_member(database, "m-1", 300)
    site = web(database)
    reader = page(site, f"{PAGE}?q={quote(search)}")
    assert names(reader) in ([], ["m-1"]) and "script" not in dict(reader.tags)
    if search in ("%", "_", "\\", "'", "m%"):
        assert names(reader) == []


def test_a_search_finds_the_beginning_of_a_name(web, database):
    add_page(database)
    add_member(database, "m-Zoé", 300)
    add_member(database, "m-other", 400)
    add_member(database, "100%_\\", 5)
    site = web(database)
    assert names(page(site, f"{PAGE}?q=M-ZO")) == ["m-Zoé"]
    assert "100%_\\" in page(site, f"{PAGE}?q=100%25_%5C").texts


@pytest.mark.parametrize("address", ["", "a", "nope", "x" * 22, "x" * 33, "..", "%2e%2e", "a/b",
                                     f"{TOKEN}x", TOKEN.upper(), f"{TOKEN}/", f"{TOKEN}/membre/",
                                     f"{TOKEN}/membre/0", f"{TOKEN}/membre/1'", "'", "%27%3B"])
def test_nothing_is_behind_other_addresses(web, database, address):
    add_page(database)
    answer = web(database).request(f"/serveur/{address}")
    assert answer.status == 404
    assert answer.getheader("Content-Type") == "application/json"


def test_a_renewed_token_leads_there_and_the_old_one_nowhere(web, database):
    add_page(database)
    site = web(database)
    page(site)
    renewed = database.one(f"SELECT {database.build()}.besace_page_token(:guild, %s, true)", "n" * 22)
    assert renewed == "n" * 22
    page(site, f"/serveur/{renewed}")
    until(lambda: site.request(PAGE).status == 404, "the old address leads nowhere")


def test_a_page_that_is_off_is_nowhere_and_a_listed_one_has_a_name(web, database):
    add_page(database)
    site = web(database)
    database.run("INSERT INTO besace_settings (guild_id, page_visibility) VALUES (:guild, 'off')")
    assert site.request(PAGE).status == 404
    database.run("UPDATE besace_settings SET page_visibility = 'listed', page_name = 'taverne'")
    database.run("INSERT INTO besace_pages (page_token, guild_id, is_name)"
                 " VALUES ('taverne', :guild, true)")
    answer = site.request("/serveur/taverne", Accept="text/html")
    assert answer.status == 200 and answer.getheader("X-Robots-Tag") is None
    assert 'name="robots"' not in answer.text
    database.run("UPDATE besace_settings SET page_visibility = 'unlisted'")
    until(lambda: site.request("/serveur/taverne").status == 404, "an unlisted page has no name")
    database.run("UPDATE besace_guilds SET removed_at = now()")
    until(lambda: site.request(PAGE).status == 404, "Besace was removed from there")


def test_who_asks_for_it_is_not_shown(web, database):
    add_page(database)
    hidden = add_member(database, "m-hidden", 500)
    add_member(database, "m-left", 450, left_at="2026-01-01")
    add_member(database, "m-shown", 400)
    site = web(database)
    assert set(names(page(site))) == {"m-hidden", "m-shown"}
    assert "m-hidden" in "".join(page(site, f"{PAGE}/membre/{hidden.id}").texts)
    database.run("UPDATE users SET page_hidden = true WHERE user_id = %s", hidden.id)
    settled(site, holds=lambda reader: names(reader) == ["m-shown"])
    for path in (f"{PAGE}?type=lc", f"{PAGE}?type=messages", f"{PAGE}?q=m-"):
        assert "m-hidden" not in names(page(site, path))
    until(lambda: site.request(f"{PAGE}/membre/{hidden.id}").status == 404, "their page is gone")


@pytest.mark.parametrize("how", ["announcements", "erasure"])
def test_who_asks_for_it_is_left_out_at_once(web, service, database, application, how):
    add_page(database)
    members = [add_member(database, f"m-{number:02}", 100) for number in range(12)]
    site = web(database)
    for leaving in members:
        paths = [PAGE, f"{PAGE}?q=m-", f"{PAGE}/membre/{leaving.id}"]
        for path in paths:
            assert leaving.username in site.request(path).text
        if how == "announcements":
            service.ask(application.press(custom_id("annonces", "web", guild=GUILD, word="no"), leaving))
        else:
            database.one(f"SELECT {database.build()}.besace_member_erase(:guild, %s)", leaving.id)
        for path in paths:
            assert leaving.username not in site.request(path).text, path


def test_the_page_of_who_was_erased_is_gone(web, database):
    add_page(database)
    gone = add_member(database, "m-gone", 500)
    add_member(database, "m-there", 400)
    site = web(database)
    address, own = f"{PAGE}/membre/{gone.id}", f"{PAGE}?moi={own_row(gone)}"
    assert "m-gone" in "".join(page(site, address).texts) and site.request(own).status == 200
    done = ctl("erase", "--guild", GUILD, "--member", gone.id, DATABASE_URL=database.url)
    assert done.returncode == 0, done.stderr
    until(lambda: site.request(address).status == 404, "their page is gone")
    settled(site, holds=lambda reader: names(reader) == ["m-there"])
    for path in (PAGE, f"{PAGE}?type=lc", f"{PAGE}?type=messages", f"{PAGE}?type=vocal", f"{PAGE}?q=m-",
                 own, address):
        answer = site.request(path)
        assert b"m-gone" not in answer.body, path
        if gone.id not in path:
            assert gone.id.encode() not in answer.body, path


def own_row(member, page_address=TOKEN):
    import base64
    import hashlib
    mark = hashlib.blake2b(f"besace own row\0{page_address}/{member.id}".encode(),
                           key=bytes.fromhex(LINK_KEY), digest_size=16).digest()
    return f"{member.id}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def test_a_signed_link_shows_ones_own_row(web, database):
    add_page(database)
    me = add_member(database, "m-me", 300)
    add_member(database, "m-other", 338)
    site = web(database)
    reader = page(site, f"{PAGE}?moi={own_row(me)}")
    assert "· c’est toi" in reader.texts
    assert any("38 XP derrière m-other" in text for text in reader.texts)
    assert all("moi=" in attributes["href"] for tag, attributes in reader.tags
               if tag == "a" and not attributes["href"].startswith("#"))
    for bad in ("1.abc", me.id, own_row(me, "x" * 22), own_row(me)[:-1], "", "%00"):
        assert "· c’est toi" not in page(site, f"{PAGE}?moi={bad}").texts, bad


def test_pages_are_turned(web, database):
    add_page(database)
    database.run("INSERT INTO users (guild_id, user_id, username, xp)"
                 " SELECT :guild, (900000 + i)::text, 'm-' || i, 100000 - i"
                 " FROM generate_series(1, 120) i")
    site = web(database)
    assert names(page(site, f"{PAGE}?page=3")) == [f"m-{i}" for i in range(101, 121)]
    reader = page(site, f"{PAGE}?page=2")
    assert names(reader) == [f"m-{i}" for i in range(51, 101)]
    links = {attributes.get("rel"): attributes["href"] for tag, attributes in reader.tags if tag == "a"}
    assert links["prev"] == PAGE and links["next"] == f"{PAGE}?page=3"
    for behind in ("4", "200", "99999999999999999999"):
        assert names(page(site, f"{PAGE}?page={behind}")) == [f"m-{i}" for i in range(101, 121)]
    for bad in ("0", "-1", "x", "99999999999999999999", "1e3", ""):
        assert page(site, f"{PAGE}?page={bad}")


def forms(text):
    """The forms of a page: for each its fields by name, and the address to which it leads."""
    return [(re.search(r'action="([^"]*)"', form).group(1),
             {dict(tag)["name"]: dict(tag) for tag in
              ([(name, value) for name, value in re.findall(r'([a-z]+)="([^"]*)"', field)]
               for field in re.findall(r"<input[^>]*>", form))})
            for form in re.findall(r"<form.*?</form>", text, re.S)]


def test_a_page_is_reached_by_its_typed_number(web, database):
    from urllib.parse import urlencode
    add_page(database)
    database.run("INSERT INTO users (guild_id, user_id, username, xp, message_count)"
                 " SELECT :guild, (900000 + i)::text, 'm-' || i, 100000 - i, 100000 - i"
                 " FROM generate_series(1, 320) i")
    me = add_member(database, "m-me", 1)
    site = web(database)
    for before in (PAGE, f"{PAGE}?type=messages&page=2", f"{PAGE}?moi={own_row(me)}"):
        text = site.request(before, Accept="text/html").text
        address, fields = next(form for form in forms(text) if "page" in form[1])
        number = fields.pop("page")
        assert (number["type"], number["min"], number["max"]) == ("number", "1", "7")
        assert f'<label for="{number["id"]}">Aller à la page</label>' in text
        query = urlencode({"page": 5, **{name: field["value"] for name, field in fields.items()}})
        there = page(site, f"{address}?{query}")
        assert names(there)[:50] == [f"m-{i}" for i in range(201, 251)], before
        assert ("· c’est toi" in there.texts) == ("moi=" in before)
    assert all("page" not in fields for _, fields in forms(site.request(f"{PAGE}?q=m-").text))


def test_no_number_is_asked_for_where_each_page_has_its_link(web, database):
    add_page(database)
    database.run("INSERT INTO users (guild_id, user_id, username, xp)"
                 " SELECT :guild, (900000 + i)::text, 'm-' || i, 100000 - i FROM generate_series(1, 150) i")
    assert [list(fields) for _, fields in forms(web(database).request(PAGE).text)] == [["q"]]


# What a page and its style may weigh together, in bytes.
WEIGHT_MAX = 40000


@pytest.mark.parametrize("letter, own", [("m", True), ("é", True), ("日", False), ("🦊", False)])
def test_a_page_of_fifty_long_names_is_light(web, database, letter, own):
    add_page(database, name=letter * 32)
    database.run("INSERT INTO users (guild_id, user_id, username, xp, message_count, voice_time)"
                 " SELECT :guild, (1151965647289979180 + i)::text, repeat(%s, 32), 2000000000 - i * 1000,"
                 " 1000000 + i, 90000000 FROM generate_series(1, 400) i", letter)
    me = add_member(database, letter * 32, 1)
    site = web(database)
    link = f"&moi={own_row(me)}" if own else ""
    answer = site.request(f"{PAGE}?page=3{link}", Accept="text/html")
    style = site.request(re.search(r'href="(/style\.css[^"]*)"', answer.text).group(1))
    assert answer.text.count("<tr") == 51 and letter * 32 in answer.text
    assert len(answer.body) + len(style.body) <= WEIGHT_MAX


def test_a_members_page_has_their_card(web, database):
    add_page(database)
    member = add_member(database, "m-1", 1250)
    site = web(database)
    reader = page(site, f"{PAGE}/membre/{member.id}")
    image = next(attributes for tag, attributes in reader.tags if tag == "img")
    assert image["alt"].startswith("Carte de m-1") and "5" in image["alt"]
    assert site.request(image["src"]).getheader("Content-Type") == "image/png"
    opened = {attributes.get("property"): attributes.get("content") for tag, attributes in reader.tags}
    assert opened["og:image"] == site.settings["BESACE_PUBLIC_URL"] + image["src"]


def test_a_page_explains_what_earns_xp_there(web, database):
    add_page(database)
    database.run("INSERT INTO besace_settings (guild_id, message_min, message_max, voice, day_xp_max)"
                 " VALUES (:guild, 7, 7, false, 900)")
    text = " ".join(page(web(database)).texts)
    assert "7 XP par message" in text and "vocal à deux" not in text and "900 XP par jour" in text


@pytest.mark.parametrize("least, greatest, first, more", [(4, None, 10 + 2 * 7, 7), (4, 3, 10 + 7, 0),
                                                       (10, 99, 10 + 8 * 7, 7)])
def test_a_page_says_how_many_must_be_in_voice(web, database, least, greatest, first, more):
    """And what so many earn each, as /aide does."""
    add_page(database)
    database.run("INSERT INTO besace_settings (guild_id, voice_first, voice_further, voice_members_min,"
                 " voice_count_max) VALUES (:guild, 10, 7, %s, %s)", least, greatest)
    site = web(database)
    text = " ".join(page(site).texts).replace("\xa0", " ")
    assert f"Être en vocal à {least} au moins : {first} XP toutes les deux minutes, {more} de plus" in text
    text = " ".join(page(site, **{"Accept-Language": "en"}).texts)
    assert f"Being in voice as {least} or more: {first} XP every two minutes, {more} more" in text


def test_the_reader_sees_no_secret(database):
    """What besace-web connects as cannot find the address of a page."""
    import psycopg2
    add_page(database)
    with psycopg2.connect(database.reader_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM besace_reader.besace_pages")
        assert TOKEN not in str(cursor.fetchall())
        for sql in ("SELECT page_token FROM public.besace_pages",
                    "UPDATE besace_reader.users SET balance = 0", "DELETE FROM besace_reader.users"):
            with pytest.raises(psycopg2.Error):
                cursor.execute(sql)
            connection.rollback()


def test_nginx_passes_pages_and_cards_on(web, database, application):
    """The site of scripts/nginx, with this besace-web behind it."""
    from support.nginx import Nginx
    add_page(database)
    site = web(database)
    nginx = Nginx(application, site, options=["--web", site.address])
    try:
        answer = nginx.get(PAGE)
        assert answer.status == 200 and answer.header("Content-Type") == "text/html; charset=utf-8"
        assert answer.header("Content-Security-Policy").startswith("default-src 'none'")
        assert nginx.get(card("--name", "Zoé")).header("Content-Type") == "image/png"
        assert nginx.get("/style.css").header("Content-Type").startswith("text/css")
        assert nginx.get("/robots.txt").status == 200
        assert nginx.get("/elsewhere").status == 404
    finally:
        nginx.end()


# ---- The program


def test_a_database_that_is_away_is_a_503_and_comes_back(web, cluster, database):
    add_page(database)
    site = web(database)
    assert site.request("/readyz").status == 200
    database.close()
    cluster.admin(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false")
    cluster.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  f" WHERE datname = '{database.name}'")
    until(lambda: site.request("/readyz").status == 503, "it is not ready")
    answer = site.request(PAGE + "?page=7")
    assert answer.status == 503 and answer.getheader("Retry-After")
    assert page(site, PAGE + "?page=8", 503)
    assert site.request("/healthz").status == 200
    assert site.request(card("--name", "Zoé")).status == 200
    cluster.admin(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS true")
    until(lambda: site.request("/readyz").status == 200, "it is ready again")
    # Each of its connections is made anew when it is next needed.
    until(lambda: site.request(PAGE).status == 200, "the page is there again")


def test_other_paths_and_methods(web):
    site = web("postgresql:///nowhere?host=/nonexistent")
    robots = site.request("/robots.txt")
    assert robots.status == 200 and robots.getheader("Content-Type").startswith("text/plain")
    style = site.request("/style.css")
    assert style.getheader("Content-Type") == "text/css; charset=utf-8" and "{{" not in style.text
    colours = re.findall(r"--[a-z0-9]+:([^;}]*)", style.text)
    assert len(colours) > 40 and all(re.fullmatch(r"#[0-9A-Fa-f]{6}", colour) for colour in colours)
    assert site.request("/icon.svg").getheader("Content-Type") == "image/svg+xml"
    assert site.request("/healthz").status == 200
    for path in ("/", "/metrics", "/interactions", "/serveur", "/carte", "/style.css/"):
        assert site.request(path).status == 404, path
    for path in ("/healthz", "/readyz", "/robots.txt", PAGE):
        assert site.request(path, "PUT").status == 405, path


def test_sigterm_answers_what_is_in_flight(web, database):
    site = web(database)
    path, results = card("--name", "Zoé"), []
    threads = [threading.Thread(target=lambda: results.append(site.request(path).status))
               for _ in range(20)]
    for thread in threads:
        thread.start()
    until(lambda: results, "the first card is there")
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(30) == 0
    for thread in threads:
        thread.join()
    assert set(results) == {200}


def test_metrics_have_a_listener_of_their_own(web):
    port = own_port()
    site = web("postgresql:///nowhere?host=/nonexistent", BESACE_METRICS_LISTEN=f"127.0.0.1:{port}")
    site.request(card("--name", "Zoé"))

    def metrics():
        connection = http.client.HTTPConnection("127.0.0.1", port)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()

    # A request is counted when its answer has left, which its reader may notice first.
    until(lambda: 'besace_web_requests_total{outcome="answered"} 1' in metrics(), "it is counted")
    assert "besace_web_card_seconds_count 1" in metrics()


def test_site_listens_on_a_unix_socket_and_removes_it(web, tmp_path):
    path = tmp_path / "web.sock"
    site = web("postgresql:///nowhere?host=/nonexistent", BESACE_WEB_LISTEN=f"unix:{path}")
    assert site.request("/healthz").status == 200
    site.stop()
    assert not path.exists()


def test_a_socket_of_systemd_wins(tmp_path):
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        given.listen()
        port = given.getsockname()[1]
        command = ("import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
                   "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
                   "os.execv(sys.argv[2], sys.argv[2:])")
        process = subprocess.Popen(
            ["/usr/bin/python3", "-c", command, str(given.fileno()), str(BESACE_WEB)],
            env=environment(DATABASE_URL="postgresql:///x", BESACE_METRICS_LISTEN="",
                            BESACE_WEB_LISTEN="127.0.0.1:1"),
            pass_fds=[given.fileno()], stderr=subprocess.DEVNULL)
    import http.client

    def answers():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200

    def tried():
        try:
            return answers()
        except OSError:
            return False

    try:
        until(tried, "it answers on the socket")
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.parametrize("settings, name", [
    ({}, "DATABASE_URL"), ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql:///x", "BESACE_LINK_KEY": "12"}, "BESACE_LINK_KEY"),
    ({"DATABASE_URL": "postgresql:///x", "BESACE_PUBLIC_URL": "https://a.example"}, "BESACE_LINK_KEY"),
    ({"DATABASE_URL": "postgresql:///x", "BESACE_WEB_LISTEN": "8081"}, "BESACE_WEB_LISTEN"),
])
def test_faults_of_settings_end_it_with_2(settings, name):
    process = subprocess.run([BESACE_WEB], env=environment(**settings), capture_output=True, text=True)
    assert process.returncode == 2
    assert process.stderr.startswith(f"besace-web: {name}: ")


def test_help_and_version():
    run = lambda *arguments: subprocess.run([BESACE_WEB, *arguments], env=environment(),
                                            capture_output=True, text=True)
    assert run("--help").returncode == 0 and "Usage: besace-web" in run("--help").stdout
    assert run("--version").stdout.startswith("besace-web ")
    assert run("x").returncode == 2 and run("--nope").returncode == 2
