"""The Celery app, and two tasks that show that broker, worker and beat work together."""

from __future__ import annotations

import os
from typing import Any

import django
from celery import Celery, Task
from celery.utils.log import get_task_logger
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

logger = get_task_logger(__name__)

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def set_up_django(**_: object) -> None:
    """Load the Django apps where nobody did, as in a plain ``python -c``: one of them keeps the results."""
    # Django may be loading them right now, and what it loads may look at Celery's configuration
    if not (apps.ready or apps.loading):
        django.setup()


@app.task(bind=True)
def debug_task(self: Task) -> dict[str, Any]:
    """Log the request that reached the worker, and return where it ran."""
    logger.info("debug_task: %r", self.request)
    return {"id": self.request.id, "task": self.name, "hostname": self.request.hostname}


@app.task
def test_task(message: str) -> str:
    """Log a message and return it in a sentence."""
    logger.info("test_task: %s", message)
    return f"test_task received: {message}"
