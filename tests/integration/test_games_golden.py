"""Every page of every game, in files: a review of tests/golden shows what changes for players."""

import json
import re

import pytest

from support import fair
from support.games import Table, buttons, game_id
from support.interactions import AUTOCOMPLETE, Member, base36, custom_id
from support.golden import LOCALES, compare

LOU, ANA, MAX, ZOE = (f"14000000000000000{number}" for number in (42, 43, 45, 46))

# Stands for each id that is another each time.
STILL_ID = "1400000000000000099"


def steady(reply):
    """REPLY with times, ids, seeds and commitments made the same each time."""
    text = json.dumps(reply, ensure_ascii=False)
    for changing, still in ((r"<t:\d+:", "<t:1400000000:"), (r"\b[0-9a-f]{64}\b", "0" * 64),
                            (rf"\b(?!{LOU}|{ANA}|{MAX})\d{{19}}\b", STILL_ID),
                            (r"(:3:\w+(?::o[0-9a-z]+)?:s)[0-9a-z]+", rf"\g<1>{base36(int(STILL_ID))}")):
        text = re.sub(changing, still, text)
    return json.loads(text)


class Book:
    """The pages, in the order in which they are met."""

    def __init__(self, table, locale):
        self.table, self.words, self.pages = table, {"locale": locale, "guild_locale": locale}, {}
        self.lou = Member("lou", id=LOU)
        self.ana = Member("ana_b", nick="Ana *la* star", id=ANA)
        self.max = Member("max", id=MAX)
        for member in (self.lou, self.ana, self.max):
            table.database.add_member(member, 1000)

    def seed(self, wanted):
        """The next draw of each is as WANTED."""
        server = fair.find_server(wanted)
        for member in (self.lou, self.ana, self.max):
            self.table.set_seeds(member, server)

    def draw_duel(self, reply, winner, phrase):
        """The open duel of REPLY will be drawn so; everybody's own seed is the same."""
        server = fair.find_server(lambda draws: (draws.below(2), draws.below(12)) == (winner, phrase),
                                  member="nombre+nombre")
        self.table.database.run("UPDATE besace_matches SET facts = facts || jsonb_build_object("
                                "'server', %s::text) WHERE match_id = %s", server, game_id(reply))

    def rest(self, **xp):
        """Everybody has 1,000 LC and no XP but what XP says: who won before changes no page."""
        for name in ("lou", "ana", "max"):
            member = getattr(self, name)
            self.table.set_balance(member, 1000)
            self.table.database.run("UPDATE users SET xp = %s WHERE user_id = %s",
                                    xp.get(name, 0), member.id)

    def keep(self, title, reply):
        assert title not in self.pages
        self.pages[title] = steady(reply)
        return reply

    def play(self, title, path, *options, member=None):
        return self.keep(title, self.table.play(path, member or self.lou, *options, **self.words))

    def press(self, title, reply, action, member=None):
        return self.keep(title, self.table.press(reply, action, member or self.lou, **self.words))

    def end(self, title, reply):
        """What an open game's message says when its time has run out."""
        self.table.expire(reply)
        outcome = self.table.database.one("SELECT outcome FROM besace_match_edits"
                                          " WHERE match_id = %s", game_id(reply))
        self.table.database.run("UPDATE besace_match_edits SET try_at = 'infinity'")
        assert outcome["why"] == "expired"
        return self.keep(title, self.table.press_id(buttons(reply)[0], self.lou, **self.words))

    # -- the casino

    def casino(self):
        self.play("/casino cotes", "casino cotes")
        red = [("mise", 50), ("couleur", "rouge")]
        self.seed(lambda draws: fair.pocket(draws) == 7)
        won = self.play("/casino roue, won", "casino roue", *red)
        self.seed(lambda draws: fair.pocket(draws) == 8)
        self.press("Rejouer, lost", won, "again")
        self.press("Rejouer, somebody else's", won, "again", self.ana)
        self.seed(lambda draws: fair.pocket(draws) == 0)
        self.press("Doubler, lost on green", won, "double")
        self.press("🔎, one's own", won, "proof")
        self.press("🔎, somebody else's", won, "proof", self.ana)
        opened = self.press("Autre mise", won, "other")
        for title, typed in (("not understood", "beaucoup"), ("out of range", "2k")):
            self.keep(f"Autre mise, {title}", self.table.service.ask(
                self.table.application.modal(opened["data"]["custom_id"], self.lou,
                                             {"mise": typed}, locale=self.words["locale"])))
        self.table.set_multiplier(self.lou, 3)
        self.seed(lambda draws: fair.reels(draws) == [6, 6, 6])
        self.play("/casino machine, three sevens, x3", "casino machine", ("mise", 5))
        self.seed(lambda draws: len(set(fair.reels(draws))) == 2)
        self.play("/casino machine, two alike, x3", "casino machine", ("mise", 5))
        self.seed(lambda draws: len(set(fair.reels(draws))) == 3)
        self.play("/casino machine, nothing", "casino machine", ("mise", 5))
        self.play("/casino machine, more than there is", "casino machine", ("mise", 200),
                  member=self.table.database.add_member(Member("zoe", id=ZOE), 10))

    def blackjack(self):
        self.seed(lambda draws: fair.hand(fair.deck(draws)[0:4:2]) == 8
                  and fair.hand(fair.deck(draws)[1:5:2]) == 19)
        stake = ("mise", 100)
        first = self.play("/casino blackjack", "casino blackjack", stake)
        self.play("/casino blackjack, a second one", "casino blackjack", stake)
        self.press("Tirer, somebody else's", first, "hit", self.ana)
        second = self.press("Tirer", first, "hit")
        self.press("Tirer, on the old message", first, "hit")
        self.press("Rester", second, "stand")
        self.press("Rester, ended", first, "stand")
        self.seed(lambda draws: fair.hand(fair.deck(draws)[0:4:2]) == 21
                  and fair.hand(fair.deck(draws)[1:5:2]) != 21)
        self.play("/casino blackjack, a natural", "casino blackjack", stake)
        self.seed(lambda draws: fair.hand(fair.deck(draws)[0:4:2]) == 20
                  and fair.hand(fair.deck(draws)[1:5:2]) == 20)
        self.end("Blackjack, time is up",
                 self.table.play("casino blackjack", self.lou, stake, **self.words))

    # -- against others

    def challenge(self, path, title=None):
        options = ("adversaire", self.ana), ("mise", 50)
        if title:
            self.opened = self.play(title, path, *options)
        else:
            self.opened = self.table.play(path, self.lou, *options, **self.words)
        return self.opened

    def accepted(self, path, title):
        return self.press(title, self.challenge(path), "accept", self.ana)

    def duel(self):
        self.play("/jeu duel with oneself", "jeu duel", ("adversaire", self.lou), ("mise", 50))
        self.play("/jeu duel with a bot", "jeu duel", ("adversaire", Member("b", bot=True)),
                  ("mise", 50))
        reply = self.challenge("jeu duel", "/jeu duel")
        self.press("Accepter, somebody else", reply, "accept", self.max)
        self.press("Annuler, not the challenger", reply, "cancel", self.ana)
        self.press("Refuser", reply, "refuse", self.ana)
        self.press("Annuler", self.challenge("jeu duel"), "cancel")
        self.end("/jeu duel, time is up", self.challenge("jeu duel"))
        self.rest(lou=90)  # a win reaches level 2
        reply = self.challenge("jeu duel")
        self.press("🔎, before it is drawn", reply, "proof", self.ana)
        self.draw_duel(reply, 0, 0)
        over = self.press("Accepter", reply, "accept", self.ana)
        self.press("🔎, drawn", over, "proof", self.max)
        self.press("Revanche, somebody else", over, "rematch", self.max)
        again = self.press("Revanche", over, "rematch", self.ana)
        self.draw_duel(again, 1, 6)
        self.press("Accepter, the challenger has lost", again, "accept")
        self.table.set_balance(self.ana, 30)
        self.keep("Revanche, more than there is", self.table.press(
            over, "rematch", self.ana, **self.words))

    def turns(self):
        reply = self.accepted("pfc", "/pfc, accepted")
        self.press("Pierre", reply, "rock")
        self.press("Feuille, chosen before", reply, "paper")
        self.press("Ciseaux", reply, "scissors", self.ana)
        self.challenge("007", "/007")
        self.play("/007, a second one", "007", ("adversaire", self.max), ("mise", 50))
        self.table.expire(self.opened)
        reply = self.accepted("007", "/007, accepted")
        self.press("Tirer, the first", reply, "shoot")
        second = self.press("Bouclier", reply, "shield", self.ana)
        self.press("Recharger, of the round before", reply, "reload")
        self.press("Tirer, no bullet left", second, "shoot")
        self.end("/007, time is up", second)
        reply = self.accepted("c21", "/c21, accepted")
        self.press("+1, not their turn", reply, "1", self.ana)
        reply = self.press("+3", reply, "3")
        for turn in range(5):
            reply = self.table.press(reply, "3", (self.ana, self.lou)[turn % 2], **self.words)
        self.press("+3, the last", reply, "3")

    def roulette(self):
        self.seed(lambda draws: True)
        reply = self.play("/jeu roulette", "jeu roulette", ("mise", 50))
        self.press("🔎 of an open table", reply, "proof")
        self.press("Rejoindre, twice", reply, "join")
        self.press("Rejoindre", reply, "join", self.ana)
        self.play("/jeu roulette, joined", "jeu roulette", ("mise", 75), member=self.max)
        self.table.database.run(
            "UPDATE besace_matches SET expiry = jsonb_build_array("
            "jsonb_build_object('user', %s, 'result', 'win', 'credit', 175, 'boost', 'gain',"
            " 'xp', 15), jsonb_build_object('user', %s, 'result', 'loss', 'credit', 0, 'xp', 5),"
            " jsonb_build_object('user', %s, 'result', 'loss', 'credit', 0, 'xp', 5))"
            " WHERE match_id = %s", LOU, ANA, MAX, game_id(reply))
        self.end("/jeu roulette, time is up", reply)
        self.end("/jeu roulette, alone", self.table.play("jeu roulette", self.lou, ("mise", 50),
                                                         **self.words))

    def seeds(self):
        self.seed(lambda draws: True)
        self.play("/hasard, nothing drawn", "hasard")
        self.keep("Révéler, nothing drawn", self.table.press_id(
            custom_id("hasard", "reveal", owner=LOU), self.lou, **self.words))
        self.play("/hasard cle", "hasard", ("cle", "porte-bonheur"))
        self.play("/hasard cle, refused", "hasard", ("cle", "à moi"))
        self.table.play("casino machine", self.lou, ("mise", 5), **self.words)
        shown = self.play("/hasard", "hasard")
        self.press("Révéler, somebody else's", shown, "reveal", self.ana)
        self.press("Changer ma clé", shown, "change")
        self.press("Révéler", shown, "reveal")

    def suggestions(self):
        body = self.table.command("casino roue", self.lou, ("mise", 5), **self.words)
        body["type"] = AUTOCOMPLETE
        body["data"]["options"][0]["options"] = [
            {"focused": True, "name": "mise", "type": 4, "value": "42"}]
        self.table.set_balance(self.lou, 20000)
        self.keep("mise, suggested", self.table.service.ask(body))


@pytest.mark.parametrize("language", LOCALES)
def test_every_page_of_the_games_is_the_golden_one(start, database, application, language):
    book = Book(Table(start(database), database, application), LOCALES[language])
    for chapter in (book.casino, book.blackjack, book.duel, book.turns, book.roulette, book.seeds,
                    book.suggestions):
        book.rest()
        chapter()
    compare(f"games_{language}.json", book.pages)
    book.table.check()
