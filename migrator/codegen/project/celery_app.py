"""The Celery app: where the project has one, and the module and the import of one that it lacks."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migrator.codegen.project.edits import Edit
from migrator.codegen.project.imports import Import, importing
from migrator.codegen.project.lines import Insertion, end_of
from migrator.codegen.project.python_file import module_of, read

_SKIPPED = ("tests/", "test/", "docs/")
PART = "app"


@dataclass(frozen=True, slots=True)
class CeleryApp:
    """A Celery app that the code makes."""

    path: str
    name: str  # the variable
    namespace: str | None  # of its settings in Django's; None: it does not read them, or not so
    schedule: int | None  # the line that sets its beat_schedule

    @property
    def option(self) -> str:
        """What ``celery -A`` takes: the package of a module that is named as Celery looks for it."""
        module = module_of(self.path)
        return module.removesuffix(".celery") if self.name in ("app", "celery") else f"{module}:{self.name}"


def find_app(texts: Mapping[str, str], package: str) -> CeleryApp | None:
    """The project's Celery app, the one nearest to its settings first."""
    paths = [path for path in texts if path.endswith(".py") and not path.startswith(_SKIPPED)]
    for path in sorted(paths, key=lambda path: (not path.startswith(f"{package}/"), path.count("/"), path)):
        text = texts.get(path, "")
        if "Celery(" in text:
            found = _app_in(path, text)
            if found:
                return found
    return None


def _app_in(path: str, text: str) -> CeleryApp | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in somebody else's code
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if _makes_app(value):
                return CeleryApp(path, name, _namespace(tree, name), _schedule_line(tree, name))
    # made in a function, or by a class of its own: there is one, and its settings are not ours to guess
    made = any(_makes_app(node) for node in ast.walk(tree))
    return CeleryApp(path, "app", None, None) if made else None


def _makes_app(node: ast.AST | None) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="Celery") | ast.Attribute(value=ast.Name(id="celery"), attr="Celery")):
            return True
    return False


def _namespace(tree: ast.Module, app: str) -> str | None:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(ast.Name(name), "config_from_object")) if name == app:
                given = (one.value for one in node.keywords if one.arg == "namespace")
                return next((str(one.value) for one in given if isinstance(one, ast.Constant)), "")
    return None


def _schedule_line(tree: ast.Module, app: str) -> int | None:
    """The line of ``app.conf.beat_schedule = ...``: where the settings have none it counts.

    Since Celery 5.7 it wins over a CELERY_BEAT_SCHEDULE of theirs; before, that one wins.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Attribute(value=ast.Name(id=name)), attr=attr)]):
                if (name, attr) == (app, "beat_schedule"):
                    return node.lineno
            case ast.keyword(arg="beat_schedule"):
                return node.lineno
    return None


_MODULE = '''\
"""The Celery app, for worker and beat."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")

app = Celery("{package}")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
'''


def app_text(package: str, settings: str) -> str:
    """The module that makes the app, without its last line end."""
    return _MODULE.format(settings=settings, package=package).removesuffix("\n")


def app_module(package: str, settings: str) -> Edit:
    """``celery.py`` beside the settings, where Celery and Django's documentation look for it."""
    return Edit(f"{package}/celery.py", PART, Insertion(0, tuple(app_text(package, settings).split("\n"))))


def app_import(texts: Mapping[str, str], package: str) -> Iterator[Edit]:
    """The import of the app when Django starts, by which shared_task finds it, where it is missing."""
    path = f"{package}/__init__.py"
    file = read(path, texts.get(path, ""))
    if file is None or any(one.module == f"{package}.celery" for one in file.imported()):
        return
    listed = "__all__" in file.names()
    remark = "  # noqa: F401" if listed else ""
    wanted = Import(f"{package}.celery", f"from .celery import app as celery_app{remark}", relative=True)
    [line] = importing(file, [wanted])
    yield Edit(path, PART, line)
    if not listed:
        at, quote = max(end_of(file.text), line.at), file.quote
        yield Edit(path, PART, Insertion(at, ("", f"__all__ = [{quote}celery_app{quote}]")))
