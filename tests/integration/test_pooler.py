"""PgBouncer between Besace and PostgreSQL: what gives each client a session works, what shares
sessions is refused with a sentence."""

import pytest
from support.pooler import PROGRAM, Pooler
from support.service import ctl, run_besace
from support.web import Site

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed")
SHARED = "a pooler stands in front of the database that shares sessions between transactions"


@pytest.fixture
def pooled(database):
    poolers = []

    def pooled(mode, entry=""):
        poolers.append(Pooler(database, mode, entry))
        return poolers[-1]

    yield pooled
    for pooler in poolers:
        pooler.stop()


@pytest.mark.parametrize("mode, entry", [("session", ""), ("transaction", "pool_mode=session pool_size=40")])
def test_sessions_of_ones_own_are_served(application, database, pooled, start, member, mode, entry):
    pooler = pooled(mode, entry)
    service = start(database, DATABASE_URL=pooler.url("besace_service"))
    first = service.ask(application.command("cadeau", member=member))
    assert "25" in str(first)
    database.is_explained(member)
    checked = ctl("check", DATABASE_URL=pooler.url("besace"))
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_shared_sessions_are_refused_as_a_wrong_setting(application, pooled, mode):
    pooler = pooled(mode)
    ended = run_besace(DATABASE_URL=pooler.url("besace_service"), BESACE_LOG_FORMAT="text",
                       DISCORD_PUBLIC_KEY=application.public_key, BESACE_LISTEN="127.0.0.1:0",
                       BESACE_METRICS_LISTEN="")
    assert ended.returncode == 2 and SHARED in ended.stderr, ended.stderr
    checked = ctl("check", DATABASE_URL=pooler.url("besace"))
    assert checked.returncode == 2
    assert f"besacectl: DATABASE_URL: {SHARED}" in checked.stderr.decode()


def test_the_pages_refuse_shared_sessions_as_well(pooled):
    pooler = pooled("transaction")
    site = Site(pooler.url("besace_service")).start()
    try:
        assert site.request("/readyz").status == 503
        site.request(f"/serveur/{'A' * 22}")
        site.stop()
        assert SHARED in site.text()
    finally:
        site.end()
