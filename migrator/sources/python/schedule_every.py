"""schedule: ``schedule.every().day.at("10:30").do(f)`` and ``@repeat(every(5).minutes)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.python.day_fields import schedule_of
from migrator.sources.python.jobs import called_job, interval
from migrator.sources.python.module import Scope, text_of
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Folder

NAME = "schedule"
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_AT = re.compile(r"(?:(\d{1,2}))?:(\d{2})(?::00)?")


def read(folder: Folder) -> Iterator[Told]:
    """Each chain that ends in ``do(function)``, and each function under ``@repeat``."""
    for call, scope in folder.module.calls():
        match call:
            case ast.Call(func=ast.Attribute(attr="do", value=chain), args=[function, *rest]):
                args = [folder.fold(argument, scope) for argument in rest]
                yield from _job(folder, chain, folder.fold(function, scope), args, scope=scope)
    for one, scope in folder.module.functions():
        for node in one.decorator_list:
            match node:
                case ast.Call(args=[chain, *rest]) if folder.module.dotted(node.func).endswith("repeat"):
                    args = [folder.fold(argument, scope) for argument in rest]
                    yield from _job(folder, chain, one.name, args, scope=scope)


READER = Reader(NAME, ("import schedule", "from schedule"), read)


def _job(folder: Folder, chain: ast.expr, function: Any, args: list[Any], *, scope: Scope) -> Iterator[Told]:
    links = _links(folder, chain, scope)
    if links is not None:
        place = folder.module.place(chain, NAME)
        yield called_job(folder.module, place, function, _schedule(text_of(chain), links), args=args)


def _links(folder: Folder, chain: ast.expr, scope: Scope) -> list[tuple[str, Any]] | None:
    """``every(2).days.at("10:30")`` as (every, 2), (days, None), (at, "10:30"); None: something else."""
    links: list[tuple[str, Any]] = []
    node = chain
    while True:
        match node:
            case ast.Call(func=func, args=args) if folder.module.dotted(func).rpartition(".")[2] == "every":
                return [("every", folder.fold(args[0], scope) if args else 1), *reversed(links)]
            case ast.Call(func=ast.Attribute(attr=name, value=inner), args=args):
                links.append((name, folder.fold(args[0], scope) if args else None))
                node = inner
            case ast.Attribute(attr=name, value=inner):
                links.append((name, None))
                node = inner
            case _:
                return None


def _schedule(text: str, links: list[tuple[str, Any]]) -> Schedule:
    given = dict(links)
    if "to" in given:
        return Undecided(text, _("the interval is drawn at each run"))
    every, at = given["every"], given.get("at")
    weekday = next((WEEKDAYS.index(name) for name in given if name in WEEKDAYS), None)
    unit = next((name.removesuffix("s") for name in given if name.removesuffix("s") in SECONDS), "")
    time = _AT.fullmatch(at) if isinstance(at, str) else None
    if at is not None:
        if time is None or every != 1 or (weekday is None and unit not in ("day", "hour")):
            return Undecided(text, _("the five fields of cron have no word for it"))
        return _at(text, time, weekday, hourly=unit == "hour")
    if not isinstance(every, int | float) or (weekday is None and not unit):
        return Undecided(text, _("it depends on the run"))
    return interval(text, every * SECONDS[unit or "week"])


def _at(text: str, time: re.Match[str], weekday: int | None, *, hourly: bool) -> Schedule:
    values = {"minute": [int(time[2])]}
    if not hourly:
        values["hour"] = [int(time[1] or -1)]
    if weekday is not None:
        values["weekday"] = [weekday]
    return schedule_of(text, values)
