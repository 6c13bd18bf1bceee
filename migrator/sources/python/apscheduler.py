"""APScheduler: ``add_job(f, "cron", hour=3)``, ``CronTrigger(..)``, ``@scheduler.scheduled_job(..)``."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.python.apscheduler_fields import NAMES, cron_trigger, five_fields
from migrator.sources.python.jobs import called_job, interval, named_zone, not_static, own_rule
from migrator.sources.python.module import Function, Scope
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder, shown

NAME = "APScheduler"
LIBRARY = "apscheduler"
DECORATORS = ("scheduled_job", "register_job")
UNITS = ("weeks", "days", "hours", "minutes", "seconds")
RULES = ("jitter", "start_date", "end_date")


def read(folder: Folder) -> Iterator[Told]:
    """Each call of ``add_job``, and each function under one of the decorators."""
    for added, scope in folder.module.calls():
        if isinstance(added.func, ast.Attribute) and added.func.attr == "add_job":
            yield from _added(folder, added, scope)
    for function, scope in folder.module.functions():
        for node in function.decorator_list:
            name = folder.module.dotted(getattr(node, "func", None)).rpartition(".")[2]
            if isinstance(node, ast.Call) and name in DECORATORS:
                yield from _decorated(folder, function, node, scope)


READER = Reader(NAME, ("add_job", *DECORATORS), read)


def _added(folder: Folder, node: ast.Call, scope: Scope) -> Iterator[Told]:
    call = folder.fold(node, scope)
    if not isinstance(call, Call):
        return
    trigger = call.argument("trigger", 1)
    yield from _job(folder, call, call.argument("func", 0), trigger, place=folder.module.place(node, NAME))


def _decorated(folder: Folder, function: Function, node: ast.Call, scope: Scope) -> Iterator[Told]:
    call = folder.fold(node, scope)
    if not isinstance(call, Call):
        return
    position = 1 if call.dotted.endswith("register_job") else 0
    trigger, place = call.argument("trigger", position), folder.module.place(node, NAME)
    yield from _job(folder, call, function.name, trigger, place=place)


def _job(folder: Folder, call: Call, function: Any, trigger: Any, *, place: Place) -> Iterator[Told]:
    if trigger is None or trigger == "date" or _last(trigger) == "DateTrigger":
        return  # once, and then never again
    schedule, options = _schedule(trigger, call)
    labels = [call.kwargs[key] for key in ("id", "name") if isinstance(call.kwargs.get(key), str)]
    if schedule is None:
        if any(name.startswith(LIBRARY) for name in folder.module.aliases.values()):
            yield not_static(place, call.text)
        return
    zone, findings = named_zone(options.get("timezone") or _default_zone(folder), place)
    yield called_job(
        folder.module,
        place,
        function,
        schedule,
        args=call.argument("args"),
        kwargs=call.argument("kwargs"),
        label=labels[0] if labels else None,
        timezone=zone,
        findings=(*findings, *_rules(place, trigger, options)),
    )


def _schedule(trigger: Any, call: Call) -> tuple[Schedule | None, Mapping[str, Any]]:
    """The schedule of a trigger, given by its name or as itself, and the trigger's own options."""
    if isinstance(trigger, str):
        kind, options = trigger, call.kwargs
        given = [f"{name}={shown(value)}" for name, value in options.items() if name in (*NAMES, *UNITS)]
        text = f"{kind}({', '.join(given)})"
    elif isinstance(trigger, Call):
        kind, options, text = _last(trigger), trigger.kwargs, trigger.text
    else:
        return None, {}
    match kind:
        case "cron" | "CronTrigger":
            return cron_trigger(text, options), options
        case "from_crontab":
            return five_fields(text, trigger.argument("expr", 0)), options
        case "interval" | "IntervalTrigger":
            return _interval(options, text), options
        case "AndTrigger" | "OrTrigger" | "CalendarIntervalTrigger":
            return Undecided(text, _("{name} joins triggers").format(name=kind)), options
        case _:
            return None, options


def _interval(options: Mapping[str, Any], text: str) -> Schedule:
    given = {unit: options[unit] for unit in UNITS if unit in options}
    try:
        length = dt.timedelta(**given)
    except (TypeError, OverflowError):
        return Undecided(text, _("it depends on the run"))
    return interval(text, length or 1)


def _rules(place: Place, trigger: Any, options: Mapping[str, Any]) -> Iterator[Finding]:
    """What Celery would not do by itself."""
    for name in RULES:
        if options.get(name) is not None:
            yield own_rule(place, f"APScheduler: {name}={shown(options[name])}")
    expression = trigger.argument("expr", 0) if isinstance(trigger, Call) else None
    last = expression.split()[-1:] if isinstance(expression, str) else []
    weekdays = options.get("day_of_week", "".join(last))
    if re.search(r"\d", shown(weekdays)) and not str(weekdays).startswith("*"):
        yield own_rule(place, _("APScheduler counts weekdays from Monday: 0 is Monday"))


def _default_zone(folder: Folder) -> Any:
    """The zone of the file's scheduler, where it has one."""
    zones = [
        folder.fold(keyword.value, scope)
        for node, scope in folder.module.calls()
        if folder.module.dotted(node.func).endswith("Scheduler")
        for keyword in node.keywords
        if keyword.arg == "timezone"
    ]
    return zones[0] if len(zones) == 1 else None


def _last(value: Any) -> str:
    return value.dotted.rpartition(".")[2] if isinstance(value, Call) else ""
