"""The management commands of a tree, found by the places of their modules as Django finds them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable

from migrator.i18n import _
from migrator.project.arguments import signature_of
from migrator.project.body import behaviour_of
from migrator.project.command_class import command_chain, names_of
from migrator.project.model import Command, Project
from migrator.project.python_module import Library, Unparsed

# django.core.management.find_commands: modules, no packages, no leading underscore.
_MODULE = re.compile(r"(?:(?P<app>.+)/)?management/commands/(?P<name>[^_/.][^/.]*)\.py")
NO_CLASS = _("it has no class Command")


def is_command(path: str) -> bool:
    """Whether a module at that path is a management command."""
    return _MODULE.fullmatch(path) is not None


def read_project(paths: Iterable[str], library: Library) -> Project:
    """The commands whose modules lie at these paths; other paths are passed over."""
    commands = [path for path in sorted(paths) if is_command(path)]
    for path in reversed(commands):
        library.commands[posixpath.basename(path).removesuffix(".py")] = path
    return Project.of(read_command(path, library) for path in commands)


def read_command(path: str, library: Library) -> Command:
    """One command, as far as its text tells."""
    match = _MODULE.fullmatch(path)
    assert match is not None
    name, app = match["name"], app_of(match["app"] or "", library.texts)
    try:
        module = library.module(path)
    except Unparsed as error:
        return Command(name, app, path, problem=str(error))
    chain = command_chain(module, library)
    if chain is None:  # from a package that is not in the tree, or by a star
        elsewhere = {"Command", "*"} & (module.names.keys() | module.values.keys())
        return Command(name, app, path, problem=None if elsewhere else NO_CLASS)
    first = chain.links[0]
    return Command(
        name,
        app,
        path,
        first.node.lineno if first.module.path == path else 1,
        chain.text("help"),
        tuple(names_of(chain)),
        signature_of(chain),
        behaviour_of(chain, library),
    )


def app_folder(path: str) -> str:
    """The folder of the app that has the command."""
    match = _MODULE.fullmatch(path)
    return (match["app"] if match else "") or ""


def app_of(folder: str, present: Collection[str]) -> str:
    """The app's dotted name: its folder, and those above it that are packages."""
    names = [posixpath.basename(folder)]
    above = posixpath.dirname(folder)
    while above and f"{above}/__init__.py" in present:
        names.append(posixpath.basename(above))
        above = posixpath.dirname(above)
    return ".".join(reversed(names))
