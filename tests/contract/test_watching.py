"""What is said of a time that is over is what happened in it."""

from __future__ import annotations

import datetime as dt

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.models import Run
from migrator.contrib.django.watching import watch

MIDNIGHT = dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
DAILY = JobDefinition("daily", "0 12 * * *", "UTC")
MIGRATED = MigratedJob("office.daily", DAILY, DAILY)


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        pytest.param(-3, ["often"], id="the-evening-before"),
        pytest.param(+9, [], id="the-next-morning"),
        pytest.param(-30, [], id="the-day-before"),
    ],
)
def test_a_run_beside_the_schedule_is_told_of_its_own_day(db: None, hours: int, told: list[str]) -> None:
    start = MIDNIGHT + dt.timedelta(hours=hours)
    noon = MIDNIGHT - DAY / 2
    slot = {"slot": noon.isoformat(timespec="minutes"), "due": noon}
    for kind, started, of_slot in (("scheduled", noon, slot), ("extra", start, {})):
        Run.objects.create(
            run=kind, job="daily", side="candidate", action="execute", kind=kind,
            started=started, finished=started, exit=0, **of_slot,
        )  # fmt: skip
    [watched] = watch([MIGRATED], {}, now=MIDNIGHT, since=MIDNIGHT - DAY)
    assert [one.trouble for one in watched.problems] == told
