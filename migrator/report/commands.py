"""The project's commands, and the typed calls of them, as parts of the JSON document of a scan."""

from __future__ import annotations

from typing import Any

from migrator.crontab.reading import TypedCall
from migrator.findings import Place
from migrator.project.model import Command
from migrator.redaction import redact, redact_setting


def command_document(command: Command) -> dict[str, Any]:
    """One command; null or empty stands for what is not known: its parser, its code."""
    return {
        "name": command.name,
        "app": command.app,
        "path": command.path,
        "line": command.line if command.path else None,
        "help": None if command.help is None else redact(command.help),
        "bases": list(command.bases),
        "scheduled": list(command.scheduled),
        "arguments": None
        if command.signature is None
        else [
            {"name": one.name, "dest": one.dest, "type": one.type, "required": one.required}
            for one in command.arguments
        ],
        "effects": [
            {"kind": one.kind, "place": _place(one.place), "text": redact(one.text)}
            for one in command.behaviour.effects
        ],
    }


def call_document(call: TypedCall | None) -> dict[str, Any] | None:
    """``{"args", "kwargs", "launcher"}`` as call_command takes them, without their secrets."""
    if call is None:
        return None
    return {
        "args": [_shown("", value) for value in call.args],
        "kwargs": {name: _shown(name, value) for name, value in call.kwargs.items()},
        "launcher": {name: _shown(name, value) for name, value in call.launcher.items()},
    }


def _shown(name: str, value: object) -> object:
    """A value with its type, masked where its name says that it is a secret."""
    if isinstance(value, list | tuple):
        return [_shown(name, one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    shown = redact_setting(name, str(value))
    return shown if isinstance(value, str) or shown != str(value) else value


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "source": place.source}
