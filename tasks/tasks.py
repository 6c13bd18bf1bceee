"""Celery tasks for the jobs that cron runs; written by `migrator generate`.

Each task calls the management command that cron called, so the work itself is
described in one place.
"""

from __future__ import annotations

from celery import shared_task
from migrator.contrib.django.tasks import recorded  # taken out by `migrator finish`

from tasks.cron_contract import lock, run_command


@shared_task(name="tasks.send_event_reminders")
@recorded("send_event_reminders", expression="0 12 * * *", timezone="Europe/Warsaw")
def send_event_reminders() -> None:
    """Event reminders: at 12:00, every day.

    From crontabs/poradnia/crontab:7 (made by crontabs/poradnia/install.sh:7).
    Kept: exit status; the lock send_event_reminders among Celery's runs, a failure when
    it is held; no retry; no time limit; no mail, because no output reaches cron.
    Changed: output goes to the task's log, not to /var/log/cron.log; the working folder
    is the worker's, not /code; PATH is the worker's own.
    Not kept: the alarm when the last success is older than 25 h.
    """
    with lock("send_event_reminders"):
        run_command("send_event_reminders")


@shared_task(name="tasks.send_old_cases_reminder")
@recorded("send_old_cases_reminder", expression="0 6 2 * *", timezone="Europe/Warsaw")
def send_old_cases_reminder() -> None:
    """Reminder of old cases: at 06:00, on day 2 of the month.

    From crontabs/poradnia/crontab:10 (made by crontabs/poradnia/install.sh:7).
    Kept: exit status; the lock send_old_cases_reminder among Celery's runs, a failure
    when it is held; no retry; no time limit; no mail, because no output reaches cron.
    Changed: output goes to the task's log, not to /var/log/cron.log; the working folder
    is the worker's, not /code; PATH is the worker's own.
    Not kept: the alarm when the last success is older than 32 d.
    """
    with lock("send_old_cases_reminder"):
        run_command("send_old_cases_reminder")


@shared_task(name="tasks.run_court_session_parser")
@recorded(
    "run_court_session_parser",
    expression="10 23 * * *",
    timezone="Europe/Warsaw",
)
def run_court_session_parser() -> None:
    """Court session parser: at 23:10, every day.

    From crontabs/poradnia/crontab:13 (made by crontabs/poradnia/install.sh:7).
    Kept: exit status; the lock run_court_session_parser among Celery's runs, a failure
    when it is held; no retry; no time limit; no mail, because no output reaches cron.
    Changed: output goes to the task's log, not to /var/log/cron.log; the working folder
    is the worker's, not /code; PATH is the worker's own.
    Not kept: the alarm when the last success is older than 25 h.
    """
    with lock("run_court_session_parser"):
        run_command("run_court_session_parser")


@shared_task(name="tasks.clearsessions")
@recorded("clearsessions", expression="@daily", timezone="Europe/Warsaw")
def clearsessions() -> None:
    """Expired sessions: at 00:00, every day.

    From crontabs/poradnia/crontab:16 (made by crontabs/poradnia/install.sh:7).
    Kept: exit status; the lock clearsessions among Celery's runs, a failure when it is
    held; no retry; no time limit; no mail, because no output reaches cron.
    Changed: output goes to the task's log, not to /var/log/cron.log; the working folder
    is the worker's, not /code; PATH is the worker's own.
    Not kept: the alarm when the last success is older than 25 h.
    """
    with lock("clearsessions"):
        run_command("clearsessions")
