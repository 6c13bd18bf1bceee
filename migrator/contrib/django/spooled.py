"""The effects of a process that a recorded cron line started, said to the spool.

cronwrap names the run, the job and the spool in the environment. The process says at once that
it counts, and at its end what it counted: one that is killed in between leaves an open question,
not a zero.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import time
from typing import Any
from uuid import uuid4

from migrator.contrib.django import effects
from migrator.cronwrap import append, default_spool, make_directory, user_name

logger = logging.getLogger(__name__)


def connect() -> None:
    """Count in this process, if cron's side has recorded its start."""
    run, job = os.environ.get("MIGRATOR_RUN"), os.environ.get("MIGRATOR_JOB")
    if run and job:
        try:
            _count(run, job)
        except Exception:
            logger.exception("effects of %s are not recorded", job)


def _count(run: str, job: str) -> None:
    """Say that this process counts, and what, when it ends."""
    spool = os.path.abspath(default_spool())  # noqa: PTH100 - a job may change its folder
    recorder = effects.begin()
    if recorder is None:
        return
    process = os.getpid()
    line = {"v": 1, "event": "effects", "run": run, "job": job, "part": uuid4().hex[:8]}
    _say(spool, {**line, "effects": None})

    def say_all() -> None:
        if os.getpid() == process:  # a fork inherits this, and counts nothing
            _say(spool, {**line, "effects": recorder.effects.document()})

    atexit.register(say_all)


def _say(spool: str, line: dict[str, Any]) -> None:
    try:
        now = time.time()
        make_directory(spool)
        name = "{}-{}.jsonl".format(user_name(), time.strftime("%Y%m%d", time.gmtime(now)))
        text = json.dumps({**line, "at": round(now, 6)}, separators=(",", ":"))
        append(os.path.join(spool, name), text.encode() + b"\n")  # noqa: PTH118
    except Exception:
        logger.exception("effects of %s are not recorded", line["job"])
