"""Tasks that repeat a command's statements instead of calling it; only where the syntax proves it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from migrator.cutover.residue.texts import Kind, TextFile
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.project.commands import is_command
from migrator.sources.python.module import Module, Unparsed, parse_module

FEWEST = 4  # statements; fewer may be alike by chance
_TASKS = ("shared_task", "task", "periodic_task")
_DECORATED = re.compile(r"(?m)^[ \t]*@[\w.]*task\b")


@dataclass(frozen=True, slots=True)
class Body:
    """The statements of one function, each as its syntax, and how many statements it holds."""

    name: str
    place: Place
    statements: tuple[tuple[str, int], ...]


def copied_logic(files: Iterable[TextFile]) -> Iterator[Finding]:
    """A finding for each task whose statements are those of a management command."""
    python = [file for file in files if file.kind is Kind.PYTHON]
    commands = [body for file in python if is_command(file.path) for body in _handles(file)]
    tasks = (body for file in python if commands and _DECORATED.search(file.text) for body in _tasks(file))
    for task in tasks:
        alike = next((one for one in commands if _alike(one.statements, task.statements) >= FEWEST), None)
        if alike is not None:
            yield Finding(
                "CM643",
                task.place,
                _("task {task} repeats the statements of {place}").format(task=task.name, place=alike.place),
                _("let it call the command, or both one function: two copies drift apart"),
            )


def _parsed(file: TextFile) -> Module | None:
    try:
        return parse_module(file.path, file.text)
    except Unparsed:
        return None


def _handles(file: TextFile) -> Iterator[Body]:
    if (module := _parsed(file)) is None:
        return
    for node, _scope in module.functions():
        if node.name == "handle":
            yield _body(module, node)


def _tasks(file: TextFile) -> Iterator[Body]:
    if (module := _parsed(file)) is None:
        return
    for node, _scope in module.functions():
        names = [module.dotted(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
        if any(name.rpartition(".")[2] in _TASKS for name in names):
            yield _body(module, node)


def _body(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Body:
    statements = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    counted = tuple((ast.dump(one), _count(one)) for one in statements)
    return Body(node.name, module.place(node, "python"), counted)


def _count(node: ast.stmt) -> int:
    return sum(isinstance(one, ast.stmt) for one in ast.walk(node))


def _alike(first: Sequence[tuple[str, int]], second: Sequence[tuple[str, int]]) -> int:
    """How many statements the longest equal run of both holds, what stands inside them included."""
    best = 0
    ending = [0] * (len(second) + 1)  # by the statement of the second after which an equal run ends
    for one in first:
        now = [0] * (len(second) + 1)
        for at, other in enumerate(second, 1):
            if one == other:
                now[at] = ending[at - 1] + one[1]
                best = max(best, now[at])
        ending = now
    return best
