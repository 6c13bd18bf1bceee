"""Every line of a file that is no crontab, accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.sources.job import LineKind, SourceLine


def accounted(
    path: str, text: str, kinds: Mapping[int, LineKind], *, comment: str = "#"
) -> Iterator[SourceLine]:
    """The lines of a text: those in ``kinds`` (by number, from 1) as they say, the rest by their looks."""
    for number, line in enumerate(text.split("\n")[: -1 if text.endswith("\n") else None], 1):
        stripped = line.strip()
        plain: LineKind = "blank" if not stripped else "comment" if stripped.startswith(comment) else "other"
        yield SourceLine(path, number, kinds.get(number, plain), line)
