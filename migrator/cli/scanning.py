"""The inventory that scan, prove, generate, instrument and report start from."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.collect import collect
from migrator.adapters.files import read_text
from migrator.cli.project import Home
from migrator.codegen.plan import LOCK_FILE, remembered_jobs
from migrator.errors import Cannot, MigratorError, UsageProblem
from migrator.i18n import _
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.zones import zone_of


def assignments(values: Sequence[str]) -> dict[str, str]:
    """``--env X=value`` as a mapping; an empty name or a missing ``=`` is a usage error."""
    pairs = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not name or not equals:
            raise UsageProblem(
                _("--env {value} is no NAME=VALUE").format(value=value), hint=_("write --env NAME=VALUE")
            )
        pairs[name] = text
    return pairs


def host_zone() -> str:
    """The zone of this host's cron: TZ, else what /etc/localtime points to, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named:
        return named
    target = os.path.realpath("/etc/localtime")
    return target.partition("zoneinfo/")[2] or "UTC"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was found, and the paths that could not be read."""

    inventory: Inventory
    problems: tuple[MigratorError, ...]


def scan(
    home: Home,
    paths: Sequence[str] = (),
    *,
    environment: Sequence[str] = (),
    timezone: str | None = None,
) -> Scanned:
    """The jobs at ``paths``, or at the sources that migrator.toml names."""
    if not paths and not home.configuration.sources:
        raise Cannot(
            _("no sources are named"),
            hint=_("name a crontab: migrator scan PATH, or run `migrator init` to find them"),
        )
    collected = collect(paths or home.configuration.sources, Path.cwd() if paths else home.root)
    zone = timezone or home.configuration.project.timezone or host_zone()
    zone_of(zone)
    lock = home.root / LOCK_FILE
    context = Context(
        zone,
        dt.date.today(),
        assignments(environment),
        home.configuration.jobs,
        remembered_jobs(read_text(lock) if lock.exists() else None),
    )
    return Scanned(take_inventory(collected.files, context), collected.problems)


def whole_inventory(home: Home, paths: Sequence[str] = (), *, timezone: str | None = None) -> Inventory:
    """The inventory, for verbs that must not go on with a part of it."""
    scanned = scan(home, paths, timezone=timezone)
    if scanned.problems:
        raise scanned.problems[0]
    return scanned.inventory


def chosen(found: Inventory, identities: Sequence[str]) -> tuple[Job, ...]:
    """The jobs of those ids, or all."""
    known = {job.id: job for job in found.jobs}
    for identity in identities:
        if identity not in known:
            raise UsageProblem(
                _("there is no job {id}").format(id=identity),
                hint=_("known jobs: {ids}").format(ids=", ".join(known) or _("none")),
            )
    return tuple(known[identity] for identity in identities) if identities else found.jobs
