"""The comparison log for eyes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from migrator.cli.beside_table import beside_parts, effects_line
from migrator.cli.tables import table
from migrator.comparison.document import JobComparison
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.verdicts import Verdict
from migrator.i18n import _, ngettext

GOOD = {Outcome.MATCHED: "green", Outcome.IGNORED: "dim", Outcome.LATE: "yellow", Outcome.EARLY: "yellow"}
VERDICTS = {Verdict.SAFE: "green", Verdict.HOLD: "yellow", Verdict.UNSAFE: "red"}


def comparison_parts(jobs: Iterable[JobComparison], *, detail: bool) -> Iterator[RenderableType]:
    """For each job a heading, a row for each slot, and the verdict; in detail what both sides did."""
    for job in jobs:
        demo = any(slot.demo for slot in job.comparison.slots)
        yield Text.assemble(
            (job.id, "bold"), ("  " + _("(a demonstration: no evidence)") if demo else "", "dim")
        )
        if earlier := job.comparison.expected - len(job.comparison.slots):
            text = ngettext(
                "{count} earlier slot: --since, or --format json",
                "{count} earlier slots: --since, or --format json",
                earlier,
            )
            yield Text(text.format(count=earlier), "dim")
        if job.comparison.slots:
            yield _slots(job)
        yield from beside_parts(job) if detail else effects_line(job)
        yield verdict_line(job)
        yield from (Text(str(one.finding)) for one in job.unrecorded)
        yield ""


def _slots(job: JobComparison) -> Table:
    """Both sides beside each other; seconds count from the instant at which the slot was due."""
    rows = table(_("slot"), _("owner"), _("outcome"), _("cron"), _("Celery"), narrow=(0, 1, 2))
    for slot in job.comparison.slots:
        rows.add_row(
            slot.slot.name.replace("T", " "),
            slot.owner.value,
            Text(slot.outcome.value, GOOD.get(slot.outcome, "red")),
            _side(slot, slot.control),
            _side(slot, slot.candidate),
        )
    return rows


def _side(slot: SlotComparison, run: RunRecord | None) -> Text:
    """What a side did, from when to when, and how it ended."""
    if run is None:
        return Text(_("nothing"), "dim")
    seconds = [
        f"{(moment - slot.slot.due).total_seconds():+.1f}"
        for moment in (run.started, run.finished if run.executed else None)
        if moment is not None
    ]
    return Text(f"{_action(run)}, {'..'.join(seconds)} s", "" if run.executed else "dim")


def _action(run: RunRecord) -> str:
    match run.action:
        case Action.EXECUTE if run.finished is None:
            return _("runs, no end yet")
        case Action.EXECUTE:
            ended = f"signal {run.signal}" if run.signal is not None else f"exit {run.exit}"
            return _("ran, {ended}").format(ended=ended)
        case Action.WOULD:
            return _("would have run")
        case Action.YIELD:
            return _("yielded")
        case Action.EXPIRED:
            return _("message expired")
        case Action.REVOKED:
            return _("message revoked")


def verdict_line(job: JobComparison) -> Text:
    """Verdict, counts, reasons, and the earliest date."""
    comparison, judgement = job.comparison, job.judgement
    counts = [
        f"{comparison.count(outcome)} {outcome.value}" for outcome in Outcome if comparison.count(outcome)
    ]
    if comparison.extra:
        counts.append(_("{count} extra").format(count=comparison.extra))
    if comparison.pending:
        counts.append(_("{count} pending").format(count=comparison.pending))
    line = Text.assemble(
        (judgement.verdict.value, VERDICTS[judgement.verdict]),
        f": {', '.join(counts) or _('no slot yet')}; {'; '.join(judgement.reasons)}",
    )
    if judgement.verdict is Verdict.HOLD and judgement.earliest_safe:
        line.append("; " + _("complete on {day} at the earliest").format(day=judgement.earliest_safe))
    return line
