"""The cutover report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from migrator.comparison.effects_beside import counts_in_words, effect_name
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.cutover.readiness import CutoverReport, JobReadiness
from migrator.cutover.rehearsed import Rehearsed
from migrator.equivalence.words import in_words
from migrator.i18n import _, language, ngettext
from migrator.redaction import redact
from migrator.report import cutover_words as words
from migrator.report.calendar_picture import calendar_of, one_day
from migrator.report.cutover_timeline import DIAMOND, RING, axis_of, marks
from migrator.report.spread_picture import duration_plot, lag_plot
from migrator.unseen import seen

OPEN_JOBS = 8  # with more, the jobs are folded and the table on top leads to them
ODD_SLOTS = 3  # of a job among many
SEGMENTS = 12  # up to here an evidence bar has one segment per slot
PRE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)
UNIT = re.compile(r"(?<=\d) (?=(?:s|min|h|d)\b)")  # a number and its unit stay on one line
INDENT = re.compile(r"\n\s+")  # of the templates: a fifth of the page, and nothing that anybody sees


def cutover_html(report: CutoverReport) -> str:
    """The whole page."""
    template = _environment().get_template("cutover.html.j2")
    page = template.render(report=report, language=language(), unfolded=len(report.jobs) <= OPEN_JOBS)
    return "".join(part if part.startswith("<pre") else _tidy(part) for part in PRE.split(page))


def _tidy(part: str) -> str:
    return UNIT.sub("\N{NO-BREAK SPACE}", INDENT.sub("\n", part))


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
    environment = Environment(
        loader=PackageLoader("migrator.report"),
        autoescape=True,
        finalize=seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names: dict[str, Any] = {
        "_": _,
        "ngettext": ngettext,
        "words": words,
        "in_words": in_words,
        "redact": redact,
        "counts_in_words": counts_in_words,
        "effect_name": effect_name,
        "axis_of": axis_of,
        "marks": marks,
        "calendar_of": calendar_of,
        "one_day": one_day,
        "shown_slots": shown_slots,
        "shown_rehearsals": shown_rehearsals,
        "lag_plot": lag_plot,
        "duration_plot": duration_plot,
        "DIAMOND": DIAMOND,
        "RING": RING,
        "SEGMENTS": SEGMENTS,
    }
    environment.globals.update(names)
    return environment
