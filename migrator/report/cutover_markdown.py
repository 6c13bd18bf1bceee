"""The cutover report as Markdown, for issues and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from migrator.comparison.effects_beside import counts_in_words, effect_name
from migrator.cutover.checklist import Item, State
from migrator.cutover.readiness import CutoverReport, JobReadiness
from migrator.cutover.rollback import Step
from migrator.equivalence.words import in_words
from migrator.i18n import _
from migrator.redaction import redact
from migrator.report.cutover_words import (
    beside_facts,
    command,
    contract,
    due,
    earliest,
    evidence,
    headline,
    item_owner,
    label,
    likeness_word,
    notices,
    outcome_word,
    outlook,
    owner_words,
    proof,
    rehearsal_maker,
    rehearsal_words,
    run_words,
    state_word,
    verdict_word,
    window_words,
    wrappers,
    written,
)
from migrator.unseen import visible


def cutover_markdown(report: CutoverReport) -> str:
    """The whole report."""
    lines = [
        f"# {_('Cutover report')}: {text(report.project)}",
        "",
        f"**{text(headline(report))}** {text(outlook(report))}",
        "",
        *(f"> {text(notice)}\n" for notice in notices(report)),
        *_summary(report),
        *(line for job in report.jobs for line in _job(job)),
        *_staying(report),
        f"## {_('For the whole project')}",
        "",
        *_checklist(report.checklist),
        "",
        *_crontabs(report),
        f"## {_('The way back for all jobs')}",
        "",
        *_commands(report.rollback),
        *_findings(report),
        _("Made {when}.").format(when=written(report.made)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _summary(report: CutoverReport) -> Iterator[str]:
    if not report.jobs:
        return
    heads = (_("job"), _("verdict"), _("evidence"), _("earliest"), _("owner"), _("schedule"))
    yield from _table(
        heads,
        (
            (
                f"[{text(job.id)}](#{job.id})",
                f"**{verdict_word(job.verdict)}**",
                evidence(job.judgement),
                earliest(job),
                job.owner.value,
                code(job.definition.schedule.text),
            )
            for job in report.jobs
        ),
    )


def _job(job: JobReadiness) -> Iterator[str]:
    verdict = verdict_word(job.verdict)
    yield from (f"## {text(job.id)}", "", f"**{verdict}**: {text('; '.join(job.reasons))}", "")
    proved = proof(job)
    entries = ", ".join(code(entry) for entry in proved.schedules)
    facts = [
        *([(_("label"), text(label(job.job)))] if label(job.job) else []),
        (_("runs"), code(command(job.job))),
        (_("places"), ", ".join(code(str(place)) for place in job.job.places)),
        (
            _("schedule"),
            f"{text(in_words(job.job.schedule))} ({code(proved.expression.text)}, {text(job.job.timezone)})",
        ),
        ("Celery", f"{entries} {code(job.task)}"),
        (_("proof"), text(f"{proved.sentence}; {proved.clock_changes}")),
        *((name, code(value)) for name, value in wrappers(job.job)),
        *((name, text(value)) for name, value in contract(job.job)),
        (_("owner"), f"{job.owner.value}: {owner_words(job.owner)}"),
        (_("earliest"), earliest(job)),
    ]
    yield from (f"- {name}: {value}" for name, value in facts)
    yield from ("", f"### {_('Checklist')}", "", *_checklist(job.checklist), "")
    yield from _slots(job)
    yield from _rehearsals(job)
    yield from _beside(job)
    yield from (f"### {_('Lines to remove')}", "")
    for line in job.removal:
        remark = _(" (edit the script that writes it)") if line.generated else ""
        yield from (f"{code(str(line.place))}{remark}", "", *_fenced(line.text), "")
    yield from (f"### {_('The way back')}", "", *_commands(job.rollback))


def _slots(job: JobReadiness) -> Iterator[str]:
    if not job.last_slots:
        return
    title = _("Last slots")
    yield from (f"### {title}" + (f" ({_('demo, no evidence')})" if job.demo else ""), "")
    heads = (_("slot"), _("owner"), _("cron"), "Celery", _("outcome"))
    yield from _table(
        heads,
        (
            (
                due(slot, job),
                slot.owner.value,
                text(run_words(slot.control, slot)),
                text(run_words(slot.candidate, slot)),
                outcome_word(slot.outcome),
            )
            for slot in job.last_slots
        ),
    )


def _beside(job: JobReadiness) -> Iterator[str]:
    yield from (f"### {_('Effects, side by side')}", "")
    effects = job.compared.effects.effects
    if effects:
        heads = (_("effect, in a slot"), _("cron"), "Celery", "")
        yield from _table(
            heads,
            (
                (
                    text(effect_name(one.name)),
                    text(counts_in_words(one.control)),
                    text(counts_in_words(one.candidate)),
                    likeness_word(one.likeness),
                )
                for one in effects
            ),
        )
    yield from (f"- {name}: {text(value)}" for name, value in beside_facts(job))
    yield ""


def _rehearsals(job: JobReadiness) -> Iterator[str]:
    if not job.rehearsals:
        return
    yield from (f"### {_('Rehearsals')}", "")
    heads = (_("window"), _("slots"), _("result"), _("rehearsed"))
    yield from _table(
        heads,
        (
            (
                text(window_words(one.record)),
                str(one.record.result.expected),
                text(rehearsal_words(one)),
                text(rehearsal_maker(one)),
            )
            for one in job.rehearsals
        ),
    )


def _staying(report: CutoverReport) -> Iterator[str]:
    if report.staying:
        yield from (f"## {_('Not for Celery')}", "")
        rows = (
            (text(one.job.id), ", ".join(code(str(p)) for p in one.job.places), text(one.reason))
            for one in report.staying
        )
        yield from _table((_("job"), _("places"), _("reason")), rows)


def _crontabs(report: CutoverReport) -> Iterator[str]:
    if report.crontabs:
        yield from (f"## {_('The crontab once every job has moved')}", "")
    for one in report.crontabs:
        yield from (code(one.path), "", *_fenced(one.text.rstrip("\n")), "")


def _findings(report: CutoverReport) -> Iterator[str]:
    if report.findings:
        found = "\n".join(redact(str(finding)) for finding in report.findings)
        yield from (f"## {_('Findings')}", "", *_fenced(found), "")


def _checklist(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        mark = "x" if item.state is State.DONE else " "
        blocked = f"**{state_word(item.state)}** " if item.state is State.BLOCKED else ""
        owner = "" if item.state is State.DONE else f" ({item_owner(item)})"
        yield f"- [{mark}] {blocked}{text(item.text)}: {text(item.evidence)}{owner}"


def _commands(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        yield from (text(step.text), "", *_fenced(step.command), "")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for row in rows:
        yield "| " + " | ".join(cell.replace("\n", " ") for cell in row) + " |"
    yield ""


def text(value: str) -> str:
    """Plain text that Markdown and HTML leave alone."""
    one_line = visible(" ".join(value.split()))
    return re.sub(r"[\\`*\[\]<>|#~&]|(?<!\w)_|_(?!\w)", lambda match: "\\" + match.group(), one_line)


def code(value: str) -> str:
    """A code span, in a fence longer than any inside; a table's bar is escaped as GitHub reads it."""
    one_line = visible(" ".join(value.split())).replace("|", "\\|")
    fence = "`" * (_longest_run(one_line) + 1)
    return f"{fence} {one_line} {fence}" if "`" in one_line else f"{fence}{one_line}{fence}"


def _fenced(value: str) -> Iterator[str]:
    fence = "`" * max(3, _longest_run(value) + 1)
    yield from (fence, visible(value), fence)


def _longest_run(value: str) -> int:
    return max(map(len, re.findall("`+", value)), default=0)
