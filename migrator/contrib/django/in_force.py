"""The settings that this process runs with, judged as ``doctor --settings`` judges each module."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
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

# the zones of the entries, and what a durations' check measures, are looked at where the rows and runs are
ELSEWHERE = {"CM428", "CM429", "CM430"}


def in_force(app: Any, jobs: Iterable[MigratedJob], today: dt.date) -> list[Check]:
    """What is wrong with these settings; one line where nothing is."""
    name = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    document = {**effective(app, settings), "tasks": sorted(app.tasks), "problem": ""}
    module = read_effective(name, "", document)
    expected = [
        Expected(one.definition.id, one.task, one.real.schedule, one.real.timezone)
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
