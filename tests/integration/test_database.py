"""The database goes away, comes back, or keeps a row locked: members get answers all the same."""

import contextlib
import socketserver
import struct
import threading
import time

import psycopg2
import pytest

from support.cluster import Cluster
from support.interactions import Member
from support.load import Load
from support.service import BESACECTL
from support.wait import until
from support.wire import Wire
from support.bag import jackpot, multiplier, any_jackpot
from support.buttons import buttons
from support.replies import heading, is_ephemeral, shown, under
from support.outage import FOLLOW_UP, ORIGINAL, in_background, is_apology

# Within a second on an idle machine: what only a service that waits for something else takes.
BACK_S = 15


@pytest.fixture(scope="module")
def durable():
    """A PostgreSQL that keeps what it has confirmed, also over a kill -9."""
    cluster = Cluster(durable=True)
    yield cluster
    cluster.remove()


@pytest.fixture
def kept(durable, services):
    database = durable.create().migrate(BESACECTL)
    yield database
    services.end()
    database.drop()


# -- away and back


def ready_after(service, start_server):
    """Starts the server; returns the seconds from its first connection until besace is ready."""
    up = []

    def watch():
        start_server()
        up.append(time.monotonic())

    starter = threading.Thread(target=watch)
    starter.start()
    service.wait_ready()
    ready = time.monotonic()
    starter.join()
    return ready - up[0]


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_the_server_goes_away_and_comes_back_under_load(start, durable, kept, discord, how):
    discord.settings(any_token={"deferred": False})
    service = start(kept, DISCORD_API_URL=discord.url)
    with Load(service, kept) as load:
        getattr(durable, how)()
        kept.close()
        until(lambda: service.get("/readyz").status == 503, "it is not ready")
        assert service.get("/healthz").status == 200
        assert ready_after(service, durable.start) < BACK_S
        load.wait_for_more()
    load.check()


def test_a_fast_restart_under_load_loses_nothing(start, durable, kept, discord):
    discord.settings(any_token={"deferred": False})
    service = start(kept, DISCORD_API_URL=discord.url)
    with Load(service, kept) as load:
        for _ in range(3):
            durable.stop()
            durable.start()
            kept.close()
            service.wait_ready()
            load.wait_for_more(1)
    load.check()


def test_every_connection_cut_under_load_loses_nothing(service, database):
    with Load(service, database) as load:
        for _ in range(10):
            database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                         " datname = current_database() AND application_name = 'besace'")
            load.wait_for_more(1)
    load.check()


def test_connections_are_made_while_no_standby_confirms(start, app, kept, durable, member):
    """Noting that a build is in use is a commit too, and made by the thread that makes connections."""
    kept.add_member(member, balance=70)
    kept.run("UPDATE besace_builds SET used_at = used_at - interval '1 hour'")
    with durable.unconfirmed():
        service = start(kept)
        until(lambda: kept.one("SELECT used_at > now() AT TIME ZONE 'utc' - interval '30 minutes'"
                               " FROM besace_builds"), "the build's use is noted")
        kept.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE datname = current_database() AND application_name = 'besace'")
        until(lambda: "70" in shown(service.ask(app.command("lc", member))), "its balance is told")


def test_service_starts_without_a_database_and_finds_it_later(start, app, kept, durable, member):
    durable.stop()
    try:
        service = start(kept, ready=False)
        assert service.get("/healthz").status == 200
        not_ready = service.get("/readyz")
        assert not_ready.status == 503 and not_ready.header("Retry-After")
        assert service.ask(app.ping()) == {"type": 1}
        assert service.ask(app.command("aide", member))["type"] == 4
        for interaction in (app.command("lc", member), app.command("sac", member),
                            jackpot(app, member)):
            assert is_apology(service.ask(interaction))
    finally:
        durable.start()
    service.wait_ready()
    for _ in range(6):  # on every loop
        assert under(service.ask(app.command("lc", member))) == "# 25 LC"


def test_apologies_are_in_the_members_language_and_quick(start, app, kept, durable, member):
    service = start(kept)
    durable.stop()
    try:
        until(lambda: service.get("/readyz").status == 503, "it is not ready")
        until(lambda: service.send(app.command("lc", member)).seconds < 0.5, "no waiting in vain")
        assert "moment" in shown(service.ask(app.command("lc", member, locale="en-US")))
        assert "instant" in shown(service.ask(app.command("lc", member)))
    finally:
        durable.start()


def test_the_reason_does_not_name_hosts_or_passwords(start, empty_database):
    service = start(empty_database, ready=False,
                    DATABASE_URL="postgresql://besace:sesame@/x?host=/nonexistent/secret-host")
    reply = until(lambda: (lambda r: r if r.status == 503 else None)(service.get("/readyz")), "503")
    assert "sesame" not in reply.body.decode() and "secret-host" not in reply.body.decode()
    service.stop()
    assert "sesame" not in service.text()


def refusal(sentence):
    """What a server says to who it does not let in."""
    fields = f"SFATAL\0VFATAL\0C3D000\0M{sentence}\0\0".encode()
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


@pytest.mark.parametrize("said", [b"", refusal("no such database")],
                         ids=["hangs up", "does not let anybody in"])
def test_a_host_that_is_of_no_use_does_not_keep_the_service_from_the_next_one(
        start, database, app, member, said):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), None) as useless:
        useless.RequestHandlerClass = lambda request, *_: request.recv(1024) and request.sendall(said)
        threading.Thread(target=useless.serve_forever, daemon=True).start()
        socket, port = database.cluster.socket, useless.server_address[1]
        service = start(database, DATABASE_URL=(
            f"host=127.0.0.1,{socket},127.0.0.1 port={port},5432,{port} dbname={database.name}"
            " user=besace_service sslmode=disable gssencmode=disable"
            " target_session_attrs=read-write"))
        assert under(service.ask(app.command("lc", member))) == "# 25 LC"
        service.end()
        useless.shutdown()


def test_service_says_once_that_the_database_is_away_and_once_that_it_is_back(start, kept, durable):
    service = start(kept)
    durable.stop()
    until(lambda: service.said("database away"), "it says so")
    durable.start()
    service.wait_ready()
    until(lambda: len(service.said("database ready")) == 2, "it says so")
    # Each change of the reason may have its line: refused, shutting down, starting up.
    assert len(service.said("database away")) <= 6


# -- a locked row


@pytest.fixture
def deferring(start, database, discord):
    """A service whose results can follow by Discord's REST API."""
    return start(database, DISCORD_API_URL=discord.url)


@contextlib.contextmanager
def goes_on_waiting(database):
    """Something waits for a lock, all the while that something else is done: so that did not wait
    for the same lock, nor for the end of the first one's patience."""
    # Twice: a statement's time is read before its wait is, and may be that of its being bound.
    first = until(lambda: database.lock_waits() & database.lock_waits(), "something waits")
    yield
    assert first & database.lock_waits(), "what was to go on meanwhile has waited as well"


def test_a_press_on_a_locked_row_is_deferred_and_its_result_follows(
        deferring, database, app, discord, member):
    database.add_member(member, jackpot=2)
    press = jackpot(app, member)
    discord.add_token(press["token"], application_id=app.id, deferred=False)
    with database.locked(member):
        assert deferring.ask(press, deferred=True) == {"type": 6}
        assert discord.calls() == []
        with goes_on_waiting(database):
            for reader in (Member(), member):
                reply = deferring.ask(app.command("lc", reader))
                assert under(reply) == "# 25 LC"
    [call] = discord.wait_for(lambda: discord.calls("PATCH", ORIGINAL))
    assert call["path"].endswith(f"/webhooks/{app.id}/{press['token']}/messages/@original")
    amount = database.balance(member) - 25
    assert f"+{amount} LC" in under(call["body"])
    assert "Encore un (1)" in buttons(call["body"])
    assert call["body"]["allowed_mentions"] == {"parse": []}
    assert database.items(member) == 1 and database.is_explained(member)
    # Sent once more, it is answered at once, from the receipt.
    assert f"+{amount} LC" in shown(deferring.ask(press)) and database.items(member) == 1


def test_a_deferral_comes_between_two_and_three_seconds(deferring, database, app, discord, member):
    """Discord waits for three. A busy machine may hold up one answer, but hardly each of ten."""
    discord.settings(any_token={"deferred": False})
    database.add_member(member, jackpot=1)
    seconds = []
    with database.locked(member):
        while len(seconds) < 10 and min(seconds, default=3) >= 2.9:
            reply = deferring.send(jackpot(app, member), deferred=True)
            assert reply.json() == {"type": 6}
            seconds.append(reply.seconds)
    assert 1.5 < min(seconds) < 2.9


def test_a_row_locked_for_four_seconds_delays_its_member_only(deferring, database, app, discord, member):
    """As above, with presses of others and more of the same member waiting meanwhile."""
    deferring.stop()
    deferring.settings["BESACE_POOL_SIZE"] = "16"
    deferring.start()
    database.add_member(member, jackpot=5)
    others = [database.add_member(Member(), jackpot=1) for _ in range(20)]
    presses = [any_jackpot(app, member) for _ in range(6)]
    for press in presses:
        discord.add_token(press["token"], application_id=app.id, deferred=False)
    with database.locked(member):
        until_locked = time.monotonic()
        waiting = in_background(
            deferring.together, [deferring.signed(press) for press in presses], deferred=True)
        with goes_on_waiting(database):
            replies = deferring.together([deferring.signed(jackpot(app, other)) for other in others])
            assert all(reply.json()["type"] == 7 for reply in replies)
        assert {tuple(reply.json()) for reply in waiting()} == {("type",)}
        loops = deferring.said("listening")[0]["loops"]
        assert database.waiting_for_locks() <= loops, "one connection of each loop at most"
        until(lambda: time.monotonic() > until_locked + 4, "four seconds")
    discord.wait_for(lambda: len(discord.calls("PATCH", ORIGINAL)) == 5
                     and len(discord.calls("POST", FOLLOW_UP)) == 1)
    assert database.items(member) == 0 and len(database.ledger(member)) == 5
    assert database.is_explained(member)


def test_a_refusal_behind_a_deferral_is_a_private_message_of_its_own(
        deferring, database, app, discord, member):
    database.add_member(member)
    press = jackpot(app, member)
    discord.add_token(press["token"], application_id=app.id, deferred=False)
    with database.locked(member):
        assert deferring.ask(press, deferred=True) == {"type": 6}
    [call] = discord.wait_for(lambda: discord.calls("POST", FOLLOW_UP))
    assert is_ephemeral(call["body"]) and "💡" in heading(call["body"])
    assert discord.calls("PATCH") == []


@pytest.mark.parametrize("private", [False, True])
def test_a_command_on_a_locked_row_is_deferred_as_public_or_private_as_its_answer(
        deferring, database, app, discord, member, private):
    database.add_member(member)
    renamed = Member("renamed", id=member.id)
    command = app.command("annonces", renamed, ("ping", True)) if private \
        else app.command("cadeau", renamed)
    discord.add_token(command["token"], application_id=app.id, ephemeral=private)
    with database.locked(member):
        reply = deferring.ask(command, deferred=True)
        assert reply == ({"type": 5, "data": {"flags": 64}} if private else {"type": 5})
    [call] = discord.wait_for(lambda: discord.calls("PATCH", ORIGINAL))
    if not private:
        assert "25 LC" in under(call["body"])
    assert not is_ephemeral(call["body"]) and "🚫" not in str(call["body"])
    assert database.one("SELECT username FROM users WHERE user_id = %s", member.id) == "renamed"


def test_a_reading_never_waits_for_a_locked_row(service, database, app, member):
    """It shows what is there, and leaves a new name for the next time."""
    database.add_member(member)
    renamed = Member("renamed", id=member.id)
    with database.locked(member):
        assert "25 LC" in str(service.ask(app.command("lc", renamed)))
    assert database.one("SELECT username FROM users") == member.username

    def is_renamed():
        service.ask(app.command("lc", renamed))
        return database.one("SELECT username FROM users") == "renamed"

    until(is_renamed, "the row is free and the name is new")


def fail_500(discord):
    discord.fail(route=ORIGINAL, status=500, times=2)


def fail_429(discord):
    discord.fail_rate_limited(route=ORIGINAL, retry_after=0.3, header=1)


def fail_404(discord):
    discord.fail(route=ORIGINAL, status=404, body={"message": "Unknown Webhook", "code": 10015})


def fail_connection(discord):
    discord.fail(route=ORIGINAL, close=True)


@pytest.mark.parametrize("failure", [fail_500, fail_429, fail_404, fail_connection])
def test_a_result_that_does_not_get_through_is_sent_again(
        deferring, database, app, discord, member, failure):
    database.add_member(member, multiplier_x2=1)
    press = multiplier(app, member, 2)
    discord.add_token(press["token"], application_id=app.id, deferred=False)
    failure(discord)
    with database.locked(member):
        assert deferring.ask(press, deferred=True) == {"type": 6}
    discord.wait_for(lambda: [call for call in discord.calls("PATCH", ORIGINAL)
                              if call["status"] == 200])
    assert database.items(member, "multiplier_x2") == 0


def test_a_result_that_nobody_wants_is_logged_and_the_change_stands(
        deferring, database, app, discord, member):
    database.add_member(member, jackpot=1)
    press = jackpot(app, member)
    discord.add_token(press["token"], application_id=app.id, expired=True)
    with database.locked(member):
        assert deferring.ask(press, deferred=True) == {"type": 6}
    [line] = until(lambda: deferring.said("result not delivered"), "it says so")
    assert line["interaction"] == press["id"]
    assert database.items(member) == 0 and database.is_explained(member)
    assert shown(deferring.ask(press)).count("+") == 1


def test_a_row_locked_for_too_long_ends_with_a_sentence_and_changes_nothing(
        deferring, database, app, discord, member):
    """The wait for a lock has an end of its own, after which the same press may be tried again."""
    database.add_member(member, jackpot=1)
    press = jackpot(app, member)
    discord.add_token(press["token"], application_id=app.id, deferred=False)
    with database.locked(member):
        assert deferring.ask(press, deferred=True) == {"type": 6}
        [call] = discord.wait_for(lambda: discord.calls("POST", FOLLOW_UP))
        assert "⏳" in heading(call["body"])
    assert database.items(member) == 1
    assert deferring.ask(press)["type"] == 7 and database.items(member) == 0


def test_the_database_goes_away_under_a_deferred_press(start, kept, durable, app, discord, member):
    service = start(kept, DISCORD_API_URL=discord.url)
    kept.add_member(member, jackpot=1)
    press = jackpot(app, member)
    discord.add_token(press["token"], application_id=app.id, deferred=False)
    with kept.locked(member):
        assert service.ask(press, deferred=True) == {"type": 6}
        durable.kill()
    kept.close()
    durable.start()
    [call] = discord.wait_for(lambda: discord.calls("PATCH", ORIGINAL))
    assert "LC" in under(call["body"])
    assert kept.items(member) == 0 and kept.is_explained(member)


def test_a_change_that_nobody_can_confirm_is_called_so_and_its_receipt_tells(
        start, kept, durable, app, discord, member):
    """The connection breaks while the commit waits for its standby, and the second attempt, which
    waits for the first one's locks, comes to nothing (57014): it may be done, or not."""
    other = kept.add_member(Member())
    kept.add_member(member, balance=500)
    gift = app.command("don", member, ("membre", other), ("montant", 50))
    discord.add_token(gift["token"], application_id=app.id, deferred=False)
    with Wire(durable) as wire:
        service = start(kept, DISCORD_API_URL=discord.url, DATABASE_URL=wire.url(kept.service_url))
        with durable.unconfirmed():
            assert service.ask(gift, deferred=True) == {"type": 5}
            until(lambda: kept.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                                   " AND query LIKE '%%besace_transfer%%'"), "the commit waits")
            assert kept.balance(member) == 500, "nobody sees what is not confirmed"
            wire.cut()
            until(kept.waiting_for_locks, "the second attempt waits for the first")
            for pid, _ in kept.lock_waits():
                durable.admin(f"SELECT pg_cancel_backend({pid})")
            [call] = discord.wait_for(lambda: discord.calls("POST", FOLLOW_UP))
            assert is_ephemeral(call["body"])
            assert "n’a pas pu être confirmé" in shown(call["body"])
            assert "Rien n’a été" not in shown(call["body"])
        until(lambda: kept.balance(member) == 450, "it was done all the same")
        told = service.ask(gift)
        assert not is_ephemeral(told) and "50 LC" in shown(told)
        assert kept.balance(member) == 450 and kept.is_explained(member) and kept.is_explained(other)
        service.stop()


def test_a_reader_is_answered_while_every_other_connection_waits(start, database, app, discord):
    discord.settings(any_token={"deferred": False})
    service = start(database, DISCORD_API_URL=discord.url, BESACE_POOL_SIZE="2")
    reader = database.add_member(Member())
    members = [database.add_member(Member(), jackpot=1) for _ in range(8)]
    holder = database.connect()
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE user_inventory IN SHARE MODE")
    waiting = in_background(service.together,
                            [service.signed(jackpot(app, member)) for member in members],
                            deferred=True)
    with goes_on_waiting(database):
        for _ in range(5):
            reply = service.ask(app.command("lc", reader))
            assert under(reply) == "# 25 LC"
    assert {reply.json()["type"] for reply in waiting()} == {6}
    holder.close()
    discord.wait_for(lambda: len(discord.calls("PATCH", ORIGINAL)) == 8)
    assert all(database.items(member) == 0 for member in members)


def test_a_renamed_member_whose_row_is_locked_holds_one_connection_of_each_loop(
        start, database, app, discord, member):
    discord.settings(any_token={"deferred": False})
    service = start(database, DISCORD_API_URL=discord.url, BESACE_POOL_SIZE="16")
    database.add_member(member)
    renamed = Member("renamed", id=member.id)
    others = [database.add_member(Member(), jackpot=1) for _ in range(10)]
    with database.locked(member):
        waiting = in_background(service.together, [
            service.signed(app.command("annonces", renamed, ("ping", True))) for _ in range(40)], deferred=True)
        with goes_on_waiting(database):
            replies = service.together([service.signed(jackpot(app, other)) for other in others])
            assert all(reply.json()["type"] == 7 for reply in replies)
        assert database.waiting_for_locks() <= service.said("listening")[0]["loops"]
        assert all(reply.json() == {"type": 5, "data": {"flags": 64}} for reply in waiting())
    discord.wait_for(lambda: len(discord.calls("PATCH", ORIGINAL)) == 40)
