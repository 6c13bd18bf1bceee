"""Digests at moments that are rare: the hour that is there twice, a bad address, a slow mail server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.core.mail.message import sanitize_address

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, Kind
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import digest, instants, models
from migrator.errors import Cannot
from migrator.report.digest import Mail

pytestmark = pytest.mark.django_db

PEOPLE = {f"job{number}": (f"person{number}@shop.example",) for number in range(3)}
JOBS = [
    MigratedJob(f"tasks.{name}", job, job)
    for name in PEOPLE
    for job in [JobDefinition(name, "*/10 * * * *", "Europe/Warsaw")]
]
MINUTES = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def on_the_clock_of_warsaw(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Warsaw"


def failed(since: dt.datetime, until: dt.datetime) -> None:
    """Each job is Celery's and failed at each of its slots."""
    for job in JOBS:
        name = job.definition.id
        models.Handover.objects.create(
            job=name, owner=Owner.CELERY, previous=Owner.CRON, from_slot="-", from_due=since, who="me"
        )
        for slot in job.definition.between(since, until):
            models.Run.objects.create(
                run=f"{name} {slot.name}", job=name, side=Side.CANDIDATE, action=Action.EXECUTE,
                kind=Kind.SCHEDULED, slot=slot.name, due=slot.due, started=slot.due, finished=slot.due,
                exit=1,
            )  # fmt: skip


def sent(now: dt.datetime, kind: str = "hour") -> list[Mail] | None:
    return digest.send_digest(JOBS, {}, PEOPLE, kind=kind, now=now)


@pytest.mark.parametrize("before", [True, False])
def test_what_failed_in_the_first_of_two_hours_is_told(before: bool) -> None:
    first = dt.datetime(2026, 10, 25, 0, tzinfo=dt.UTC)  # 2:00 in summer's time, of which there are two
    failed(first, first + 60 * MINUTES)
    if before:
        assert sent(first + 5 * MINUTES) == []
    mails = sent(first + 65 * MINUTES) or []
    assert len(mails) == len(JOBS)
    assert all(one.body.startswith("From 2026-10-25 02:00+02:00 to 2026-10-25 02:00+01:00:") for one in mails)


class Server(EmailBackend):
    """Checks addresses as the backend that speaks SMTP does; ``meanwhile``: done before each mail."""

    meanwhile: ClassVar[Any]

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        type(self).meanwhile()
        for one in messages:
            for address in one.recipients():
                sanitize_address(address, "utf-8")
        return super().send_messages(messages)


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[Server]:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    monkeypatch.setattr(Server, "meanwhile", staticmethod(lambda: None), raising=False)
    return Server


@pytest.mark.usefixtures("server")
def test_an_address_that_django_refuses_keeps_no_other_mail_back(
    mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = dt.datetime(2026, 9, 21, 12, 5, tzinfo=dt.UTC)
    failed(now - 65 * MINUTES, now - 5 * MINUTES)
    monkeypatch.setitem(PEOPLE, "job0", ("person0@shop..example",))
    for _call in range(2):
        with pytest.raises(Cannot, match=r'to person0@shop\.\.example: Invalid address "person0@shop'):
            sent(now)
        assert [one.to for one in mailoutbox] == [["person1@shop.example"], ["person2@shop.example"]]


def test_who_sends_slowly_is_not_taken_for_dead(
    server: type[Server], mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = dt.datetime(2026, 9, 21, 12, 5, tzinfo=dt.UTC)
    failed(clock - 65 * MINUTES, clock - 5 * MINUTES)
    others: list[list[Mail] | None] = []

    def ten_minutes() -> None:
        nonlocal clock
        clock += 10 * MINUTES
        monkeypatch.setattr(server, "meanwhile", staticmethod(lambda: None))
        others.append(sent(clock))
        monkeypatch.setattr(server, "meanwhile", staticmethod(ten_minutes))

    monkeypatch.setattr(server, "meanwhile", staticmethod(ten_minutes))
    monkeypatch.setattr(instants, "now", lambda: clock)
    assert len(sent(clock) or ()) == len(JOBS)
    assert others == [None] * len(JOBS)
    assert len(mailoutbox) == len(JOBS)
