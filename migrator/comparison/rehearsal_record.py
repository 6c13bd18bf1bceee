"""A rehearsal as it is kept: who rehearsed what, when, over which window, and what came of it.

Two fingerprints say of what: cron's schedule, and beat's with its versions. A record whose
fingerprints are no longer those of the project is stale.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal import Day, Result
from migrator.comparison.telling_days import Sample
from migrator.i18n import _, ngettext
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning
from migrator.zones import zone_of

TOLD = (
    Outcome.MATCHED,
    Outcome.LATE,
    Outcome.CONTROL_ONLY,
    Outcome.CANDIDATE_ONLY,
    Outcome.DUPLICATE,
    Outcome.IGNORED,
)


@dataclass(frozen=True, slots=True)
class Daemon:
    """What the real cron daemon did in the window: its starts, and the days on which our model differs."""

    starts: int
    differing: int
    first: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The rehearsal of one job; ``endless``: minutes in which beat sent it without end.

    ``sample``: the days that were rehearsed, where the proof speaks for the others.
    """

    job: str
    expression: str
    timezone: str
    made: dt.datetime
    by: str
    start: dt.datetime
    end: dt.datetime
    events: tuple[str, ...] = ()
    scheduler: str
    versions: Mapping[str, str]
    entries: tuple[str, ...]
    cron: str
    celery: str
    result: Result = field(default_factory=Result)
    endless: int = 0
    daemon: Daemon | None = None
    sample: Sample | None = None

    @property
    def equal(self) -> bool:
        """Each slot once, as cron has it; and the real daemon, where it was asked, says the same."""
        return self.result.equal and not self.endless and not (self.daemon and self.daemon.differing)

    @property
    def by_clock_changes(self) -> bool:
        """It differs on days of a clock change only."""
        return not (self.equal or self.endless or self.result.off_nights) and not (
            self.daemon and self.daemon.differing
        )

    @property
    def sentence(self) -> str:
        """What came of it, in one sentence."""
        counts, said = self.result.counts, []
        if self.endless:
            said.append(
                ngettext(
                    "beat sends it without end in {count} minute",
                    "beat sends it without end in {count} minutes",
                    self.endless,
                ).format(count=self.endless)
            )
        if missing := counts[Outcome.CONTROL_ONLY]:
            said.append(
                ngettext(
                    "Celery has no start for {count} slot", "Celery has no start for {count} slots", missing
                ).format(count=missing)
            )
        if more := counts[Outcome.CANDIDATE_ONLY] + counts[Outcome.DUPLICATE]:
            said.append(
                ngettext(
                    "Celery has {count} start that cron has not",
                    "Celery has {count} starts that cron has not",
                    more,
                ).format(count=more)
            )
        if self.daemon and self.daemon.differing:
            said.append(
                _("the real daemon differs from our model, first on {date}").format(date=self.daemon.first)
            )
        return _("; ").join(said) or _("Celery starts it once for each slot")


def cron_fingerprint(expression: CronExpression | Interval, timezone: str) -> str:
    """Cron's side: the minutes, the policy on clock changes, the zone."""
    if isinstance(expression, Interval):
        return digest([expression.seconds])
    return digest([repr(meaning(expression)), expression.wildcard, expression.policy.name, timezone])


def digest(parts: Iterable[object]) -> str:
    """A short name for values that JSON can hold."""
    return hashlib.sha256(json.dumps([*parts], default=str).encode()).hexdigest()[:16]


def record_document(record: Record) -> dict[str, Any]:
    """A record as JSON."""
    result = record.result
    return {
        "job": record.job,
        "expression": record.expression,
        "timezone": record.timezone,
        "made": record.made.isoformat(timespec="seconds"),
        "by": record.by,
        "from": record.start.isoformat(timespec="minutes"),
        "to": record.end.isoformat(timespec="minutes"),
        "events": list(record.events),
        "scheduler": record.scheduler,
        "versions": dict(record.versions),
        "entries": list(record.entries),
        "fingerprints": {"cron": record.cron, "celery": record.celery},
        "expected": result.expected,
        **{outcome.value: result.counts[outcome] for outcome in TOLD},
        "endless": record.endless,
        "equal": record.equal,
        "sentence": record.sentence,
        "differing_days": result.differing,
        "differing_without_clock_change": result.off_nights,
        "differences": [_day_document(day) for day in result.days],
        "real_cron": None
        if record.daemon is None
        else {
            "starts": record.daemon.starts,
            "differing_days": record.daemon.differing,
            "first": record.daemon.first.isoformat() if record.daemon.first else None,
        },
        "days": None if record.sample is None else {"rehearsed": record.sample.days, "of": record.sample.of},
    }


def _day_document(day: Day) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "cron": [start.isoformat() for start in day.cron],
        "celery": [start.isoformat() for start in day.celery],
        "clock_change": day.clock_change,
        "sentence": day.sentence,
    }


def read_record(document: Mapping[str, Any]) -> Record:
    """The record that a document tells of; raises KeyError, TypeError or ValueError for another one."""
    zone = zone_of(document["timezone"])

    def starts(texts: list[str]) -> tuple[dt.datetime, ...]:
        # from the zone they get back which pass of a repeated hour they belong to
        return tuple(dt.datetime.fromisoformat(text).astimezone(zone) for text in texts)

    days = tuple(
        Day(
            dt.date.fromisoformat(day["date"]),
            starts(day["cron"]),
            starts(day["celery"]),
            day["clock_change"],
        )
        for day in document["differences"]
    )
    real, sample = document["real_cron"], document.get("days")
    return Record(
        job=document["job"],
        expression=document["expression"],
        timezone=document["timezone"],
        made=dt.datetime.fromisoformat(document["made"]),
        by=document["by"],
        start=dt.datetime.fromisoformat(document["from"]),
        end=dt.datetime.fromisoformat(document["to"]),
        events=tuple(document["events"]),
        scheduler=document["scheduler"],
        versions=document["versions"],
        entries=tuple(document["entries"]),
        cron=document["fingerprints"]["cron"],
        celery=document["fingerprints"]["celery"],
        result=Result(
            Counter({outcome: document[outcome.value] for outcome in TOLD}),
            days,
            document["differing_days"],
            document["differing_without_clock_change"],
        ),
        endless=document["endless"],
        daemon=None
        if real is None
        else Daemon(
            real["starts"],
            real["differing_days"],
            dt.date.fromisoformat(real["first"]) if real["first"] else None,
        ),
        sample=Sample(sample["rehearsed"], sample["of"]) if sample else None,
    )


def with_records(kept: Iterable[Record], made: Iterable[Record]) -> list[Record]:
    """The kept records and the new ones, which take the place of those of the same job and events."""
    records = {(one.job, one.events): one for one in (*kept, *made)}
    return [records[key] for key in sorted(records)]
