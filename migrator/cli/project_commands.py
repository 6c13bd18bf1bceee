"""The project's commands for a scan: read from the tree, and asked of Django where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from migrator.adapters.collect import STDIN
from migrator.adapters.manage_script import is_project
from migrator.cli import BY_MANAGE
from migrator.cli.project import Home, start_django
from migrator.project.model import Project
from migrator.sources.job import Inventory


def started_by_manage() -> bool:
    """Whether this is ``manage.py migrator``: the user has started Django already."""
    return click.get_current_context().find_root().info_name == BY_MANAGE


def with_project(
    found: Inventory,
    home: Home,
    paths: Sequence[str] = (),
    *,
    ask: bool = False,
    installed: frozenset[str] | None = None,
) -> Inventory:
    """The inventory beside the project that its crontabs belong to; as it was where that is another's.

    ``ask``: Django; ``installed``: what the packages beside the project have.
    """
    if not ask and not _of_project(home, paths):
        return found
    from migrator.adapters.project_files import ProjectTree
    from migrator.project.commands import read_project
    from migrator.project.python_module import Library
    from migrator.project.scheduled import consult

    tree = ProjectTree(home.root)
    project = replace(read_project(tree, Library(tree)), installed=installed)
    if ask:
        project = _asked(project, found, home)
    return consult(found, project, home.configuration.jobs)


def _of_project(home: Home, paths: Sequence[str]) -> bool:
    """The folder is a project, and everything that is scanned belongs to it."""
    known = home.configured or is_project(home.root)
    inside = (path == STDIN or Path(path).resolve().is_relative_to(home.root) for path in paths)
    return known and all(inside)


def _asked(project: Project, found: Inventory, home: Home) -> Project:
    start_django(home)
    from migrator.contrib.django.commands import installed_commands
    from migrator.project.asked import settled

    names = {step.name for job in found.jobs for step in job.reading.steps if step.kind == "management"}
    return settled(project, installed_commands(names, home.root))
