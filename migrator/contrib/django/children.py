"""What the programs do that a task starts, where they are this project's own: they count by themselves.

A process of this project that finds a run in its environment says what it does to a spool, as under
cronwrap. The worker gives its run and a folder of its own, and adds what is in it when the run ends.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from migrator.comparison.effects import Effects, read_effects

logger = logging.getLogger(__name__)
LARGEST = 1_000_000  # bytes of what the children say


@dataclass(slots=True)
class Children:
    """The effects of the programs that have ended and said so."""

    parts: list[Effects] = field(default_factory=list)

    def added(self, own: Effects) -> Effects:
        """What the run has done in all; a program that said nothing stays one that nobody has counted."""
        total = sum(self.parts, own)
        unseen = max(0, own.programs - len(self.parts))
        return replace(total, programs=unseen + sum(part.programs for part in self.parts))


@contextmanager
def counted(run: str, job: str, *, alone: bool) -> Iterator[Children]:
    """Let the programs that are started here count; ``alone``: this process has no other job meanwhile."""
    children, folder = Children(), _folder() if alone else None
    if folder is None:
        yield children
        return
    given = {"MIGRATOR_RUN": run, "MIGRATOR_JOB": job, "MIGRATOR_SPOOL": folder}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield children
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        try:
            children.parts += _said(Path(folder), run)
        except Exception:
            logger.exception("the effects of what %s started are not counted", job)
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> str | None:
    try:
        return tempfile.mkdtemp(prefix="migrator-run-")
    except OSError:  # a full disk, say: it has no say in the job
        logger.exception("effects of other programs are not counted")
        return None


def _said(folder: Path, run: str) -> Iterator[Effects]:
    """The last word of each process of the run; one that was killed has none."""
    parts: dict[str, Effects | None] = {}
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            text = file.read(LARGEST)
        for line in text.splitlines():
            said = json.loads(line)
            if said["event"] == "effects" and said["run"] == run:
                found = said["effects"]
                parts[said["part"]] = None if found is None else read_effects(found)
    return (part for part in parts.values() if part is not None)
