"""What differs between two texts of a module: the names of its functions, classes, values and entries."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def differing(before: str | None, after: str | None) -> tuple[str, ...]:
    """The names that only one text has, or has otherwise; none where one of them is no Python.

    An entry of a dictionary goes by its key: ``CELERY_BEAT_SCHEDULE`` is a list of jobs.
    """
    try:
        old, new = (dict(_parts(text or "")) for text in (before, after))
    except (SyntaxError, ValueError):
        return ()
    return tuple(name for name in {**new, **old} if old.get(name) != new.get(name))


def _parts(text: str) -> Iterator[tuple[str, str]]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, ast.dump(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield from _value(node.targets[0].id, node.value)


def _value(name: str, value: ast.expr) -> Iterator[tuple[str, str]]:
    if not isinstance(value, ast.Dict):
        yield name, ast.dump(value)
        return
    for key, item in zip(value.keys, value.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, ast.dump(item)
