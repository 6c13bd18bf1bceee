"""The cutover report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from jinja2 import Environment

from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.cutover.readiness import CutoverReport, JobReadiness
from migrator.cutover.rehearsed import Rehearsed
from migrator.i18n import language
from migrator.redaction import redact
from migrator.report import cutover_words as words
from migrator.report.pages import page_templates, tidied
from migrator.report.spread_picture import duration_plot, lag_plot

OPEN_JOBS = 8  # with more, the jobs are folded and the table on top leads to them
ODD_SLOTS = 3  # of a job among many


def cutover_html(report: CutoverReport) -> str:
    """The whole page."""
    template = _environment().get_template("cutover.html.j2")
    page = template.render(report=report, language=language(), unfolded=len(report.jobs) <= OPEN_JOBS)
    return tidied(page)


def shown_slots(job: JobReadiness, unfolded: bool) -> Sequence[SlotComparison]:
    """The last slots; of a job among many only such as did not match: the calendar has them all."""
    if unfolded:
        return job.last_slots
    good = (Outcome.MATCHED, Outcome.IGNORED)
    return [one for one in job.compared.comparison.slots if one.outcome not in good][-ODD_SLOTS:]


def shown_rehearsals(job: JobReadiness, unfolded: bool) -> Sequence[Rehearsed]:
    """All; of a job among many those that differ or hold no more, since the checklist has the others."""
    if unfolded:
        return job.rehearsals
    return [one for one in job.rehearsals if one.stale or one.record.result.days]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return page_templates(
        "migrator.report",
        words=words,
        redact=redact,
        shown_slots=shown_slots,
        shown_rehearsals=shown_rehearsals,
        lag_plot=lag_plot,
        duration_plot=duration_plot,
    )
