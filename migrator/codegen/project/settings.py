"""The settings that Celery needs, in the module on which the project's settings build."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from migrator.codegen.project import beat_schedule, installed_apps
from migrator.codegen.project.edits import Edit, Instruction
from migrator.codegen.project.imports import Import, importing
from migrator.codegen.project.lines import Insertion, end_of
from migrator.codegen.project.python_file import PythonFile, literal, nodes
from migrator.codegen.project.settings_modules import APPS, PART, Base, SettingsModules
from migrator.codegen.python_text import WIDTH, call, quoted
from migrator.i18n import _
from migrator.settings.effective import OURS

BROKER = "amqp://guest:guest@localhost:5672//"
_DATABASE_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
NARROWER = 9  # characters: lines of 79 suit every formatter's width
_APP_CONFIG = re.compile(r"\.apps\.[A-Z]\w*$")  # a class; `shop.apps.orders` is an app of its own
_TITLE = "# Celery: what `migrator generate` found missing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the generated code asks of the settings."""

    schedule: str  # the module of CELERY_BEAT_SCHEDULE, dotted
    tasks: tuple[str, ...]  # the modules of the tasks, dotted
    zone: str
    database: bool  # django-celery-beat keeps the schedule
    results: bool  # django-celery-results keeps the results
    exact: bool = False  # some entry is a CronSchedule, which django-celery-beat's own scheduler refuses

    @property
    def apps(self) -> list[str]:
        beat = ["django_celery_beat"] * self.database
        return [*beat, *["django_celery_results"] * self.results, "migrator.contrib.django"]

    @property
    def scheduler(self) -> str:
        return OURS if self.exact else _DATABASE_SCHEDULER

    @property
    def distributions(self) -> list[str]:
        beat = ["django-celery-beat"] * self.database
        return ["celery", *beat, *["django-celery-results"] * self.results]


def settings_edits(
    modules: SettingsModules, wanted: Wanted, *, celery: bool, schedule: bool
) -> Iterator[Edit | Instruction]:
    """The edits of every base, and what is left to the user.

    ``celery``: the app reads CELERY_ settings; ``schedule``: its schedule is one of them.
    """
    bases = modules.bases()
    if not bases:
        yield Instruction(
            modules.path or "settings",
            _("no settings module below this folder sets INSTALLED_APPS in a way that can be read"),
            whole(wanted),
        )
    for base in bases:
        if "__all__" in base.names():
            if not is_set_up(base.strings() | base.names() | {one.module for one in base.imported()}, wanted):
                yield Instruction(base.file.path, _("__all__ decides what other settings get"), whole(wanted))
            continue
        yield from _apps(base, wanted)
        yield from _set_up(base, wanted, celery=celery, schedule=schedule)
        if celery:
            yield from _other_zone(base, wanted)
        if schedule:
            yield from beat_schedule.hidden(modules, base)
    for alone in modules.with_apps_of_their_own():
        yield from _apps(alone, wanted)


def _apps(base: Base, wanted: Wanted) -> Iterator[Edit | Instruction]:
    apps = installed_apps.missing_apps(base, wanted.apps)
    added = installed_apps.adding(base, apps) if apps else []
    yield from added
    if apps and not added:
        text = "".join(f'"{app}",\n' for app in apps).removesuffix("\n")
        yield Instruction(
            base.file.path, _("INSTALLED_APPS is made in a way that cannot be edited surely"), text
        )


def _set_up(base: Base, wanted: Wanted, *, celery: bool, schedule: bool) -> Iterator[Edit | Instruction]:
    """The block, the schedule, and the imports of both."""
    imports: dict[str, list[Import]] = {}
    files = {base.file.path: base.file}
    lines = list(_assignments(base, wanted)) if celery else []
    if any("os.environ" in line for line in lines) and "os" not in base.file.names():
        imports[base.file.path] = [Import("os", "import os")]
    found = beat_schedule.schedule_import(base, wanted.schedule) if schedule else None
    if isinstance(found, Instruction):
        yield found
    elif found:
        file, one, merged = found
        files[file.path] = file
        imports.setdefault(file.path, []).append(one)
        if merged:
            yield merged
    if celery and (left_out := _left_out(base, wanted)):
        yield Instruction(
            base.file.path,
            _("CELERY_IMPORTS leaves out the tasks that no autodiscovery finds"),
            "CELERY_IMPORTS += " + _listed(left_out, '"'),
        )
    for path, some in imports.items():
        yield from (Edit(path, PART, insertion) for insertion in importing(files[path], some))
    if lines:
        yield Edit(base.file.path, PART, _block(base.file, lines))


def _assignments(base: Base, wanted: Wanted) -> Iterator[str]:
    """A line for each setting that is missing."""
    names, quote = base.names(), base.file.quote
    values = {
        "CELERY_BROKER_URL": _from_environment(base.file, "CELERY_BROKER_URL", BROKER),
        "CELERY_TIMEZONE": f"{quote}{wanted.zone}{quote}  # cron's zone",
        "CELERY_BEAT_CRON_STARTING_DEADLINE": "60  # cron never catches up",
        "CELERY_BEAT_SYNC_EVERY": "1  # nor does it run twice what was sent",
    }
    if wanted.database:
        values["CELERY_BEAT_SCHEDULER"] = f"{quote}{wanted.scheduler}{quote}"
    if wanted.results:
        values["CELERY_RESULT_BACKEND"] = f"{quote}django-db{quote}"
        values["CELERY_RESULT_EXTENDED"] = "True  # a result tells its task"
    if hidden := [one for one in wanted.tasks if not _discovered(base, one)]:
        values["CELERY_IMPORTS"] = _listed(hidden, quote)
    for name, value in values.items():
        if name not in names:
            yield from f"{name} = {value}".split("\n")


def _left_out(base: Base, wanted: Wanted) -> list[str]:
    """The modules of tasks that a CELERY_IMPORTS of the project's own does not name."""
    strings = base.strings()
    hidden = [one for one in wanted.tasks if not _discovered(base, one) and one not in strings]
    return hidden if "CELERY_IMPORTS" in base.names() else []


def is_set_up(known: Collection[str], wanted: Wanted) -> bool:
    """Whether the settings, by the names and texts that are in them, have what the instruction says."""
    needed = {wanted.schedule, *wanted.apps, "CELERY_TIMEZONE", "CELERY_BEAT_CRON_STARTING_DEADLINE"}
    return needed <= set(known)


def _listed(modules: Sequence[str], quote: str) -> str:
    words = [f"{quote}{one}{quote}" for one in modules]
    line = f"[{', '.join(words)}]"
    if len("CELERY_IMPORTS = ") + len(line) <= WIDTH - NARROWER:
        return line
    return "\n".join(["[", *(f"    {word}," for word in words), "]"])


def _from_environment(file: PythonFile, name: str, default: str) -> str:
    """The variable as this project reads its environment: django-environ, python-decouple, or os."""
    quote = file.quote
    texts = [f"{quote}{name}{quote}", f"default={quote}{default}{quote}"]
    beside = len(name) + len(" = ") + NARROWER
    for one in file.assigned():
        if _is_environ(one.value):
            return call(one.name, texts, 0, beside=beside)
    if any((one.module, one.alias) == ("decouple", "config") for one in file.imported()):
        return call("config", texts, 0, beside=beside)
    return call("os.environ.get", [texts[0], f"{quote}{default}{quote}"], 0, beside=beside)


def _is_environ(value: cst.BaseExpression) -> bool:
    match value:
        case cst.Call(func=cst.Name(value="Env")):
            return True
        case cst.Call(func=cst.Attribute(value=cst.Name(value="environ"), attr=cst.Name(value="Env"))):
            return True
    return False


def _discovered(base: Base, tasks: str) -> bool:
    """Whether autodiscover_tasks finds the module: it is the ``tasks`` of an installed app.

    Settings that put a folder on Python's path know its apps by shorter names; under both, each task
    would be registered twice.
    """
    app, _dot, name = tasks.rpartition(".")
    names = [app]
    if any("sys.path." in file.text for file in base.reach):
        names += [app.split(".", count)[-1] for count in range(1, app.count(".") + 1)]
    installed = {_APP_CONFIG.sub("", text) for text in base.strings()}
    return name == "tasks" and not installed.isdisjoint(names)


def _block(file: PythonFile, lines: Sequence[str]) -> Insertion:
    """The block at the end, but before settings that this module lets a local one override."""
    including = [statement for statement, _path in file.included()][:1]
    for statement in file.module.body:
        local = isinstance(statement, (cst.Try, cst.If)) and _takes_everything(file, statement)
        if local or statement in including:
            blank = len(statement.leading_lines)
            at = file.first_line(statement) - 1 - blank
            return Insertion(at, ("", _TITLE, *lines)) if blank else Insertion(at, (_TITLE, *lines, ""))
    return Insertion(end_of(file.text), ("", _TITLE, *lines))


def _takes_everything(file: PythonFile, statement: cst.Try | cst.If) -> bool:
    return any(isinstance(one.names, cst.ImportStar) for one in nodes(statement, cst.ImportFrom))


def _other_zone(base: Base, wanted: Wanted) -> Iterator[Instruction]:
    found = base.assigned("CELERY_TIMEZONE")
    if found is None:
        return
    file, one = found
    value = one.value
    if isinstance(value, cst.Name):
        named = base.assigned(value.value)
        value = named[1].value if named else value
    zone = literal(value)
    if zone is not None and zone != wanted.zone:
        reason = _("CELERY_TIMEZONE is {zone}, and cron's times are in {cron}")
        yield Instruction(
            f"{file.path}:{file.first_line(one.value)}",
            reason.format(zone=zone, cron=wanted.zone),
            f'CELERY_TIMEZONE = "{wanted.zone}"',
        )


def whole(wanted: Wanted) -> str:
    """All of it, for a settings module of any shape."""
    lines = [
        f"from {wanted.schedule} import {beat_schedule.SCHEDULE}  # noqa: F401",
        "",
        f"{APPS} += [{', '.join(map(quoted, wanted.apps))}]",
        f'CELERY_BROKER_URL = "{BROKER}"',
        f'CELERY_TIMEZONE = "{wanted.zone}"',
        "CELERY_BEAT_CRON_STARTING_DEADLINE = 60",
        "CELERY_BEAT_SYNC_EVERY = 1",
        *[f'CELERY_BEAT_SCHEDULER = "{wanted.scheduler}"'] * wanted.database,
        "CELERY_IMPORTS = " + _listed(wanted.tasks, '"'),
    ]
    return "\n".join(lines)
