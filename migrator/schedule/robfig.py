"""Schedules as Go's cron package reads them: Kubernetes, ofelia and their like.

Authority: parser.go and spec.go of github.com/robfig/cron/v3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from migrator.errors import BadExpression
from migrator.i18n import _
from migrator.schedule.dialect import NICKNAMES, Dialect
from migrator.schedule.field import DAY_OF_WEEK, Field, FieldKind, Refused
from migrator.schedule.kinds import Interval, Schedule, Undecided
from migrator.schedule.policy import WALL_CLOCK
from migrator.schedule.read import read_schedule

_ELEMENT = re.compile(
    r"(?:(?P<star>[*?])|(?P<low>[0-9]+|[a-z]{3})(?:-(?P<high>[0-9]+|[a-z]{3}))?)(?:/(?P<step>[0-9]+))?"
)
_ZONE = re.compile(r"(?:CRON_)?TZ=(?P<zone>\S+)[ \t]+(?P<rest>.*)", re.DOTALL)
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)(?P<unit>ns|us|µs|ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_LONGEST = 2**63 / 10**9  # seconds; time.Duration counts nanoseconds in 63 bits
_LARGEST = 7  # digits; no field holds as much, and no step either


@dataclass(frozen=True, slots=True)
class RobfigField:
    """Reads a list of ``*``, ``?``, ``a``, ``a-b``, each with a step; ``a/n`` has no end."""

    def read(self, kind: FieldKind, text: str) -> Field:
        """The field that ``text`` is; raises Refused."""
        mask, starred = 0, False
        for match in re.finditer(r"[^,]+", text):
            values, star = _element(kind, match.group().lower(), match.span())
            mask, starred = mask | values, starred or star
        return Field(kind, text, mask, starred)


# The controller keeps no account of the clock's jumps: a minute in the gap is not made up for.
ROBFIG = Dialect(
    name="robfig",
    program="Go's cron package",
    fields=RobfigField(),
    nicknames=MappingProxyType(NICKNAMES),
    reboot=False,
    policy=WALL_CLOCK,
    blanks=r"[\s]+",
    user_column=False,
    percent=False,
)


@dataclass(frozen=True, slots=True)
class Timed:
    """A schedule, and the zone that is written before it."""

    schedule: Schedule
    zone: str | None = None


@lru_cache(maxsize=4096)
def read_robfig(text: str, *, seconds: bool = False) -> Timed:
    """The schedule that ``text`` is, where ``seconds`` with a field for those; raises BadExpression."""
    written = text.strip()
    zone = _ZONE.fullmatch(written)
    rest = zone["rest"].strip() if zone else written
    name = zone["zone"] if zone else None
    if rest.startswith("@every "):
        return Timed(_every(rest), name)
    words = rest.split()
    if seconds and len(words) == 6:
        return Timed(_with_seconds(rest, words[0], " ".join(words[1:])), name)
    return Timed(read_schedule(rest, ROBFIG), name)


def _with_seconds(text: str, second: str, five: str) -> Schedule:
    schedule = read_schedule(five, ROBFIG)
    if re.fullmatch("0+", second):
        return schedule
    step = re.fullmatch(r"[*?](?:/(\d{1,2}))?|0/(\d{1,2})", second)
    every = int(step[1] or step[2] or 1) if step else 0
    if every and 60 % every == 0 and all(field in "*?" for field in five.split()):
        return Interval(text, every)
    return Undecided(text, _("it starts at the seconds {text}").format(text=second))


def _every(text: str) -> Schedule:
    """``@every 1h30m``; the package rounds down to whole seconds, and one is the least."""
    duration = text.removeprefix("@every ").strip()
    parts = list(_DURATION.finditer(duration))
    seconds = sum(float(part["number"]) * _SECONDS[part["unit"]] for part in parts)
    whole = "".join(part.group() for part in parts) == duration.removeprefix("+")
    if not parts or not whole or seconds >= _LONGEST:
        raise BadExpression(
            _("{text} is no length of time").format(text=duration),
            text=text,
            hint=_("write it as in @every 1h30m"),
        )
    return Interval(text, max(1, int(seconds)))


def _element(kind: FieldKind, word: str, place: tuple[int, int]) -> tuple[int, bool]:
    match = _ELEMENT.fullmatch(word)
    high_most = 6 if kind is DAY_OF_WEEK else kind.high
    advice = _("use {low}-{high}, a range, a list or */step").format(low=kind.low, high=high_most)
    if match is None:
        raise Refused(_("{word} is no number").format(word=word[:20]), *place, advice)
    step = _number(kind, match["step"] or "1")
    low = kind.low if match["star"] else _number(kind, match["low"])
    open_end = match["star"] or (match["step"] and not match["high"])
    high = high_most if open_end else _number(kind, match["high"] or match["low"])
    if low is None or high is None or step is None:
        raise Refused(_("{word} is no number").format(word=word[:20]), *place, advice)
    if low < kind.low or high > high_most:
        fact = _("{word} is outside {low}-{high}").format(word=word[:20], low=kind.low, high=high_most)
        raise Refused(fact, *place, advice)
    if low > high or not step:
        raise Refused(_("the range {range} runs backwards").format(range=word[:20]), *place, advice)
    return sum(1 << n for n in range(low, high + 1, step)), bool(match["star"]) and step == 1


def _number(kind: FieldKind, text: str) -> int | None:
    if text in kind.names:
        return kind.names.index(text) + kind.low
    return int(text) if text.isdigit() and len(text) <= _LARGEST else None
