"""All edits of the project, against what earlier ones put in and what the user has edited since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from migrator.codegen.naming import by_module
from migrator.codegen.project import tasks_beside
from migrator.codegen.project.celery_app import CeleryApp, app_import, app_module, app_text, find_app
from migrator.codegen.project.compose import celery_services, compose_edits
from migrator.codegen.project.edits import TASKS, Edit, Edits, Instruction, Region, applied
from migrator.codegen.project.makefile import make_edits
from migrator.codegen.project.python_file import module_of, read
from migrator.codegen.project.requirements import NOWHERE, requirement_edits
from migrator.codegen.project.settings import Wanted, is_set_up, settings_edits, whole
from migrator.codegen.project.settings_modules import SettingsModules
from migrator.codegen.project.stock_scheduler import stock_schedulers
from migrator.codegen.project.tree import Tree
from migrator.configuration import FILE_NAME, RESULTS, Configuration
from migrator.i18n import _
from migrator.sources.job import Job

DISTRIBUTIONS = ("celery", "django-celery-beat", "django-celery-results")
Found = Iterator[Edit | Instruction]


def project_edits(
    texts: Mapping[str, str],
    configuration: Configuration,
    *,
    zone: str,
    versions: Mapping[str, str],
    remembered: Mapping[str, Sequence[Region]],
    real: Callable[[str], str] = str,
    cron_schedules: bool = False,
    above: Mapping[str, str] = NOWHERE,
    jobs: Sequence[Job] = (),
    owned: Collection[str] = (),
) -> Edits:
    """What the project lacks; ``remembered``: the regions of earlier edits, by their files.

    ``above``: the texts of the files outside the folder that may name the requirements;
    ``jobs``: those that get tasks; ``owned``: the modules that hold nothing but generated code.
    ``cron_schedules``: some entry of the generated schedule is a CronSchedule.
    ``real``: the one path of a file that links lead to.
    The lines of a part that is switched off are the user's own, and are remembered no more.
    """
    parts = configuration.generate.project
    parts = (*parts, TASKS)
    regions = {path: [one for one in ours if _part(one) in parts] for path, ours in remembered.items()}
    tree = Tree(texts, regions, real)
    tasks = by_module(jobs, configuration.generate)
    wanted = _wanted(configuration, zone, tasks, exact=cron_schedules)
    found = list(_needed(tree, configuration, wanted, versions=versions, above=above))
    if cron_schedules and configuration.project.settings:
        modules = SettingsModules(tree, configuration.project.settings, tree.real)
        found += stock_schedulers(modules, edited="settings" in parts)
    beside = dict(_shared(tree, jobs, configuration, owned))
    for path, some in beside.items():
        found += tasks_beside.task_edits(path, tree[path], some, configuration.generate)
    edits = [
        replace(one, path=tree.real(one.path))
        for one in found
        if isinstance(one, Edit) and _part(one) in parts
    ]
    instructions = tuple(one for one in found if isinstance(one, Instruction))
    return replace(_against_what_is_there(tree, edits, instructions), shared=frozenset(beside))


def _part(one: Edit | Region) -> str:
    return one.part.partition(":")[0]


def _shared(
    tree: Tree, jobs: Sequence[Job], configuration: Configuration, owned: Collection[str]
) -> Iterator[tuple[str, list[Job]]]:
    """The modules with code of the user's own that can take their jobs' tasks."""
    disputed = {one.path for one in tree.disputes}
    for path, some in by_module(jobs, configuration.generate).items():
        text, where = tree.get(path, ""), configuration.generate
        if not (some and text.strip()) or path in owned:
            continue
        if tree.real(path) in disputed or tasks_beside.can_take(path, text, where, some):
            yield path, some


def _against_what_is_there(tree: Tree, edits: Sequence[Edit], instructions: Sequence[Instruction]) -> Edits:
    """The files that change; one that holds exactly these lines stays as it is, wherever they stand in it."""
    by_file = {
        path: list(some)
        for path, some in groupby(sorted(edits, key=lambda edit: edit.path), lambda edit: edit.path)
    }
    disputed = {one.path for one in tree.disputes}
    files, regions = [], {}
    for path in sorted({*by_file, *tree.regions}):
        before, wanted = tree.texts.get(path), [edit.region for edit in by_file.get(path, ())]
        ours = tree.regions.get(path, ())
        if path in disputed or (before is not None and _order(wanted) == _order(ours)):
            wanted = list(ours)
        else:
            files.append(applied(path, before, tree.bare(path), by_file.get(path, ())))
        if wanted:
            regions[path] = wanted
    return Edits(tuple(files), regions, tuple(dict.fromkeys(tree.disputes)), tuple(instructions))


def _order(regions: Sequence[Region]) -> list[tuple[str, str]]:
    return sorted((one.part, one.hash) for one in regions)


def _needed(
    tree: Tree,
    configuration: Configuration,
    wanted: Wanted,
    *,
    versions: Mapping[str, str],
    above: Mapping[str, str],
) -> Found:
    """All edits that some part asks for."""
    parts, named = configuration.generate.project, configuration.project.settings
    if not parts:
        return
    if named is None or "." not in named:
        yield from _nameless(tree, named, wanted)
        return
    package = named.split(".")[0]
    app = find_app(tree, package)
    if "app" in parts:
        yield from _app(tree, app, package, named)
    if "settings" in parts:
        yield from _settings(tree, app, named, wanted)
    if "requirements" in parts:
        yield from requirement_edits(tree, wanted.distributions, versions, above)
    option = configuration.project.celery or (app.option if app else package)
    if "compose" in parts:
        yield from compose_edits(tree, option)
    if "make" in parts:
        yield from make_edits(tree, option, celery_services(tree) if "compose" in parts else None)


def _wanted(configuration: Configuration, zone: str, tasks: Collection[str], *, exact: bool) -> Wanted:
    where = configuration.generate
    return Wanted(
        schedule=module_of(where.schedule),
        tasks=tuple(map(module_of, tasks)),
        zone=zone,
        database=where.scheduler == "database",
        results=RESULTS in where.project,
        exact=exact,
    )


def _nameless(tree: Tree, named: str | None, wanted: Wanted) -> Found:
    """What to do where the settings lie in no package: a celery.py beside them would hide Celery itself."""
    reason = _("name the settings in [project]") if named is None else _("the settings lie in no package")
    file = read(f"{named}.py", tree.get(f"{named}.py", "")) if named else None
    known = {*file.strings(), *file.names(), *(one.module for one in file.imported())} if file else ()
    if not is_set_up(known, wanted):
        yield Instruction(named or FILE_NAME, reason, whole(wanted), breaks=named is not None)


def _app(tree: Tree, app: CeleryApp | None, package: str, settings: str) -> Found:
    """The app where there is none, and its import."""
    path = f"{package}/celery.py"
    if app is None and tree.get(path, "").strip() and path not in tree.regions:
        yield Instruction(path, _("it makes no Celery app"), app_text(package, settings))
    elif app is None:
        yield app_module(package, settings)
    if app is None or (app.path, app.name) == (path, "app"):
        yield from app_import(tree, package)


def _settings(tree: Tree, app: CeleryApp | None, named: str, wanted: Wanted) -> Found:
    """The settings, as far as the app reads them."""
    reads, scheduled = app is None or app.namespace == "CELERY", app is not None and app.schedule is not None
    yield from settings_edits(
        SettingsModules(tree, named, tree.real), wanted, celery=reads, schedule=reads and not scheduled
    )
    if app and (scheduled or not reads) and wanted.schedule not in tree.get(app.path, ""):
        yield _in_code(app, wanted)


def _in_code(app: CeleryApp, wanted: Wanted) -> Instruction:
    """What to add where the app does not take its schedule from CELERY_ settings."""
    reason = _("the app sets its schedule itself") if app.schedule else _("the app reads no CELERY_ settings")
    lines = (
        f"from {wanted.schedule} import CELERY_BEAT_SCHEDULE",
        "",
        f'{app.name}.conf.timezone = "{wanted.zone}"',
        f"{app.name}.conf.beat_cron_starting_deadline = 60",
        f"{app.name}.conf.beat_sync_every = 1",
        f"{app.name}.conf.beat_schedule = {{**CELERY_BEAT_SCHEDULE, **{app.name}.conf.beat_schedule}}",
    )
    return Instruction(f"{app.path}:{app.schedule}" if app.schedule else app.path, reason, "\n".join(lines))
