"""Every kind of source, in the order in which a file is offered: the first that recognises it reads it."""

from __future__ import annotations

import re
from dataclasses import replace

from migrator.crontab.recipes.calls import is_task_file
from migrator.sources import (
    anacrontab,
    crontab_file,
    crontab_script,
    dockerfile,
    dockerfile_text,
    python_file,
    run_parts,
    spool,
    systemd_timer,
)
from migrator.sources.crontab_script import is_shell_script
from migrator.sources.deploy import kinds as deploy_kinds
from migrator.sources.deploy.helm import is_values_file
from migrator.sources.endings import declares_nothing
from migrator.sources.job import Found, ReadFile
from migrator.sources.passed_over import in_cron_d, marked
from migrator.sources.source import Source, SourceFile, Surroundings

# Told by their folders and names first. A crontab is what is left: any text can be one.
SOURCES: tuple[Source, ...] = (
    spool.SOURCE,
    run_parts.SOURCE,
    anacrontab.SOURCE,
    systemd_timer.SOURCE,
    crontab_script.SOURCE,
    dockerfile.SOURCE,
    *deploy_kinds.SOURCES,
    python_file.SOURCE,
    crontab_file.SOURCE,
)


_MANUAL = re.compile(r"(?m)^\.(?:TH|Dd) ")


def source_of(file: SourceFile) -> Source | None:
    """The source that a file is; None: it declares no jobs, as crontab(5) in a folder of manuals."""
    if not file.named and _MANUAL.search(file.text, 0, 4096):
        return None
    script = is_shell_script(file.path, file.text) and not in_cron_d(file.path)
    candidates = SOURCES[:-1] if script else SOURCES
    return next((source for source in candidates if _is(source, file)), None)


def worth_opening(path: str) -> bool:
    """Whether a file of this name may be a source, or belong to one."""
    return not declares_nothing(path) and any(source.may_be(path) for source in SOURCES)


def belongs(file: SourceFile) -> bool:
    """A file that declares no job by itself, and that a job's line or timer may name."""
    named = systemd_timer.may_be(file.path) or is_values_file(file.path)
    named = named or dockerfile_text.may_be(file.path) or is_task_file(file.path, file.text)
    return named or is_shell_script(file.path, file.text)


def _is(source: Source, file: SourceFile) -> bool:
    return (file.named or source.may_be(file.path)) and source.recognises(file)


def read(file: SourceFile, around: Surroundings) -> Found:
    """The jobs of a file, and every line of it; nothing of a file that is no source."""
    source = source_of(file)
    if source is None:
        return Found()
    found = marked(source.read(file, around), file)
    return found if found.files else replace(found, files=(ReadFile(file.path, source.name),))
