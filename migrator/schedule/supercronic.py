"""Fields as supercronic reads them: numbers and names in full shape, and words of Quartz.

Authority: cronexpr_parse.go of github.com/aptible/supercronic. Each element of a list must be
one of a few shapes, whole; an empty element is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from migrator.i18n import _
from migrator.schedule.field import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    YEAR,
    Field,
    FieldKind,
    Refused,
)

_FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_FULL_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_BELOW_60 = {text: n for n in range(60) for text in (str(n), f"{n:02}")}


def _two_digits(low: int, high: int) -> dict[str, int]:
    return {text: n for text, n in _BELOW_60.items() if low <= n <= high}


def _named(names: tuple[str, ...], full: tuple[str, ...], low: int) -> dict[str, int]:
    return {word: n for words in (names, full) for n, word in enumerate(words, low)}


# What each field takes for a value.
_VALUES: dict[FieldKind, dict[str, int]] = {
    SECOND: _BELOW_60,
    MINUTE: _BELOW_60,
    HOUR: _two_digits(0, 23),
    DAY_OF_MONTH: _two_digits(1, 31),
    MONTH: _two_digits(1, 12) | _named(MONTH.names, _FULL_MONTHS, 1),
    DAY_OF_WEEK: {word: n % 7 for word, n in _two_digits(0, 7).items()}
    | _named(DAY_OF_WEEK.names, _FULL_WEEKDAYS, 0),
    YEAR: {str(n): n for n in range(1970, 2100)},
}
# supercronic takes a range that runs backwards if it has a step, and panics where these hold no other value
_LOOKED_UP = (SECOND, MINUTE, HOUR, MONTH)
_STEPS = _BELOW_60 | _VALUES[YEAR]
_ELEMENT = re.compile(
    r"(?P<low>[0-9a-z]+) (?:-(?P<high>[0-9a-z]+))? (?:/(?P<step>[0-9]+))? | \*/(?P<every>[0-9]+)", re.VERBOSE
)
_QUARTZ = {
    DAY_OF_MONTH: re.compile(r"l|lw|(?P<value>[0-9]+)w"),
    DAY_OF_WEEK: re.compile(r"(?P<value>[0-9a-z]+?)(?:l|#[1-5])"),
}


@dataclass(frozen=True, slots=True)
class SupercronicField:
    """Reads a list of whole elements: ``*``, ``?``, ``a``, ``a-b``, ``*/n``, ``a/n``, ``a-b/n``."""

    def read(self, kind: FieldKind, text: str) -> Field:
        """The field that ``text`` is; raises Refused."""
        return _field(kind, text)


@lru_cache(maxsize=16384)
def _field(kind: FieldKind, text: str) -> Field:
    elements = list(re.finditer(r"[^,]+", text))
    if not elements:
        raise Refused(_("a number is missing after the comma or dash"), 0, len(text), _advice(kind))
    mask = 0
    undecided = ""
    for match in elements:
        word = match.group().lower()
        if quartz := _quartz(kind, word):
            undecided = undecided or quartz
            continue
        mask |= _element(kind, word, match.span())
        undecided = undecided or _padded(kind, word)
    if not mask and not undecided and kind in _LOOKED_UP:
        fact = _("the range {range} runs backwards").format(range=elements[-1].group())
        raise Refused(fact, *elements[-1].span(), _advice(kind))
    starred = any(match.group() in ("*", "?") for match in elements)
    return Field(kind, text, kind.folded(mask), starred, "", undecided)


def _quartz(kind: FieldKind, word: str) -> str:
    """Why no mask can hold a day: it is the last of the month, the nearest workday, the third Friday."""
    pattern = _QUARTZ.get(kind)
    match = pattern.fullmatch(word) if pattern else None
    if match is None or (match["value"] is not None and match["value"] not in _VALUES[kind]):
        return ""
    return _("the days that {text} means change from month to month").format(text=word)


def _padded(kind: FieldKind, word: str) -> str:
    """Its patterns for months and weekdays take a leading zero, its tables of values do not."""
    if kind not in (MONTH, DAY_OF_WEEK) or not re.match(r"0[0-9]|[0-9a-z]+-0[0-9]", word):
        return ""
    return _("supercronic takes {text} and misreads its leading zero").format(text=word)


def _element(kind: FieldKind, word: str, place: tuple[int, int]) -> int:
    if word in ("*", "?"):
        return _values(kind.low, _most(kind), 1)
    match = _ELEMENT.fullmatch(word)
    values = _VALUES[kind]
    if match is None or any(match[end] is not None and match[end] not in values for end in ("low", "high")):
        raise Refused(_("{word} is no number").format(word=word[:20]), *place, _advice(kind))
    low = kind.low if match["every"] else values[match["low"]]
    step = _step(kind, match["every"] or match["step"], place)
    if match["high"] is None and match["step"] is None and not match["every"]:
        return 1 << low
    high = _most(kind) if match["high"] is None else values[match["high"]]
    if high < low and match["step"] is None:
        fact = _("the range {range} runs backwards").format(range=word)
        raise Refused(fact, *place, _advice(kind))
    return _values(low, high, step)


def _step(kind: FieldKind, digits: str | None, place: tuple[int, int]) -> int:
    step = 1 if digits is None else _STEPS.get(digits, 0)
    if not 1 <= step <= _most(kind):
        raise Refused(
            _("a step is a number from 1 to {most}").format(most=_most(kind)), *place, _advice(kind)
        )
    return step


def _values(low: int, high: int, step: int) -> int:
    return sum(1 << n for n in range(low, high + 1, step))


def _most(kind: FieldKind) -> int:
    """The highest value; weekdays end with 6 here, and 7 is 0."""
    return min(kind.high, 6) if kind is DAY_OF_WEEK else kind.high


def _advice(kind: FieldKind) -> str:
    named = _(", an English name or its first three letters") if kind.names else ""
    return _("use {low}-{high}{named}, a range, a list or */step").format(
        low=kind.low, high=_most(kind), named=named
    )
