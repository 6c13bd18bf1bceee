"""Time zones by name, with a plain error."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from migrator.errors import UsageProblem
from migrator.i18n import _


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageProblem(
            _("there is no time zone {name}").format(name=name), hint=_("use a name such as Europe/Warsaw")
        ) from None


def known_zone(name: str | None) -> str | None:
    """The name, where it is one of a time zone; None for what a file calls so and is none."""
    try:
        return zone_of(name).key if name else None
    except UsageProblem:
        return None
