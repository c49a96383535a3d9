"""The same signed request again: the same bytes, nothing more done."""

import pytest

from support.bag import jackpot, multiplier
from support.replies import is_refusal, shown

pytestmark = [pytest.mark.threads, pytest.mark.partitioned]


# What interactions tell of the member who asks, where another test has left a reward: it is written beside
# the reply, before or after a snapshot.
SEEN_COLUMNS = ["roles", "joined_at", "left_at", "pending", "name_seen_ms", "updated_at"]


def snapshot(db, member):
    """Everything that a press could change, but the receipts."""
    return [db.run("SELECT to_jsonb(u) - %s::text[] FROM users u WHERE user_id = %s ORDER BY guild_id",
                   SEEN_COLUMNS, member.id),
            *(db.run(f"SELECT * FROM {table} WHERE {column} = %s ORDER BY 1", member.id)
              for table, column in (("user_inventory", "user_id"), ("active_multipliers", "user_id"),
                                    ("transactions", "to_user_id"), ("transactions", "from_user_id")))]


def refusals(app, member):
    return [jackpot(app, member), multiplier(app, member, 2)]


def test_a_hundred_copies_of_one_press_open_one_jackpot(shared, app, member):
    db = shared.database
    db.add_member(member, jackpot=50)
    request = shared.signed(jackpot(app, member))
    replies = shared.together([request] * 100)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert db.items(member) == 49 and len(db.ledger(member)) == 1 and db.is_explained(member)


@pytest.mark.parametrize("press", [jackpot, lambda app, member: multiplier(app, member, 2),
                                   lambda app, member: multiplier(app, member, 3)],
                         ids=["jackpot", "x2", "x3"])
def test_a_replay_gets_the_same_bytes_and_changes_nothing(shared, app, member, press):
    db = shared.database
    db.add_member(member, jackpot=3, multiplier_x2=3, multiplier_x3=3)
    request = shared.signed(press(app, member))
    first = shared.post(*request)
    assert first.json()["type"] == 7
    after = snapshot(db, member)
    for _ in range(3):
        assert shared.post(*request).body == first.body
    assert snapshot(db, member) == after


def test_a_replay_says_what_was_then_whatever_has_happened_since(shared, app, member):
    db = shared.database
    db.add_member(member, jackpot=3)
    request = shared.signed(jackpot(app, member))
    first = shared.post(*request)
    for _ in range(2):
        shared.ask(jackpot(app, member))
    after = snapshot(db, member)
    assert shared.post(*request).body == first.body
    assert snapshot(db, member) == after


def test_a_refusal_stays_a_refusal_when_it_could_succeed_by_now(shared, app, member):
    db = shared.database
    db.add_member(member)
    requests = [shared.signed(press) for press in refusals(app, member)]
    first = [shared.post(*request) for request in requests]
    db.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity) VALUES"
           " (:guild, %s, 'jackpot', 5), (:guild, %s, 'multiplier_x2', 5)", member.id, member.id)
    after = snapshot(db, member)
    for request, reply in zip(requests, first):
        assert shared.post(*request).body == reply.body
    assert snapshot(db, member) == after


def test_a_captured_press_signed_again_by_discord_is_the_same_press(shared, app, member):
    """nginx and Discord may repeat with another timestamp; the interaction is what counts."""
    import time
    db = shared.database
    db.add_member(member, jackpot=3)
    press = jackpot(app, member)
    now = int(time.time())
    first = shared.send(press, now)
    assert shared.send(press, now - 5).body == first.body
    assert shared.send(press, now + 5).body == first.body
    assert db.items(member) == 2


def test_receipts_survive_a_restart(database, start, app, member):
    service = start(database)
    database.add_member(member, jackpot=2)
    requests = [service.signed(jackpot(app, member)), service.signed(multiplier(app, member, 2))]
    first = [service.post(*request).body for request in requests]
    service.stop()
    service.start()
    assert [service.post(*request).body for request in requests] == first
    assert database.items(member) == 1 and len(database.ledger(member)) == 1


def test_replicas_share_receipts(database, start, app, member):
    replicas = [start(database) for _ in range(2)]
    database.add_member(member, jackpot=3)
    request = replicas[0].signed(jackpot(app, member))
    assert replicas[0].post(*request).body == replicas[1].post(*request).body
    assert database.items(member) == 2


def test_one_press_sent_to_two_replicas_at_once_counts_once(database, start, app, member):
    from concurrent.futures import ThreadPoolExecutor
    replicas = [start(database) for _ in range(2)]
    database.add_member(member, jackpot=30)
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, 11):
            request = replicas[0].signed(jackpot(app, member, use=number - 1))
            replies = list(pool.map(lambda replica: replica.together([request] * 5), replicas))
            assert len({reply.body for some in replies for reply in some}) == 1
            assert len(database.ledger(member)) == number
    assert database.items(member) == 20 and database.is_explained(member)


def test_two_members_with_the_same_interaction_id_are_two_presses(shared, app, member):
    """Ids are Discord's and unique; a receipt still belongs to its member."""
    from support.interactions import Member
    other = Member()
    db = shared.database
    for one in (member, other):
        db.add_member(one, jackpot=1)
    first, second = jackpot(app, member), jackpot(app, other)
    second["id"] = first["id"]
    assert shared.ask(first)["type"] == shared.ask(second)["type"] == 7
    assert db.items(member) == db.items(other) == 0


def test_receipts_older_than_a_day_are_swept_and_younger_ones_stay(database, start, app, member):
    from support.wait import until
    service = start(database)
    database.add_member(member, jackpot=2)
    service.ask(jackpot(app, member))
    service.stop()
    database.run("INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome,"
                 " created_at) SELECT :guild, '1', n::text, 'x', '{}', now() AT TIME ZONE 'utc' - interval '25 hours'"
                 " FROM generate_series(1, 2500) n")
    service.start()
    until(lambda: database.one("SELECT count(*) FROM besace_receipts") == 1, "the sweep")
    assert database.one("SELECT user_id FROM besace_receipts") == member.id


def test_an_id_that_was_used_for_another_command_is_refused_with_a_sentence(shared, app, member):
    db = shared.database
    db.add_member(member, jackpot=3)
    used, again = app.command("cadeau", member), jackpot(app, member)
    shared.ask(used)
    again["id"] = used["id"]
    after = snapshot(db, member)
    reply = shared.ask(again)
    assert is_refusal(reply) and "déjà servi" in shown(reply)
    assert snapshot(db, member) == after and not is_refusal(shared.ask(jackpot(app, member)))


def test_a_gift_that_is_asked_for_again_is_one_though_another_is_due(shared, member):
    db = shared.database
    db.add_member(member)
    asked = ("SELECT besace_gift(guild_id, user_id, username, 0, %s, 0) FROM users WHERE user_id = %s",
             "1", member.id)
    first = db.run(*asked)
    after = snapshot(db, member)
    assert db.run(*asked) == first
    assert snapshot(db, member) == after
    assert len(db.ledger(member)) == 1 and db.is_explained(member)
