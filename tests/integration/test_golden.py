"""Everything that members see, in files: a review of tests/golden shows what changes for them.

`BESACE_GOLDEN=write make check` (or pytest on this file) writes the files anew.
"""

import json
import re
import time

import pytest

from standin import rules
from support.interactions import Member, base36, custom_id
from support.golden import LOCALES, compare
from support.service import ctl

# One day; only the order of ids matters.
LOU, ANA, BOT = "1400000000000000042", "1400000000000000043", "1400000000000000044"


@pytest.mark.parametrize("scope", ["global", "guild"])
def test_the_registration_is_the_golden_one(scope):
    more = [] if scope == "global" else ["--guild", "1400000000000000000"]
    done = ctl("register", "--print", *more)
    assert done.returncode == 0, done.stderr
    commands = json.loads(done.stdout)
    assert not rules.validate_commands(commands, scope)
    compare(f"registration_{scope}.json", commands)


# The interaction that a confirmation is asked by.
ASKED = "1400000000000000099"


def confirmation(action, member=LOU, age=0):
    """The button that Lou gets for giving Ana 2,000 LC."""
    return custom_id("don", action, owner=member, subject=ASKED, member=ANA, number=2000,
                     time=int(time.time()) - age)


def leaving(age=0):
    """The button by which Lou erases themself."""
    return custom_id("donnees", "yes", owner=LOU, time=int(time.time()) - age)


def steady(reply):
    """REPLY with what is another each time made the same: times, numbers of rows, new ids."""
    text = json.dumps(reply, ensure_ascii=False)
    for changing, still in ((r"<t:\d+:", "<t:1400000000:"), (r"(n°|no\.)(\s)\d+", r"\1\g<2>12"),
                            (r"((?:·|Act) #)\d+", r"\g<1>12"),
                            (r"besacectl undo \d+", "besacectl undo 12"),
                            (r"(don:3:\w\w:o\w+):s\w+(.*?):t\w+", rf"\1:s{base36(int(ASKED))}\2:tn5iq2o"),
                            (r"(donnees:3:yes:o\w+:g\w+):t\w+", r"\1:tn5iq2o"),
                            (r"(historique:3:\w+:o\w+):n\w+", r"\1:nc")):
        text = re.sub(changing, still, text)
    return json.loads(text)


FULL = {"jackpot": 3, "multiplier_x2": 2, "multiplier_x3": 1}


class Asks:
    """What Lou asks in a language: each method returns what makes the interaction."""

    def __init__(self, scenes, locale):
        self.app, self.lou, self.ana = scenes.app, scenes.lou, scenes.ana
        self.locale = locale
        self.words = {"locale": locale, "guild_locale": locale}

    def command(self, name, *options):
        return lambda: self.app.command(name, self.lou, *options, **self.words)

    def press(self, custom_id):
        return lambda: self.app.press(custom_id, self.lou, **self.words)

    def on_ana(self, name):
        return lambda: self.app.user_command(name, self.lou, self.ana, **self.words)

    def give(self, member, amount):
        return self.command("don", ("membre", member), ("montant", amount))

    def admin(self, path, *options, permissions=1 << 5):
        return lambda: self.app.subcommand(
            f"admin {path}", self.lou, ("membre", self.ana), *options, ("raison", "*concours*"),
            permissions=permissions, **self.words)


class Stage:
    """Members in every state that a reply can show."""

    def __init__(self, database, application):
        self.db, self.app = database, application
        self.lou = Member("lou", id=LOU)
        self.ana = Member("ana_b", nick="Ana *la* star", id=ANA)
        self.bot = Member("robot", bot=True, id=BOT)

    def set(self, balance=25, xp=0, multiplier=None, **items):
        """Makes Lou anew, in that state."""
        for table in ("besace_receipts", "besace_audit", "active_multipliers", "user_inventory"):
            self.db.run(f"DELETE FROM {table}")
        self.db.run("DELETE FROM transactions")
        self.db.run("DELETE FROM users")
        self.db.add_member(self.lou, balance=balance, xp=xp, **items)
        if multiplier:
            self.db.run("INSERT INTO active_multipliers (guild_id, user_id, multiplier_type,"
                        " multiplier_value, games_remaining) VALUES (:guild, %s, %s, %s, %s)",
                        LOU, f"multiplier_x{multiplier[0]}", *multiplier)

    def scenes(self, locale):
        """(title, state, interaction) of every reply, in the order of a first visit."""
        asks = Asks(self, locale)
        return [*self.levels(asks), *self.bags(asks), *self.gifts(asks), *self.books(asks),
                *self.data(asks), *self.others(asks)]

    def levels(self, asks):
        command, press, on_ana = asks.command, asks.press, asks.on_ana
        return [
            ("/aide", {}, command("aide")),
            *[(f"/aide, {topic}", {}, press(f"aide:3:{topic}")) for topic in ("xp", "lc", "sac", "jeux", "moi")],
            ("/lc", {}, command("lc")),
            ("/lc of somebody", {}, command("lc", ("membre", self.ana))),
            ("/lc of a bot", {}, command("lc", ("membre", self.bot))),
            ("/lc of the richest", {"balance": 2147483647}, command("lc")),
            ("/niveau at the start", {}, command("niveau")),
            ("/niveau half way through level 5", {"xp": 1250}, command("niveau")),
            ("/niveau at the top", {"xp": 2147483647}, command("niveau")),
            ("/niveau of somebody", {}, command("niveau", ("membre", self.ana))),
            ("/annonces with a ping", {}, command("annonces", ("ping", True))),
            ("/annonces without", {}, command("annonces", ("ping", False))),
            ("Voir le niveau", {}, on_ana("Voir le niveau")),
            ("Voir le solde", {}, on_ana("Voir le solde")),
        ]

    def bags(self, asks):
        command, press = asks.command, asks.press
        rich = {"balance": 2147483647, "jackpot": 1}
        return [
            ("/sac, empty", {}, command("sac")),
            ("/sac, full", FULL, command("sac")),
            ("/sac, a multiplier for two games", {**FULL, "multiplier": (3, 2)}, command("sac")),
            ("/sac, a multiplier for one game", {"multiplier": (2, 1)}, command("sac")),
            ("Ouvrir", FULL, press(custom_id("sac", "jackpot", owner=LOU, number=0))),
            ("Ouvrir, the last one", {"jackpot": 1}, press(custom_id("sac", "jackpot", owner=LOU, number=0))),
            ("Activer x2", FULL, press(custom_id("sac", "multiplier_x2", owner=LOU, number=0))),
            ("Activer x3, the last one", {"multiplier_x3": 1}, press(custom_id("sac", "multiplier_x3", owner=LOU, number=0))),
            ("Ouvrir, none left", {}, press(custom_id("sac", "jackpot", owner=LOU, number=0))),
            ("Ouvrir, the button has been used", FULL, press(custom_id("sac", "jackpot", owner=LOU, number=7))),
            ("Activer, none left", {}, press(custom_id("sac", "multiplier_x2", owner=LOU, number=0))),
            ("Activer, one is active", {**FULL, "multiplier": (2, 2)},
             press(custom_id("sac", "multiplier_x3", owner=LOU, number=0))),
            ("Ouvrir, the purse is full", rich, press(custom_id("sac", "jackpot", owner=LOU, number=0))),
            ("Ouvrir, somebody else's bag", FULL, press(custom_id("sac", "jackpot", owner=ANA, number=0))),
        ]

    def gifts(self, asks):
        command, press, give = asks.command, asks.press, asks.give
        return [
            ("/don", {}, give(self.ana, 10)),
            ("/don to oneself", {}, give(self.lou, 10)),
            ("/don to a bot", {}, give(self.bot, 10)),
            ("/don, more than there is", {}, give(self.ana, 26)),
            ("/don, out of range", {}, give(self.ana, 0)),
            ("/don, the amount is missing", {}, command("don", ("membre", self.ana))),
            ("/don, much", {"balance": 5000}, give(self.ana, 2000)),
            ("Confirmer", {"balance": 5000}, press(confirmation("ok"))),
            ("Confirmer, too late", {"balance": 5000}, press(confirmation("ok", age=1000))),
            ("Confirmer, somebody else's", {"balance": 5000}, press(confirmation("ok", ANA))),
            ("Annuler", {"balance": 5000}, press(confirmation("no"))),
            ("/cadeau", {}, command("cadeau")),
            ("/cadeau, the purse is full", {"balance": 2147483647}, command("cadeau")),
        ]

    def books(self, asks):
        command, press = asks.command, asks.press
        return [
            ("/historique, empty", {}, command("historique")),
            ("/historique", {"balance": 500}, command("historique")),
            ("/stats", {"balance": 12345, "xp": 1250}, command("stats")),
            ("/classement of LC", {"balance": 12345}, command("classement", ("type", "lc"))),
            ("/classement of levels", {"xp": 12345}, command("classement", ("type", "niveau"))),
            ("/classement, a page that has emptied", {},
             press(custom_id("classement", "dn", owner=LOU, member=ANA, number=0, word="lc"))),
            ("/classement, the form for a page", {},
             press(custom_id("classement", "goto", owner=LOU, number=101, word="lc"))),
            ("/classement, no number of a page", {}, lambda: asks.app.modal(
                custom_id("classement", "typed", owner=LOU, word="lc"), asks.lou, {"page": "deux"}, locale=asks.locale)),
            ("/classement, somebody else's", {}, press(custom_id("classement", "dn", owner=ANA, member=LOU, number=0, word="lc"))),
        ]

    def data(self, asks):
        press = asks.press
        return [
            ("/mes-donnees, Effacer", {**FULL, "balance": 1234, "xp": 1250}, press(custom_id("donnees", "ask", owner=LOU))),
            ("/mes-donnees, Garder", {}, press(custom_id("donnees", "no", owner=LOU))),
            ("/mes-donnees, Effacer pour toujours", {}, press(leaving())),
            ("/mes-donnees, too late", {}, press(leaving(age=1000))),
            ("/mes-donnees, somebody else's", {}, press(custom_id("donnees", "ask", owner=ANA))),
        ]

    def others(self, asks):
        command, press, admin = asks.command, asks.press, asks.admin
        app, lou, locale = self.app, self.lou, asks.locale
        return [
            ("/admin lc ajouter", {}, admin("lc ajouter", ("montant", 100000))),
            ("/admin objet donner", {}, admin("objet donner", ("objet", "jackpot"))),
            ("/admin xp retirer, too much", {}, admin("xp retirer", ("montant", 100))),
            ("/admin lc ajouter, too much", {}, admin("lc ajouter", ("montant", 2147483647))),
            ("/admin by anybody", {}, admin("lc ajouter", ("montant", 1), permissions=0)),
            ("A button of long ago", {}, press("sac:0:jackpot")),
            ("A command of long ago", {}, command("rien")),
            ("A modal of long ago", {}, lambda: app.modal("rien", lou, {}, locale=locale)),
            ("Autocomplete", {}, lambda: app.autocomplete("lc", lou, "membre", "a", locale=locale)),
        ]

    def perform(self, service, state, make):
        """The reply to a scene. What a jackpot holds is drawn: it is opened until it holds 25."""
        while True:
            self.set(**state)
            self.db.add_member(self.ana)
            reply = steady(service.ask(make()))
            drawn = self.db.run("SELECT amount FROM transactions WHERE transaction_type"
                                " = 'jackpot_reward'")
            if not drawn or drawn == [(25,)]:
                return reply


@pytest.mark.parametrize("language", LOCALES)
def test_every_reply_is_the_golden_one(service, database, application, language):
    stage = Stage(database, application)
    replies = {title: stage.perform(service, state, make)
               for title, state, make in stage.scenes(LOCALES[language])}
    compare(f"replies_{language}.json", replies)


@pytest.mark.parametrize("language", LOCALES)
def test_the_apology_is_the_golden_one(start, empty_database, application, language):
    service = start(empty_database, ready=False, DATABASE_URL="postgresql:///x?host=/nonexistent")
    lou = Member("lou", id=LOU)
    reply = service.ask(application.command("lc", lou, locale=LOCALES[language]))
    compare(f"away_{language}.json", reply)
