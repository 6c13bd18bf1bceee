"""Lines of crontabs that run a folder: ``run-parts /etc/cron.daily``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from migrator.crontab.syntax import JobLine, read_crontab
from migrator.findings import Place
from migrator.sources.crontab_file import format_of
from migrator.sources.source import SourceFile
from migrator.sources.spool import SPOOL


def folder_of(command: str) -> str | None:
    """The folder that a command gives to run-parts."""
    call = re.search(r"\brun-parts\b[^;|&]*?\s(/[\w./-]+?)/?(?=[\s;)}|&]|$)", command)
    return call[1] if call else None


def lines_that_run_folders(files: Iterable[SourceFile]) -> Iterator[tuple[Place, JobLine, str]]:
    """The live lines of installed crontabs that call run-parts, each with its folder."""
    for file in files:
        layout = "user" if SPOOL.search(file.path) else file.format or format_of(file.path)
        installed = layout == "system" or SPOOL.search(file.path)
        if file.skipped or "run-parts" not in file.text or not installed:
            continue
        for number, line in read_crontab(file.text, layout).numbered():
            folder = folder_of(line.command) if isinstance(line, JobLine) else None
            if isinstance(line, JobLine) and folder:
                yield Place(file.path, number), line, folder
