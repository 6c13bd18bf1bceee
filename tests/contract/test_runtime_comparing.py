"""What of the ledger a comparison lists, and what its verdict is about."""

from __future__ import annotations

import datetime as dt

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action
from migrator.comparison.verdicts import Verdict
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run

pytestmark = pytest.mark.django_db

HOURLY = JobDefinition("work", "0 * * * *", "UTC")
JOB = MigratedJob("tasks.work", HOURLY, HOURLY)
BEGIN = dt.datetime(2026, 3, 2, 11, tzinfo=dt.UTC)
HOURS = 60
NOW = BEGIN + dt.timedelta(hours=HOURS)


def recorded(due: dt.datetime, side: Side, action: Action, after: float = 1) -> None:
    start = due + dt.timedelta(seconds=after)
    Run.objects.create(
        run=f"{side}{due}", job="work", side=side, action=action, kind="scheduled", due=due,
        slot=due.isoformat(timespec="minutes"), started=start, finished=start, exit=0,
    )  # fmt: skip


@pytest.fixture
def in_shadow() -> None:
    """Sixty hours in shadow; in the tenth Celery was not there."""
    row = Handover.objects.create(
        job="work", owner="shadow", previous="cron", from_slot="-", from_due=BEGIN, who="me"
    )
    host = Host.objects.create(name="cron", user="root", spool="/spool")
    Acknowledgement.objects.create(handover=row, host=host, effective=BEGIN, applied=True)
    for number in range(HOURS):
        due = BEGIN + dt.timedelta(hours=number)
        recorded(due, Side.CONTROL, Action.EXECUTE)
        if number != 10:
            recorded(due, Side.CANDIDATE, Action.WOULD, after=-1)


@pytest.mark.usefixtures("in_shadow")
@pytest.mark.parametrize("listed", [1, 24, HOURS, 2 * HOURS])
def test_since_says_what_is_listed_and_the_verdict_is_about_all_evidence(listed: int) -> None:
    [whole] = compare_jobs([JOB], now=NOW)
    [part] = compare_jobs([JOB], now=NOW, since=NOW - dt.timedelta(hours=listed))
    assert whole.judgement.verdict is Verdict.UNSAFE
    assert part.judgement == whole.judgement
    assert (part.effects, part.output, part.durations) == (whole.effects, whole.output, whole.durations)
    assert part.comparison.slots == whole.comparison.slots[-listed:]
    assert part.comparison.extra == 0


@pytest.mark.usefixtures("in_shadow")
def test_what_started_since_then_for_a_slot_before_is_not_extra() -> None:
    since = BEGIN + dt.timedelta(hours=10)
    late = since - dt.timedelta(hours=1)
    Run.objects.filter(due=late, side=Side.CANDIDATE).update(started=since + dt.timedelta(seconds=5))
    [found] = compare_jobs([JOB], now=NOW, since=since)
    assert found.comparison.extra == 0
    assert found.comparison.slots[0].outcome is Outcome.CONTROL_ONLY
