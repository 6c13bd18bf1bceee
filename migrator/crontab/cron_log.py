"""What cron's log tells of its starts: ``CRON[123]: (user) CMD (command)``, in syslog or the journal.

Authority: log_it() of Debian's cron 3.0pl1 and of cronie 1.7.2 (``CROND``); the stamps are those of
RFC 3164 and of rsyslog's default since Debian 12, which is also ``journalctl -o short-iso``.
python-crontab's reader knows the first of them only, and no host with a dash in its name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_LINE = re.compile(
    r"(?P<stamp>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (?P<host>\S+) "
    r"(?:\S*/)?CROND?\[(?P<pid>\d{1,10})\]: \((?P<user>[^()]*)\) CMD \((?P<command>.*)\)\s*",
    re.DOTALL,
)
_YEARS = 8  # as far back as the 29 February before the last one can be
_CLOCKS_DIFFER = dt.timedelta(days=1)
_OUT_OF_ORDER = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Start:
    """A command that cron started; how it ended is in no log."""

    at: dt.datetime
    host: str
    user: str
    pid: int
    command: str


def read_starts(lines: Iterable[str], zone: ZoneInfo, now: dt.datetime) -> Iterator[Start]:
    """The starts in a log; ``zone``: of stamps that name none. Other lines are not cron's starts."""
    before = None
    for line in lines:
        match = _LINE.match(line)
        at = match and _instant(match["stamp"], zone, now, before)
        if match and at:
            before = at
            yield Start(at, match["host"], match["user"], int(match["pid"]), match["command"].strip())


def _instant(stamp: str, zone: ZoneInfo, now: dt.datetime, before: dt.datetime | None) -> dt.datetime | None:
    """The instant of a stamp; None where it is none."""
    if not stamp[0].isdigit():
        return _without_a_year(stamp, zone, now, before)
    try:
        at = dt.datetime.fromisoformat(stamp)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError):  # no date at all; one that UTC has in no year of Python's
        return None


def _without_a_year(
    stamp: str, zone: ZoneInfo, now: dt.datetime, before: dt.datetime | None
) -> dt.datetime | None:
    """The latest instant that the stamp can mean; one that jumps back lies in the hour's second pass."""
    for year in range(now.astimezone(zone).year + 1, now.year - _YEARS, -1):
        try:
            wall = dt.datetime.strptime(f"{year} {stamp}", "%Y %b %d %H:%M:%S").replace(tzinfo=zone)
        except ValueError:  # no 29 February in that year; or no date at all
            continue
        at = wall.astimezone(dt.UTC)
        if at > now + _CLOCKS_DIFFER:
            continue
        if before is not None and at < before - _OUT_OF_ORDER:
            return wall.replace(fold=1).astimezone(dt.UTC)
        return at
    return None
