"""docs/reference/dialects.md: its tables are made from the dialects themselves."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from migrator.errors import BadExpression
from migrator.schedule.dialect import DIALECTS, Dialect
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.kinds import Interval
from migrator.schedule.occurrences import starts
from migrator.schedule.read import read_schedule
from migrator.schedule.readers import READERS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "dialects.md"

SCHEDULES = (
    *("5/15 * * * *", "*/70 * * * *", "60 * * * *", "*5 * * * *", "0~59 * * * *", "1,,2 * * * *"),
    *(
        "0 22-2 * * *",
        "0 0 */16 * *",
        "0 0 L * *",
        "0 0 * sept *",
        "0 0 * * 7",
        "0 0 * * fri-sun",
        "0 0 * * 5L",
    ),
    *("@midnight", "@every 5m", "*/10 * * * * * *"),
)
NAMES = {"day of month": "day", "day of week": "weekday"}


def meant(text: str, dialect: Dialect) -> str:
    """What a schedule says to a dialect, in the field that is not a star and not zero."""
    try:
        schedule = read_schedule(text, dialect)
    except BadExpression:
        return "refused"
    if isinstance(schedule, Interval):
        return f"every {schedule.seconds} s"
    if not isinstance(schedule, CronExpression):
        return "undecided"
    if text.startswith("@"):
        return "as `0 0 * * *`"
    place = next(at for at, word in enumerate(text.split()) if word not in ("*", "0"))
    field = schedule.fields[place]
    name = NAMES.get(field.kind.name, field.kind.name)
    return f"{name} " + ("*" if field.full else _short(field.values) or "never")


def _short(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))


def yes(value: bool) -> str:
    return "yes" if value else "no"


LINES: dict[str, Callable[[Dialect], str]] = {
    "a line that it cannot read loses": lambda one: f"the {one.bad_line_loses}",
    "a last line without its newline loses": lambda one: {"nothing": "nothing"}.get(
        one.open_end_loses, f"the {one.open_end_loses}"
    ),
    "numbers of fields": lambda one: ", ".join(map(str, sorted(one.counts))),
    "`@reboot`": lambda one: yes(one.reboot),
    "user column in system crontabs": lambda one: yes(one.user_column),
    "no command": lambda one: "an empty shell" if one.empty_command else "refused",
    "longest command, bytes": lambda one: f"{one.longest_command:,}" if one.longest_command else "any",
    "`%` ends the command": lambda one: yes(one.percent),
    "two backslashes become one": lambda one: yes(one.double_backslash),
    "`#` begins a comment inside a line": lambda one: yes(one.comments_anywhere),
    "a backslash at the end continues the line": lambda one: yes(one.continues),
    "a carriage return at the end is text": lambda one: yes(one.carriage_return_kept),
    "`-` before the schedule, `-n` before the command": lambda one: yes(one.quiet_prefix and one.options),
    "settings": lambda one: (
        ", ".join(f"`{name}`" for name in sorted(one.settings)) if one.settings else "all"
    ),
    "settings hold for": lambda one: {"below": "the lines below", "file": "the whole file"}[
        one.settings_hold
    ],
    "`NAME=` without a value": lambda one: "taken" if one.empty_setting else "refused",
    "moves the clock": lambda one: f"`{one.zone_setting}`" if one.zone_setting else "nothing",
    "delays by drawn minutes": lambda one: f"`{one.delay_setting}`" if one.delay_setting else "nothing",
}


SPRING = {"Europe/Warsaw": dt.date(2027, 3, 28), "America/New_York": dt.date(2027, 3, 14)}
AUTUMN = {"Europe/Warsaw": dt.date(2027, 10, 31), "America/New_York": dt.date(2027, 11, 7)}
NIGHTS = [
    ("30 2 * * *", "Europe/Warsaw", SPRING),
    ("30 2 * * *", "America/New_York", SPRING),
    ("0,30 2 * * *", "Europe/Warsaw", SPRING),
    ("*/30 2-3 * * *", "America/New_York", SPRING),
    ("30 2 * * *", "Europe/Warsaw", AUTUMN),
    ("30 1 * * *", "America/New_York", AUTUMN),
    ("*/30 2 * * *", "Europe/Warsaw", AUTUMN),
    ("*/30 1 * * *", "America/New_York", AUTUMN),
]


def night(text: str, zone: str, date: dt.date, reader: Dialect) -> str:
    """The starts of that date on the zone's clock; ``again``: in the second pass."""
    midnight = dt.datetime.combine(date, dt.time(), ZoneInfo(zone))
    found = starts(parse(text, reader), ZoneInfo(zone), midnight, midnight + dt.timedelta(days=1))
    clocks = Counter(f"{start:%H:%M}{' again' * start.fold}" for start in found)
    shown = [f"{clock} ({count} times)" if count > 1 else clock for clock, count in clocks.items()]
    return ", ".join(shown) or "no start"


def table(head: str, rows: Iterable[tuple[str, list[str]]], names: Iterable[str] = DIALECTS) -> str:
    """A Markdown table with a column for each dialect."""
    columns = list(names)
    lines = [f"| {head} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows)])


TABLES = {
    "Schedules": lambda: table(
        "Written", ((f"`{text}`", [meant(text, one) for one in DIALECTS.values()]) for text in SCHEDULES)
    ),
    "Lines": lambda: table(
        "What", ((name, [cell(one) for one in DIALECTS.values()]) for name, cell in LINES.items())
    ),
    "Clock changes": lambda: table(
        "Schedule, zone, date",
        (
            (
                f"`{text}` {zone} {dates[zone]}",
                [night(text, zone, dates[zone], reader) for reader in READERS.values()],
            )
            for text, zone, dates in NIGHTS
        ),
        READERS,
    ),
}


@pytest.mark.parametrize("heading", TABLES)
def test_the_table_is_what_the_dialects_say(heading: str) -> None:
    sections = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))
    written = "\n".join(line for line in sections[heading].splitlines() if line.startswith("|"))
    assert written == TABLES[heading]()
