"""/mes-donnees: what is kept of oneself, as a file, and being forgotten by one's own press."""

import json
import os
import subprocess

import pytest

from support.buttons import buttons
from support.events import Shim, message, now_ms, voice
from support.games import Table
from support.interactions import GUILD, Member, base36, custom_id
from support.outage import ORIGINAL, in_background
from support.replies import is_ephemeral, is_refusal, shown
from support.service import ctl
from support.wait import until

QUESTION = "Effacer pour toujours"


def dump(database):
    return subprocess.run(["pg_dump", "--inserts", database.url], capture_output=True, text=True,
                          check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout


def is_sound(database):
    done = ctl("check", DATABASE_URL=database.url)
    assert done.returncode == 0, done.stdout
    return True


def is_gone(database, member):
    return database.one("SELECT count(*) FROM users WHERE user_id = %s", member.id) == 0


@pytest.fixture
def shim():
    return Shim()


@pytest.fixture
def service(start, database, discord, shim):
    discord.settings(any_token={"deferred": True, "ephemeral": True})
    return start(database, DISCORD_API_URL=discord.url, BESACE_EVENT_KEYS=shim.setting)


@pytest.fixture
def lou(database):
    member = Member("lou_the_first")
    database.add_member(member, balance=70, xp=1250, jackpot=2)
    return member


def file_of(service, discord, interaction):
    """The message that brings the file, and the file."""
    assert service.ask(interaction, deferred=True) == {"type": 5, "data": {"flags": 64}}
    [call] = discord.wait_for(lambda: [c for c in discord.calls("PATCH", ORIGINAL)
                                       if interaction["token"] in c["path"] and c.get("files")])
    return call["body"], call["files"][0]


def leave(application, member, guild=True, **fields):
    """The press by which MEMBER erases themself, asked now."""
    fields = {"owner": member.id, "time": now_ms() // 1000, **fields}
    return application.press(custom_id("donnees", "yes", **fields), member, guild=guild)


@pytest.mark.parametrize("locale, name", [("fr", "mes-donnees.json"), ("en-US", "my-data.json")])
def test_the_file_has_what_is_kept(service, database, application, discord, lou, locale, name):
    bob = database.add_member(Member("bob"), balance=100)
    service.ask(application.command("don", lou, ("membre", bob), ("montant", 40)))
    database.run("SELECT besace_admin_apply(%s, %s, %s, 'add', 'lc', 5, 'for winning')", GUILD, bob.id, lou.id)
    body, file = file_of(service, discord, application.command("mes-donnees", lou, locale=locale))
    assert (file["name"], file["type"]) == (name, "application/json")
    assert body["attachments"] == [{"id": "0", "filename": name}]
    assert list(buttons(body)) == ["Effacer…" if locale == "fr" else "Erase…"]
    kept = json.loads(file["text"])
    assert kept["guild_id"] == GUILD and kept["member_id"] == lou.id
    [row] = kept["members"]
    assert (row["username"], row["balance"], row["xp"], row["level"]) == ("lou_the_first", 35, 1250, 5)
    assert kept["bag"] == [{"user_id": lou.id, "item": "jackpot", "quantity": 2}]
    assert {"don", "passing", "fields"} - set(kept) == {"don"}
    assert [(e["amount"], e["to"]) for e in kept["ledger"] if e["type"] == "transfer"] == [(40, bob.id)]
    # Why an administrator acted is the member's; who it was is not.
    [act] = kept["acts"]
    assert act["reason"] == "for winning" and act["actor"] is None
    assert kept["settings"] == [] and kept["server"] == []


def test_nothing_is_kept_of_a_stranger(service, database, application):
    stranger = Member()
    reply = service.ask(application.command("mes-donnees", stranger))
    assert is_refusal(reply) and "ne garde rien" in shown(reply)
    # And asking does not change that.
    assert is_gone(database, stranger)


def test_a_file_that_would_be_too_large_has_the_newest(service, database, application, discord, lou):
    database.run("ALTER TABLE transactions DISABLE TRIGGER USER")
    database.run("INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,"
                 " description) SELECT :guild, CASE n %% 2 WHEN 0 THEN %s END, CASE n %% 2 WHEN 1 THEN %s END,"
                 " 1, 'opening', n || ' ' || repeat('x', 600) FROM generate_series(1, 20000) n", lou.id, lou.id)
    body, file = file_of(service, discord, application.command("mes-donnees", lou))
    assert file["size"] <= 8 * 1024 * 1024 and "Tout ne tient pas" in shown(body)
    ledger = json.loads(file["text"])["ledger"]
    assert len(ledger) == 8192 and ledger[-1]["description"].startswith("20000 ")


def test_the_file_reaches_who_asked_from_a_direct_message(service, database, application, discord, lou):
    body, file = file_of(service, discord, application.command("mes-donnees", lou, guild=False))
    assert json.loads(file["text"])["member_id"] == lou.id
    # Its button names the server, and so does the question's.
    erase = buttons(body)["Effacer…"]["custom_id"]
    assert f":g{base36(int(GUILD))}" in erase
    question = service.ask(application.press(erase, lou, guild=False))
    assert question["type"] == 4 and is_ephemeral(question)
    yes = buttons(question)[QUESTION]["custom_id"]
    press = service.signed(application.press(yes, lou, guild=False))
    first = service.post(*press)
    assert first.json()["type"] == 7 and "Tout est effacé" in shown(first.json())
    assert is_gone(database, lou)
    again = service.post(*press)
    assert again.body == first.body and is_gone(database, lou)


def test_discord_away_is_tried_again_and_a_stall_holds_up_nobody(service, database, application, discord, lou):
    discord.fail(route=ORIGINAL, status=500)
    discord.fail(route=ORIGINAL, close=True)
    discord.fail_rate_limited(retry_after=0.2, header=1, route=ORIGINAL)
    _, file = file_of(service, discord, application.command("mes-donnees", lou))
    whole = json.loads(file["text"])
    assert whole["member_id"] == lou.id
    seen = [call["status"] for call in discord.calls("PATCH", ORIGINAL)]
    assert len(seen) == 4 and seen[-1] == 200
    discord.fail(route=ORIGINAL, stall=60)
    ask = application.command("mes-donnees", lou)
    assert service.ask(ask, deferred=True)["type"] == 5
    discord.wait_for(lambda: len(discord.calls("PATCH", ORIGINAL)) == 5)
    assert "35" not in shown(service.ask(application.command("lc", lou)))
    discord.release()
    discord.wait_for(lambda: discord.calls("PATCH", ORIGINAL)[-1]["status"] == 200)


def test_a_member_leaves_and_no_trace_is_left(service, database, application, discord, lou, shim):
    bob = database.add_member(Member("bob"), balance=100)
    database.run("INSERT INTO besace_backups (path, delete_at) VALUES ('/srv/a', '2030-05-06')")
    service.ask(application.command("don", lou, ("membre", bob), ("montant", 40)))
    service.ask(application.command("cadeau", lou))
    database.run("SELECT besace_admin_apply(%s, %s, %s, 'add', 'lc', 5, %s)", GUILD, bob.id, bob.id,
                 f"what {lou.username} said, <@{lou.id}>")
    # What an import wrote beside a movement may name anybody.
    database.run("INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,"
                 " description, import_id) VALUES (:guild, NULL, %s, 7, 'opening', %s, 1),"
                 " (:guild, %s, NULL, 7, 'opening', %s, 1)",
                 bob.id, f"bet_win against {lou.username}", bob.id, f"paid to {lou.id}")
    shim.send(service, message(lou, now_ms()), voice(lou, now_ms()))
    question = service.ask(application.press(custom_id("donnees", "ask", owner=lou.id), lou))
    assert question["type"] == 4 and is_ephemeral(question) and QUESTION in buttons(question)
    for words in ("niveau 5", "ne peut pas être repris", "<t:1904256000:D>", "90 jours", "0 LC"):
        assert words in shown(question), shown(question)
    press = service.signed(leave(application, lou))
    first = service.post(*press)
    assert "Tout est effacé" in shown(first.json()) and "<t:1904256000:D>" in shown(first.json())
    assert [line for line in dump(database).splitlines() if lou.id in line or lou.username in line] == []
    assert database.is_explained(bob) and is_sound(database)
    # The same press again, any number of times: the same answer, and nobody new.
    replies = service.together([press] * 4)
    assert {reply.body for reply in replies} == {first.body}
    assert is_gone(database, lou)
    # Another press finds nobody.
    assert "ne garde rien" in shown(service.ask(leave(application, lou)))
    # Who comes back gains nothing.
    service.ask(application.command("lc", lou))
    assert "⏳" in shown(service.ask(application.command("cadeau", lou)))
    assert database.balance(lou) == 0 and database.is_explained(lou) and is_sound(database)


def test_presses_at_once_erase_once(service, database, application, lou):
    presses = [service.signed(leave(application, lou)) for _ in range(6)]
    replies = [reply.json() for reply in service.together(presses * 2)]
    done = [reply for reply in replies if "Tout est effacé" in shown(reply)]
    assert len(done) == 2 and all("ne garde rien" in shown(reply) for reply in replies if reply not in done)
    assert database.one("SELECT count(*) FROM besace_erasures") == 1 and is_gone(database, lou)


def test_who_keeps_stays(service, database, application, lou):
    reply = service.ask(application.press(custom_id("donnees", "no", owner=lou.id), lou))
    assert reply["type"] == 7 and "Rien n’est effacé" in shown(reply) and database.balance(lou) == 70


@pytest.mark.parametrize("wrong", [
    "somebody else's", "too old", "no time", "no owner", "another server"])
def test_a_press_that_may_not_erase(service, database, application, lou, wrong):
    other = database.add_member(Member(), balance=30)
    now = now_ms() // 1000
    press = {"somebody else's": lambda: leave(application, other, owner=lou.id),
             "too old": lambda: leave(application, lou, time=now - 1000),
             "no time": lambda: application.press(custom_id("donnees", "yes", owner=lou.id), lou),
             "no owner": lambda: application.press(custom_id("donnees", "yes", time=now), lou),
             "another server": lambda: leave(application, lou, guild="77", owner=lou.id)}[wrong]()
    if wrong == "another server":  # its fields stand in their order
        press = application.press(f"donnees:3:yes:o{base36(int(lou.id))}:g{base36(77)}:t{base36(now)}", lou)
    assert is_refusal(service.ask(press))
    assert database.balance(lou) == 70 and database.balance(other) == 30


def test_an_open_game_keeps_its_player(start, database, application, lou):
    table = Table(start(database), database, application)
    bob = table.member()
    table.challenge("pfc", lou, bob, 50)
    for press in (application.press(custom_id("donnees", "ask", owner=lou.id), lou), leave(application, lou)):
        reply = table.service.ask(press)
        assert is_refusal(reply) and "partie" in shown(reply)
    assert database.balance(lou) == 20


def test_killed_under_way_the_press_says_what_happened(start, database, application, lou):
    service = start(database)
    press = service.signed(leave(application, lou))
    with database.locked(lou):
        answer = in_background(service.post, *press, deferred=True)
        until(database.waiting_for_locks, "the press waits")
        service.kill()
    assert answer().status == 0
    service.start()
    reply = service.post(*press)
    # Whether PostgreSQL did it after all or not: it is done, and once.
    assert "Tout est effacé" in shown(reply.json())
    assert is_gone(database, lou) and service.post(*press).body == reply.body
