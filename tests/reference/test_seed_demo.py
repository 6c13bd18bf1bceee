"""seed_demo: data that stands, and work for every run of every job."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command

from tasks.models import Case, Court, CourtSession, Event, Staff

pytestmark = pytest.mark.django_db

JOBS = ("send_event_reminders", "send_old_cases_reminder", "run_court_session_parser", "clearsessions")


def run(command: str, *arguments: str) -> None:
    call_command(command, *arguments, stdout=StringIO())


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Case, Court, Event, Staff, Session)}


def subjects() -> list[str]:
    return sorted(message.subject for message in mail.outbox)


def test_seeding_twice_is_seeding_once() -> None:
    run("seed_demo")
    once = counts()
    run("seed_demo")
    assert counts() == once == {"Case": 2, "Court": 2, "Event": 3, "Staff": 2, "Session": 0}


def test_seeded_data_gives_every_mailing_job_something_to_do() -> None:
    run("seed_demo")
    run("send_event_reminders")
    run("send_old_cases_reminder")
    assert subjects() == [
        "Cases without activity: Unpaid wages",
        "Reminder: Deadline of the appeal",
        "Reminder: Meeting with the client",
        "Reminder: Meeting with the client",
    ]


@pytest.mark.parametrize("seeded", [False, True], ids=["alone", "after seeding"])
def test_fresh_work_falls_to_the_next_run_of_each_job(seeded: bool) -> None:
    if seeded:
        run("seed_demo")
        for job in JOBS:
            run(job)
    for label in ("12:31", "12:32", "12:33"):
        run("seed_demo", "--fresh", label)
        mail.outbox.clear()
        before = CourtSession.objects.count()
        assert Session.objects.count() == 1

        for job in JOBS:
            run(job)

        assert [subject for subject in subjects() if subject.startswith("Reminder")] == [
            f"Reminder: Fresh {label}",
            f"Reminder: Fresh {label}",
        ]
        (old_cases,) = (subject for subject in subjects() if subject.startswith("Cases"))
        assert old_cases.startswith(f"Cases without activity: Fresh {label}")
        assert CourtSession.objects.filter(court__name=f"Fresh {label}").exists()
        assert CourtSession.objects.count() > before
        assert Session.objects.count() == 0


def test_a_second_run_in_a_slot_shows_in_the_mails() -> None:
    run("seed_demo", "--fresh", "12:31")
    run("send_old_cases_reminder")
    run("send_old_cases_reminder")
    assert subjects() == ["Cases without activity: Fresh 12:31"] * 2


def test_the_same_label_makes_no_second_work() -> None:
    run("seed_demo", "--fresh", "12:31")
    once = counts()
    run("seed_demo", "--fresh", "12:31")
    assert counts() == once


@pytest.mark.parametrize("label", [" ", "x" * 101], ids=["blank", "too long"])
def test_a_label_must_fit(label: str) -> None:
    with pytest.raises(CommandError, match="1 to 100 characters"):
        run("seed_demo", "--fresh", label)
