"""Messages that a worker drops before they start, expired or revoked, reach the ledger too."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any
from uuid import uuid4

from celery import signals
from django.db import connection

from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, RunRecord
from migrator.contrib.celery.headers import read_stamp
from migrator.contrib.celery.jobs import definition_of
from migrator.contrib.django import instants

logger = logging.getLogger(__name__)


def connect() -> None:
    """Listen for dropped messages."""
    signals.task_revoked.connect(_dropped, dispatch_uid="migrator.dropped")


def _dropped(
    sender: Any = None, request: Any = None, expired: bool = False, terminated: bool = False, **_: Any
) -> None:
    """``sender``: the task; a terminated one had started, and its run is in the ledger."""
    definition = definition_of(sender)
    stamp = read_stamp(request, definition.id) if definition else None
    if definition is None or stamp is None or terminated:
        return
    from migrator.contrib.django import settled

    now = instants.now()
    record = RunRecord(
        run=uuid4().hex, job=definition.id, side=Side.CANDIDATE,
        action=Action.EXPIRED if expired else Action.REVOKED,
        kind=stamp.kind, slot=stamp.slot, due=stamp.due, published=stamp.published, received=stamp.received,
        started=now, finished=now, host=socket.gethostname(), pid=os.getpid(),
        worker=str(getattr(request, "hostname", "") or ""),
        task=str(getattr(request, "id", "") or ""), demo=stamp.demo,
    )  # fmt: skip
    try:
        settled.add(record, now)
    except Exception:
        logger.exception("a dropped message of %s is not recorded", definition.id)
    finally:
        # This is the worker's main process: a pool process forked later must not inherit the connection.
        connection.close()
