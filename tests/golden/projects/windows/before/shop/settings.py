"""Settings."""

from pathlib import Path

SECRET_KEY = "golden"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "orders",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path("db.sqlite3")}}
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True