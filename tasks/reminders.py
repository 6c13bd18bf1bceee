"""The office's mails: reminders of events, and of cases that nobody touches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.mail import send_mail
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.models import Case, Event, EventReminder, Staff

OLD_AFTER = timedelta(days=90)
NAMES_IN_SUBJECT = 3


def send_event_reminders(now: datetime) -> int:
    """Mail each member of staff about the events that come near, each event once, and count the mails.

    The mail goes out before it is noted, so two simultaneous runs would send
    it twice: the lock of the cron line is what prevents that.
    """
    sent = 0
    for staff, event in due_reminders(now):
        _mail(
            staff,
            _("Reminder: {title}").format(title=event.title),
            _("{title} in the case {case} starts on {start:%Y-%m-%d at %H:%M}.").format(
                title=event.title, case=event.case, start=timezone.localtime(event.starts_at)
            ),
        )
        EventReminder.objects.create(event=event, user=staff.user, sent_at=now)
        sent += 1
    return sent


def due_reminders(now: datetime) -> Iterator[tuple[Staff, Event]]:
    """Who is to be reminded of what, by each person's own lead time."""
    for staff in _active_staff():
        ahead = now + timedelta(days=staff.reminder_days)
        events = Event.objects.filter(starts_at__gt=now, starts_at__lte=ahead).select_related("case")
        for event in events.exclude(reminders__user=staff.user):
            yield staff, event


def send_old_cases_reminder(now: datetime) -> int:
    """Mail those who asked for it about the open cases without activity, and count the mails."""
    names = [case.name for case in old_cases(now)]
    if not names:
        return 0
    readers = _active_staff().filter(wants_old_cases=True)
    for staff in readers:
        _mail(staff, _old_cases_subject(names), "\n".join(f"* {name}" for name in names))
    return len(readers)


def old_cases(now: datetime) -> QuerySet[Case]:
    """The open cases in which nothing happened for a long time, the oldest first."""
    return Case.objects.filter(status=Case.Status.OPEN, last_activity_at__lt=now - OLD_AFTER)


def _active_staff() -> QuerySet[Staff]:
    return Staff.objects.filter(user__is_active=True).exclude(user__email="").select_related("user")


def _old_cases_subject(names: list[str]) -> str:
    shown, rest = names[:NAMES_IN_SUBJECT], len(names) - NAMES_IN_SUBJECT
    more = _(" and {count} more").format(count=rest) if rest > 0 else ""
    return _("Cases without activity: {names}").format(names=", ".join(shown)) + more


def _mail(staff: Staff, subject: str, text: str) -> None:
    send_mail(subject, text, None, [staff.user.email])
