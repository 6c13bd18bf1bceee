"""django-cronjobs: functions under ``@cronjobs.register``, which lines ``manage.py cron NAME`` start.

Authority: cronjobs 0.2.3. A function has no schedule of its own; unless it says ``lock=False``, a
second run gives up while the first is at work.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrator.crontab.reading import Lock
from migrator.i18n import _
from migrator.schedule.kinds import Undecided
from migrator.sources.facts import Startable
from migrator.sources.python.jobs import command_job
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Folder

NAME = "cronjobs"
COMMAND = "cron"


def read(folder: Folder) -> Iterator[Told]:
    """Each registered function."""
    for function, scope in folder.module.functions():
        for node in function.decorator_list:
            called = node.func if isinstance(node, ast.Call) else node
            if folder.module.dotted(called) != "cronjobs.register":
                continue
            job = command_job(
                folder.module.place(node, NAME),
                (COMMAND, function.name),
                Undecided("", _("no line that was scanned starts it")),
                label=function.name,
            )
            options = {one.arg: folder.fold(one.value, scope) for one in getattr(node, "keywords", ())}
            if options.get("lock") is not False:
                job.reading.lock = Lock(f"django_cron.lock.{function.name}", blocking=False)
            yield Startable(COMMAND, (function.name,), job, "registered")


READER = Reader(NAME, ("cronjobs",), read, r"@cronjobs\.register")
