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


def wanted() -> bool:
    """Whether the settings give the logger a handler of its own."""
    return bool(logger.handlers) and logger.isEnabledFor(logging.INFO)


def tell(run: Mapping[str, Any]) -> None:
    """Log a run that has ended; recording never decides a job's fate, so nothing is raised."""
    if not wanted():
        return
    try:
        told = {name: _plain(run.get(name)) for name in TOLD}
        if run.get("started") and run.get("finished"):
            told["seconds"] = round((run["finished"] - run["started"]).total_seconds(), 3)
        bad = run.get("exit") or run.get("signal")
        logger.log(logging.WARNING if bad else logging.INFO, json.dumps(told))
    except Exception:
        logging.getLogger(__name__).exception("a run is not logged")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return redact(str(value)) if value not in (None, "") and not isinstance(value, int) else value
