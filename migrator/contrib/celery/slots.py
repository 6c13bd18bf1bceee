"""Stamps beat's messages with their slot, under any scheduler, and notes when a worker received one."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from typing import Any

from celery import signals

from migrator.contrib.celery.headers import JOB, RECEIVED, SLOT, stamped
from migrator.contrib.celery.jobs import definition_of, in_effect

logger = logging.getLogger(__name__)


class Stamper:
    """Stamps what one beat publishes, which it does in the thread that it was started in.

    ``celery worker -B`` may run beat in a thread of the worker: what tasks publish there by
    hand is in another thread, and has no slot.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.place = (os.getpid(), threading.get_ident())

    def __call__(self, sender: str | None = None, headers: dict[str, Any] | None = None, **_: Any) -> None:
        if headers is None or SLOT in headers or self.place != (os.getpid(), threading.get_ident()):
            return
        definition = definition_of(self.app.tasks.get(sender))
        if definition is None:
            return
        try:
            headers.update(stamped(in_effect(definition), dt.datetime.now(dt.UTC)))
        except Exception:
            # Celery swallows what a receiver raises, and sends the message all the same: the
            # worker must not take it for one sent by hand, and computes the slot itself.
            logger.exception("no slot for a message of %s", sender)
            headers[JOB] = definition.id


def connect() -> None:
    """Listen for the start of a beat and for messages; costs nothing until then."""
    signals.beat_init.connect(_beat_starts, dispatch_uid="migrator.beat")
    signals.task_received.connect(_message_arrives, dispatch_uid="migrator.received")


def _beat_starts(sender: Any = None, **_: Any) -> None:
    """``sender``: celery.beat.Service, in beat's own process and thread, also when it is embedded."""
    signals.before_task_publish.connect(Stamper(sender.app), weak=False, dispatch_uid="migrator.stamper")


def _message_arrives(request: Any = None, **_: Any) -> None:
    """Note the instant in the headers that go on to the pool; no message is lost over it."""
    headers = getattr(request, "request_dict", None)
    if isinstance(headers, dict) and JOB in headers:
        headers[RECEIVED] = dt.datetime.now(dt.UTC).timestamp()
