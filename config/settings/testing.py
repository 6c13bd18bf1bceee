"""Tests: nothing outside the process is needed, and nothing leaves it."""

from __future__ import annotations

from config.settings.common import *  # noqa: F403
from config.settings.eager import *  # noqa: F403

SECRET_KEY = "testing-only-not-a-secret"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
