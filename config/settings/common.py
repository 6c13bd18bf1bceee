"""What every place of use shares."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from config.beat_schedule import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE
from config.settings.broker import transport_options
from config.settings.database import database
from config.settings.environment import text

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "build" / "static"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_celery_results",
    "migrator.contrib.django",
    "tasks",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database(text("DATABASE_URL") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pl", "polski")]
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True

DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "poradnia@poradnia.example")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"},
    },
    "root": {"handlers": ["stderr"], "level": text("LOG_LEVEL", "INFO")},
}

# Where the court lists lie that run_court_session_parser reads.
COURT_PAGES = BASE_DIR / "tasks" / "court_pages"

CELERY_BROKER_URL = text("CELERY_BROKER_URL")
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

CELERY_RESULT_BACKEND = text("CELERY_RESULT_BACKEND") or "django-db"
CELERY_RESULT_EXTENDED = True
# the result of the monthly job is there until its next run, and a week longer
CELERY_RESULT_EXPIRES = timedelta(days=38)
CELERY_TASK_TRACK_STARTED = True

CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"

CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True

CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# cron never catches up: a slot that beat was not there for is gone
CELERY_BEAT_CRON_STARTING_DEADLINE = 60
# and a beat that is killed after a start does not start the same slot again
CELERY_BEAT_SYNC_EVERY = 1
