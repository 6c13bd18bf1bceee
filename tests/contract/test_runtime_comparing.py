"""What of the ledger a comparison lists, and what its verdict is about."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest

from migrator.comparison.document import job_document
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import compare
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action
from migrator.comparison.verdicts import Verdict
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import job_history
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.job_history import owners_of_slots
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run
from migrator.contrib.django.owners import chains

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


NIGHTS = {
    "spring": dt.datetime(2026, 3, 27, 20, tzinfo=dt.UTC),
    "autumn": dt.datetime(2026, 10, 23, 20, tzinfo=dt.UTC),
    # all of 30 December was left out: its slots are due at the first instant of the 31st
    "a day that was not": dt.datetime(2011, 12, 28, 20, tzinfo=dt.UTC),
}


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("expression", ["*/20 * * * *", "30 2 * * *", "10 0 * * *"])
def test_in_stretches_a_history_comes_to_the_same_as_at_once(
    monkeypatch: pytest.MonkeyPatch, night: str, expression: str
) -> None:
    """Runs at random, some twice, some late, some of no slot at all."""
    zone = "Pacific/Apia" if night == "a day that was not" else "Europe/Warsaw"
    job = JobDefinition("work", expression, zone)
    begin, dice = NIGHTS[night], random.Random(expression + night)
    end = begin + dt.timedelta(days=5)
    Handover.objects.create(
        job="work", owner="shadow", previous="cron", from_slot="-", from_due=begin, who="me"
    )
    rows = []
    for slot in [*job.between(begin - dt.timedelta(days=1), end), *job.following(end, 2)]:
        for side in (Side.CONTROL, Side.CANDIDATE, Side.CONTROL):
            if dice.random() < 0.6:
                start = slot.due + dt.timedelta(seconds=dice.choice([-1, 1, 400, 90_000]))
                rows.append((side, start, {"slot": slot.name, "due": slot.due}))
    for hour in range(0, 90, 7):
        start = begin + dt.timedelta(hours=hour)
        rows += [(Side.CANDIDATE, start, {"kind": "manual"}), (Side.CONTROL, start, {"kind": "extra"})]
    unknown = begin + dt.timedelta(minutes=7)  # of a schedule that the job had once
    rows.append(
        (
            Side.CONTROL,
            unknown,
            {"slot": unknown.astimezone(job.zone).isoformat("T", "minutes"), "due": unknown},
        )
    )
    for number, (side, start, more) in enumerate(rows):
        action = Action.EXECUTE if side is Side.CONTROL else Action.WOULD
        Run.objects.create(
            **{"run": str(number), "job": "work", "side": side, "action": action, "kind": "scheduled"}
            | {"started": start, "finished": start, "exit": dice.choice([0, 0, 0, 1])}
            | more
        )
    monkeypatch.setattr(job_history, "IN_A_STRETCH", 1)
    for since in (None, begin + dt.timedelta(days=2)):
        [found] = compare_jobs([MigratedJob("tasks.work", job, job)], now=end, since=since)
        seen = job_history.rows_of("work", demo=False, since=since)
        runs = list(records(seen.order_by("started", "id")))
        first = since or min(run.due for run in runs if run.due)
        owner_of = owners_of_slots("work", chains()["work"], [])
        at_once = compare(job, expected=job.between(first, end), runs=runs, owner_of=owner_of, now=end)
        kept = found.comparison
        assert kept.slots == at_once.slots
        assert (kept.extra, kept.pending, kept.failed) == (at_once.extra, at_once.pending, at_once.failed)
        assert kept.told.days.counts == Counter(one.outcome for one in kept.slots)


@pytest.mark.usefixtures("in_shadow")
def test_what_is_not_held_is_counted_all_the_same() -> None:
    [whole] = compare_jobs([JOB], now=NOW)
    [part] = compare_jobs([JOB], now=NOW, shown=5)
    assert part.comparison.slots == whole.comparison.slots[-5:]
    assert part.comparison.expected == HOURS
    assert (part.judgement, part.lag, part.compared) == (whole.judgement, whole.lag, whole.compared)
    assert job_document(part) == job_document(whole)


MOVED = JobDefinition("work", "30 3 * * *", "UTC", moved_from="0 0 * * *")
FIRST = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize("deployed_after", [0, 3])
def test_slots_before_a_declared_move_are_judged_by_the_time_that_it_moved_from(deployed_after: int) -> None:
    """Ten days at midnight; the line goes, the new code comes some days later; ten days at 03:30."""
    left = FIRST + 10 * DAY
    for owner, previous, at in (("celery", "shadow", FIRST), ("retired", "celery", left)):
        Handover.objects.create(
            job="work", owner=owner, previous=previous, from_slot="-", from_due=at, who="me"
        )
    moved = left + deployed_after * DAY
    midnights = [FIRST + number * DAY for number in range(10 + deployed_after)]
    for due in midnights:
        recorded(due, Side.CANDIDATE, Action.EXECUTE)
        if due < left:
            recorded(due, Side.CONTROL, Action.YIELD)
    nights = [moved + number * DAY + dt.timedelta(hours=3, minutes=30) for number in range(10)]
    for due in nights:
        recorded(due, Side.CANDIDATE, Action.EXECUTE)
    [found] = compare_jobs([MigratedJob("tasks.work", MOVED, MOVED)], now=nights[-1] + dt.timedelta(hours=1))
    slots = [one.slot.due for one in found.comparison.slots]
    assert slots == [*midnights, *nights]
    assert found.comparison.count(Outcome.MATCHED) == len(slots)
    assert found.comparison.extra == 0
