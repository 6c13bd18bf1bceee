"""Settings that a Python file gives a value, however it does so."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from migrator.sources.python.module import Module, Scope

ADDING = ("append", "extend", "insert", "update", "setdefault")


@dataclass(frozen=True, slots=True)
class Given:
    """One statement that gives a setting a value; ``adds``: to what it had, a single element where ``one``.

    ``key``: the key of a dictionary under which ``value`` is put.
    """

    name: str
    node: ast.AST
    value: ast.expr
    scope: Scope
    adds: bool = False
    one: bool = False
    key: ast.expr | None = None


def replaces(module: Module, one: Given, wanted: Callable[[str], bool]) -> bool:
    """Whether a statement gives the setting a value of its own, not one that is made of what it had."""
    names = (module.dotted(node).rpartition(".")[2] for node in ast.walk(one.value))
    return not one.adds and not any(map(wanted, names))


def imported(module: Module, wanted: Callable[[str], bool]) -> Iterator[tuple[ast.ImportFrom, str]]:
    """Each import that gives a setting its value: ``from shop.beat import CELERY_BEAT_SCHEDULE``."""
    for node, _scope in module.nodes:
        if isinstance(node, ast.ImportFrom):
            yield from ((node, one.name) for one in node.names if _keeps_its_name(one) and wanted(one.name))


def given(module: Module, wanted: Callable[[str], bool]) -> Iterator[Given]:
    """Each statement about a setting whose name is ``wanted``, in the order of the text.

    ``X = ..``, ``X += ..``, ``X.append(..)``, ``X["key"] = ..``, ``conf.x = ..``, ``conf.update(x=..)``,
    ``{"x": ..}``: settings are also attributes of an app's configuration, and keys.
    """
    for node, scope in module.nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _assigned(target, wanted, Given("", node, value, scope))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield from _assigned(target, wanted, Given("", node, value, scope))
            case ast.AugAssign(target=target, value=value) if wanted(_last(target)):
                yield Given(_last(target), node, value, scope, adds=True)
            case ast.Call():
                yield from _called(node, scope, wanted)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str) and wanted(key.value):
                        yield Given(key.value, key, value, scope)


def _assigned(target: ast.expr, wanted: Callable[[str], bool], given: Given) -> Iterator[Given]:
    if wanted(_last(target)):
        yield replace(given, name=_last(target))
    elif isinstance(target, ast.Subscript) and wanted(_last(target.value)):
        yield replace(given, name=_last(target.value), adds=True, key=target.slice)


def _called(node: ast.Call, scope: Scope, wanted: Callable[[str], bool]) -> Iterator[Given]:
    match node:
        case ast.Call(func=ast.Attribute(attr=method, value=owner)) if (
            method in ADDING and wanted(_last(owner)) and node.args
        ):
            one = method in ("append", "insert")
            key = node.args[0] if method == "setdefault" and len(node.args) > 1 else None
            yield Given(_last(owner), node, node.args[-1], scope, adds=True, one=one, key=key)
        case ast.Call(keywords=keywords):
            for keyword in keywords:
                if keyword.arg and wanted(keyword.arg):
                    yield Given(keyword.arg, keyword, keyword.value, scope)


def _last(node: ast.expr) -> str:
    """The last part of a name: ``beat_schedule`` of ``app.conf.beat_schedule``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _keeps_its_name(one: ast.alias) -> bool:
    return one.asname in (None, one.name)
