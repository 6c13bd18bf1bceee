"""What Django says about its commands: get_commands and each command's own parser.

Never the text of ``manage.py help``: with broken settings it lists the core commands only, and exits 0.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from django.core.management import get_commands, load_command_class

from migrator.project.model import Command
from migrator.project.signature import Signature
from migrator.redaction import first_line


def installed_commands(loaded: Collection[str], root: Path) -> Iterator[Command]:
    """Every command of the installed apps; those of the names ``loaded`` with their parsers."""
    for name, app in sorted(get_commands().items()):
        if name in loaded:
            yield _load(name, app, root)
        else:
            yield Command(name, app if isinstance(app, str) else type(app).__module__)


def _load(name: str, app: object, root: Path) -> Command:
    """Imports the project's module: the user has asked for it."""
    label = app if isinstance(app, str) else type(app).__module__
    try:
        command = load_command_class(app, name) if isinstance(app, str) else app
        parser = command.create_parser("manage.py", name)  # type: ignore[attr-defined]
    except Exception as error:
        return Command(name, label, problem=first_line(error))
    return Command(
        name,
        label,
        _path(type(command).__module__, root),
        help=str(getattr(command, "help", "") or "") or None,
        signature=Signature(parser),
    )


def _path(module: str, root: Path) -> str | None:
    """Where the module lies in the tree; None outside it."""
    file = getattr(sys.modules.get(module), "__file__", None)
    path = Path(file).resolve() if file else None
    return path.relative_to(root).as_posix() if path and path.is_relative_to(root) else None
