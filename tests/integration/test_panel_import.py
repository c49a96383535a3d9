"""The panel's imports: a file out of a form, what it would do, and then it or not."""

import contextlib
import json

import pytest

from standin.cdn import Cdn
from support.buttons import buttons
from support.interactions import GUILD, Member, custom_id, new_id
from support.moving import Mover
from support.outage import in_background
from support.replies import is_ephemeral, is_refusal, shown
from support.wait import until

MANAGER = 1 << 5
STATE = "SELECT state FROM besace_panel_imports WHERE guild_id = '1'"


@pytest.fixture
def cdn():
    with Cdn() as cdn:
        yield cdn


@pytest.fixture
def service(start, database, cdn):
    return start(database, DISCORD_CDN_URL=cdn.url)


@pytest.fixture
def boss(database):
    return database.add_member(Member("boss"), balance=70)


@pytest.fixture
def app(application):
    return application


def members(count, xp=500):
    return "id,username,xp,balance\n" + "".join(
        f"{10**17 + i},m{i},{xp + i},{i % 50}\n" for i in range(count))


def by(body, permissions=MANAGER):
    body["member"]["permissions"] = str(permissions)
    return body


def press(app, action, member, permissions=MANAGER, **fields):
    return by(app.press(custom_id("importer", action, **fields), member), permissions)


def form(app, member, url, source="csv", size=100, permissions=MANAGER, name="members.csv"):
    attachment = {"id": new_id(), "filename": name, "size": size, "url": url, "proxy_url": url,
                  "content_type": "text/csv", "ephemeral": True}
    return by(app.upload(custom_id("importer", "file"), member, {"source": source}, attachment), permissions)


def becomes(database, state):
    until(lambda: database.run(STATE) == [(state,)], f"it is {state}")


def page(service, app, member):
    return service.ask(press(app, "open", member))


def bring(service, app, boss, url, **form_words):
    """Sends the form, and the page once there is a plan."""
    reply = service.ask(form(app, boss, url, **form_words))
    assert reply["type"] == 7 and "Actualiser" in buttons(reply), shown(reply)
    becomes(service.database, "planned")
    return page(service, app, boss)


@pytest.fixture(autouse=True)
def known(service, database):
    service.database = database


def test_a_file_is_planned_and_imported(service, database, app, boss, cdn, tmp_path):
    lou = database.add_member(Member(id=str(10**17)), balance=30, xp=9000)
    # The way there: the panel's first page, the page of imports, the form.
    panel = service.ask(by(app.subcommand("reglages panneau", boss, permissions=MANAGER)))
    assert "Importer" in buttons(panel)
    empty = service.ask(press(app, "open", boss))
    assert "Choisir un fichier…" in buttons(empty)
    modal = service.ask(press(app, "form", boss))
    assert modal["type"] == 9
    [source, file] = [label["component"] for label in modal["data"]["components"]]
    assert {"mee6", "csv", "arcane flat"} <= {option["value"] for option in source["options"]}
    assert "besace" not in str(source) and "postgres" not in str(source) and file["type"] == 19
    url = cdn.put("members.csv", (members(2500) + "x,broken,1,1\n" * 12).encode())
    plan = bring(service, app, boss, url)
    words = shown(plan).replace("\u202f", " ").replace("\xa0", " ")
    assert "**2 500** membres sur 2 512 lignes" in words and "2 499 nouveaux" in words
    assert "Refusées ou changées : 12" in words and words.count("• ") == 10 and "members.csv" in words
    # Nothing has happened yet; the file's address was asked for once, and nothing keeps it.
    assert database.one("SELECT count(*) FROM users") == 2 and len(cdn.asked) == 1
    assert database.run("SELECT url FROM besace_panel_imports") == [(None,)]
    yes = buttons(plan)["Importer"]["custom_id"]
    running = service.ask(by(app.press(yes, boss)))
    assert running["type"] == 7
    becomes(database, "imported")
    assert "Importé" in shown(page(service, app, boss))
    mover = Mover(database, tmp_path)
    assert mover.figures(10**17 + 7)["xp"] == 507 and mover.figures(lou.id)["xp"] == 9000
    assert database.one("SELECT count(*) FROM users") == 2501 and mover.is_sound()
    assert database.one("SELECT count(*) FROM besace_panel_import_parts") == 0
    # The same file again: there is nothing to do. It is taken back by its number.
    again = bring(service, app, boss, cdn.put("members.csv", (members(2500) + "x,broken,1,1\n" * 12).encode()))
    assert "déjà importé" in shown(again)
    mover.undo(database.one("SELECT import_id FROM besace_imports"))
    assert database.one("SELECT count(*) FROM users") == 2


def test_a_press_counts_once_and_for_its_own_plan(service, database, app, boss, cdn):
    plan = bring(service, app, boss, cdn.put("a.csv", members(30).encode()))
    cancel = service.signed(by(app.press(buttons(plan)["Annuler"]["custom_id"], boss)))
    confirm = by(app.press(buttons(plan)["Importer"]["custom_id"], boss))
    first = service.post(*cancel)
    assert "Annulé" in shown(first.json()) and service.post(*cancel).json()["type"] == 7
    assert database.one("SELECT count(*) FROM besace_panel_import_parts") == 0
    assert is_refusal(service.ask(confirm)) and database.run(STATE) == [("cancelled",)]
    # The button of the plan before does not answer to the next one.
    bring(service, app, boss, cdn.put("b.csv", members(30).encode()))
    old = by(app.press(buttons(plan)["Importer"]["custom_id"], boss))
    assert "n’attend plus" in shown(service.ask(old)) and database.run(STATE) == [("planned",)]


def test_only_who_may_change_settings_imports(service, database, app, boss, cdn):
    nobody = database.add_member(Member())
    url = cdn.put("a.csv", members(5).encode())
    bring(service, app, boss, url)
    upload = database.one("SELECT upload_id FROM besace_panel_imports")
    before = database.run("SELECT * FROM besace_panel_imports")
    for body in (press(app, "open", nobody, 0), press(app, "form", nobody, 0),
                 press(app, "yes", nobody, 0, subject=upload), press(app, "no", nobody, 0, subject=upload),
                 form(app, nobody, url, permissions=0)):
        reply = service.ask(body)
        assert is_refusal(reply) and is_ephemeral(reply)
    # Who managed the server when the plan was made, and does no longer, may not either.
    assert is_refusal(service.ask(press(app, "yes", boss, 0, subject=upload)))
    # Nor does a manager of another server reach this one's.
    elsewhere = press(app, "yes", boss, subject=upload)
    elsewhere["guild_id"] = elsewhere["guild"]["id"] = "77"
    elsewhere["authorizing_integration_owners"] = {"0": "77"}
    assert "n’attend plus" in shown(service.ask(elsewhere))
    assert database.run("SELECT * FROM besace_panel_imports") == before


@pytest.mark.parametrize("wrong, said", [
    ("another host", "n’est pas chez Discord"), ("another port", "n’est pas chez Discord"),
    ("a host behind a user", "n’est pas chez Discord"), ("a file of this machine", "n’est pas chez Discord"),
    ("a redirect", "n’a pas donné"), ("gone", "n’a pas donné"), ("an error", "n’a pas donné"),
    ("too large", "trop grand"), ("not JSON", "⚠️"), ("a web page", "la forme attendue"), ("empty", "la forme attendue"),
    ("nobody", "il n’y a personne"), ("not UTF-8", "⚠️")])
def test_a_file_that_cannot_be_read(service, database, app, boss, cdn, wrong, said):
    good = cdn.put("good.csv", members(3).encode())
    port = cdn.url.rpartition(":")[2]
    url, source = {
        "another host": lambda: (good.replace("127.0.0.1", "localhost"), "csv"),
        "another port": lambda: (good.replace(port, "9"), "csv"),
        "a host behind a user": lambda: (good.replace("http://", "http://cdn.discordapp.com@"), "csv"),
        "a file of this machine": lambda: ("file:///etc/passwd", "csv"),
        "a redirect": lambda: (cdn.put("r.csv", good.encode(), status=302), "csv"),
        "gone": lambda: (cdn.url + "/attachments/none", "csv"),
        "an error": lambda: (cdn.put("e.csv", b"", status=500), "csv"),
        "too large": lambda: (cdn.put("l.csv", b"x" * (10 * 1024 * 1024 + 1)), "csv"),
        "not JSON": lambda: (cdn.put("m.json", b"id,xp\n1,2\n"), "mee6"),
        "a web page": lambda: (cdn.put("w.html", b"<html>"), "mee6"),
        "empty": lambda: (cdn.put("n.csv", b""), "csv"),
        "nobody": lambda: (cdn.put("z.csv", b"id,xp\n"), "csv"),
        "not UTF-8": lambda: (cdn.put("u.json", b'{"players": [{"id": "\xff\xfe"'), "mee6"),
    }[wrong]()
    assert service.ask(form(app, boss, url, source=source))["type"] == 7
    becomes(database, "failed")
    reply = page(service, app, boss)
    assert said in shown(reply) and "/proc/" not in shown(reply) and "Choisir un fichier…" in buttons(reply)
    assert database.one("SELECT count(*) FROM besace_panel_import_parts") == 0
    if "host" in wrong or "port" in wrong or "machine" in wrong or wrong == "a redirect":
        assert [path for path, _ in cdn.asked if "good" in path] == []
    assert database.one("SELECT count(*) FROM users") == 1


@pytest.mark.parametrize("wrong", ["no file", "an unknown source", "a database", "its size"])
def test_a_form_that_lacks_something(service, database, app, boss, cdn, wrong):
    url = cdn.put("a.csv", members(3).encode())
    body = {"no file": lambda: by(app.upload(custom_id("importer", "file"), boss, {"source": "csv"}, None)),
            "an unknown source": lambda: form(app, boss, url, source="nobody"),
            "a database": lambda: form(app, boss, url, source="postgres"),
            "its size": lambda: form(app, boss, url, size=10 * 1024 * 1024 + 1)}[wrong]()
    assert is_refusal(service.ask(body))
    assert database.run(STATE) == [] and cdn.asked == []


def test_one_at_a_time_and_a_stall_holds_up_nobody(service, database, app, boss, cdn):
    url = cdn.put("slow.csv", members(40).encode(), stall=True)
    assert service.ask(form(app, boss, url))["type"] == 7
    until(lambda: cdn.asked, "the file is asked for")
    other = form(app, boss, cdn.put("b.csv", members(3).encode()))
    assert "déjà en cours" in shown(service.ask(other))
    assert "arriver" in shown(page(service, app, boss))
    assert "70" in shown(service.ask(app.command("lc", boss)))
    cdn.released.set()
    becomes(database, "planned")


def test_an_end_under_way_is_followed(service, database, app, boss, cdn):
    """In order while the file comes, and by kill -9 while it is imported."""
    url = cdn.put("slow.csv", members(5000).encode(), stall=True)
    assert service.ask(form(app, boss, url))["type"] == 7
    until(lambda: cdn.asked, "the file is asked for")
    service.stop()
    assert database.run(STATE) == [("fetching",)]
    cdn.released.set()
    service.start()
    becomes(database, "planned")
    plan = page(service, app, boss)
    assert "5\u202f000" in shown(plan)
    first = "1" + "0" * 17
    with database.locked(database.add_member(Member(id=str(10**17 + 3500)), balance=1)):
        yes = by(app.press(buttons(plan)["Importer"]["custom_id"], boss))
        assert service.ask(yes)["type"] == 7
        until(lambda: database.one("SELECT count(*) FROM users WHERE user_id > %s", first) > 2000
              and database.lock_waits(), "it is under way")
        service.kill()
    half = database.one("SELECT count(*) FROM besace_import_changes")
    assert 0 < half < 5000
    service.start()
    becomes(database, "imported")
    assert database.one("SELECT count(*) FROM besace_import_changes") == 5000
    assert database.run("SELECT state, count(*) FROM besace_imports GROUP BY 1") == [("done", 1)]
    # The press again: its receipt, and nothing more.
    assert service.ask(yes)["type"] == 7 and database.run(STATE) == [("imported",)]


def test_an_import_goes_on_only_while_besace_is_there(service, database, app, boss, cdn):
    """Removed from the server in its middle, it changes nobody more; added again, it brings the others."""
    plan = bring(service, app, boss, cdn.put("a.csv", members(5000).encode()))
    with database.locked(database.add_member(Member(id=str(10**17 + 2500)), balance=1)):
        service.ask(by(app.press(buttons(plan)["Importer"]["custom_id"], boss)))
        until(database.lock_waits, "it is under way")
        database.run("INSERT INTO besace_guilds (guild_id, removed_at) VALUES ('1', now())"
                     " ON CONFLICT (guild_id) DO UPDATE SET removed_at = now()")
    free = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'" \
           " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    until(lambda: database.one(free) == 0, "it has stopped")
    assert database.one("SELECT count(*) FROM besace_import_changes") == 3000, "the slice that was under way"
    assert database.run(STATE) == [("importing",)]
    database.run("UPDATE besace_guilds SET removed_at = NULL")
    becomes(database, "imported")
    assert database.one("SELECT count(*) FROM besace_import_changes") == 5000


def test_an_import_that_nobody_has_begun_knows_how_many_it_brings(service, database, app, boss, cdn):
    yes = buttons(bring(service, app, boss, cdn.put("a.csv", members(30).encode())))["Importer"]["custom_id"]
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('besace_panel_import 1', 0))")
        assert "Import en cours : 0 membres sur 30" in plain(service.ask(by(app.press(yes, boss))))
    becomes(database, "imported")


def test_a_plan_that_nobody_answers_ends(service, database, app, boss, cdn):
    bring(service, app, boss, cdn.put("a.csv", members(3).encode()))
    database.run("UPDATE besace_panel_imports SET changed_at = changed_at - interval '61 minutes'")
    becomes(database, "cancelled")
    assert database.one("SELECT count(*) FROM besace_panel_import_parts") == 0


def test_settings_of_the_source_stay_there(service, database, app, boss, cdn):
    page_of = {"players": [{"id": str(10**17), "username": "a", "level": 3, "xp": 700, "message_count": 5,
                            "detailed_xp": [1, 2, 700]}], "role_rewards": [{"rank": 5, "role": {"id": "500"}}]}
    plan = bring(service, app, boss, cdn.put("m.json", json.dumps(page_of).encode()), source="mee6")
    service.ask(by(app.press(buttons(plan)["Importer"]["custom_id"], boss)))
    becomes(database, "imported")
    assert database.one("SELECT count(*) FROM besace_rewards") == 0


def test_who_is_erased_is_in_no_file_that_waits(service, database, app, boss, cdn):
    lou = database.add_member(Member(id=str(10**17)), balance=30)
    bring(service, app, boss, cdn.put("a.csv", members(3).encode()))
    database.run("SELECT besace_member_erase(%s, %s)", GUILD, lou.id)
    assert database.run(STATE) == [("cancelled",)]
    assert database.one("SELECT count(*) FROM besace_panel_import_parts") == 0
    bring(service, app, boss, cdn.put("b.csv", members(3).encode()))
    database.run("SELECT besace_member_erase(%s, %s)", GUILD, boss.id)
    assert database.run("SELECT actor_id, state FROM besace_panel_imports") == [("0", "planned")]


def test_imports_stand_among_acts_and_changes(service, database, app, boss, cdn, tmp_path):
    mover = Mover(database, tmp_path)
    give = by(app.subcommand("admin lc ajouter", boss, ("membre", boss), ("montant", 5), ("raison", "fête"),
                             permissions=MANAGER))
    service.ask(give)
    plan = bring(service, app, boss, cdn.put("a.csv", members(30).encode()))
    service.ask(by(app.press(buttons(plan)["Importer"]["custom_id"], boss)))
    becomes(database, "imported")
    number = database.one("SELECT import_id FROM besace_imports")
    lines = {"fr": f"Import n° {number}** (CSV) : 30 membres", "en": f"Import #{number}** (CSV): 30 members"}
    lists = ("admin journal", "reglages historique")

    def told(path, locale="fr"):
        reply = service.ask(by(app.subcommand(path, boss, permissions=MANAGER, locale=locale)))
        assert is_ephemeral(reply)
        return shown(reply).replace("\xa0", " ").replace("\u202f", " ")

    for path in lists:
        for locale, line in lines.items():
            assert line in told(path, locale) and "boss, <t:" in told(path, locale)
        assert "repris" not in told(path)
    assert told("admin journal").index("Import n°") < told("admin journal").index("+5 LC")
    # An operator's stands there too, and so does taking it back.
    other = mover.load("mee6", {"players": [{"id": "77", "username": "x", "level": 1, "xp": 120}]})["import"]
    mover.undo(number)
    for path in lists:
        words = told(path)
        assert f"Import n° {number}** (CSV) repris" in words and ": 30 membres · repris" in words
        assert f"Import n° {other}** (MEE6) : 1 membre\n" in words
        assert words.index(") repris") < words.index("(MEE6)") < words.index(": 30 membres")
        assert f"Import #{number}** (CSV) taken back" in told(path, "en")
    # In pages like any other row, and without the name of who was erased.
    for _ in range(10):
        service.ask(by(app.subcommand("admin lc ajouter", boss, ("membre", boss), ("montant", 1), ("raison", "x"),
                                      permissions=MANAGER)))
    first = service.ask(by(app.subcommand("admin journal", boss, permissions=MANAGER)))
    assert "Import" not in shown(first)
    older = service.ask(by(app.press(buttons(first)["Plus anciens"]["custom_id"], boss)))
    assert shown(older).count("Import n°") == 3 and "+5" in shown(older)
    assert mover.call("erase", "--guild", GUILD, "--member", boss.id).returncode == 0
    assert boss.id not in str(database.run("SELECT * FROM besace_imports"))
    chief = database.add_member(Member("chief"))
    reply = service.ask(by(app.subcommand("reglages historique", chief, permissions=MANAGER)))
    assert "Import n°" in shown(reply) and "boss" not in shown(reply) and "—, <t:" in shown(reply)


def plain(reply):
    return shown(reply).replace("\xa0", " ").replace("\u202f", " ")


def test_refusals_are_in_the_language_of_who_reads(service, database, app, boss, cdn):
    content = ("id,username,xp,balance\n" f"{10**17},m,5,1\n" "x,m,1,1\n" f"{10**17 + 1},m,1.5,1\n"
               f"{10**17 + 2},m,9999999999,1\n" f"{10**17 + 3},m,nan,1\n" f"{10**17 + 4},m,-4,1\n"
               f"{10**17},m,4,1\n")
    french = plain(bring(service, app, boss, cdn.put("a.csv", content.encode())))
    english = plain(service.ask(by(app.press(custom_id("importer", "open"), boss, locale="en-US"))))
    for words, wanted in ((french, (
            "• ligne 3 : pas d’identifiant Discord", f"• ligne 4 · {10**17 + 1} · `xp` : pas un nombre entier (1.5)",
            f"• ligne 5 · {10**17 + 2} · `xp` : plus de 2 147 483 647 (9999999999)",
            f"• ligne 6 · {10**17 + 3} · `xp` : pas un nombre fini (nan)",
            f"• ligne 7 · {10**17 + 4} · `xp` : négatif : compte pour 0 (-4)",
            f"• ligne 8 · {10**17} : une autre ligne du même membre a plus")), (english, (
                "• line 3: no Discord id", f"• line 4 · {10**17 + 1} · `xp`: not a whole number (1.5)",
                f"• line 5 · {10**17 + 2} · `xp`: beyond 2,147,483,647 (9999999999)",
                f"• line 6 · {10**17 + 3} · `xp`: not a finite number (nan)",
                f"• line 7 · {10**17 + 4} · `xp`: negative: counts as 0 (-4)",
                f"• line 8 · {10**17}: another row of the same member has more"))):
        for line in wanted:
            assert line in words.split("\n"), (line, words)


@pytest.mark.parametrize("source, content, french, english", [
    ("mee6", '{"players": [\n{"id": "5", "xp"', "à partir de la ligne 2", "from line 2 on"),
    ("mee6", '{"page": 0}', "à partir de la ligne 1", "from line 1 on"),
    ("csv", "name,xp\nlou,5\n", "à partir de la ligne 1", "from line 1 on"),
    ("csv", "id,xp\n", "il n’y a personne", "there is nobody"),
    ("csv", "id,xp\nx,5\n", "aucune ligne", "no row"),
])
def test_why_a_file_is_not_imported_is_said_in_both_languages(service, database, app, boss, cdn, source, content,
                                                              french, english):
    service.ask(form(app, boss, cdn.put("a", content.encode()), source=source))
    becomes(database, "failed")
    assert french in plain(page(service, app, boss))
    assert english in plain(service.ask(by(app.press(custom_id("importer", "open"), boss, locale="en-GB"))))


def test_of_two_first_files_of_a_guild_that_come_at_once_one_is_refused(database):
    """By two members: there is no row yet for the second to wait for."""
    start = "SELECT besace_panel_import_start('1', %s, 'a', 0, %s, 'csv', 'a.csv', 'http://x/a')"
    (lou, max_), (one, other) = (database.add_member(Member()) for _ in range(2)), (new_id(), new_id())
    first, second = database.connect(), database.connect()
    with contextlib.closing(first), contextlib.closing(second), first.cursor() as held, second.cursor() as waits:
        held.execute(start, (lou.id, one))
        assert held.fetchone()[0] == {"done": True}
        started = in_background(waits.execute, start, (max_.id, other))
        until(lambda: database.waiting() == 1, "the second waits for the first")
        first.commit()
        started()
        assert waits.fetchone()[0] == {"done": False, "refusal": "running"}
        second.commit()
    assert database.run("SELECT upload_id FROM besace_panel_imports") == [(one,)]


def test_who_is_erased_while_their_file_is_fetched_is_left_out(service, database, app, boss, cdn):
    lou = database.add_member(Member(id=str(10**17 + 1)), balance=30)
    url = cdn.put("slow.csv", members(3).encode(), stall=True)
    assert service.ask(form(app, boss, url))["type"] == 7
    until(lambda: cdn.asked, "the file is asked for")
    database.run("SELECT besace_member_erase(%s, %s)", GUILD, lou.id)
    cdn.released.set()
    becomes(database, "planned")
    said = plain(page(service, app, boss))
    assert "effacées depuis l’arrivée du fichier : 1" in said and lou.id not in said
    service.ask(by(app.press(buttons(page(service, app, boss))["Importer"]["custom_id"], boss)))
    becomes(database, "imported")
    assert database.one("SELECT count(*) FROM users WHERE user_id LIKE '1000%%'") == 2
    assert database.one("SELECT count(*) FROM users WHERE user_id = %s", lou.id) == 0


def test_a_plan_made_while_somebody_was_erased_does_not_name_them(service, database, app, boss, cdn):
    lou = database.add_member(Member(id=str(10**17 + 7)), balance=30)
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('besace_import 1', 0))")
        url = cdn.put("a.csv", (members(3) + f"{lou.id},lou,much,5\n").encode())
        assert service.ask(form(app, boss, url))["type"] == 7
        until(database.lock_waits, "it is read")
        database.run("SELECT besace_member_erase(%s, %s)", GUILD, lou.id)
    becomes(database, "planned")
    assert "Refusées ou changées : 1" in plain(page(service, app, boss))
    assert lou.id not in str(database.run("SELECT plan FROM besace_panel_imports"))


def test_who_is_erased_while_it_is_imported_is_left_out(service, database, app, boss, cdn):
    lou = database.add_member(Member(id=str(10**17 + 2300)), balance=30)
    plan = bring(service, app, boss, cdn.put("a.csv", members(2500).encode()))
    with database.locked(database.add_member(Member(id=str(10**17 + 1500)), balance=1)):
        service.ask(by(app.press(buttons(plan)["Importer"]["custom_id"], boss)))
        until(database.lock_waits, "it is under way")
        database.run("SELECT besace_member_erase(%s, %s)", GUILD, lou.id)
    becomes(database, "imported")
    assert "effacées depuis l’arrivée du fichier : 1" in plain(page(service, app, boss))
    assert database.one("SELECT count(*) FROM users WHERE user_id = %s", lou.id) == 0
    assert database.one("SELECT count(*) FROM besace_import_changes") == 2499


def test_a_plan_says_whether_there_will_be_more_or_fewer_lc(service, database, app, boss, cdn):
    bring(service, app, boss, cdn.put("a.csv", members(3).encode()))
    assert "1 503 XP en plus, 72 LC en moins" in plain(page(service, app, boss))
    english = press(app, "open", boss)
    english["locale"] = "en-GB"
    assert "1,503 XP more, 72 LC fewer" in plain(service.ask(english))
    bring(service, app, boss, cdn.put("b.csv", b"id,xp,balance\n5,1,30\n"))
    assert "1 XP et 5 LC en plus" in plain(page(service, app, boss))
