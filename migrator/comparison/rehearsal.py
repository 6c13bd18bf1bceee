"""A rehearsal: what beat sent on a virtual clock, slot by slot against what cron starts.

Expected slots come from cron's schedule; a message belongs to the slot that it is in time
for. A rehearsal is about schedules and nothing is executed in it: its words are those of
the comparison, its verdict is none.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from migrator.comparison.outcomes import Outcome
from migrator.schedule.occurrences import Slot
from migrator.schedule.parting import parted

MINUTE = 60.0  # seconds: a start within the slot's own minute is in time
PACE = 10.0  # cron.c: the pause after each missed minute that had jobs
LATEST = 300.0  # cron.c: a start that is up to five minutes late is late, and not lost
MOST_DAYS = 20  # whose starts are told; the others are counted
DIFFERENT = (Outcome.CONTROL_ONLY, Outcome.CANDIDATE_ONLY, Outcome.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of time, in epoch seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Day:
    """A date, by the job's clock, on which one of the two has starts that the other has not."""

    date: dt.date
    cron: tuple[dt.datetime, ...]
    celery: tuple[dt.datetime, ...]
    clock_change: bool

    @property
    def sentence(self) -> str:
        """Which of the two starts the job when."""
        return parted(self.cron, self.celery)


@dataclass(frozen=True, slots=True)
class Result:
    """One job over the whole window."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    days: tuple[Day, ...] = ()  # the first of those that differ
    differing: int = 0  # how many days differ
    off_nights: int = 0  # how many of them are no days of a clock change

    @property
    def expected(self) -> int:
        """How many slots cron has in the window."""
        outside = self.counts[Outcome.CANDIDATE_ONLY] + self.counts[Outcome.DUPLICATE]
        return self.counts.total() - outside

    @property
    def equal(self) -> bool:
        """Each slot has its one message, and each message its slot."""
        return not any(self.counts[outcome] for outcome in DIFFERENT)


def compare_starts(
    slots: Iterable[Slot], sent: Sequence[float], zone: ZoneInfo, *, off: Sequence[Spell] = ()
) -> Result:
    """Cron's slots against the instants (epoch seconds, in order) of beat's messages.

    ``off``: where the job was switched off on purpose; what is not sent there is not compared.
    A beat that is stopped loses slots that cron, which nobody has stopped, has.
    """
    return result_of(_outcomes(_paired(slots, sent), off), zone)


def result_of(outcomes: Iterable[tuple[Outcome, float]], zone: ZoneInfo) -> Result:
    """What the outcomes of a job add up to, each with its instant; the days are those of the zone's clock."""
    counts: Counter[Outcome] = Counter()
    days: dict[dt.date, tuple[list[dt.datetime], list[dt.datetime]]] = {}
    for outcome, instant in outcomes:
        counts[outcome] += 1
        if outcome in DIFFERENT:
            moment = dt.datetime.fromtimestamp(instant, zone).replace(microsecond=0)
            cron, celery = days.setdefault(moment.date(), ([], []))
            (cron if outcome is Outcome.CONTROL_ONLY else celery).append(moment)
    changed = {date: clock_changes(date, zone) for date in days}
    told = [
        Day(date, tuple(cron), tuple(celery), changed[date]) for date, (cron, celery) in sorted(days.items())
    ]
    return Result(counts, tuple(told[:MOST_DAYS]), len(told), sum(not one for one in changed.values()))


def _outcomes(
    pairs: Iterable[tuple[Slot | None, float | None]], off: Sequence[Spell]
) -> Iterator[tuple[Outcome, float]]:
    """What to call each pair, and the instant that it is about."""
    last_minute = None
    for slot, message in pairs:
        if slot is None:
            assert message is not None
            twice = last_minute == message // MINUTE
            yield Outcome.DUPLICATE if twice else Outcome.CANDIDATE_ONLY, message
            continue
        due = slot.due.timestamp()
        if message is None:
            ignored = any(spell.start <= due < spell.end for spell in off)
            yield Outcome.IGNORED if ignored else Outcome.CONTROL_ONLY, due
            continue
        last_minute = message // MINUTE
        yield Outcome.MATCHED if message - due < MINUTE or _made_up(slot) else Outcome.LATE, due


def _paired(slots: Iterable[Slot], sent: Sequence[float]) -> Iterator[tuple[Slot | None, float | None]]:
    """Each slot with its message, in order; None for what the other side has not."""
    messages = iter(sent)
    message = next(messages, None)
    paced = 0.0  # until when cron, too, is busy with what a gap has swallowed
    for slot, following in pairwise(chain(slots, [None])):
        assert slot is not None
        due = slot.due.timestamp()
        while message is not None and message < due:
            yield None, message
            message = next(messages, None)
        if _made_up(slot) or due < paced:
            paced = max(paced, due) + PACE
        in_time = max(due, paced) + MINUTE
        if following is None or following.due > slot.due:
            late = due + LATEST
            in_time = max(in_time, late if following is None else min(late, following.due.timestamp()))
        if message is not None and message < in_time:
            yield slot, message
            message = next(messages, None)
        else:
            yield slot, None
    while message is not None:
        yield None, message
        message = next(messages, None)


def _made_up(slot: Slot) -> bool:
    """Whether its minute lies in a gap, after which cron starts it."""
    return slot.due != slot.wall


def clock_changes(date: dt.date, zone: ZoneInfo) -> bool:
    """Whether the clock jumps on that date."""
    midnight = dt.datetime.combine(date, dt.time(), zone)
    after = midnight + dt.timedelta(days=1)
    return (midnight - dt.timedelta(minutes=1)).utcoffset() != after.utcoffset()
