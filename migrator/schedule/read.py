"""What a daemon reads a schedule as: five fields, or one of the things that five fields cannot say."""

from __future__ import annotations

from functools import lru_cache

from migrator.schedule.dialect import DEBIAN, REBOOT, Dialect
from migrator.schedule.expression import Spelled, spelled
from migrator.schedule.kinds import AtStart, Interval, Schedule, Undecided


@lru_cache(maxsize=65536)
def read_schedule(text: str, dialect: Dialect = DEBIAN) -> Schedule:
    """The schedule that ``text`` is to the daemon; raises BadExpression where it refuses it."""
    if text == REBOOT and dialect.reboot:
        return AtStart()
    read = spelled(text, dialect)
    reason = read.beyond
    if reason is None:
        return read.expression
    return _interval(read) or Undecided(text, reason)


def _interval(read: Spelled) -> Interval | None:
    """Seconds at even distances, all day and every day, are an interval: ``*/15 * * * * * *``."""
    second = read.second
    always = all(field.full and not field.undecided for field in read.expression.fields)
    if second is None or not always or not (read.year is None or read.year.full):
        return None
    values = second.values
    following = values[1:] + values[:1]
    gaps = {(after - before) % 60 or 60 for before, after in zip(values, following, strict=True)}
    return Interval(read.expression.text, gaps.pop()) if len(gaps) == 1 else None
