"""Modules of ours, with all that they import of ours, as a package of the project's own.

The schedule that fires as cron does has no shorter equal: Celery's crontab loses a night in
October. So the project gets the code itself, under its own name, and owns it from then on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files

NOTICE = '''\
"""When cron starts a job, to the minute, on the nights of the clock change too.

Copied by `migrator finish` from migrator, and this project's own since then; nothing of
migrator needs to be installed. Copyright (c) 2026 the migrator authors, MIT License:
permission is granted, free of charge, to use, copy, modify and distribute this code, provided
that this notice stays in all copies of it. It comes without warranty of any kind.
"""
'''
_IMPORT = re.compile(r"^(\s*(?:from|import) )migrator\b", re.MULTILINE)


def closure(modules: Collection[str], package: str) -> dict[str, str]:
    """The files of ``package``, dotted, that hold the modules and what these import, by their paths."""
    needed: set[str] = set()
    ahead = list(modules)
    while ahead:
        module = ahead.pop()
        if module in needed:
            continue
        needed.add(module)
        ahead += _imports(module)
        ahead += [module.rpartition(".")[0]] if "." in module else []
    folder = package.replace(".", "/")
    return {
        f"{folder}{_path(module).removeprefix('migrator')}": _copied(module, package)
        for module in sorted(needed)
    }


def _copied(module: str, package: str) -> str:
    if module == "migrator":
        return NOTICE
    return _IMPORT.sub(rf"\g<1>{package}", _source(module))


def _imports(module: str) -> Iterator[str]:
    """The modules of ours that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(_source(module))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "migrator":
            yield str(node.module)
            yield from (name for one in node.names if _is_module(name := f"{node.module}.{one.name}"))


def _path(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if _is_package(module) else f"{path}.py"


def _is_package(module: str) -> bool:
    return files("migrator").joinpath(*module.split(".")[1:], "__init__.py").is_file()


def _is_module(module: str) -> bool:
    words = module.split(".")[1:]
    return _is_package(module) or files("migrator").joinpath(*words[:-1], f"{words[-1]}.py").is_file()


@cache
def _source(module: str) -> str:
    return files("migrator").joinpath(*_path(module).split("/")[1:]).read_text("utf-8")
