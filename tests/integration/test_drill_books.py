"""The books of the drill name a loss and a doubling of each kind that is put into them on purpose."""

import collections
import contextlib
import copy
import json
import types

import psycopg2
import pytest

from drill.books import Books
from drill.load import QUIET_MAX, Entry, Load, Notebook, Pair
from standin.discord import Discord
from support.events import Shim, message, now_ms, reaction, voice
from support.interactions import GUILD
from support.ports import own_port
from support.service import Service, ctl
from support.wait import until

ROLE = "801"  # of level 2


class History:
    """What a few members did on a small installation, all of it acknowledged: LOAD and its notebook,
    and what PostgreSQL and Discord hold of it."""

    def __init__(self, service, database, discord, shim):
        self.service, self.database, self.discord = service, database, discord
        self.load = Load(service.application, lambda: service, 1, 2)
        self.books = Books(self.load, database.run, lambda: self.check(), discord)
        self.books.set_roles()
        self.load.settle_in(database.run)
        self.play()
        self.write(shim)

    def check(self):
        done = ctl("check", DATABASE_URL=self.database.url)
        return "" if done.returncode == 0 else (done.stdout + done.stderr).decode()

    def play(self):
        for pair in self.load.pairs:
            a, b = pair.members
            pair.serial = QUIET_MAX - 1  # the next gift is made at once, the one after asks first
            for act in (pair.do_don, pair.do_don, pair.do_jackpot, pair.do_cadeau, pair.do_lc,
                        pair.do_roue, pair.do_duel, pair.do_pfc):
                act(a, b)
            for kind, act in (("duel", pair.do_duel), ("pfc", pair.do_pfc)):
                while not self.done(kind, pair):  # the seed had it cancelled
                    act(a, b)

    def done(self, kind, pair=None):
        return [entry for entry in self.load.notebook.entries if entry.kind == kind
                and entry.is_done and (pair is None or entry.member in
                                       [member.id for member in pair.members])]

    def write(self, shim):
        """A level-up by a message, a reaction, and a move in voice."""
        book, author = self.load.notebook, self.load.members[0]
        shim.send(self.service, message(author, now_ms()), reaction(author, now_ms()),
                  voice(author, now_ms()))
        book.messages[GUILD, author.id] = 1
        book.reactions, book.moves = 1, 1
        self.author = author


@pytest.fixture(name="history", scope="module")
def a_history(cluster, template, application):
    database, shim = cluster.create(template), Shim()
    with Discord(application_id=application.id) as discord:
        discord.settings(any_token={"deferred": False})
        service = Service(
            application, database.service_url, BESACE_EVENT_KEYS=shim.setting,
            DISCORD_API_URL=discord.url, DISCORD_BOT_TOKEN="bot.token.test",
            BESACE_LEVEL_CHANNEL_ID="77").start()
        history = History(service, database, discord, shim)
        until(lambda: discord.roles_of(history.author.id) == {ROLE}, "the role is given")
        assert history.books.compare_end().words == []
        service.stop()
        yield history
    database.drop()


@pytest.fixture(name="books")
def some_books(history):
    """Books of copies: what a test does to the database is rolled back, what it does to the notebook
    and to Discord is done to a copy."""
    load = copy.copy(history.load)
    load.notebook = copy.copy(history.load.notebook)
    load.notebook.entries = [copy.copy(entry) for entry in load.notebook.entries]
    load.notebook.messages = dict(load.notebook.messages)
    discord = copy.copy(history.discord)
    discord.messages = copy.deepcopy(discord.messages)
    discord.roles = set(discord.roles)
    discord.violations = list(discord.violations)
    with contextlib.closing(psycopg2.connect(history.database.url)) as connection:
        def run(sql, *values):
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else cursor.rowcount

        books = Books(load, run, lambda: "", discord)
        books.undo = connection.rollback
        yield books


def looked_at(books):
    return books.compare(seconds=0)


def looked_at_end(books):
    return books.compare_end(seconds=0)


def found(report, lost=0, doubled=0, words=""):
    """REPORT has that many and names them."""
    assert (report.lost, report.doubled) == (lost, doubled), report.words
    assert any(words in one for one in report.words), report.words


def change(books, sql, *values):
    """Does SQL, which must meet a row."""
    assert books.run(sql, *values) == 1


def one_row(kind):
    """The rows of game_history of one wheel or duel: where its number is the least."""
    return f"ctid = (SELECT min(ctid) FROM game_history WHERE game_type = '{kind}')"


GIFT = "ctid = (SELECT min(ctid) FROM transactions WHERE transaction_type = 'transfer')"


def copy_of(table, where, **more):
    """Inserts a row once more, under another number; MORE is other in it."""
    return (f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(t) ||"
            f" '{json.dumps(more)}' ||"
            f" jsonb_build_object('id', (SELECT max(id) + 1 FROM {table})))).*"
            f" FROM {table} t WHERE {where}")


def test_a_history_without_a_fault_has_no_words(history, books):
    assert collections.Counter(entry.kind for entry in books.load.notebook.entries)["don"] == 4
    assert looked_at(books).words == []
    assert looked_at_end(books).words == []
    assert history.books.compare(seconds=0).words == []  # with besacectl check


# -- what members asked for


def test_a_gift_that_is_gone_is_lost(books):
    change(books, f"DELETE FROM transactions WHERE {GIFT}")
    found(looked_at(books), lost=1, words="lost: the gift")


def test_a_gift_that_is_there_twice_is_doubled(books):
    change(books, copy_of("transactions", GIFT))
    found(looked_at(books), doubled=1, words="doubled: the gift")


def test_a_gift_that_nobody_made_is_doubled(books):
    change(books, f"UPDATE transactions SET amount = 999 WHERE {GIFT}")
    found(looked_at(books), lost=1, doubled=1, words="doubled: gifts that nobody made")


def test_a_gift_that_was_refused_and_was_made_is_doubled(history, books):
    refused = next(entry for entry in books.load.notebook.entries if entry.kind == "don")
    refused.is_done = False
    found(looked_at(books), doubled=1, words=f"the gift {refused.id}")


def test_a_gift_without_an_answer_may_be_there_or_not(books):
    open_one = next(entry for entry in books.load.notebook.entries if entry.kind == "don")
    open_one.is_done, open_one.acked_at = False, None
    assert looked_at(books).words == []
    change(books, "DELETE FROM transactions WHERE transaction_type = 'transfer' AND amount = %s"
           " AND from_user_id = %s", open_one.amount, open_one.member)
    assert looked_at(books).words == []


def test_a_receipt_that_is_gone_is_lost(history, books):
    entry = history.done("roue")[0]
    change(books, "DELETE FROM besace_receipts WHERE user_id = %s AND interaction_id = %s",
           entry.member, entry.id)
    found(looked_at(books), lost=1, words=entry.id)


@pytest.mark.parametrize("kind", ["roue", "duel", "pfc"])
def test_a_game_that_is_gone_is_lost(history, books, kind):
    entry = history.done(kind)[0]
    change(books, "DELETE FROM game_history WHERE game_type = %s AND player_id = %s"
           " AND bet_amount = %s", kind, entry.member, entry.amount)
    found(looked_at(books), lost=1, words=f"lost: ('{kind}'")


@pytest.mark.parametrize("kind", ["roue", "duel", "pfc"])
def test_a_game_that_is_there_twice_is_doubled(books, kind):
    change(books, copy_of("game_history", one_row(kind), match_id=None))
    found(looked_at(books), doubled=1, words=f"doubled: ('{kind}'")


@pytest.mark.parametrize("kind, words", [
    ("jackpot_reward", "('jackpot'"), ("daily_gift", "('cadeau'")])
def test_a_reward_that_is_gone_is_lost_and_one_that_is_there_twice_is_doubled(books, kind, words):
    row = f"ctid = (SELECT min(ctid) FROM transactions WHERE transaction_type = '{kind}')"
    change(books, copy_of("transactions", row))
    report = looked_at(books)
    assert report.doubled and any(f"doubled: {words}" in one for one in report.words), report.words
    assert books.run("DELETE FROM transactions WHERE transaction_type = %s", kind) >= 2
    report = looked_at(books)
    assert report.lost and any(f"lost: {words}" in one for one in report.words), report.words


@pytest.mark.parametrize("by, lost, doubled", [(-1, 1, 0), (2, 0, 2)])
def test_a_jackpot_too_few_or_too_many_is_named(history, books, by, lost, doubled):
    change(books, "UPDATE user_inventory SET quantity = quantity + %s WHERE item_type = 'jackpot'"
           " AND user_id = %s", by, history.author.id)
    found(looked_at(books), lost, doubled, f"jackpots of {history.author.id}")


def test_another_answer_to_the_same_request_is_named(history, books):
    entry = next(one for one in books.load.notebook.entries if one.kind == "jackpot")
    entry.differs = json.dumps({"type": 4})
    found(looked_at(books), words=f"jackpot {entry.id} was answered in two ways")


@pytest.mark.parametrize("kind, differs", [("don?", False), ("don", True)])
def test_only_what_changes_something_must_be_answered_as_before(kind, differs):
    """A question shows the balance of the moment in which it is asked."""
    first, later = ({"type": 4, "data": {"content": text, "components": []}} for text in "ab")

    def answer(callback):
        return types.SimpleNamespace(status=200, body=json.dumps(callback).encode(),
                                     json=lambda: callback)

    load = types.SimpleNamespace(seed=1, notebook=Notebook(), endpoint=lambda: types.SimpleNamespace(
        post=lambda *_, deferred: answer(later)))
    pair, entry = Pair(load, 1), Entry(kind, "1", "2")
    pair.random = types.SimpleNamespace(random=lambda: 0)  # everything is asked twice
    pair.acknowledged(entry, (), answer(first), first)
    assert (entry.differs is not None) == differs


def test_a_balance_that_its_ledger_does_not_explain_is_named(history):
    change = "UPDATE users SET balance = balance + %s WHERE user_id = %s"
    history.database.run(change, 1, history.author.id)
    try:
        found(history.books.compare(seconds=0), words="besacectl check: ")
    finally:
        history.database.run(change, -1, history.author.id)


# -- what Discord told


@pytest.mark.parametrize("by, lost, doubled", [(-1, 1, 0), (1, 0, 1)])
def test_a_message_too_few_or_too_many_is_named(history, books, by, lost, doubled):
    change(books, "UPDATE users SET message_count = message_count + %s WHERE user_id = %s", by,
           history.author.id)
    found(looked_at(books), lost, doubled, "messages of")


@pytest.mark.parametrize("kind, words", [("r:", "reactions"), ("v:", "moves in voice")])
def test_an_event_that_never_came_is_lost_and_a_second_one_is_doubled(books, kind, words):
    change(books, "UPDATE besace_event_ids SET id = 'x' || id WHERE left(id, 2) = %s", kind)
    found(looked_at(books), lost=1, words=f"lost: {words}")
    books.undo()
    change(books, "INSERT INTO besace_event_ids SELECT (jsonb_populate_record("
           "NULL::besace_event_ids, to_jsonb(t) || jsonb_build_object('id', id || 'x'))).*"
           " FROM besace_event_ids t WHERE left(id, 2) = %s", kind)
    found(looked_at(books), doubled=1, words=f"doubled: {words}")


# -- what Besace told Discord


def test_an_announcement_that_discord_never_saw_is_lost(books):
    books.discord.messages["77"].pop()
    found(looked_at_end(books), lost=1, words="lost: announcements")


def test_an_announcement_that_stands_there_twice_is_doubled(books):
    books.discord.messages["77"].append(books.discord.messages["77"][0])
    found(looked_at_end(books), doubled=1, words="doubled: announcements")


def test_an_announcement_of_nothing_is_doubled(books):
    books.discord.messages["77"].append({**books.discord.messages["77"][0], "nonce": "12345"})
    found(looked_at_end(books), doubled=1, words="doubled: announcements of nobody")


def test_a_level_that_was_never_to_be_announced_is_lost(history, books):
    change(books, "DELETE FROM besace_outbox WHERE user_id = %s", history.author.id)
    books.discord.messages["77"].clear()
    report = looked_at_end(books)
    assert report.lost > 0 and not report.doubled
    assert any(f"announced rewards of {history.author.id}" in one for one in report.words)


def test_an_announcement_that_still_waits_is_lost(books):
    nonce = books.discord.messages["77"].pop()["nonce"]
    change(books, "UPDATE besace_outbox SET outcome = NULL, ended_at = NULL WHERE nonce = %s", nonce)
    found(looked_at_end(books), lost=1, words="lost: announcements")


def test_a_role_that_a_member_lacks_is_lost(history, books):
    books.discord.roles.remove((GUILD, history.author.id, ROLE))
    found(looked_at_end(books), lost=1, words=f"roles of {history.author.id}")


def test_a_role_above_a_members_level_is_doubled(history, books):
    books.discord.roles.add((GUILD, history.author.id, "802"))
    found(looked_at_end(books), doubled=1, words=f"roles of {history.author.id}")


def test_what_discord_does_not_take_is_named(books):
    books.discord.violations.append("no such thing")
    found(looked_at_end(books), words="no such thing")
