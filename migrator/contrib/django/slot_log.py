"""One line of JSON for each run that ends, on the logger ``migrator.slots``, where it has a handler.

Without one of its own nothing is written: the lines of a ``migrator sync`` would be mailed by cron.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from typing import Any

from migrator.redaction import redact

NAME = "migrator.slots"
logger = logging.getLogger(NAME)
TOLD = (
    "run", "job", "slot", "side", "action", "kind", "due", "published", "started", "finished", "exit",
    "signal", "reason", "host", "worker", "task",
)  # fmt: skip
TIMES = ("due", "published", "started", "finished")


def wanted() -> bool:
    """Whether the settings give the logger a handler of its own."""
    return bool(logger.handlers) and logger.isEnabledFor(logging.INFO)


def tell(run: Mapping[str, Any]) -> None:
    """Log a run that has ended; recording never decides a job's fate, so nothing is raised."""
    if not wanted():
        return
    try:
        told = {name: _plain(run.get(name)) for name in TOLD}
        told |= {name: _plain(_moment(run.get(name))) for name in TIMES}
        begun, ended = _moment(run.get("started")), _moment(run.get("finished"))
        if begun and ended:
            told["seconds"] = round((ended - begun).total_seconds(), 3)
        bad = run.get("exit") or run.get("signal")
        logger.log(logging.WARNING if bad else logging.INFO, json.dumps(told))
    except Exception:
        logging.getLogger(__name__).exception("a run is not logged")


def _moment(value: Any) -> dt.datetime | None:
    """An instant of a record, or of a row that is written as text."""
    if isinstance(value, str) and value:
        value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return redact(str(value)) if value not in (None, "") and not isinstance(value, int) else value
