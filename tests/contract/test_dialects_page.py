"""docs/reference/dialects.md: its tables are made from the dialects themselves."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from migrator.errors import BadExpression
from migrator.schedule.dialect import DIALECTS, Dialect
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.policy import Gap
from migrator.schedule.read import read_schedule

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
    "makes up for the hour that a clock change skips": lambda one: yes(one.policy.fixed.gap is Gap.MADE_UP),
}


def table(head: str, rows: Iterable[tuple[str, list[str]]]) -> str:
    """A Markdown table with a column for each dialect."""
    lines = [f"| {head} | " + " | ".join(DIALECTS) + " |", "|---" * (len(DIALECTS) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows)])


TABLES = {
    "Schedules": lambda: table(
        "Written", ((f"`{text}`", [meant(text, one) for one in DIALECTS.values()]) for text in SCHEDULES)
    ),
    "Lines": lambda: table(
        "What", ((name, [cell(one) for one in DIALECTS.values()]) for name, cell in LINES.items())
    ),
}


@pytest.mark.parametrize("heading", TABLES)
def test_the_table_is_what_the_dialects_say(heading: str) -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))
    written = "\n".join(line for line in sections[heading].splitlines() if line.startswith("|"))
    assert written == TABLES[heading]()
