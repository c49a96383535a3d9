"""More than can be done: who cannot be served is told so, and what was taken is done."""

import pytest

from support.interactions import Member
from support.wait import until
from support.bag import jackpot
from support.replies import under
from support.outage import FOLLOW_UP, ORIGINAL, is_apology

pytestmark = pytest.mark.threads

# store/pool.h: what waits in one loop for a connection.
QUEUE = 1024


def add_members(database, count):
    """Many members with a jackpot each, in one statement."""
    members = [Member() for _ in range(count)]
    ids = [member.id for member in members]
    database.run("INSERT INTO users (guild_id, user_id, username)"
                 " SELECT :guild, id, 'm' || id FROM unnest(%s) id", ids)
    database.run("INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)"
                 " SELECT :guild, id, 'jackpot', 1 FROM unnest(%s) id", ids)
    return members


@pytest.mark.slow
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
    requests = [service.signed(jackpot(app, member)) for member in members]

    def given_up():
        """Presses that have waited too long: for each, one more found a place."""
        return len(service.said("interaction"))

    taken = service.together(requests[:900], deferred=True)
    assert {reply.body for reply in taken} == {b'{"type":6}'}
    assert under(service.ask(app.command("lc", reader))) == "# 25 LC"
    before = given_up()
    replies = service.together(requests[900:], deferred=True)
    # What the first of them told of its guild may wait as well.
    places = QUEUE + before, QUEUE + 1 + given_up()
    holder.close()
    # One runs, QUEUE wait, the rest of the 1,200 is refused, and at once: later it would be deferred.
    refused = [member for member, reply in zip(members[900:], replies)
               if reply.json() != {"type": 6}]
    assert all(is_apology(reply.json()) for reply in replies if reply.json() != {"type": 6})
    found = len(members) - len(refused)
    assert places[0] <= found <= places[1]
    until(lambda: database.one("SELECT count(*) FROM transactions") + given_up() >= found,
          "all that found a place are done, or told so")
    discord.wait_for(lambda: len(discord.calls("PATCH", ORIGINAL)) +
                     len(discord.calls("POST", FOLLOW_UP)) >= found)
    # Who was refused lost nothing and can press again.
    assert all(database.items(member) == 1 for member in refused[:20])
    assert service.ask(jackpot(app, refused[0]))["type"] == 7
