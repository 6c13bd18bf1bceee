"""Renders the pages of the dashboard: no inline style, no inline script, every value escaped."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from migrator.comparison.effects_beside import counts_in_words, effect_name
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Owner
from migrator.comparison.verdicts import Verdict
from migrator.cutover.removal import shown
from migrator.equivalence.words import in_words
from migrator.i18n import _, language, ngettext
from migrator.report import cutover_words
from migrator.report.calendar_picture import calendar_of, one_day
from migrator.report.cutover_timeline import DIAMOND, RING, axis_of, marks
from migrator.report.dashboard import board, job_page, words
from migrator.report.dashboard.strip_picture import cell, strip_of
from migrator.unseen import seen

PRE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)
INDENT = re.compile(r"\n\s+")  # of the templates: a fifth of the page, and nothing that anybody sees
SEGMENTS = 12


def rendered(template: str, **values: Any) -> str:
    """The page, in the language that is spoken."""
    page = _environment().get_template(template).render(language=language(), **values)
    return "".join(part if part.startswith("<pre") else INDENT.sub("\n", part) for part in PRE.split(page))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("migrator.report.dashboard"),
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
        "cutover_words": cutover_words,
        "in_words": in_words,
        "safe_text": shown,
        "counts_in_words": counts_in_words,
        "effect_name": effect_name,
        "strip_of": strip_of,
        "cell": cell,
        "axis_of": axis_of,
        "marks": marks,
        "calendar_of": calendar_of,
        "one_day": one_day,
        "DIAMOND": DIAMOND,
        "RING": RING,
        "CELLS": board.CELLS,
        "DEFAULT_ORDER": board.DEFAULT_ORDER,
        "JOB_CELLS": job_page.CELLS,
        "OUTCOMES": tuple(Outcome),
        "OWNERS": tuple(Owner),
        "VERDICTS": tuple(Verdict),
    }
    environment.globals.update(names)
    return environment
