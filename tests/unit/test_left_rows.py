"""What doctor says of rows that outlived their entries, and of jobs that Celery would cut off."""

import datetime as dt
from collections.abc import Iterator

import pytest
from celery import Celery
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, Kind
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import State
from migrator.contrib.django.durations import durations
from migrator.contrib.django.left_rows import left_rows
from migrator.contrib.django.models import Run

pytestmark = pytest.mark.django_db
DATABASE = "django_celery_beat.schedulers:DatabaseScheduler"
DEFINITION = JobDefinition("report", "0 0 1 * 1", "Europe/Warsaw")  # two entries: the 1st, and Mondays
JOB = MigratedJob("shop.report", DEFINITION, DEFINITION)


def nothing() -> None:
    """A task that is never sent."""


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("left", set_as_current=False, broker="redis://localhost")
    app.conf.update(beat_scheduler=DATABASE, beat_schedule={"other": {"task": "shop.other"}})
    for name in ("shop.report", "shop.other"):
        app.task(nothing, name=name)
    app.finalize()
    yield app
    app.close()


def row(name: str, task: str, *, enabled: bool = True) -> None:
    crontab, _made = CrontabSchedule.objects.get_or_create(minute="0", hour="0")
    PeriodicTask.objects.create(name=name, task=task, crontab=crontab, enabled=enabled)


def facts(app: Celery) -> list[str]:
    return [f"{check.state} {check.fact}" for check in left_rows(app, [JOB])]


def test_what_the_code_has_is_well(app: Celery) -> None:
    for name, task in (("report", "shop.report"), ("report-2", "shop.report"), ("other", "shop.other")):
        row(name, task)
    row("by hand", "shop.other")
    row("gone, and off", "shop.gone", enabled=False)
    assert facts(app) == []


def test_the_row_of_a_task_that_is_gone(app: Celery) -> None:
    row("report_task", "shop.report_task")
    [check] = left_rows(app, [JOB])
    assert check.fact == "the row report_task sends shop.report_task, which no worker of this project has"
    assert 'filter(name="report_task").update(enabled=False)' in check.remedy
    assert PeriodicTask.objects.get(name="report_task").enabled  # shown, and left alone


def test_the_row_of_an_entry_that_was_renamed(app: Celery) -> None:
    row("report", "shop.report")
    row("report-3", "shop.report")
    row("monthly report", "shop.report")
    assert facts(app) == [
        f"fail the row {name} sends shop.report a second time, beside the entries that the code has"
        for name in ("monthly report", "report-3")
    ]


def test_a_row_of_another_name_alone_is_how_somebody_runs_it(app: Celery) -> None:
    row("monthly report", "shop.report")
    assert facts(app) == []


def test_without_rows_there_is_nothing_to_look_at(app: Celery) -> None:
    app.conf.beat_scheduler = "celery.beat:PersistentScheduler"
    row("report_task", "shop.report_task")
    assert facts(app) == []


def taken(seconds: float, *, demo: bool = False) -> None:
    started = timezone.now()
    Run.objects.create(
        run=f"{seconds}{demo}",
        job="report",
        side=Side.CONTROL,
        action=Action.EXECUTE,
        kind=Kind.SCHEDULED,
        started=started,
        finished=started + dt.timedelta(seconds=seconds),
        demo=demo,
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, []),
        ({"task_time_limit": 4000}, []),
        ({"task_time_limit": 360}, ["3700 s under cron, and its task is stopped after 360 s"]),
        ({"task_acks_late": True}, ["3700 s under cron, and the broker waits 3600 s for its end"]),
        ({"task_acks_late": True, "broker_transport_options": {"visibility_timeout": 9000}}, []),
    ],
)
def test_a_job_that_took_longer_than_celery_allows(settings: dict[str, object], said: list[str]) -> None:
    app = Celery("long", set_as_current=False, broker="redis://localhost")
    app.conf.update(settings)
    app.task(nothing, name="shop.report")
    app.finalize()
    taken(60)
    taken(3700)
    taken(9999, demo=True)
    found = [check.fact for check in durations(app, [JOB]) if check.state is State.FAIL]
    assert [fact.removeprefix("report took ") for fact in found] == said
