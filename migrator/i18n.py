"""Texts for people, in their language.

Every text that the command line, a report or the dashboard shows goes through ``_``.
Catalogues live in ``migrator/locale``: `make messages` gathers the texts and compiles
what has been translated. Without a catalogue the English text is what people read.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

DOMAIN = "migrator"
LOCALE = Path(__file__).parent / "locale"
ADMIN = "admin"  # the context of such names in the catalogues
LANGUAGES = ("en", "pl")  # those that there is a catalogue for, and the one that the texts are in

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)  # None: as the environment says


@lru_cache(maxsize=8)
def _catalogue(language: str | None) -> _gettext.NullTranslations:
    if language == "en":
        return _gettext.NullTranslations()
    return _gettext.translation(DOMAIN, LOCALE, [language] if language else None, fallback=True)


def _(text: str) -> str:
    """The text in the language of LANGUAGE, LC_ALL, LC_MESSAGES or LANG."""
    return _catalogue(_spoken.get()).gettext(text) if text else ""


def in_admin(name: str) -> str:
    """The name of a table or column, which alone may mean something else than in a sentence."""
    found = _catalogue(_spoken.get()).pgettext(ADMIN, name)
    return found if found != name else _(name)


def marked(text: str) -> str:
    """The text itself, gathered for translation: said through ``_`` where it is shown."""
    return text


def ngettext(one: str, many: str, count: int) -> str:
    """The text for one or for many, in the reader's language."""
    return _catalogue(_spoken.get()).ngettext(one, many, count)


def language() -> str:
    """The code of the language that ``_`` speaks: ``en``, ``pl``."""
    return _catalogue(_spoken.get()).info().get("language", "en").partition("_")[0]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Texts in that language meanwhile: what is committed or compared must not depend on the reader."""
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)
