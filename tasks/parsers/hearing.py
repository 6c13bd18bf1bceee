"""What every parser returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class PageError(Exception):
    """The page is not in the shape that its parser reads."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A session as it stands on a page, at local time."""

    number: str
    starts_at: datetime
    room: str
    judge: str


def moment(text: str, form: str) -> datetime:
    """The local time that a page writes in the given form."""
    try:
        return datetime.strptime(text, form)
    except ValueError:
        raise PageError(
            f"{text!r} is not a date and time like {datetime(2026, 1, 31, 9, 30):{form}}"
        ) from None
