"""What the generated tests of a project ask of its tasks, commands and schedule."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from celery.beat import ScheduleEntry
from celery.schedules import maybe_schedule
from django.core.management import CommandError, get_commands, load_command_class

from migrator.contrib.celery.installed import entries_of
from migrator.contrib.celery.jobs import application
from migrator.equivalence.installed import explain_installed, judge_installed
from migrator.schedule.cells import read_interval
from migrator.schedule.dialect import DEBIAN
from migrator.schedule.expression import parse
from migrator.schedule.readers import reader_named

Schedule = Mapping[str, Mapping[str, Any]]


def registered(app: str | None = None) -> list[str]:
    """The names of the tasks that a worker of the project has; ``app``: what ``celery -A`` takes."""
    found = application(app)
    found.finalize()
    return sorted(found.tasks)


def refusal(command: str, arguments: Sequence[str]) -> str:
    """Why the command refuses the arguments, by its own parser; nothing where it takes them."""
    package = get_commands().get(command)
    if package is None:
        return f"no installed app has the command {command}"
    found = load_command_class(package, command) if isinstance(package, str) else package
    try:
        found.create_parser("manage.py", command).parse_args(list(arguments))
    except CommandError as error:
        return str(error)
    return ""


def difference(
    task: str,
    expression: str,
    timezone: str,
    dialect: str = DEBIAN.name,
    *,
    schedule: Schedule,
    app: str | None = None,
) -> str:
    """Where beat does not start the task as cron starts a line of that expression; nothing for all time.

    ``schedule`` is looked at, whatever the settings of the tests have.
    """
    entries = [entry for entry in entries_of(schedule, application(app)) if entry.task == task]
    schedule_of_cron = read_interval(expression) or parse(expression, reader_named(dialect))
    judged = judge_installed(task, schedule_of_cron, timezone, entries, since=dt.date.today())
    return "" if judged.equal else explain_installed(judged)


def sent_at_once(schedule: Schedule, *, app: str | None = None) -> list[str]:
    """The entries that a beat would send in the moment in which it sees them for the first time."""
    found, now = application(app), dt.datetime.now(dt.UTC)
    sent = []
    for name, fields in schedule.items():
        standing = copy.copy(maybe_schedule(fields["schedule"], app=found))
        standing.app, standing.nowfun = found, lambda: now  # no minute begins while this runs
        if ScheduleEntry(name=name, task=fields["task"], schedule=standing, app=found).is_due().is_due:
            sent.append(name)
    return sent
