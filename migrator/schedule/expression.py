"""Cron expressions: five fields, read exactly as the daemon reads them.

Authority: crontab(5) and entry.c of Debian's cron 3.0pl1, which accepts more than
its man page says (reversed ranges, text after a complete list) and refuses things
that other schedulers take (``5/15``, ``L``, ``?``). Other daemons: see dialect.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from migrator.errors import BadExpression, Span
from migrator.i18n import _
from migrator.schedule.dialect import DEBIAN, NICKNAMES, REBOOT, Dialect
from migrator.schedule.field import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    KINDS,
    MINUTE,
    MONTH,
    MONTHS,
    SECOND,
    WEEKDAYS,
    YEAR,
    Field,
    FieldKind,
    Refused,
)
from migrator.schedule.policy import Policy

__all__ = [
    "DAY_OF_MONTH",
    "DAY_OF_WEEK",
    "HOUR",
    "KINDS",
    "MINUTE",
    "MONTH",
    "MONTHS",
    "NICKNAMES",
    "REBOOT",
    "WEEKDAYS",
    "CronExpression",
    "Field",
    "FieldKind",
    "Spelled",
    "parse",
    "spelled",
]

# What a schedule of so many fields holds; supercronic's may have seconds and years.
_SHAPES = {5: KINDS, 6: (*KINDS, YEAR), 7: (SECOND, *KINDS, YEAR)}


@dataclass(frozen=True, slots=True)
class CronExpression:
    """When a cron job runs, in the words of its author."""

    text: str
    minute: Field
    hour: Field
    day_of_month: Field
    month: Field
    day_of_week: Field
    policy: Policy  # when the clock jumps
    reader: str = field(default=DEBIAN.name, compare=False)  # the name of the dialect

    @property
    def days(self) -> Literal["both", "either"]:
        """Whether a day must fit both day fields or may fit either.

        crontab(5): "If both fields are restricted (i.e., don't contain the "*"
        character), the command will be run when either field matches". The daemon
        looks at the first character only; other daemons: ``Field.starred``.
        """
        return "both" if self.day_of_month.starred or self.day_of_week.starred else "either"

    @property
    def wildcard(self) -> bool:
        """Whether the daemon treats the job as a wildcard job when the clock jumps.

        cron(8): jobs "that run at a particular time specified as a number" are fixed;
        "hourly" and "minutely" ones are not, told by a leading ``*``. Where a daemon makes no
        difference, all are.
        """
        return self.policy.alike or self.minute.starred or self.hour.starred

    @property
    def fields(self) -> tuple[Field, Field, Field, Field, Field]:
        return (self.minute, self.hour, self.day_of_month, self.month, self.day_of_week)

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        """By the text alone: what is known of an expression is looked up for every line that has it."""
        return hash(self.text)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A schedule as its dialect reads it, with what five fields cannot say."""

    expression: CronExpression
    second: Field | None = None
    year: Field | None = None

    @property
    def beyond(self) -> str | None:
        """Why five fields do not say all of it; None: they do."""
        undecided = next((field.undecided for field in self.expression.fields if field.undecided), None)
        if undecided:
            return undecided
        if self.second and self.second.values != (0,):
            return _("it starts at the seconds {text}").format(text=self.second.text)
        if self.year and not self.year.full:
            return _("it is for the years {text}").format(text=self.year.text)
        return None


@lru_cache(maxsize=65536)
def parse(text: str, dialect: Dialect = DEBIAN) -> CronExpression:
    """The expression that ``text`` denotes; raises BadExpression where the daemon refuses it."""
    read = spelled(text, dialect)
    if reason := read.beyond:
        raise BadExpression(
            _("five fields do not say it: {reason}").format(reason=reason),
            text=text,
            hint=_("write a schedule by minute, hour, day of month, month and day of week"),
        )
    return read.expression


def spelled(text: str, dialect: Dialect = DEBIAN) -> Spelled:
    """The schedule as the dialect reads it; raises BadExpression where the daemon refuses it."""
    written = text.strip(" \t")
    if written.startswith("@"):
        written = _expand(written, dialect)
    parts = list(re.finditer(_words(dialect.blanks), written))
    if len(parts) not in dialect.counts:
        raise BadExpression(
            _("a schedule has five fields, this one has {count}").format(count=len(parts)),
            text=text,
            hint=_("minute, hour, day of month, month, day of week"),
        )
    fields = [
        _read(kind, part, written, dialect) for kind, part in zip(_SHAPES[len(parts)], parts, strict=True)
    ]
    second = fields.pop(0) if fields[0].kind is SECOND else None
    year = fields.pop() if fields[-1].kind is YEAR else None
    minute, hour, day_of_month, month, day_of_week = fields
    expression = CronExpression(
        text.strip(" \t"), minute, hour, day_of_month, month, day_of_week, dialect.policy, dialect.name
    )
    return Spelled(expression, second, year)


@lru_cache(maxsize=16)
def _words(blanks: str) -> re.Pattern[str]:
    """What stands between blanks, given as a class such as ``[ \t]+``."""
    return re.compile(blanks.replace("[", "[^", 1))


def _read(kind: FieldKind, part: re.Match[str], written: str, dialect: Dialect) -> Field:
    try:
        return dialect.fields.read(kind, part.group())
    except Refused as refused:
        raise BadExpression(
            f"{_(kind.name)}: {refused.fact}",
            text=written,
            span=Span(part.start() + refused.start, part.start() + refused.end),
            hint=refused.hint,
        ) from None


def _expand(nickname: str, dialect: Dialect) -> str:
    if nickname in dialect.nicknames:
        return dialect.nicknames[nickname]
    if nickname == REBOOT and dialect.reboot:
        fact = _("@reboot is no schedule: it runs once, when cron starts after a boot")
        hint = _("leave it in cron, or start it with the worker")
    else:
        fact = _("{program} knows no {name}").format(program=dialect.program, name=nickname)
        hint = _("use one of {names}").format(names=", ".join(dialect.nicknames))
    raise BadExpression(fact, text=nickname, span=Span(0, len(nickname)), hint=hint)
