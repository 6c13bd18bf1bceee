"""What the board takes from what is stored, and that it never depends on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Side
from migrator.comparison.recent import Recent
from migrator.comparison.runs import Action, RunRecord
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import recent, settled, together
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.dashboard import judging
from migrator.contrib.django.dashboard.gathering import board_of
from migrator.contrib.django.dashboard.ground import ground
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Judged, Run, Settled
from migrator.report.dashboard.board import Wish
from tests import dashboard_office as office

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 9, 21, 12, 7, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def judged(tmp_path: Path, settings: Any) -> None:
    """The office of six weeks, with a verdict on each job."""
    (tmp_path / "migrator.toml").write_text(office.CONFIGURATION)
    settings.MIGRATOR_HOME = str(tmp_path)
    office.fill(NOW, days=42)
    judging.judge_some(ground(), NOW, budget=3600)


def shown(now: dt.datetime = NOW) -> dict[str, list[Recent]]:
    return {row.id: list(row.recent) for row in board_of(ground(), Wish.of({}), now).rows}


def outcomes(found: dict[str, list[Recent]]) -> dict[str, list[tuple[str, str | None]]]:
    return {job: [(one.slot.name, one.outcome) for one in slots] for job, slots in found.items()}


def anew(now: dt.datetime = NOW) -> dict[str, list[tuple[str, str | None]]]:
    """What the board shows where nothing is stored."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("migrator.contrib.django.dashboard.gathering.latest", lambda *_ledger: {})
        return outcomes(shown(now))


def test_what_is_settled_is_neither_read_nor_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def reading(*arguments: Any, **options: Any) -> Iterator[Any]:
        for one in records(*arguments, **options):
            read.append(one.due)
            yield one

    monkeypatch.setattr(together, "records", reading)
    found = shown()
    slots = [one for row in found.values() for one in row]
    assert {one.slot for one in slots if one.compared is None} == {
        one.slot for one in slots if one.slot.due < NOW - settled.AGE
    }
    assert len(read) < 100 < sum(one.outcome is not None for one in slots)
    assert outcomes(found) == anew()


def test_a_board_that_is_looked_at_later_is_the_same() -> None:
    for hours in (1, 7, 40):
        later = NOW + dt.timedelta(hours=hours)
        assert outcomes(shown(later)) == anew(later)


def test_a_message_that_is_dropped_hours_late_is_shown_at_once() -> None:
    slot = next(one.slot for one in shown()["fetch_courts"] if one.outcome is Outcome.CONTROL_ONLY)
    late = RunRecord(
        run="late", job="fetch_courts", side=Side.CANDIDATE, action=Action.EXECUTE, slot=slot.name,
        due=slot.due, started=NOW, finished=NOW, exit=0, task="late",
    )  # fmt: skip
    settled.add(late, NOW)
    told = outcomes(shown())
    assert dict(told["fetch_courts"])[slot.name] != Outcome.CONTROL_ONLY
    assert told == anew()


def test_with_other_rules_all_is_judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "rules", lambda: "one line of one module is another")
    found = shown()
    assert all(one.compared for slots in found.values() for one in slots if one.outcome)
    assert outcomes(found) == anew()


def test_a_page_only_reads() -> None:
    with CaptureQueriesContext(connection) as queries:
        board_of(ground(), Wish.of({}), NOW)
    assert all(one["sql"].startswith("SELECT") for one in queries)


def test_where_nothing_can_be_stored_the_verdicts_and_the_board_are_the_same() -> None:
    def refused(execute: Any, sql: str, *more: Any) -> Any:
        if "migrator_settled" in sql and not sql.startswith("SELECT"):
            raise OperationalError("attempt to write a readonly database")
        return execute(sql, *more)

    before = Judged.objects.in_bulk(field_name="job")
    Settled.objects.all().delete()
    Judged.objects.update(at=None)
    with connection.execute_wrapper(refused):
        judging.judge_some(ground(), NOW, budget=3600)
        assert outcomes(shown()) == anew()
    assert not Settled.objects.exists()
    after = Judged.objects.in_bulk(field_name="job")
    assert {job: row.document for job, row in after.items()} == {
        job: row.document for job, row in before.items()
    }


def test_a_job_is_expected_from_its_first_record_on_also_in_an_hour_that_is_there_twice() -> None:
    """By their names the second half past two is before the first ten to three."""
    night = dt.datetime(2026, 10, 25, 0, 45, tzinfo=dt.UTC)
    job = JobDefinition("nightly", "10,30,50 * * * *", "Europe/Warsaw")
    now = night + dt.timedelta(hours=3)
    slots = job.between(night, now)
    assert slots[0].name > slots[2].name
    for slot in slots:
        Run.objects.create(
            run=slot.name, job=job.id, side="control", action="execute", kind="scheduled", slot=slot.name,
            due=slot.due, started=slot.due, finished=slot.due, exit=0,
        )  # fmt: skip
    [found] = compare_jobs([MigratedJob("tasks.nightly", job, job)], now=now)
    board = recent.recent_slots([job], {}, [], now=now, count=24)["nightly"]
    assert [one.slot for one in found.comparison.slots] == slots == [one.slot for one in board]
    assert found.comparison.extra == 0
