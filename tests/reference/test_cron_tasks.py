"""The tasks are there, and start when cron started them; written by `migrator generate`.

They need migrator, which proves each schedule for all time, and go when it goes.
"""

from __future__ import annotations

import pytest
from migrator.contrib.django.proving import (
    difference,
    refusal,
    registered,
    sent_at_once,
)

from config.beat_schedule import CELERY_BEAT_SCHEDULE

APP = "config"  # what `celery -A` takes

CRON = {  # each task with its line's schedule, and the zone of cron's clock
    # crontabs/poradnia/crontab:7
    "tasks.send_event_reminders": ("0 12 * * *", "Europe/Warsaw"),
    # crontabs/poradnia/crontab:10
    "tasks.send_old_cases_reminder": ("0 6 2 * *", "Europe/Warsaw"),
    # crontabs/poradnia/crontab:13
    "tasks.run_court_session_parser": ("10 23 * * *", "Europe/Warsaw"),
    # crontabs/poradnia/crontab:16
    "tasks.clearsessions": ("@daily", "Europe/Warsaw"),
}
COMMANDS = [
    ("send_event_reminders", []),
    ("send_old_cases_reminder", []),
    ("run_court_session_parser", []),
    ("clearsessions", []),
]


@pytest.mark.parametrize("task", CRON)
def test_a_worker_has_the_task(task: str) -> None:
    assert task in registered(APP)


@pytest.mark.parametrize(("command", "arguments"), COMMANDS)
def test_the_command_takes_its_arguments(command: str, arguments: list[str]) -> None:
    assert refusal(command, arguments) == ""


@pytest.mark.parametrize("task", CRON)
def test_beat_starts_it_exactly_when_cron_does(task: str) -> None:
    assert difference(task, *CRON[task], schedule=CELERY_BEAT_SCHEDULE, app=APP) == ""


def test_a_first_start_of_beat_sends_nothing() -> None:
    assert sent_at_once(CELERY_BEAT_SCHEDULE, app=APP) == []
