"""The rehearsals of a job in the report: which of them still hold, and what they say for the checklist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrator.comparison.rehearsal_record import Record
from migrator.i18n import _, ngettext

YEAR = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal, and why it holds no more."""

    record: Record
    stale: str | None

    @property
    def plain(self) -> bool:
        """Nothing happens to beat in it."""
        return not self.record.events

    @property
    def whole_year(self) -> bool:
        """Every clock change and every end of a month was in its window."""
        return self.record.end - self.record.start >= YEAR

    @property
    def stands_for_a_slot(self) -> bool:
        """It holds, and beat started each slot of a year once."""
        return self.plain and self.whole_year and self.record.equal and self.stale is None


def judged_rehearsals(
    records: Sequence[Record], *, cron: str, beat: str | None, now: dt.datetime
) -> tuple[Rehearsed, ...]:
    """The records of one job, by the fingerprints of both sides as they are now; None: nobody has looked."""
    return tuple(
        Rehearsed(one, next(_doubts(one, cron, beat, now), None))
        for one in sorted(records, key=lambda one: one.events)
    )


def _doubts(record: Record, cron: str, beat: str | None, now: dt.datetime) -> Iterator[str]:
    if record.cron != cron:
        yield _("cron's schedule has changed since")
    if beat is None:
        yield _("beat's schedule could not be read, so that nobody knows whether it has changed")
    elif record.celery != beat:
        yield _("beat's schedule, its settings or its version have changed since")
    if record.end <= now:
        yield _("its window has passed")


def window_words(record: Record) -> str:
    """``2026-11-25 to 2027-12-25``, which days of it, and what happens to beat in it."""
    window = _("{start} to {end}").format(
        start=record.start.date().isoformat(), end=record.end.date().isoformat()
    )
    sampled = [record.sample.sentence] if record.sample else []
    return ", ".join([window, *sampled, *record.events])


def evidence_words(one: Rehearsed) -> str:
    """The window, how many slots it has, what differs, and since when that is known."""
    record = one.record
    expected = ngettext("{count} slot", "{count} slots", record.result.expected).format(
        count=record.result.expected
    )
    told = [f"{window_words(record)}: {expected}", *([] if record.equal else [record.sentence])]
    return _("{told} (rehearsed on {date})").format(
        told=_("; ").join(told), date=record.made.date().isoformat()
    )
