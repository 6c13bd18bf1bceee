"""Scans of small trees, given as path to text."""

import datetime as dt
import textwrap
from collections.abc import Mapping

from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile

CONTEXT = Context("Europe/Warsaw", dt.date(2026, 1, 1))


def tree(files: Mapping[str, str], context: Context = CONTEXT) -> Inventory:
    """The inventory of a folder with these files."""
    return take_inventory(
        [SourceFile(path, textwrap.dedent(text), named=False) for path, text in files.items()], context
    )


def module(text: str) -> Inventory:
    """The inventory of one Python file."""
    return tree({"shop/settings.py": text})


def schedules(text: str) -> list[str]:
    """The schedule of each job of one Python file, or why it is not known."""
    return [getattr(job.schedule, "reason", job.schedule.text) for job in module(text).jobs]


def codes(found: Inventory, *, but: str = "CM203") -> dict[int, set[str]]:
    """The findings by line."""
    told: dict[int, set[str]] = {}
    for finding in found.findings:
        if finding.place and finding.code not in but.split():
            told.setdefault(finding.place.line, set()).add(finding.code)
    return told


def by_place(found: Inventory) -> dict[str, Job]:
    """The jobs by their first places."""
    return {str(job.places[0]): job for job in found.jobs}
