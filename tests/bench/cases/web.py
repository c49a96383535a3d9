"""besace-web: cards a second and core, members while cards are drawn, pages of a server of a million
members, what they weigh, and memory after many cards."""

import concurrent.futures
import http.client
import re
import statistics

from machine import CannotMeasure, interleaved, medians
from table import rate
from web import PAGE, card, get, getting, give_page, own_row, paths, site

CARDS_MIN = 100
PAGES_MIN = 600
CACHED_MIN = 10_000
WEIGHT_MAX = 40_000
MEMORY_MAX_MIB = 80
# What another program of this machine uses meanwhile.
CORE_OF_SITE, CORE_OF_LOAD = 0, 1
# More than any machine draws in a second.
CARDS_A_SECOND, PAGES_A_SECOND = 400, 8_000


def fetch(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path, headers={"Accept-Language": "fr", **headers})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status not in (200, 304):
        raise CannotMeasure(f"{path} answers {answer.status}")
    return answer, body


class Cards:
    """Paths of cards, each of which is asked for once."""

    def __init__(self, machine):
        self.machine, self.next = machine, 0

    def file(self, seconds):
        count = round(CARDS_A_SECOND * max(1, seconds))
        first, self.next = self.next, self.next + count
        return paths(self.machine, (card(i) for i in range(first, first + count)))


def drawn(machine, server, cards):
    return get(machine, server, cards.file(machine.seconds), core=CORE_OF_LOAD).rate


def cards_on_a_core(machine, table, database, cards):
    with site(machine, database, CORE_OF_SITE) as server:
        seen = [drawn(machine, server, cards) for _ in range(machine.rounds)]
    table.add("cards drawn a second, one core", rate(statistics.median(seen)), "", None, f"≥ {CARDS_MIN}/s",
              statistics.median(seen) >= CARDS_MIN)


def sac_during_cards(machine, besace, server, cards):
    seconds = machine.seconds
    with getting(machine, server, cards.file(2 * seconds + 2), seconds + 2) as load:
        p99 = machine.wrk(besace, machine.requests("sac"), seconds).p99_ms
        load.wait()
    return p99


def during(machine, table, database, cards):
    with machine.besace(database) as besace, site(machine, database, CORE_OF_SITE) as server:
        machine.wrk(besace, machine.requests("sac"))
        figures = medians(interleaved(machine.rounds, {
            "alone": lambda: machine.wrk(besace, machine.requests("sac")).p99_ms,
            "during": lambda: sac_during_cards(machine, besace, server, cards)}))
    table.at_most("p99 of /sac while cards are drawn on one core", f"{figures['during']:.1f} ms",
                  f"alone {figures['alone']:.1f} ms", figures["during"] / figures["alone"], 2)


def pages(machine, table, database):
    give_page(machine, database)
    count = min(database.members, round(PAGES_A_SECOND * max(1, machine.seconds)))
    fresh, same = paths(machine, map(own_row, range(count))), paths(machine, [PAGE])
    with site(machine, database) as server:
        answer, body = fetch(server, PAGE)
        etag = answer.headers["ETag"]
        style = re.search(r'href="(/style\.css[^"]*)"', body.decode()).group(1)
        weight = len(body) + len(fetch(server, style)[1])
        get(machine, server, fresh, 1)
        figures = medians(interleaved(machine.rounds, {
            "anew": lambda: get(machine, server, fresh).rate,
            "kept": lambda: get(machine, server, same).rate,
            "etag": lambda: get(machine, server, same, etag=etag).rate}))
    for name, figure, least in (
            ("anew", f"page of 50 of {database.members:,} members, drawn anew", PAGES_MIN),
            ("kept", "  the same page again", CACHED_MIN), ("etag", "  by its ETag", CACHED_MIN)):
        table.add(figure, rate(figures[name]), "", None, f"≥ {least:,}/s", figures[name] >= least)
    table.add("  HTML and CSS", f"{weight:,} bytes", f"HTML {len(body):,}", None, f"≤ {WEIGHT_MAX:,}",
              weight <= WEIGHT_MAX)


def draw_all(server, numbers):
    """Draws each of these cards once, four at a time."""
    def draw(part):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for i in part:
            connection.request("GET", card(i))
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise CannotMeasure(f"a card answers {answer.status}")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(draw, [numbers[part::4] for part in range(4)]))


def memory(machine, table, database, cards):
    """A tenth of the cards at first: the rest may not add what these did not."""
    total, seen = machine.cards, []
    with site(machine, database) as server:
        before = server.memory_kib()
        for share in (0.1, 0.5, 0.4):
            first, cards.next = cards.next, cards.next + round(share * total)
            draw_all(server, range(first, cards.next))
            seen.append(server.memory_kib())
    table.add(f"memory of besace-web after {total:,} cards", f"{seen[-1] / 1024:.1f} MiB",
              f"before {before / 1024:.1f}, after a tenth {seen[0] / 1024:.1f}", None,
              f"≤ {MEMORY_MAX_MIB} MiB", seen[-1] <= MEMORY_MAX_MIB * 1024)


def run(machine, table):
    cards, members = Cards(machine), 10_000 if machine.quick else 1_000_000
    database = machine.database(members, "leaderboard.sql")  # with levels: a podium, bars, ranks
    cards_on_a_core(machine, table, database, cards)
    during(machine, table, machine.database(), cards)
    pages(machine, table, database)
    memory(machine, table, database, cards)
