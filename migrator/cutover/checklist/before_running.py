"""The lines that are settled before anything runs: the code, the schedule, workers, beat, a rehearsal."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.cutover.checklist.items import Item, State, Subject
from migrator.cutover.rehearsed import evidence_words
from migrator.cutover.removal import shown
from migrator.equivalence.choice import right_zones
from migrator.equivalence.prove import Equivalent, explain, same_pace
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning
from migrator.sources.job import Job


def task(subject: Subject) -> Item:
    """The line was understood whole, and the code has the task for it."""
    text = _("one Celery task does what the line does")
    blocking = [f"{one.code} {shown(one.message)}" for one in subject.job.findings if one.blocks]
    hindrance = [shown(subject.hindrance)] if subject.hindrance and not blocking else []
    why = "; ".join([*blocking, *hindrance, *_drift(subject)])
    if why:
        return Item("task", text, State.BLOCKED, why)
    if subject.celery.tasks is None:
        return Item("task", text, State.OPEN, _("the code was not looked at; migrator generate --check does"))
    return Item("task", text, State.DONE, subject.task)


def _drift(subject: Subject) -> Iterator[str]:
    """How the task in the code differs from the line in the crontab."""
    if subject.celery.tasks is None:
        return
    written = subject.celery.tasks.get(subject.job.id)
    schedule = subject.job.interval or subject.job.expression
    if written is None:
        yield _("the code has no task for it: run migrator generate --write")
    elif schedule and not _same(written.schedule, schedule):
        yield _other_time(subject.job, written.expression, schedule.text)


def _same(one: CronExpression | Interval, other: CronExpression | Interval) -> bool:
    """Whether two schedules are due alike, however they are spelled."""
    if isinstance(one, Interval) or isinstance(other, Interval):
        return getattr(one, "seconds", None) == getattr(other, "seconds", None)
    return meaning(one) == meaning(other)


def _other_time(job: Job, written: str, schedule: str) -> str:
    move = job.declared.move
    if move is None or not job.live:
        return _("its task was written for {ours}, the line says {theirs}").format(
            ours=written, theirs=schedule
        )
    return _("its task was written for {ours}: the move waits until the line, {theirs}, is out").format(
        ours=written, theirs=schedule
    )


def proof(subject: Subject) -> Item:
    text = _("the Celery schedule is equal to cron's")
    interval = subject.job.interval
    sentence = same_pace(interval) if interval else explain(subject.proof) + _move_in_words(subject.job)
    if not isinstance(subject.proof, Equivalent):
        return Item("proof", text, State.BLOCKED, sentence)
    if subject.partings and any(finding.code == "CM203" for finding in subject.job.findings):
        first = subject.partings[0]
        return Item(
            "proof",
            text,
            State.OPEN,
            _("{proof}; but on {date} {difference}: move the job, or accept CM203").format(
                proof=sentence, date=first.date.isoformat(), difference=first.sentence
            ),
        )
    return Item("proof", text, State.DONE, sentence)


def _move_in_words(job: Job) -> str:
    move = job.declared.move
    if move is None:
        return ""
    text = (
        _("; declared: from {before} to {after} once the line is out ({reason})")
        if job.live
        else _("; declared: moved from {before} to {after} ({reason})")
    )
    words = {"before": move.before.text, "after": move.after.text, "reason": shown(move.reason)}
    return text.format(**words)


def zone(subject: Subject) -> Item:
    text = _("beat reads the schedule in cron's zone")
    ours = subject.job.timezone
    if subject.job.interval:
        return Item("zone", text, State.DONE, _("it goes by no clock"))
    theirs = (subject.celery.zones or {}).get(subject.task)
    if theirs is None:
        return Item("zone", text, State.OPEN, _("not looked at; cron's zone is {zone}").format(zone=ours))
    schedule = subject.job.expression
    right = right_zones(schedule, ours) if schedule else frozenset({ours})
    if not theirs or not theirs <= right:
        evidence = _("no, cron runs in {ours}, beat in {theirs}")
        other = ", ".join(sorted(theirs - right))
        return Item("zone", text, State.BLOCKED, evidence.format(ours=ours, theirs=other))
    return Item("zone", text, State.DONE, ", ".join(sorted(theirs)))


def registered(subject: Subject) -> Item:
    text = _("the workers know the task")
    absent = _("no, none of them has {task}")
    return _known(subject.task, subject.celery.registered, "registered", text=text, absent=absent)


def scheduled(subject: Subject) -> Item:
    text = _("beat has an enabled entry for it")
    zones = subject.celery.zones
    known = None if zones is None else frozenset(zones)
    absent = _("no, it has none for {task}")
    return _known(subject.task, known, "scheduled", text=text, absent=absent)


def rehearsal(subject: Subject) -> Item:
    """What the rehearsals say that still hold; those with events show what beat's operation costs."""
    text = _("a rehearsal of beat starts it once for each slot")
    plain = [one for one in subject.rehearsals if one.plain]
    for one in plain:
        if one.stale:
            evidence = _("{reason}: run migrator rehearse {job}").format(reason=one.stale, job=subject.job.id)
            return Item("rehearsal", text, State.OPEN, evidence)
    if not plain:
        evidence = _("not rehearsed: run migrator rehearse {job}").format(job=subject.job.id)
        return Item("rehearsal", text, State.OPEN, evidence)
    different = [one for one in subject.rehearsals if not (one.stale or one.record.equal)]
    for one in sorted(different, key=lambda one: not one.plain):
        if not (one.record.by_clock_changes and _clock_changes_accepted(subject)):
            hard = one.plain and not one.record.by_clock_changes
            return Item("rehearsal", text, State.BLOCKED if hard else State.OPEN, evidence_words(one))
    short = next((one for one in plain if not one.whole_year), None)
    if short is not None:
        evidence = _("{told}: less than a year misses clock changes and ends of months")
        return Item("rehearsal", text, State.OPEN, evidence.format(told=evidence_words(short)))
    return Item("rehearsal", text, State.DONE, evidence_words(plain[0]))


def _clock_changes_accepted(subject: Subject) -> bool:
    """The team has looked at what the clock changes do to it: its finding is gone, and they are not."""
    return bool(subject.partings) and all(one.code != "CM203" for one in subject.job.findings)


def _known(task: str, known: frozenset[str] | None, key: str, *, text: str, absent: str) -> Item:
    if known is None:
        return Item(
            key, text, State.OPEN, _("nobody was asked, or nobody answered; migrator doctor says why")
        )
    if task not in known:
        return Item(key, text, State.BLOCKED, absent.format(task=task))
    return Item(key, text, State.DONE, task)
