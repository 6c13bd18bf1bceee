"""rq-scheduler: ``scheduler.cron("0 0 * * *", func=f)``, in UTC unless it says otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrator.findings import Finding
from migrator.sources.python.jobs import called_job, cron_schedule
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder

NAME = "rq-scheduler"


def read(folder: Folder) -> Iterator[Told]:
    """Each call of ``cron``."""
    for node, scope in folder.module.calls():
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "cron":
            continue
        call = folder.fold(node, scope)
        function = call.argument("func", 1) if isinstance(call, Call) else None
        if function is None:
            continue
        place = folder.module.place(node, NAME)
        schedule = cron_schedule(call.argument("cron_string", 0), place)
        if isinstance(schedule, Finding):
            yield schedule
            continue
        yield called_job(
            folder.module,
            place,
            function,
            schedule,
            args=call.argument("args", 2),
            kwargs=call.argument("kwargs", 3),
            timezone=None if call.argument("use_local_timezone") is True else "UTC",
        )


READER = Reader(NAME, ("rq_scheduler",), read)
