"""Whether cron's side and Celery's did the same: three words, and no fourth."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Likeness(StrEnum):
    """Equal: shown to be. Differs: no data explain it. Unknown: everything else; never counted as equal."""

    EQUAL = "equal"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


def together(words: Iterable[Likeness]) -> Likeness:
    """One difference is a difference, one doubt a doubt."""
    found = set(words)
    for word in (Likeness.DIFFERS, Likeness.UNKNOWN):
        if word in found:
            return word
    return Likeness.EQUAL
