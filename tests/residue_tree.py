"""A small tree in memory, and what is left of cron in it."""

import datetime as dt
import re

from migrator.crontab.columns import format_by_path
from migrator.cutover.residue.survey import Known, survey
from migrator.cutover.residue.texts import TextFile
from migrator.findings import Finding
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.kinds import belongs, source_of, worth_opening
from migrator.sources.source import SourceFile

NOTHING = Known()
HEADING = re.compile(r"^==> (.*) <==\n", re.MULTILINE)


def found(tree: dict[str, str], known: Known = NOTHING) -> tuple[Finding, ...]:
    """What a survey of the tree finds, where the sources are those that a scan of the folder opens."""
    files = [TextFile(path, text) for path, text in tree.items()]
    sources = [SourceFile(path, text, format_by_path(path), named=False) for path, text in tree.items()]
    sources = [one for one in sources if worth_opening(one.path) and (source_of(one) or belongs(one))]
    return survey(files, take_inventory(sources, Context("UTC", dt.date(2026, 9, 1))), known)


def shown(tree: dict[str, str], known: Known = NOTHING) -> list[str]:
    """The same, as place and code."""
    return [f"{one.place} {one.code}" for one in found(tree, known)]


def tree_of(text: str) -> dict[str, str]:
    """The files of a text in which each has a heading, as head(1) writes them."""
    parts = HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
