"""The Celery app, and two tasks that show that broker, worker and beat work together."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task
from celery.utils.log import get_task_logger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

logger = get_task_logger(__name__)

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


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

