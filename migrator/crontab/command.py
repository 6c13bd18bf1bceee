"""Reads a command line: which management command it is for, and what surrounds it.

Nothing is executed. A wrapper that is not known leaves the command a shell step, and
what cannot be read is said and decided by a person.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.crontab.control_flow import ControlFlow
from migrator.crontab.covering import settle
from migrator.crontab.reading import Reading
from migrator.crontab.scope import Scope
from migrator.crontab.scripts import Scripts


def read_command(
    text: str, *, settings: Mapping[str, str] | None = None, scripts: Mapping[str, str] | None = None
) -> Reading:
    """What ``text``, a command as the shell gets it, is for.

    ``settings``: the crontab's settings above the line. ``scripts``: the texts of the scripts in
    the tree by path, so that a script that the line calls can be read.
    """
    known = scripts if isinstance(scripts, Scripts) else Scripts(scripts or {})
    reader = ControlFlow(Scope.of(settings or {}), known)
    reader.finish(reader.text(text))
    settle(reader.reading)
    return reader.reading
