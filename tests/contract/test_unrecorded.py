"""Starts past the recorder: which of them are told of which job, and for how long."""

from __future__ import annotations

import datetime as dt

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner
from migrator.comparison.verdicts import Verdict
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.models import Handover, Run, UnrecordedStart
from migrator.contrib.django.unrecorded import by_job, command_text, unrecorded

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 25, 12, 5, tzinfo=dt.UTC)
JOB = JobDefinition("mail", "*/30 * * * *", "UTC")
COMMANDS = {"mail": {command_text(["send_mail", "--all"])}}


def ago(minutes: float) -> dt.datetime:
    return NOW - dt.timedelta(minutes=minutes)


def noted(minutes: float, *words: str) -> None:
    UnrecordedStart.objects.create(
        host="web2", user="deploy", command=command_text(words), times=3, last_seen=ago(minutes)
    )


def in_shadow(minutes: float) -> None:
    Handover.objects.create(
        job="mail", owner=Owner.SHADOW, previous=Owner.CRON, from_slot="-", from_due=ago(minutes), who="me"
    )


def ran(minutes: float, kind: str) -> None:
    Run.objects.create(
        run=f"{minutes} {kind}", job="mail", side="control", action="execute", kind=kind,
        started=ago(minutes), due=ago(minutes), host="web3", user="root",
    )  # fmt: skip


def found() -> list[str]:
    return [one.host for one in unrecorded([JOB], lambda: COMMANDS, NOW)]


def test_a_job_that_was_handed_over_is_told() -> None:
    in_shadow(300)
    noted(5, "send_mail", "--all")
    assert found() == ["web2"]


def test_so_is_one_that_has_been_recorded() -> None:
    ran(300, "scheduled")
    noted(5, "send_mail", "--all")
    assert found() == ["web2"]


def test_one_under_plain_cron_is_not() -> None:
    noted(5, "send_mail", "--all")
    ran(300, "observed")
    assert found() == []


def test_other_arguments_are_another_job_s() -> None:
    in_shadow(300)
    noted(5, "send_mail")
    noted(5, "send_mails", "--all")
    assert found() == []


def test_what_was_before_the_first_record_is_no_news() -> None:
    in_shadow(10)
    noted(15, "send_mail", "--all")
    assert found() == []


@pytest.mark.parametrize(("minutes", "told"), [(59, ["web2"]), (61, [])])
def test_after_two_slots_and_an_hour_without_one_it_was_mended(minutes: float, told: list[str]) -> None:
    in_shadow(3000)
    noted(minutes, "send_mail", "--all")
    assert found() == told


def test_cron_s_own_log_tells_as_well() -> None:
    in_shadow(300)
    ran(5, "observed")
    ran(35, "observed")
    [one] = unrecorded([JOB], lambda: COMMANDS, NOW)
    assert (one.host, one.times, one.last) == ("web3", 2, ago(5))


def test_the_commands_are_asked_for_only_where_something_was_noted() -> None:
    in_shadow(300)
    ran(5, "observed")

    def commands() -> dict[str, set[str]]:
        raise AssertionError("a scan for nothing")

    assert len(unrecorded([JOB], commands, NOW)) == 1


def test_such_a_job_is_unsafe_and_is_not_handed_over() -> None:
    in_shadow(300)
    noted(5, "send_mail", "--all")
    job = MigratedJob("tasks.mail", JOB, JOB)
    past = by_job(unrecorded([JOB], lambda: COMMANDS, NOW))
    [compared] = compare_jobs([job], now=NOW, unrecorded=past)
    assert compared.judgement.verdict is Verdict.UNSAFE
    [fact] = [one for one in compared.judgement.against if "recorder" in one]
    assert fact.startswith(
        "cron started mail past the recorder, as deploy on web2, 3 times, the last at 2026"
    )
    for owner in (Owner.ALTERNATE, Owner.CELERY):
        with pytest.raises(handing.Refused, match="past the recorder"):
            handing.evidence([job], owner, NOW, unrecorded=past)


def test_a_secret_in_a_command_is_kept_by_nobody() -> None:
    assert command_text(["push", "--token=hunter2"]) == command_text(["push", "--token=another"])
