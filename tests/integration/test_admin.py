"""Acts of administrators: who may, what they change, what is written down, how it is undone."""

import concurrent.futures
import contextlib

import pytest

from support import panel
from support.interactions import GUILD, Member, new_id
from support.service import ctl
from support.wait import until
from support.replies import BUTTON, components, is_ephemeral, is_refusal, shown
from support.settings import settle

MAX = 2147483647
MANAGE_GUILD, ADMINISTRATOR = 1 << 5, 1 << 3
ITEMS = ["jackpot", "multiplier_x2", "multiplier_x3"]


@pytest.fixture
def db(shared):
    return shared.database


@pytest.fixture
def boss():
    return Member()


def act(app, boss, path, member, *options, reason="parce que", **words):
    words.setdefault("permissions", MANAGE_GUILD)
    return app.subcommand(f"admin {path}", boss, ("membre", member), *options,
                          ("raison", reason), **words)


def lc(app, boss, verb, member, amount, **words):
    return act(app, boss, f"lc {verb}", member, ("montant", amount), **words)


def xp(app, boss, verb, member, amount, **words):
    return act(app, boss, f"xp {verb}", member, ("montant", amount), **words)


def item(app, boss, verb, member, kind, quantity=None, **words):
    more = [] if quantity is None else [("quantite", quantity)]
    return act(app, boss, f"objet {verb}", member, ("objet", kind), *more, **words)


def every_act(app, boss, member, **words):
    return [lc(app, boss, "ajouter", member, 5, **words), lc(app, boss, "retirer", member, 5, **words),
            lc(app, boss, "definir", member, 7, **words),
            item(app, boss, "donner", member, "jackpot", **words),
            item(app, boss, "retirer", member, "jackpot", **words),
            xp(app, boss, "ajouter", member, 5, **words), xp(app, boss, "retirer", member, 5, **words)]


def audit(db, member):
    return db.run("SELECT actor_id, act, what, amount, reason, undone_by FROM besace_audit"
                  " WHERE target_id = %s ORDER BY id", member.id)


def last_audit(db, member):
    return db.one("SELECT max(id) FROM besace_audit WHERE target_id = %s", member.id)


def undo(db, number, *options):
    return ctl("undo", "--guild", GUILD, *options, number, DATABASE_URL=db.url)


def explain(db):
    done = ctl("check", DATABASE_URL=db.url)
    assert done.returncode == 0, done.stdout


# -- who may


@pytest.mark.parametrize("permissions", [0, 0x664E98635CE41, ~MANAGE_GUILD & ~ADMINISTRATOR & (1 << 53) - 1])
def test_acts_do_nothing_without_the_permission(shared, app, db, member, boss, permissions):
    db.add_member(member, balance=100, xp=100, jackpot=1)
    for interaction in every_act(app, boss, member, permissions=permissions):
        reply = shared.ask(interaction)
        assert is_refusal(reply) and "permission" in shown(reply)
    assert db.balance(member) == 100 and db.items(member) == 1 and audit(db, member) == []


def test_acts_do_nothing_in_a_direct_message(shared, app, db, member, boss):
    db.add_member(member, balance=100)
    reply = shared.ask(app.subcommand("admin lc ajouter", boss, ("membre", member), ("montant", 5),
                                      ("raison", "x"), guild=False))
    assert is_refusal(reply) and db.balance(member) == 100


def test_roles_of_access_may_act_and_lose_it_again(shared, app, db, member, boss):
    role = new_id()

    def acts(*roles):
        """Whether each act, and the journal, is refused."""
        asked = [*every_act(app, boss, member, permissions=0),
                 app.subcommand("admin journal", boss, permissions=0)]
        for interaction in asked:
            interaction["member"]["roles"] = roles
        replies = [shared.ask(interaction) for interaction in asked]
        assert all(is_ephemeral(reply) for reply in replies)
        return {is_refusal(reply) for reply in replies}

    def press_undo():
        reply = shared.ask(lc(app, boss, "ajouter", member, 5))
        press = app.press(components(reply, BUTTON)[0]["custom_id"], boss)
        press["member"].update(permissions="0", roles=[role])
        return shared.ask(press)

    assert acts(role) == {True} and audit(db, member) == []
    settle(db, access_roles=[role])
    try:
        assert acts(new_id(), role) == {False}
        assert acts(new_id()) == acts() == {True}
        assert not is_refusal(press_undo())
    finally:
        settle(db, access_roles=None)
    assert acts(role) == {True} and is_refusal(press_undo())


@pytest.mark.parametrize("permissions", [MANAGE_GUILD, ADMINISTRATOR, (1 << 53) - 1])
def test_acts_are_done_privately_with_the_permission(shared, app, db, member, boss, permissions):
    db.add_member(member, balance=100, xp=100, jackpot=1)
    for interaction in every_act(app, boss, member, permissions=permissions):
        reply = shared.ask(interaction)
        assert is_ephemeral(reply) and not is_refusal(reply), shown(reply)
    assert len(audit(db, member)) == 7


def test_a_bare_admin_or_a_group_is_no_command(shared, app, boss):
    for path in ("admin", "admin lc", "admin rien", "admin lc rien", "admin objet ajouter"):
        assert is_refusal(shared.ask(app.subcommand(path, boss, permissions=MANAGE_GUILD)))


def test_help_does_not_list_what_members_may_not_do(shared, app, member):
    assert "admin" not in shown(shared.ask(app.command("aide", member)))


# -- what they change


def test_lc_are_added_taken_and_set_with_a_line_in_the_ledger(shared, app, db, member, boss):
    db.add_member(member, balance=100)
    reply = shared.ask(lc(app, boss, "ajouter", member, 50, reason="*concours*"))
    for words in (member.username, "100 → **150** LC", "+50 LC", "\\*concours\\*", "Acte n°"):
        assert words in shown(reply)
    shared.ask(lc(app, boss, "retirer", member, 30))
    shared.ask(lc(app, boss, "definir", member, 20))
    shared.ask(lc(app, boss, "definir", member, 90))
    shared.ask(lc(app, boss, "definir", member, 90))
    assert db.balance(member) == 90 and db.is_explained(member)
    assert [entry for entry in db.ledger(member) if entry[0] == "admin_adjust"] == [
        ("admin_adjust", 50), ("admin_adjust", -30), ("admin_adjust", -100), ("admin_adjust", 70)]
    assert [row[1:4] for row in audit(db, member)] == [
        ("add", "lc", 50), ("remove", "lc", -30), ("set", "lc", -100), ("set", "lc", 70),
        ("set", "lc", 0)]
    assert audit(db, member)[0] == (boss.id, "add", "lc", 50, "*concours*", None)
    notes = db.run("SELECT t.description FROM besace_audit a JOIN transactions t"
                   " ON t.guild_id = a.guild_id AND t.id = a.transaction_id WHERE a.target_id = %s ORDER BY a.id", member.id)
    assert len(notes) == 4 and boss.id in notes[0][0] and "*concours*" in notes[0][0]


def test_a_balance_is_never_taken_below_zero_nor_above_its_maximum(shared, app, db, member, boss):
    db.add_member(member, balance=100)
    assert "100" in shown(shared.ask(lc(app, boss, "retirer", member, 101)))
    assert is_refusal(shared.ask(lc(app, boss, "ajouter", member, MAX - 99)))
    assert db.balance(member) == 100 and audit(db, member) == []
    assert not is_refusal(shared.ask(lc(app, boss, "ajouter", member, MAX - 100)))
    assert not is_refusal(shared.ask(lc(app, boss, "definir", member, 0)))
    assert not is_refusal(shared.ask(lc(app, boss, "definir", member, MAX)))
    assert not is_refusal(shared.ask(lc(app, boss, "retirer", member, MAX)))
    assert db.balance(member) == 0 and db.is_explained(member)


@pytest.mark.parametrize("amount", [0, -1, MAX + 1])
def test_amounts_out_of_range_are_refused(shared, app, db, member, boss, amount):
    db.add_member(member, balance=100, xp=100)
    for interaction in (lc(app, boss, "ajouter", member, amount), lc(app, boss, "retirer", member, amount),
                        xp(app, boss, "ajouter", member, amount), xp(app, boss, "retirer", member, amount),
                        item(app, boss, "donner", member, "jackpot", amount)):
        assert is_refusal(shared.ask(interaction))
    assert db.balance(member) == 100 and audit(db, member) == []


@pytest.mark.parametrize("reason", ["", "x" * 201, "é" * 201, " ", "\n\t", "\u200b"])
def test_a_reason_is_needed_and_short(shared, app, db, member, boss, reason):
    assert is_refusal(shared.ask(lc(app, boss, "ajouter", member, 5, reason=reason)))
    without = app.subcommand("admin lc ajouter", boss, ("membre", member), ("montant", 5),
                             permissions=MANAGE_GUILD)
    assert is_refusal(shared.ask(without))


def test_the_longest_reason_of_any_characters_is_kept(shared, app, db, member, boss):
    for reason in ("🎁" * 200, "'; DROP TABLE users; --", "\\ \n \" %s {x}"):
        assert not is_refusal(shared.ask(lc(app, boss, "ajouter", member, 1, reason=reason)))
        assert audit(db, member)[-1][4] == reason


@pytest.mark.parametrize("kind", ITEMS)
def test_items_are_given_and_taken(shared, app, db, member, boss, kind):
    shared.ask(item(app, boss, "donner", member, kind))
    shared.ask(item(app, boss, "donner", member, kind, 4))
    assert db.items(member, kind) == 5
    assert is_refusal(shared.ask(item(app, boss, "retirer", member, kind, 6)))
    shared.ask(item(app, boss, "retirer", member, kind, 5))
    assert db.items(member, kind) == 0
    assert [row[1:4] for row in audit(db, member)] == [
        ("add", kind, 1), ("add", kind, 4), ("remove", kind, -5)]
    assert db.ledger(member) == []


def test_an_unknown_item_is_refused(shared, app, db, member, boss):
    for kind in ("gold", "", "lc", "xp", "multiplier_x4"):
        assert is_refusal(shared.ask(item(app, boss, "donner", member, kind)))
    assert db.run("SELECT 1 FROM besace_audit WHERE target_id = %s", member.id) == []


def test_xp_brings_its_levels_and_rewards_once(shared, app, db, member, boss):
    db.add_member(member)
    shared.ask(xp(app, boss, "ajouter", member, 1250))
    # Level 5: 25 + 50 + 75 LC, a jackpot.
    assert db.one("SELECT level FROM users WHERE user_id = %s", member.id) == 5
    assert db.balance(member) == 175 and db.items(member) == 1
    shared.ask(xp(app, boss, "retirer", member, 1250))
    assert db.run("SELECT xp, level FROM users WHERE user_id = %s", member.id) == [(0, 1)]
    assert db.balance(member) == 175 and db.items(member) == 1
    shared.ask(xp(app, boss, "ajouter", member, 1250))
    assert db.balance(member) == 175 and db.items(member) == 1 and db.is_explained(member)
    assert is_refusal(shared.ask(xp(app, boss, "retirer", member, 1251)))
    assert is_refusal(shared.ask(xp(app, boss, "ajouter", member, MAX)))


def test_a_level_up_by_an_act_is_announced_in_the_level_channel(start, database, app, member, boss):
    service = start(database, BESACE_LEVEL_CHANNEL_ID="1400000000000000077",
                    DISCORD_BOT_TOKEN="bot.token.test")
    service.ask(xp(app, boss, "ajouter", member, 100))
    assert database.run("SELECT channel_id, user_id, body->>'locale' FROM besace_outbox") == [
        ("1400000000000000077", member.id, "fr")]


def test_bots_are_refused_and_oneself_is_not(shared, app, db, boss):
    assert is_refusal(shared.ask(lc(app, boss, "ajouter", Member(bot=True), 5)))
    assert not is_refusal(shared.ask(lc(app, boss, "ajouter", boss, 5)))
    assert db.balance(boss) == 30 and audit(db, boss)[0][0] == boss.id


def test_a_member_does_not_read_the_reason_in_their_history(shared, app, db, member, boss):
    shared.ask(lc(app, boss, "ajouter", member, 5, reason="soupçon de triche"))
    text = shown(shared.ask(app.command("historique", member)))
    assert "ajouté par la modération" in text
    assert "triche" not in text and boss.id not in text and boss.username not in text


def test_an_act_answers_in_the_administrators_language(shared, app, member, boss):
    reply = shared.ask(lc(app, boss, "ajouter", member, 5, locale="en-US"))
    assert "Reason: parce que" in shown(reply)


# -- exactly once


def test_a_replayed_act_is_done_once(shared, app, db, member, boss):
    db.add_member(member, balance=100, xp=50, jackpot=5)
    for interaction in every_act(app, boss, member):
        request = shared.signed(interaction)
        replies = shared.together([request] * 10)
        assert len({reply.body for reply in replies}) == 1, replies
    assert len(audit(db, member)) == 7
    assert db.balance(member) == 7 and db.items(member) == 5 and db.is_explained(member)


def test_two_administrators_on_each_other_do_not_block(shared, app, db, member, boss):
    for user in (member, boss):
        db.add_member(user, balance=10000)
    requests = []
    for number in range(40):
        actor, target = ((boss, member), (member, boss))[number % 2]
        requests.append(shared.signed(lc(app, actor, "retirer", target, 10)))
        requests.append(shared.signed(app.command("don", actor, ("membre", target), ("montant", 5))))
    replies = shared.together(requests)
    assert not any(is_refusal(reply.json()) for reply in replies)
    assert db.balance(boss) == db.balance(member) == 9800
    assert db.is_explained(boss) and db.is_explained(member)


# -- undoing


def test_each_act_can_be_undone_once(service, database, app, member, boss):
    db = database
    db.add_member(member, balance=100, xp=50, jackpot=1)
    for interaction in every_act(app, boss, member):
        assert not is_refusal(service.ask(interaction))
    numbers = [number for number, in db.run("SELECT id FROM besace_audit ORDER BY id")]
    for number in reversed(numbers):
        done = undo(db, number)
        assert done.returncode == 0 and member.id.encode() in done.stdout, done.stderr
        again = undo(db, number)
        assert again.returncode == 1 and b"already" in again.stderr
    assert db.balance(member) == 100 and db.items(member) == 1
    assert db.one("SELECT xp FROM users WHERE user_id = %s", member.id) == 50
    undoings = db.run("SELECT actor_id, act, reason FROM besace_audit WHERE act = 'undo' ORDER BY id")
    assert undoings == [(None, "undo", f"undo of {number}") for number in reversed(numbers)]
    assert db.one("SELECT count(*) FROM besace_audit WHERE undone_by IS NOT NULL") == 7
    explain(db)


def test_an_undoing_cannot_be_undone(shared, app, db, member, boss):
    shared.ask(lc(app, boss, "ajouter", member, 5))
    number = last_audit(db, member)
    assert undo(db, number).returncode == 0
    done = undo(db, last_audit(db, member))
    assert done.returncode == 1 and b"undoing itself" in done.stderr
    assert db.balance(member) == 25


def test_what_has_been_spent_is_not_taken_back(shared, app, db, member, boss):
    shared.ask(lc(app, boss, "ajouter", member, 500))
    number = last_audit(db, member)
    shared.ask(app.command("don", member, ("membre", boss), ("montant", 400)))
    done = undo(db, number)
    assert done.returncode == 1 and b"500" in done.stderr and b"125" in done.stderr
    assert db.balance(member) == 125 and len(audit(db, member)) == 1
    shared.ask(app.command("don", boss, ("membre", member), ("montant", 400)))
    assert undo(db, number).returncode == 0
    assert db.balance(member) == 25 and db.is_explained(member)


def test_what_does_not_fit_is_not_given_back(shared, app, db, member, boss):
    db.add_member(member, balance=100)
    shared.ask(lc(app, boss, "retirer", member, 100))
    number = last_audit(db, member)
    shared.ask(lc(app, boss, "definir", member, MAX))
    done = undo(db, number)
    assert done.returncode == 1 and b"2147483647" in done.stderr and db.balance(member) == MAX


def test_a_dry_run_says_what_would_happen_and_does_nothing(shared, app, db, member, boss):
    shared.ask(lc(app, boss, "ajouter", member, 500))
    number = last_audit(db, member)
    done = undo(db, number, "--dry-run")
    assert done.returncode == 0 and b"would have 25 lc instead of 525" in done.stdout
    assert b"nothing was changed" in done.stdout
    assert db.balance(member) == 525 and len(audit(db, member)) == 1
    assert undo(db, number).returncode == 0


def test_two_undoings_at_once_are_one(shared, app, db, member, boss):
    """The second waits, then finds the act undone: there is enough for it to be undone twice."""
    shared.ask(lc(app, boss, "ajouter", member, 500))
    number = last_audit(db, member)
    shared.ask(lc(app, boss, "ajouter", member, 1000))
    with contextlib.closing(db.connect()) as first, first.cursor() as cursor:
        cursor.execute("SELECT besace_admin_undo(%s, %s)", (GUILD, number))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            second = pool.submit(undo, db, number)
            until(lambda: db.one("SELECT count(*) FROM pg_locks WHERE NOT granted"), "it waits")
            first.commit()
            refused = second.result()
            assert refused.returncode == 1 and b"was undone already" in refused.stdout + refused.stderr
    assert db.balance(member) == 1025 and len(audit(db, member)) == 3


def test_undo_is_used_with_the_number_of_an_act(db):
    for arguments in ((), ("x",), ("0",), ("-1",), ("1.5",), ("99999999999999999999",), ("1", "2"),
                      ("--force", "1")):
        assert ctl("undo", "--guild", GUILD, *arguments,
                   DATABASE_URL=db.url).returncode == 2, arguments
    for guild in ((), ("--guild", "x"), ("--guild", "0")):
        assert ctl("undo", *guild, "1", DATABASE_URL=db.url).returncode == 2, guild
    done = undo(db, 9223372036854775807)
    assert done.returncode == 1 and b"no act" in done.stderr
    assert ctl("undo", "--help").returncode == 0


def test_check_finds_an_act_that_was_tampered_with(service, database, app, member, boss):
    service.ask(lc(app, boss, "ajouter", member, 5))
    explain(database)
    database.run("UPDATE besace_audit SET amount = 6")
    done = ctl("check", DATABASE_URL=database.url)
    assert done.returncode == 1 and b"act 1 of 6 lc" in done.stdout


# -- in Discord


def journal(shared, app, boss, permissions=MANAGE_GUILD):
    body = app.subcommand("admin journal", boss, permissions=permissions)
    return shared.ask(body)


def press(shared, app, boss, id, permissions=MANAGE_GUILD):
    body = app.press(id, boss)
    body["member"]["permissions"] = str(permissions)
    return shared.ask(body)


def test_an_act_is_undone_by_its_button(shared, app, db, member, boss):
    db.add_member(member, balance=100)
    reply = shared.ask(lc(app, boss, "ajouter", member, 50))
    button = panel.parts(reply, panel.BUTTON)[0]
    assert button["label"] == "Annuler cet acte"
    assert is_refusal(press(shared, app, boss, button["custom_id"], permissions=0))
    assert db.balance(member) == 150
    assert press(shared, app, boss, button["custom_id"])["type"] == 7
    assert db.balance(member) == 100 and db.is_explained(member)
    assert is_refusal(press(shared, app, boss, button["custom_id"]))
    assert [row[0:2] for row in audit(db, member)] == [(boss.id, "add"), (boss.id, "undo")]


def test_the_journal_lists_acts_and_undoes_them(shared, app, db, member, boss):
    db.add_member(member, balance=100)
    for _ in range(12):
        shared.ask(lc(app, boss, "ajouter", member, 5, reason="*fête*"))
    page = journal(shared, app, boss)
    assert is_ephemeral(page) and len(panel.parts(page, 9)) == 10
    assert "+5 LC" in panel.shown(page) and "\\*fête\\*" in panel.shown(page)
    older = panel.parts(page, panel.BUTTON)[-1]
    assert "label" in older and is_ephemeral(journal(shared, app, boss))
    assert len(panel.parts(press(shared, app, boss, older["custom_id"]), 9)) >= 2
    newest = panel.parts(page, panel.BUTTON)[0]["custom_id"]
    page = press(shared, app, boss, newest)
    assert db.balance(member) == 155 and "annulé" in panel.shown(page)
    number = db.one("SELECT max(id) FROM besace_audit WHERE target_id = %s AND act = 'add'", member.id)
    assert f"annulation de l’acte n° {number}" in panel.shown(page)
    in_english = shared.ask(app.subcommand("admin journal", boss, permissions=MANAGE_GUILD,
                                           locale="en-GB"))
    assert f"undoing of act #{number}" in panel.shown(in_english)
    assert panel.parts(page, panel.BUTTON)[0].get("disabled")
    assert is_refusal(journal(shared, app, boss, permissions=0))


def test_an_act_that_cannot_be_undone_says_why(shared, app, db, member, boss):
    db.add_member(member, balance=0)
    button = panel.parts(shared.ask(lc(app, boss, "ajouter", member, 50)), panel.BUTTON)[0]
    db.set_balance(member, 10)
    assert is_refusal(press(shared, app, boss, button["custom_id"]))
    assert db.balance(member) == 10
    assert is_refusal(press(shared, app, boss, "admin:3:undo:nzzzz:wact"))
