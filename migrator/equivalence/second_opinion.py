"""croniter's opinion of a schedule: the next starts beside ours, and why the two differ where they do.

croniter is what many projects compute next runs with. It is no judge: the daemons are, and ours were
run against them (tests/oracle). Its known differences are the rows below, seen with croniter 6 and 7.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from zoneinfo import ZoneInfo

from migrator.errors import BadExpression
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import between, following
from migrator.schedule.transitions import Transition, touched

COMPARED = 12  # starts, all on the wall clock
AROUND = dt.timedelta(hours=4)  # a jump, before it and after it
_RANGE = re.compile(r"(\w{1,9})-(\w{1,9})(?:/\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Agreed:
    """croniter gives the same ``count`` starts."""

    count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """croniter does not take the expression."""

    message: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Disagreed:
    """``moment``: the first start that only one of the two has; ``reason``: why, where that is known."""

    moment: dt.datetime
    ours: bool
    reason: str | None


Opinion = Agreed | Refused | Disagreed
Reason = Callable[[CronExpression], str | None]


@lru_cache(maxsize=16384)
def second_opinion(expression: CronExpression, zone: ZoneInfo, since: dt.date) -> Opinion:
    """What croniter makes of the schedule: its next starts, and those where the zone's clock jumps."""
    from croniter import CroniterError

    start = dt.datetime.combine(since, dt.time(), dt.UTC)
    try:
        ours = [slot.due for slot in following(expression, ZoneInfo("UTC"), start, COMPARED)]
        if found := _first_difference(ours, _next(expression, start, len(ours) or 1)):
            return Disagreed(found[0].replace(tzinfo=None), found[1], _why(expression))
        if there := _where_the_clock_jumps(expression, zone, since):
            return Disagreed(*there)
    except CroniterError as error:
        return Refused(str(error), _why(expression))
    return Agreed(len(ours))


def _next(expression: CronExpression, start: dt.datetime, count: int) -> list[dt.datetime]:
    # Here, because it starts a program when it is imported, and every manage.py imports this module.
    from croniter import CroniterBadDateError, croniter

    theirs = croniter(str(expression), start - dt.timedelta(seconds=1))
    try:
        return [theirs.get_next(dt.datetime) for _number in range(count)]
    except CroniterBadDateError:  # none comes: to us, too, or a difference
        return []


def _first_difference(ours: list[dt.datetime], theirs: list[dt.datetime]) -> tuple[dt.datetime, bool] | None:
    """The first start that one has and the other has not, and whether it is ours."""
    for mine, other in zip_longest(ours, theirs):
        if mine != other:
            is_ours = other is None or (mine is not None and mine < other)
            return (mine if is_ours else other), is_ours
    return None


def _where_the_clock_jumps(
    expression: CronExpression, zone: ZoneInfo, since: dt.date
) -> tuple[dt.datetime, bool, str] | None:
    """The same in the hours around the first jumps that hold a minute of the schedule, and why."""
    for jump in touched(meaning(expression), zone, since, 2)[:2]:
        start = (jump.start - AROUND).replace(tzinfo=zone).astimezone(dt.UTC)
        end = start + 2 * AROUND
        ours = [slot.due for slot in between(expression, zone, start, end)]
        if found := _first_difference(ours, list(_until(expression, zone, start, end))):
            return found[0].astimezone(zone), found[1], _why_there(jump, ours=found[1])
    return None


def _why_there(jump: Transition, *, ours: bool) -> str:
    """What croniter does otherwise where the clock jumps; ``ours``: cron starts it, croniter does not."""
    if jump.gap and ours:
        return _("cron starts what the clock leaves out in the first minute after it, and croniter does not")
    if jump.gap:
        return _("croniter starts a minute that the clock leaves out at another one, and cron does not")
    if ours:
        return _("the hour is there twice, and cron starts it in both; croniter in one of them")
    return _("the hour is there twice, and cron starts a fixed time in the first; croniter in both")


def _until(
    expression: CronExpression, zone: ZoneInfo, start: dt.datetime, end: dt.datetime
) -> Iterator[dt.datetime]:
    from croniter import croniter

    last = start - dt.timedelta(seconds=1)
    theirs = croniter(str(expression), last.astimezone(zone))
    # croniter 6.0.0 gives one start again and again where the clock goes back
    while last < (moment := theirs.get_next(dt.datetime).astimezone(dt.UTC)) < end:
        yield moment
        last = moment


def _why(expression: CronExpression) -> str | None:
    return next(filter(None, (reason(expression) for reason in _REASONS)), None)


def _skipped_text(expression: CronExpression) -> str | None:
    """``5#2``, ``1.5``, ``*5``, ``0~59``."""
    texts = [field.ignored for field in expression.fields if field.ignored]
    return _("cron skips {text}, and croniter does not").format(text=texts[0]) if texts else None


def _reversed_range(expression: CronExpression) -> str | None:
    """``22-2``, ``fri-sun``: the loop of the daemon never runs."""
    texts = [text for text, low, high in _ranges(expression) if low > high]
    return (
        _("croniter wraps {range} round, and to cron it is empty").format(range=texts[0]) if texts else None
    )


def _range_of_one(expression: CronExpression) -> str | None:
    """``6-6``, which croniter takes for once round the week."""
    texts = [text for text, low, high in _ranges(expression) if low == high]
    fact = _("croniter takes {range} for every value, and to cron it is one")
    return fact.format(range=texts[0]) if texts else None


def _ranges(expression: CronExpression) -> Iterator[tuple[str, int, int]]:
    """Each range of the fields as written, with its ends."""
    for field in expression.fields:
        names = {name: field.kind.names.index(name) + field.kind.low for name in field.kind.names}
        for element in field.text.lower().split(","):
            match = _RANGE.fullmatch(element)
            if match and all(word in names or word.isdigit() for word in match.groups()):
                low, high = (names[word] if word in names else int(word) for word in match.groups())
                yield element, low, high


def _rule_for_days(expression: CronExpression) -> str | None:
    """``*/2 * 1``: entry.c looks at the first character alone."""
    if expression.day_of_month.text == "*" or expression.day_of_week.text == "*":
        return None
    if expression.days == "both":
        return _("a day field begins with *, so cron wants both to fit; croniter is content with either")
    return _("no day field begins with *, so cron is content with either; croniter goes by their values")


def _other_daemon(expression: CronExpression) -> str | None:
    """``0 0 */2 * *`` of busybox, whose days are 2, 4, 6."""
    try:
        alike = meaning(parse(expression.text)) == meaning(expression)
    except BadExpression:
        alike = False
    return None if alike else _("it knows no daemon but Debian's, which reads these fields otherwise")


_REASONS: tuple[Reason, ...] = (_other_daemon, _skipped_text, _reversed_range, _range_of_one, _rule_for_days)


def opinion_finding(opinion: Opinion, program: str = "cron", place: Place | None = None) -> Finding | None:
    """What there is to say about it; nothing where the two agree."""
    match opinion:
        case Agreed():
            return None
        case Refused(message, reason):
            fact = _("croniter refuses the schedule: {message}").format(message=message)
        case Disagreed(moment, ours, reason):
            side = _("does not start it at {moment}") if ours else _("starts it at {moment}, too")
            fact = _("croniter {differs}").format(
                differs=side.format(moment=moment.isoformat(sep=" ", timespec="minutes"))
            )
    known = f"{fact}: {reason}" if reason else _("{fact}, and why is not known").format(fact=fact)
    hint = (
        _("ours is what {program} does; do not take next runs from croniter").format(program=program)
        if reason
        else _("ask the daemon, and report it with the expression: one of the two is wrong")
    )
    return Finding("CM214", place, known, hint)
