"""``${NAME:-default}`` in a compose file, as compose fills it in before anything else reads the text.

Authority: the Compose specification, "Interpolation".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from migrator.i18n import _
from migrator.redaction import redact_setting

Note = tuple[str, str, str | None]
_VARIABLE = re.compile(
    r"\$\$|\$\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?-)(?P<default>[^{}]*))?\}|\$(?P<bare>[A-Za-z_]\w*)"
)
OPEN = re.compile(r"(?<!\$)\$(?:\{|[A-Za-z_])")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with what is known of its variables; ``notes``: of those that only their defaults give."""

    text: str
    notes: tuple[Note, ...]


def filled(text: str, environment: Mapping[str, str]) -> Filled:
    """The text as compose would read it; a variable that nothing gives stays as it is written."""
    notes: list[Note] = []

    def value(match: re.Match[str]) -> str:
        name = match["name"] or match["bare"]
        if not name:
            return match[0]
        known = environment.get(name)
        if known or (known is not None and match["operator"] != ":-"):
            return known
        if match["operator"] is None:
            return match[0]
        notes.append(_default(name, match["default"]))
        return match["default"]

    return Filled(_VARIABLE.sub(value, text), tuple(notes))


def _default(name: str, value: str) -> Note:
    message = _("{name} is {value} unless the environment of compose says otherwise")
    hint = _("name what it is there with --env {name}=..., or scan what it comes to: {command}")
    return (
        "CM110",
        message.format(name=name, value=redact_setting(name, value)),
        hint.format(name=name, command="docker compose config | migrator scan -"),
    )
