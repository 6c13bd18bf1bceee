"""The cutover checklist: what has to be so before a job leaves cron, with the evidence for each line.

Done: it is so. Blocked: it is not, and the job may not move. Open: nobody has looked,
more slots are needed, or a person has to see to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from migrator.codegen.body import addresses, in_its_text, lock_name, mail_on
from migrator.comparison.document import JobComparison
from migrator.comparison.durations_beside import durations_in_words
from migrator.comparison.effects_beside import summary
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.likeness import Likeness
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Side
from migrator.crontab.reading import Lock
from migrator.cutover.facts import CeleryFacts
from migrator.cutover.rehearsed import Rehearsed, evidence_words
from migrator.cutover.removal import shown
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.choice import right_zones
from migrator.equivalence.prove import Equivalent, Verdict, explain, same_pace
from migrator.i18n import _, ngettext
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import Slot
from migrator.schedule.parting import Parting
from migrator.sources.job import Job


class State(StrEnum):
    """How far a line of the checklist is."""

    DONE = "done"
    OPEN = "open"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist; ``key`` is its name for machines and for migrator.toml.

    ``holds``: open, and the job may not move before. ``accepted``: why a person lets it be open.
    """

    key: str
    text: str
    state: State
    evidence: str
    holds: bool = False
    accepted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the checklist of one job is made from."""

    job: Job
    definition: JobDefinition
    task: str
    entries: tuple[CeleryCrontab, ...]
    proof: Verdict
    partings: Sequence[Parting]
    hindrance: str | None  # why there is no task for it
    compared: JobComparison
    celery: CeleryFacts
    rehearsals: Sequence[Rehearsed] = ()
    alert: str | None = None  # who, or what, notices what goes wrong from now on
    coming: Sequence[Slot] = ()
    require: Collection[str] = ()  # the keys of the lines that hold it while they are open
    accepted: Mapping[str, str] = field(default_factory=dict)  # reasons, by the key of a line


def checklist(subject: Subject) -> tuple[Item, ...]:
    """The checklist of one job, in the order in which a migration meets its lines."""
    return tuple(_weighed(item, subject) for item in _items(subject))


def _weighed(item: Item, subject: Subject) -> Item:
    """The line with what hangs on it: an open one that is required holds, unless a person answers for it."""
    if item.state is not State.OPEN:
        return item
    reason = subject.accepted.get(item.key)
    if reason is None:
        return replace(item, holds=item.key in subject.require)
    evidence = _("{evidence}; accepted: {reason}").format(evidence=item.evidence, reason=shown(reason))
    return replace(item, evidence=evidence, accepted=shown(reason))


def _items(subject: Subject) -> tuple[Item, ...]:
    return (
        _task(subject),
        _proof(subject),
        _zone(subject),
        _registered(subject),
        _scheduled(subject),
        _rehearsal(subject),
        _matched(subject.compared),
        _executed(subject.compared),
        _once(subject.compared),
        _effects(subject.compared),
        _durations(subject.compared),
        _drill(subject.compared),
        _lock(subject.job),
        _freshness(subject.job, subject.alert),
        _output(subject.job, subject.alert),
        _results(subject),
        _generator(subject.job),
        Item("rollback", _("the way back is known"), State.DONE, _("the commands are listed below")),
    )


def _task(subject: Subject) -> Item:
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


def _proof(subject: Subject) -> Item:
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


def _zone(subject: Subject) -> Item:
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


def _registered(subject: Subject) -> Item:
    text = _("the workers know the task")
    absent = _("no, none of them has {task}")
    return _known(subject.task, subject.celery.registered, "registered", text=text, absent=absent)


def _scheduled(subject: Subject) -> Item:
    text = _("beat has an enabled entry for it")
    zones = subject.celery.zones
    known = None if zones is None else frozenset(zones)
    absent = _("no, it has none for {task}")
    return _known(subject.task, known, "scheduled", text=text, absent=absent)


def _rehearsal(subject: Subject) -> Item:
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


def _matched(compared: JobComparison) -> Item:
    judgement = compared.judgement
    text = ngettext(
        "{count} slot matched on both sides", "{count} slots matched on both sides", judgement.needed
    ).format(count=judgement.needed)
    evidence = _("{count} of {needed}").format(count=judgement.evidence, needed=judgement.needed)
    state = State.DONE if judgement.evidence >= judgement.needed else State.OPEN
    if compared.comparison.job.demo:
        evidence += "; " + _("the slots of a demonstration are no evidence")
    return Item("matched", text, state, evidence)


def _executed(compared: JobComparison) -> Item:
    text = _("Celery has executed a slot, and cron yielded")
    seen = compared.comparison.told
    if seen.latest_by_celery is None:
        return Item("executed", text, State.OPEN, _("not yet: hand it over with migrator owner"))
    due = seen.latest_by_celery.astimezone(compared.comparison.job.zone)
    evidence = _("{count} times, the latest {slot}").format(
        count=seen.by_celery, slot=due.strftime("%Y-%m-%d %H:%M %Z")
    )
    return Item("executed", text, State.DONE, evidence)


def _once(compared: JobComparison) -> Item:
    text = _("no slot was executed twice")
    twice = compared.comparison.count(Outcome.DUPLICATE)
    slots = compared.comparison.expected
    if twice:
        evidence = ngettext("{count} slot was", "{count} slots were", twice).format(count=twice)
        return Item("once", text, State.BLOCKED, evidence)
    if not slots:
        return Item("once", text, State.OPEN, _("no run has been recorded yet"))
    return Item(
        "once",
        text,
        State.DONE,
        ngettext("{count} slot seen", "{count} slots seen", slots).format(count=slots),
    )


def _effects(compared: JobComparison) -> Item:
    """What varies with the data is for a person to look at: the two sides never had the same data."""
    text = _("Celery does the work that cron did: mails and database writes")
    states = {Likeness.EQUAL: State.DONE, Likeness.DIFFERS: State.BLOCKED, Likeness.UNKNOWN: State.OPEN}
    state = states[compared.effects.likeness]
    if compared.comparison.job.demo and state is State.BLOCKED:
        state = State.OPEN  # a demonstration proves nothing, neither way
    return Item("effects", text, state, shown(summary(compared.effects)))


def _durations(compared: JobComparison) -> Item:
    text = _("Celery takes about as long as cron did")
    told = durations_in_words(compared.durations)
    if compared.durations.likeness is Likeness.EQUAL:
        return Item("durations", text, State.DONE, told)
    if compared.durations.likeness is Likeness.DIFFERS:
        return Item("durations", text, State.OPEN, told)
    return Item("durations", text, State.OPEN, _("{told}: too few to say").format(told=told))


def _drill(compared: JobComparison) -> Item:
    """An alarm that nobody has ever seen ring is none."""
    text = _("a run that failed was seen on both sides")
    failed = compared.comparison.failed
    if failed == set(Side):
        return Item("drill", text, State.DONE, _("recorded on both sides"))
    unseen = _(" and ").join(
        name for side, name in ((Side.CONTROL, _("cron")), (Side.CANDIDATE, "Celery")) if side not in failed
    )
    evidence = _("none of {sides} yet: let it fail once on purpose and see who is told: {command}")
    command = f"migrator cutover drill {compared.id} --execute"
    return Item("drill", text, State.OPEN, evidence.format(sides=unseen, command=command))


def _results(subject: Subject) -> Item:
    """A result that is gone before the next slot is one that nobody can look up."""
    text = _("Celery's result is kept until the next slot")
    kept = subject.celery.results
    gap = max((after.due - before.due for before, after in pairwise(subject.coming)), default=None)
    if kept is None or gap is None:
        return Item("results", text, State.OPEN, _("not looked at"))
    if not kept:
        evidence = _("none is kept: a failure is seen in the worker's log alone")
        return Item("results", text, State.OPEN, evidence)
    words = (
        _("kept for ever") if kept == dt.timedelta.max else _("kept for {time}").format(time=_rounded(kept))
    )
    if kept < gap:
        words = _("{kept}, and its slots are {gap} apart: raise result_expires").format(
            kept=words, gap=_rounded(gap)
        )
    return Item("results", text, State.OPEN if kept < gap else State.DONE, words)


def _rounded(time: dt.timedelta) -> str:
    return duration(round(time.total_seconds()))


def _lock(job: Job) -> Item:
    text = _("the lock around it is kept")
    lock = job.reading.lock
    if lock is None:
        return Item("lock", text, State.DONE, _("the line has none"))
    if lock.blocking is None:
        evidence = _("{key} could not be read").format(key=shown(lock.key))
        return Item("lock", text, State.BLOCKED, evidence)
    manner = _("waits while it is held") if lock.blocking else _("does not start while it is held")
    if in_its_text(job, Lock) or lock_name(job).startswith("/"):
        where = _("{key}: the task {manner}, by cron's run on its host, too; on each host by itself")
    else:
        where = _("{key}: the task {manner}, on each worker host by itself")
    evidence = where.format(key=shown(lock.key), manner=manner)
    return Item("lock", text, State.DONE, evidence)


def _freshness(job: Job, alert: str | None) -> Item:
    text = _("somebody else watches its freshness")
    limit = job.reading.freshness
    if limit is None:
        return Item("freshness", text, State.DONE, _("the line sets no limit"))
    if alert:
        watched = _("{alert}, after {limit}").format(alert=shown(alert), limit=duration(limit))
        return Item("freshness", text, State.DONE, watched)
    evidence = _("cron's line complained after {limit} without a success: name the monitor that does so now")
    return Item("freshness", text, State.OPEN, evidence.format(limit=duration(limit)))


def _output(job: Job, alert: str | None) -> Item:
    text = _("its mail and its log go to somebody")
    mail, log = job.declared.mail, job.reading.log
    if mail == "" and not log:
        return Item("output", text, State.DONE, _("cron sent none"))
    if alert:
        return Item("output", text, State.DONE, shown(alert))
    mailed = mail_on(job)
    if mailed and not log:
        to = shown(", ".join(addresses(job)))
        return Item("output", text, State.DONE, _("the task mails it to {to}").format(to=to))
    lost = [
        *(
            [_("mail to {mail}").format(mail=mail or job.declared.user or _("the crontab's user"))]
            if mail != "" and not mailed
            else []
        ),
        *([_("the log {log}").format(log=shown(log))] if log else []),
    ]
    evidence = _("cron gave {targets}: a failed task is seen in Celery's results and log, name who looks")
    return Item("output", text, State.OPEN, evidence.format(targets=_(" and ").join(lost)))


def _generator(job: Job) -> Item:
    text = _("nothing brings the line back")
    if job.generator is None or job.generator.path in {place.path for place in job.retired}:
        return Item("generator", text, State.DONE, _("no generator of it is among the sources"))
    evidence = _("{place} writes it again: edit it too").format(place=job.generator)
    return Item("generator", text, State.OPEN, evidence)


def duration(seconds: int) -> str:
    """``25 h``, ``32 d``, ``90 min``: the largest unit that leaves no rest."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
