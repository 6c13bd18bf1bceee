"""invoke's tasks.py and fabric's fabfile.py: a task that runs literal commands, as a shell text.

Authority: docs.pyinvoke.org; in fabric, ``local`` runs here and ``run`` on another host.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Iterator, Sequence

from migrator.crontab.recipes.shells import NotStatic, in_turn, own_shell

_TASKS = re.compile(r"(?m)^[ \t]*(?:from|import)[ \t]+(?:invoke|fabric|fabric2)\b")


def is_task_file(text: str) -> bool:
    """Whether a module is one of invoke's or fabric's: a tasks.py may be Celery's."""
    return _TASKS.search(text) is not None


def script(text: str, words: Sequence[str], *, fabric: bool) -> str | None:
    """The shell text of the tasks that the words name; None where one of them is no task.

    Raises NotStatic where a task does more than run literal commands.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in somebody else's code
            module = ast.parse(text.encode("utf-8", "surrogateescape"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotStatic from None
    tasks = {
        one.name.replace("_", "-"): one
        for one in module.body
        if isinstance(one, ast.FunctionDef) and _is_task(one)
    }
    named = [word.replace("_", "-") for word in words]
    if not named or not all(name in tasks for name in named):
        return None
    return in_turn(line for name in named for line in _lines(tasks[name].body, fabric=fabric))


def _is_task(function: ast.FunctionDef) -> bool:
    for one in function.decorator_list:
        called = one.func if isinstance(one, ast.Call) else one
        if isinstance(called, ast.Name | ast.Attribute) and _name(called) == "task":
            if isinstance(one, ast.Call) and (
                one.args or any(k.arg in ("pre", "post") for k in one.keywords)
            ):
                raise NotStatic
            return True
    return False


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _lines(body: Sequence[ast.stmt], *, fabric: bool) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                continue
            case ast.Expr(value=ast.Call() as call):
                yield from _command(call, fabric=fabric)
            case ast.With(items=[ast.withitem(context_expr=ast.Call() as call)]) if _name(call.func) in (
                "cd",
                "lcd",
            ):
                inner = in_turn(_lines(statement.body, fabric=fabric))
                yield f"(\ncd {shlex.quote(_literal(call))} &&\n{inner}\n)"
            case _:
                raise NotStatic


def _command(call: ast.Call, *, fabric: bool) -> Iterator[str]:
    name = _name(call.func)
    if name == "print":
        return
    if name != "local" and (name != "run" or fabric):
        raise NotStatic
    careless = any(
        k.arg == "warn" and isinstance(k.value, ast.Constant) and k.value.value for k in call.keywords
    )
    yield own_shell(("-" if careless else "") + _literal(call))


def _literal(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        raise NotStatic
    return first.value
