"""What wakes somebody up: one row of the table for each idea."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from migrator.comparison.health import Freshness, Problem, Trouble, problems
from migrator.comparison.judging import compare
from migrator.comparison.ownership import Owner
from migrator.comparison.runs import Action, Kind, RunRecord
from tests.unit.test_comparison_outcomes import DUE, JOB, LATER, SLOT, WOULD, YIELD, celery, cron


def found(owner: Owner, *runs: RunRecord, **more: Any) -> list[Problem]:
    expected = JOB.between(DUE, DUE + dt.timedelta(minutes=1))
    comparison = compare(JOB, expected=expected, runs=runs, owner_of=lambda _: owner, now=LATER)
    by_hand = [run for run in runs if run.kind is Kind.MANUAL]
    return list(problems(comparison, comparison.slots, by_hand=by_hand, now=LATER, **more))


BY_HAND = celery(after=1200, slot=None, kind=Kind.MANUAL)


@pytest.mark.parametrize(
    ("owner", "runs", "trouble"),
    [
        pytest.param(Owner.CRON, [cron()], None, id="cron-did-it"),
        pytest.param(Owner.SHADOW, [cron()], None, id="that-celery-was-away-in-shadow-is-compares"),
        pytest.param(Owner.CELERY, [celery()], None, id="that-cron-was-away-under-celery-too"),
        pytest.param(Owner.RETIRED, [celery()], None, id="retired"),
        pytest.param(Owner.RETIRED, [], Trouble.MISSED, id="missed-after-the-cutover"),
        pytest.param(Owner.CELERY, [cron(YIELD)], Trouble.MISSED, id="worker-away"),
        pytest.param(Owner.CELERY, [cron(YIELD), celery(Action.EXPIRED)], Trouble.MISSED, id="expired"),
        pytest.param(Owner.SHADOW, [cron(exit=3), celery(WOULD)], Trouble.FAILED, id="failed"),
        pytest.param(Owner.CELERY, [celery(signal=9)], Trouble.FAILED, id="killed"),
        pytest.param(Owner.SHADOW, [cron(), celery()], Trouble.TWICE, id="twice"),
        pytest.param(Owner.CELERY, [cron(), celery(YIELD)], Trouble.STRANGER, id="not-the-owner"),
        pytest.param(Owner.CELERY, [celery(after=1900)], Trouble.LATE, id="late"),
        pytest.param(Owner.CELERY, [celery(exit=1), BY_HAND], None, id="made-good-by-hand"),
        pytest.param(Owner.CELERY, [BY_HAND], None, id="missed-and-made-good-by-hand"),
        pytest.param(Owner.SHADOW, [cron(), celery(), BY_HAND], Trouble.TWICE, id="no-hand-undoes-a-double"),
    ],
)
def test_the_work_is_judged_whoever_owns_it(
    owner: Owner, runs: list[RunRecord], trouble: Trouble | None
) -> None:
    assert [one.trouble for one in found(owner, *runs)] == ([trouble] if trouble else [])


def test_a_problem_names_its_slot_and_how_it_ended() -> None:
    [problem] = found(Owner.CELERY, celery(exit=7))
    assert problem == Problem(Trouble.FAILED, f"1 slot failed (exit 7): {SLOT}", (SLOT,))


@pytest.mark.parametrize(
    ("last", "since", "stale"),
    [
        pytest.param(dt.timedelta(hours=24), dt.timedelta(days=9), False, id="young-enough"),
        pytest.param(dt.timedelta(hours=26), dt.timedelta(days=9), True, id="too-old"),
        pytest.param(None, dt.timedelta(hours=24), False, id="not-watched-long-enough"),
        pytest.param(None, dt.timedelta(hours=26), True, id="never"),
    ],
)
def test_a_success_grows_old(last: dt.timedelta | None, since: dt.timedelta, stale: bool) -> None:
    age = Freshness(dt.timedelta(hours=25), None if last is None else LATER - last, LATER - since)
    troubles = [one.trouble for one in found(Owner.RETIRED, celery(), freshness=age)]
    assert troubles == ([Trouble.STALE] if stale else [])
