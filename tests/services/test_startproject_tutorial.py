"""The tutorial from startproject to Celery, typed as it is written, with a real worker, beat and RabbitMQ."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.test_docs import environment, examples
from tests.parts.process import Command, running
from tests.services.runtime_project import until

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/tutorial/from-startproject-to-celery.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))

pytestmark = pytest.mark.part("rabbitmq")


@dataclass(frozen=True, slots=True)
class Shop:
    """The tutorial's project, once its three commands have been typed."""

    folder: Path
    environment: Mapping[str, str]

    def bash(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euc", script],
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=240,
        )


def typed(section: str) -> list[str]:
    return [one.command for one in examples(SECTIONS[section])]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, rabbitmq_url: str) -> Shop:
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "clone").mkdir()
    settings = {**environment(folder), "CELERY_BROKER_URL": rabbitmq_url}
    made = Shop(folder / "clone", settings).bash(
        "\n".join([*typed("The project as it is"), *typed("The three commands")])
    )
    assert made.returncode == 0, made.stderr
    return Shop(folder / "shop", settings)


@pytest.fixture(scope="module")
def log(shop: Shop) -> Iterator[Path]:
    """What the worker says that the page starts, with beat in it."""
    [line] = re.findall(r"^celery .*$", SECTIONS["Start it"], re.MULTILINE)
    words = ("bash", "-c", f"cd {shop.folder} && exec {line} --concurrency 1")
    log = shop.folder / "worker.log"

    def ready(_process: int) -> bool:
        return " ready." in log.read_text() and bool(beat_rows(shop))

    with running(Command(words, shop.environment), log, ready):
        yield log


def beat_rows(shop: Shop) -> dict[str, str]:
    """The rows that beat has made of the schedule."""
    with closing(sqlite3.connect(shop.folder / "db.sqlite3")) as database:
        rows = database.execute("SELECT name, task FROM django_celery_beat_periodictask")
        return {name: task for name, task in rows if task.startswith("orders.")}


def test_three_commands_are_typed() -> None:
    assert typed("The three commands") == [
        "migrator init",
        "migrator generate --write",
        "python manage.py migrate --verbosity 0",
    ]


def test_worker_and_beat_know_the_jobs(shop: Shop, log: Path) -> None:
    jobs = {name: f"orders.{name}" for name in ("close_orders", "month_end", "send_invoices")}
    assert beat_rows(shop) == jobs
    assert set(jobs.values()) <= set(re.findall(r"^  \. (orders\.\w+)$", log.read_text(), re.MULTILINE))


def test_a_task_runs_the_command_and_fails_as_it_does(shop: Shop, log: Path) -> None:
    sent = shop.bash(
        'python manage.py shell -c "from orders.tasks import close_orders, month_end;'
        ' close_orders.delay(); month_end.delay()"'
    )
    assert sent.returncode == 0, sent.stderr
    until(lambda: re.search(r"orders\.close_orders\[.*succeeded", log.read_text()), "close_orders")
    until(lambda: re.search(r"orders\.month_end\[.*raised", log.read_text()), "month_end")
    assert "closed after 14 days" in log.read_text()
    assert "the month is not over" in log.read_text()
