"""django-q: ``schedule("path.to.f", schedule_type=Schedule.CRON, cron="..")`` and rows made in code.

Authority: Schedule.calculate_next_run() in django_q2 1.11. A row made by hand in the admin is not seen here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.python.jobs import called_job, cron_schedule, interval
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder, shown

NAME = "django-q"
MAKERS = ("create", "get_or_create", "update_or_create")
# The letters in the table, and the seconds of those that are as long each time.
TYPES = {"MINUTES": "I", "HOURLY": "H", "DAILY": "D", "WEEKLY": "W", "CRON": "C", "ONCE": "O"}
SECONDS = {"H": 3600, "D": 86400, "W": 604800}


def read(folder: Folder) -> Iterator[Told]:
    """Each schedule that code makes."""
    for node, scope in folder.module.calls():
        name = folder.module.dotted(node.func)
        makes = name.startswith("django_q.") and name.endswith(tuple(f"Schedule.objects.{m}" for m in MAKERS))
        if name != "django_q.tasks.schedule" and not makes:
            continue
        call = folder.fold(node, scope)
        if isinstance(call, Call):
            yield from _made(folder, call, folder.module.place(node, NAME))


READER = Reader(NAME, ("django_q",), read)


def _made(folder: Folder, call: Call, place: Place) -> Iterator[Told]:
    defaults = call.kwargs.get("defaults")
    given = {**call.kwargs, **(defaults if isinstance(defaults, dict) else {})}
    schedule = _schedule(call.text, given, place)
    if isinstance(schedule, Finding):
        yield schedule
    elif schedule is not None:
        function = given.get("func", call.args[0] if call.args else None)
        args = given.get("args", list(call.args[1:]))
        yield called_job(folder.module, place, function, schedule, args=args, kwargs=given.get("kwargs"))


def _schedule(text: str, given: dict[Any, Any], place: Place) -> Schedule | Finding | None:
    kind = shown(given.get("schedule_type", "O")).rpartition(".")[2]
    letter = TYPES.get(kind, kind)
    if letter == "O":
        return None  # once
    if letter == "C":
        return cron_schedule(given.get("cron"), place)
    if letter == "I":
        minutes = given.get("minutes", 1)
        return interval(f"{shown(minutes)} minutes", minutes * 60 if isinstance(minutes, int) else minutes)
    if letter in SECONDS:
        return interval(kind.lower(), SECONDS[letter])
    return Undecided(text, _("it counts from next_run, which is a row's"))
