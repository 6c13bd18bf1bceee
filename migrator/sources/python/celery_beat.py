"""Celery's own schedule: ``beat_schedule`` and its older names, ``add_periodic_task``, ``@periodic_task``.

Such jobs have moved already. What ``call_command`` they run is remembered, so that a cron line
that runs the same command is told of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from migrator.crontab.reading import Reading
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.facts import Assigned, TaskRuns
from migrator.sources.job import Declared
from migrator.sources.python.celery_fields import celery_schedule
from migrator.sources.python.jobs import command_words, function_step, name_of, not_static, words_of
from migrator.sources.python.module import Function, Module, Scope, text_of
from migrator.sources.python.parts import items
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.settings import Given, given, imported, replaces
from migrator.sources.python.values import Call, Folder, shown

NAME = "beat schedule"
SETTING = "beat_schedule"  # as Celery calls it, whatever prefix a project gives it
_SIGNATURES = ("s", "si", "signature", "subtask")
_TASK_DECORATORS = ("task", "shared_task", "periodic_task")


def is_schedule(name: str) -> bool:
    """``beat_schedule``, ``CELERY_BEAT_SCHEDULE``, ``CELERYBEAT_SCHEDULE``, and with a project's prefix."""
    lowered = name.lower()
    return lowered == SETTING or lowered.endswith((f"_{SETTING}", "celerybeat_schedule"))


def read(folder: Folder) -> Iterator[Told]:
    """The entries, and which commands the tasks run."""
    seen: set[int] = set()  # a schedule that is made of itself shows its entries again
    for imports, name in imported(folder.module, is_schedule):
        if name.isupper():  # a module of settings
            yield Assigned(SETTING, folder.module.place(imports, NAME))
    for one in given(folder.module, is_schedule):
        if replaces(folder.module, one, is_schedule):
            yield Assigned(SETTING, folder.module.place(one.node, NAME))
        yield from _entries(folder, one, seen)
    for call, scope in folder.module.calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_periodic_task":
            yield from _added(folder, call, scope)
    for function, scope in folder.module.functions():
        yield from _function(folder, function, scope)


READER = Reader(
    NAME,
    ("beat_schedule", "BEAT_SCHEDULE", "periodic_task", "call_command"),
    read,
    r"\w*CELERY_?BEAT_SCHEDULE\s*=|@(?:\w+\.)?periodic_task\(",
)


def _entries(folder: Folder, one: Given, seen: set[int]) -> Iterator[Told]:
    module = folder.module
    if one.key is not None:
        yield from _entry(folder, one.key, one.value, one.scope)
        return
    for key, value, scope in items(folder, one.value, one.scope):
        if id(value) in seen:
            continue
        seen.add(id(value))
        if key is not None:
            yield from _entry(folder, key, value, scope)
        elif not is_schedule(module.dotted(value).rpartition(".")[2]):  # another module's is read there
            yield not_static(module.place(value, NAME), text_of(value))


def _entry(folder: Folder, key: ast.expr | str, value: ast.expr, scope: Scope) -> Iterator[Told]:
    name = key if isinstance(key, str) else shown(folder.fold(key, scope))
    place = folder.module.place(value if isinstance(key, str) else key, NAME)
    entry = folder.fold(value, scope)
    if not isinstance(entry, dict) or "task" not in entry or "schedule" not in entry:
        yield not_static(place, f"{name}: {text_of(value)}")
        return
    schedule = celery_schedule(entry["schedule"], shown(entry["schedule"]))
    words = words_of(entry.get("args"), entry.get("kwargs"))
    yield running(place, name_of(entry["task"]).removesuffix(".name"), schedule, label=name, words=words)


def running(
    place: Place,
    task: str,
    schedule: Schedule,
    *,
    label: str,
    words: tuple[str, ...],
    timezone: str | None = None,
) -> Declared:
    """A job that Celery runs already."""
    step = function_step(task, words)
    when = f"{schedule.text} ({schedule.reason})" if isinstance(schedule, Undecided) else schedule.text
    finding = Finding(
        "CM141",
        place,
        _("Celery runs this already: {schedule}").format(schedule=when),
        _("nothing to do; `migrator scan` lists it so that nothing is scheduled twice"),
    )
    return Declared(
        place=place,
        raw=step.text,
        schedule=schedule,
        reading=Reading([step]),
        label=label,
        timezone=timezone,
        in_celery=True,
        findings=(finding,),
    )


def _added(folder: Folder, node: ast.Call, scope: Scope) -> Iterator[Told]:
    """``app.add_periodic_task(schedule, task.s(1), name="x")``."""
    module = folder.module
    place = module.place(node, NAME)
    call = folder.fold(node, scope)
    when = call.argument("schedule", 0) if isinstance(call, Call) else None
    signature = call.argument("sig", 1) if isinstance(call, Call) else None
    if when is None or signature is None:
        yield not_static(place, text_of(node))
        return
    schedule = celery_schedule(when, shown(when))
    task, words = _signature(module, signature)
    words += words_of(call.argument("args", 2), call.argument("kwargs", 3))
    name = call.argument("name", 4)
    yield running(place, task, schedule, label=name if isinstance(name, str) else task, words=words)


def _signature(module: Module, value: Any) -> tuple[str, tuple[str, ...]]:
    """The task's name and arguments of ``task.s(1)``, ``signature("name", args=..)`` or a task itself."""
    if not isinstance(value, Call):
        return _task_name(module, name_of(value)), ()
    owner, _dot, method = value.dotted.rpartition(".")
    if method in _SIGNATURES and owner and not owner.startswith("celery"):
        return _task_name(module, owner), words_of(value.args, value.kwargs)
    name = value.args[0] if value.args else value.text
    return name_of(name), words_of(value.kwargs.get("args"), value.kwargs.get("kwargs"))


def _task_name(module: Module, name: str) -> str:
    """A task of this very module has the module's name before its own."""
    return name if "." in name else f"{module.short_name}.{name}"


def _function(folder: Folder, function: Function, scope: Scope) -> Iterator[Told]:
    """A task: its own schedule (``@periodic_task``), and the commands that it calls."""
    names = [f"{folder.module.name}.{function.name}"]
    is_task = False
    for node in function.decorator_list:
        called = node.func if isinstance(node, ast.Call) else node
        if folder.module.dotted(called).rpartition(".")[2] not in _TASK_DECORATORS:
            continue
        is_task = True
        decorator = folder.fold(node, scope)
        options = decorator.kwargs if isinstance(decorator, Call) else {}
        if isinstance(options.get("name"), str):
            names.append(options["name"])
        if "run_every" in options:
            when = options["run_every"]
            place = folder.module.place(node, NAME)
            schedule = celery_schedule(when, shown(when))
            name = names[1] if len(names) > 1 else _task_name(folder.module, function.name)
            yield running(place, name, schedule, label=function.name, words=())
    if is_task:
        yield from _commands(folder, function, tuple(names))


def _commands(folder: Folder, function: Function, names: tuple[str, ...]) -> Iterator[Told]:
    """Each ``call_command("x", ..)`` in the body."""
    for node in ast.walk(function):
        name = folder.module.dotted(getattr(node, "func", None)).rpartition(".")[2]
        call = folder.fold(node, Scope()) if isinstance(node, ast.Call) and name == "call_command" else None
        if isinstance(call, Call) and call.args and isinstance(call.args[0], str):
            words = command_words(call.args, call.kwargs)
            argv = None if words is None else words[1:]
            yield TaskRuns(names, call.args[0], argv, folder.module.place(node, NAME))
