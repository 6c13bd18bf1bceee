"""Rows of django-celery-beat: real rows of the real models, as the scan takes them."""

import datetime as dt
from typing import Any

import pytest

from migrator.contrib.django.beat_rows import periodic_rows
from migrator.report.json_text import pieces
from migrator.report.scan import scan_document
from migrator.schedule.kinds import Interval, Undecided
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.periodic_task import found_in_rows
from migrator.sources.source import SourceFile

pytestmark = pytest.mark.django_db


def rows(*, migrated: tuple[str, ...] = ()) -> Inventory:
    context = Context("UTC", dt.date(2026, 1, 1), elsewhere=(found_in_rows(periodic_rows(), migrated),))
    return take_inventory([], context)


def task(name: str, **fields: Any) -> Any:
    from django_celery_beat.models import PeriodicTask

    return PeriodicTask.objects.create(name=name, task=f"shop.{name}", **fields)


def crontab(timezone: str = "Europe/Warsaw", **fields: str) -> Any:
    from django_celery_beat.models import CrontabSchedule

    return CrontabSchedule.objects.create(timezone=timezone, **{"minute": "0", **fields})


def test_a_row_is_a_job_that_celery_runs_already_in_the_zone_of_its_crontab() -> None:
    row = task("report", crontab=crontab(hour="6", day_of_week="mon-fri"), args="[1]")
    (job,) = rows().jobs
    assert (job.places[0].path, job.places[0].line, job.places[0].source) == (
        "PeriodicTask",
        row.pk,
        "periodic task",
    )
    assert job.schedule.text == "0 6 * * 1-5"
    assert (job.timezone, job.status, job.command) == ("Europe/Warsaw", "stays", "shop.report")
    assert [finding.code for finding in job.findings] == ["CM141"]


def test_intervals_and_the_sun_are_what_they_are() -> None:
    from django_celery_beat.models import ClockedSchedule, IntervalSchedule, SolarSchedule

    task("poll", interval=IntervalSchedule.objects.create(every=90, period="seconds"))
    task("dusk", solar=SolarSchedule.objects.create(event="dusk_civil", latitude=52, longitude=21))
    clock = ClockedSchedule.objects.create(clocked_time=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    task("once", clocked=clock, one_off=True)
    schedules = [job.schedule for job in rows().jobs]
    assert schedules[0] == Interval("90 seconds", 90)
    assert all(isinstance(schedule, Undecided) for schedule in schedules[1:])


def test_a_row_that_is_switched_off_is_a_line_and_no_job() -> None:
    task("off", crontab=crontab(), enabled=False)
    found = rows()
    assert found.jobs == ()
    assert [line.kind for line in found.lines] == ["disabled"]


def test_a_row_whose_fields_celery_refuses_is_said_not_dropped() -> None:
    task("sunday", crontab=crontab(hour="0", day_of_week="7"))
    (job,) = rows().jobs
    assert isinstance(job.schedule, Undecided)
    assert "7 is outside 0-6" in job.findings[0].message


def test_a_row_of_a_generated_task_is_the_counterpart_of_a_job_that_is_known() -> None:
    task("clearsessions", crontab=crontab())
    found = rows(migrated=("shop.clearsessions",))
    assert found.jobs == ()
    assert [(line.kind, bool(line.reason)) for line in found.lines] == [("other", True)]


def test_an_entry_of_the_settings_and_its_row_are_one_job() -> None:
    row = task("poll", crontab=crontab())
    task("other", crontab=crontab(hour="1"))
    text = 'CELERY_BEAT_SCHEDULE = {"poll": {"task": "shop.poll", "schedule": crontab(minute=0)}}\n'
    elsewhere = (found_in_rows(periodic_rows()),)
    context = Context("UTC", dt.date(2026, 1, 1), elsewhere=elsewhere)
    jobs = take_inventory([SourceFile("settings.py", text, named=False)], context).jobs
    assert [[str(place) for place in job.places] for job in jobs] == [
        ["settings.py:1", f"PeriodicTask:{row.pk}"],
        [f"PeriodicTask:{row.pk + 1}"],
    ]


def test_secrets_in_arguments_do_not_show() -> None:
    task("pull", crontab=crontab(), kwargs='{"api_key": "hunter2", "deep": {"password": "hunter2"}, "n": 1}')
    task("odd", crontab=crontab(hour="1"), kwargs="no JSON at all", args="{")
    document = "".join(pieces(scan_document(rows())))
    assert "hunter2" not in document
    assert "n=1" in document
