"""What must be there before Celery may be anybody's owner; the checks of ``doctor`` and of ``owner``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.beat import Draining
from migrator.contrib.celery.jobs import MigratedJob, migrated_jobs
from migrator.contrib.django.beat import (
    BeatEntry,
    beat_entries,
    entries_of,
    newest_sign_of_beat,
    next_of_rows,
)
from migrator.contrib.django.checks import Check, State, stored
from migrator.contrib.django.clocks import Clocks, clocks_of
from migrator.contrib.django.installed import in_database, scheduler_class
from migrator.contrib.django.ledger import MIGRATE, missing_tables, trouble
from migrator.contrib.django.own_rows import waiting
from migrator.contrib.django.owners import how_to_give_up, orphans
from migrator.contrib.django.services import RollCall, broker, queues, roll_call, workers
from migrator.equivalence.installed import same_clock
from migrator.i18n import _
from migrator.schedule.kinds import Interval
from migrator.schedule.parting import minutes_in_utc
from migrator.settings.audit import times_of_rows
from migrator.settings.effective import Effective

CELERYS = {"django_celery_beat", "django_celery_results"}  # apps without whose tables Celery stops


def preflight(
    app: Any, jobs: Iterable[MigratedJob], now: dt.datetime, *, host: str | None = None
) -> list[Check]:
    """Every check that can be made; one whose foundation is missing is left out.

    ``host``: the zone of this machine, which may be the one that runs cron.
    """
    return look(app, jobs, now, host=host)[0]


def look(
    app: Any, jobs: Iterable[MigratedJob], now: dt.datetime, *, host: str | None = None
) -> tuple[list[Check], RollCall]:
    """The same checks, and what the workers answered."""
    jobs = list(jobs)
    checks = [of_jobs(jobs), *database(), broker(app)]
    found = RollCall()
    if checks[-1].state is State.OK:
        found = roll_call(app)
        checks += workers(found, jobs)
    if stored(checks):
        checks += of_schedule(app, jobs, now, host=host, found=found)
    return checks, found


def of_schedule(
    app: Any,
    jobs: Sequence[MigratedJob],
    now: dt.datetime,
    *,
    host: str | None = None,
    found: RollCall,
) -> list[Check]:
    """What beat goes by, and whether it does; the ledger's tables are there."""
    jobs = list(jobs)
    off = entries_of(waiting(app, jobs))
    entries = [*beat_entries(app), *off]
    known = clocks_of(app, jobs, entries, host=host, workers=found.settings)
    sent = [job for job in jobs if job.task not in {entry.task for entry in off}]
    return [
        *queues(app, found, jobs, entries),
        *schedule(jobs, entries, off),
        *zones(jobs, entries, now.date()),
        *clocks(known, now),
        *catch_up(app),
        *times_of_its_rows(app),
        beat(app, sent, entries, now),
        *_orphans(app),
    ]


def of_jobs(jobs: list[MigratedJob]) -> Check:
    if jobs:
        names = ", ".join(job.definition.id for job in jobs)
        return Check("jobs", State.OK, _("migrated: {names}").format(names=names))
    return Check(
        "jobs",
        State.FAIL,
        _("no task of the Celery app is a migrated job"),
        _("run `migrator generate --write`"),
        "CM469",
    )


def times_of_its_rows(app: Any) -> list[Check]:
    """With USE_TZ = False a beat that cannot tell when its rows have run sends late, again, or not at all."""
    engine = str(settings.DATABASES[DEFAULT_DB_ALIAS].get("ENGINE", ""))
    here = Effective(
        "",
        "",
        scheduler=str(app.conf.beat_scheduler),
        django_zone=settings.TIME_ZONE,
        use_tz=settings.USE_TZ,
        tz_aware=getattr(settings, "DJANGO_CELERY_BEAT_TZ_AWARE", True),
        database=engine.rpartition(".")[2],
    )
    return [Check("rows", State.FAIL, one.fact, one.hint, one.code) for one in times_of_rows(here)]


def _orphans(app: Any) -> list[Check]:
    """A renamed job leaves its owner behind under the old name: no task of the app is it."""
    return [
        Check(
            "owners",
            State.FAIL,
            _("Celery owns {job}, and no task is that job: nothing executes it").format(job=job),
            how_to_give_up(job),
            "CM511",
            job,
        )
        for job in orphans(migrated_jobs(app))
    ]


def database() -> list[Check]:
    """The database answers, and its tables are those of the installed versions."""
    try:
        connection.ensure_connection()
        missing = missing_tables()
        plan = MigrationExecutor(connection)
        todo = {
            migration.app_label for migration, _back in plan.migration_plan(plan.loader.graph.leaf_nodes())
        }
    except (DatabaseError, InterfaceError) as error:
        problem = trouble(error)
        return [Check("database", State.FAIL, problem.fact, problem.hint or "", "CM510")]
    there = Check("database", State.OK, _("{vendor} answers").format(vendor=connection.vendor))
    remedy = _("run {command}").format(command=MIGRATE)
    if missing or "migrator" in todo:
        fact = _("the ledger's tables are missing") if missing else _("the ledger's tables are out of date")
        return [there, Check("migrated", State.FAIL, fact, remedy, "CM458")]
    ours = Check("migrated", State.OK, _("the ledger's tables are there"))
    if celery := sorted(todo & CELERYS):
        fact = _("the tables of {apps} are missing or out of date: beat or workers stop").format(
            apps=", ".join(celery)
        )
        return [there, ours, Check("tables", State.FAIL, fact, remedy, "CM458")]
    if todo:
        fact = _("migrations are not applied: {apps}").format(apps=", ".join(sorted(todo)))
        return [there, ours, Check("tables", State.WARN, fact, remedy, "CM458")]
    return [there, ours]


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
            _("beat has no enabled entry for {task}").format(task=", ".join(job.task for job in lacking)),
            _("load CELERY_BEAT_SCHEDULE in these settings and start beat once, or enable the row"),
            "CM468",
        )
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
            "CM464",
            job.definition.id,
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
        return [Check("clocks", State.FAIL, f"{ignored}; {fact}", remedy, "CM427")]
    if not found.cron:
        return []
    if odd := [*found.odd_hosts(now.date()), *found.odd_workers(now.date())]:
        text = _("another clock than cron's or Celery's: {names}; {clocks}")
        remedy = _(
            "write the zone of cron's machine into migrator.toml; give all processes one CELERY_TIMEZONE"
        )
        return [Check("clocks", State.WARN, text.format(names=", ".join(odd), clocks=fact), remedy, "CM457")]
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
        fact = _("beat sends what it has missed when it starts again, hours late; cron never does")
        if in_database(app):  # the filter by hours of django-celery-beat: observed, not documented
            fact += _("; a row with one hour even in the next night, when it is loaded again")
        return [
            Check(
                "catch-up",
                State.WARN,
                fact,
                _("set CELERY_BEAT_CRON_STARTING_DEADLINE = 60, or 86400 where a day's catch-up is wanted"),
                "CM463",
            )
        ]
    if not app.conf.beat_sync_every:
        return [
            Check(
                "catch-up",
                State.WARN,
                _("a beat that is killed sends again what it sent in its last three minutes"),
                _("set CELERY_BEAT_SYNC_EVERY = 1"),
                "CM463",
            )
        ]
    fact = _("beat sends nothing that is later than {seconds} s, and saves each run")
    return [Check("catch-up", State.OK, fact.format(seconds=deadline))]


def beat(app: Any, jobs: list[MigratedJob], entries: list[BeatEntry], now: dt.datetime) -> Check:
    """Beat has sent what was due since its last sign of life."""
    sign = newest_sign_of_beat(jobs, entries)
    if sign is None:
        remedy = _("start one, or wait for its first message: celery -A PROJECT beat")
        return Check("beat", State.UNKNOWN, _("nothing has been seen of beat yet"), remedy, "CM467")
    after = sign + dt.timedelta(seconds=60)
    due = [slot.due for job in jobs for slot in job.definition.following(after, 1)]
    overdue = min([*due, *next_of_rows(app, after, now)], default=now)
    last = sign.isoformat(timespec="seconds")
    # what was sent is saved every three minutes, where it is not at each start
    patience = dt.timedelta(minutes=6 if in_database(app) and not app.conf.beat_sync_every else 2)
    if overdue + patience < now:
        fact = _("beat has sent nothing since {last}, and {due} was due").format(
            last=last, due=overdue.isoformat(timespec="minutes")
        )
        return Check("beat", State.FAIL, fact, _("start one beat: celery -A PROJECT beat"), "CM467")
    return Check("beat", State.OK, _("seen at {last}").format(last=last))
