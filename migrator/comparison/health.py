"""Is a job well just now: what a monitor asks from outside, and what wakes somebody up.

Verdicts ask whether cron may go, and look at all evidence. This asks whether the work was
done, whoever owns it, and looks at the latest slots only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from migrator.comparison.judging import Comparison
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.ownership import Owner
from migrator.comparison.runs import Kind, RunRecord
from migrator.i18n import _, ngettext


class Trouble(StrEnum):
    """What can be wrong with the work itself; ``stale``: the last success is too old.

    ``often``: executed at a time that is none of its slots. ``unrecorded``: cron starts it past the
    recorder, so that nothing keeps it from running twice.
    """

    MISSED = "missed"
    FAILED = "failed"
    TWICE = "twice"
    STRANGER = "stranger"
    LATE = "late"
    OFTEN = "often"
    STALE = "stale"
    UNRECORDED = "unrecorded"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a job; ``slots``: their names, oldest first."""

    trouble: Trouble
    text: str
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the last success may be, when it was, and since when the job is watched at all."""

    limit: dt.timedelta
    last_success: dt.datetime | None
    watched_since: dt.datetime

    def exceeded(self, now: dt.datetime) -> bool:
        return now - (self.last_success or self.watched_since) > self.limit


@dataclass(frozen=True, slots=True)
class Watched:
    """A job, how many of its slots were looked at, and what is wrong; None: nothing is recorded yet."""

    job: str
    owner: Owner
    slots: int | None
    last_success: dt.datetime | None
    limit: dt.timedelta | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class WatchedHost:
    """A cron host; ``silent``: it has stopped syncing while some job still needs it."""

    name: str
    last_seen: dt.datetime
    silent: bool
    quarantined: int


def problems(
    comparison: Comparison,
    slots: Sequence[SlotComparison],
    *,
    by_hand: Collection[RunRecord] = (),
    beside: Sequence[RunRecord] = (),
    freshness: Freshness | None = None,
    now: dt.datetime,
) -> Iterator[Problem]:
    """What is wrong with these slots of a job, and with the age of its last success.

    ``by_hand``: a success among them makes good the slots before it; ``beside``: executions at
    times that are no slots of the job, oldest first.
    """
    good = max((run.started for run in by_hand if _made_good(run) and run.started), default=None)
    troubled: dict[Trouble, list[SlotComparison]] = {trouble: [] for trouble in Trouble}
    for one in slots:
        if trouble := _trouble(comparison, one, good):
            troubled[trouble].append(one)
    for trouble, found in troubled.items():
        if found:
            yield Problem(trouble, _words(trouble, found), tuple(one.slot.name for one in found))
    if beside:
        yield Problem(Trouble.OFTEN, _too_often(beside))
    if freshness is not None and freshness.exceeded(now):
        yield Problem(Trouble.STALE, _stale(freshness))


def _made_good(run: RunRecord) -> bool:
    return run.kind is Kind.MANUAL and run.executed and run.finished_well


def _trouble(comparison: Comparison, one: SlotComparison, good: dt.datetime | None) -> Trouble | None:
    run = one.executed
    if one.outcome is Outcome.DUPLICATE:
        return Trouble.TWICE
    if run is None or not (run.finished_well or run.observed):
        if good is not None and good > one.slot.due:
            return None
        return Trouble.MISSED if run is None else Trouble.FAILED
    if run.side is not one.entitled:
        return Trouble.STRANGER
    late = run.started is not None and run.started > one.slot.due + comparison.job.tolerance(one.slot)
    return Trouble.LATE if late else None


def _words(trouble: Trouble, found: Sequence[SlotComparison]) -> str:
    """The fact, with the latest slot: the one that people can still look at."""
    latest, count = found[-1], len(found)
    match trouble:
        case Trouble.MISSED:
            text = ngettext(
                "{count} slot was missed: {slot}", "{count} slots were missed, the latest {slot}", count
            )
        case Trouble.FAILED:
            text = ngettext(
                "{count} slot failed ({how}): {slot}",
                "{count} slots failed, the latest {slot} ({how})",
                count,
            )
        case Trouble.TWICE:
            text = ngettext(
                "{count} slot was executed more than once: {slot}",
                "{count} slots were executed more than once, the latest {slot}",
                count,
            )
        case Trouble.STRANGER:
            text = ngettext(
                "{count} slot was executed by the side that does not own it: {slot}",
                "{count} slots were executed by the side that does not own them, the latest {slot}",
                count,
            )
        case _:
            text = ngettext(
                "{count} slot started too late: {slot}",
                "{count} slots started too late, the latest {slot}",
                count,
            )
    return text.format(count=count, slot=latest.slot.name, how=_ending(latest.executed))


def _too_often(beside: Sequence[RunRecord]) -> str:
    text = ngettext(
        "{count} run is beside the schedule: {moment} on {host}",
        "{count} runs are beside the schedule, the latest {moment} on {host}",
        len(beside),
    )
    latest = beside[-1]
    moment = latest.started.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if latest.started else "?"
    return text.format(count=len(beside), moment=moment, host=latest.host or "?")


def _ending(run: RunRecord | None) -> str:
    if run is None or run.finished is None:
        return _("it has not ended")
    if run.signal is not None:
        return _("signal {signal}").format(signal=run.signal)
    return _("exit {status}").format(status=run.exit)


def _stale(freshness: Freshness) -> str:
    limit = _hours(freshness.limit)
    if freshness.last_success is None:
        return _("no success within {limit}").format(limit=limit)
    since = freshness.last_success.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
    return _("the last success is older than {limit}: {since}").format(limit=limit, since=since)


def _hours(limit: dt.timedelta) -> str:
    return f"{limit.total_seconds() / 3600:g} h"
