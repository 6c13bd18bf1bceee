"""The pictures of the report: what is drawn where, and that little text draws much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.slots_seen import DaysSeen, SlotsSeen
from migrator.report.calendar_picture import WEEKS, calendar_of
from migrator.report.spread_picture import duration_plot, lag_plot

DAILY = JobDefinition("daily", "0 12 * * *", "Europe/Warsaw")
MONDAY = dt.datetime(2026, 11, 2, tzinfo=DAILY.zone)


def slots(days: int, odd: Mapping[int, Outcome], job: JobDefinition = DAILY) -> list[SlotComparison]:
    """Slots from a Monday on: all matched but the odd ones."""
    due = job.between(MONDAY, MONDAY + dt.timedelta(days=days))
    return [
        SlotComparison(job.id, slot, Owner.CELERY, odd.get(number, Outcome.MATCHED), None, None)
        for number, slot in enumerate(due)
    ]


def seen_of(found: list[SlotComparison], job: JobDefinition = DAILY) -> SlotsSeen:
    return SlotsSeen.of(found, job.zone)


def days_of(found: list[SlotComparison], job: JobDefinition = DAILY) -> DaysSeen:
    return seen_of(found, job).days


def drawn(found: list[SlotComparison]) -> dict[Outcome, str]:
    picture = calendar_of(days_of(found))
    assert picture is not None
    return dict(picture.paths)


def test_equal_days_of_a_week_are_one_stroke_and_a_week_is_a_column() -> None:
    assert drawn(slots(10, {})) == {Outcome.MATCHED: "M5 0v82M17 0v34"}


@pytest.mark.parametrize(
    ("outcome", "path"),
    [
        pytest.param(Outcome.CONTROL_ONLY, "M5 24v10", id="the upper half"),
        pytest.param(Outcome.CANDIDATE_ONLY, "M5 29v10", id="the lower half"),
        pytest.param(Outcome.NEITHER, "M1 25h8v8h-8z", id="an empty square"),
        pytest.param(Outcome.DUPLICATE, "M1 25l8 8m0-8l-8 8", id="a cross"),
    ],
)
def test_what_went_wrong_has_a_sign_of_its_own(outcome: Outcome, path: str) -> None:
    assert drawn(slots(7, {2: outcome})) == {Outcome.MATCHED: "M5 0v22M5 36v46", outcome: path}


def test_a_day_is_shown_by_the_worst_of_its_slots_and_every_slot_is_counted() -> None:
    hourly = JobDefinition("hourly", "0 * * * *", "Europe/Warsaw")
    found = slots(2, {3: Outcome.LATE, 5: Outcome.NEITHER}, hourly)
    picture = calendar_of(days_of(found, hourly))
    assert picture is not None
    assert [outcome for outcome, _path in picture.paths] == [Outcome.MATCHED, Outcome.NEITHER]
    assert [(one, count) for one, count, _latest in picture.counts] == [
        (Outcome.MATCHED, 46),
        (Outcome.LATE, 1),
        (Outcome.NEITHER, 1),
    ]


def test_only_the_latest_weeks_are_drawn_and_no_month_runs_into_the_next() -> None:
    picture = calendar_of(days_of(slots(400, {})))
    assert picture is not None
    assert picture.width == WEEKS * 12
    assert [
        after.x - before.x >= 24 for before, after in zip(picture.months, picture.months[1:], strict=False)
    ]
    assert calendar_of(days_of([])) is None


def test_seconds_of_both_sides_are_on_one_axis() -> None:
    found = []
    for number, slot in enumerate(slots(5, {})):
        start = slot.slot.due + dt.timedelta(seconds=1 + number)
        run = RunRecord(
            run=str(number),
            job="daily",
            side=Side.CANDIDATE,
            action=Action.EXECUTE,
            started=start,
            finished=start + dt.timedelta(seconds=20),
            exit=0,
        )
        found.append(SlotComparison("daily", slot.slot, Owner.CELERY, Outcome.MATCHED, None, run))
    lag, taken = lag_plot(seen_of(found)), duration_plot(seen_of(found))
    assert lag is not None
    assert taken is not None
    [row] = lag.rows  # cron was not there
    assert (lag.label, row.median, row.most, row.whisker, row.box, row.middle) == (
        "5 s", 3.0, 5.0, "M48 7H240", "M96 7h96", "M144 1v12"
    )  # fmt: skip
    assert (taken.label, taken.rows[0].box) == ("30 s", "M160 7h1")
    assert lag_plot(seen_of(slots(5, {}))) is duration_plot(seen_of([])) is None
