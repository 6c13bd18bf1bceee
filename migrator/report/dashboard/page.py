"""Renders the pages of the dashboard: no inline style, no inline script, every value escaped."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment

from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Owner
from migrator.comparison.verdicts import Verdict
from migrator.cutover.removal import shown
from migrator.i18n import language
from migrator.report import cutover_words
from migrator.report.dashboard import board, job_page, words
from migrator.report.dashboard.strip_picture import cell, strip_of
from migrator.report.pages import page_templates, tidied


def rendered(template: str, **values: Any) -> str:
    """The page, in the language that is spoken."""
    return tidied(_environment().get_template(template).render(language=language(), **values))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return page_templates(
        "migrator.report.dashboard",
        words=words,
        cutover_words=cutover_words,
        safe_text=shown,
        strip_of=strip_of,
        cell=cell,
        CELLS=board.CELLS,
        DEFAULT_ORDER=board.DEFAULT_ORDER,
        JOB_CELLS=job_page.CELLS,
        OUTCOMES=tuple(Outcome),
        OWNERS=tuple(Owner),
        VERDICTS=tuple(Verdict),
    )
