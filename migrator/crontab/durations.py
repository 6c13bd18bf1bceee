"""Lengths of time, as people write them in commands and as reports tell them."""

from __future__ import annotations

import math
import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> int | None:
    """Seconds of ``90``, ``25h``, ``1.5d``; None for anything else.

    timeout(1): "DURATION is a floating point number with an optional suffix". A part of a
    second counts as a whole one, so that no limit becomes shorter.
    """
    match = re.fullmatch(r"(\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})([smhd]?)", text)
    return math.ceil(float(match[1]) * _UNITS[match[2] or "s"]) if match else None


def duration_text(seconds: int) -> str:
    """``25 h``, ``32 d``, ``90 min``: the largest unit that leaves no rest."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
