"""A real migration, replayed: four jobs of an advice office, and what the verdicts would have been.

The people of that project took cron out 60, 40 and 23 minutes after their last corrections. The
reminders had a `return` in their loop until the hour before; the monthly job's row named a task that
nobody had registered, in UTC, and for 77 days nobody noticed; the sessions were cleared at another
time, by code of another kind. Only the court parser had been seen to work.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connections, router
from pytest_django.plugin import DjangoDbBlocker

from config.settings.database import database
from migrator.cli.project import find_home
from migrator.cli.scanning import whole_inventory
from migrator.comparison.effects import Effects
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.rehearsal import Result
from migrator.comparison.rehearsal_record import Record, cron_fingerprint
from migrator.comparison.runs import DRILL, Action, Kind, RunRecord
from migrator.comparison.verdicts import Verdict
from migrator.configuration import Configuration, JobDecision
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.ledger import row, stored_effects
from migrator.contrib.django.models import Handover, Run
from migrator.cutover.checklist import State
from migrator.cutover.facts import CeleryFacts, Evidence, Situation
from migrator.cutover.readiness import CutoverReport, JobReadiness, assemble
from migrator.schedule.occurrences import Slot

ZONE = "Europe/Warsaw"
WARSAW = ZoneInfo(ZONE)
SHADOW = dt.datetime(2025, 11, 15, 14, tzinfo=WARSAW)  # 77 days before the cutover
CELERY = dt.datetime(2026, 1, 12, 9, tzinfo=WARSAW)
CORRECTED = dt.datetime(2026, 1, 31, 9, tzinfo=WARSAW)
CUTOVER = dt.datetime(2026, 1, 31, 10, tzinfo=WARSAW)

REMINDERS = JobDefinition("send_event_reminders", "0 12 * * *", ZONE)
MONTHLY = JobDefinition("send_old_cases_reminder", "0 6 2 * *", ZONE)
PARSER = JobDefinition("run_court_session_parser", "10 23 * * *", ZONE)
CLEARED = JobDefinition("clearsessions", "0 3 * * *", ZONE)  # as it was rewritten; the line says @daily
JOBS = (REMINDERS, MONTHLY, PARSER, CLEARED)

# What the tool asks for beside the history, and what takes a day: a rehearsal, a drill, and a name.
ALERT = "Sentry, project office"


def rehearsal(job: JobDefinition) -> Record:
    """One of the year to come, which found nothing."""
    return Record(
        job=job.id,
        expression=job.expression,
        timezone=ZONE,
        made=CUTOVER,
        by="ada",
        start=CUTOVER,
        end=CUTOVER + dt.timedelta(days=396),
        scheduler="database",
        versions={},
        entries=(),
        cron=cron_fingerprint(job.schedule, ZONE),
        celery="beat",
        result=Result(),
    )


def drill(job: JobDefinition) -> Iterator[RunRecord]:
    """It fails once on purpose, by hand, on both sides."""
    for side in Side:
        yield RunRecord(
            run=f"{job.id} {side} drill",
            job=job.id,
            side=side,
            action=Action.EXECUTE,
            kind=Kind.MANUAL,
            started=CELERY,
            finished=CELERY,
            exit=1,
            reason=DRILL,
        )


class ElsewhereRouter:
    """Sends every query to the other database."""

    def db_for_read(self, _model: object, **_hints: object) -> str:
        return "elsewhere"

    db_for_write = db_for_read


@pytest.fixture
def ledger_in_postgresql(
    postgres_url: str, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The ledger in a database of a server, in place of the tests' own."""
    settings = connections["default"].settings_dict | {"OPTIONS": {}} | database(postgres_url)
    monkeypatch.setitem(connections.databases, "elsewhere", settings)
    monkeypatch.setattr(router, "routers", [ElsewhereRouter()])
    with django_db_blocker.unblock():
        call_command("migrate", "migrator", database="elsewhere", verbosity=0)
        yield
        connections["elsewhere"].close()
        del connections["elsewhere"]


def hand_over(job: JobDefinition, owner: Owner, at: dt.datetime) -> None:
    Handover.objects.create(
        job=job.id, owner=owner, previous=Owner.CRON, from_slot="-", from_due=at, who="us"
    )


def ran(
    job: JobDefinition, slot: Slot, side: Side, action: Action, effects: Effects | None = None
) -> RunRecord:
    start = slot.due + dt.timedelta(seconds=1)
    return RunRecord(
        run=f"{job.id} {slot.name} {side}",
        job=job.id,
        side=side,
        action=action,
        slot=slot.name,
        due=slot.due,
        started=start,
        finished=start + dt.timedelta(seconds=8),
        exit=0,
        effects=effects,
    )


def both(job: JobDefinition, slot: Slot, under_cron: Effects, under_celery: Effects) -> list[RunRecord]:
    """Cron executes in shadow, and Celery from the hand-over on."""
    if slot.due < CELERY:
        return [
            ran(job, slot, Side.CONTROL, Action.EXECUTE, under_cron),
            ran(job, slot, Side.CANDIDATE, Action.WOULD),
        ]
    return [
        ran(job, slot, Side.CONTROL, Action.YIELD),
        ran(job, slot, Side.CANDIDATE, Action.EXECUTE, under_celery),
    ]


def courts(slot: Slot) -> Effects:
    """As many sessions as the courts have announced that day."""
    return Effects(0, 0, {"INSERT judgements_courtsession": 40 + slot.due.day % 7})


def history(*, drilled: bool = True) -> None:
    """What both sides recorded from the first day of shadow to the morning of the cutover."""
    runs = []
    for slot in REMINDERS.between(SHADOW, CUTOVER):
        runs += both(REMINDERS, slot, Effects(3, 3, {}), Effects(1, 1, {}))
    for slot in PARSER.between(SHADOW, CUTOVER):
        runs += both(PARSER, slot, courts(slot), courts(slot))
    for slot in MONTHLY.between(SHADOW, CUTOVER):
        runs.append(ran(MONTHLY, slot, Side.CONTROL, Action.EXECUTE, Effects(2, 2, {})))
    for slot in CLEARED.between(SHADOW, CUTOVER):
        runs.append(ran(CLEARED, slot, Side.CANDIDATE, Action.WOULD))
        midnight = ran(CLEARED, slot, Side.CONTROL, Action.EXECUTE, Effects(0, 0, {}))
        at = slot.due - dt.timedelta(hours=3)
        runs.append(
            dataclasses.replace(midnight, kind=Kind.EXTRA, slot=None, due=None, started=at, finished=at)
        )
    if drilled:
        runs += [*drill(REMINDERS), *drill(PARSER)]
    rows = [row(one, now=CUTOVER) for one in runs]
    for written, one in zip(rows, runs, strict=True):
        written.effects = stored_effects(one.effects)
    Run.objects.bulk_create(rows)
    for job in JOBS:
        hand_over(job, Owner.SHADOW, SHADOW)
    for job in (REMINDERS, PARSER):
        hand_over(job, Owner.CELERY, CELERY)


def report(*rehearsed: JobDefinition, alert: str | None = ALERT) -> CutoverReport:
    """The report as it would have been that morning, through the ledger and the project's own crontab."""
    rehearsals = [rehearsal(job) for job in rehearsed]
    tasks = {job.id: f"tasks.{job.id}" for job in JOBS}
    chains = owners.chains()
    evidence = Evidence(
        {
            one.id: one
            for one in compare_jobs(
                [MigratedJob(tasks[job.id], job, job) for job in JOBS],
                now=CUTOVER,
                rehearsed={one.job for one in rehearsals},
            )
        },
        {job.id: owners.standing(job.id, chains[job.id], [], CUTOVER).owner for job in JOBS},
    )
    celery = CeleryFacts(
        tasks={job.id: job for job in JOBS},
        registered=frozenset(tasks.values()) - {tasks[MONTHLY.id]},
        zones={name: frozenset({"UTC" if job == MONTHLY.id else ZONE}) for job, name in tasks.items()},
        results=dt.timedelta(days=1),
        fingerprints={job.id: "beat" for job in JOBS},
    )
    situation = Situation(
        project="poradnia",
        configuration=Configuration(jobs={job.id: JobDecision(alert=alert) for job in JOBS}),
        evidence=evidence,
        celery=celery,
        left_out={},
        now=CUTOVER,
        rehearsals=rehearsals,
    )
    return assemble(whole_inventory(find_home()), situation)


def of(found: CutoverReport, job: JobDefinition) -> JobReadiness:
    return next(one for one in found.jobs if one.id == job.id)


def states(job: JobReadiness) -> dict[str, State]:
    return {item.key: item.state for item in job.checklist}


@pytest.mark.usefixtures("db")
def test_the_verdicts_would_have_been_these() -> None:
    the_verdicts_are_these()


@pytest.mark.usefixtures("ledger_in_postgresql")
def test_they_are_the_same_in_postgresql() -> None:
    the_verdicts_are_these()


def the_verdicts_are_these() -> None:
    history()
    before = of(report(REMINDERS, PARSER), REMINDERS)
    assert before.verdict is Verdict.UNSAFE
    assert "the work differs: mails: cron 3, Celery 1" in before.reasons

    # the correction an hour before: what was seen of the old code counts for nothing any more
    hand_over(REMINDERS, Owner.CRON, CORRECTED)
    hand_over(REMINDERS, Owner.SHADOW, CORRECTED)
    found = report(REMINDERS, PARSER)
    reminders, monthly, parser, cleared = map(functools.partial(of, found), JOBS)

    assert reminders.verdict is Verdict.HOLD
    assert reminders.reasons == (
        "7 matched slots of 7 are missing",
        "no slot that Celery executed has matched yet",
    )
    assert reminders.earliest_safe == dt.date(2026, 2, 6)

    assert monthly.verdict is Verdict.UNSAFE
    assert monthly.reasons[:3] == (
        "beat reads the schedule in cron's zone: no, cron runs in Europe/Warsaw, beat in UTC",
        "the workers know the task: no, none of them has tasks.send_old_cases_reminder",
        "Celery was not there for 2 slots, the latest 2026-01-02T06:00+01:00",
    )
    assert [slot.due.astimezone(WARSAW).isoformat(" ", "minutes") for slot in monthly.coming[:2]] == [
        "2026-02-02 06:00+01:00",
        "2026-03-02 06:00+01:00",
    ]

    assert parser.verdict is Verdict.SAFE
    assert parser.reasons == ("77 slots matched",)
    assert [item.key for item in parser.missing] == ["effects", "generator"]
    assert states(parser)["effects"] is State.OPEN  # the note: what the courts announce varies
    assert "it varies from slot to slot" in str(parser.missing)

    assert cleared.verdict is Verdict.UNSAFE
    assert cleared.reasons[:2] == (
        "one Celery task does what the line does: its task was written for 0 3 * * *, the line says @daily",
        "cron was not there for 77 slots, the latest 2026-01-31T03:00+01:00",
    )
    assert cleared.compared.comparison.extra == 77  # cron's midnights, which are nobody's slot

    assert [found.count(verdict) for verdict in Verdict] == [1, 1, 2]


@pytest.mark.usefixtures("db")
def test_once_mended_the_monthly_job_waits_for_its_next_2nd_at_06_00() -> None:
    history()
    hand_over(MONTHLY, Owner.CRON, CORRECTED)
    hand_over(MONTHLY, Owner.SHADOW, CORRECTED)
    assert of(report(), MONTHLY).judgement.earliest_safe == dt.date(2026, 3, 2)
    rehearsed = of(report(MONTHLY), MONTHLY)
    assert rehearsed.judgement.earliest_safe == dt.date(2026, 2, 2)
    assert states(rehearsed)["rehearsal"] is State.DONE


@pytest.mark.usefixtures("db")
def test_without_rehearsal_drill_and_alarm_the_parser_is_held_for_a_day_and_not_for_weeks() -> None:
    history(drilled=False)
    parser = of(report(alert=None), PARSER)
    assert parser.verdict is Verdict.HOLD
    assert parser.reasons == ("open on the checklist: rehearsal, drill, freshness, output",)
    assert parser.judgement.earliest_safe == CUTOVER.date()
