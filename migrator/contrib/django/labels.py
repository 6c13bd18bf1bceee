"""What the admin calls the ledger's tables and columns, in the language that Django has chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.models import Model
from django.utils.functional import lazy
from django.utils.translation import get_language, to_locale

from migrator.i18n import in_admin, speaking


@contextmanager
def reading_language() -> Iterator[None]:
    """Speak the language that Django has chosen for this request, in this thread and no other."""
    with speaking(to_locale(get_language() or "en")):
        yield


def _read(text: str) -> str:
    with reading_language():
        return in_admin(text)


said = lazy(_read, str)
"""A text that is translated each time it is shown."""


def label(models: Iterable[type[Model]]) -> None:
    """Have tables and columns named in the reader's language.

    Django would have the names in each model, and a migration for each of them. They follow from
    the models as these stand, and no migration sees them here.
    """
    for model in models:
        meta = model._meta
        meta.verbose_name = said(str(meta.verbose_name))
        meta.verbose_name_plural = said(str(meta.verbose_name_plural))
        for field in meta.local_fields:
            field.verbose_name = said(str(field.verbose_name))


def names(models: Iterable[type[Model]]) -> Iterator[str]:
    """All that ``label`` has translated, for the catalogue."""
    for model in models:
        meta = model._meta
        for name in (meta.verbose_name, meta.verbose_name_plural):
            yield str(name)
        for field in meta.local_fields:
            yield str(field.verbose_name)
