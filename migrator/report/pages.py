"""HTML pages from templates: every value escaped, no name missing, no blank that nobody sees."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from migrator.comparison.effects_beside import counts_in_words, effect_name
from migrator.equivalence.words import in_words
from migrator.i18n import _, ngettext
from migrator.report.calendar_picture import calendar_of, one_day
from migrator.report.cutover_timeline import DIAMOND, RING, axis_of, marks
from migrator.unseen import seen

SEGMENTS = 12  # up to here an evidence bar has one segment per slot
PRE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)
INDENT = re.compile(r"\n\s+")  # of the templates: a fifth of the page, and nothing that anybody sees
UNIT = re.compile(r"(?<=\d) (?=(?:s|min|h|d)\b)")  # a number and its unit stay on one line
# Chromium breaks a line after the hyphens of a date, where a sentence of a list or a small print holds one
DATE = re.compile(r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?:[+-]\d\d:\d\d)?)?(?=[^<>]*<(?:/li|/small|i)>)")

# what every page says and draws
NAMES: dict[str, Any] = {
    "_": _,
    "ngettext": ngettext,
    "in_words": in_words,
    "counts_in_words": counts_in_words,
    "effect_name": effect_name,
    "axis_of": axis_of,
    "marks": marks,
    "calendar_of": calendar_of,
    "one_day": one_day,
    "DIAMOND": DIAMOND,
    "RING": RING,
    "SEGMENTS": SEGMENTS,
}


def page_templates(package: str, **names: Any) -> Environment:
    """The templates of a package, with what they call beside the names of every page."""
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        finalize=seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(NAMES | names)
    return environment


def tidied(page: str) -> str:
    """The page without indents; what is preformatted stays as it is."""
    return "".join(part if part.startswith("<pre") else _tidy(part) for part in PRE.split(page))


def _tidy(part: str) -> str:
    whole = DATE.sub(r'<span class="when">\g<0></span>', INDENT.sub("\n", part))
    return UNIT.sub("\N{NO-BREAK SPACE}", whole)
