"""Money and games under the settings of a guild."""

import datetime
import zoneinfo

import pytest

from support.games import button, buttons
from support.interactions import Member
from support.replies import is_ephemeral, is_refusal, shown
from support.settings import change, settle, zone

PARIS = zoneinfo.ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def defaults(shared):
    """Tests of this file share a guild: each begins and ends with nothing set."""
    yield
    database = shared.database
    database.run("SELECT besace_settings_replace(:guild, '{}')")
    database.run("DELETE FROM besace_settings_audit WHERE guild_id = :guild")


@pytest.fixture
def db(shared):
    return shared.database


def rich(db, balance=100000, **more):
    return db.add_member(Member(), balance=balance, **more)


def is_said(reply, *words):
    text = shown(reply)
    return is_refusal(reply) and is_ephemeral(reply) and all(word in text for word in words)


# -- the first balance


@pytest.mark.parametrize("start, entry", [(0, -25), (25, None), (26, 1), (10000, 9975)])
def test_members_begin_with_what_the_guild_gives(shared, db, app, start, entry):
    settle(db, start_balance=start)
    lou, other = Member(), Member()
    shared.ask(app.command("lc", lou))
    shared.ask(app.command("don", rich(db), ("membre", other), ("montant", 1)))
    assert db.balance(lou) == start and db.balance(other) == start + 1
    assert db.ledger(lou) == ([] if entry is None else [("opening", entry)])
    assert db.is_explained(lou) and db.is_explained(other)


def test_somebody_who_was_there_before_keeps_what_they_have(shared, db, app):
    lou = db.add_member(Member())
    settle(db, start_balance=500)
    shared.ask(app.command("lc", lou))
    assert db.balance(lou) == 25 and db.ledger(lou) == []


# -- the bag


@pytest.mark.parametrize("items, promised", [(False, False), (True, True), (None, True)])
def test_an_empty_bag_promises_no_items_where_levels_bring_none(shared, db, app, items, promised):
    settle(db, level_reward_items=items)
    for xp in (0, 5000):
        lou = db.add_member(Member(), xp=xp)
        for locale, word in (("fr", "jackpot"), ("en-US", "jackpot")):
            said = shown(shared.ask(app.command("sac", lou, locale=locale, guild_locale=locale)))
            assert (word in said) == promised, said
            assert ("×2" in said) == promised, said


# -- the daily gift


@pytest.mark.parametrize("amount, offered", [(0, False), (5, True), (None, True)])
def test_a_refusal_leads_to_the_gift_only_where_there_is_one(shared, db, app, amount, offered):
    settle(db, gift_amount=amount)
    lou = db.add_member(Member(), balance=3)
    for refused in (app.command("don", lou, ("membre", Member()), ("montant", 5)),
                    app.command("don", lou, ("membre", Member()), ("montant", 5000)),
                    app.command("pfc", lou, ("adversaire", rich(db)), ("mise", 50)),
                    *(app.subcommand(f"casino {name}", lou, ("mise", 50)) for name in ("machine", "blackjack"))):
        reply = shared.ask(refused)
        assert is_refusal(reply), shown(reply)
        gifts = [found for found in buttons(reply) if found.startswith("cadeau:")]
        assert len(gifts) == offered, shown(reply)


def test_the_gift_has_the_guild_s_amount(shared, db, app):
    settle(db, gift_amount=10000)
    lou = db.add_member(Member())
    assert "10" in shown(shared.ask(app.command("cadeau", lou)))
    assert db.balance(lou) == 10025 and db.ledger(lou) == [("daily_gift", 10000)]
    settle(db, gift_amount=0)
    assert is_said(shared.ask(app.command("cadeau", db.add_member(Member()))), "cadeau")


@pytest.mark.parametrize("name", ["Europe/Paris", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_gift_may_come_at_midnight(shared, db, app, name):
    settle(db, gift_midnight=True, time_zone=name)
    lou = db.add_member(Member())
    there = datetime.datetime.now(zoneinfo.ZoneInfo(name))
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    utc = datetime.timezone.utc
    for seconds, again in ((1, False), (-1, True)):
        last = (midnight + datetime.timedelta(seconds=seconds)).astimezone(utc).replace(tzinfo=None)
        db.run("UPDATE users SET last_gift_time = %s WHERE guild_id = :guild AND user_id = %s",
               last, lou.id)
        reply = shared.ask(app.command("cadeau", lou))
        assert is_refusal(reply) != again
        tomorrow = (midnight + datetime.timedelta(days=1)).replace(hour=0)
        assert f"<t:{int(tomorrow.timestamp())}:R>" in shown(reply)


# -- gifts between members


def test_gifts_may_be_off(shared, db, app):
    settle(db, transfer=False)
    lou, other = rich(db), rich(db)
    assert is_said(shared.ask(app.command("don", lou, ("membre", other), ("montant", 1))), "dons")
    assert db.balance(lou) == 100000


def test_gifts_of_a_day_are_limited(shared, db, app):
    settle(db, transfer_day_max=100)
    lou, other = rich(db), rich(db)

    def give(amount):
        return shared.ask(app.command("don", lou, ("membre", other), ("montant", amount)))

    assert not is_refusal(give(60))
    assert is_said(give(41), "40")
    assert not is_refusal(give(40))
    assert is_said(give(1), "0")
    # What was given before midnight is of another day.
    midnight = datetime.datetime.now(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    db.run("UPDATE transactions SET created_at = %s WHERE guild_id = :guild AND from_user_id = %s",
           (midnight - datetime.timedelta(seconds=1)).astimezone(datetime.timezone.utc).replace(
               tzinfo=None), lou.id)
    assert not is_refusal(give(100))


# -- rewards of levels


@pytest.mark.parametrize("percent, lc", [(0, []), (30, [7, 15]), (100, [25, 50]), (1000, [250, 500])])
def test_rewards_of_levels_have_a_factor(db, percent, lc):
    settle(db, level_reward_percent=percent)
    lou = db.add_member(Member())
    db.run("SELECT besace_xp_add(ARRAY[:guild]::varchar[], ARRAY[%s]::varchar[], ARRAY[300]::bigint[])",
           lou.id)
    assert db.ledger(lou) == [("level_up", each) for each in lc]
    assert db.balance(lou) == 25 + sum(lc)


def test_rewards_of_levels_may_be_without_objects(db):
    settle(db, level_reward_items=False)
    lou = db.add_member(Member())
    db.run("SELECT besace_xp_add(ARRAY[:guild]::varchar[], ARRAY[%s]::varchar[], ARRAY[1000]::bigint[])",
           lou.id)
    assert db.items(lou) == 0 and db.balance(lou) == 25 + 150


# -- games


def at(channel, body):
    """The interaction BODY, in CHANNEL."""
    body["channel_id"] = body["channel"]["id"] = channel
    return body


def machine(app, lou, stake=5, channel="2"):
    return at(channel, app.subcommand("casino machine", lou, ("mise", stake)))


def test_a_game_may_be_off(shared, db, app):
    change(db, {"machine.enabled": False, "duel.enabled": False, "roulette.enabled": False})
    lou, other = rich(db), rich(db)
    for request in (machine(app, lou), app.subcommand("jeu duel", lou, ("adversaire", other), ("mise", 10)),
                    app.subcommand("jeu roulette", lou, ("mise", 10))):
        assert is_said(shared.ask(request), "serveur")
    assert db.balance(lou) == 100000
    assert not is_refusal(shared.ask(app.subcommand("casino blackjack", lou, ("mise", 10))))


def test_stakes_are_the_guild_s(shared, db, app):
    lou = rich(db, 200000)
    assert is_said(shared.ask(machine(app, lou, 251)), "5", "250")
    assert is_said(shared.ask(machine(app, lou, 4)), "5", "250")
    change(db, {"machine.stake_min": 300, "machine.stake_max": 100000})
    assert is_said(shared.ask(machine(app, lou, 299)), "300", "100 000".replace(" ", "\u202f"))
    assert not is_refusal(shared.ask(machine(app, lou, 300)))
    db.set_balance(lou, 100000)
    assert not is_refusal(shared.ask(machine(app, lou, 100000)))
    assert db.is_explained(lou)


def test_a_challenge_is_held_to_the_stakes_of_its_acceptance(shared, db, app):
    """A challenge of before cannot be accepted any more; it expires and pays back."""
    lou, other = rich(db), rich(db)
    board = app.subcommand("jeu duel", lou, ("adversaire", other), ("mise", 100))
    reply = shared.ask(board)
    change(db, {"duel.stake_max": 50})
    assert is_said(shared.ask(app.press(button(reply, "accept"), other)), "50")
    assert db.balance(other) == 100000


def test_a_game_may_be_played_in_its_channels_only(shared, db, app):
    change(db, {"machine.channels": ["71", "72"]})
    lou = rich(db)
    assert is_said(shared.ask(machine(app, lou, channel="70")), "<#71>, <#72>")
    assert not is_refusal(shared.ask(machine(app, lou, channel="72")))
    # A thread of such a channel.
    body = machine(app, lou, channel="73")
    body["channel"].update(type=11, parent_id="72")
    assert not is_refusal(shared.ask(body))


def test_a_game_may_have_a_pause(shared, db, app):
    change(db, {"machine.pause_s": 3600})
    lou, other = rich(db), rich(db)
    assert not is_refusal(shared.ask(machine(app, lou)))
    before = db.balance(lou)
    assert is_said(shared.ask(machine(app, lou)), "<t:")
    assert db.balance(lou) == before
    assert not is_refusal(shared.ask(machine(app, other)))
    assert not is_refusal(shared.ask(app.subcommand("casino roue", lou, ("mise", 10),
                                                       ("couleur", "rouge"))))
    db.run("UPDATE besace_game_pauses SET started_at = started_at - interval '1 hour'"
           " WHERE guild_id = :guild AND user_id = %s", lou.id)
    assert not is_refusal(shared.ask(machine(app, lou)))


# -- losses of a day


def lose(db, lou, amount, seconds=0):
    """A lost stake of SECONDS after midnight."""
    midnight = datetime.datetime.now(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    at = (midnight + datetime.timedelta(seconds=seconds)).astimezone(datetime.timezone.utc)
    db.run("INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type, created_at)"
           " VALUES (:guild, %s, %s, 'bet', %s)", lou.id, amount, at.replace(tzinfo=None))
    db.follow_ledger(lou)


def test_losses_of_a_day_are_limited(shared, db, app):
    settle(db, loss_day_max=300)
    lou = rich(db)
    lose(db, lou, 1000, seconds=-1)
    lose(db, lou, 250, seconds=0)
    assert is_said(shared.ask(machine(app, lou, 51)), "50")
    # A win makes room, and an open stake takes it.
    db.run("INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
           " VALUES (:guild, %s, 100, 'game_win')", lou.id)
    db.follow_ledger(lou)
    shared.ask(app.subcommand("jeu duel", lou, ("adversaire", rich(db)), ("mise", 120)))
    assert is_said(shared.ask(machine(app, lou, 31)), "30")
    assert db.is_explained(lou)


@pytest.mark.parametrize("kind", ["refund", "game_win"])
def test_what_came_back_is_not_lost(db, kind):
    lou = rich(db)
    lose(db, lou, 250)
    db.run("INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type)"
           " VALUES (:guild, %s, 250, %s)", lou.id, kind)
    db.follow_ledger(lou)
    assert db.one("SELECT besace_loss_today(:guild, %s)", lou.id) == 0


def test_a_stake_of_before_midnight_that_is_open_counts(shared, db, app):
    settle(db, loss_day_max=300)
    lou = rich(db)
    shared.ask(app.subcommand("jeu duel", lou, ("adversaire", rich(db)), ("mise", 290)))
    midnight = datetime.datetime.now(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    db.run("UPDATE transactions SET created_at = %s - interval '1 minute' WHERE guild_id = :guild"
           " AND from_user_id = %s AND transaction_type = 'bet'",
           midnight.astimezone(datetime.timezone.utc).replace(tzinfo=None), lou.id)
    assert is_said(shared.ask(machine(app, lou, 11)), "10")


# -- XP of games


def duel_xp(shared, db, app, channel="2", category=None):
    """XP of winner and loser of a duel."""
    lou, other = rich(db), rich(db)
    body = at(channel, app.subcommand("jeu duel", lou, ("adversaire", other), ("mise", 10)))
    body["channel"]["parent_id"] = category
    reply = shared.ask(body)
    shared.ask(at(channel, app.press(button(reply, "accept"), other)))
    return sorted(db.one("SELECT xp FROM users WHERE guild_id = :guild AND user_id = %s", each.id)
                  for each in (lou, other)), (lou, other)


def test_games_have_their_figures(shared, db, app):
    assert duel_xp(shared, db, app)[0] == [5, 15]
    settle(db, game_win=100, game_loss=7)
    assert duel_xp(shared, db, app)[0] == [7, 100]
    settle(db, rate_percent=150)
    assert duel_xp(shared, db, app)[0] == [10, 150]
    zone(db, "81", "factor", 300)
    zone(db, "82", "none")
    assert duel_xp(shared, db, app, "81")[0] == [31, 450]
    assert duel_xp(shared, db, app, "82")[0] == [0, 0]
    zone(db, "83", "factor", 200)
    assert duel_xp(shared, db, app, "84", category="83")[0] == [21, 300]
    settle(db, day_xp_max=20)
    found, (lou, _) = duel_xp(shared, db, app)
    assert found == [10, 20]
    assert db.one("SELECT xp_today FROM users WHERE guild_id = :guild AND user_id = %s", lou.id) in found
    for off in ("game", "levels"):
        settle(db, **{off: False})
        assert duel_xp(shared, db, app)[0] == [0, 0]
        settle(db, **{off: None})


def test_the_casino_s_games_too(shared, db, app):
    settle(db, game_win=50, game_loss=50, game_push=50)
    zone(db, "81", "factor", 200)
    zone(db, "500", "factor", 150, role=True)
    lou = rich(db)
    db.run("UPDATE users SET roles = '{500}' WHERE guild_id = :guild AND user_id = %s", lou.id)
    shared.ask(with_roles(machine(app, lou, channel="81"), "500"))
    assert db.run("SELECT xp, xp_today, place_id FROM users WHERE guild_id = :guild AND user_id = %s",
                  lou.id) == [(150, 150, "81")]


def with_roles(body, *roles):
    body["member"]["roles"] = list(roles)
    return body


def test_a_game_counts_the_roles_that_its_interaction_shows(shared, db, app):
    """Not those last seen: a role that was given or taken since counts from this play on."""
    settle(db, game_win=50, game_loss=50, game_push=50)
    zone(db, "500", "factor", 200, role=True)
    zone(db, "501", "none", role=True)
    lou, other = rich(db), rich(db)

    def xp(member):
        return db.one("SELECT xp FROM users WHERE guild_id = :guild AND user_id = %s", member.id)

    total = 0
    for roles, more in ((["500"], 100), ([], 50), (["500", "501"], 0), (["500"], 100)):
        shared.ask(with_roles(machine(app, lou), *roles))
        total += more
        assert xp(lou) == total, roles
    # A game that a press ends: who presses is seen, who challenged was then.
    reply = shared.ask(with_roles(app.subcommand("jeu duel", lou, ("adversaire", other), ("mise", 10))))
    shared.ask(with_roles(app.press(button(reply, "accept"), other), "500"))
    assert (xp(lou), xp(other)) == (total + 50, 100)
    # One that ends at once though it may go on: a natural, or a hand that is played.
    blackjack = with_roles(app.subcommand("casino blackjack", other, ("mise", 10)), "501")
    reply = shared.ask(blackjack)
    for _ in range(12):
        if not [id for id in buttons(reply) if "stand" in id]:
            break
        reply = shared.ask(with_roles(app.press(button(reply, "stand"), other), "501"))
    assert xp(other) == 100
