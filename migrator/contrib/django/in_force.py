"""The settings that this process runs with, judged as ``doctor --settings`` judges each module."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings

from migrator.contrib.celery.effective import effective
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import Check, State
from migrator.findings import Severity
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.settings.audit import Expected, audit
from migrator.settings.effective import read_effective

# the zones of the entries, and what the broker waits for, are looked at where the rows and runs are
ELSEWHERE = {"CM428", "CM430"}


def in_force(
    app: Any, jobs: Iterable[MigratedJob], today: dt.date, *, taken: Mapping[str, float]
) -> list[Check]:
    """What is wrong with these settings; one line where nothing is.

    ``taken``: the seconds of the longest run of each job that has been measured.
    """
    name = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    document = {**effective(app, settings), "tasks": sorted(app.tasks), "problem": ""}
    module = read_effective(name, "", document)
    expected = [
        Expected(
            one.definition.id,
            one.task,
            one.real.schedule,
            one.real.timezone,
            timeout=_own_limit(app, one.task) or taken.get(one.definition.id),
        )
        for one in jobs
        if isinstance(one.real.schedule, CronExpression)
    ]
    # alone, it is judged as one that production may load, whatever it is called
    found = audit([module], expected, bases={}, where=lambda _module, _setting: None, since=today)
    checks = [
        Check(
            "settings",
            State.FAIL if one.severity is Severity.BLOCKS else State.WARN,
            one.message,
            one.hint or "",
            one.code,
        )
        for one in found
        if one.code not in ELSEWHERE
    ]
    if checks or not name:
        return checks
    return [Check("settings", State.OK, _("nothing is wrong with {name}").format(name=name))]


def _own_limit(app: Any, name: str) -> float | None:
    """The limit of one task, which goes before that of all; Celery gives theirs to those without one."""
    task, conf = app.tasks[name], app.conf
    limits = ((task.soft_time_limit, conf.task_soft_time_limit), (task.time_limit, conf.task_time_limit))
    return min((own for own, of_all in limits if own and own != of_all), default=None)
