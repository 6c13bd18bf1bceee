"""Tasks in a module that has code of the user's own: lines are put in, and none of the user's is touched."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence

from migrator.codegen.contract import offered_names
from migrator.codegen.excerpt import imported
from migrator.codegen.naming import task_name
from migrator.codegen.project.edits import TASKS, Edit
from migrator.codegen.project.imports import Import, importing
from migrator.codegen.project.lines import Insertion, end_of
from migrator.codegen.project.python_file import PythonFile, module_of, read
from migrator.codegen.tasks import RECORDED, needs_of, task_code
from migrator.configuration import Generate
from migrator.sources.job import Job

TITLE = "# Jobs that cron runs, written by `migrator generate`"
_RECORDED_MODULE = "migrator.contrib.django.tasks"
_SHARED_TASK = ("celery", "shared_task")
_STANDARD = {"os": ("os", None), "suppress": ("contextlib", "suppress"), "inf": ("math", "inf")}
Origin = tuple[str, str | None]  # the module of a name, and its name there; None: the module itself


def can_take(path: str, text: str, configuration: Generate, jobs: Sequence[Job] = ()) -> bool:
    """Whether the tasks can stand beside the user's code: the names that they use mean the same to both.

    A module that has tasks of ours or a task of the same name is no such place.
    """
    bindings = _bindings(text)
    if bindings is None or _RECORDED_MODULE in text or read(path, text) is None:
        return False
    names = {task_name(job, configuration) for job in jobs}
    if any(isinstance(node, ast.Constant) and node.value in names for node in ast.walk(ast.parse(text))):
        return False
    code = "\n\n".join(task_code(job, configuration, bindings.keys()) for job in jobs)
    needed = _origins(configuration, needs_of(code).names if jobs else sorted(offered_names()))
    return all(bindings.get(name, origin) == origin for name, origin in needed.items())


def task_edits(path: str, text: str, jobs: Sequence[Job], configuration: Generate) -> Iterator[Edit]:
    """The imports that are missing, and the tasks at the end of the module."""
    file, bindings = read(path, text), _bindings(text)
    assert file is not None
    assert bindings is not None
    codes = {job.id: task_code(job, configuration, bindings.keys()) for job in jobs}
    for insertion in importing(file, _imports("\n\n".join(codes.values()), configuration, bindings)):
        lines = tuple(line for one in insertion.lines for line in one.split("\n"))
        yield Edit(path, TASKS, Insertion(insertion.at, lines))
    yield from _at_the_end(file, codes)


def _at_the_end(file: PythonFile, codes: Mapping[str, str]) -> Iterator[Edit]:
    title: tuple[str, ...] = (TITLE,)
    for identity, code in codes.items():
        lines = ("", "", *title, *code.split("\n"))
        yield Edit(file.path, f"{TASKS}:{identity}", Insertion(end_of(file.text), lines))
        title = ()


def _imports(code: str, configuration: Generate, bindings: Mapping[str, Origin | None]) -> Iterator[Import]:
    needs = needs_of(code)
    for name, (module, _name) in _STANDARD.items():
        statement = next((line for line in needs.standard if line.split()[-1] == name), None)
        if statement and name not in bindings:
            yield Import(module, statement)
    if "shared_task" not in bindings:
        yield Import("celery", "from celery import shared_task")
    yield Import(_RECORDED_MODULE, RECORDED)
    contract = module_of(configuration.contract)
    if missing := [name for name in needs.names if name not in bindings]:
        yield Import(contract, imported(contract, missing))


def _origins(configuration: Generate, names: Sequence[str]) -> dict[str, Origin]:
    contract = module_of(configuration.contract)
    taken: dict[str, Origin] = {name: (contract, name) for name in names}
    return {**taken, **_STANDARD, "shared_task": _SHARED_TASK, "recorded": (_RECORDED_MODULE, "recorded")}


def _bindings(text: str) -> dict[str, Origin | None] | None:
    """The names of the module, each with where it comes from; None: it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in somebody else's code
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found: dict[str, Origin | None] = {}
    for node in _of_module(tree.body):
        match node:
            case ast.ImportFrom(module=str(module), level=0, names=names):
                found |= {one.asname or one.name: (module, one.name) for one in names}
            case ast.ImportFrom(names=names):
                found |= {one.asname or one.name: None for one in names}
            case ast.Import(names=names):
                found |= {one.asname or one.name.split(".")[0]: _whole(one) for one in names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = None
            case ast.Name(id=name, ctx=ast.Store()):
                found[name] = None
    return found


def _whole(alias: ast.alias) -> Origin | None:
    return (alias.name, None) if alias.asname is None and "." not in alias.name else None


def _of_module(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """What is bound in the module itself, also in its ``if`` and ``try``."""
    ahead: list[ast.AST] = list(body)
    while ahead:
        node = ahead.pop()
        yield node
        inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        if not isinstance(node, inner):
            ahead += ast.iter_child_nodes(node)
