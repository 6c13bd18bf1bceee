"""What must be there before Celery may be anybody's owner; the checks of ``doctor`` and of ``owner``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.beat import Draining
from migrator.contrib.celery.jobs import MigratedJob, migrated_jobs
from migrator.contrib.django.beat import BeatEntry, beat_entries, entries_of, newest_sign_of_beat
from migrator.contrib.django.clocks import Clocks, clocks_of
from migrator.contrib.django.installed import scheduler_class
from migrator.contrib.django.ledger import MIGRATE, missing_tables, trouble
from migrator.contrib.django.own_rows import waiting
from migrator.contrib.django.owners import orphans
from migrator.equivalence.installed import same_clock
from migrator.i18n import _
from migrator.redaction import first_line
from migrator.schedule.kinds import Interval
from migrator.schedule.parting import minutes_in_utc

PATIENCE = 3.0  # seconds for a broker to answer
ROLL_CALLS = (1.0, 5.0)  # seconds for workers to answer; a busy machine gets a second call


class State(StrEnum):
    """Unknown: nothing speaks against it, and nothing for it yet. Warn: it works, and not as under cron."""

    OK = "ok"
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, what was found, and what to do about it."""

    name: str
    state: State
    fact: str
    remedy: str = ""


def preflight(
    app: Any, jobs: Iterable[MigratedJob], now: dt.datetime, *, host: str | None = None
) -> list[Check]:
    """Every check that can be made; one whose foundation is missing is left out.

    ``host``: the zone of this machine, which may be the one that runs cron.
    """
    jobs = list(jobs)
    checks = [_jobs(jobs), *database()]
    checks.append(broker(app))
    if checks[-1].state is State.OK:
        checks += workers(app, jobs)
    if stored(checks):
        off = entries_of(waiting(app, jobs))
        entries = [*beat_entries(app), *off]
        checks += [*schedule(jobs, entries, off), *zones(jobs, entries, now.date())]
        checks += [*clocks(clocks_of(app, jobs, entries, host), now), *catch_up(app)]
        sent = [job for job in jobs if job.task not in {entry.task for entry in off}]
        checks += [beat(sent, entries, now), *_orphans(app)]
    return checks


def stored(checks: Iterable[Check]) -> bool:
    """Whether the database answers and holds the ledger's tables."""
    return not any(check.name in ("database", "migrated") for check in failed(checks))


def failed(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if check.state is State.FAIL]


def _jobs(jobs: list[MigratedJob]) -> Check:
    if jobs:
        names = ", ".join(job.definition.id for job in jobs)
        return Check("jobs", State.OK, _("migrated: {names}").format(names=names))
    return Check(
        "jobs",
        State.FAIL,
        _("no task of the Celery app is a migrated job"),
        _("run `migrator generate --write`"),
    )


def _orphans(app: Any) -> list[Check]:
    """A renamed job leaves its owner behind under the old name: no task of the app is it."""
    return [
        Check(
            "owners",
            State.FAIL,
            _("Celery owns {job}, and no task is that job: nothing executes it").format(job=job),
            _("give the task its name back; or remove the spool's jobs/{job}, then cron executes").format(
                job=job
            ),
        )
        for job in orphans(migrated_jobs(app))
    ]


def database() -> list[Check]:
    """The database answers, and its tables are those of this version."""
    try:
        connection.ensure_connection()
        missing = missing_tables()
        plan = MigrationExecutor(connection)
        todo = plan.migration_plan([key for key in plan.loader.graph.leaf_nodes() if key[0] == "migrator"])
    except (DatabaseError, InterfaceError) as error:
        problem = trouble(error)
        return [Check("database", State.FAIL, problem.fact, problem.hint or "")]
    there = Check("database", State.OK, _("{vendor} answers").format(vendor=connection.vendor))
    remedy = _("run {command}").format(command=MIGRATE)
    if missing or todo:
        fact = _("the ledger's tables are missing") if missing else _("the ledger's tables are out of date")
        return [there, Check("migrated", State.FAIL, fact, remedy)]
    return [there, Check("migrated", State.OK, _("the ledger's tables are there"))]


def broker(app: Any) -> Check:
    """Somebody answers at the broker's address, within seconds."""
    address = ""
    try:
        with app.connection_for_write(connect_timeout=PATIENCE) as link:
            address = link.as_uri()  # without its password
            link.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=PATIENCE)
    except Exception as error:  # each transport has errors of its own
        return Check(
            "broker",
            State.FAIL,
            _("the broker does not answer: {error}").format(error=f"{first_line(error)} ({address})"),
            _("start it, or correct CELERY_BROKER_URL"),
        )
    return Check("broker", State.OK, _("{address} answers").format(address=address))


def workers(app: Any, jobs: list[MigratedJob]) -> list[Check]:
    """A worker answers, and each task is registered with one."""
    answers: dict[str, Any] = {}
    reason = _("nobody answered in {seconds} s").format(seconds=sum(ROLL_CALLS))
    for seconds in ROLL_CALLS:
        try:
            answers = answers or app.control.inspect(timeout=seconds).registered() or {}
        except Exception as error:  # each transport has errors of its own
            reason = first_line(error)
            break
    if not answers:
        fact = _("no worker answers: {reason}").format(reason=reason)
        return [Check("worker", State.FAIL, fact, _("start one: celery -A PROJECT worker"))]
    names = ", ".join(sorted(answers))
    checks = [Check("worker", State.OK, _("{names} answers").format(names=names))]
    # "tasks.name [rate_limit=..]": what follows the name is of no interest
    registered = {str(task).split(" ", 1)[0] for tasks in answers.values() for task in tasks or ()}
    checks += [
        Check(
            "registered",
            State.FAIL,
            _("no worker has the task {task}").format(task=job.task),
            _("deploy the generated tasks and restart the workers"),
        )
        for job in jobs
        if job.task not in registered
    ]
    if len(checks) == 1 and jobs:
        checks.append(Check("registered", State.OK, _("every task is registered")))
    return checks


def schedule(
    jobs: list[MigratedJob], entries: list[BeatEntry], off: Collection[BeatEntry] = ()
) -> list[Check]:
    """Each task has an entry in the schedule that beat really goes by; ``off``: until its job leaves cron."""
    sent = {entry.task for entry in entries}
    lacking = [job for job in jobs if job.task not in sent]
    if not lacking and off:
        names = ", ".join(sorted(entry.name for entry in off))
        fact = _("beat has a row for every task; off until their jobs leave cron: {names}")
        return [Check("entries", State.OK, fact.format(names=names))]
    if not lacking:
        return [Check("entries", State.OK, _("beat has an entry for every task"))] if jobs else []
    return [
        Check(
            "entries",
            State.FAIL,
            _("beat has no enabled entry for {task}").format(task=job.task),
            _("load CELERY_BEAT_SCHEDULE in these settings and start beat once, or enable the row"),
        )
        for job in lacking
    ]


def zones(jobs: list[MigratedJob], entries: list[BeatEntry], today: dt.date) -> list[Check]:
    """Beat reads each schedule in the zone in which cron does."""
    wrong = [
        (job, entry)
        for job in jobs
        for entry in entries
        if entry.task == job.task and not _on_the_clock_of_cron(job.real, entry.timezone, today)
    ]
    if not wrong:
        return [Check("timezone", State.OK, _("beat reads each schedule in cron's zone"))] if jobs else []
    return [
        Check(
            "timezone",
            State.FAIL,
            _("{job} is in {cron} under cron and in {celery} under Celery").format(
                job=job.definition.id, cron=job.real.timezone, celery=entry.timezone
            ),
            _("set CELERY_TIMEZONE, or the zone of the row, to {zone}").format(zone=job.real.timezone),
        )
        for job, entry in wrong
    ]


def _on_the_clock_of_cron(job: JobDefinition, timezone: str | None, today: dt.date) -> bool:
    """In cron's zone, by no wall clock at all, or in UTC where that fires just as cron does."""
    schedule = job.schedule
    if isinstance(schedule, Interval):
        return True
    if timezone == "UTC" and minutes_in_utc(schedule, job.zone, today):
        return True
    return timezone is None or same_clock(timezone, job.timezone, today)


def clocks(found: Clocks, now: dt.datetime) -> list[Check]:
    """The clocks that the schedules and this machine go by, side by side."""
    fact = found.told(now)
    if found.rows_without_zones:
        remedy = _("remove DJANGO_CELERY_BEAT_TZ_AWARE from the settings")
        ignored = _("rows ignore their zone, and may be sent again every five minutes")
        return [Check("clocks", State.FAIL, f"{ignored}; {fact}", remedy)]
    if not found.cron:
        return []
    if found.host_differs(now.date()):
        remedy = _("if cron runs on this machine, its zone is {zone}: write it into migrator.toml")
        return [Check("clocks", State.UNKNOWN, fact, remedy.format(zone=found.host))]
    return [Check("clocks", State.OK, fact)]


def catch_up(app: Any) -> list[Check]:
    """What beat was not there for, and what it had not saved: cron starts neither."""
    deadline, scheduler = app.conf.beat_cron_starting_deadline, scheduler_class(app)
    if isinstance(scheduler, type) and issubclass(scheduler, Draining):
        return []  # it sees to both, whatever the settings say
    if deadline is None:
        return [
            Check(
                "catch-up",
                State.WARN,
                _("beat sends what it has missed when it starts again, hours late; cron never does"),
                _("set CELERY_BEAT_CRON_STARTING_DEADLINE = 60, or 86400 where a day's catch-up is wanted"),
            )
        ]
    if not app.conf.beat_sync_every:
        return [
            Check(
                "catch-up",
                State.WARN,
                _("a beat that is killed sends again what it sent in its last three minutes"),
                _("set CELERY_BEAT_SYNC_EVERY = 1"),
            )
        ]
    fact = _("beat sends nothing that is later than {seconds} s, and saves each run")
    return [Check("catch-up", State.OK, fact.format(seconds=deadline))]


def beat(jobs: list[MigratedJob], entries: list[BeatEntry], now: dt.datetime) -> Check:
    """Beat has sent what was due since its last sign of life."""
    sign = newest_sign_of_beat(jobs, entries)
    if sign is None:
        remedy = _("start one, or wait for its first message: celery -A PROJECT beat")
        return Check("beat", State.UNKNOWN, _("nothing has been seen of beat yet"), remedy)
    due = [slot.due for job in jobs for slot in job.definition.following(sign + dt.timedelta(seconds=60), 1)]
    overdue = min(due, default=now)
    last = sign.isoformat(timespec="seconds")
    if overdue + dt.timedelta(minutes=2) < now:
        fact = _("beat has sent nothing since {last}, and {due} was due").format(
            last=last, due=overdue.isoformat(timespec="minutes")
        )
        return Check("beat", State.FAIL, fact, _("start one beat: celery -A PROJECT beat"))
    return Check("beat", State.OK, _("seen at {last}").format(last=last))
