"""The inventory of files that were found in a folder, and what there is to say of it."""

import datetime as dt

from migrator.crontab.wrapping import Recorder
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile

ZONE = "Europe/Warsaw"
RECORDER = Recorder("/usr/bin/python3", "/opt/cronwrap.py", "sync")


def scan(*files: tuple[str, str], **environment: str) -> Inventory:
    """The inventory of files: of each its path and text."""
    return take_inventory(
        [SourceFile(path, text, named=False) for path, text in files],
        Context(ZONE, dt.date(2026, 1, 1), environment),
    )


def one(path: str, text: str, *others: tuple[str, str]) -> Job:
    """The only job of a file, with others beside it."""
    [job] = scan((path, text), *others).jobs
    return job


def codes(found: Inventory) -> list[str]:
    """The findings, in their order."""
    return [finding.code for finding in found.findings]


def told(found: Inventory) -> list[tuple[str, str]]:
    """The findings, each with its place."""
    return [(finding.code, str(finding.place)) for finding in found.findings]


def marked(found: Inventory) -> dict[int, str]:
    """What the lines are that are no plain text."""
    return {line.line: line.kind for line in found.lines if line.kind not in ("other", "blank", "comment")}
