"""The inventory that scan, prove, generate, instrument and report start from."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from migrator.adapters.collect import Collected, collect
from migrator.adapters.files import read_text
from migrator.adapters.host import collect_host, cron_of
from migrator.cli.progress import looking, reading
from migrator.cli.project import Home
from migrator.cli.project_commands import with_project
from migrator.cli.scanned_rows import beat_rows
from migrator.codegen.lock import LOCK_FILE, remembered_jobs, remembered_schedules, remembered_tasks
from migrator.configuration import FILE_NAME
from migrator.errors import Cannot, MigratorError, UsageProblem
from migrator.i18n import _
from migrator.schedule.dialect import DEBIAN, DIALECTS, Dialect
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile
from migrator.zones import zone_of


def assignments(values: Sequence[str]) -> dict[str, str]:
    """``--env X=value`` as a mapping; ``--env X`` takes the value that X has here, as docker does.

    An empty name, and a name that has no value here, are usage errors.
    """
    pairs = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not name:
            raise UsageProblem(
                _("--env {value} is no NAME=VALUE").format(value=value), hint=_("write --env NAME=VALUE")
            )
        if not equals and name not in os.environ:
            raise UsageProblem(
                _("--env {name}: there is no such variable here").format(name=name),
                hint=_("export it first, or write --env {name}=VALUE").format(name=name),
            )
        pairs[name] = text if equals else os.environ[name]
    return pairs


def host_zone(root: Path = Path("/")) -> str:
    """The zone of a host's cron: TZ, if it is this host, else what /etc/localtime points to, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named and root == Path("/"):
        return named
    target = os.path.realpath(root / "etc/localtime")
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
    dialect: str | None = None,
    ask_project: bool = False,
    host: Path | None = None,
    rows: bool = False,
) -> Scanned:
    """The jobs at ``paths`` and of the ``host`` by its root, or at the sources that migrator.toml names.

    ``rows``: those of django-celery-beat too, for which the project is started.
    """
    if not paths and not host and not rows and not home.configuration.sources:
        hint = _("name a crontab: migrator scan PATH, or run `migrator init` to find them")
        if home.configured:
            hint = _("name a crontab in {path}: sources = [{example}]").format(
                path=FILE_NAME, example='"crontab.txt"'
            )
        raise Cannot(_("no sources are named"), hint=hint)
    collected = _collected(home, paths, host)
    zone = timezone or home.configuration.project.timezone or host_zone(host or Path("/"))
    zone_of(zone)
    lock = home.root / LOCK_FILE
    generated = read_text(lock) if os.access(lock, os.F_OK) else None
    remembered = remembered_jobs(generated)
    context = Context(
        zone,
        dt.date.today(),
        {**home.configuration.environment, **assignments(environment)},
        home.configuration.jobs,
        remembered,
        remembered_schedules(generated),
        dialect_of(home, dialect or home.configuration.project.dialect or (cron_of(host) if host else None)),
        manage=home.configuration.project.manage,
        settled=frozenset({"CM203"} if home.configuration.generate.keeps_nights else ()),
        elsewhere=(beat_rows(home, remembered, remembered_tasks(generated)),) if rows else (),
        is_ours=home.is_ours,
    )
    files = _in_their_formats(collected.files, home, Path.cwd() if paths else home.root)
    with nothing_collected():
        with reading(sum(len(file.text) for file in files)) as passed:
            found = take_inventory(files, context, passed=passed)
        return Scanned(with_project(found, home, paths, ask=ask_project), collected.problems)


@contextmanager
def nothing_collected() -> Iterator[None]:
    """What is read is kept, in no cycles: a fifth of the time would go into looking for garbage."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


def _collected(home: Home, paths: Sequence[str], host: Path | None) -> Collected:
    """What is there to read; a file of the host that is also named is read once."""
    with looking() as seen:
        if host is None:
            return collect(paths or home.configuration.sources, Path.cwd() if paths else home.root, seen=seen)
        of_host, named = collect_host(host), collect(paths, Path.cwd(), seen=seen)
    files = {os.path.realpath(file.path): file for file in (*named.files, *of_host.files)}
    return Collected(tuple(files.values()), (*of_host.problems, *named.problems))


def _in_their_formats(files: Sequence[SourceFile], home: Home, base: Path) -> list[SourceFile]:
    """The files with the formats that migrator.toml gives them, by their paths below its folder."""
    formats = {os.path.normpath(home.root / path): one for path, one in home.configuration.formats.items()}
    return [
        replace(file, format=formats.get(os.path.normpath(base / file.path), file.format)) for file in files
    ]


def dialect_of(home: Home, named: str | None = None) -> Dialect:
    """The dialect of that name, or of migrator.toml; Debian's where none is named."""
    name = named or home.configuration.project.dialect or DEBIAN.name
    if name not in DIALECTS:
        raise UsageProblem(
            _("there is no dialect {name}").format(name=name),
            hint=_("known dialects: {names}").format(names=", ".join(DIALECTS)),
        )
    return DIALECTS[name]


def whole_inventory(
    home: Home, paths: Sequence[str] = (), *, timezone: str | None = None, dialect: str | None = None
) -> Inventory:
    """The inventory, for verbs that must not go on with a part of it."""
    scanned = scan(home, paths, timezone=timezone, dialect=dialect)
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
