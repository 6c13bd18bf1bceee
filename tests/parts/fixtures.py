"""The parts as fixtures: servers for the session, empty rooms per module, a browser per module."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.parts.cron import Cron, Daemon
from tests.parts.inventory import KNOWN
from tests.parts.part import Room, Server, State
from tests.parts.plugin import INVENTORY, demand
from tests.parts.programs import CHROMIUM

_QUIET_CHROMIUM = (
    "--no-sandbox",  # the sandbox refuses root and needs user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _serve(request: pytest.FixtureRequest, name: str) -> Iterator[Room]:
    demand(request.config, [name])  # of a test that asks for the fixture as it runs, nobody has known before
    inventory = request.config.stash[INVENTORY]
    server = cast(Server, KNOWN[name])
    if inventory.found[name].state is State.RUNNING:
        inventory.how[name] = f"used where it runs: {inventory.found[name].detail}"
        yield server.running()
        return
    before = inventory.how[name]
    with server.private() as room:
        inventory.how[name] = f"{before}; started privately"
        yield room
    inventory.how[name] += ", stopped"


@pytest.fixture(scope="session")
def rabbitmq(request: pytest.FixtureRequest) -> Iterator[Room]:
    """The broker that runs, or a private one."""
    yield from _serve(request, "rabbitmq")


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> Iterator[Room]:
    """The database server that runs, or a private one."""
    yield from _serve(request, "postgresql")


@pytest.fixture(scope="session")
def mysql(request: pytest.FixtureRequest) -> Iterator[Room]:
    """The MariaDB or MySQL that runs, or a private one."""
    yield from _serve(request, "mysql")


@pytest.fixture(scope="module")
def rabbitmq_url(rabbitmq: Room) -> Iterator[str]:
    """amqp://... of a virtual host that nobody else uses."""
    with rabbitmq.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def postgres_url(postgresql: Room) -> Iterator[str]:
    """postgres://... of a database that nobody else uses."""
    with postgresql.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def mysql_url(mysql: Room) -> Iterator[str]:
    """mysql://... of a database that nobody else uses."""
    with mysql.fresh() as url:
        yield url


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.part("postgresql")),
        pytest.param("mysql", marks=pytest.mark.part("mysql")),
    ]
)
def ledger(request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    """An empty ledger on each database in turn, for processes that work at once; and a folder for them."""
    from tests.real_ledger import real_ledger

    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    if request.param != "sqlite":
        url = request.getfixturevalue("mysql_url" if request.param == "mysql" else "postgres_url")
    with real_ledger(url, django_db_blocker):
        yield tmp_path


@pytest.fixture
def cron_daemon() -> Iterator[Daemon]:
    """A cron of our own with an empty spool."""
    with Cron().private() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright; its event loop runs in this thread while the module does."""
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as driver:
        # Django takes that event loop for a reason to refuse the database
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = driver.chromium.launch(executable_path=CHROMIUM.path(), args=list(_QUIET_CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages: ``browser(viewport=..., locale=...)`` gives a page in a context of its own."""
    contexts = []

    def page(**options: object) -> Page:
        contexts.append(chromium.new_context(**options))  # type: ignore[arg-type]
        return contexts[-1].new_page()

    yield page
    for context in contexts:
        context.close()
