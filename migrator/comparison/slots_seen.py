"""What many slots add up to, as it is told and drawn: it can be stored, and gone on with where it ends."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from migrator.comparison.durations_beside import DurationsSeen
from migrator.comparison.lag import LagSeen
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.ownership import Side

# The worst first: what a day with several slots is shown as.
WORST = (
    Outcome.DUPLICATE,
    Outcome.MISMATCHED,
    Outcome.OVERLAP,
    Outcome.NEITHER,
    Outcome.CONTROL_ONLY,
    Outcome.CANDIDATE_ONLY,
    Outcome.LATE,
    Outcome.EARLY,
    Outcome.MATCHED,
    Outcome.IGNORED,
)
_RANK = {outcome: rank for rank, outcome in enumerate(WORST)}


@dataclass(slots=True)
class DaysSeen:
    """Slots added up by day, by the worst that became of them, and by outcome with the latest day of each."""

    days: dict[dt.date, Outcome] = field(default_factory=dict)
    counts: Counter[Outcome] = field(default_factory=Counter)
    latest: dict[Outcome, dt.date] = field(default_factory=dict)

    def add(self, outcome: Outcome, day: dt.date) -> None:
        """A slot that is not older than those before it."""
        self.counts[outcome] += 1
        self.latest[outcome] = day
        before = self.days.get(day)
        if before is not outcome:
            self.days[day] = outcome if before is None else min(outcome, before, key=_RANK.__getitem__)

    def document(self, last: int | None = None) -> dict[str, Any]:
        """As JSON holds it; ``last``: of so many days, the latest."""
        kept = sorted(self.days)[-last if last else None :]
        return {
            "days": [[day.isoformat(), self.days[day].value] for day in kept],
            "counts": {
                one.value: [count, self.latest[one].isoformat()] for one, count in self.counts.items()
            },
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> DaysSeen:
        """What a document holds; where it is none: KeyError, TypeError, ValueError or AttributeError."""
        days = {dt.date.fromisoformat(day): Outcome(word) for day, word in document["days"]}
        counts, latest = Counter[Outcome](), dict[Outcome, dt.date]()
        for word, (count, day) in document["counts"].items():
            counts[Outcome(word)] = int(count)
            latest[Outcome(word)] = dt.date.fromisoformat(day)
        return cls(days, counts, latest)


class SlotsSeen:
    """The outcomes of slots by day, how late both sides were and how long they took, gathered slot by slot.

    ``by_celery``: matched slots that Celery executed, a demonstration's left out; ``latest_by_celery``: when
    the last of them was due.
    """

    def __init__(self, zone: ZoneInfo, stored: Mapping[str, Any] | None = None) -> None:
        stored = stored or {"days": {"days": (), "counts": {}}, "by_celery": (0, None)}
        self.zone = zone
        self.days = DaysSeen.read(stored["days"])
        self.lag, self.durations = LagSeen(stored.get("lag")), DurationsSeen(stored.get("durations"))
        self.by_celery, latest = stored["by_celery"]
        self.latest_by_celery = dt.datetime.fromisoformat(latest) if latest else None

    @classmethod
    def of(cls, slots: Iterable[SlotComparison], zone: ZoneInfo) -> SlotsSeen:
        """What these slots add up to, the oldest first; ``zone``: by whose days."""
        seen = cls(zone)
        for one in slots:
            seen.add(one)
        return seen

    def add(self, one: SlotComparison) -> None:
        self.days.add(one.outcome, one.slot.due.astimezone(self.zone).date())
        self.lag.add(one)
        self.durations.add(one)
        if one.outcome is Outcome.MATCHED and not one.demo:
            run = one.executed
            if run is not None and run.side is Side.CANDIDATE:
                self.by_celery += 1
                self.latest_by_celery = one.slot.due

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        latest = self.latest_by_celery
        return {
            "days": self.days.document(),
            "lag": self.lag.stored(),
            "durations": self.durations.stored(),
            "by_celery": (self.by_celery, latest.isoformat() if latest else None),
        }
