"""Data to try the office's jobs on: what always stands there, and work that is due now."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from tasks.models import Case, Court, Event, Staff
from tasks.reminders import OLD_AFTER

FRESH = "Fresh"
LONGEST_LABEL = 100

PEOPLE = (
    # user name, days ahead, wants the mail about old cases
    ("anna", 3, True),
    ("jan", 7, False),
)
COURTS = (
    ("Sąd Okręgowy", "table", "okregowy.html"),
    ("Sąd Rejonowy", "cards", "rejonowy.html"),
)


def seed(now: datetime) -> None:
    """Make the staff, the courts and a few cases with events, unless they are there."""
    people_and_courts()
    lease = _case("Lease of a flat", now - timedelta(days=2))
    _event(lease, "Meeting with the client", now + timedelta(days=2))
    _event(lease, "Deadline of the appeal", now + timedelta(days=5))
    _event(lease, "Hearing", now + timedelta(days=30))
    _case("Unpaid wages", now - OLD_AFTER - timedelta(days=30))


def fresh(label: str, now: datetime) -> None:
    """Make work that falls to the very next run of each job, and names the label.

    The event is due for everyone, the case is the oldest, the court's sessions
    are unknown, and a user's session has expired. The case and the court of
    earlier labels step aside, so each run has the same amount to do.
    """
    people_and_courts()
    name = f"{FRESH} {label}"
    Case.objects.filter(name__startswith=f"{FRESH} ").exclude(name=name).update(status=Case.Status.CLOSED)
    Court.objects.filter(name__startswith=f"{FRESH} ").exclude(name=name).update(active=False)
    case = _case(name, now - timedelta(days=3650))
    _event(case, name, now + timedelta(days=1))
    Court.objects.get_or_create(name=name, defaults={"parser": "table", "page": "okregowy.html"})
    _expired_session(label, now)


def people_and_courts() -> None:
    """Make the staff and the courts, unless they are there."""
    for name, days, wants_old_cases in PEOPLE:
        user, _ = get_user_model().objects.get_or_create(
            username=name, defaults={"email": f"{name}@poradnia.example"}
        )
        Staff.objects.get_or_create(
            user=user, defaults={"reminder_days": days, "wants_old_cases": wants_old_cases}
        )
    for name, parser, page in COURTS:
        Court.objects.get_or_create(name=name, defaults={"parser": parser, "page": page})


def _case(name: str, last_activity_at: datetime) -> Case:
    case, _ = Case.objects.get_or_create(name=name, defaults={"last_activity_at": last_activity_at})
    return case


def _event(case: Case, title: str, starts_at: datetime) -> None:
    Event.objects.get_or_create(case=case, title=title, defaults={"starts_at": starts_at})


def _expired_session(label: str, now: datetime) -> None:
    Session.objects.get_or_create(
        session_key=uuid.uuid5(uuid.NAMESPACE_OID, label).hex,
        defaults={
            "session_data": SessionStore().encode({"label": label}),
            "expire_date": now - timedelta(hours=1),
        },
    )
