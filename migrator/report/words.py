"""Instants in words."""

from __future__ import annotations

import datetime as dt


def moment(instant: dt.datetime) -> str:
    """``2026-12-02 06:00``: an instant in its own zone, to the minute."""
    return instant.strftime("%Y-%m-%d %H:%M")
