"""Owners in the real ledger: what a joining host, a hand-over of several jobs and an abort must not break."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Refused
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing, owners
from migrator.contrib.django.models import Acknowledgement, Handover, Host
from migrator.contrib.django.tasks import recorded

pytestmark = pytest.mark.django_db

AGO = dt.timedelta(hours=1)


def job(name: str, expression: str = "* * * * *") -> MigratedJob:
    definition = JobDefinition(name, expression, "UTC")
    return MigratedJob(f"tasks.{name}", definition, definition)


def handed_over(name: str, host: Host | None = None) -> Handover:
    at = timezone.now() - AGO
    row = Handover.objects.create(
        job=name, owner="celery", previous="cron", from_slot="-", from_due=at, who="me"
    )
    if host is not None:
        Acknowledgement.objects.create(handover=row, host=host, effective=at, applied=True)
    return row


def test_a_host_that_joins_while_celery_looks_up_the_owner_takes_no_slot_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the two reads the host's row and its word appear together, as a sync commits them."""
    row = handed_over("work", Host.objects.create(name="old", user="root", spool="/spool"))

    def then_a_host_joins(read):  # type: ignore[no-untyped-def]
        def reading(*arguments):  # type: ignore[no-untyped-def]
            found = read(*arguments)
            host, new = Host.objects.get_or_create(name="new", user="root", spool="/spool")
            if new:
                Acknowledgement.objects.create(handover=row, host=host, effective=row.from_due, applied=True)
            return found

        return reading

    for name in ("chains", "current_hosts"):
        monkeypatch.setattr(owners, name, then_a_host_joins(getattr(owners, name)))
    assert owners.owner_of("work", timezone.now()) is Owner.CELERY


def test_a_hand_over_of_several_jobs_is_for_all_or_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "ready", lambda *_: None)  # worker and beat are another test's
    jobs = [job("work"), job("never", "0 0 30 2 *")]
    with pytest.raises(Refused, match="never is never due"):
        handing.hand_over(None, jobs, Owner.SHADOW, who="me", reason="", accepted="", now=timezone.now())
    assert Handover.objects.count() == 0


def test_a_job_that_is_never_due_keeps_no_other_from_being_given_back() -> None:
    for name in ("never", "work"):
        handed_over(name)
    done = handing.abort([job("never", "0 0 30 2 *"), job("work")], who="me", reason="abort")
    assert [(one.job, one.owner) for one in done] == [("work", "cron")]


@pytest.mark.parametrize("name", ["", "two words", "a/b", "../up", ".hidden", "żółw", "a" * 201])
def test_a_job_has_an_id_that_the_recorder_on_the_cron_host_looks_up(name: str) -> None:
    """One that it does not look up would go on under cron while Celery executes."""
    with pytest.raises(ValueError, match="is no id of a job"):
        recorded(name, expression="* * * * *", timezone="UTC")
