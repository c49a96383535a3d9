"""Plays at the machine against pgbench running the same statements and against B, a bare durable spend,
and games that fall due."""

import contextlib
import time

import psycopg2

from machine import CONNECTIONS, GUILD, LOAD_MAX_S, POOL, CannotMeasure, interleaved, medians
from table import rate

# More plays a second than any machine will do; wrk keeps them in memory.
PLAYS_A_SECOND = 15_000
BALANCE = 1_000_000
# Enough for a few plays: the rest is refused.
BALANCE_SMALL = 20
STAKE = 10
DUE_GAMES = 100_000
DUE_SECONDS = 20

# Balances, all %s at first, that are negative or not what the ledger makes of them.
UNEXPLAINED = """
    SELECT count(*) FROM users u
    LEFT JOIN (SELECT to_user_id AS id, sum(amount) AS sum FROM transactions GROUP BY 1) i ON i.id = u.user_id
    LEFT JOIN (SELECT from_user_id AS id, sum(amount) AS sum FROM transactions GROUP BY 1) o ON o.id = u.user_id
    WHERE u.balance < 0 OR u.balance <> %s + coalesce(i.sum, 0) - coalesce(o.sum, 0)"""

# Every member challenges the next one. Every other challenge is an unanswered duel, whose stake
# goes back; the others are games of pfc that were accepted and that the challenger, who has chosen,
# wins. Their messages can no longer be edited: nothing leaves this machine.
OPEN_MATCHES = [
    """CREATE TEMPORARY TABLE opened ON COMMIT DROP AS
    SELECT i, %(guild)s::varchar AS guild, (500000000000000000 + i)::varchar AS match,
        (300000000000000000 + i)::varchar AS owner,
        (300000000000000000 + (i + 1) %% %(members)s)::varchar AS opponent, i %% 2 = 1 AS accepted,
        CASE i %% 2 WHEN 1 THEN 'pfc' ELSE 'duel' END AS game_type
    FROM generate_series(0, %(matches)s - 1) AS i""",
    """INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, opponent_id, accepted, stake,
        state, facts, expiry, expires_at, channel_id, language, application_id, token, token_until)
    SELECT guild, match, game_type, owner, opponent, accepted, %(stake)s,
        CASE WHEN accepted THEN %(state)s ELSE '' END,
        jsonb_build_object('names', jsonb_build_object(owner, 'Lou', opponent, 'Max')),
        CASE WHEN accepted THEN jsonb_build_array(
            jsonb_build_object('user', owner, 'opponent', opponent, 'result', 'win',
                'credit', 2 * %(stake)s, 'xp', 15),
            jsonb_build_object('user', opponent, 'opponent', owner, 'result', 'loss',
                'credit', 0, 'xp', 5))
        ELSE jsonb_build_array(jsonb_build_object('user', owner, 'credit', %(stake)s)) END,
        date_trunc('second', now() AT TIME ZONE 'utc'), '1151965855034839396', 'fr',
        '1478077197040164173', repeat('a', 211), now() AT TIME ZONE 'utc'
    FROM opened""",
    """CREATE TEMPORARY TABLE seated ON COMMIT DROP AS
    SELECT guild, owner AS member, game_type, match, 0 AS seat FROM opened
    UNION ALL SELECT guild, opponent, game_type, match, 1 FROM opened WHERE accepted""",
    """INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)
    SELECT guild, member, game_type, match, seat, %(stake)s FROM seated""",
    """INSERT INTO transactions
        (guild_id, from_user_id, amount, transaction_type, description, match_id)
    SELECT guild, member, %(stake)s, 'bet', game_type || ' ' || match, match FROM seated""",
    """UPDATE users u SET balance = balance - n.count * %(stake)s
    FROM (SELECT guild, member, count(*) FROM seated GROUP BY 1, 2) n
    WHERE u.guild_id = n.guild AND u.user_id = n.member""",
]
# The challenger has chosen rock, the other nothing; see src/domain/rps.c.
RPS_STATE = "1:r-"

# What the ledger and the history must hold of those games: refunds, wins, lines of history.
SETTLED = """
    SELECT (SELECT count(*) FROM transactions WHERE match_id LIKE '5%' AND transaction_type = 'refund'),
        (SELECT count(*) FROM transactions WHERE match_id LIKE '5%' AND transaction_type = 'game_win'),
        (SELECT count(*) FROM game_history WHERE match_id LIKE '5%'),
        (SELECT count(*) FROM besace_match_edits),
        (SELECT count(*) FROM besace_matches), (SELECT count(*) FROM besace_escrow)"""


def refresh(machine, database, *statements):
    """The same start for every measurement: short tables, no dead rows, a checkpoint just past."""
    machine.admin(database.name, "TRUNCATE besace_receipts, transactions, game_history", *statements,
                  "VACUUM users, user_inventory, besace_seeds", "CHECKPOINT")


def stakes(machine, database):
    return machine.admin(database.name, "SELECT count(*) FROM transactions WHERE transaction_type = 'bet'")[0][0]


def play(machine, besace, database, members):
    """Plays by that many members in turn, each with its commit: the stakes are counted."""
    requests = machine.fresh_requests("machine", members, round(PLAYS_A_SECOND * max(1, machine.seconds)))
    refresh(machine, database)
    load = machine.wrk(besace, requests)
    requests.unlink()
    done = stakes(machine, database)
    if load.around or done < load.requests:
        raise CannotMeasure(f"{load.requests} plays took {done} stakes")
    return load.rate


def pgbench(machine, database, clients, script="machine.pgbench"):
    refresh(machine, database)
    per_second = machine.pgbench(database, script, clients)
    done = stakes(machine, database)
    if done < 0.9 * per_second * max(1, round(machine.seconds)):
        raise CannotMeasure(f"{per_second:.0f} transactions a second took only {done} stakes")
    return per_second


def check_ledger(machine, database, balance):
    unexplained = machine.admin(database.name, UNEXPLAINED % balance)[0][0]
    if unexplained:
        raise CannotMeasure(f"the ledger does not explain {unexplained} balances")


def play_dry(machine, besace, database):
    """One member plays from all connections until there is nothing left to stake, and goes on.
    Plays a second, and how many were refused."""
    requests = machine.fresh_requests("machine", 1, round(PLAYS_A_SECOND * max(1, machine.seconds)))
    refresh(machine, database, f"UPDATE users SET balance = {BALANCE_SMALL}")
    load = machine.wrk(besace, requests)
    requests.unlink()
    check_ledger(machine, database, BALANCE_SMALL)
    refused = machine.admin(database.name,
                            "SELECT count(*) FROM besace_receipts WHERE outcome ->> 'refusal' = 'balance'")[0][0]
    return load.rate, refused


def run_plays(machine, besace, database, table):
    figures = medians(interleaved(machine.rounds, {
        "besace": lambda: play(machine, besace, database, database.members),
        "pool": lambda: pgbench(machine, database, POOL),
        "many": lambda: pgbench(machine, database, CONNECTIONS),
        "one": lambda: play(machine, besace, database, 1),
        "B": lambda: pgbench(machine, database, POOL, "spend.pgbench"),
    }))
    table.at_least("machine, look and change", rate(figures["pool"]), f"B {rate(figures['B'])}",
                   figures["pool"] / figures["B"], 0.4)
    table.add(f"  the same, {CONNECTIONS} connections", rate(figures["many"]), f"B {rate(figures['B'])}",
              figures["many"] / figures["B"])
    table.at_least("/casino machine, over HTTP", rate(figures["besace"]), f"B {rate(figures['B'])}",
                   figures["besace"] / figures["B"], 0.4)
    table.add("  the same member on all connections", rate(figures["one"]),
              f"all members: {rate(figures['besace'])}", figures["one"] / figures["besace"], "no error", True)
    dry, refused = play_dry(machine, besace, database)
    table.add("  the same until nothing is left", rate(dry), f"{refused:,} refused", None, "balance ≥ 0", True)


# ---- Games that are due

@contextlib.contextmanager
def games_opened(machine, database, count):
    """Open games, all due, that nobody sees before they are committed."""
    values = {"guild": GUILD, "members": database.members, "matches": count, "stake": STAKE, "state": RPS_STATE}
    connection = psycopg2.connect(machine.url(database.name, "postgres"))
    with contextlib.closing(connection), connection.cursor() as cursor:
        for statement in OPEN_MATCHES:
            cursor.execute(statement, values)
        yield connection


def settle(connection, besace, count):
    """Lets the games be seen. Seconds until all have ended."""
    began = time.monotonic()
    connection.commit()
    while besace.metrics()["besace_matches_expired_total"] < count:
        if time.monotonic() - began > LOAD_MAX_S / 2:
            raise CannotMeasure(f"not all of {count} games ended within {LOAD_MAX_S / 2:g} s")
        time.sleep(0.02)
    return time.monotonic() - began


def check_settled(machine, database, count):
    settled = machine.admin(database.name, SETTLED)[0]
    if settled != (count - count // 2, count // 2, 2 * (count // 2), count, 0, 0):
        raise CannotMeasure(f"{count} games were not settled exactly once: {settled}")
    check_ledger(machine, database, BALANCE)


def run_due(machine, besace, database, table):
    count = 5_000 if machine.quick else DUE_GAMES
    requests = machine.requests("sac")
    refresh(machine, database, f"UPDATE users SET balance = {BALANCE}")
    machine.wrk(besace, requests)
    with games_opened(machine, database, count) as connection:
        machine.admin(database.name, "CHECKPOINT")
        before = machine.wrk(besace, requests)
        seconds, load = machine.wrk_while(besace, requests, lambda: settle(connection, besace, count))
    check_settled(machine, database, count)
    allowed = DUE_SECONDS * count / DUE_GAMES
    table.add(f"{count:,} games due at once, each settled once", f"{seconds:.1f} s", rate(count / seconds), None,
              f"≤ {allowed:g} s", seconds <= allowed)
    table.at_most("  p99 of /sac meanwhile", f"{load.p99_ms:.1f} ms", f"before {before.p99_ms:.1f} ms",
                  load.p99_ms / before.p99_ms, 2)
    table.add("  /sac meanwhile", rate(load.rate), f"before {rate(before.rate)}", load.rate / before.rate)


def run(machine, table):
    database = machine.database(fill="games.sql")
    with machine.besace(database) as besace:
        run_plays(machine, besace, database, table)
        run_due(machine, besace, database, table)
