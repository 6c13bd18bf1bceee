"""Which modules of a tree are Django settings, and what each takes from others, as text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrator.findings import Place
from migrator.project.python_module import Library, Module, Unparsed

APPS = "INSTALLED_APPS"  # what every Django project has to set, and what parts of settings do not
_NAMED = re.compile(r"DJANGO_SETTINGS_MODULE\W{1,6}([A-Za-z_][\w.]*)")


Where = Callable[[str, str], Place | None]  # (module, setting) -> the line that gives it its value


@dataclass(frozen=True, slots=True)
class SettingsModule:
    """One settings module: its dotted name, its path, and the paths of what it takes in, nearest first."""

    name: str
    path: str
    takes: tuple[str, ...] = ()


def named_in(texts: Iterable[str]) -> list[str]:
    """The modules that texts give to DJANGO_SETTINGS_MODULE: manage.py, wsgi.py, pytest.ini."""
    return list(dict.fromkeys(name for text in texts for name in _NAMED.findall(text) if "." in name))


def settings_modules(texts: Mapping[str, str], named: Iterable[str]) -> list[SettingsModule]:
    """The modules among ``texts`` (by path) that are settings, and those ``named`` in any case.

    A module is settings if it sets INSTALLED_APPS, or takes it from one that does: ``from .base
    import *``, or django-split-settings' ``include("base.py")``. What those others take in as a
    part, such as a module with Celery's settings alone, is none.
    """
    library = Library(texts)
    wanted = set(named)
    found = []
    for path in sorted(texts):
        takes = _takes(path, library)
        if dotted(path) in wanted or any(_sets(one, library) for one in (path, *takes)):
            found.append(SettingsModule(dotted(path), path, takes))
    return found


def bases(modules: Sequence[SettingsModule]) -> dict[str, list[str]]:
    """For each module, the names of the others that it takes in: common, base."""
    names = {module.path: module.name for module in modules}
    return {
        module.name: [names[path] for path in module.takes if path in names and path != module.path]
        for module in modules
    }


def places(modules: Sequence[SettingsModule], texts: Mapping[str, str]) -> Where:
    """What finds the line of a setting: the value that counts is the module's own before what it takes in."""
    library = Library(texts)
    paths = {module.name: (module.path, *module.takes) for module in modules}

    def where(module: str, setting: str) -> Place | None:
        for path in paths[module]:
            value = _values(path, library).get(setting)
            if value is not None:
                return Place(path, value.lineno, "settings")
        return None

    return where


def dotted(path: str) -> str:
    """``shop/settings/__init__.py`` as ``shop.settings``."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _sets(path: str, library: Library) -> bool:
    return APPS in _values(path, library)


def _values(path: str, library: Library) -> Mapping[str, ast.expr]:
    try:
        return library.module(path).values
    except Unparsed:
        return {}


def _takes(path: str, library: Library) -> tuple[str, ...]:
    """The paths that a module takes all names from, and those that they take from."""
    found: dict[str, None] = {}
    waiting = [path]
    while waiting:
        one = waiting.pop()  # the last one counts: what it brings hides what came before
        if one not in found:
            found[one] = None
            try:
                waiting += _taken(library.module(one), library)
            except Unparsed:
                continue
    return tuple(found)[1:]


def _taken(module: Module, library: Library) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and any(
            alias.name in ("*", APPS, "CELERY_BEAT_SCHEDULE") for alias in node.names
        ):
            found = _module_of(node, module.path, library)
            if found is not None:
                yield found
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "include":
            yield from _included(node, module.path, library)


def _module_of(node: ast.ImportFrom, path: str, library: Library) -> str | None:
    folders = path.split("/")[:-1]
    base = folders[: len(folders) - node.level + 1] if node.level else []
    relative = "/".join([*base, *(node.module or "").split(".")]).strip("/")
    candidates = (f"{relative}.py", f"{relative}/__init__.py")
    return next((one for one in candidates if one in library.texts), None)


def _included(node: ast.Call, path: str, library: Library) -> Iterator[str]:
    """What django-split-settings takes in by file name, stars included."""
    folder = path.rpartition("/")[0]
    words = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    for word in words:
        if isinstance(word, str):
            pattern = re.escape(f"{folder}/{word}".lstrip("/")).replace(r"\*", "[^/]*")
            yield from (one for one in sorted(library.texts) if re.fullmatch(pattern, one))
