"""The mails of send_event_reminders and send_old_cases_reminder."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from tasks.models import Case, Event, EventReminder, Staff

pytestmark = pytest.mark.django_db


def staff(name: str, *, days: int = 3, old_cases: bool = False, active: bool = True) -> Staff:
    user = User.objects.create(username=name, email=f"{name}@poradnia.example", is_active=active)
    return Staff.objects.create(user=user, reminder_days=days, wants_old_cases=old_cases)


def case(name: str = "Lease", *, idle_days: int = 0, status: Case.Status = Case.Status.OPEN) -> Case:
    idle_since = timezone.now() - timedelta(days=idle_days)
    return Case.objects.create(name=name, status=status, last_activity_at=idle_since)


def event(title: str, *, in_days: float) -> Event:
    return Event.objects.create(case=case(), title=title, starts_at=timezone.now() + timedelta(days=in_days))


def run(command: str) -> str:
    output = StringIO()
    call_command(command, stdout=output)
    return output.getvalue()


def outbox() -> list[tuple[str, str]]:
    return sorted((message.to[0].partition("@")[0], message.subject) for message in mail.outbox)


def test_each_person_has_an_own_lead_time() -> None:
    staff("anna", days=3)
    staff("jan", days=7)
    event("hearing", in_days=2)
    event("deadline", in_days=5)
    event("far", in_days=30)

    assert run("send_event_reminders") == "event reminders sent: 3\n"
    assert outbox() == [
        ("anna", "Reminder: hearing"),
        ("jan", "Reminder: deadline"),
        ("jan", "Reminder: hearing"),
    ]


def test_an_event_is_reminded_of_once() -> None:
    staff("anna")
    event("hearing", in_days=2)
    run("send_event_reminders")
    run("send_event_reminders")
    assert outbox() == [("anna", "Reminder: hearing")]
    assert EventReminder.objects.count() == 1


def test_past_events_and_people_who_left_get_nothing() -> None:
    staff("anna")
    staff("gone", active=False)
    event("yesterday", in_days=-1)
    run("send_event_reminders")
    assert outbox() == []


def test_the_reminder_tells_the_local_time_of_the_event() -> None:
    staff("anna")
    due = event("hearing", in_days=2)
    run("send_event_reminders")
    assert f"{timezone.localtime(due.starts_at):%Y-%m-%d at %H:%M}" in mail.outbox[0].body


def test_the_database_refuses_a_second_reminder() -> None:
    reader, due = staff("anna"), event("hearing", in_days=2)
    EventReminder.objects.create(event=due, user=reader.user, sent_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        EventReminder.objects.create(event=due, user=reader.user, sent_at=timezone.now())


def test_a_mail_that_fails_ends_the_run_and_is_sent_by_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    staff("anna")
    event("hearing", in_days=2)
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", _refuse)
        with pytest.raises(ConnectionRefusedError):
            run("send_event_reminders")
    assert EventReminder.objects.count() == 0
    run("send_event_reminders")
    assert outbox() == [("anna", "Reminder: hearing")]


def _refuse(*_: object) -> int:
    raise ConnectionRefusedError("no mail server")


def test_old_cases_are_mailed_to_those_who_asked() -> None:
    staff("anna", old_cases=True)
    staff("jan")
    case("wages", idle_days=120)
    case("rent", idle_days=400)
    case("busy", idle_days=10)
    case("done", idle_days=400, status=Case.Status.CLOSED)

    assert run("send_old_cases_reminder") == "mails about old cases sent: 1\n"
    assert outbox() == [("anna", "Cases without activity: rent, wages")]
    assert mail.outbox[0].body == "* rent\n* wages"


def test_a_long_list_of_old_cases_is_cut_in_the_subject_only() -> None:
    staff("anna", old_cases=True)
    for number in range(5):
        case(f"case {number}", idle_days=200 - number)
    run("send_old_cases_reminder")
    assert outbox() == [("anna", "Cases without activity: case 0, case 1, case 2 and 2 more")]
    assert len(mail.outbox[0].body.splitlines()) == 5


def test_every_run_mails_the_old_cases_again() -> None:
    staff("anna", old_cases=True)
    case("rent", idle_days=400)
    run("send_old_cases_reminder")
    run("send_old_cases_reminder")
    assert len(mail.outbox) == 2


def test_without_old_cases_there_is_no_mail() -> None:
    staff("anna", old_cases=True)
    assert run("send_old_cases_reminder") == "mails about old cases sent: 0\n"
    assert outbox() == []
