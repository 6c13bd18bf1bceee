"""An empty ledger in a real file or server, in place of the tests' database, which lives in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import dj_database_url
import pymysql
from django.core.management import call_command
from django.db import connections

if find_spec("MySQLdb") is None:
    pymysql.install_as_MySQLdb()  # Django knows mysqlclient by that name alone

WAITS = {"sqlite3": {"timeout": 60}}  # seconds for a lock, on a busy machine


@contextmanager
def real_ledger(url: str, django_db_blocker: Any) -> Iterator[None]:
    """The default connection goes to ``url``, and nothing is in the ledger there."""
    with django_db_blocker.unblock():
        before = connections["default"]
        settings = dict(dj_database_url.parse(url))
        settings["OPTIONS"] = WAITS.get(settings["ENGINE"].rpartition(".")[2], {})
        connections.settings["ledger"] = connections.configure_settings({"default": settings})["default"]
        connections["default"] = connections.create_connection("ledger")
        connections["default"].alias = "default"
        try:
            call_command("migrate", verbosity=0)
            call_command("flush", interactive=False, verbosity=0)
            yield
        finally:
            connections["default"].close()
            connections["default"] = before
