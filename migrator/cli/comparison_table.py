"""The comparison log for eyes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text

from migrator.cli.tables import table
from migrator.comparison.document import JobComparison
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.verdicts import Verdict
from migrator.i18n import _

GOOD = {Outcome.MATCHED: "green", Outcome.IGNORED: "dim", Outcome.LATE: "yellow", Outcome.EARLY: "yellow"}
VERDICTS = {Verdict.SAFE: "green", Verdict.HOLD: "yellow", Verdict.UNSAFE: "red"}


def comparison_table(jobs: Iterable[JobComparison]) -> Table:
    """One row for each slot, both sides beside each other, their instants counted from the due time."""
    rows = table(
        _("job and slot"), _("owner"), _("outcome"), _("due (UTC)"), _("cron"), _("Celery"), narrow=(1, 2)
    )
    for job in jobs:
        for slot in job.comparison.slots:
            rows.add_row(
                Text.assemble(slot.job, (f"\n{slot.slot.name}", "dim")),
                slot.owner.value + (f"\n{_('demo')}" if slot.demo else ""),
                Text(slot.outcome.value, GOOD.get(slot.outcome, "red")),
                slot.slot.due.astimezone(dt.UTC).strftime("%m-%d\n%H:%M:%S"),
                _side(slot, slot.control),
                _side(slot, slot.candidate),
            )
    return rows


def _side(slot: SlotComparison, run: RunRecord | None) -> Text:
    """What a side did, when relative to the due instant, and how it ended."""
    if run is None:
        return Text(_("nothing"), "dim")
    lines = [_action(run)]
    for word, moment in (
        (_("received"), run.received),
        (_("started"), run.started),
        (_("finished"), run.finished),
    ):
        if moment is not None:
            lines.append(f"{word} {(moment - slot.slot.due).total_seconds():+.2f} s")
    return Text("\n".join(lines), "" if run.executed else "dim")


def _action(run: RunRecord) -> str:
    match run.action:
        case Action.EXECUTE if run.finished is None:
            return _("executes, no end yet")
        case Action.EXECUTE:
            ended = f"signal {run.signal}" if run.signal is not None else f"exit {run.exit}"
            return _("executed, {ended}").format(ended=ended)
        case Action.WOULD:
            return _("would have executed")
        case Action.YIELD:
            return _("yielded")
        case Action.EXPIRED:
            return _("message expired")
        case Action.REVOKED:
            return _("message revoked")


def verdict_lines(jobs: Iterable[JobComparison]) -> Iterator[Text]:
    """One line for each job: verdict, counts, reasons, and the earliest date."""
    for job in jobs:
        comparison, judgement = job.comparison, job.judgement
        counts = ", ".join(
            f"{comparison.count(outcome)} {outcome.value}" for outcome in Outcome if comparison.count(outcome)
        )
        if comparison.extra:
            counts += ", " + _("{count} extra").format(count=comparison.extra)
        if comparison.pending:
            counts += ", " + _("{count} pending").format(count=comparison.pending)
        line = Text.assemble(
            (judgement.verdict.value, VERDICTS[judgement.verdict]),
            f" {job.id}: {counts.removeprefix(', ') or _('no slot yet')}; {'; '.join(judgement.reasons)}",
        )
        if judgement.verdict is Verdict.HOLD and judgement.earliest_safe:
            line.append("; " + _("complete on {day} at the earliest").format(day=judgement.earliest_safe))
        yield line
