"""kronos: ``@kronos.register("0 0 * * *", args={..})``, which ``manage.py installtasks`` puts into a crontab.

Authority: kronos 1.0. A function becomes ``manage.py runtask NAME ARGS``, a command class
``manage.py NAME ARGS``; ``args`` are words ``key=value``, a text in double quotes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from migrator.findings import Finding
from migrator.sources.facts import Startable
from migrator.sources.python.jobs import command_job, cron_schedule, not_static
from migrator.sources.python.module import Function, Scope, text_of
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder, is_static, shown

NAME = "kronos"
COMMAND = "runtask"


def read(folder: Folder) -> Iterator[Told]:
    """Each registration of a function or of a command."""
    for node, scope in (*folder.module.functions(), *folder.module.classes()):
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and folder.module.dotted(decorator.func) == "kronos.register":
                yield from _registered(folder, node, decorator, scope)


READER = Reader(NAME, ("kronos",), read, r"@kronos\.register\(")


def _registered(
    folder: Folder, node: Function | ast.ClassDef, decorator: ast.Call, scope: Scope
) -> Iterator[Told]:
    place = folder.module.place(decorator, NAME)
    call = folder.fold(decorator, scope)
    words = _words(call.argument("args", 1)) if isinstance(call, Call) else None
    if words is None:
        yield not_static(place, text_of(decorator))
        return
    schedule = cron_schedule(call.argument("schedule", 0), place)
    if isinstance(schedule, Finding):
        yield schedule
    elif isinstance(node, ast.ClassDef):
        name = folder.module.name.rpartition(".")[2]  # a command is called as its module
        job = command_job(place, (name, *words), schedule, generator=place)
        yield Startable(name, words, job, "installed")
    else:
        job = command_job(place, (COMMAND, node.name, *words), schedule, generator=place)
        yield Startable(COMMAND, (node.name, *words), job, "installed")


def _words(args: Any) -> tuple[str, ...] | None:
    """As process_args() writes them; the shell takes the quotes off."""
    if args is None:
        return ()
    if not isinstance(args, dict) or not is_static(args):
        return None
    return tuple(_word(str(key), value) for key, value in args.items())


def _word(key: str, value: Any) -> str:
    if value is None:
        return key
    return f"{key}={','.join(map(str, value)) if isinstance(value, list) else shown(value)}"
