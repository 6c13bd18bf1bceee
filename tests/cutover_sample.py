"""Ninety days of a migration in its middle: for the picture in the docs, and for large reports."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from migrator.comparison.document import JobComparison
from migrator.comparison.durations_beside import durations_beside
from migrator.comparison.effects import Effects
from migrator.comparison.effects_beside import effects_beside
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import compare
from migrator.comparison.output_beside import output_beside
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.rehearsal import Outcome, Result
from migrator.comparison.rehearsal_record import Record, cron_fingerprint
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.turns import turn
from migrator.comparison.verdicts import judge
from migrator.configuration import Configuration
from migrator.cutover.facts import CeleryFacts, Evidence, Situation
from migrator.cutover.readiness import CutoverReport, assemble
from migrator.schedule.occurrences import Slot
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

ZONE = "Europe/Warsaw"
NOW = dt.datetime(2026, 12, 10, 9, 30, tzinfo=ZoneInfo(ZONE))
BEGIN = NOW - dt.timedelta(days=90)

CRONTAB = """\
MAILTO=""
# Reminders of events
0 12 * * * flock -n /run/remind.lock python /srv/office/manage.py send_reminders
# Bills
0 6 2 * * python /srv/office/manage.py monthly_bill
# Court sessions
10 */3 * * * python /srv/office/manage.py fetch_courts
# Expired sessions
@daily python /srv/office/manage.py clearsessions
"""
# as in the crontabs of a large project: most jobs once a day, some each hour, a few more rarely
_SCHEDULES = [*(["{m} {h} * * *"] * 16), *(["{m} * * * *"] * 3), "{m} {h} * * 1"]
LARGE = 'MAILTO=""\n' + "".join(
    _SCHEDULES[number % 20].format(m=number % 60, h=number % 24)
    + f" python /srv/office/manage.py job_{number}\n"
    for number in range(200)
)


@dataclass(frozen=True, slots=True)
class Course:
    """How far a job is: days ago at which shadow and Celery began; slots, from the end, that went wrong."""

    shadow: int = 90
    celery: int = 0
    without_celery: Sequence[int] = ()
    failed: Sequence[int] = ()
    seconds: float = 20.0

    def owner(self, due: dt.datetime) -> Owner:
        if self.celery and due >= NOW - dt.timedelta(days=self.celery):
            return Owner.CELERY
        return Owner.SHADOW if due >= NOW - dt.timedelta(days=self.shadow) else Owner.CRON


COURSES = {
    "send_reminders": Course(shadow=75, celery=34),
    "monthly_bill": Course(shadow=40, seconds=140),
    "fetch_courts": Course(shadow=80, celery=52, without_celery=(150, 151), failed=(21,), seconds=45),
    "clearsessions": Course(shadow=6, seconds=3),
}


def records(job: JobDefinition, course: Course, rng: random.Random) -> Iterator[RunRecord]:
    """What both sides recorded."""
    slots = job.between(BEGIN, NOW - dt.timedelta(hours=1))
    for number, slot in enumerate(reversed(slots)):
        owner = course.owner(slot.due)
        for side in Side:
            if side is Side.CANDIDATE and (owner is Owner.CRON or number in course.without_celery):
                continue
            run = _run(job, slot, side, owner, course, rng)
            yield replace(run, exit=1) if run.executed and number in course.failed else run


def _run(
    job: JobDefinition, slot: Slot, side: Side, owner: Owner, course: Course, rng: random.Random
) -> RunRecord:
    executes = side is owner.executes(turn(job.id, slot.name))
    lag = rng.gauss(1.1, 0.2) if side is Side.CONTROL else rng.lognormvariate(-0.4, 0.6)
    start = slot.due + dt.timedelta(seconds=abs(lag))
    took = abs(rng.gauss(course.seconds, course.seconds / 8)) if executes else 0.0
    other = Action.WOULD if side is Side.CANDIDATE else Action.YIELD
    return RunRecord(
        run=f"{job.id} {slot.name} {side}",
        job=job.id,
        side=side,
        action=Action.EXECUTE if executes else other,
        slot=slot.name,
        due=slot.due,
        started=start,
        finished=start + dt.timedelta(seconds=took),
        exit=0,
        effects=Effects(0, 0, {"UPDATE office_event": 1}) if executes else None,
    )


def compared(job: JobDefinition, course: Course) -> JobComparison:
    """What the ledger would say of the job."""
    runs = list(records(job, course, random.Random(job.id)))
    expected = job.between(BEGIN, NOW - dt.timedelta(hours=1))
    found = compare(job, expected=expected, runs=runs, owner_of=lambda slot: course.owner(slot.due), now=NOW)
    begin = NOW - dt.timedelta(days=course.shadow)
    slots = [one for one in found.slots if one.slot.due >= begin]
    effects, durations = effects_beside(slots), durations_beside(slots)
    judgement = judge(found, job=job, evidence_from=begin, now=NOW, effects=effects, durations=durations)
    # one drill on each side, by hand
    drilled = replace(found, failed=frozenset(Side))
    return JobComparison(drilled, judgement, effects, output_beside(slots), durations)


def rehearsed(job: JobDefinition, made: dt.datetime) -> Record:
    """A rehearsal of the year to come that found nothing."""
    return Record(
        job=job.id,
        expression=job.expression,
        timezone=job.timezone,
        made=made,
        by="ada",
        start=made,
        end=made + dt.timedelta(days=396),
        scheduler="database",
        versions={},
        entries=(),
        cron=cron_fingerprint(job.schedule, job.timezone),
        celery="beat",
        result=Result(Counter({Outcome.MATCHED: len(job.between(made, made + dt.timedelta(days=396)))})),
    )


def inventory(text: str = CRONTAB) -> Inventory:
    return take_inventory([SourceFile("etc/crontab.office", text)], Context(ZONE, NOW.date()))


def definitions(found: Inventory) -> dict[str, JobDefinition]:
    """The jobs as the generated tasks know them."""
    return {
        job.id: JobDefinition(job.id, job.expression.text, job.timezone)
        for job in found.jobs
        if job.expression
    }


def situation(jobs: dict[str, JobDefinition], comparisons: Sequence[JobComparison]) -> Situation:
    """Workers and beat know every job."""
    names = {job: f"tasks.{job}" for job in jobs}
    return Situation(
        project="office",
        configuration=Configuration(),
        evidence=Evidence(
            {one.id: one for one in comparisons},
            {job: COURSES[job].owner(NOW) if job in COURSES else Owner.CELERY for job in jobs},
        ),
        celery=CeleryFacts(
            tasks=jobs,
            registered=frozenset(names.values()),
            zones={name: frozenset({ZONE}) for name in names.values()},
            results=dt.timedelta(days=45),
            fingerprints=dict.fromkeys(jobs, "beat"),
        ),
        left_out={},
        now=NOW,
        rehearsals=[rehearsed(job, NOW) for job in jobs.values()],
    )


def sample() -> CutoverReport:
    """The report of the four jobs."""
    found = inventory()
    jobs = definitions(found)
    return assemble(found, situation(jobs, [compared(job, COURSES[name]) for name, job in jobs.items()]))


def large() -> CutoverReport:
    """Two hundred jobs after ninety days: most may go, some lack slots, with a few something is wrong."""
    found = inventory(LARGE)
    jobs = definitions(found)
    courses = [
        Course(celery=45),
        Course(celery=60, seconds=90),
        Course(shadow=50, celery=20, without_celery=(3,)),
        Course(celery=45, failed=(30,)),
        Course(shadow=5),
    ]
    often = [0, 1, 0, 0, 1, 0, 4, 0, 1, 0, 2, 0, 1, 4, 0, 0, 1, 3, 0]
    comparisons = [
        compared(job, courses[often[number % len(often)]]) for number, job in enumerate(jobs.values())
    ]
    return assemble(found, situation(jobs, comparisons))
