"""Takes out of a module what is asked for, with all that it needs and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from itertools import pairwise

from migrator.codegen.python_text import WIDTH, call


def excerpt(source: str, names: Iterable[str]) -> str:
    """The module with the definitions of ``names``, in its own order and spelling.

    On its first level it has a docstring, imports, functions, classes and assignments to one name.
    """
    body = ast.parse(source).body
    defined = {name: node for node in body if (name := _defines(node))}
    needed = _closure(defined, names)
    used = {name for one in needed for name in mentions(defined[one])}
    lines = source.splitlines()
    kept = [(node, text) for node in body if (text := _written(node, needed, used, lines))]
    parts = [kept[0][1]]
    for (before, _text), (node, text) in pairwise(kept):
        parts.append("\n" * (1 + _blank_lines(before, node, lines)) + text)
    return "".join(parts) + "\n"


def mentions(node: ast.AST) -> set[str]:
    """The names that code reads, its annotations with them."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def definitions(source: str) -> set[str]:
    """The names that a module defines for others."""
    return {name for node in ast.parse(source).body if (name := _defines(node)) and not name.startswith("_")}


def _defines(node: ast.stmt) -> str | None:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None


def _closure(defined: dict[str, ast.stmt], names: Iterable[str]) -> set[str]:
    needed: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in needed:
            needed.add(name)
            ahead += mentions(defined[name]) & defined.keys()
    return needed


def _written(node: ast.stmt, needed: Collection[str], used: Collection[str], lines: list[str]) -> str:
    """The text of a statement, of an import what is used of it; empty where nothing is."""
    match node:
        case ast.Import(names=aliases):
            return "\n".join(f"import {one.name}" for one in aliases if one.name.split(".")[0] in used)
        case ast.ImportFrom(module=module, names=aliases) if module != "__future__":
            wanted = [one.name for one in aliases if one.name in used]
            return imported(str(module), wanted) if wanted else ""
    name = _defines(node)
    return "\n".join(lines[_start(node) - 1 : node.end_lineno]) if name is None or name in needed else ""


def imported(module: str, names: Iterable[str]) -> str:
    """``from module import a, b``, in lines of ruff's and black's making."""
    listed = list(names)
    line = f"from {module} import {', '.join(listed)}"
    return line if len(line) <= WIDTH else call(f"from {module} import ", listed, 0, beside=WIDTH)


def _start(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _blank_lines(before: ast.stmt, node: ast.stmt, lines: list[str]) -> int:
    block = ast.FunctionDef | ast.ClassDef
    if isinstance(before, block) or isinstance(node, block):
        return 2
    return 1 if "" in lines[before.end_lineno : _start(node) - 1] else 0
