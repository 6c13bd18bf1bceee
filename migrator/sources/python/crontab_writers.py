"""Code that writes a crontab: python-crontab, and ``crontab`` called through a shell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder, shown

NAME = "python-crontab"
_SHELLS = ("system", "run", "sudo", "local", "popen", "Popen", "call", "check_call", "check_output")
_WRITES = re.compile(r"(?:^|[|;&(]|\bsudo)\s*(?:/usr/bin/)?crontab\s+(?!-l\b)\S")


def read(folder: Folder) -> Iterator[Told]:
    """Each line that the code adds, and each call of the program."""
    uses = any(name.startswith("crontab.") for name in folder.module.aliases.values()) or any(
        isinstance(node, ast.Import) and any(one.name == "crontab" for one in node.names)
        for node, _scope in folder.module.nodes
    )
    for node, scope in folder.module.calls():
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = folder.module.place(node, NAME)
        if name == "new" and uses:
            call = folder.fold(node, scope)
            command = call.argument("command", 0) if isinstance(call, Call) else None
            if command is not None:
                yield _writes(place, shown(command))
        elif name in _SHELLS and node.args:
            value = folder.fold(node.args[0], scope)
            text = " ".join(map(shown, value)) if isinstance(value, list | tuple) else shown(value)
            if _WRITES.search(text.strip("f'\"")):
                yield _writes(place, text)


READER = Reader(NAME, ("crontab",), read)


def _writes(place: Place, text: str) -> Finding:
    return Finding(
        "CM148",
        place,
        _("this code writes a crontab: {text}").format(text=" ".join(text.split())[:120]),
        _("scan the crontab that it made: crontab -l | migrator scan -; and switch this off at the cutover"),
    )
