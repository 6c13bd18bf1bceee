"""The tutorials from startproject to no cron at all, in one go: what they type does what they show."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.contract.test_docs import Example, pattern, steady
from tests.parts.driven_clock import driven_clock
from tests.services.cron_container import cron_container
from tests.services.test_startproject_tutorial import SECTIONS
from tests.services.tutorial import Passing, Shop, Start, Step, steps

DOCS = Path(__file__).resolve().parents[2] / "docs/tutorial"
BEFORE = SECTIONS["The project as it is"] + SECTIONS["The three commands"]
PAGE = (DOCS / "from-celery-to-no-cron.md").read_text()
MONDAY = 0


@pytest.fixture
def shop(tmp_path: Path, rabbitmq_url: str) -> Iterator[Shop]:
    """The project as the page before leaves it, early on a Monday."""
    clock = driven_clock(tmp_path)
    clock.leap(_monday(clock.now()))
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin:/sbin"]),
        "CELERY_BROKER_URL": rabbitmq_url,
        "MIGRATOR_SPOOL": str(tmp_path / "spool"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
    }
    [celery] = re.findall(r"^celery .*$", SECTIONS["Start it"], re.MULTILINE)
    for name in ("clone", "shop"):
        (tmp_path / name).mkdir()
    with cron_container(tmp_path, clock, environment) as container:
        shop = Shop(container, tmp_path / "shop", celery)
        typed = [step.command for step in steps(BEFORE) if isinstance(step, Example)]
        made = container.run(["bash", "-euc", "\n".join(typed[1:])], shop.folder, timeout=600)
        assert made.returncode == 0, made.stderr
        with shop.worker:
            yield shop


def _monday(now: dt.datetime) -> dt.datetime:
    """Before the first job of the week after this; no month begins in the days that follow."""
    early = now.replace(hour=5, minute=30, second=30, microsecond=0)
    mondays = (early + dt.timedelta(days) for days in range(1, 60))
    return next(one for one in mondays if one.weekday() == MONDAY and 1 < one.day < 24)


def played(shop: Shop, told: Sequence[Step]) -> Iterator[tuple[Example, str, int]]:
    """Each command of the page with what it printed and its exit status."""
    for step in told:
        match step:
            case Start():
                shop.start()
            case Passing(times):
                for face in times:
                    shop.pass_until(face)
            case Example():
                yield step, *shop.type(step.command)


@pytest.mark.part("rabbitmq", "cron", "root", "gcc")
def test_the_page_does_what_it_shows(shop: Shop) -> None:
    told = list(steps(PAGE))
    asked = [
        one for one, after in pairwise(told) if isinstance(after, Example) and after.command == "echo $?"
    ]
    for example, output, status in played(shop, told):
        assert status == 0 or example in asked, f"$ {example.command}\n{output}\nexit status {status}"
        wanted, found = steady(example.shown), steady(output)
        assert not example.shown or re.fullmatch(pattern(wanted), found + "\n"), (
            f"$ {example.command}\n{found}\n-- but shown:\n{wanted}"
        )
