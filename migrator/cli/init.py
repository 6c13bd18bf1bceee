"""``migrator init``: a first migrator.toml, from what lies below this folder."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from migrator.adapters.files import read_text, write_atomically
from migrator.adapters.formatter import formatter_of
from migrator.adapters.manage_script import MANAGE, holds, is_project, script_of, settings_in
from migrator.adapters.own_sources import Sources, find_sources, walk
from migrator.adapters.project_files import ProjectTree
from migrator.adapters.project_texts import ProjectTexts
from migrator.cli.options import format_option, note, print_json, tell
from migrator.cli.scanning import host_zone
from migrator.codegen.lock import LOCK_FILE, generated_files
from migrator.codegen.plan import remembered_regions
from migrator.codegen.project.celery_app import find_app
from migrator.codegen.project.settings_modules import SettingsModules
from migrator.codegen.project.tasks_beside import can_take
from migrator.configuration import FILE_NAME, Generate
from migrator.equivalence.installed import same_clock
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.zones import known_zone


@click.command("init")
@click.option("--force", is_flag=True, help=_("replace a migrator.toml that is there"))
@format_option
def command(force: bool, output: str) -> int:
    """Write a first migrator.toml for the project in this folder; asks nothing."""
    root = Path.cwd()
    path = root / FILE_NAME
    if path.exists() and not force:
        raise Cannot(_("there is a {path} already").format(path=FILE_NAME), hint=_("edit it, or use --force"))
    _refuse_beside_the_project(root)
    found = find_sources(root, note, ours=_generated(root))
    found, schedules = _apart(found if found.paths else _sources_around(root))
    folders = list(found.paths)
    settings = _settings(root)
    served = _served(root, settings)
    zone = CronZone(_time_zone(root, settings), host_zone())
    write_atomically(path, _text(root, found, settings, served=served, zone=zone).encode())
    if output == "json":
        kinds = {place: list(kinds) for place, kinds in found.paths.items()}
        document = {"wrote": FILE_NAME, "sources": folders, "kinds": kinds, "daemons": found.daemons}
        print_json({**document, "celery": schedules, "timezone": zone.name, "host_timezone": zone.host})
        return 0
    _tell(found, schedules, settings, scripted=is_project(root), served=served, zone=zone)
    return 0


def _tell(
    found: Sources,
    schedules: Sequence[str],
    settings: str | None,
    *,
    scripted: bool,
    served: Served | None,
    zone: CronZone,
) -> None:
    """What was written and found, and what to do next."""
    tell(_("wrote {path}").format(path=FILE_NAME))
    if found.paths:
        tell(_("sources: {paths}").format(paths=", ".join(found.paths)))
        for place, kinds in found.paths.items():
            if kinds != ("crontab",):
                tell(f"  {place}: {', '.join(kinds)}")
    else:
        tell(_("no crontab was found below this folder: name yours under `sources`"))
    if schedules:
        text = _("Celery's own schedule: {paths} (among the sources, `scan` shows what Celery runs already)")
        tell(text.format(paths=", ".join(schedules)))
    if settings is None and scripted:
        tell(
            _("settings: manage.py finds their name at run time: write those of cron's jobs under [project]")
        )
    elif settings is None:
        tell(_("no Django project is here: name its `settings` and its `celery` under [project]"))
    if served:
        text = _("settings: {settings} by manage.py, {served} by {path}: name those of cron's jobs")
        tell(text.format(settings=settings, served=served.settings, path=served.path))
    if zone.doubtful:
        text = _("timezone: {project} by TIME_ZONE, {host} on this host: name the one that cron runs in")
        tell(text.format(project=zone.project, host=zone.host))
    where = _("where it is in no repository")
    elsewhere = f"crontab -l > crontab.txt && migrator init --force  ({where})"
    tell(_("next: {command}").format(command="migrator scan" if found.paths else elsewhere))


def _apart(found: Sources) -> tuple[Sources, list[str]]:
    """The sources of cron's jobs, and the modules that hold nothing but a schedule of Celery's."""
    schedules = [place for place, kinds in found.paths.items() if kinds == ("beat schedule",)]
    others = {place: kinds for place, kinds in found.paths.items() if place not in schedules}
    return replace(found, paths=others), schedules


def _refuse_beside_the_project(root: Path) -> None:
    """Paths of modules are counted from migrator.toml: it lies beside manage.py, or beside the packages."""
    if is_project(root):
        _refuse_above_the_packages(root)
        return
    inside = [Path(here) for here, names in walk(root, note) if MANAGE in names]
    folders = [os.path.relpath(one, root) for one in inside or _project_above(root)]
    if folders:
        raise Cannot(
            _("manage.py lies in {folders}, and migrator.toml belongs beside it").format(
                folders=", ".join(folders)
            ),
            hint=f"cd {shlex.quote(folders[0])} && migrator init",
        )


def _refuse_above_the_packages(root: Path) -> None:
    """A manage.py that puts a folder on Python's path has its settings there: ``src/`` most often."""
    settings = settings_in(root / MANAGE)
    if settings is None or holds(root, settings):
        return
    below = [Path(here) for here, _names in walk(root, note) if holds(Path(here), settings)]
    if below:
        folder = min(below, key=lambda one: (len(one.parts), one)).relative_to(root).as_posix()
        raise Cannot(
            _("{settings} lies in {folder}, and migrator.toml belongs where its package does").format(
                settings=settings, folder=folder
            ),
            hint=f"cd {shlex.quote(folder)} && migrator init",
        )


def _project_above(root: Path) -> Iterator[Path]:
    """The nearest project that this folder is a part of, in the same repository if it is in one."""
    for folder in (root, *root.parents):
        if is_project(folder):
            yield folder
        if is_project(folder) or (folder / ".git").exists():
            return


def _sources_around(root: Path) -> Sources:
    """Those of the repository that the project is a folder of, if there is one."""
    script = script_of(root)
    repository = next((one for one in root.parents if (one / ".git").exists()), script and script.parent)
    if repository is None or script is None or repository == root:
        return Sources({}, {})
    return find_sources(repository, note, base=root)


def _text(
    root: Path, sources: Sources, settings: str | None, *, served: Served | None, zone: CronZone
) -> str:
    package = settings.split(".", maxsplit=1)[0] if settings else "config"
    texts = ProjectTexts(root)
    found = find_app(texts, package)
    if found and not settings and "/" in found.path:
        package = Path(found.path).parent.as_posix()
    celery = found.option if found else package if settings else None
    apps = _apps_with_commands(root)
    folder = apps[0] if apps else package
    listed = ", ".join(json.dumps(source) for source in sources.paths)
    lines = [
        "# What cron-to-Celery migration this project does; see docs/reference/configuration.md",
        "",
        f"sources = [{listed}]",
        "",
        "[project]",
        *([f"# manage.py has this one, {served.path} has {served.settings}"] if served else []),
        f'settings = "{settings}"' if settings else '# settings = "config.settings"',
        f'celery = "{celery}"' if celery else '# celery = "config"',
        "# the zone of the host or container that runs cron",
        *(
            [f"# TIME_ZONE has this one, the host of `migrator init` has {zone.host}"]
            if zone.doubtful
            else []
        ),
        f'timezone = "{zone.name}"',
        *_dialect(sources.daemons),
        "[generate]",
        f'app_label = "{label_of(root, folder)}"',
        f'tasks = "{_tasks_module(root, folder)}"',
        f'contract = "{_free(root, folder, "cron_contract", "cron_promises")}"',
        f'schedule = "{_free(root, package, "beat_schedule", "cron_schedule")}"',
    ]
    if tests := _tests(root, folder):
        lines.append(f'tests = "{tests}"')
    if formatter := formatter_of(root):
        lines.append(f'format = "{formatter}"')
    if found and not _has_beat(texts, settings):
        lines.append('scheduler = "file"  # django-celery-beat is not installed')
    if len(apps) > 1:
        lines.append("# apps whose commands have their tasks in a module of their own")
        labels = {label_of(root, folder)}
        for one in sorted(apps[1:]):
            label = label_of(root, one)
            label = label if label not in labels else one.replace("/", "_")
            labels.add(label)
            lines.append(f'apps.{label} = "{_tasks_module(root, one)}"')
    return "\n".join(lines) + "\n"


def _apps_with_commands(root: Path) -> list[str]:
    """The folders of the apps, that with most commands first: it gets what is no app's."""
    apps = Counter(path.partition("/management/")[0] for path in ProjectTree(root) if "/management/" in path)
    fitting = [app for app in apps if re.fullmatch(r"[\w./-]+", app)]
    return sorted(fitting, key=lambda app: (apps[app], app), reverse=True)


def label_of(root: Path, folder: str) -> str:
    """The app's label: as its AppConfig says, else the name of its folder."""
    config = root / folder / "apps.py"
    text = config.read_text(errors="replace") if config.is_file() else ""
    match = re.search(r"""^\s+label\s*(?::\s*str\s*)?=\s*["']([A-Za-z_]\w*)["']""", text, re.MULTILINE)
    return match[1] if match else folder.rpartition("/")[2]


def _tasks_module(root: Path, folder: str) -> str:
    """``tasks.py``, also beside tasks of the user's own; another one where their names would clash."""
    path = root / folder / "tasks.py"
    beside = Path(folder, "tasks.py").as_posix()
    lock = root / LOCK_FILE
    remembered = remembered_regions(read_text(lock) if lock.is_file() else None)
    where = Generate(contract=_free(root, folder, "cron_contract", "cron_promises"))
    if path.is_file() and (beside in remembered or can_take(beside, read_text(path), where)):
        return beside
    return _free(root, folder, "tasks", "cron_tasks")


def _tests(root: Path, folder: str) -> str | None:
    """Where the project has its tests; None: it has none."""
    name = "test_cron_tasks.py"
    if (root / folder / "tests.py").is_file():
        return f"{folder}/{name}"
    places = (path for path in (f"{folder}/tests", "tests") if (root / path).is_dir())
    return next((f"{place}/{name}" for place in places), None)


def _free(root: Path, folder: str, *names: str) -> str:
    """The first module that is not there, or that an earlier `generate` wrote."""
    ours = _generated(root)
    paths = [f"{folder}/{name}.py" for name in names]
    free = [path for path in paths if path in ours or not (root / path).exists()]
    return (free or paths)[0]


def _generated(root: Path) -> Collection[str]:
    """What an earlier `generate` wrote."""
    lock = root / LOCK_FILE
    return generated_files(read_text(lock) if lock.is_file() else None)


def _dialect(daemons: dict[str, str]) -> list[str]:
    """The daemon whose rules hold, where the project says so; supercronic's crontabs are known as such."""
    others = {name: path for name, path in daemons.items() if name != "supercronic"} or daemons
    lines = []
    for name, path in others.items():
        comment = "" if len(others) == 1 else "# "
        reason = _("started by {path}").format(path=path)
        lines.append(f'{comment}dialect = "{name}"  # {reason}')
    return [*lines, ""]


def _has_beat(texts: ProjectTexts, settings: str | None) -> bool:
    """Whether the settings name django-celery-beat."""
    bases = SettingsModules(texts, settings, texts.real).bases() if settings else []
    return any(text.startswith("django_celery_beat") for base in bases for text in base.strings())


def _settings(root: Path) -> str | None:
    """DJANGO_SETTINGS_MODULE as manage.py sets it."""
    script = script_of(root)
    return settings_in(script) if script else None


@dataclass(frozen=True, slots=True)
class Served:
    """The settings that a server of the project loads, where they are not manage.py's."""

    settings: str
    path: str


def _served(root: Path, settings: str | None) -> Served | None:
    package = settings.partition(".")[0] if settings else ""
    for name in ("wsgi.py", "asgi.py"):
        other = settings_in(root / package / name) if package else None
        if other and other != settings:
            return Served(other, f"{package}/{name}")
    return None


@dataclass(frozen=True, slots=True)
class CronZone:
    """What tells of the zone that cron runs in: the project's TIME_ZONE, and the zone of this host."""

    project: str | None
    host: str

    @property
    def name(self) -> str:
        """The one that is written: a repository is seldom read on the host that runs its cron."""
        return self.project or self.host

    @property
    def doubtful(self) -> bool:
        """Whether the two differ, so that a person has to say; UTC and Etc/UTC are one."""
        if known_zone(self.name) is None or known_zone(self.host) is None:
            return self.name != self.host
        return not same_clock(self.name, self.host, dt.date.today())


def _time_zone(root: Path, settings: str | None) -> str | None:
    """TIME_ZONE as a settings file beside that module spells it."""
    if settings is None:
        return None
    module = root / Path(*settings.split("."))
    for path in (module.with_suffix(".py"), *sorted(module.parent.glob("*.py"))):
        text = path.read_text(errors="replace") if path.is_file() else ""
        if match := re.search(r"""^TIME_ZONE\s*=\s*["']([\w/+-]+)["']""", text, re.MULTILINE):
            return match[1]
    return None
