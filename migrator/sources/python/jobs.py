"""Builds the jobs that Python code declares: commands, functions, schedules."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from migrator.crontab.command import read_command
from migrator.crontab.reading import Reading, Step
from migrator.errors import BadExpression, caret
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.expression import REBOOT, parse
from migrator.schedule.kinds import AtStart, Interval, Schedule, Undecided
from migrator.sources.job import Declared
from migrator.sources.python.module import Module
from migrator.sources.python.values import PARTIAL, Call, Open, Reference, is_static, shown
from migrator.zones import known_zone

MANAGE = "python manage.py"
CALL_COMMAND = "django.core.management.call_command"


def cron_schedule(value: Any, place: Place) -> Schedule | Finding:
    """The five fields in a text; CM101 where cron refuses them."""
    if not isinstance(value, str):
        return Undecided(shown(value), _("it depends on the run"))
    text = value.strip()
    if text == REBOOT:
        return AtStart()
    try:
        return parse(text)
    except BadExpression as bad:
        detail = f"{bad.text}\n{caret(bad.span)}" if bad.text is not None and bad.span else bad.text
        return Finding("CM101", place, bad.fact, bad.hint, detail)


def interval(text: str, seconds: Any) -> Schedule:
    """Every so many seconds, given as a number or a timedelta."""
    if isinstance(seconds, dt.timedelta):
        seconds = seconds.total_seconds()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return Undecided(text, _("it depends on the run"))
    if seconds <= 0 or seconds != int(seconds):
        return Undecided(text, _("{seconds} is no whole number of seconds").format(seconds=seconds))
    return Interval(text, int(seconds))


def words_of(args: Any, kwargs: Any = None) -> tuple[str, ...]:
    """Arguments as words: positional ones as they are, the others as ``name=value``."""
    positional = args if isinstance(args, list | tuple) else [] if args is None else [args]
    named = kwargs.items() if isinstance(kwargs, Mapping) else [] if kwargs is None else [("**", kwargs)]
    return (*map(shown, positional), *(f"{shown(name)}={shown(value)}" for name, value in named))


def command_words(args: Any, kwargs: Any = None) -> tuple[str, ...] | None:
    """The words of ``call_command(*args, **kwargs)`` as ``manage.py`` would get them; None: not static.

    ``call_command`` takes an option by the name of its parameter: ``dry_run=True`` is ``--dry-run``.
    """
    options: list[str] = []
    positional = args if isinstance(args, list | tuple) else [args]
    if not positional or not is_static(list(positional)) or not is_static(kwargs):
        return None
    for name, value in (kwargs or {}).items():
        option = "--" + str(name).replace("_", "-")
        if value is True:
            options.append(option)
        elif value not in (False, None):
            options += [f"{option}={one}" for one in (value if isinstance(value, list | tuple) else [value])]
    return (*map(str, positional), *options)


def command_job(place: Place, words: Sequence[str], schedule: Schedule, **more: Any) -> Declared:
    """A management command with its arguments."""
    raw = f"{MANAGE} {shlex.join(words)}"
    return Declared(place=place, raw=raw, schedule=schedule, reading=read_command(raw), **more)


def function_job(
    place: Place, name: str, schedule: Schedule, *, argv: Sequence[str] = (), **more: Any
) -> Declared:
    """A function of the project, by its dotted path: it can move once it is a command or a task."""
    step = function_step(name, argv)
    findings = (*more.pop("findings", ()), is_a_function(place, name))
    reading = more.pop("reading", None) or Reading()
    reading.steps[:] = [step]
    return Declared(
        place=place,
        raw=step.text,
        schedule=schedule,
        reading=reading,
        in_project=True,
        findings=findings,
        **more,
    )


def function_step(name: str, argv: Sequence[str]) -> Step:
    """The call of a function."""
    return Step("python", name, tuple(argv), "always", f"{name}({', '.join(argv)})" if argv else name)


def is_a_function(place: Place, name: str) -> Finding:
    """Why such a job does not move as it is."""
    return Finding(
        "CM140",
        place,
        _("{name} is a function, no management command").format(name=name),
        _("call it from a management command or a Celery task, and schedule that"),
    )


def not_static(place: Place, text: str) -> Finding:
    """A declaration of which the text alone does not say what it declares."""
    return Finding(
        "CM147",
        place,
        _("what this declares depends on the run: {text}").format(text=text),
        _("write it out, or name its jobs in a crontab that is scanned"),
    )


def own_rule(place: Place, rule: str) -> Finding:
    """Something that the job's scheduler does, and Celery does not."""
    return Finding(
        "CM149",
        place,
        rule,
        _("decide whether the job needs it; Celery does not do it by itself"),
    )


def name_of(value: Any) -> str:
    """The dotted name of a function that is given as a text, by its name, or by a method of it."""
    if isinstance(value, Reference):
        return value.dotted or value.text
    return value if isinstance(value, str) else value.text if isinstance(value, Open) else shown(value)


def zone_name(value: Any) -> str | None:
    """A time zone that is given by its name, or by ``pytz.timezone("...")`` and the like."""
    if isinstance(value, str):
        return value
    dotted = getattr(value, "dotted", "")
    if dotted in ("pytz.utc", "pytz.UTC", "datetime.timezone.utc", "datetime.UTC", "utc", "UTC"):
        return "UTC"
    args = getattr(value, "args", ())
    named = dotted.rpartition(".")[2] in ("timezone", "ZoneInfo", "gettz")
    return args[0] if named and args and isinstance(args[0], str) else None


def called_job(
    module: Module,
    place: Place,
    function: Any,
    schedule: Schedule,
    *,
    args: Any = None,
    kwargs: Any = None,
    **more: Any,
) -> Declared:
    """A function that a scheduler calls; ``call_command`` with static words is a management command."""
    if isinstance(function, Call) and function.dotted == PARTIAL and function.args:
        args = (*function.args[1:], *(args or ()))
        kwargs = {**function.kwargs, **(kwargs or {})}
        function = function.args[0]
    name = name_of(function).replace(":", ".")
    words = command_words(args, kwargs) if name == CALL_COMMAND else None
    if words is not None:
        return command_job(place, words, schedule, **more)
    if name.isidentifier():
        name = f"{module.short_name}.{name}"  # a function of this very module
    return function_job(place, name, schedule, argv=words_of(args, kwargs), **more)


def named_zone(value: Any, place: Place) -> tuple[str | None, tuple[Finding, ...]]:
    """The zone that the source names, and what to say where it is none."""
    name = known_zone(zone_name(value))
    return name, () if value is None or name else (_no_zone(place, shown(value)),)


def _no_zone(place: Place, text: str) -> Finding:
    return own_rule(place, _("its time zone is not known: {zone}").format(zone=text))
