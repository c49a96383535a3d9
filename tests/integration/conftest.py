"""Fixtures of the integration tests. What is slow to make is made once for each worker."""

import os
import pathlib
import signal
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]  # for `standin`

from support.paths import BUILD, remove_folders  # noqa: E402

os.environ["BESACE_BUILD"] = str(BUILD)  # every test looks there, whoever started it
# A shell's background job ignores SIGINT, and so would what it starts; a handler is not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

from standin.discord import Discord  # noqa: E402
from support.cluster import Cluster  # noqa: E402
from support.events import Shim  # noqa: E402
from support.games import Table  # noqa: E402
from support.interactions import Application, Member  # noqa: E402
from support.partitioned import copy_partitioned  # noqa: E402
from support.kill import fragile, trigger  # noqa: E402, F401 (fixtures)
from support.service import BESACECTL, Service, running  # noqa: E402
from support.web import Cdn, Site  # noqa: E402


# How many tests a worker holds at most, one after the other in the list. With many, one is left with
# minutes of them in the end; with few, each worker makes what the tests of one module share.
HELD = 8


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL that is fast and forgets on a crash."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def template(cluster):
    """A migrated, empty database to copy."""
    template = cluster.create().migrate(BESACECTL)
    return copy_partitioned(cluster, template) if os.environ.get("BESACE_PARTITIONED") else template


@pytest.fixture
def services():
    """The services of this test. Whatever they need ends them before it goes."""
    services = Services()
    yield services
    services.end()


class Services(list):
    def end(self):
        while self:
            self.pop().end()


@pytest.fixture
def empty_database(cluster, services):
    """A database without any table."""
    database = cluster.create()
    yield database
    services.end()
    database.drop()


@pytest.fixture
def database(cluster, template, services):
    """A migrated database of this test's own."""
    database = cluster.create(template)
    yield database
    services.end()
    database.drop()


@pytest.fixture
def empty_url(empty_database):
    """As DATABASE_URL has it."""
    return empty_database.url


@pytest.fixture
def database_url(database):
    return database.url


@pytest.fixture(scope="session")
def application():
    return Application()


@pytest.fixture
def app(application):
    return application


@pytest.fixture
def member():
    """A member that Besace has never seen."""
    return Member()


@pytest.fixture
def start(application, services):
    """Starts services that end with the test: start(database, SETTING=value)."""

    def start_one(database, ready=True, **settings):
        service = Service(application, database.service_url, **settings)
        services.append(service)
        return service.start(ready)

    return start_one


@pytest.fixture
def service(start, database):
    """A service of this test's own."""
    return start(database)


@pytest.fixture
def web():
    """web(database, SETTING=value): a besace-web that ends with the test."""
    sites = []

    def start(database, **settings):
        sites.append(Site(getattr(database, "reader_url", database), **settings))
        return sites[-1].start()

    yield start
    for site in sites:
        site.end()


@pytest.fixture
def cdn():
    """Discord's CDN."""
    cdn = Cdn()
    yield cdn
    cdn.end()


class Shared:
    """A service and its database that many tests use, each with members of its own."""

    def __init__(self, service, database):
        self.service, self.database = service, database
        self.application = service.application

    def __getattr__(self, name):
        return getattr(self.service, name)


@pytest.fixture(scope="session")
def shared(cluster, template, application):
    """A service that no test restarts."""
    database = cluster.create(template)
    service = Service(application, database.service_url).start()
    yield Shared(service, database)
    service.stop()
    database.drop()


@pytest.fixture(scope="module")
def shim():
    """Whose key a test's services know, when they are told so."""
    return Shim()


@pytest.fixture(scope="module")
def hub(cluster, template, application, shim):
    """A service that takes events, for the tests of a module."""
    database = cluster.create(template)
    service = Service(application, database.service_url, BESACE_EVENT_KEYS=shim.setting).start()
    yield Shared(service, database)
    service.stop()
    database.drop()


@pytest.fixture
def table(shared):
    """The games of the service that no test restarts."""
    return Table(shared.service, shared.database, shared.application)


@pytest.fixture
def room(table):
    """The same in a channel of its own."""
    application = Application()
    application.key, application.id = table.application.key, table.application.id
    return Table(table.service, table.database, application)


@pytest.fixture
def alone(start, database, application):
    """Games on a service of the test's own, which cannot reach Discord."""
    return Table(start(database), database, application)


@pytest.fixture
def bot_table(start, database, application, discord):
    """Games on a service of the test's own that is a bot, and which Discord answers."""
    discord.settings(any_token={"deferred": False})
    service = start(database, DISCORD_API_URL=discord.url, DISCORD_BOT_TOKEN="bot.token.test")
    return Table(service, database, application)


@pytest.fixture
def discord(services):
    """Discord's REST API, as strict as the real one."""
    with Discord() as discord:
        yield discord
        services.end()
        assert not discord.violations


def pytest_collection_modifyitems(items):
    """Slow tests begin first, one at each worker in turn: there they go where the first piece of the
    list begins that the worker gets."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    others = [item for item in items if not item.get_closest_marker("slow")]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    piece = min(max(len(items) // (4 * workers), 2), HELD)
    places = sorted(
        (number % workers * piece + number // workers, number) for number in range(len(slow)))
    for place, number in places:
        others.insert(place, slow[number])
    items[:] = others


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A worker cannot give back what it holds. Left to itself, pytest-xdist begins with a quarter of
    all tests, and in the end most workers wait for one."""
    from xdist.scheduler import LoadScheduling

    class Pieces(LoadScheduling):
        def _send_tests(self, node, num):
            room = HELD - len(self.node2pending[node])
            super()._send_tests(node, max(0, min(num, room)))

    return Pieces(config, log) if config.getoption("dist") == "load" else None


def pytest_sessionfinish():
    remove_folders()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows the end of the log of every service that runs."""
    report = (yield).get_result()
    if report.failed:
        for service in running:
            lines = service.text().splitlines()[-40:]
            report.sections.append((f"log of {service.folder.name}", "\n".join(lines)))
