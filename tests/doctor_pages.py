"""What ``doctor`` says of a project in which a page's example has been done: real rows, runs and workers."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from typing import Any

import dj_database_url
import pytest
from celery import _state, current_app
from celery.contrib.testing.worker import start_worker
from celery.schedules import crontab
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import load_backend
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, Kind
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import examination, models, preflight, services, time_apart
from migrator.contrib.django.checks import Check, folded
from migrator.findings import Finding
from tests.own_celery import OwnCelery

WARSAW = "Europe/Warsaw"
DEFINITIONS = (
    JobDefinition("send_invoices", "0 6 * * *", WARSAW),
    JobDefinition("close_month", "0 4 1 * *", WARSAW),
)
JOBS = [MigratedJob(f"shop.{one.id}", one, one) for one in DEFINITIONS]
SCHEDULE = {
    "send_invoices": {"task": "shop.send_invoices", "schedule": crontab(minute="0", hour="6")},
    "close_month": {
        "task": "shop.close_month",
        "schedule": crontab(minute="0", hour="4", day_of_month="1"),
    },
}
# which need a broker, and mostly a worker
OF_SERVICES = {"CM454", "CM455", "CM457", "CM465", "CM466", "CM470"}

OF_THE_DATABASE = {"CM458", "CM510"}


def nothing() -> None:
    """A task that is never sent."""


def migrated(definition: JobDefinition) -> Callable[[], None]:
    """The body of a job's task, as ``@recorded`` marks it."""

    def body() -> None:
        """Never sent, either."""

    body.migrated_job = definition  # type: ignore[attr-defined]
    return body


class Shop:
    """The words that the examples of the pages use."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, parts: ExitStack) -> None:
        self.monkeypatch = monkeypatch
        self.parts = parts
        self.jobs = list(JOBS)
        self.app = OwnCelery("shop", prefix="shop.", broker="memory://", backend="disabled")
        self.app.conf.update(
            beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
            beat_schedule={name: dict(entry) for name, entry in SCHEDULE.items()},
            beat_cron_starting_deadline=60,
            beat_sync_every=1,
            timezone=WARSAW,
        )
        for one in JOBS:
            self.app.task(migrated(one.real), name=one.task, shared=False)
        self.app.finalize()

    def rows(self) -> None:
        """What beat has written when it started, and the sign that it has sent all that was due."""
        for name, entry in SCHEDULE.items():
            fields = {
                field: getattr(entry["schedule"], f"_orig_{field}")
                for field in ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
            }
            schedule = CrontabSchedule.objects.create(**fields, timezone=WARSAW)
            PeriodicTask.objects.create(
                name=name, task=entry["task"], crontab=schedule, last_run_at=timezone.now()
            )

    def words(self) -> dict[str, Any]:
        return {
            "app": self.app, "crontab": crontab, "timezone": timezone, "timedelta": dt.timedelta,
            "PeriodicTask": PeriodicTask, "CrontabSchedule": CrontabSchedule, "Host": models.Host,
            "ran": self.ran, "sent": self.sent, "owned": self.owned, "worker": self.worker,
            "installed": self.installed, "no_jobs": self.jobs.clear,
            "unapplied": self.unapplied, "database": self.database,
        }  # fmt: skip

    def ran(self, job: str, *, seconds: int) -> None:
        """Cron has run the job, for so long."""
        start = timezone.now() - dt.timedelta(days=1)
        models.Run.objects.create(
            run=f"{job}-{models.Run.objects.count()}", job=job, side=Side.CONTROL, action=Action.EXECUTE,
            kind=Kind.SCHEDULED, started=start, finished=start + dt.timedelta(seconds=seconds), exit=0,
        )  # fmt: skip

    def sent(self, job: str, *, messages: int) -> None:
        """The latest slot of the job came in so many messages."""
        definition = next(one for one in DEFINITIONS if one.id == job)
        slot = definition.latest(timezone.now())
        assert slot is not None
        for number in range(messages):
            models.Run.objects.create(
                run=f"{job}-{slot.name}-{number}", job=job, side=Side.CANDIDATE, action=Action.WOULD,
                kind=Kind.SCHEDULED, slot=slot.name, due=slot.due, started=slot.due, published=slot.due,
                finished=slot.due, task=f"message {number}",
            )  # fmt: skip

    def owned(self, job: str, owner: str) -> None:
        models.Handover.objects.create(
            job=job, owner=owner, previous="cron", from_slot="-", from_due=timezone.now(), who="test"
        )

    def worker(self, *, queues: str = "celery", tasks: str | None = None, ahead: float = 0) -> None:
        """A worker with these queues; ``tasks``: all that it has; ``ahead``: seconds of its clock."""
        there = self.app
        if tasks is not None:
            there = OwnCelery("elsewhere", prefix=tasks, broker="memory://", backend="disabled")
            there.task(nothing, name=tasks, shared=False)
            there.finalize()
        self.parts.enter_context(
            start_worker(
                there, perform_ping_check=False, pool="solo", queues=queues, loglevel="error",
                without_heartbeat=False,
            )
        )  # fmt: skip
        if ahead:
            # one process has one clock: ours is what is put back
            clock = time_apart.time.time
            self.monkeypatch.setattr(time_apart.time, "time", lambda: clock() - ahead)

    def unapplied(self, app: str) -> None:
        """The newest migration of an app has not been applied here."""
        MigrationRecorder.Migration.objects.filter(app=app).order_by("-id")[0].delete()

    def database(self, url: str) -> None:
        """The project's database is at this address."""
        there = {**connection.settings_dict, **dj_database_url.parse(url), "OPTIONS": {}}
        self.monkeypatch.setattr(
            preflight, "connection", load_backend(there["ENGINE"]).DatabaseWrapper(there)
        )

    def installed(self, **versions: str) -> None:
        """These distributions are installed beside the others."""
        there = metadata.version
        given = {name.replace("_", "-"): version for name, version in versions.items()}
        self.monkeypatch.setattr(
            "migrator.contrib.django.versions.metadata.version", lambda name: given.get(name) or there(name)
        )


@contextmanager
def planted(example: str) -> Iterator[Shop]:
    current, default = current_app._get_current_object(), _state.default_app
    loggers = [logging.getLogger(name) for name in ("", "celery", "celery.task", "celery.redirected")]
    logs = [(one, one.level, one.propagate, list(one.handlers)) for one in loggers]
    with transaction.atomic(), pytest.MonkeyPatch.context() as monkeypatch, ExitStack() as parts:
        monkeypatch.setattr(services, "ROLL_CALLS", (1.5,))
        monkeypatch.setattr(time_apart, "LISTENING", 1.0)
        shop = Shop(monkeypatch, parts)
        shop.rows()
        exec(compile(example, "example", "exec"), shop.words())
        yield shop
        shop.app.close()
        transaction.set_rollback(True)
    # a worker in this process has made its app and its log everybody's
    _state.set_default_app(default)
    current.set_current()
    for logger, level, propagate, handlers in logs:
        logger.setLevel(level)
        logger.propagate, logger.handlers[:] = propagate, handlers


def checks(shop: Shop, code: str) -> list[Check]:
    """What doctor says, with all parts or, which is quick, of what the database holds."""
    now = timezone.now()
    if code in OF_THE_DATABASE:
        return preflight.database()
    if code in OF_SERVICES:
        found, called = preflight.look(shop.app, shop.jobs, now)
        return folded([*found, *time_apart.time_apart(shop.app, called)])
    told = [
        preflight.of_jobs(shop.jobs),
        *preflight.of_schedule(shop.app, shop.jobs, now, found=services.RollCall()),
        *examination.of_rows_and_runs(shop.app, shop.jobs, now),
        *examination.versions(shop.app),
        *examination.tried_again(shop.app, shop.jobs),
    ]
    return folded([*told, *examination.other_times(shop.app, shop.jobs, now, told=told, moves={})])


def said(example: str, code: str) -> list[Finding]:
    with planted(example) as shop:
        return [one.finding for one in checks(shop, code) if one.code]
