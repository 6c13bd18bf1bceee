"""What beat sends, and when; written by `migrator generate`.

Times are wall-clock times in CELERY_TIMEZONE, which has to be Europe/Warsaw.
A message that no worker takes in time expires, because cron never catches up; nor does
beat with CELERY_BEAT_CRON_STARTING_DEADLINE = 60 and CELERY_BEAT_SYNC_EVERY = 1.
"""

from __future__ import annotations

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    # crontabs/poradnia/crontab:7  0 12 * * *  send_event_reminders
    "send_event_reminders": {
        "task": "tasks.send_event_reminders",
        "schedule": crontab(minute="0", hour="12"),
        "options": {"expire_seconds": 3600},
    },
    # crontabs/poradnia/crontab:10  0 6 2 * *  send_old_cases_reminder
    "send_old_cases_reminder": {
        "task": "tasks.send_old_cases_reminder",
        "schedule": crontab(minute="0", hour="6", day_of_month="2"),
        "options": {"expire_seconds": 3600},
    },
    # crontabs/poradnia/crontab:13  10 23 * * *  run_court_session_parser
    "run_court_session_parser": {
        "task": "tasks.run_court_session_parser",
        "schedule": crontab(minute="10", hour="23"),
        "options": {"expire_seconds": 3600},
    },
    # crontabs/poradnia/crontab:16  @daily  clearsessions
    "clearsessions": {
        "task": "tasks.clearsessions",
        "schedule": crontab(minute="0", hour="0"),
        "options": {"expire_seconds": 3600},
    },
}
