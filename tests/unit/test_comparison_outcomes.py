"""What becomes of a slot: one row of the table for each idea."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import Comparison, compare
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, Kind, RunRecord

JOB = JobDefinition("job", "0 * * * *", "Europe/Warsaw")
DUE = dt.datetime(2026, 3, 2, 11, tzinfo=dt.UTC)
SLOT = "2026-03-02T12:00+01:00"
LATER = DUE + dt.timedelta(minutes=50)


def run(side: Side, action: Action, after: float = 1, *, lasting: float | None = 2, **more: Any) -> RunRecord:
    """A run of the slot that starts ``after`` seconds from its due instant."""
    start = DUE + dt.timedelta(seconds=after)
    end = None if lasting is None else start + dt.timedelta(seconds=lasting)
    given = {"run": f"{side}-{action}-{after}", "slot": SLOT, "exit": None if end is None else 0, **more}
    return RunRecord(job="job", side=side, action=action, started=start, finished=end, **given)


def cron(action: Action = Action.EXECUTE, after: float = 1, **more: Any) -> RunRecord:
    return run(Side.CONTROL, action, after, **more)


def celery(action: Action = Action.EXECUTE, after: float = 1, **more: Any) -> RunRecord:
    return run(Side.CANDIDATE, action, after, **more)


def seen() -> RunRecord:
    return cron(lasting=None, kind=Kind.OBSERVED)


def compared(
    owner: Owner, *runs: RunRecord, now: dt.datetime = LATER, job: JobDefinition = JOB
) -> Comparison:
    expected = job.between(DUE, DUE + dt.timedelta(minutes=1))
    return compare(job, expected=expected, runs=runs, owner_of=lambda _: owner, now=now)


WOULD, YIELD = Action.WOULD, Action.YIELD


@pytest.mark.parametrize(
    ("owner", "runs", "outcome"),
    [
        pytest.param(Owner.SHADOW, [cron(), celery(WOULD)], Outcome.MATCHED, id="shadow"),
        pytest.param(Owner.CELERY, [cron(YIELD), celery()], Outcome.MATCHED, id="celery"),
        pytest.param(Owner.ALTERNATE, [cron(), celery(WOULD)], Outcome.MATCHED, id="cron-in-its-turn"),
        pytest.param(Owner.ALTERNATE, [cron(YIELD), celery()], Outcome.MISMATCHED, id="celery-in-cron's"),
        pytest.param(Owner.RETIRED, [celery()], Outcome.MATCHED, id="retired-needs-no-cron"),
        pytest.param(Owner.CRON, [cron()], Outcome.IGNORED, id="before-shadow"),
        pytest.param(Owner.SHADOW, [cron()], Outcome.CONTROL_ONLY, id="celery-was-not-there"),
        pytest.param(Owner.CELERY, [celery()], Outcome.CANDIDATE_ONLY, id="cron-was-not-there"),
        pytest.param(Owner.SHADOW, [], Outcome.NEITHER, id="nobody"),
        pytest.param(Owner.SHADOW, [cron(), celery()], Outcome.DUPLICATE, id="both-executed"),
        pytest.param(Owner.SHADOW, [seen(), celery(WOULD)], Outcome.IGNORED, id="only-in-cron's-log"),
        pytest.param(Owner.SHADOW, [seen()], Outcome.CONTROL_ONLY, id="in-the-log-and-no-celery"),
        pytest.param(Owner.CELERY, [seen(), celery()], Outcome.DUPLICATE, id="the-log-shows-a-double"),
        pytest.param(
            Owner.SHADOW, [cron(), cron(after=5), celery(WOULD)], Outcome.DUPLICATE, id="cron-twice"
        ),
        pytest.param(
            Owner.CELERY, [cron(YIELD), celery(), celery(YIELD, 9)], Outcome.MATCHED, id="redelivery-yielded"
        ),
        pytest.param(Owner.CELERY, [cron(YIELD), celery(YIELD)], Outcome.MISMATCHED, id="nobody-executed"),
        pytest.param(Owner.CELERY, [cron(), celery(YIELD)], Outcome.MISMATCHED, id="not-the-owner"),
        pytest.param(Owner.SHADOW, [cron(exit=3), celery(WOULD)], Outcome.MISMATCHED, id="failed"),
        pytest.param(Owner.SHADOW, [cron(signal=9), celery(WOULD)], Outcome.MISMATCHED, id="killed"),
        pytest.param(
            Owner.SHADOW, [cron(), celery(Action.EXPIRED)], Outcome.CONTROL_ONLY, id="message-expired"
        ),
        pytest.param(Owner.SHADOW, [cron(), celery(WOULD, 1900)], Outcome.LATE, id="late"),
        pytest.param(
            Owner.SHADOW, [cron(), celery(WOULD), celery(WOULD, 1900)], Outcome.MATCHED, id="again-late"
        ),
        pytest.param(Owner.SHADOW, [cron(), celery(WOULD, -30)], Outcome.EARLY, id="early"),
        pytest.param(
            Owner.CELERY,
            [cron(YIELD), celery(run="1", task="t", exit=75), celery(after=9, run="2", task="t")],
            Outcome.MATCHED,
            id="a-declared-retry-is-one-execution",
        ),
        pytest.param(
            Owner.CELERY,
            [cron(YIELD), celery(run="1", task="t", exit=75), celery(run="2", task="t", exit=75)],
            Outcome.MISMATCHED,
            id="a-retry-that-never-came",
        ),
        pytest.param(
            Owner.CELERY,
            [cron(YIELD), celery(run="1", task="t"), celery(after=9, run="2", task="t")],
            Outcome.DUPLICATE,
            id="one-message-executed-twice",
        ),
    ],
)
def test_outcome(owner: Owner, runs: list[RunRecord], outcome: Outcome) -> None:
    [slot] = compared(owner, *runs).slots
    assert slot.outcome is outcome


def test_a_young_slot_is_pending_until_its_records_can_be_there() -> None:
    young = compared(Owner.SHADOW, cron(), now=DUE + dt.timedelta(seconds=100))
    assert (young.slots, young.pending) == ((), 1)
    complete = compared(Owner.SHADOW, cron(), celery(WOULD), now=DUE + dt.timedelta(seconds=100))
    assert complete.count(Outcome.MATCHED) == 1


def test_a_run_without_an_end_is_pending_and_then_a_mismatch() -> None:
    """In a schedule of every hour a run may take an hour before it is called dead."""
    job = JobDefinition("job", "0 * * * *", "UTC")
    expected = job.between(DUE, DUE + dt.timedelta(hours=2))
    runs = [cron(lasting=None, slot=expected[0].name), celery(WOULD, slot=expected[0].name)]

    def at(minutes: int) -> Comparison:
        now = DUE + dt.timedelta(minutes=minutes)
        return compare(job, expected=expected[:1] if minutes < 60 else expected, runs=runs,
                       owner_of=lambda _: Owner.SHADOW, now=now)  # fmt: skip

    assert at(50).pending == 1
    assert at(75).slots[0].outcome is Outcome.MISMATCHED


def test_runs_by_hand_belong_to_no_slot_and_fires_at_no_slot_are_counted() -> None:
    by_hand = celery(slot=None, kind=Kind.MANUAL)
    off_schedule = celery(WOULD, 700, slot=None, kind=Kind.EXTRA)
    found = compared(Owner.SHADOW, cron(), celery(WOULD), by_hand, off_schedule)
    assert found.slots[0].outcome is Outcome.MATCHED
    assert found.extra == 1


def test_cron_and_celery_at_the_job_at_once_is_an_overlap() -> None:
    job = JobDefinition("job", "* * * * *", "UTC")
    first, second = job.between(DUE, DUE + dt.timedelta(minutes=2))
    runs = [
        cron(slot=first.name, lasting=90),
        celery(WOULD, slot=first.name),
        cron(YIELD, 61, slot=second.name),
        celery(after=61, slot=second.name),
    ]
    owners = {first.name: Owner.SHADOW, second.name: Owner.CELERY}
    found = compare(
        job, expected=[first, second], runs=runs, owner_of=lambda slot: owners[slot.name], now=LATER
    )
    assert [one.outcome for one in found.slots] == [Outcome.MATCHED, Outcome.OVERLAP]


def test_a_job_that_never_fires_is_visible() -> None:
    expected = JOB.between(DUE, DUE + dt.timedelta(hours=5))
    found = compare(
        JOB, expected=expected, runs=[], owner_of=lambda _: Owner.SHADOW, now=DUE + dt.timedelta(hours=6)
    )
    assert found.count(Outcome.NEITHER) == 5
