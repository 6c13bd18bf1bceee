"""Functions under a decorator that schedules them, found by the decorator's name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from migrator.findings import Finding, Place
from migrator.schedule.kinds import Schedule
from migrator.sources.python.jobs import called_job
from migrator.sources.python.reader import Told
from migrator.sources.python.values import Call, Folder

Scheduling = Callable[[Call, Place], Schedule | Finding | None]


def decorated(folder: Folder, source: str, decorators: Mapping[str, Scheduling]) -> Iterator[Told]:
    """A job for each decorator that gives a schedule.

    ``decorators``: by their full names, or ``*.`` and the last part of one.
    """
    for function, scope in folder.module.functions():
        for node in function.decorator_list:
            name = folder.module.dotted(getattr(node, "func", None))
            schedule_of = decorators.get(name) or decorators.get(f"*.{name.rpartition('.')[2]}")
            call = folder.fold(node, scope) if schedule_of and isinstance(node, ast.Call) else None
            if not schedule_of or not isinstance(call, Call):
                continue
            place = folder.module.place(node, source)
            schedule = schedule_of(call, place)
            if isinstance(schedule, Finding):
                yield schedule
            elif schedule is not None:
                yield called_job(folder.module, place, function.name, schedule)
