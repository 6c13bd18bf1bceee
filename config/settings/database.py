"""DATABASE_URL becomes Django's DATABASES entry."""

from __future__ import annotations

from typing import Any

import dj_database_url
import django
from django.core.exceptions import ImproperlyConfigured

SECONDS_TO_WAIT_FOR_A_LOCK = 20


def database(url: str) -> dict[str, Any]:
    """The connection that a URL such as ``postgres://user:pw@host:5432/name`` names."""
    try:
        entry: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as error:
        # the URL itself stays out of the message: it holds a password
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from None
    if entry["ENGINE"] == "django.db.backends.sqlite3":
        entry["OPTIONS"] = {**SHARED_SQLITE, **entry.get("OPTIONS", {})}
    return entry


def shared_sqlite() -> dict[str, Any]:
    """What lets a web server, a worker, beat and cron's jobs write one SQLite file.

    A transaction that reads first and writes later cannot wait for a lock in
    SQLite, it fails at once; IMMEDIATE takes the lock where waiting is allowed.
    """
    options: dict[str, Any] = {"timeout": SECONDS_TO_WAIT_FOR_A_LOCK}
    if django.VERSION >= (5, 1):
        options["transaction_mode"] = "IMMEDIATE"
        options["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    return options


SHARED_SQLITE = shared_sqlite()
