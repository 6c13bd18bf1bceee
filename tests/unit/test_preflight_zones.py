"""Which clock beat reads a job's schedule by, and when another one than cron's is right."""

import datetime as dt

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.beat import BeatEntry
from migrator.contrib.django.checks import State
from migrator.contrib.django.preflight import zones

TODAY = dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("expression", "timezone", "state"),
    [
        ("30 2 * * *", "Europe/Warsaw", State.OK),
        ("30 2 * * *", "UTC", State.FAIL),
        ("30 2 * * *", None, State.OK),
        ("30 2 * * *", "Poland", State.OK),
        ("*/15 * * * *", "UTC", State.OK),
        ("*/15 * * * *", "America/New_York", State.FAIL),
        ("*/15 8 * * *", "UTC", State.FAIL),
    ],
)
def test_the_clock_of_an_entry(expression: str, timezone: str | None, state: State) -> None:
    definition = JobDefinition("mail", expression, "Europe/Warsaw")
    job = MigratedJob("shop.mail", definition, definition)
    [check] = zones([job], [BeatEntry("mail", "shop.mail", timezone)], TODAY)
    assert check.state is state
    assert bool(check.remedy) is (state is State.FAIL)
