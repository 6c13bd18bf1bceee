"""systemd's calendar events and time spans, in cron's five fields where those can say them.

Authority: systemd.time(7), and `systemd-analyze calendar`, which the tests ask, on the nights of
the clock change too. What it does there against its own rules is in docs/reference/dialects.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from migrator.errors import MigratorError
from migrator.i18n import _
from migrator.schedule import policy
from migrator.schedule.dialect import Dialect
from migrator.schedule.expression import parse
from migrator.schedule.field import DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH, Field, FieldKind
from migrator.schedule.kinds import Schedule, Undecided
from migrator.schedule.vixie import VixieList
from migrator.zones import zone_of

SHORTHANDS = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "yearly": "*-01-01 00:00:00",
    "annually": "*-01-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    "semiannually": "*-01,07-01 00:00:00",
    "biannually": "*-01,07-01 00:00:00",
    "semi-annually": "*-01,07-01 00:00:00",
    "bi-annually": "*-01,07-01 00:00:00",
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_NUMBERS = {word: day for day, name in enumerate(WEEKDAYS, 1) for word in (name, name[:3])}
SPAN_UNITS = {  # seconds; systemd.time(7): a month is 30.44 days, a year 365.25
    **dict.fromkeys(("seconds", "second", "sec", "s", ""), 1),
    **dict.fromkeys(("minutes", "minute", "min", "m"), 60),
    **dict.fromkeys(("hours", "hour", "hr", "h"), 3600),
    **dict.fromkeys(("days", "day", "d"), 86400),
    **dict.fromkeys(("weeks", "week", "w"), 7 * 86400),
    **dict.fromkeys(("months", "month", "M"), 2629800),
    **dict.fromkeys(("years", "year", "y"), 31557600),
    **dict.fromkeys(("msec", "ms"), 0.001),
    **dict.fromkeys(("usec", "us", "µs"), 0.000001),
}
LONGEST_SPAN = 2**64 / 10**6  # seconds; systemd counts microseconds in 64 bits
ITEM = re.compile(r"(?P<first>\d{1,9})(?:\.\.(?P<last>\d{1,9}))?(?:/(?P<step>\d{1,9}))?", re.ASCII)
TIME = re.compile(r"([^:\s]+):([^:\s]+)(?::([^:\s]+))?")
DATE = re.compile(r"(?:([^-~\s]+)-)?([^-~\s]+)([-~])([^-~\s]+)")
_LISTS = VixieList(longest_word=9)


@dataclass(frozen=True, slots=True)
class BothDays:
    """Reads cron's lists; a day has to fit both day fields, whatever stands in them."""

    def read(self, kind: FieldKind, text: str) -> Field:
        """The field that ``text`` is; raises Refused."""
        field = _LISTS.read(kind, text)
        return replace(field, starred=True) if kind in (DAY_OF_MONTH, DAY_OF_WEEK) else field


SYSTEMD = Dialect(
    name="systemd",
    program="systemd",
    fields=BothDays(),
    reboot=False,
    policy=policy.SYSTEMD,
    user_column=False,
    percent=False,
)


@dataclass(frozen=True, slots=True)
class Event:
    """A calendar event: when, and the zone that it names."""

    schedule: Schedule
    timezone: str | None = None


class _Cannot(Exception):
    """Why five fields cannot say it, and what to do."""

    def __init__(self, reason: str, remedy: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def calendar_event(text: str) -> Event:
    """The schedule of an ``OnCalendar=``: exactly cron's, or undecided with the reason."""
    words = text.split()
    zone = words.pop() if len(words) > 1 and _is_zone(words[-1]) else None
    try:
        return Event(parse(_five_fields(words), SYSTEMD), zone)
    except _Cannot as problem:
        remedy = problem.remedy or _("choose a schedule that five fields can say, or keep the timer")
        return Event(Undecided(text, problem.reason, remedy), zone)


def seconds_of(span: str) -> float | None:
    """A time span such as ``1h 30min`` in seconds; None: it is no span, or has no end."""
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)", span)
    if not parts or re.sub(r"[\s\d.a-zA-Zµ]", "", span) or any(unit not in SPAN_UNITS for _n, unit in parts):
        return None
    seconds = sum(float(number) * SPAN_UNITS[unit] for number, unit in parts)
    return seconds if seconds < LONGEST_SPAN else None


def _is_zone(word: str) -> bool:
    if not re.fullmatch(r"[A-Za-z][\w+/-]*", word) or word.lower() in WEEKDAY_NUMBERS:
        return False
    try:
        zone_of(word)
    except MigratorError:
        return False
    return True


def _five_fields(words: list[str]) -> str:
    if len(words) == 1:
        words = SHORTHANDS.get(words[0].lower(), words[0]).split()
    weekdays = _weekdays(words.pop(0)) if words and words[0][0].isalpha() else "*"
    date = DATE.fullmatch(words.pop(0)) if words and DATE.fullmatch(words[0]) else None
    time = TIME.fullmatch(words.pop(0)) if words and TIME.fullmatch(words[0]) else None
    if words or (weekdays == "*" and date is None and time is None):
        raise _refused()
    hour, minute, second = time.groups() if time else ("0", "0", None)
    clock = f"{_field(MINUTE, minute)} {_field(HOUR, hour)}"
    day, month = _date(date) if date else ("*", "*")
    _require_whole_minutes(second)
    return f"{clock} {_or_star(DAY_OF_MONTH, day)} {month} {_or_star(DAY_OF_WEEK, weekdays)}"


def _or_star(kind: FieldKind, text: str) -> str:
    return "*" if _LISTS.read(kind, text).full else text


def _refused() -> _Cannot:
    return _Cannot(
        _("systemd cannot read it, and leaves it out"),
        _("mend it with `systemd-analyze calendar`, and ask whether the job is wanted at all"),
    )


def _date(date: re.Match[str]) -> tuple[str, str]:
    year, month, hyphen, day = date.groups()
    if year not in (None, "*"):
        raise _Cannot(_("it names a year, and cron has none"), _("a run that has been needs no schedule"))
    if hyphen == "~":
        raise _Cannot(
            _("it counts days from the end of the month, which cron cannot"),
            _("schedule days 28-31, and let the job see whether it is the day"),
        )
    return _field(DAY_OF_MONTH, day), _field(MONTH, month)


def _require_whole_minutes(second: str | None) -> None:
    if second is not None and not re.fullmatch(r"0+(\.0+)?", second):
        raise _Cannot(
            _("it names seconds, and cron starts jobs on full minutes"),
            _("take the full minute, if the seconds do not matter"),
        )


def _field(kind: FieldKind, text: str) -> str:
    """One part in cron's words; ``*`` where it holds every value."""
    if text == "*":
        return text
    items = [_item(kind, item) for item in text.split(",")]
    return ",".join(items)


def _item(kind: FieldKind, text: str) -> str:
    item = ITEM.fullmatch(text)
    if item is None:
        raise _refused()
    first, last = int(item["first"]), int(item["last"] or item["first"])
    step = int(item["step"] or 1)
    if step == 0 or (item["step"] and not item["last"] and first + step > kind.high):
        raise _refused()  # systemd wants a step to lead somewhere
    last -= (last - first) % step  # and of a range it looks at the last one that fires only
    if not kind.low <= first <= last <= kind.high:
        raise _refused()
    if item["step"] is None:
        return str(first) if item["last"] is None else f"{first}-{last}"
    return f"{first}-{last if item['last'] else kind.high}/{step}"


def _weekdays(text: str) -> str:
    """Monday is 1 and Sunday is 7, so that a range never wraps around."""
    parts = []
    for part in text.lower().removesuffix(",").split(","):
        ends = [WEEKDAY_NUMBERS.get(word) for word in re.split(r"\.\.|-", part)]
        days = [day for day in ends if day]
        if len(days) != len(ends) or len(days) > 2 or days != sorted(days):
            raise _refused()
        parts.append("-".join(map(str, days)))
    return ",".join(parts)
