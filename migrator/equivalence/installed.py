"""Beat's schedule as a project has it now, against cron's: all entries of a job together, for all time.

By one clock the sets of minutes are compared, which holds for all time. By two clocks no set
says it, and the starts of ten years are compared one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import zip_longest
from zoneinfo import ZoneInfo

from migrator.equivalence.celery_crontab import CeleryCrontab, celery_expression
from migrator.equivalence.prove import Differences, differences, same_pace
from migrator.i18n import _
from migrator.schedule.blocks import timetable
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import epoch_starts
from migrator.schedule.parting import Parting, partings
from migrator.schedule.policy import CELERY
from migrator.schedule.transitions import EPOCH, stretches
from migrator.zones import zone_of

YEARS = 10


@dataclass(frozen=True, slots=True)
class Installed:
    """An entry of beat's schedule: its name, the task that it sends, the schedule as Celery shows it.

    ``fires``: what Celery makes of the schedule; a CronExpression is a schedule class that fires
    as cron does. ``idle``: why beat never sends it as it is.
    """

    name: str
    task: str
    written: str
    fires: CeleryCrontab | CronExpression | Interval | None = None
    timezone: str | None = None
    idle: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """No entry sends the task."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Entries send it, and beat goes by none of them."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry has a schedule class that only its own code knows."""

    written: str


@dataclass(frozen=True, slots=True)
class OtherPace:
    """One counts seconds from its last start; the other counts others, or goes by the clock (None)."""

    cron: int | None
    celery: int | None


@dataclass(frozen=True, slots=True)
class OtherClock:
    """Beat goes by the clock of another zone; ``moment``: the first start that only one of them has."""

    zone: str
    moment: dt.datetime
    by_cron: bool


Judgement = Differences | Missing | Idle | Unread | OtherPace | OtherClock


@dataclass(frozen=True, slots=True)
class Judged:
    """A job of cron's, the entries that do it under Celery, and whether the two are the same."""

    job: str
    schedule: CronExpression | Interval
    timezone: str
    entries: tuple[Installed, ...]
    judgement: Judgement
    partings: tuple[Parting, ...] = ()
    moved_from: str | None = None  # cron's time, where beat has the declared one by now

    @property
    def equal(self) -> bool:
        return self.judgement == Differences()

    @property
    def exact(self) -> bool:
        """Equal, and on the nights when the clock jumps, too."""
        return self.equal and not self.partings


def judge_installed(
    job: str,
    schedule: CronExpression | Interval,
    timezone: str,
    entries: Iterable[Installed],
    *,
    since: dt.date,
) -> Judged:
    """Whether the entries together fire exactly when cron does, from ``since`` on."""
    judged = judge_minutes(job, schedule, timezone, entries, since=since)
    live = [entry for entry in judged.entries if not entry.idle]
    if isinstance(schedule, CronExpression) and judged.equal and _stock(live, timezone, since):
        tables = [timetable(_expression(entry)) for entry in live]
        parted = partings(schedule, zone_of(timezone), since, entries=tables, years=YEARS)
        return replace(judged, partings=parted)
    return judged


def judge_minutes(
    job: str,
    schedule: CronExpression | Interval,
    timezone: str,
    entries: Iterable[Installed],
    *,
    since: dt.date,
) -> Judged:
    """The same, but for the nights when the clock jumps, which take a thousand times as long."""
    entries = tuple(entries)
    live = [entry for entry in entries if not entry.idle]
    judgement = _judged(schedule, timezone, live, since) if live else Idle() if entries else Missing()
    return Judged(job, schedule, timezone, entries, judgement)


def judge_declared(
    job: str,
    schedule: CronExpression | Interval,
    timezone: str,
    entries: Iterable[Installed],
    *,
    since: dt.date,
    move: CronExpression | None,
) -> Judged:
    """The same, where the team has declared a move: beat may have the time to come, put there by hand."""
    entries = tuple(entries)
    judged = judge_installed(job, schedule, timezone, entries, since=since)
    if judged.equal or move is None or move.text == schedule.text:
        return judged
    moved = judge_installed(job, move, timezone, entries, since=since)
    return replace(moved, moved_from=schedule.text) if moved.equal else judged


def _stock(live: Sequence[Installed], timezone: str, since: dt.date) -> bool:
    """Celery's own crontabs by cron's clock, where the sets say nothing of its jumps."""
    return all(isinstance(one.fires, CeleryCrontab) and _same_clock(one, timezone, since) for one in live)


def _judged(
    schedule: CronExpression | Interval, timezone: str, live: Sequence[Installed], since: dt.date
) -> Judgement:
    for entry in live:
        if entry.fires is None:
            return Unread(entry.written)
    counted = [entry.fires.seconds if isinstance(entry.fires, Interval) else None for entry in live]
    if isinstance(schedule, Interval):
        same = counted == [schedule.seconds]
        return Differences() if same else OtherPace(schedule.seconds, counted[0])
    for seconds in counted:
        if seconds is not None:
            return OtherPace(None, seconds)
    one_kind = len({type(entry.fires) for entry in live}) == 1
    if one_kind and all(_same_clock(entry, timezone, since) for entry in live):
        return differences(meaning(schedule), (meaning(_expression(entry)) for entry in live), since=since)
    return _by_instants(schedule, timezone, live, since)


def _expression(entry: Installed) -> CronExpression:
    fires = entry.fires
    assert isinstance(fires, CeleryCrontab | CronExpression)
    return fires if isinstance(fires, CronExpression) else celery_expression(fires)


def _same_clock(entry: Installed, timezone: str, since: dt.date) -> bool:
    return same_clock(entry.timezone or "UTC", timezone, since)


def same_clock(one: str, other: str, since: dt.date) -> bool:
    """Whether two names of zones show the same time for ten years: Poland, and Europe/Warsaw."""
    years = range(since.year, since.year + YEARS + 1)
    return one == other or all(
        stretches(zone_of(one), year) == stretches(zone_of(other), year) for year in years
    )


def _zone(entry: Installed) -> ZoneInfo:
    return zone_of(entry.timezone or "UTC")


def _by_instants(
    expression: CronExpression, timezone: str, live: Sequence[Installed], since: dt.date
) -> Judgement:
    """The starts of ten years, side by side, to the first that only one side has."""
    start = dt.datetime.combine(since, dt.time(), dt.UTC)
    end = start + dt.timedelta(days=366 * YEARS)
    zone = zone_of(timezone)
    cron = epoch_starts(expression, zone, start, end)
    celery = merge(*(entry_starts(entry, start, end) for entry in live))
    for mine, other in zip_longest(cron, celery):
        if mine != other:
            by_cron = other is None or (mine is not None and mine < other)
            moment = EPOCH + dt.timedelta(seconds=mine if by_cron else other)
            return OtherClock(_odd_zone(live, timezone), moment.astimezone(zone), by_cron)
    return Differences()


def entry_starts(entry: Installed, start: dt.datetime, end: dt.datetime) -> Iterator[int]:
    """The instants in [start, end), in epoch seconds, at which an entry that goes by a clock is due."""
    expression = _expression(entry)
    policy = CELERY if isinstance(entry.fires, CeleryCrontab) else expression.policy
    return epoch_starts(expression, _zone(entry), start, end, policy=policy)


def _odd_zone(live: Sequence[Installed], timezone: str) -> str:
    return next((entry.timezone or "UTC" for entry in live if entry.timezone != timezone), timezone)


def explain_installed(judged: Judged) -> str:
    """One sentence for the report."""
    sentence = _explained(judged)
    if judged.moved_from is None:
        return sentence
    return _("beat has the declared move, {after}, and cron's line still {before}: {proof}").format(
        after=judged.schedule.text, before=judged.moved_from, proof=sentence
    )


def _explained(judged: Judged) -> str:
    match judged.judgement:
        case Differences() as found:
            return same_pace(judged.schedule) if isinstance(judged.schedule, Interval) else found.sentence
        case Missing():
            return _("no entry of beat's schedule sends it")
        case Idle():
            return _("beat never sends it: {reasons}").format(
                reasons=_("; ").join(f"{entry.name}: {entry.idle}" for entry in judged.entries)
            )
        case Unread(written):
            return _("{schedule} is a schedule of its own, which no proof reads").format(schedule=written)
        case OtherPace(cron, celery):
            return _("cron {cron}, and Celery {celery}").format(cron=_pace(cron), celery=_pace(celery))
        case OtherClock(zone, moment, by_cron):
            message = (
                _("beat goes by {zone}: cron fires at {moment}, and Celery does not")
                if by_cron
                else _("beat goes by {zone}: Celery fires at {moment}, and cron does not")
            )
            return message.format(zone=zone, moment=moment.isoformat(sep=" ", timespec="minutes"))


def _pace(seconds: int | None) -> str:
    if seconds is None:
        return _("goes by the clock")
    return _("counts {seconds} seconds from its last start").format(seconds=seconds)
