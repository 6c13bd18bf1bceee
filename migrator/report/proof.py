"""The proof of each job as values that every renderer shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migrator.equivalence.celery_crontab import CeleryCrontab, celery_meaning
from migrator.equivalence.choice import AsCron, as_cron, choose
from migrator.equivalence.lower import Every, lower
from migrator.equivalence.prove import (
    Differences,
    Extra,
    Missed,
    Twice,
    Verdict,
    differences,
    same_pace,
)
from migrator.equivalence.second_opinion import opinion_finding, second_opinion
from migrator.findings import Finding
from migrator.i18n import _, ngettext
from migrator.schedule.blocks import Timetable
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning
from migrator.schedule.parting import Parting, clocks, partings
from migrator.schedule.transitions import Transition, touched
from migrator.sources.job import Job
from migrator.zones import zone_of

MOST_NIGHTS = 4


@dataclass(frozen=True, slots=True)
class Proof:
    """A schedule, the Celery entries for it, and whether they are the same.

    An interval has no minutes to compare: ``own`` counts as many seconds.
    """

    name: str
    expression: CronExpression | Interval
    entries: tuple[CeleryCrontab, ...]
    timezone: str
    differences: Differences
    jumps: tuple[Transition, ...]
    since: dt.date
    partings: tuple[Parting, ...] = ()
    accepted: bool = False  # the team has looked at the partings
    findings: tuple[Finding, ...] = ()  # what is good to know; none of it changes the verdict
    own: AsCron | Every | None = None  # the schedule that `generate` takes, where it is no crontab

    @property
    def exact(self) -> bool:
        """Equal for all time on the wall clock, and in the next ten years also where it jumps."""
        return self.equal and not self.partings

    @property
    def settled(self) -> bool:
        """Exact, or so where the clock does not jump and the rest is accepted."""
        return self.exact or (self.equal and self.accepted)

    @property
    def equal(self) -> bool:
        """Equal for all time on the wall clock."""
        return not self.differences.firsts

    @property
    def schedules(self) -> tuple[str, ...]:
        """What beat has for it, as Python writes it."""
        return (str(self.own),) if self.own else tuple(map(str, self.entries))

    @property
    def sentence(self) -> str:
        if isinstance(self.expression, Interval):
            return same_pace(self.expression)
        return self.differences.sentence

    @property
    def verdict(self) -> Verdict:
        """Equal, or the first minute at which they differ."""
        return self.differences.verdict

    @property
    def clock_changes(self) -> str:
        """What the zone's jumps do to it in the next ten years, in a sentence."""
        if isinstance(self.expression, Interval):
            return _("it goes by no clock")
        if self.partings:
            first = self.partings[0]
            return _("on {date}, when the clock of {zone} jumps, {difference}").format(
                date=first.date.isoformat(), zone=self.timezone, difference=first.sentence
            )
        if self.jumps and self.equal:
            return _("where the clock of {zone} jumps in the next ten years, both start it alike").format(
                zone=self.timezone
            )
        if self.jumps:
            return _("the clock of {zone} jumps over its minutes on {date}").format(
                zone=self.timezone, date=", ".join(jump.start.date().isoformat() for jump in self.jumps[:4])
            )
        return _("no clock change in {zone} touches it in the next ten years").format(zone=self.timezone)

    @property
    def remedy(self) -> AsCron | None:
        """The schedule of ours that does not part from cron on those nights; None: none is needed."""
        if isinstance(self.expression, Interval) or not self.partings:
            return None
        return as_cron(self.expression, self.timezone)

    @property
    def nights(self) -> Iterator[str]:
        """What both start on the first nights on which they part, a line for each."""
        return nights_of(self.partings)


def nights_of(partings: Sequence[Parting]) -> Iterator[str]:
    """The nights by what the two do, the first of each kind, with the number of those like it."""
    kinds: dict[tuple[str, str], list[Parting]] = {}
    for one in partings:
        kinds.setdefault((clocks(one.cron) or "-", clocks(one.celery) or "-"), []).append(one)
    for (cron, celery), nights in list(kinds.items())[:MOST_NIGHTS]:
        yield _("{date}: cron {cron}; Celery {celery}").format(
            date=nights[0].date.isoformat(), cron=cron, celery=celery
        ) + _like_it(nights[1:])
    rest = [one for nights in list(kinds.values())[MOST_NIGHTS:] for one in nights]
    if rest:
        yield _("and {count} more until {date}").format(
            count=len(rest), date=max(one.date for one in rest).isoformat()
        )


def _like_it(nights: Sequence[Parting]) -> str:
    if not nights:
        return ""
    return "; " + ngettext(
        "{count} more night like it, {date}", "{count} more nights like it until {date}", len(nights)
    ).format(count=len(nights), date=nights[-1].date.isoformat())


def proof_of(
    name: str,
    expression: CronExpression,
    timezone: str,
    *,
    today: dt.date,
    entries: tuple[CeleryCrontab, ...] | None = None,
    accepted: bool = False,
    app: str | None = None,
) -> Proof:
    """The proof for an expression, against our own entries or somebody else's.

    ``app``: the zone of beat, where a schedule of ours is taken wherever Celery's crontab parts
    from cron; None: Celery's crontab is taken in any case.
    """
    chosen = choose(expression, timezone, app=app) if app and entries is None else ()
    own = chosen if isinstance(chosen, AsCron) else None
    entries = lower(expression) if entries is None else entries
    found = differences(meaning(expression), map(celery_meaning, entries), since=today)
    zone = zone_of(timezone)
    jumps = tuple(touched(meaning(expression), zone, today))
    alike = own is not None or found.firsts
    parted = () if alike else partings(expression, zone, today, entries=timetables(entries))
    opinion = opinion_finding(second_opinion(expression, zone, today))
    noted = (opinion,) if opinion else ()
    return Proof(name, expression, entries, timezone, found, jumps, today, parted, accepted, noted, own)


def timetables(entries: Sequence[CeleryCrontab]) -> tuple[Timetable, ...]:
    """The entries, ready to be run through a jump of the clock."""
    return tuple(
        Timetable(minutes, days, wildcard=True)
        for entry in entries
        for minutes, days in celery_meaning(entry).pairs
    )


def proofs(
    jobs: tuple[Job, ...], today: dt.date, *, accepted: Collection[str] = (), app: str | None = None
) -> list[Proof]:
    """The proofs of all jobs that have a schedule; ``accepted``: those whose partings are."""
    found = []
    for job in jobs:
        if job.interval:
            found.append(pace_of(job.id, job.interval, job.timezone, today=today))
        elif job.expression is not None:
            told = job.id in accepted
            found.append(proof_of(job.id, job.expression, job.timezone, today=today, accepted=told, app=app))
    return found


def pace_of(name: str, interval: Interval, timezone: str, *, today: dt.date) -> Proof:
    """What can be said of an interval that the team lets beat count."""
    return Proof(name, interval, (), timezone, Differences(), (), today, own=Every(interval.seconds))


# The keys of the first minutes, by what differs there.
FIRSTS: Mapping[type, str] = {Missed: "missed", Extra: "extra", Twice: "twice"}


def firsts_of(found: Differences) -> dict[str, str]:
    """The first minute of each way to differ."""
    return {FIRSTS[type(first)]: first.moment.isoformat(timespec="minutes") for first in found.firsts}


def parting_document(parting: Parting) -> dict[str, Any]:
    """What both start on a night on which they part."""
    return {
        "date": parting.date.isoformat(),
        "cron": [start.isoformat(timespec="minutes") for start in parting.cron],
        "celery": [start.isoformat(timespec="minutes") for start in parting.celery],
    }


def proof_document(proof: Proof) -> dict[str, Any]:
    """One proof as JSON."""
    return {
        "job": proof.name,
        "expression": proof.expression.text,
        "celery": [entry.as_dict() for entry in proof.entries],
        "schedules": list(proof.schedules),
        "timezone": proof.timezone,
        "equal": proof.equal,
        "exact": proof.exact,
        "verdict": type(proof.verdict).__name__.lower(),
        "moment": getattr(proof.verdict, "moment", None),
        "first": firsts_of(proof.differences),
        "sentence": proof.sentence,
        "findings": [
            {"code": one.code, "severity": one.severity, "message": one.message, "hint": one.hint}
            for one in proof.findings
        ],
        "clock_changes": [
            {
                "start": jump.start.isoformat(timespec="minutes"),
                "end": jump.end.isoformat(timespec="minutes"),
                "kind": "gap" if jump.gap else "repeat",
            }
            for jump in proof.jumps
        ],
        "differences": list(map(parting_document, proof.partings)),
        "accepted": proof.accepted,
        "remedy": str(proof.remedy) if proof.remedy else None,
    }
