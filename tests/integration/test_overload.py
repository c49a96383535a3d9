"""More than can be done: who cannot be served is told so, and what was taken is done."""

import pytest

from support.interactions import Member
from support.wait import until
from test_bag import jackpot
from test_database import FOLLOW_UP, ORIGINAL, in_background, is_apology

# base/limits.h: what waits in one loop for a connection.
QUEUE = 1024


@pytest.fixture
def app(application):
    return application


def add_members(database, count):
    """Many members with a jackpot each, in one statement."""
    members = [Member() for _ in range(count)]
    ids = [member.id for member in members]
    database.run("INSERT INTO users (user_id, username) SELECT id, 'm' || id FROM unnest(%s) id", ids)
    database.run("INSERT INTO user_inventory (user_id, item_type, quantity)"
                 " SELECT id, 'jackpot', 1 FROM unnest(%s) id", ids)
    return members


def test_a_full_queue_refuses_politely_and_recovers(start, database, app, discord):
    """One loop whose only connection for changes waits: the queue fills up, reads go on."""
    discord.settings(any_token={"deferred": False})
    discord.limits("*", 100000, 1.0)
    discord.limits("/webhooks/*", 100000, 1.0)
    service = start(database, DISCORD_API_URL=discord.url, BESACE_POOL_SIZE="2", BESACE_LOG="info")
    members = add_members(database, 1200)
    reader = database.add_member(Member())
    holder = database.connect()
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE user_inventory IN SHARE MODE")
    first, second = members[:900], members[900:]
    taken = service.together([service.signed(jackpot(app, member)) for member in first])
    assert {reply.body for reply in taken} == {b'{"type":6}'}
    late = in_background(service.together,
                         [service.signed(jackpot(app, member)) for member in second])
    assert service.send(app.command("lc", reader)).json()["type"] == 4
    replies = late()
    holder.close()
    refused = [reply for reply in replies if is_apology(reply.json())] \
        if all(reply.json() != {"type": 6} for reply in replies) else \
        [reply for reply in replies if reply.json()["type"] == 4]
    # One runs, QUEUE wait, the rest of the 1,200 is refused, and at once.
    assert len(refused) == len(members) - QUEUE - 1
    assert all(is_apology(reply.json()) and reply.seconds < 1.9 for reply in refused)
    done = len(members) - len(refused)
    until(lambda: database.one("SELECT count(*) FROM transactions") == done, "all taken are done")
    discord.wait_for(lambda: len(discord.calls("PATCH", ORIGINAL)) +
                     len(discord.calls("POST", FOLLOW_UP)) >= done, seconds=30)
    # Who was refused lost nothing and can press again.
    again = [member for member, reply in zip(second, replies) if reply.json()["type"] == 4]
    assert all(database.items(member) == 1 for member in again[:20])
    assert service.ask(jackpot(app, again[0]))["type"] == 7
