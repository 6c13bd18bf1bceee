"""What watches the jobs after ``finish``: a command of the project's own, from Celery's results."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from migrator.cli.drifting import present
from migrator.cli.project import Home
from migrator.cli.scanning import whole_inventory
from migrator.codegen.check_command import NAME, Watched, check_command
from migrator.codegen.naming import task_name
from migrator.codegen.plan import Change, moving
from migrator.errors import MigratorError
from migrator.i18n import _
from migrator.report.monitors import monitor_of


@dataclass(frozen=True, slots=True)
class Watching:
    """The files of the command; ``lacking``: why the project gets none."""

    changes: tuple[Change, ...] = ()
    lacking: str | None = None


def watching(home: Home, app: Any) -> Watching:
    """The command for the jobs that move; one that is there already stays as it is."""
    folder = _app_folder(home)
    lacking = _lacking(app)
    if lacking is not None:
        return Watching(lacking=lacking)
    if folder is None:
        where = PurePosixPath(home.configuration.generate.tasks).parent
        return Watching(lacking=_("{folder} is no app, which a command needs").format(folder=where))
    try:
        jobs = moving(whole_inventory(home), home.configuration)
    except MigratorError as problem:
        return Watching(lacking=problem.fact)
    now = dt.datetime.now(dt.UTC)
    watched = [
        Watched(job.id, task_name(job, home.configuration.generate), silence)
        for job in jobs
        if (job.expression or job.interval) and (silence := monitor_of(job, now).silence) is not None
    ]
    files = {path: (present(home, path), text) for path, text in check_command(folder, watched).items()}
    fresh = [Change(path, None, text, edited=False) for path, (there, text) in files.items() if there is None]
    return Watching(tuple(fresh) if watched else ())


def _lacking(app: Any) -> str | None:
    from django.apps import apps

    if not apps.is_installed("django_celery_results"):
        return _("django_celery_results is not in INSTALLED_APPS")
    if not type(app.backend).__module__.startswith("django_celery_results."):
        return _("Celery's results are not in the database")
    if not app.conf.result_extended:
        return _("result_extended is off, so that no result tells its task")
    return None


def _app_folder(home: Home) -> str | None:
    """The app that gets the command: the first that has tasks; a module of tasks may lie deeper in it."""
    from django.apps import apps

    installed = {Path(one.path).resolve() for one in apps.get_app_configs()}
    where = home.configuration.generate
    modules = map(PurePosixPath, (where.tasks, *where.apps.values()))
    folders = (folder for module in modules for folder in module.parents)
    return next((str(one) for one in folders if (home.root / one).resolve() in installed), None)


def command_line() -> str:
    """How people and monitors call it."""
    return f"manage.py {NAME}"
