"""Owners and beat's rows at a cutover: in one transaction, against what was planned, all jobs or none."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from config.celery import app
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Refused
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing, owners, retiring
from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run
from migrator.contrib.django.preflight import preflight
from migrator.errors import Cannot

pytestmark = pytest.mark.django_db
AGO = dt.timedelta(hours=1)


def job(name: str) -> MigratedJob:
    definition = JobDefinition(name, "* * * * *", "UTC")
    return MigratedJob(f"tasks.{name}", definition, definition)


def handed_over(name: str, owner: Owner = Owner.CELERY, host: Host | None = None) -> None:
    row = Handover.objects.create(
        job=name, owner=owner, previous="cron", from_slot="-", from_due=timezone.now() - AGO, who="me"
    )
    if host is not None:
        Acknowledgement.objects.create(handover=row, host=host, effective=row.from_due, applied=True)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[MigratedJob]:
    """Two jobs of Celery's, each with a row of beat's, which goes by its rows."""
    monkeypatch.setattr(handing, "ready", lambda *_: None)  # worker and beat are another test's
    monkeypatch.setattr(retiring, "in_database", lambda _app: True)
    schedule = CrontabSchedule.objects.create(minute="*", hour="*")
    made = [job("work"), job("mail")]
    for one in made:
        PeriodicTask.objects.create(name=one.definition.id, task=one.task, crontab=schedule)
        handed_over(one.definition.id)
    return made


def retire(jobs: list[MigratedJob], planned: retiring.BeatRows) -> list[Handover]:
    return retiring.retire(
        app, jobs, who="me", reason="", accepted="a test", planned=planned, now=timezone.now()
    )


def asked(name: str) -> Owner:
    return owners.asked(owners.chains([name])[name])


def test_all_jobs_are_retired_once_and_released_once(jobs: list[MigratedJob]) -> None:
    planned = retiring.beat_rows(app, jobs)
    assert sorted(planned) == ["mail", "work"]
    assert {one.job for one in retire(jobs, planned)} == {"work", "mail"}
    assert retire(jobs, planned) == []
    assert {one.job for one in retiring.release(jobs, who="me", reason="", accepted="")} == {"work", "mail"}
    assert retiring.release(jobs, who="me", reason="", accepted="") == []
    assert asked("work") is Owner.CELERY


@pytest.mark.parametrize(
    "edit", [{"enabled": False}, {"args": "[1]"}, {"queue": "slow"}, {"task": "tasks.another"}]
)
def test_a_row_that_somebody_edited_since_the_plan_is_refused(
    jobs: list[MigratedJob], edit: dict[str, object]
) -> None:
    planned = retiring.beat_rows(app, jobs)
    PeriodicTask.objects.filter(name="work").update(**edit)
    with pytest.raises(Cannot, match="somebody has changed beat's rows"):
        retire(jobs, planned)
    assert (asked("work"), asked("mail")) == (Owner.CELERY, Owner.CELERY)
    assert PeriodicTask.objects.filter(name="work", **edit).exists()


def test_one_job_that_is_not_with_celery_keeps_all_of_them(jobs: list[MigratedJob]) -> None:
    handed_over("mail", Owner.SHADOW)
    with pytest.raises(Refused, match="mail is not with Celery"):
        retire(jobs, retiring.beat_rows(app, jobs))
    assert asked("work") is Owner.CELERY


def test_a_silent_cron_host_is_waited_for_before_anything_is_written(jobs: list[MigratedJob]) -> None:
    Host.objects.create(name="web", user="root", spool="/s", last_seen=timezone.now() - AGO)
    with pytest.raises(Cannot, match="not heard for five minutes: root@web:/s"):
        retire(jobs, retiring.beat_rows(app, jobs))
    assert asked("work") is Owner.CELERY


def test_a_silent_host_whose_jobs_have_all_left_is_said_to_be_one(jobs: list[MigratedJob]) -> None:
    host = Host.objects.create(name="web", user="root", spool="/s", last_seen=timezone.now() - AGO)
    Run.objects.create(
        run="1", job="work", side="control", action="yield", kind="scheduled", started=timezone.now() - AGO,
        host="web", user="root",
    )  # fmt: skip
    assert handing.silent([host]).hint == (
        "see why `migrator sync` does not run there; if cron is gone there: migrator owner --forget HOST"
    )
    handed_over("work", Owner.RETIRED)
    assert handing.silent([host]).hint == (
        "all jobs that it has recorded are retired; with no line left there, run: "
        "migrator owner --forget root@web:/s"
    )


def test_starts_by_cron_count_from_the_slot_since_which_all_hosts_know() -> None:
    host = Host.objects.create(name="web", user="root", spool="/s")
    now = timezone.now()
    for started in (now - 2 * AGO, now):
        Run.objects.create(
            run=str(started), job="work", side="control", action="yield", kind="scheduled",
            due=started, started=started, host="web", user="root",
        )  # fmt: skip
    handed_over("work", Owner.RETIRED)
    assert retiring.strays(["work"], now) == []
    Handover.objects.all().delete()
    handed_over("work", Owner.RETIRED, host)
    assert [one.started for one in retiring.strays(["work"], now)] == [now]


def test_the_owner_of_another_job_is_no_orphan(monkeypatch: pytest.MonkeyPatch) -> None:
    """One job was handed over; the next one's preflight said that nothing executes the first."""
    handed_over("clearsessions")
    [reminders] = [one for one in preflight_jobs() if one.definition.id == "send_event_reminders"]
    monkeypatch.setattr("migrator.contrib.django.preflight.broker", lambda _app: preflight_broker())
    facts = [check.fact for check in preflight(app, [reminders], timezone.now())]
    assert not [fact for fact in facts if "no task is that job" in fact]


def preflight_jobs() -> list[MigratedJob]:
    from migrator.contrib.celery.jobs import application, migrated_jobs

    return list(migrated_jobs(application("config")).values())


def preflight_broker():  # type: ignore[no-untyped-def]
    from migrator.contrib.django.checks import Check, State

    return Check("broker", State.FAIL, "none is asked")
