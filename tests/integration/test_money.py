"""Money from member to member and from the house: every movement once, every LC explained."""

import re
import time

import pytest

from support.interactions import Member, base36
from support.service import ctl
from support.replies import is_ephemeral, is_refusal, shown, under
from support.buttons import buttons
from support.outage import in_background
from support.wait import until

MAX = 2147483647


@pytest.fixture
def other():
    return Member()


@pytest.fixture
def db(shared):
    return shared.database


def give(app, member, other, amount, **words):
    return app.command("don", member, ("membre", other), ("montant", amount), **words)


def asked(shared, app, member, other, amount):
    """The custom ids of the two buttons of a confirmation."""
    found = buttons(shared.ask(give(app, member, other, amount)))
    return found["Confirmer"]["custom_id"], found["Annuler"]["custom_id"]


# -- giving


def test_a_gift_locks_its_members_in_the_order_of_their_ids(shared, app, db):
    """Whoever gives: or two who give to each other at once wait in a circle."""
    first, second = sorted((Member(), Member()), key=lambda user: user.id)
    for user in (first, second):
        db.add_member(user, balance=500)
    with db.locked(first) as holder:
        answer = in_background(shared.ask, give(app, second, first, 10))
        until(db.waiting_for_locks, "the gift waits for the first of them")
        with holder.cursor() as cursor:
            cursor.execute("SELECT FROM users WHERE guild_id = %s AND user_id = %s FOR UPDATE NOWAIT",
                           (app.guild_id, second.id))
            assert cursor.rowcount == 1, "it holds none that comes behind"
        holder.rollback()
        assert not is_refusal(answer())
    assert db.balance(first) == 510 and db.balance(second) == 490


def test_a_gift_moves_from_one_to_the_other(shared, app, db, member, other):
    db.add_member(member, balance=500)
    db.add_member(other, balance=10)
    reply = shared.ask(give(app, member, other, 120))
    assert reply["type"] == 4 and not is_ephemeral(reply)
    for word in (member.username, other.username, "120 LC"):
        assert word in shown(reply)
    assert (db.balance(member), db.balance(other)) == (380, 130)
    assert db.ledger(member)[-1] == ("transfer", -120)
    assert db.ledger(other)[-1] == ("transfer", 120)
    assert db.is_explained(member) and db.is_explained(other)


def test_strangers_become_members_by_giving(shared, app, db, member, other):
    assert "25 LC" in shown(shared.ask(give(app, member, other, 25)))
    assert (db.balance(member), db.balance(other)) == (0, 50)


def test_names_are_shown_escaped(shared, app, db, member):
    star = Member("s_t_a_r", nick="**gras** @everyone")
    reply = shared.ask(give(app, member, star, 1))
    assert "\\*\\*gras\\*\\* \\@everyone" in shown(reply)
    assert reply["data"]["allowed_mentions"] == {"parse": []}


def test_a_gift_speaks_the_servers_language(shared, app, member, other):
    assert " gave " in shown(shared.ask(give(app, member, other, 1, guild_locale="en-US")))


@pytest.mark.parametrize("amount", [0, -1, -MAX, MAX + 1, 2**53 - 1])
def test_an_amount_out_of_range_is_refused(shared, app, db, member, other, amount):
    db.add_member(member, balance=500)
    assert is_refusal(shared.ask(give(app, member, other, amount)))
    assert db.balance(member) == 500 and db.ledger(member) == [("opening", 475)]


def test_options_of_another_type_or_none_are_refused(shared, app, db, member, other):
    db.add_member(member, balance=500)
    for options in ((), (("membre", other),), (("montant", 5),),
                    (("membre", other), ("montant", "5")), (("membre", "x"), ("montant", 5))):
        assert is_refusal(shared.ask(app.command("don", member, *options)))
    assert db.balance(member) == 500


def test_giving_to_oneself_or_a_bot_is_refused(shared, app, db, member):
    db.add_member(member, balance=5000)
    bot = Member(bot=True)
    for amount in (5, 2000):
        assert is_refusal(shared.ask(give(app, member, member, amount)))
        assert is_refusal(shared.ask(give(app, member, bot, amount)))
    assert db.balance(member) == 5000
    assert db.run("SELECT 1 FROM users WHERE user_id = %s", bot.id) == []


@pytest.mark.parametrize("amount, missing", [
    (101, "1 LC short"), (1000, "900 LC short"), (1001, "901 LC short"), (MAX, "2,147,483,547 LC short")])
def test_more_than_the_balance_is_refused_and_says_what_is_missing(
        shared, app, db, member, other, amount, missing):
    db.add_member(member, balance=100)
    reply = shared.ask(give(app, member, other, amount, locale="en-US"))
    assert is_refusal(reply) and missing in shown(reply)
    assert db.balance(member) == 100
    assert db.balance(other) == 25  # named, so a member


def test_a_balance_never_passes_its_maximum(shared, app, db, member, other):
    db.add_member(member, balance=100)
    db.add_member(other, balance=MAX - 10)
    assert is_refusal(shared.ask(give(app, member, other, 11)))
    assert (db.balance(member), db.balance(other)) == (100, MAX - 10)
    assert not is_refusal(shared.ask(give(app, member, other, 10)))
    assert (db.balance(member), db.balance(other)) == (90, MAX)


def test_a_replayed_gift_is_given_once(shared, app, db, member, other):
    db.add_member(member, balance=500)
    request = shared.signed(give(app, member, other, 100))
    replies = shared.together([request] * 30)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert db.balance(member) == 400
    shared.ask(give(app, member, other, 400))
    assert shared.post(*request).body == replies[0].body and db.balance(member) == 0


def test_a_refused_gift_stays_refused_when_replayed(shared, app, db, member, other):
    request = shared.signed(give(app, member, other, 100))
    first = shared.post(*request)
    db.set_balance(member, 500)
    assert shared.post(*request).body == first.body and is_refusal(first.json())
    db.set_balance(member, 25)


# -- above 1,000 LC


def test_up_to_a_thousand_nobody_asks(shared, app, db, member, other):
    db.add_member(member, balance=3000)
    assert not is_ephemeral(shared.ask(give(app, member, other, 1000)))
    assert db.balance(member) == 2000
    reply = shared.ask(give(app, member, other, 1001))
    assert is_ephemeral(reply) and set(buttons(reply)) == {"Confirmer", "Annuler"}
    assert "1\u202f001 LC" in shown(reply) and other.username in shown(reply)
    assert "999 LC" in shown(reply)  # what would be left
    assert db.balance(member) == 2000


def test_a_confirmed_gift_is_public_and_paid(shared, app, db, member, other):
    db.add_member(member, balance=3000)
    confirm, _ = asked(shared, app, member, other, 2500)
    assert len(confirm) <= 100
    reply = shared.ask(app.press(confirm, member))
    assert reply["type"] == 4 and not is_ephemeral(reply)
    for word in (member.username, other.username, "2\u202f500 LC"):
        assert word in shown(reply)
    assert (db.balance(member), db.balance(other)) == (500, 2525)


def test_a_confirmation_pays_once_however_often_it_is_pressed(shared, app, db, member, other):
    db.add_member(member, balance=10000)
    confirm, cancel = asked(shared, app, member, other, 2000)
    replies = shared.together([shared.signed(app.press(confirm, member)) for _ in range(30)])
    refused = [reply for reply in replies if is_refusal(reply.json())]
    assert len(refused) == 29 and db.balance(member) == 8000
    assert is_refusal(shared.ask(app.press(cancel, member))) and db.balance(member) == 8000
    assert db.balance(other) == 2025 and db.is_explained(member)


def test_two_confirmations_are_two_gifts(shared, app, db, member, other):
    db.add_member(member, balance=10000)
    for left in (8000, 6000):
        confirm, _ = asked(shared, app, member, other, 2000)
        shared.ask(app.press(confirm, member))
        assert db.balance(member) == left


def test_a_replayed_press_gets_the_same_bytes(shared, app, db, member, other):
    db.add_member(member, balance=10000)
    confirm, _ = asked(shared, app, member, other, 2000)
    request = shared.signed(app.press(confirm, member))
    replies = shared.together([request] * 20)
    assert len({reply.body for reply in replies}) == 1 and not is_refusal(replies[0].json())
    assert db.balance(member) == 8000


def test_a_cancelled_gift_cannot_be_confirmed(shared, app, db, member, other):
    db.add_member(member, balance=3000)
    confirm, cancel = asked(shared, app, member, other, 2000)
    request = shared.signed(app.press(cancel, member))
    reply = shared.post(*request)
    assert reply.json()["type"] == 7 and not buttons(reply.json())
    assert shared.post(*request).body == reply.body
    assert is_refusal(shared.ask(app.press(confirm, member)))
    assert shared.ask(app.press(cancel, member))["type"] == 7
    assert db.balance(member) == 3000


def test_confirming_and_cancelling_at_once_does_one_of_them(shared, app, db, member, other):
    db.add_member(member, balance=100000)
    for _ in range(5):
        before = db.balance(member)
        confirm, cancel = asked(shared, app, member, other, 2000)
        paid, cancelled = shared.together(
            [shared.signed(app.press(custom_id, member)) for custom_id in (confirm, cancel)])
        assert is_refusal(paid.json()) != is_refusal(cancelled.json())
        assert db.balance(member) == before - (0 if is_refusal(paid.json()) else 2000)


def test_only_the_giver_may_press(shared, app, db, member, other):
    db.add_member(member, balance=3000)
    db.add_member(other, balance=3000)
    for custom_id in asked(shared, app, member, other, 2000):
        assert is_refusal(shared.ask(app.press(custom_id, other)))
    assert (db.balance(member), db.balance(other)) == (3000, 3000)


def test_a_question_stands_for_a_quarter_of_an_hour(shared, app, db, member, other):
    db.add_member(member, balance=3000)
    confirm, _ = asked(shared, app, member, other, 2000)
    seconds = re.search(r":t(\w+)", confirm).group(1)
    assert abs(int(seconds, 36) - time.time()) < 60
    for age, paid in ((901, False), (899 - 60, True)):
        old = confirm.replace(f":t{seconds}", f":t{base36(int(seconds, 36) - age)}")
        assert is_refusal(shared.ask(app.press(old, member))) != paid
    assert db.balance(member) == 1000


def test_what_is_gone_meanwhile_is_not_given(shared, app, db, member, other):
    db.add_member(member, balance=3000)
    confirm, _ = asked(shared, app, member, other, 2500)
    shared.ask(give(app, member, other, 900))
    refused = shared.ask(app.press(confirm, member))
    assert is_refusal(refused) and "400" in shown(refused) and db.balance(member) == 2100
    shared.ask(give(app, other, member, 900))
    assert not is_refusal(shared.ask(app.press(confirm, member)))  # it had paid nothing
    assert db.balance(member) == 500


@pytest.mark.parametrize("change", [
    ("don:3:", "don:2:"), ("don:3:", "don:3"), (":ok:", ":yes:"), (":ok:", "::"), ("$", ":n1"),
    ("$", "0000000000"), ("$", "_"), (":nAMOUNT:", ":n0:"), (":nAMOUNT:", ":n-5:"), (":nAMOUNT:", ":"),
    (":nAMOUNT:", ":nzzzzzzz:"), (":mTO:", ":m0:"), (":mTO:", ":mABC:"), (":mTO:", ":"),
    (":mTO:", ":m9999999999999:"), (":mTO:", ":mFROM:"), (":mTO:", ":mNOBODY:")])
def test_a_forged_confirmation_pays_nothing(shared, app, db, member, other, change):
    db.add_member(member, balance=5000)
    confirm, _ = asked(shared, app, member, other, 2000)
    was, now = change
    was = was.replace("AMOUNT", base36(2000)).replace("TO", base36(int(other.id)))
    now = now.replace("FROM", base36(int(member.id))).replace("NOBODY", base36(4000000000000000009))
    forged = re.sub(was if "$" in was else re.escape(was), now, confirm)
    assert forged != confirm
    assert is_refusal(shared.ask(app.press(forged, member)))
    assert db.balance(member) == 5000


# -- the daily gift


def test_the_gift_is_25_lc_and_says_when_the_next_is(shared, app, db, member):
    reply = shared.ask(app.command("cadeau", member))
    assert not is_ephemeral(reply) and "25 LC" in shown(reply) and "50 LC" in shown(reply)
    due = int(re.search(r"<t:(\d+):R>", shown(reply)).group(1))
    assert abs(due - time.time() - 86400) < 60
    assert db.ledger(member) == [("daily_gift", 25)] and db.balance(member) == 50


def test_a_second_gift_waits_for_24_hours(shared, app, db, member):
    shared.ask(app.command("cadeau", member))
    reply = shared.ask(app.command("cadeau", member))
    assert is_refusal(reply) and re.search(r"<t:\d+:R>", shown(reply))
    for ago, paid in (("23 hours 59 minutes", False), ("24 hours", True)):
        db.run("UPDATE users SET last_gift_time = now() AT TIME ZONE 'utc' - %s::interval"
               " WHERE user_id = %s", ago, member.id)
        assert is_refusal(shared.ask(app.command("cadeau", member))) != paid
    assert db.balance(member) == 75 and db.is_explained(member)


def test_fifty_gifts_at_once_are_one(shared, app, db, member):
    replies = shared.together(
        [shared.signed(app.command("cadeau", member)) for _ in range(50)])
    assert sum(not is_refusal(reply.json()) for reply in replies) == 1
    assert db.balance(member) == 50


def test_a_replayed_gift_gets_the_same_bytes(shared, app, db, member):
    request = shared.signed(app.command("cadeau", member))
    first = shared.post(*request)
    db.run("UPDATE users SET last_gift_time = NULL WHERE user_id = %s", member.id)
    assert shared.post(*request).body == first.body and db.balance(member) == 50


def test_a_full_balance_keeps_its_gift_for_later(shared, app, db, member, other):
    db.add_member(member, balance=MAX - 24)
    assert is_refusal(shared.ask(app.command("cadeau", member)))
    shared.ask(give(app, member, other, 1))
    assert not is_refusal(shared.ask(app.command("cadeau", member)))
    assert db.balance(member) == MAX


# -- many at once


def test_two_members_giving_to_each_other_from_fifty_connections(start, database, app):
    """The sum stays, nobody goes below 0, the ledger is exact; confirmations included."""
    service = start(database, BESACE_POOL_SIZE=8)
    lou, ana = Member(), Member()
    for member in (lou, ana):
        database.add_member(member, balance=2000)
    done = 0
    for _ in range(8):
        requests = []
        for number in range(48):
            giver, taker = ((lou, ana), (ana, lou))[number % 2]
            requests.append(service.signed(give(app, giver, taker, 1 + 37 * number % 1000)))
        confirm = buttons(service.ask(give(app, lou, ana, 1001)))["Confirmer"]["custom_id"] \
            if database.balance(lou) > 1000 else None
        if confirm:
            requests += [service.signed(app.press(confirm, lou))] * 2
        replies = service.together(requests)
        assert {reply.status for reply in replies} == {200}
        for reply in replies[:48]:
            assert not is_ephemeral(reply.json()) or is_refusal(reply.json())
            done += not is_refusal(reply.json())
        balances = database.balance(lou), database.balance(ana)
        assert sum(balances) == 4000 and min(balances) >= 0
    assert done > 50
    assert database.is_explained(lou) and database.is_explained(ana)
    assert ctl("check", DATABASE_URL=database.url).returncode == 0


# -- one's own movements


def test_the_history_is_ephemeral_newest_first_and_says_what_and_who(shared, app, db, member, other):
    shared.ask(app.command("cadeau", member))
    shared.ask(give(app, member, other, 30))
    shared.ask(give(app, other, member, 7))
    reply = shared.ask(app.command("historique", member))
    assert is_ephemeral(reply) and not buttons(reply)
    lines = under(reply).split("\n")
    assert [re.search(r"\*\*(.*?) LC\*\*", line).group(1) for line in lines] == ["+7", "−30", "+25"]
    assert all(re.match(r"<t:\d+:d> · ", line) for line in lines)
    assert "don de " + other.username in lines[0] and "don à " + other.username in lines[1]
    assert "cadeau quotidien" in lines[2] and "Solde\u00a0: 27 LC" in shown(reply)
    english = shown(shared.ask(app.command("historique", member, locale="en-US")))
    assert "gift to " + other.username in english and "daily gift" in english


def test_a_history_without_entries_says_so(shared, app, db, member):
    reply = shared.ask(app.command("historique", member))
    assert is_ephemeral(reply) and "Aucun mouvement" in shown(reply)
    assert db.balance(member) == 25


def test_every_type_of_entry_has_its_words(shared, app, db, member):
    db.add_member(member)
    words = {"daily_gift": "cadeau quotidien", "level_up": "niveau gagné",
             "jackpot_reward": "jackpot ouvert", "bet": "mise (Machine à sous)",
             "game_win": "partie gagnée (Duel)", "refund": "mise rendue",
             "admin_adjust": "modération", "opening": "solde d’ouverture"}
    notes = {"bet": "machine 123", "game_win": "duel 5", "admin_adjust": "admin 42: secret"}
    for kind in words:
        sides = (member.id, None) if kind == "bet" else (None, member.id)
        db.run("INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,"
               " description) VALUES (:guild, %s, %s, 1, %s, %s)", *sides, kind, notes.get(kind))
    db.follow_ledger(member)
    text = shown(shared.ask(app.command("historique", member)))
    for word in words.values():
        assert word in text
    assert "secret" not in text and "admin 42" not in text


@pytest.mark.parametrize("note, french, english", [
    ("niveau 12", "niveau 12", "level 12"), (None, "niveau gagné", "level gained"),
    ("niveau 12 et plus", "niveau gagné", "level gained"),
    ("niveau 99999999999999", "niveau gagné", "level gained")])
def test_a_level_is_named_in_the_members_language(shared, app, db, member, note, french, english):
    db.add_member(member)
    db.run("INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, description)"
           " VALUES (:guild, %s, 1, 'level_up', %s)", member.id, note)
    db.follow_ledger(member)
    for locale, words in (("fr", french), ("en-US", english)):
        assert f" · {words} · " in shown(shared.ask(app.command("historique", member, locale=locale)))


def test_the_history_turns_its_pages_both_ways(shared, app, db, member):
    db.add_member(member)
    for amount in range(1, 26):
        db.run("INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type)"
               " VALUES (:guild, %s, %s, %s, 'opening')",
               *((member.id, None) if amount % 3 == 0 else (None, member.id)), amount)
    db.follow_ledger(member)

    def amounts(reply):
        return [int(number) for number in
                re.findall(r"\*\*[+−](\d+) LC\*\*", under(reply))]

    def press(reply, label):
        button = buttons(reply)[label]
        assert not button.get("disabled")
        turned = shared.ask(app.press(button["custom_id"], member))
        assert turned["type"] == 7
        return turned

    first = shared.ask(app.command("historique", member))
    assert amounts(first) == list(range(25, 15, -1))
    assert buttons(first)["Plus récents"]["disabled"]
    second = press(first, "Plus anciens")
    assert amounts(second) == list(range(15, 5, -1))
    third = press(second, "Plus anciens")
    assert amounts(third) == [5, 4, 3, 2, 1] and buttons(third)["Plus anciens"]["disabled"]
    back = press(third, "Plus récents")
    assert amounts(back) == list(range(15, 5, -1))
    again = press(back, "Plus récents")
    assert amounts(again) == list(range(25, 15, -1)) and buttons(again)["Plus récents"]["disabled"]


def test_nobody_reads_the_history_of_somebody_else(shared, app, db, member, other):
    db.add_member(member)
    for _ in range(11):
        db.run("INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
               " VALUES (:guild, %s, 1, 'opening')", member.id)
    db.follow_ledger(member)
    older = buttons(shared.ask(app.command("historique", member)))["Plus anciens"]["custom_id"]
    assert is_refusal(shared.ask(app.press(older, other)))
    stolen = shared.ask(app.press(older.replace(base36(int(member.id)), base36(int(other.id))), other))
    assert "LC**" not in shown(stolen)  # their own: empty
    for forged in (older.replace(":older:", ":x:"), older.replace("historique:3", "historique:2"),
                   re.sub(r":n\w+$", ":n0", older), re.sub(r":n\w+$", ":nzik0zk", older),
                   re.sub(r":n\w+$", ":n-1", older), re.sub(r":n\w+$", "", older), older + "_"):
        assert is_refusal(shared.ask(app.press(forged, member)))


# -- statistics


def test_stats_tell_all_there_is(shared, app, db, member, other):
    db.add_member(other, balance=12345, xp=1250)
    db.run("UPDATE users SET message_count = 678, voice_time = 45296, invites = 3,"
           " created_at = '2024-02-11 21:07:33' WHERE user_id = %s", other.id)
    for result in ("win", "win", "loss", "push"):
        db.run("INSERT INTO game_history (guild_id, game_type, player_id, bet_amount, result)"
               " VALUES (:guild, 'roue', %s, 10, %s)", other.id, result)
    reply = shared.ask(app.command("stats", member, ("membre", other)))
    assert not is_ephemeral(reply) and other.username in shown(reply)
    fields = [line.split(" · ", 1)[1] for line in under(reply).split("\n")]
    assert fields == ["12\u202f345 LC", "5 (1\u202f250 XP)", "678", "12 h 34 min", "4 jouées, 2 gagnées",
                      "3", "<t:1707685653:D>"]
    own = shared.ask(app.command("stats", member))
    assert "25 LC" in shown(own) and "0 jouée, 0 gagnée" in shown(own)


def test_stats_of_a_bot_are_refused(shared, app, member):
    assert is_refusal(shared.ask(app.command("stats", member, ("membre", Member(bot=True)))))
