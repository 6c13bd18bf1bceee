"""The words of the cutover report, the same in HTML and Markdown."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterator

from migrator.codegen.promises import promises_of
from migrator.comparison.durations_beside import durations_in_words
from migrator.comparison.effects_beside import summary
from migrator.comparison.lag import lag_in_words
from migrator.comparison.likeness import Likeness
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.output_beside import output_in_words
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.verdicts import Judgement, Verdict
from migrator.crontab.durations import duration_text
from migrator.cutover.checklist import Item, State
from migrator.cutover.readiness import CutoverReport, JobReadiness
from migrator.cutover.rehearsed import Rehearsed
from migrator.cutover.rehearsed import window_words as window_words
from migrator.cutover.removal import shown
from migrator.equivalence.prove import Differences
from migrator.i18n import _, ngettext
from migrator.report.proof import Proof, pace_of
from migrator.report.spread_picture import Row
from migrator.report.words import moment
from migrator.schedule.kinds import Interval
from migrator.sources.job import Job

NEVER = "\N{EM DASH}"


def headline(report: CutoverReport) -> str:
    """The answer, in one sentence."""
    if not report.jobs:
        return _("There is no job to cut over.")
    jobs, safe = len(report.jobs), report.count(Verdict.SAFE)
    text = ngettext(
        "{safe} of {count} job may be cut over now.", "{safe} of {count} jobs may be cut over now.", jobs
    )
    return text.format(safe=safe, count=jobs)


def outlook(report: CutoverReport) -> str:
    """When the rest can follow."""
    unsafe = report.count(Verdict.UNSAFE)
    if unsafe:
        text = ngettext(
            "{count} job is unsafe: mend it first.", "{count} jobs are unsafe: mend them first.", unsafe
        )
        return text.format(count=unsafe)
    if report.count(Verdict.HOLD):
        if report.last_date is None:
            return _("At least one job has no day on which its evidence can be complete.")
        return _(
            "If every slot from now on matches, the evidence for the last one is complete on {date}."
        ).format(date=report.last_date.isoformat())
    return _("The evidence is complete.") if report.jobs else ""


def notices(report: CutoverReport) -> Iterator[str]:
    """What weakens the whole report."""
    if report.demo:
        yield _(
            "This report shows a demonstration. Its slots are no evidence; "
            "the verdicts and dates are those of the real jobs."
        )
    if report.no_evidence:
        yield _("No evidence: {reason}.").format(reason=shown(report.no_evidence).rstrip("."))


def verdict_word(verdict: Verdict) -> str:
    return {Verdict.SAFE: _("safe"), Verdict.HOLD: _("hold"), Verdict.UNSAFE: _("unsafe")}[verdict]


def state_word(state: State) -> str:
    return {State.DONE: _("done"), State.OPEN: _("open"), State.BLOCKED: _("blocked")}[state]


def earliest(job: JobReadiness) -> str:
    """The earliest date, or why there is none."""
    if job.verdict is Verdict.SAFE:
        return _("now")
    if job.verdict is Verdict.UNSAFE:
        return _("once it is mended")
    if job.earliest_safe is None:
        return _("no such day")
    day = job.earliest_safe.isoformat()
    return _("{date}, once it is mended").format(date=day) if job.blocked else day


def evidence(judgement: Judgement) -> str:
    """How much of the evidence is there."""
    if judgement.evidence < judgement.needed:
        text = _("{count} of {needed} slots")
    else:
        text = ngettext("{count} slot, {needed} needed", "{count} slots, {needed} needed", judgement.evidence)
    return text.format(count=judgement.evidence, needed=judgement.needed)


def owner_words(owner: Owner) -> str:
    """Who executes, for somebody who does not know the states."""
    return {
        Owner.CRON: _("cron executes"),
        Owner.SHADOW: _("cron executes, Celery watches"),
        Owner.SANDBOX: _("cron executes, Celery rehearses on a copy"),
        Owner.ALTERNATE: _("cron and Celery take turns"),
        Owner.CELERY: _("Celery executes, cron yields"),
        Owner.RETIRED: _("Celery executes, the cron line is out"),
    }[owner]


def outcome_word(outcome: Outcome) -> str:
    return {
        Outcome.MATCHED: _("matched"),
        Outcome.MISMATCHED: _("mismatched"),
        Outcome.CONTROL_ONLY: _("cron only"),
        Outcome.CANDIDATE_ONLY: _("Celery only"),
        Outcome.NEITHER: _("neither"),
        Outcome.DUPLICATE: _("executed twice"),
        Outcome.LATE: _("late"),
        Outcome.EARLY: _("early"),
        Outcome.OVERLAP: _("overlap"),
        Outcome.IGNORED: _("not compared"),
    }[outcome]


def counted(outcome: Outcome, count: int, latest: dt.date) -> str:
    """``2 slots cron only, the latest on 2026-01-02``: how many slots became what."""
    text = ngettext("{count} slot {outcome}", "{count} slots {outcome}", count).format(
        count=count, outcome=outcome_word(outcome)
    )
    if outcome in (Outcome.MATCHED, Outcome.IGNORED):
        return text
    return _("{slots}, the latest on {date}").format(slots=text, date=latest.isoformat())


def calendar_legend() -> Iterator[tuple[Outcome, str]]:
    """Each sign of the calendar once."""
    yield Outcome.MATCHED, _("a day on which every slot matched")
    yield Outcome.LATE, _("a slot was late or early")
    yield Outcome.CONTROL_ONLY, _("a slot without Celery")
    yield Outcome.CANDIDATE_ONLY, _("a slot without cron")
    yield Outcome.NEITHER, _("a slot at which nobody was there")
    yield Outcome.DUPLICATE, _("a slot that failed, was executed twice, or overlapped")
    yield Outcome.IGNORED, _("cron alone, before anything was compared")


def side_word(side: Side) -> str:
    return {Side.CONTROL: _("cron"), Side.CANDIDATE: "Celery"}[side]


def spread_words(row: Row) -> str:
    """The median, the most, and of how many runs."""
    text = ngettext(
        "median {median} s, most {most} s, {count} run",
        "median {median} s, most {most} s, {count} runs",
        row.slots,
    )
    return text.format(median=f"{row.median:.1f}", most=f"{row.most:.1f}", count=row.slots)


def item_owner(item: Item) -> str:
    """Who sees to a line of the checklist."""
    if item.key in ("matched", "executed"):
        return _("more slots")
    if item.key in ("task", "proof", "once", "effects", "durations", "lock", "lines", "strangers"):
        return _("development")
    return _("operations")


def likeness_word(likeness: Likeness) -> str:
    return {
        Likeness.EQUAL: _("equal"),
        Likeness.DIFFERS: _("differs"),
        Likeness.UNKNOWN: _("unknown"),
    }[likeness]


def beside_facts(job: JobReadiness) -> Iterator[tuple[str, str]]:
    """Effects, output, durations and lag of both sides, by name."""
    compared = job.compared
    for name, likeness, words in (
        (_("effects"), compared.effects.likeness, summary(compared.effects)),
        (_("output"), compared.output.likeness, output_in_words(compared.output)),
        (_("duration"), compared.durations.likeness, durations_in_words(compared.durations)),
    ):
        yield name, shown("; ".join(filter(None, (likeness_word(likeness), words))))
    lag = compared.lag
    for side, steps in ((_("cron"), lag.control), ("Celery", lag.candidate)):
        if steps:
            yield _("lag of {side}").format(side=side), lag_in_words(steps)


def rehearsal_words(one: Rehearsed) -> str:
    """What came of a rehearsal, the first day that differs, and whether it still holds."""
    said = [
        one.record.sentence,
        *(f"{day.date.isoformat()}: {day.sentence}" for day in one.record.result.days[:1]),
    ]
    if one.stale:
        said.append(_("holds no more: {reason}").format(reason=one.stale))
    return _("; ").join(said)


def rehearsal_maker(one: Rehearsed) -> str:
    """Who rehearsed it when, against what."""
    against = _("model and real daemon") if one.record.daemon else _("cron's model")
    return _("{date}, {name}, {against}").format(
        date=one.record.made.date().isoformat(), name=one.record.by, against=against
    )


def run_words(run: RunRecord | None, slot: SlotComparison) -> str:
    """What one side did with a slot, in its zone."""
    if run is None:
        return _("was not there")
    match run.action:
        case Action.EXECUTE:
            return _executed(run, slot)
        case Action.WOULD:
            text = _("would have run")
        case Action.YIELD:
            text = _("yielded")
        case Action.EXPIRED:
            return _("message expired")
        case Action.REVOKED:
            return _("message revoked")
    return f"{text} {_clock(run.started, slot)}" if run.started else text


def _executed(run: RunRecord, slot: SlotComparison) -> str:
    times = " \N{EN DASH} ".join(_clock(at, slot) for at in (run.started, run.finished) if at)
    if run.finished is None:
        return _("executed {times}, no end seen").format(times=times)
    if run.signal is not None:
        return _("executed {times}, killed by signal {number}").format(times=times, number=run.signal)
    return _("executed {times}, exit {code}").format(times=times, code=run.exit)


def _clock(instant: dt.datetime, slot: SlotComparison) -> str:
    return instant.astimezone(slot.slot.wall.tzinfo).strftime("%H:%M:%S")


def written(instant: dt.datetime) -> str:
    """``2026-12-02 06:00 CET``: an instant with its zone."""
    zone = instant.strftime("%Z") or "UTC"
    return f"{moment(instant)} {zone.removesuffix(':00') if zone.startswith('UTC') else zone}"


def due(slot: SlotComparison, job: JobReadiness) -> str:
    """When a slot was due, in the zone of cron."""
    return written(slot.slot.due.astimezone(job.definition.zone))


def proof(job: JobReadiness) -> Proof:
    """The proof in the words of ``prove``."""
    schedule = job.job.interval or job.job.expression
    assert schedule is not None
    if isinstance(schedule, Interval):
        return pace_of(job.id, schedule, job.job.timezone, today=dt.date.min)
    return Proof(
        job.id,
        schedule,
        job.entries,
        job.job.timezone,
        Differences.of(job.proof),
        jumps=tuple(parting.jump for parting in job.partings),
        since=dt.date.min,
        partings=job.partings,
    )


def command(job: Job) -> str:
    """What the job runs, without its wrappers."""
    return shown(
        " + ".join(
            shlex.join((*(["manage.py"] if step.kind == "management" else []), step.name, *step.argv))
            for step in job.reading.steps
        )
    )


def label(job: Job) -> str:
    """What its author wrote above the line."""
    return shown(job.declared.label or "")


def wrappers(job: Job) -> Iterator[tuple[str, str]]:
    """What stands around the command, by name."""
    reading = job.reading
    if reading.lock:
        manner = {True: _("waits"), False: _("skips"), None: _("unread")}[reading.lock.blocking]
        yield _("lock"), f"{shown(reading.lock.key)} ({manner})"
    if reading.timeout:
        yield _("time limit"), duration_text(reading.timeout)
    if reading.freshness:
        yield _("freshness limit"), duration_text(reading.freshness)
    if reading.log:
        yield _("log"), shown(reading.log)
    if job.declared.mail:
        yield _("mail"), shown(job.declared.mail)


def contract(job: Job) -> Iterator[tuple[str, str]]:
    """What the task keeps of cron's contract, and what not, by name."""
    promises = promises_of(job)
    told = (
        (_("kept by the task"), promises.kept),
        (_("added by migrator.toml"), promises.added),
        (_("changed by it"), promises.changed),
        (_("not kept"), promises.lost),
    )
    for name, texts in told:
        if texts:
            yield name, "; ".join(texts)
