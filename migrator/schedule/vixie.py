"""Fields as Vixie's cron and its heirs read them: Debian's cron and cronie.

Authority: get_list(), get_range() and get_number() in entry.c of Debian's cron 3.0pl1 and of
cronie 1.7.2. Both accept more than crontab(5) says: a reversed range holds nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from migrator.i18n import _
from migrator.schedule.field import Field, FieldKind, Refused, c_int

_WORD = re.compile(r"[0-9A-Za-z]*", re.ASCII)
_SEEN = 20  # characters of a wrong word that a message shows


@dataclass(frozen=True, slots=True)
class VixieList:
    """Reads a list of elements: ``*``, a number or a name, ``a-b``, ``*/n``, ``a-b/n``.

    ``skips_rest``: text after a complete list is skipped, not refused. ``draws``: ``a~b`` is a
    number drawn when the file is loaded. ``checks_visited``: values are checked as they are
    counted, so that the end of a range may lie outside if the step never gets there.
    """

    longest_word: int  # characters; get_number() gives up beyond
    skips_rest: bool = False
    draws: bool = False
    checks_visited: bool = False

    def read(self, kind: FieldKind, text: str) -> Field:
        """The field that ``text`` is; raises Refused."""
        return _field(self, kind, text)


@dataclass(frozen=True, slots=True)
class _Element:
    mask: int
    end: int
    drawn: str = ""


@lru_cache(maxsize=16384)
def _field(grammar: VixieList, kind: FieldKind, text: str) -> Field:
    mask = position = 0
    drawn = ""
    while True:
        element = _element(grammar, kind, text, position)
        mask |= element.mask
        drawn = drawn or element.drawn
        position = element.end
        if text[position : position + 1] != ",":
            break
        position += 1
    rest = text[position:]
    if rest and not grammar.skips_rest:
        raise Refused(
            _("{rest} after a complete value").format(rest=repr(rest)), position, len(text), advice(kind)
        )
    reason = _("cron draws {text} when it loads the file").format(text=drawn) if drawn else ""
    return Field(kind, text, kind.folded(mask), text.startswith("*"), rest, reason)


def _element(grammar: VixieList, kind: FieldKind, text: str, start: int) -> _Element:
    """The element that begins at ``start``."""
    if text[start : start + 1] == "*":
        low, high, end = kind.low, kind.high, start + 1
    elif grammar.draws and text[start : start + 1] == "~":
        return _drawn(grammar, kind, text, (start, kind.low, start))
    else:
        low, end = _number(grammar, kind, text, start)
        if grammar.draws and text[end : end + 1] == "~":
            return _drawn(grammar, kind, text, (start, low, end))
        if text[end : end + 1] != "-":
            _no_step(kind, text, start, end)
            return _Element(_span(kind, text, (low, low, 1), (start, end)), end)
        high, end = _number(grammar, kind, text, end + 1)
    step = 1
    if text[end : end + 1] == "/":
        step, end = _step(grammar, text, end + 1)
    return _Element(_span(kind, text, (low, high, step), (start, end)), end)


def _span(kind: FieldKind, text: str, counted: tuple[int, int, int], place: tuple[int, int]) -> int:
    """The values of a range; a reversed one holds nothing: the loop in get_range() never runs."""
    low, high, step = counted
    last = low + (high - low) // step * step
    for value in (low, last) if low <= high else ():
        if not kind.low <= value <= kind.high:
            _outside(kind, value, *place)
    return sum(1 << n for n in range(low, high + 1, step))


def _outside(kind: FieldKind, value: int, start: int, end: int) -> None:
    fact = _("{value} is outside {low}-{high}").format(value=value, low=kind.low, high=kind.high)
    raise Refused(fact, start, end, advice(kind))


def _drawn(grammar: VixieList, kind: FieldKind, text: str, begun: tuple[int, int, int]) -> _Element:
    """``a~b``: any of the values, drawn anew at each load; the ends may be left out."""
    start, low, tilde = begun
    high, end = kind.high, tilde + 1
    if text[end : end + 1] not in ("", ","):
        high, end = _number(grammar, kind, text, end)
    if low > high:
        fact = _("nothing can be drawn from {low} to {high}").format(low=low, high=high)
        raise Refused(fact, start, end, advice(kind))
    if low > kind.high or high < kind.low:
        _outside(kind, low, start, end)
    if low < high:
        return _Element(0, end, text[start:end])
    return _Element(1 << low, end)


def _no_step(kind: FieldKind, text: str, start: int, end: int) -> None:
    if text[end : end + 1] == "/":
        raise Refused(
            _("a step needs a range or * before it"),
            start,
            len(text),
            _("write {low}-{high}/step").format(low=kind.low, high=kind.high),
        )


def _number(grammar: VixieList, kind: FieldKind, text: str, start: int) -> tuple[int, int]:
    match = _WORD.match(text, start)
    assert match is not None
    word, end = match.group(), match.end()
    if word.lower() in kind.names:
        return kind.names.index(word.lower()) + kind.low, end
    if not word.isdigit() or len(word) > grammar.longest_word:
        shown = word[:_SEEN] or text[start : start + 1]
        fact = (
            _("{word} is no number").format(word=shown)
            if shown
            else _("a number is missing after the comma or dash")
        )
        raise Refused(fact, start, max(end, start + 1), advice(kind))
    value = c_int(word)
    if not grammar.checks_visited and not kind.low <= value <= kind.high:
        _outside(kind, value, start, end)
    return value, end


def _step(grammar: VixieList, text: str, start: int) -> tuple[int, int]:
    match = _WORD.match(text, start)
    assert match is not None
    word, end = match.group(), match.end()
    if not word.isdigit() or len(word) > grammar.longest_word or c_int(word) < 1:
        raise Refused(
            _("a step is a number from 1"), start, max(end, start + 1), _("write */5 for every fifth")
        )
    return c_int(word), end


def advice(kind: FieldKind) -> str:
    """What the field takes."""
    named = _(", the first three letters of an English name") if kind.names else ""
    return _("use {low}-{high}{named}, a range, a list or */step").format(
        low=kind.low, high=kind.high, named=named
    )
