"""Crontabs in cron's spool: the name of the file is the user."""

from __future__ import annotations

import re
from dataclasses import replace

from migrator.sources import crontab_file
from migrator.sources.job import Found
from migrator.sources.source import Source, SourceFile, Surroundings

# Debian's and cronie's, SUSE's, busybox's (Alpine's) spools.
SPOOL = re.compile(r"(?:^|/)(?:var/spool/cron(?:/(?:crontabs|tabs))?|etc/crontabs)/(?P<user>[^/]+)$")


def recognises(file: SourceFile) -> bool:
    """Told by its folder alone: whatever lies in the spool is a crontab."""
    return SPOOL.search(file.path) is not None


def read(file: SourceFile, around: Surroundings) -> Found:
    """The jobs of a user's crontab, each with its user."""
    place = SPOOL.search(file.path)
    found = crontab_file.read(replace(file, format="user"), around)
    user = place["user"] if place else None
    return replace(found, jobs=tuple(replace(job, user=user) for job in found.jobs))


SOURCE = Source("crontab", recognises, read, may_be=lambda path: SPOOL.search(path) is not None)
