"""/reglages: two managers at once, restarts, the history and what is taken back from it."""

import concurrent.futures

from support.interactions import GUILD, Member, custom_id
from support.panel import (ADMINISTRATOR, BUTTON, MANAGE_GUILD, MANAGE_ROLES, ROLE_SELECT, Manager,
                           Role, parts, shown, texts_of)
from support.panel_guild import BESACE, HIGH, LOW, db, modo, roles
from support.replies import is_refusal
from support.replies import shown as refused_with
from support.settings import change, changed, version


# -- two at once, restarts, history


def test_a_form_opened_before_anothers_change_is_refused(shared, application, modo, db):
    other = Manager(shared, application, Member("autre"))
    form = modo.form("message", "xp")
    other.command("xp message", ("max", 9))
    reply = modo.send(form, message_max="50")
    assert is_refusal(reply)
    assert "autre" in refused_with(reply) and "<t:" in refused_with(reply)
    assert changed(db) == {"message_max": 9}


def test_a_form_survives_a_change_of_something_else(shared, application, modo, db):
    other = Manager(shared, application, Member())
    form = modo.form("message", "xp")
    other.command("xp reaction", ("xp", 9))
    assert modo.send(form, message_max="50")["type"] == 7
    assert changed(db) == {"message_max": 50, "reaction_xp": 9}


def test_two_managers_at_once_change_once_and_the_other_is_told(shared, application, db):
    managers = [Manager(shared, application, Member()) for _ in range(6)]
    forms = [manager.form("message", "xp") for manager in managers]
    with concurrent.futures.ThreadPoolExecutor(len(managers)) as pool:
        replies = list(pool.map(lambda i: managers[i].send(forms[i], message_max=str(10 + i)),
                                range(len(managers))))
    won = [i for i, reply in enumerate(replies) if reply["type"] == 7]
    assert len(won) == 1 and changed(db) == {"message_max": 10 + won[0]}
    assert all(is_refusal(reply) for i, reply in enumerate(replies) if i not in won)


def test_a_form_survives_a_restart(start, empty_database, application):
    before = start(empty_database)
    modo = Manager(before, application, Member())
    form = modo.form("message", "xp")
    before.stop()
    modo.service = start(empty_database)
    assert modo.send(form, message_max="42")["type"] == 7
    assert changed(empty_database) == {"message_max": 42}


def test_the_same_press_again_changes_nothing_more(shared, modo, db):
    body = modo.app.press(custom_id("reglages", "set", number=0, time=0, word="levels"), modo.member)
    body["member"]["permissions"] = str(MANAGE_GUILD)
    first = shared.ask(body)
    modo.command("xp message", ("max", 5))
    assert first["type"] == 7 and shared.ask(body)["type"] == 7
    assert db.one("SELECT count(*) FROM besace_settings_audit WHERE guild_id = %s"
                  " AND setting = 'levels'", GUILD) == 1


def test_a_change_is_taken_back_from_the_history(modo, db):
    modo.command("xp message", ("min", 2), ("max", 8))
    history = modo.command("historique")
    assert "XP par message, maximum** : 3 → **8**" in shown(history)
    assert modo.button(history, "Annuler")["type"] == 7
    assert changed(db) == {}
    history = modo.command("historique")
    assert "~~**XP par message, maximum** : 3 → **8**~~" in shown(history) and " · annulé" in shown(history)


def test_a_change_that_was_changed_again_is_not_taken_back(modo, db):
    modo.command("monnaie", ("cadeau", 100))
    modo.command("monnaie", ("cadeau", 200))
    history = modo.command("historique")
    assert " · changé depuis" in shown(history)
    assert [button["label"] for button in parts(history, BUTTON)].count("Annuler") == 1


def test_the_history_is_turned_and_turned_back(modo, db):
    for amount in range(30, 42):
        modo.command("monnaie", ("cadeau", amount))
    latest = modo.command("historique")
    older = modo.button(latest, "Plus anciens")
    assert "25 LC → **30 LC**" in shown(older) and "25 LC → **30 LC**" not in shown(latest)
    assert shown(modo.button(older, "Les derniers")) == shown(latest)


def test_the_first_page_takes_back_the_latest_change(modo, db):
    modo.command("monnaie", ("cadeau", 100))
    assert modo.button(modo.command("panneau"), "Annuler ce changement")["type"] == 7
    assert changed(db) == {}


def test_a_change_is_not_taken_back_after_seven_days_nor_twice(modo, db):
    modo.command("monnaie", ("cadeau", 100))
    audit = db.one("SELECT max(id) FROM besace_settings_audit WHERE guild_id = %s", GUILD)
    undo = custom_id("reglages", "undo", number=audit)
    db.run("UPDATE besace_settings_audit SET created_at = created_at - interval '8 days'"
           " WHERE guild_id = %s", GUILD)
    assert "7 jours" in refused_with(modo.press(undo))
    history = modo.command("historique")
    assert "trop ancien" in shown(history) and "Annuler" not in [
        button["label"] for button in parts(history, BUTTON)]
    db.run("UPDATE besace_settings_audit SET created_at = created_at + interval '2 days'"
           " WHERE guild_id = %s", GUILD)
    assert modo.press(undo)["type"] == 7 and changed(db) == {}
    assert is_refusal(modo.press(undo))


def texts(reply):
    return texts_of(reply["data"]["components"])


def test_the_first_page_has_its_state_whatever_does_not_work(modo, db):
    """A role of Besace's that was moved down is a problem of every reward there is."""
    every = [str(1400000000000000000 + number) for number in range(100)]
    change(db, {f"reward.{role}": {"level": 10 + number, "mode": "stack"}
                for number, role in enumerate(every)})
    db.run("UPDATE besace_rewards SET state = 'blocked', code = 50013, state_at = now()"
           " WHERE guild_id = %s", GUILD)
    for reply in (modo.open("home"), modo.command("verifier")):
        assert shown(reply).count("50013") == 6 and "et 94 de plus" in shown(reply)
        assert "…" not in [text.strip() for text in texts(reply)]
    assert "**⭐ XP**" in shown(modo.open("home")) and "rythme ×1" in shown(modo.open("home"))


def test_a_long_text_leaves_room_for_the_other_changes(modo, db):
    for letter in "abcdefgh":
        reply = modo.command("annonce", ("texte", letter * 999))
        assert f"**{letter * 100}…**" in shown(reply) and "Lieu" in shown(reply)
    history = shown(modo.command("historique"))
    assert all(f"{letter * 100}… → **" in history for letter in "abcdefg")
    assert "h" * 999 in shown(modo.open("announcements"))
    assert f"{'h' * 100}… → " in shown(modo.command("defaut", ("page", "announcements")))


def test_a_question_says_how_many_more_would_change(modo, db):
    for mark, first in (("", 1400000000000000000), ("@", 1400000000000001000)):
        change(db, {f"zone.{mark}{first + number}": {"effect": "factor", "factor_percent": 150}
                    for number in range(50)})
    question = shown(modo.command("defaut", ("page", "zones")))
    listed = question.count("facteur ×1,5 → aucun")
    assert listed > 50 and f"et {100 - listed} de plus" in question
    modo.button(modo.command("defaut", ("page", "zones")), "Remettre par défaut")
    assert changed(db) == {}


def latest(db, key):
    """The press that takes back the latest change of KEY."""
    return custom_id("reglages", "undo", number=db.one(
        "SELECT max(id) FROM besace_settings_audit WHERE guild_id = %s AND setting = %s", GUILD, key))


def test_only_an_administrator_takes_a_change_of_access_back(shared, application, modo, db):
    boss = Manager(shared, application, Member(), permissions=ADMINISTRATOR)
    boss.command("acces", ("role1", Role(LOW)))
    boss.press(custom_id("reglages", "access", number=version(db)), values=[], kind=ROLE_SELECT)
    assert changed(db) == {}
    assert "qui administre" in refused_with(modo.press(latest(db, "access_roles")))
    assert changed(db) == {}
    assert boss.press(latest(db, "access_roles"))["type"] == 7
    assert changed(db) == {"access_roles": [LOW]}


def test_a_reward_comes_back_by_one_who_may_choose_it_only(modo, db):
    roles(db)
    modo.permissions |= MANAGE_ROLES
    modo.roles = [HIGH]
    modo.command("recompense ajouter", ("niveau", 5), ("role", Role(LOW)))
    modo.command("recompense retirer", ("role", Role(LOW)))
    undo = latest(db, f"reward.{LOW}")
    modo.permissions &= ~MANAGE_ROLES
    assert "Gérer les rôles" in refused_with(modo.press(undo))
    modo.permissions |= MANAGE_ROLES
    modo.roles = [BESACE, LOW]
    assert modo.press(undo)["type"] == 7 and f"reward.{LOW}" in changed(db)
    modo.command("recompense retirer", ("role", Role(LOW)))
    undo = latest(db, f"reward.{LOW}")
    modo.roles = [LOW]
    assert "ton plus haut" in refused_with(modo.press(undo))
    modo.roles = [HIGH]
    db.run("UPDATE besace_guild_roles SET permissions = 8 WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    assert is_refusal(modo.press(undo)) and changed(db) == {}
    db.run("UPDATE besace_guild_roles SET permissions = 0 WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    assert modo.press(undo)["type"] == 7
    # Taking the addition back needs no more than removing it.
    db.run("UPDATE besace_guild_roles SET permissions = 8 WHERE guild_id = %s AND role_id = %s", GUILD, LOW)
    assert modo.press(latest(db, f"reward.{LOW}"))["type"] == 7 and changed(db) == {}


def test_a_page_goes_back_to_its_defaults_after_a_question(modo, db):
    modo.command("xp message", ("min", 2), ("max", 8))
    modo.command("monnaie", ("cadeau", 100))
    question = modo.command("defaut", ("page", "xp"))
    assert "XP par message, maximum : 8 → 3" in shown(question) and len(changed(db)) == 3
    modo.button(question, "Remettre par défaut")
    assert changed(db) == {"gift_amount": 100}
    assert "déjà par défaut" in shown(modo.command("defaut", ("page", "xp")))


def test_a_reset_asked_before_anothers_change_is_refused(shared, application, modo, db):
    modo.command("xp message", ("max", 8))
    question = modo.command("defaut", ("page", "xp"))
    Manager(shared, application, Member("autre")).command("xp message", ("max", 9))
    assert "autre" in refused_with(modo.button(question, "Remettre par défaut"))
    assert changed(db) == {"message_max": 9}
