"""Development on one's own machine: a broker on localhost, mail to the terminal, two tasks to watch."""

from __future__ import annotations

from celery.schedules import crontab

from config.settings.common import *  # noqa: F403
from config.settings.common import CELERY_BEAT_SCHEDULE as PROJECT_SCHEDULE
from config.settings.environment import flag, text

DEBUG = True
# public on purpose: it protects nothing but a developer's own machine
SECRET_KEY = "development-only-not-a-secret"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "web"]

CELERY_BROKER_URL = text("CELERY_BROKER_URL") or "amqp://poradnia:password@localhost:5672//"

# the two entries fall due faster than anything else; unheard ones expire instead of piling up
CELERY_BEAT_SCHEDULE = {
    **PROJECT_SCHEDULE,
    "development-debug": {
        "task": "config.celery.debug_task",
        "schedule": 30.0,
        "options": {"expire_seconds": 25},
    },
    "development-test": {
        "task": "config.celery.test_task",
        "schedule": crontab(),
        "args": ("Hello from Celery beat!",),
        "options": {"expire_seconds": 55},
    },
}

EMAIL_FILE_PATH = text("EMAIL_FILE_PATH") or None
EMAIL_BACKEND = (
    "django.core.mail.backends.filebased.EmailBackend"
    if EMAIL_FILE_PATH
    else "django.core.mail.backends.console.EmailBackend"
)

if flag("TESTING"):
    from config.settings.eager import *  # noqa: F403
