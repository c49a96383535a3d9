"""The bag: what it shows, and that each item is used once."""

import pytest

from support.interactions import GUILD, Member, custom_id, new_id
from support.replies import BUTTON, components, is_ephemeral, is_refusal, shown, texts, under
from support.bag import jackpot, multiplier, any_jackpot, outcomes


def buttons(reply):
    return components(reply, BUTTON)


@pytest.fixture
def db(shared):
    return shared.database


def test_items_are_shown_in_their_order_with_a_button_each(shared, app, db, member):
    db.add_member(member, multiplier_x3=12345, jackpot=3, multiplier_x2=1)
    reply = shared.ask(app.command("sac", member))
    assert [text.split("\n")[0] for text in texts(reply)[1:]] == [
        "**🎁 Jackpot** · 3", "**✨ Multiplicateur ×2** · 1", "**🌟 Multiplicateur ×3** · 12\u202f345"]
    assert all(text.split("\n")[1].startswith("-# ") for text in texts(reply)[1:])
    assert [button["label"] for button in buttons(reply)] == \
        ["Ouvrir (3)", "Activer ×2 (1)", "Activer ×3 (12\u202f345)", "Tout ouvrir (3)"]
    assert [button["custom_id"] for button in buttons(reply)] == [
        custom_id("sac", item, owner=member.id, guild=app.guild_id, number=0)
        for item in ("jackpot", "multiplier_x2", "multiplier_x3", "all")]


def test_multipliers_wait_for_the_one_that_runs(shared, app, db, member):
    db.add_member(member, multiplier_x2=2)
    reply = shared.ask(multiplier(app, member, 2))
    assert all(button["disabled"] for button in buttons(reply)) and "attendront" in shown(reply)


def test_all_jackpots_open_at_once_and_once(shared, app, db, member):
    db.add_member(member, jackpot=103)
    [press] = [button["custom_id"] for button in buttons(shared.ask(app.command("sac", member)))
               if button["label"] == "Tout ouvrir (100)"]
    answers = shared.together([shared.signed(app.press(press, member)) for _ in range(10)])
    kinds = [answer.json()["type"] for answer in answers]
    assert kinds.count(7) == 1 and kinds.count(4) == 9
    assert db.items(member) == 3 and len(db.ledger(member)) == 100 and db.is_explained(member)
    [done] = [answer.json() for answer in answers if answer.json()["type"] == 7]
    assert f"# +{db.balance(member) - 25:,} LC".replace(",", "\u202f") in shown(done)
    assert [button["label"] for button in buttons(done)] == [
        "Encore un (3)", "Tout ouvrir (3)", "Retour au sac"]
    back = shared.ask(app.press(buttons(done)[2]["custom_id"], member))
    assert back["type"] == 7 and "Ouvrir (3)" in [button["label"] for button in buttons(back)]


def test_a_button_opens_ones_own_bag_privately(shared, app, db):
    other = Member()
    db.add_member(other, jackpot=1)
    reply = shared.ask(app.press("sac:3:open", other))
    assert reply["type"] == 4 and is_ephemeral(reply)
    assert [button["label"] for button in buttons(reply)] == ["Ouvrir (1)"]


def test_what_is_used_up_is_not_shown(shared, app, db, member):
    db.add_member(member, jackpot=0, multiplier_x2=1, multiplier_x3=0)
    assert [button["label"] for button in buttons(shared.ask(app.command("sac", member)))] == \
        ["Activer ×2 (1)"]


def test_an_empty_bag_says_how_items_are_won(shared, app, member):
    reply = shared.ask(app.command("sac", member))
    assert "5 niveaux" in shown(reply) and "niveau 5" in shown(reply)
    assert [button["label"] for button in buttons(reply)] == ["Mon niveau", "Gagner de l’XP"]


def test_an_open_jackpot_pays_once_and_the_ledger_says_so(shared, app, db, member):
    db.add_member(member, jackpot=2)
    reply = shared.ask(jackpot(app, member))
    assert reply["type"] == 7
    [(kind, amount)] = db.ledger(member)
    assert kind == "jackpot_reward" and amount in (25, 50, 100)
    assert db.balance(member) == 25 + amount
    assert f"# +{amount} LC" in shown(reply) and f"Solde\u00a0: **{25 + amount} LC**" in shown(reply)
    assert [button["label"] for button in buttons(reply)] == ["Encore un (1)", "Retour au sac"]
    assert db.items(member) == 1


def test_the_last_item_leaves_no_button(shared, app, db, member):
    db.add_member(member, jackpot=1)
    reply = shared.ask(jackpot(app, member))
    assert [button["label"] for button in buttons(reply)] == ["Retour au sac"] and "+" in shown(reply)
    refused = shared.ask(jackpot(app, member))
    assert is_refusal(refused) and "Jackpot" in shown(refused)
    assert len(db.ledger(member)) == 1 and db.is_explained(member)


def test_the_ledger_names_the_interaction(shared, app, db, member):
    db.add_member(member, jackpot=1)
    press = jackpot(app, member)
    shared.ask(press)
    assert press["id"] in db.one(
        "SELECT description FROM transactions WHERE to_user_id = %s", member.id)


@pytest.mark.parametrize("value", [2, 3])
def test_a_multiplier_counts_for_two_won_games(shared, app, db, member, value):
    db.add_member(member, **{f"multiplier_x{value}": 2})
    reply = shared.ask(multiplier(app, member, value))
    assert reply["type"] == 7 and f"×{value}" in under(reply)
    assert f"🔥 **×{value} actif** · encore 2 victoires" in texts(reply)
    assert db.run("SELECT multiplier_type, multiplier_value, games_remaining FROM"
                  " active_multipliers WHERE user_id = %s", member.id) == \
        [(f"multiplier_x{value}", value, 2)]
    assert db.items(member, f"multiplier_x{value}") == 1 and db.ledger(member) == []


def test_a_multiplier_is_refused_while_one_is_active(shared, app, db, member):
    db.add_member(member, multiplier_x2=2, multiplier_x3=2)
    shared.ask(multiplier(app, member, 2))
    for value in (2, 3):
        reply = shared.ask(multiplier(app, member, value))
        assert is_refusal(reply) and "encore actif" in shown(reply)
    assert db.items(member, "multiplier_x2") == 1 and db.items(member, "multiplier_x3") == 2
    assert len(db.run("SELECT 1 FROM active_multipliers WHERE user_id = %s", member.id)) == 1


def test_a_used_up_multiplier_gives_way_to_the_next(shared, app, db, member):
    db.add_member(member, multiplier_x2=2)
    shared.ask(multiplier(app, member, 2))
    db.run("UPDATE active_multipliers SET games_remaining = 0 WHERE user_id = %s", member.id)
    assert "🔥" not in shown(shared.ask(app.command("sac", member)))
    assert is_refusal(shared.ask(multiplier(app, member, 2)))
    assert db.items(member, "multiplier_x2") == 1
    assert shared.ask(multiplier(app, member, 2, use=1))["type"] == 7


def test_one_game_left_is_in_the_singular(shared, app, db, member):
    db.add_member(member, multiplier_x3=1)
    shared.ask(multiplier(app, member, 3))
    db.run("UPDATE active_multipliers SET games_remaining = 1 WHERE user_id = %s", member.id)
    assert "**×3 actif** · encore 1 victoire" in shown(shared.ask(app.command("sac", member)))
    assert "**×3 active** · 1 win left" in \
        shown(shared.ask(app.command("sac", member, guild_locale="en-US")))


def test_somebody_elses_press_is_refused_privately_and_changes_nothing(shared, app, db, member):
    other = Member()
    db.add_member(member, jackpot=1, multiplier_x2=1)
    db.add_member(other, jackpot=1, multiplier_x2=1)
    for item in ("jackpot", "multiplier_x2"):
        reply = shared.ask(app.press(custom_id("sac", item, owner=member.id, number=0), other))
        assert is_refusal(reply) and "pas le tien" in shown(reply)
        for owner in (member, other):
            assert db.items(owner, item) == 1 and db.ledger(owner) == []


def test_pressing_what_one_does_not_have_is_refused(shared, app, db, member):
    for press in (jackpot(app, member), multiplier(app, member, 2), multiplier(app, member, 3)):
        assert is_refusal(shared.ask(press))
    assert db.balance(member) == 25 and db.ledger(member) == []


def test_a_full_balance_refuses_and_keeps_the_jackpot(shared, app, db, member):
    db.add_member(member, balance=2147483647, jackpot=1)
    reply = shared.ask(jackpot(app, member))
    assert is_refusal(reply) and "maximum" in shown(reply)
    assert db.balance(member) == 2147483647 and db.items(member) == 1
    assert db.is_explained(member)


@pytest.mark.parametrize("reward", [25, 50, 100])
def test_a_balance_can_be_filled_to_the_last_coin(db, member, reward):
    db.add_member(member, balance=2147483647 - reward + 1, jackpot=1)

    def open_one():
        return db.one("SELECT besace_bag_open(%s, %s, %s, 0, %s, NULL, %s)", GUILD, member.id,
                      member.username, new_id(), reward)

    assert open_one()["refusal"] == "balance_full" and db.items(member) == 1
    db.set_balance(member, 2147483647 - reward)
    assert open_one()["done"] and db.balance(member) == 2147483647
    assert db.items(member) == 0 and db.is_explained(member)


def test_a_press_in_a_direct_message_works_alike(shared, app, db, member):
    db.add_member(member, jackpot=1)
    reply = shared.ask(jackpot(app, member, guild=False, locale="en-US"))
    assert reply["type"] == 7 and "The jackpot opens" in shown(reply)


def test_a_press_updates_in_the_servers_language_and_refuses_in_the_members(shared, app, db, member):
    db.add_member(member, jackpot=1)
    done = shared.ask(jackpot(app, member, locale="en-US", guild_locale="fr"))
    assert "Le jackpot s’ouvre" in shown(done) and not is_ephemeral(done)
    refused = shared.ask(jackpot(app, member, locale="en-US", guild_locale="fr"))
    assert is_refusal(refused) and "left in your bag" in shown(refused)


def test_a_button_uses_one_item_and_the_next_one_the_next(shared, app, db, member):
    db.add_member(member, jackpot=3, multiplier_x2=1)
    windows = [shared.ask(app.command("sac", member)) for _ in range(2)]
    first, other = (buttons(window)[0]["custom_id"] for window in windows)
    assert first == other
    reply = shared.ask(app.press(first, member))
    assert reply["type"] == 7
    for again in (first, other):
        refused = shared.ask(app.press(again, member))
        assert is_refusal(refused) and "déjà fait" in shown(refused)
    assert db.items(member) == 2 and len(db.ledger(member)) == 1
    for left in (1, 0):
        reply = shared.ask(app.press(buttons(reply)[0]["custom_id"], member))
        assert reply["type"] == 7 and db.items(member) == left
    assert len(db.ledger(member)) == 3 and db.is_explained(member)


def test_a_jackpot_that_came_meanwhile_does_not_revive_a_button(shared, app, db, member):
    db.add_member(member, jackpot=1)
    shared.ask(jackpot(app, member))
    db.run("UPDATE user_inventory SET quantity = quantity + 1 WHERE user_id = %s", member.id)
    assert is_refusal(shared.ask(jackpot(app, member)))
    assert is_refusal(shared.ask(jackpot(app, member, use=2)))
    assert db.items(member) == 1
    [button] = buttons(shared.ask(app.command("sac", member)))
    assert shared.ask(app.press(button["custom_id"], member))["type"] == 7


def test_a_button_without_a_number_uses_whichever_item_is_next(shared, app, db, member):
    db.add_member(member, jackpot=2, multiplier_x3=1)
    for _ in range(2):
        assert shared.ask(any_jackpot(app, member))["type"] == 7
    assert is_refusal(shared.ask(any_jackpot(app, member)))
    assert shared.ask(app.press(custom_id("sac", "multiplier_x3", owner=member.id), member))["type"] == 7


def test_jackpots_hold_25_50_or_100(shared, app, db, member):
    db.add_member(member, jackpot=150)
    replies = shared.together([shared.signed(any_jackpot(app, member)) for _ in range(150)])
    assert all(reply.json()["type"] == 7 for reply in replies)
    amounts = [amount for _, amount in db.ledger(member)]
    # Less than one run in 10^10 misses one of the three.
    assert len(amounts) == 150 and set(amounts) == {25, 50, 100}
    assert db.items(member) == 0 and db.is_explained(member)


# -- at once


@pytest.mark.parametrize("there", [1, 2, 50])
def test_a_hundred_presses_at_once_open_one_jackpot_once(shared, app, db, member, there):
    db.add_member(member, jackpot=there)
    replies = shared.together([shared.signed(jackpot(app, member)) for _ in range(100)])
    assert outcomes(replies) == (1, 99)
    assert len(db.ledger(member)) == 1 and db.items(member) == there - 1 and db.is_explained(member)


def test_a_hundred_presses_at_once_activate_one_multiplier(shared, app, db, member):
    db.add_member(member, multiplier_x2=50, multiplier_x3=50)
    presses = [multiplier(app, member, 2 + i % 2) for i in range(100)]
    assert outcomes(shared.together([shared.signed(press) for press in presses])) == (1, 99)
    assert db.items(member, "multiplier_x2") + db.items(member, "multiplier_x3") == 99


def test_many_members_press_at_once_and_each_is_paid_once(shared, app, db):
    members = [db.add_member(Member(), jackpot=2) for _ in range(25)]
    requests = [shared.signed(any_jackpot(app, member)) for _ in range(4) for member in members]
    assert outcomes(shared.together(requests)) == (50, 50)
    for member in members:
        assert len(db.ledger(member)) == 2 and db.items(member) == 0 and db.is_explained(member)
