"""/reglages: what the panel says does not work, and every page as members see it."""

import json
import re

import pytest

from support.golden import LOCALES, compare
from support.interactions import GUILD, Member
from support.panel import ADMINISTRATOR, Channel, Manager, Role, shown
from support.panel_guild import HIGH, LOW, PAGES, QUIET, db, modo, roles
from support.settings import change


# -- what does not work


def test_check_names_what_does_not_work(modo, db):
    # Without a bot token Discord is asked for nothing; test_panel_asks.py has what it says.
    assert "Discord n’a pas répondu sur tout" in shown(modo.command("verifier"))
    roles(db)
    change(db, {f"reward.{HIGH}": {"level": 5, "mode": "stack"},
                f"reward.{LOW}": {"level": 6, "mode": "stack"}})
    db.run("UPDATE besace_rewards SET state = 'blocked', code = 50013, state_at = now()"
           " WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    for reply in (modo.command("panneau"), modo.command("verifier")):
        assert "au-dessus" in shown(reply) and "50013" in shown(reply) and "⚠️" in shown(reply)
    assert "50013" not in shown(modo.command("panneau"))  # it is being tried again


def test_the_first_page_says_that_the_latest_announcement_was_refused(modo, db):
    """Until one arrives, or is to be said elsewhere."""
    change(db, {"announce_place": "channel", "announce_channel_id": "55"})

    def warns(outcome, channel="55"):
        db.run("INSERT INTO besace_outbox (guild_id, channel_id, user_id, body, outcome, ended_at)"
               " VALUES (%s, %s, %s, '{}', %s, now())", GUILD, channel, modo.member.id, outcome)
        return "a refusé la dernière annonce dans <#55>" in shown(modo.command("panneau"))

    db.add_member(modo.member)
    assert [warns("sent"), warns("refused"), warns("sent", "56"), warns("sent"), warns("refused")] == [
        False, True, True, False, True]
    change(db, {"announce_channel_id": "57"})
    assert "a refusé" not in shown(modo.command("panneau"))
    db.run("DELETE FROM besace_outbox WHERE user_id = %s", modo.member.id)


def test_check_names_filters_that_exclude_each_other(modo, db):
    nothing = "rien ne sera annoncé"
    change(db, {"announce_role_only": True})
    assert nothing in shown(modo.command("verifier"))
    change(db, {f"reward.{LOW}": {"level": 5, "mode": "stack"}})
    assert nothing not in shown(modo.command("verifier"))
    for one, other in ((6, None), (None, 2), (5, 10)):
        change(db, {"announce_from_level": one, "announce_every": other})
        assert nothing in shown(modo.command("verifier"))
    change(db, {"announce_from_level": 5, "announce_every": 5})
    assert nothing not in shown(modo.command("verifier"))


def test_the_panel_speaks_english(shared, application, db):
    boss = Manager(shared, application, Member(), permissions=ADMINISTRATOR, locale="en-GB")
    assert "Settings · Home" in shown(boss.command("panneau"))
    for page in PAGES:
        assert "Settings · " in shown(boss.open(page))


# -- what members see


LOU = "1400000000000000042"
PLACE, LOUD = Channel("1400000000000000101"), Channel("1400000000000000102")


def steady(reply):
    """REPLY with what is another each time made the same: versions, times."""
    text = json.dumps(reply, ensure_ascii=False)
    for changing, still in ((r"<t:\d+:", "<t:1400000000:"), (r":n[0-9a-z]+", ":n7")):
        text = re.sub(changing, still, text)
    return json.loads(text)


def scenes(modo):
    """Every page, form, question and list, with something set on each page."""
    modo.permissions = ADMINISTRATOR
    modo.roles = [HIGH]
    pages = {"panneau, nothing set": modo.command("panneau"),
             "zones, empty": modo.open("zones"), "rewards, empty": modo.open("rewards"),
             "historique, empty": modo.command("historique"),
             "verifier, without an answer": modo.command("verifier"),
             "xp message": modo.command("xp message", ("min", 2), ("max", 8)),
             "xp message, the same": modo.command("xp message", ("min", 2)),
             "xp message, out of range": modo.command("xp message", ("delai", 4)),
             "monnaie": modo.command("monnaie", ("nom", "Écus"), ("symbole", "🌰"))}
    modo.command("zone ajouter", ("effet", "facteur"), ("salon", PLACE), ("facteur", 1.5))
    modo.command("zone ajouter", ("effet", "sans-xp"), ("role", QUIET))
    modo.command("recompense ajouter", ("niveau", 5), ("role", Role(LOW)))
    modo.command("annonce", ("salon", LOUD), ("niveau", 5))
    modo.command("acces", ("role1", QUIET))
    for page in PAGES:
        pages[page] = modo.open(page)
    for page, section in (("xp", "message"), ("xp", "voice"), ("xp", "rate"), ("announcements", "place"),
                          ("announcements", "text"), ("money", "currency"), ("games", "game_roue"),
                          ("misc", "page"), ("zones", "zone_add"), ("rewards", "reward_add"),
                          ("rewards", "reward_options")):
        pages[f"form {section}"] = modo.form(section, page)
    history = modo.command("historique")
    modo.command("xp message", ("min", 1))
    pages["historique, an entry taken back"] = modo.button(modo.command("historique"), "Annuler|Undo")
    return {**pages, "historique": history, "panneau": modo.command("panneau"),
            "defaut xp": modo.command("defaut", ("page", "xp")),
            "defaut zones": modo.command("defaut", ("page", "zones"))}


@pytest.mark.parametrize("language", LOCALES)
def test_every_page_is_the_golden_one(start, empty_database, application, language):
    service = start(empty_database)
    roles(empty_database)
    modo = Manager(service, application, Member("modo", id=LOU), locale=LOCALES[language])
    compare(f"panel_{language}.json", {title: steady(reply) for title, reply in scenes(modo).items()})
