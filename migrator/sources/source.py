"""A source: a kind of place that declares jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from migrator.crontab.marks import Whose, of_anybody
from migrator.crontab.syntax import Format
from migrator.schedule.dialect import DEBIAN, Dialect
from migrator.sources.job import Found


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as the user named it, and its text; ``named``: by itself, not found in a folder.

    ``skipped``: why nothing runs what it holds, where the machine was asked: its mode, its owner,
    a timer that nobody enabled; empty: nothing is wrong with it; None: only its name can tell.
    """

    path: str
    text: str
    format: Format | None = None
    named: bool = True
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a source may know beside its own file.

    ``scripts``: texts of the shell scripts in the tree, by path; ``environment``: what
    stands for variables that a script leaves open (``--env``); ``files``: all files that are
    read, by path, for a source that is spread over several; ``dialect``: the cron that reads
    crontabs; ``is_ours`` tells lines that another project records.
    """

    scripts: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, SourceFile] = field(default_factory=dict)
    dialect: Dialect = DEBIAN
    is_ours: Whose = of_anybody


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of place.

    ``may_be`` tells by the name alone whether a file found in a folder is worth opening.
    ``recognises`` parses nothing that a cheap look can rule out, because it is asked about every
    file of a repository that may be one. ``read`` accounts for every line.
    """

    name: str  # the `source` of its places
    recognises: Callable[[SourceFile], bool]
    read: Callable[[SourceFile, Surroundings], Found]
    may_be: Callable[[str], bool] = lambda path: True
