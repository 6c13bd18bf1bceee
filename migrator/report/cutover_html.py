"""The cutover report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from migrator.comparison.effects_beside import counts_in_words, effect_name
from migrator.cutover.readiness import CutoverReport
from migrator.equivalence.words import in_words
from migrator.i18n import _, language, ngettext
from migrator.redaction import redact
from migrator.report import cutover_words as words
from migrator.report.cutover_timeline import axis_of, marks

OPEN_JOBS = 8  # with more, the jobs are folded and the table on top leads to them
SEGMENTS = 12  # up to here an evidence bar has one segment per slot


def cutover_html(report: CutoverReport) -> str:
    """The whole page."""
    template = _environment().get_template("cutover.html.j2")
    return template.render(report=report, language=language(), unfolded=len(report.jobs) <= OPEN_JOBS)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("migrator.report"),
        autoescape=True,
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
        "SEGMENTS": SEGMENTS,
    }
    environment.globals.update(names)
    return environment
