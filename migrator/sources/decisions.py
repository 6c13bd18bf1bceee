"""What the team has decided about a job, put in place of what was read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import cast

from migrator.configuration import JobDecision
from migrator.crontab.command import read_command
from migrator.crontab.durations import duration
from migrator.crontab.reading import Lock, MailWhen, Reading
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.schedule.kinds import Interval
from migrator.sources.job import Declared, Runner
from migrator.zones import zone_of

# What each runner can run, and the findings that it settles: a shell does what it did under cron.
RUNNERS: Mapping[str, frozenset[str]] = {
    "call_command": frozenset({"management"}),
    "subprocess": frozenset({"management", "python"}),
    "shell": frozenset({"management", "python", "shell", "http"}),
    "http": frozenset({"http"}),
}
_SETTLED_BY_A_SHELL = frozenset(
    {
        "CM302",
        "CM303",
        "CM304",
        "CM307",
        "CM312",
        "CM317",
        "CM320",
        "CM321",
        "CM323",
        "CM326",
        "CM328",
        "CM331",
    }
)
MAILS: tuple[MailWhen, ...] = ("output", "failure", "never")
OVERLAPS: Mapping[str, bool | None] = {"skip": False, "wait": True, "allow": None}


def decided(declared: Declared, decision: JobDecision, identity: str) -> Declared:
    """The job as the team says it is; raises UsageProblem for a decision that has no meaning.

    A decision settles the findings of what it replaces: ``overlap`` an unread or a shared lock, ``runs``
    everything that was said about the command, ``runner`` what it does as cron did.
    """
    if decision.timezone is not None:
        declared = replace(declared, timezone=zone_of(decision.timezone).key)
    if decision.runs is not None:
        declared = _with_command(declared, decision.runs)
    line, reading = declared, declared.reading
    if decision.timeout is not None:
        reading = replace(reading, timeout=_seconds(decision.timeout, "timeout", identity))
    if decision.freshness is not None:
        reading = replace(reading, freshness=_seconds(decision.freshness, "freshness", identity))
    if decision.overlap is not None or decision.lock is not None:
        reading = replace(reading, lock=_lock(reading, decision, identity))
        declared = _without(declared, {"CM303", "CM331"})
    if decision.mail is not None or decision.mailto is not None:
        reading = _mailing(reading, decision, identity)
        declared = replace(declared, mail=declared.mail if decision.mailto is None else decision.mailto)
    declared = replace(
        declared,
        reading=reading,
        idempotent=decision.idempotent,
        ignored=decision.ignore,
        added=frozenset(_added(line, declared, reading)),
    )
    if decision.interval is not None:
        declared = _counted(declared, decision.interval, identity)
    return declared if decision.runner is None else _run_by(declared, decision.runner, identity)


def _added(line: Declared, declared: Declared, reading: Reading) -> Iterator[str]:
    """What the line itself has otherwise, or not at all."""
    before = line.reading
    if reading.timeout != before.timeout:
        yield "timeout"
    if reading.lock != before.lock:
        yield "lock"
    if (declared.mail, reading.mail_when, reading.output) != (line.mail, before.mail_when, before.output):
        yield "mail"


def _counted(declared: Declared, by: str, identity: str) -> Declared:
    _refuse_unknown(by, "interval", ("beat",), identity)
    if not isinstance(declared.schedule, Interval):
        raise UsageProblem(
            _("[jobs.{id}] interval: {schedule} is no interval").format(
                id=identity, schedule=declared.schedule.text
            ),
            hint=_("take it out: a schedule by the clock needs no decision"),
        )
    return replace(declared, counted=True)


def _run_by(declared: Declared, runner: str, identity: str) -> Declared:
    _refuse_unknown(runner, "runner", RUNNERS, identity)
    for step in declared.reading.steps:
        if step.kind not in RUNNERS[runner]:
            raise UsageProblem(
                _("[jobs.{id}] runner = {runner} cannot run {command}").format(
                    id=identity, runner=runner, command=step.name
                ),
                hint=_("use one of: {values}").format(
                    values=", ".join(name for name, kinds in RUNNERS.items() if step.kind in kinds)
                ),
            )
    settled: frozenset[str] = frozenset()
    if runner == "shell":
        settled = _SETTLED_BY_A_SHELL
    elif runner == "subprocess" and declared.reading.stdin is not None:
        settled = frozenset({"CM317"})
    return replace(_without(declared, settled), runner=cast(Runner, runner))


def _mailing(reading: Reading, decision: JobDecision, identity: str) -> Reading:
    """What the team wants to be mailed is no longer only in a file."""
    when = decision.mail or "output"
    _refuse_unknown(when, "mail", MAILS, identity)
    return replace(reading, mail_when=cast(MailWhen, when), output="mailed", errors="mailed")


def _with_command(declared: Declared, text: str) -> Declared:
    """The job of another command: its schedule, places and surroundings stay."""
    read = read_command(text)
    reading = replace(declared.reading, steps=read.steps, guard=read.guard, exit_masked=read.exit_masked)
    kept = tuple(finding for finding in declared.findings if not finding.code.startswith("CM3"))
    return replace(declared, reading=reading, findings=kept)


def _without(declared: Declared, codes: Collection[str]) -> Declared:
    return replace(declared, findings=tuple(one for one in declared.findings if one.code not in codes))


def _lock(reading: Reading, decision: JobDecision, identity: str) -> Lock | None:
    if decision.overlap is not None:
        _refuse_unknown(decision.overlap, "overlap", OVERLAPS, identity)
    if decision.overlap == "allow":
        return None
    waits = OVERLAPS[decision.overlap] if decision.overlap else reading.lock and reading.lock.blocking
    # a name that is written out is one lock for all jobs that have it
    if reading.lock and decision.lock is None:
        return replace(reading.lock, blocking=bool(waits))
    return Lock(decision.lock or identity, bool(waits))


def _refuse_unknown(value: str, key: str, known: Collection[str], identity: str) -> None:
    if value not in known:
        raise UsageProblem(
            _("[jobs.{id}] {key} = {value} has no meaning").format(id=identity, key=key, value=value),
            hint=_("use one of: {values}").format(values=", ".join(known)),
        )


def _seconds(text: str, key: str, identity: str) -> int:
    seconds = duration(text)
    if seconds is None:
        raise UsageProblem(
            _("[jobs.{id}] {key} = {value} is no duration").format(id=identity, key=key, value=text),
            hint=_("write it in whole seconds, minutes, hours or days, such as 90m"),
        )
    return seconds
