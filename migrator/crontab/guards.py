"""Commands whose exit status decides whether the rest runs, and what a test of the date comes to."""

from __future__ import annotations

import operator
import posixpath
import re
from collections.abc import Callable, Iterator

from migrator.crontab.options import plain
from migrator.crontab.shell import Group, Negated, Opaque, Pipeline, Shell, Simple, Test
from migrator.i18n import _

PROBES = {
    "[", "[[", "cmp", "command", "diff", "dpkg-query", "egrep", "false", "fgrep", "findmnt", "fuser",
    "getent", "grep", "hash", "host", "ischroot", "let", "lsof", "ls", "mountpoint", "nc", "netstat",
    "nslookup", "on_ac_power", "pgrep", "pidof", "ping", "ps", "rpm", "ss", "systemctl", "test",
    "type", "uptime", "which", "who", "whoami",
}  # fmt: skip
_LOOKS = {"systemctl": {"is-active", "is-enabled", "is-failed", "status"}, "command": {"-v", "-V"}}


def probes(shell: Shell) -> bool:
    """Whether a command only looks, so that ``&&`` or ``||`` behind it makes it a guard."""
    match shell:
        case Negated(_, body) | Group(_, body, redirects=()):
            return probes(body)
        case Simple(words=(first, *rest)):
            name = posixpath.basename(plain(first))
            looks = _LOOKS.get(name)
            return name in PROBES and (looks is None or any(word.text in looks for word in rest))
        case Pipeline(parts=(first, *rest)):
            return probes(first) and all(isinstance(part, Simple) for part in rest)
        case Opaque(text):
            return text.startswith("((")
        case _:
            return isinstance(shell, Test)


# What date(1) prints, and the values that can be.
_DOMAINS: dict[str, tuple[Callable[[], str], range]] = {
    "m": (lambda: _("a month field in disguise: months {values}"), range(1, 13)),
    "d": (lambda: _("a day-of-month field in disguise: days {values}"), range(1, 32)),
    "e": (lambda: _("a day-of-month field in disguise: days {values}"), range(1, 32)),
    "u": (lambda: _("a day-of-week field in disguise: weekdays {values}, 1 is Monday"), range(1, 8)),
    "w": (lambda: _("a day-of-week field in disguise: weekdays {values}, 0 is Sunday"), range(7)),
    "H": (lambda: _("an hour field in disguise: hours {values}"), range(24)),
    "k": (lambda: _("an hour field in disguise: hours {values}"), range(24)),
    "M": (lambda: _("a minute field in disguise: minutes {values}"), range(60)),
}
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "-eq": operator.eq, "=": operator.eq, "==": operator.eq, "-ne": operator.ne, "!=": operator.ne,
    "-le": operator.le, "-lt": operator.lt, "-ge": operator.ge, "-gt": operator.gt,
}  # fmt: skip
_MIRRORED = {"-le": "-ge", "-lt": "-gt", "-ge": "-le", "-gt": "-lt"}
_NAMES = {
    "a": (["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "u"),
    "b": (["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], "m"),
}
_TEST = re.compile(r"(?:\[\[?|test)\s+(?P<left>.+?)\s+(?P<sign>-\w\w|!?==?)\s+(?P<right>.+?)(?:\s+\]\]?)?\s*")
_DATE = re.compile(r"[\"']?(?:\$\(|`)\s*(?:\S*/)?date\s+(?P<arguments>[^`()]+?)\s*[)`][\"']?")
_PARITY = re.compile(r"date\s+[^)`]*\+\\?[\"']?%[sVWUj][^%]*%?.*[%]\s*2\b")


def calendar_words(text: str, *, negated: bool = False) -> str | None:
    """What a test of the date means, in words; None if it is no such test, or not one that is known."""
    match = _TEST.fullmatch(text) if len(text) < 300 else None
    if match is None:
        return (
            _("every second day or week: an interval, which no crontab field says") if _parity(text) else None
        )
    left, sign, right = match["left"], match["sign"], match["right"]
    if _DATE.fullmatch(right) and not _DATE.fullmatch(left):
        left, right, sign = right, left, _MIRRORED.get(sign, sign)
    dated = _DATE.fullmatch(left)
    if dated is None or sign not in _COMPARISONS:
        return (
            _("every second day or week: an interval, which no crontab field says") if _parity(text) else None
        )
    arguments = dated["arguments"].replace("\\", "")
    holds = _COMPARISONS[sign]
    compares = (lambda a, b: not holds(a, b)) if negated else holds
    if re.search(r"tomorrow|next-day|\+?1 ?day", arguments):
        return _last_day(arguments, right, compares)
    form = re.fullmatch(r"[\"']?\+[\"']?%-?([a-zA-Z])[\"']?", arguments)
    return _field(form[1], right.strip("\"'"), compares) if form else None


def _parity(text: str) -> bool:
    return _PARITY.search(text) is not None


def _last_day(arguments: str, right: str, compares: Callable[[int, int], bool]) -> str | None:
    """Tomorrow is the 1st, or in another month."""
    first = "d" in arguments.rpartition("%")[2] and right.strip("\"'") in ("1", "01") and compares(1, 1)
    other_month = "m" in arguments.rpartition("%")[2] and _DATE.fullmatch(right) and compares(0, 1)
    return (
        _("the last day of the month, by the clock of the job's time zone") if first or other_month else None
    )


def _field(letter: str, value: str, compares: Callable[[int, int], bool]) -> str | None:
    if letter.lower() in _NAMES:
        names, letter = _NAMES[letter.lower()]
        value = next(
            (str(number) for number, name in enumerate(names, 1) if value.lower().startswith(name)), ""
        )
    if letter not in _DOMAINS or not re.fullmatch(r"\d{1,4}", value):
        return None
    words, domain = _DOMAINS[letter]
    kept = [one for one in domain if compares(one, int(value))]
    return words().format(values=",".join(_ranges(kept))) if kept else _("never true: the job has never run")


def _ranges(values: list[int]) -> Iterator[str]:
    """``1-7``, ``3``: the runs of neighbours."""
    start = 0
    for index, value in enumerate(values):
        if index + 1 == len(values) or values[index + 1] != value + 1:
            yield str(value) if index == start else f"{values[start]}-{value}"
            start = index + 1
