"""Cron expressions: five fields, read exactly as Debian's cron reads them.

Authority: crontab(5) and entry.c of Debian's cron 3.0pl1, which accepts more than
its man page says (reversed ranges, text after a complete list) and refuses things
that other schedulers take (``5/15``, ``L``, ``?``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from migrator.errors import BadExpression, Span
from migrator.i18n import _

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
REBOOT = "@reboot"
LONGEST_WORD = 98  # characters; get_number() gives up at MAX_TEMPSTR


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What a field may hold; ``low`` to ``high`` as cron checks them, Sunday being 0 and 7."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def full(self) -> int:
        """The mask of all values, 7 folded into Sunday."""
        if self.high == 7:
            return 0b1111111
        return (1 << (self.high + 1)) - (1 << self.low)


MINUTE = FieldKind("minute", 0, 59)
HOUR = FieldKind("hour", 0, 23)
DAY_OF_MONTH = FieldKind("day of month", 1, 31)
MONTH = FieldKind("month", 1, 12, MONTHS)
DAY_OF_WEEK = FieldKind("day of week", 0, 7, WEEKDAYS)
KINDS = (MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: bit n of ``mask`` is set when the field holds n.

    ``starred``: the first character is ``*``, which is what cron's day rule and its
    DST rule look at. ``ignored``: text after a complete list, which cron skips.
    """

    kind: FieldKind
    text: str
    mask: int
    starred: bool
    ignored: str = ""

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(n for n in range(self.kind.high + 1) if self.mask >> n & 1)

    @property
    def full(self) -> bool:
        return self.mask == self.kind.full


@dataclass(frozen=True, slots=True)
class CronExpression:
    """When a cron job runs, in the words of its author."""

    text: str
    minute: Field
    hour: Field
    day_of_month: Field
    month: Field
    day_of_week: Field

    @property
    def days(self) -> Literal["both", "either"]:
        """Whether a day must fit both day fields or may fit either.

        crontab(5): "If both fields are restricted (i.e., don't contain the "*"
        character), the command will be run when either field matches". The daemon
        looks at the first character only.
        """
        return "both" if self.day_of_month.starred or self.day_of_week.starred else "either"

    @property
    def wildcard(self) -> bool:
        """Whether the daemon treats the job as a wildcard job when the clock jumps.

        cron(8): jobs "that run at a particular time specified as a number" are fixed;
        "hourly" and "minutely" ones are not, told by a leading ``*``.
        """
        return self.minute.starred or self.hour.starred

    @property
    def fields(self) -> tuple[Field, Field, Field, Field, Field]:
        return (self.minute, self.hour, self.day_of_month, self.month, self.day_of_week)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65536)
def parse(text: str) -> CronExpression:
    """The expression that ``text`` denotes; raises BadExpression where cron refuses it."""
    five = text.strip(" \t")
    if five.startswith("@"):
        five = _expand(five)
    parts = list(re.finditer(r"[^ \t]+", five))
    if len(parts) != 5:
        raise BadExpression(
            _("a schedule has five fields, this one has {count}").format(count=len(parts)),
            text=text,
            hint=_("minute, hour, day of month, month, day of week"),
        )
    fields = []
    for kind, part in zip(KINDS, parts, strict=True):
        try:
            fields.append(_field(kind, part.group()))
        except _Refused as refused:
            raise BadExpression(
                f"{kind.name}: {refused.fact}",
                text=five,
                span=Span(part.start() + refused.start, part.start() + refused.end),
                hint=refused.hint,
            ) from None
    return CronExpression(text.strip(" \t"), *fields)


def _expand(nickname: str) -> str:
    if nickname in NICKNAMES:
        return NICKNAMES[nickname]
    if nickname == REBOOT:
        fact = _("@reboot is no schedule: it runs once, when cron starts after a boot")
        hint = _("leave it in cron, or start it with the worker")
    else:
        fact = _("cron knows no {name}").format(name=nickname)
        hint = _("use one of {names}").format(names=", ".join(NICKNAMES))
    raise BadExpression(fact, text=nickname, span=Span(0, len(nickname)), hint=hint)


class _Refused(Exception):
    def __init__(self, fact: str, start: int, end: int, hint: str) -> None:
        super().__init__(fact)
        self.fact, self.start, self.end, self.hint = fact, start, end, hint


@lru_cache(maxsize=16384)
def _field(kind: FieldKind, text: str) -> Field:
    """Read a list of elements; what follows the last complete one is skipped, as in get_list()."""
    mask = position = 0
    while True:
        values, position = _element(kind, text, position)
        mask |= values
        if text[position : position + 1] != ",":
            break
        position += 1
    if kind is DAY_OF_WEEK:
        mask = (mask | mask >> 7) & kind.full
    return Field(kind, text, mask, text.startswith("*"), text[position:])


def _element(kind: FieldKind, text: str, start: int) -> tuple[int, int]:
    """The mask of one element, and where it ends."""
    if text[start : start + 1] == "*":
        low, high, end = kind.low, kind.high, start + 1
    else:
        low, end = _number(kind, text, start)
        if text[end : end + 1] != "-":
            if text[end : end + 1] == "/":
                raise _Refused(
                    _("a step needs a range or * before it"),
                    start,
                    len(text),
                    _("write {low}-{high}/step").format(low=low, high=kind.high),
                )
            return 1 << low, end
        high, end = _number(kind, text, end + 1)
    step = 1
    if text[end : end + 1] == "/":
        step, end = _step(text, end + 1)
    # A reversed range is accepted and holds nothing: the loop in get_range() never runs.
    return sum(1 << n for n in range(low, high + 1, step)), end


_WORD = re.compile(r"[0-9A-Za-z]*", re.ASCII)


def _number(kind: FieldKind, text: str, start: int) -> tuple[int, int]:
    match = _WORD.match(text, start)
    assert match is not None
    word, end = match.group(), match.end()
    if word.lower() in kind.names:
        return kind.names.index(word.lower()) + kind.low, end
    if not word.isdigit() or len(word) > LONGEST_WORD:
        shown = word[:20] or text[start : start + 1]
        fact = (
            _("{word} is no number").format(word=shown)
            if shown
            else _("a number is missing after the comma or dash")
        )
        raise _Refused(fact, start, max(end, start + 1), _advice(kind))
    value = int(word)
    if not kind.low <= value <= kind.high:
        fact = _("{value} is outside {low}-{high}").format(value=value, low=kind.low, high=kind.high)
        raise _Refused(fact, start, end, _advice(kind))
    return value, end


def _step(text: str, start: int) -> tuple[int, int]:
    match = _WORD.match(text, start)
    assert match is not None
    word, end = match.group(), match.end()
    if not word.isdigit() or len(word) > LONGEST_WORD or int(word) == 0:
        raise _Refused(
            _("a step is a number from 1"), start, max(end, start + 1), _("write */5 for every fifth")
        )
    return int(word), end


def _advice(kind: FieldKind) -> str:
    named = _(", the first three letters of an English name") if kind.names else ""
    return _("use {low}-{high}{named}, a range, a list or */step").format(
        low=kind.low, high=kind.high, named=named
    )
