"""Rows of beat that migrator wrote: off while the job is cron's, on in the hand-over, off when it is back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks

from config.celery import app
from migrator.codegen.row_plan import plan_rows
from migrator.codegen.rows import LENT, OURS, Row
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Refused
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing
from migrator.contrib.django.models import Acknowledgement, Handover, Host
from migrator.contrib.django.own_rows import present_rows, tasks_with_cron, write_rows
from migrator.contrib.django.preflight import preflight
from migrator.errors import Cannot

pytestmark = pytest.mark.django_db
DEFINITION = JobDefinition("work", "0 0 13 * 5", "Europe/Warsaw")  # two entries: the 13th, and the Fridays
WORK = MigratedJob("tasks.work", DEFINITION, DEFINITION)


def row(day_of_month: str, day_of_week: str) -> Row:
    crontab = {"minute": "0", "hour": "0", "month_of_year": "*", "timezone": "Europe/Warsaw"}
    return {
        "task": WORK.task,
        "crontab": crontab | {"day_of_month": day_of_month, "day_of_week": day_of_week},
        "expire_seconds": 3600,
        "headers": {},
    }


WANTED = {"work": row("13", "*"), "work-2": row("1-12,14-31", "5")}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "ready", lambda *_: None)  # worker, beat and hosts are another test's
    monkeypatch.setattr(handing, "hosts_listen", lambda *_: None)


def write(wanted: dict[str, Row] = WANTED) -> list[str]:
    present = present_rows()
    changes = [one for one in plan_rows(wanted, present, with_cron=tasks_with_cron(wanted)) if one.writes]
    write_rows(changes, present)
    return [f"{one.kind} {one.name}" for one in changes]


def enabled() -> list[str]:
    return list(PeriodicTask.objects.filter(enabled=True).order_by("name").values_list("name", flat=True))


def hand_over(owner: Owner, accepted: str = "") -> None:
    handing.hand_over(app, [WORK], owner, who="me", reason="", accepted=accepted, now=timezone.now())


def test_a_hand_over_switches_on_what_waited_for_it_and_nothing_else() -> None:
    write()
    noon = CrontabSchedule.objects.create(minute="0", hour="12")
    PeriodicTask.objects.create(name="work-of-theirs", task=WORK.task, crontab=noon, enabled=False)
    PeriodicTask.objects.create(name="work-3", task=WORK.task, crontab=noon, enabled=False, description=OURS)
    told, before = PeriodicTasks.last_change(), timezone.now()
    hand_over(Owner.SHADOW)
    assert enabled() == ["work", "work-2"]
    [work, _other] = PeriodicTask.objects.filter(enabled=True).order_by("name")
    assert work.last_run_at >= before  # what was due before is not sent now
    assert PeriodicTasks.last_change() > told  # a running beat looks again


def test_a_row_of_theirs_stays_off_although_it_has_a_name_of_ours() -> None:
    write({"work": WANTED["work"]})
    noon = CrontabSchedule.objects.create(minute="0", hour="12")
    PeriodicTask.objects.create(name="work-2", task=WORK.task, crontab=noon, enabled=False)
    hand_over(Owner.SHADOW)
    assert enabled() == ["work"]


def test_what_is_not_handed_over_stays_off() -> None:
    write()
    with pytest.raises(Refused):
        hand_over(Owner.CELERY)
    assert enabled() == []


def test_a_row_that_a_person_switches_off_later_stays_off() -> None:
    write()
    hand_over(Owner.SHADOW)
    PeriodicTask.objects.filter(name="work-2").update(enabled=False)
    hand_over(Owner.ALTERNATE, accepted="a test")
    assert enabled() == ["work"]


def test_a_row_is_off_again_once_its_job_is_back_with_cron() -> None:
    """Not before: until then beat has slots to send that are Celery's."""
    write()
    hand_over(Owner.SHADOW)
    hand_over(Owner.CRON)
    host = Host.objects.create(name="web1", user="root", spool="/spool")
    assert (write(), enabled()) == ([], ["work", "work-2"])
    past = timezone.now() - dt.timedelta(hours=1)
    Handover.objects.update(from_due=past)
    for one in Handover.objects.all():
        Acknowledgement.objects.create(handover=one, host=host, effective=past, applied=True)
    assert write() == ["switch_off work", "switch_off work-2"]
    assert (enabled(), PeriodicTask.objects.filter(description=LENT).count()) == ([], 0)


def test_the_checks_before_a_hand_over_know_that_a_row_waits() -> None:
    def entries() -> list[str]:
        return [one.fact for one in preflight(app, [WORK], timezone.now()) if one.name == "entries"]

    assert entries() == ["beat has no enabled entry for tasks.work"]
    write()
    assert entries() == ["beat has a row for every task; off until their jobs leave cron: work, work-2"]
    hand_over(Owner.SHADOW)
    assert entries() == ["beat has an entry for every task"]
    PeriodicTask.objects.update(enabled=False)  # by a person: no hand-over will switch it on
    assert entries() == ["beat has no enabled entry for tasks.work"]


def test_what_the_database_refuses_is_said_in_a_line_and_changes_no_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(**_columns: object) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(PeriodicTasks, "update_changed", refused)  # the last statement
    present = present_rows()
    with pytest.raises(Cannot, match="the rows of django-celery-beat cannot be written: disk full"):
        write_rows(plan_rows(WANTED, present, with_cron=()), present)
    assert present_rows() == present


def test_a_row_that_changed_meanwhile_is_not_written() -> None:
    write()
    present = present_rows()
    changes = plan_rows({**WANTED, "work": row("14", "*")}, present, with_cron=())
    PeriodicTask.objects.filter(name="work").update(expire_seconds=5)
    with pytest.raises(Cannot, match="the row work has changed since it was read"):
        write_rows(changes, present)
    assert PeriodicTask.objects.get(name="work").crontab.day_of_month == "13"
