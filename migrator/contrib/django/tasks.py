"""The decorator of generated tasks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from migrator.comparison.jobs import JobDefinition
from migrator.cronwrap import NAME_CHARACTERS
from migrator.schedule.dialect import DEBIAN

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
LONGEST_ID = 200


def recorded(
    job: str, *, expression: str, timezone: str, moved_from: str = "", dialect: str = DEBIAN.name
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result | None]]:
    """Put a task under the job's owner and into the ledger.

    ``expression`` and ``timezone``: cron's schedule of the job, from which its slots are computed.
    ``moved_from``: the one before a declared move, which the slots up to it had.
    ``dialect``: what reads the expressions: the name of a cron, Debian's unless another is named.
    """
    # cronwrap looks up no other names, and would execute such a job beside Celery.
    if not 0 < len(job) <= LONGEST_ID or job.startswith(".") or job.strip(NAME_CHARACTERS):
        raise ValueError(f"{job!r} is no id of a job: use letters, digits and _.-")
    definition = JobDefinition(job, expression, timezone, moved_from=moved_from, dialect=dialect)

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result | None]:
        @functools.wraps(function)
        def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result | None:
            # Tasks are imported before Django's models are.
            from migrator.contrib.django import execution

            result: Result | None = execution.run(definition, lambda: function(*args, **kwargs))
            return result

        attributes: Any = run
        attributes.migrated_job = definition
        # Celery reads the arguments that a task takes from here.
        attributes.__signature__ = inspect.signature(function)
        return run

    return decorate
