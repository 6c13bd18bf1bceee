"""A comparison that goes on from what is stored comes to the same as one that reads all of the ledger."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrator.comparison.document import job_document
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import settled
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.models import Handover, Host, Run, Settled
from migrator.contrib.django.shipping import ingest
from migrator.contrib.django.spool_lines import read_lines
from migrator.schedule.occurrences import Slot

pytestmark = pytest.mark.django_db

BEGIN = dt.datetime(2026, 3, 20, 20, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SCHEDULES = ["*/20 * * * *", "30 2 * * *", "10 0 * * 1,4"]
SHOWN = 3
ONE_MAIL = {"mails": 1, "recipients": 1, "writes": {}, "unread": 0, "programs": 0}


@pytest.fixture(autouse=True)
def shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "DEPTH", SHOWN)
    monkeypatch.setattr("migrator.contrib.django.comparing.DEPTH", SHOWN)


def migrated(expression: str = "*/20 * * * *", zone: str = "Europe/Warsaw") -> MigratedJob:
    job = JobDefinition("work", expression, zone)
    Handover.objects.create(
        job="work", owner="shadow", previous="cron", from_slot="-", from_due=BEGIN, who="me"
    )
    return MigratedJob("tasks.work", job, job)


def recorded(dice: random.Random, slots: list[Slot]) -> None:
    """Runs at random: some twice, some late, some failed, some of no slot that there is."""
    for slot in slots:
        for side in (Side.CONTROL, Side.CANDIDATE, Side.CONTROL):
            if dice.random() < 0.7:
                start = slot.due + dt.timedelta(seconds=dice.choice([-1, 1, 1, 400, 2.5]))
                name = slot.name if dice.random() < 0.97 else slot.name[:-7] + "7" + slot.name[-6:]
                Run.objects.create(
                    run=uuid4().hex, job="work", side=side, kind="scheduled", slot=name, due=slot.due,
                    action=Action.EXECUTE if side is Side.CONTROL else dice.choice(["would", "execute"]),
                    started=start, finished=start + dt.timedelta(seconds=dice.randrange(9)),
                    exit=dice.choice([0, 0, 0, 1]), output=dice.choice(["", "3 sent\n", "nothing\n"]),
                    effects=dice.choice([None, {"task": ONE_MAIL}]),
                )  # fmt: skip


def both(job: MigratedJob, now: dt.datetime, **how: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document from what is stored, and the one from all of the ledger; with the latest slots."""
    [stored] = compare_jobs([job], now=now, shown=SHOWN, **how)
    [whole] = compare_jobs([job], now=now, **how)
    assert stored.comparison.slots == whole.comparison.slots[-SHOWN:]
    assert stored.comparison.failed == whole.comparison.failed
    assert stored.comparison.told.stored() == whole.comparison.told.stored()
    return job_document(stored), job_document(whole)


@pytest.mark.parametrize("expression", SCHEDULES)
@pytest.mark.parametrize("zone", ["Europe/Warsaw", "UTC"])
def test_day_by_day_what_is_stored_comes_to_the_same(expression: str, zone: str) -> None:
    """Through the night in which the clock jumps; once somebody else becomes the owner."""
    job, dice, before = migrated(expression, zone), random.Random(expression), BEGIN - DAY
    for number in range(16):
        now = BEGIN + number * 1.37 * DAY
        recorded(dice, job.definition.between(before, now))
        if number == 11:
            Handover.objects.create(
                job="work", owner="celery", previous="shadow", from_slot="-", who="me",
                from_due=BEGIN + 4 * DAY,
            )  # fmt: skip
        stored, whole = both(job, now)
        assert stored == whole
        stored, whole = both(job, now, since=now - DAY)
        assert stored == whole
        before = now
    assert Settled.objects.get(demo=False).day is not None


@pytest.fixture
def settled_job() -> tuple[MigratedJob, dt.datetime]:
    """A job with five days behind it, most of them settled."""
    job, now = migrated(), BEGIN + 5 * DAY
    for slot in job.definition.between(BEGIN, now):
        for side, action in ((Side.CONTROL, Action.EXECUTE), (Side.CANDIDATE, Action.WOULD)):
            Run.objects.create(
                run=f"{side}{slot.due}", job="work", side=side, action=action, kind="scheduled",
                slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=0,
            )  # fmt: skip
    compare_jobs([job], now=now, shown=SHOWN)
    assert (Settled.objects.get(demo=False).day or dt.date.min) > (BEGIN + 3 * DAY).date()
    return job, now


def test_runs_of_settled_slots_are_not_read_again(settled_job: tuple[MigratedJob, dt.datetime]) -> None:
    job, now = settled_job
    with CaptureQueriesContext(connection) as seen:
        [found] = compare_jobs([job], now=now, shown=SHOWN)
    assert found.comparison.expected == 5 * 72
    reading = [one["sql"] for one in seen if '"output"' in one["sql"] and "migrator_run" in one["sql"]]
    assert reading
    assert all("2026-03-2" in sql and BEGIN.date().isoformat() not in sql for sql in reading)


def test_a_run_that_is_inserted_late_counts(settled_job: tuple[MigratedJob, dt.datetime]) -> None:
    job, now = settled_job
    slot = job.definition.between(BEGIN + DAY, now)[0]
    Run.objects.create(
        run="again", job="work", side="control", action="execute", kind="scheduled", slot=slot.name,
        due=slot.due, started=slot.due, finished=slot.due, exit=0,
    )  # fmt: skip
    stored, whole = both(job, now)
    assert stored == whole
    assert stored["duplicate"] == 1


def line(run: str, event: str, at: dt.datetime, **more: Any) -> bytes:
    return json.dumps(
        {"v": 1, "run": run, "job": "work", "event": event, "at": at.timestamp(), **more}
    ).encode()


@pytest.mark.parametrize("event", ["end", "effects"])
def test_what_a_spool_tells_late_of_a_run_counts(
    settled_job: tuple[MigratedJob, dt.datetime], event: str
) -> None:
    job, now = settled_job
    run = f"control{job.definition.between(BEGIN + DAY, now)[0].due}"
    at = Run.objects.get(run=run).started
    told = {
        "end": {"exit": 1, "signal": None, "duration": 0.0, "output": "", "output_bytes": 0},
        "effects": {"part": "1", "effects": ONE_MAIL},
    }  # fmt: skip
    lines, bad = read_lines([line(run, event, at if event == "end" else now, **told[event])])
    assert not bad
    ingest(lines, now=now)
    stored, whole = both(job, now)
    assert stored == whole
    if event == "end":
        assert stored["mismatched"] == 1


def test_a_host_that_comes_or_a_pruned_month_is_no_longer_in_the_sums(
    settled_job: tuple[MigratedJob, dt.datetime],
) -> None:
    from migrator.contrib.django.retention import prune

    job, now = settled_job
    Host.objects.create(name="web2", user="root", spool="/spool")
    stored, whole = both(job, now)
    assert stored == whole
    for _pruned in prune(BEGIN + 2 * DAY):
        pass
    stored, whole = both(job, now)
    assert stored == whole
    assert stored["expected"] == 3 * 72


def test_sums_that_were_made_while_word_came_are_not_kept(
    settled_job: tuple[MigratedJob, dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, now = settled_job
    settled.unsettle({"work": BEGIN})
    keep = settled.Past.keep

    def interrupted(self: settled.Past, *told: Any) -> None:
        settled.unsettle({"work": BEGIN})
        keep(self, *told)

    monkeypatch.setattr(settled.Past, "keep", interrupted)
    compare_jobs([job], now=now, shown=SHOWN)
    assert Settled.objects.get(demo=False).day is None


def test_the_rules_are_the_texts_of_all_that_judges() -> None:
    """What decides about a slot cannot change without the sums being made again: nobody has to remember."""
    program = (
        "import django, sys; django.setup(); import migrator.contrib.django.comparing; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.testing"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = {
        name
        for name in done.stdout.split()
        if name.startswith(("migrator.comparison.", "migrator.schedule."))
    }
    assert imported
    assert imported <= set(settled.rule_modules())
    assert {"migrator.comparison.judging", "migrator.contrib.django.job_history"} <= set(
        settled.rule_modules()
    )


def test_with_other_rules_the_sums_are_made_again(
    settled_job: tuple[MigratedJob, dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, now = settled_job
    Settled.objects.filter(demo=False).update(sums={"seen": "of a time with other rules"})
    monkeypatch.setattr(settled, "rules", lambda: "one line of one module is another")
    stored, whole = both(job, now)
    assert stored == whole
