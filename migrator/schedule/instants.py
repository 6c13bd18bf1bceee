"""Instants as people and machines write them, as far as a schedule can be asked about them."""

from __future__ import annotations

import datetime as dt

from migrator.schedule.transitions import LAST_YEAR

FIRST_YEAR = 2


def has_slots_around(instant: dt.datetime) -> bool:
    """Whether slots can be looked for before and after it: Python's years are those from 1 to 9999."""
    return FIRST_YEAR < instant.year < LAST_YEAR


def read_instant(text: str) -> dt.datetime | None:
    """A date or an instant as ISO 8601 has it, naive without an offset; None: no slots are around it."""
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if has_slots_around(instant) else None
