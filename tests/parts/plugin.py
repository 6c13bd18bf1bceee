"""pytest: tests say which parts they need, and a missing part is skipped aloud, or fails under CI."""

import os
from collections.abc import Generator

import pytest

from tests.parts.inventory import KNOWN, Inventory

INVENTORY = pytest.StashKey[Inventory]()

# a fixture that lends a part needs it, so that its tests need no marker
_FIXTURES = {
    "rabbitmq": "rabbitmq",
    "rabbitmq_url": "rabbitmq",
    "mysql": "mysql",
    "mysql_url": "mysql",
    "postgresql": "postgresql",
    "postgres_url": "postgresql",
    "chromium": "chromium",
    "browser": "chromium",
    "cron_daemon": "cron root",
}


def needs(item: pytest.Item) -> list[str]:
    """The parts that a test names in its markers or through its fixtures."""
    names = [name for marker in item.iter_markers("part") for name in marker.args]
    for fixture in getattr(item, "fixturenames", ()):
        names += _FIXTURES.get(fixture, "").split()
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise pytest.UsageError(
            f"{item.nodeid}: no such part: {', '.join(unknown)} (known: {', '.join(KNOWN)})"
        )
    return list(dict.fromkeys(names))


def continuous() -> bool:
    """We run where nothing may be missing."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker and start an empty inventory."""
    config.addinivalue_line("markers", "part(*names): system parts that the test needs, like rabbitmq")

    def say(line: str) -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter:
            reporter.ensure_newline()
            reporter.write_line(line)

    config.stash[INVENTORY] = Inventory(say)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for what the selected tests need, once."""
    if not session.config.option.collectonly:
        session.config.stash[INVENTORY].look(name for item in session.items for name in needs(item))


def demand(config: pytest.Config, names: list[str]) -> None:
    """Skip the test at hand where one of these parts is missing; under CI it fails."""
    inventory = config.stash[INVENTORY]
    inventory.look(names)
    absent = inventory.absent(names)
    inventory.lost.update(absent)
    if absent:
        reason = "; ".join(map(inventory.why, absent))
        (pytest.fail if continuous() else pytest.skip)(reason)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test needs its parts."""
    demand(item.config, needs(item))


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """Say at the very end what was used, started, installed and missed."""
    yield
    lines = terminalreporter.config.stash[INVENTORY].summary()
    if lines:
        terminalreporter.section("system parts")
        for line in lines:
            terminalreporter.write_line(line, red=line.startswith("#"), bold=line.startswith("#"))
