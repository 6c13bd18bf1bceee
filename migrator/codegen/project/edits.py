"""What changes in the user's files, what is left to the user, and what the lock file remembers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrator.codegen.project.lines import Insertion, digest, inserted, place_of, plain, without

TASKS = "tasks"  # the part of tasks in a module of the user's own; one of them is tasks:JOB


@dataclass(frozen=True, slots=True)
class Region:
    """Lines of ours in a file of the user's, as the lock file remembers them.

    ``above`` and ``below``: the blank lines around them, which a formatter may take away.
    """

    part: str
    count: int
    hash: str
    above: int
    below: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines that one part of Celery's set-up needs in a file."""

    path: str
    part: str
    insertion: Insertion

    @property
    def region(self) -> Region:
        lines = self.insertion.lines
        texts = [number for number, line in enumerate(lines) if line]
        above, below = texts[0], len(lines) - 1 - texts[-1]
        core = lines[above : len(lines) - below]
        return Region(self.part, len(core), digest(core), above, below)


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the user has to do, because a file is too unusual to be edited surely.

    ``breaks``: until then, jobs that Celery owns do not run, or not at their time.
    """

    path: str
    reason: str
    text: str  # to be pasted
    breaks: bool = True


@dataclass(frozen=True, slots=True)
class Dispute:
    """Lines of ours that somebody has edited."""

    path: str
    part: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A file of the user's before and after."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Edits:
    """All of it, with the regions that the lock file shall remember."""

    files: tuple[Edited, ...] = ()
    regions: Mapping[str, Sequence[Region]] = field(default_factory=dict)
    disputes: tuple[Dispute, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    shared: frozenset[str] = frozenset()  # modules of the user's own that have tasks, too


@dataclass(frozen=True, slots=True)
class Untouched:
    """A file as it would be without our lines; ``regions``: those that are in it, as they were or edited."""

    text: str | None
    disputes: tuple[Dispute, ...]
    regions: tuple[Region, ...] = ()


def untouched(path: str, text: str | None, regions: Sequence[Region]) -> Untouched:
    """The file without our regions; those that are not as we wrote them are disputed."""
    if text is None:
        return Untouched(None, ())
    disputes, there = [], []
    rest, shape = plain(text)
    for region in regions:
        at = place_of(rest, region.count, region.hash)
        if at is None and not _missed(rest, region):
            continue
        there.append(region)
        if at is None:
            disputes.append(Dispute(path, region.part))
        else:
            rest = without(rest, at, region.count, above=region.above, below=region.below)
    bare = shape.text_of(rest)
    return Untouched(None if regions and not disputes and not bare else bare, tuple(disputes), tuple(there))


def _missed(text: str, region: Region) -> bool:
    """Whether lines that are not there were edited: a task that somebody took out is written again.

    The imports of tasks are needed as far as the module binds their names, whoever wrote them.
    """
    part, _colon, job = region.part.partition(":")
    if part != TASKS:
        return True
    return bool(job) and re.search(rf"""["']\w+\.{re.escape(job)}["']""", text) is not None


def applied(path: str, present: str | None, bare: str | None, edits: Sequence[Edit]) -> Edited:
    """The file with the edits made to what it is without ours."""
    rest, shape = plain(bare or "")
    after = shape.text_of(inserted(rest, [edit.insertion for edit in edits]))
    return Edited(path, present, after)
