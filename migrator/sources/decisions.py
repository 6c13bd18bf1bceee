"""What the team has decided about a job, put in place of what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from migrator.configuration import JobDecision
from migrator.crontab.command import read_command
from migrator.crontab.lock_script import duration
from migrator.crontab.reading import Lock, Reading
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.sources.job import Declared
from migrator.zones import zone_of

OVERLAPS: Mapping[str, bool | None] = {"skip": False, "wait": True, "allow": None}


def decided(declared: Declared, decision: JobDecision, identity: str) -> Declared:
    """The job as the team says it is; raises UsageProblem for a decision that has no meaning.

    A decision settles the findings of what it replaces: ``overlap`` an unread lock, ``runs``
    everything that was said about the command.
    """
    if decision.timezone is not None:
        declared = replace(declared, timezone=zone_of(decision.timezone).key)
    if decision.runs is not None:
        declared = _with_command(declared, decision.runs)
    reading = declared.reading
    if decision.timeout is not None:
        reading = replace(reading, timeout=_seconds(decision.timeout, "timeout", identity))
    if decision.freshness is not None:
        reading = replace(reading, freshness=_seconds(decision.freshness, "freshness", identity))
    if decision.overlap is not None or decision.lock is not None:
        reading = replace(reading, lock=_lock(reading, decision, identity))
        declared = _without(declared, "CM303")
    return replace(declared, reading=reading)


def _with_command(declared: Declared, text: str) -> Declared:
    """The job of another command: its schedule, places and surroundings stay."""
    read = read_command(text)
    reading = replace(declared.reading, steps=read.steps, guard=read.guard, exit_masked=read.exit_masked)
    kept = tuple(finding for finding in declared.findings if not finding.code.startswith("CM3"))
    return replace(declared, reading=reading, findings=kept)


def _without(declared: Declared, code: str) -> Declared:
    return replace(declared, findings=tuple(one for one in declared.findings if one.code != code))


def _lock(reading: Reading, decision: JobDecision, identity: str) -> Lock | None:
    if decision.overlap is not None and decision.overlap not in OVERLAPS:
        raise UsageProblem(
            _("[jobs.{id}] overlap = {value} has no meaning").format(id=identity, value=decision.overlap),
            hint=_("use one of: {values}").format(values=", ".join(OVERLAPS)),
        )
    if decision.overlap == "allow":
        return None
    key = decision.lock or (reading.lock.key if reading.lock else identity)
    waits = OVERLAPS[decision.overlap] if decision.overlap else reading.lock and reading.lock.blocking
    return Lock(key, bool(waits))


def _seconds(text: str, key: str, identity: str) -> int:
    seconds = duration(text)
    if seconds is None:
        raise UsageProblem(
            _("[jobs.{id}] {key} = {value} is no duration").format(id=identity, key=key, value=text),
            hint=_("write it in whole seconds, minutes, hours or days, such as 90m"),
        )
    return seconds
