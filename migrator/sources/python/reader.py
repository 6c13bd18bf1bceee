"""A reader: one way in which Python code declares jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from migrator.findings import Finding
from migrator.sources.facts import Fact
from migrator.sources.job import Declared
from migrator.sources.python.values import Folder

Told = Declared | Finding | Fact


@dataclass(frozen=True, slots=True)
class Reader:
    """One library's declarations; ``marks``: a file without any of these words has none of them.

    ``declares`` matches a line that declares jobs beyond doubt, for a file that is no Python 3.
    """

    name: str  # the `source` of its places
    marks: tuple[str, ...]
    read: Callable[[Folder], Iterator[Told]]
    declares: str = r"(?!)"
