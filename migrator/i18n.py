"""Texts for people, in their language.

Every text that the command line, a report or the dashboard shows goes through
``_``. Catalogues live in ``migrator/locale``; without one the English text is
what people read.
"""

from __future__ import annotations

import gettext as _gettext
from functools import lru_cache
from pathlib import Path

DOMAIN = "migrator"
LOCALE = Path(__file__).parent / "locale"


@lru_cache(maxsize=1)
def _catalogue() -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, LOCALE, fallback=True)


def _(text: str) -> str:
    """The text in the language of LANGUAGE, LC_ALL, LC_MESSAGES or LANG."""
    return _catalogue().gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The text for one or for many, in the reader's language."""
    return _catalogue().ngettext(one, many, count)
