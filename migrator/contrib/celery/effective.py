"""What one settings module makes of Celery: its schedule, its names, what decides a job's fate.

    python -m migrator.contrib.celery.effective APP < /dev/null

prints it as JSON for the settings that DJANGO_SETTINGS_MODULE names. Each settings module gets a
process of its own: Django and Celery read their settings once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from celery import Celery

from migrator.contrib.celery.installed import settings_entries
from migrator.contrib.celery.setting_names import unknown_names
from migrator.errors import MigratorError
from migrator.redaction import first_line, redact

SOURCE = "django.conf:settings"


def effective(app: Any, settings: Any) -> dict[str, Any]:
    """The document of an app and of the Django settings that it was configured from."""
    conf = app.conf
    expires = conf.result_expires
    options = dict(conf.broker_transport_options or {})
    database = (getattr(settings, "DATABASES", None) or {}).get("default", {})
    return {
        "debug": bool(getattr(settings, "DEBUG", False)),
        "entries": [
            {
                "name": entry.name,
                "task": entry.task,
                "schedule": redact(entry.written),
                "timezone": entry.timezone,
                "idle": redact(entry.idle),
                "options": _options(conf.beat_schedule.get(entry.name)),
            }
            for entry in settings_entries(app)
        ],
        "unknown": unknown_names(filter(str.isupper, dir(settings)), app.namespace),
        "scheduler": str(conf.beat_scheduler),
        "timezone": str(app.timezone),
        "enable_utc": bool(conf.enable_utc),
        "django_zone": str(getattr(settings, "TIME_ZONE", None) or "UTC"),
        "use_tz": bool(getattr(settings, "USE_TZ", True)),
        "tz_aware": bool(getattr(settings, "DJANGO_CELERY_BEAT_TZ_AWARE", True)),
        "database": str(database.get("ENGINE", "")).rpartition(".")[2],
        "broker": scheme(conf.broker_write_url or conf.broker_url),
        "visibility_timeout": options.get("visibility_timeout"),
        "acks_late": bool(conf.task_acks_late),
        "eager": bool(conf.task_always_eager),
        "soft_time_limit": conf.task_soft_time_limit,
        "time_limit": conf.task_time_limit,
        "result_backend": scheme(conf.result_backend),
        "result_expires": expires.total_seconds() if isinstance(expires, dt.timedelta) else expires,
    }


def with_tasks(app: Any, document: dict[str, Any]) -> dict[str, Any]:
    """The same with the tasks that a worker under these settings has; null where they do not load."""
    try:
        app.loader.import_default_modules()
        app.finalize()
    except (Exception, SystemExit) as error:  # the project's own modules are imported here
        return {**document, "tasks": None, "problem": first_line(error)}
    return {**document, "tasks": sorted(app.tasks), "problem": ""}


def project_app(name: str | None) -> Any:
    """The app that is named, else the one that the project makes current, else one on Django's settings."""
    from celery import current_app
    from celery.app.utils import find_app

    if name:
        return find_app(name)
    if current_app.main not in (None, "default"):
        return current_app._get_current_object()
    app = Celery("settings")
    app.config_from_object(SOURCE, namespace="CELERY")
    return app


def _options(entry: Any) -> list[str]:
    """The names of what the message of an entry is sent with."""
    options = entry.get("options") if isinstance(entry, Mapping) else None
    return sorted(map(str, options or ()))


def scheme(url: Any) -> str:
    """The kind of broker or backend; an address holds passwords."""
    first = url[0] if isinstance(url, list | tuple) and url else url
    return str(urlsplit(str(first)).scheme or str(first).partition(":")[0]) if first else ""


def _document(name: str | None) -> dict[str, Any]:
    try:
        from django.conf import settings

        _loaded = settings.INSTALLED_APPS  # these settings, before the app's module can name others
        app = project_app(name)
        return with_tasks(app, effective(app, settings))
    except MigratorError as error:
        return {"error": error.fact}
    except (Exception, SystemExit) as error:  # the project's own modules are imported here
        return {"error": first_line(error)}


def main() -> None:
    """The document on standard output; what the project prints goes to standard error."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    document = _document(sys.argv[1] if sys.argv[1:] else None)
    json.dump(document, answer)
    answer.close()


if __name__ == "__main__":
    main()
