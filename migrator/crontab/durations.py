"""Lengths of time as people write them in commands."""

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
