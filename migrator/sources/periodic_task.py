"""Rows of django-celery-beat as jobs that Celery runs already; an adapter reads the rows.

Authority: django_celery_beat 2.9. A row with a crontab goes by the zone of that crontab. One whose
fields Celery refuses stays enabled and is never loaded, without a word in the log: the finding says it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from migrator.findings import Place
from migrator.i18n import _
from migrator.redaction import MASK, redact_setting
from migrator.schedule.kinds import Interval, Schedule, Undecided
from migrator.sources.job import Declared, Found, LineKind, ReadFile, SourceLine
from migrator.sources.python.celery_beat import running
from migrator.sources.python.celery_fields import celery_schedule
from migrator.sources.python.jobs import words_of
from migrator.sources.python.values import Call
from migrator.zones import known_zone

NAME = "periodic task"
PATH = "PeriodicTask"
FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


@dataclass(frozen=True, slots=True)
class Row:
    """A row: ``crontab`` holds fields by name, ``every`` a number and a unit, ``other`` the rest in words."""

    key: int
    name: str
    task: str
    enabled: bool
    crontab: Mapping[str, str] | None = None
    timezone: str | None = None
    every: tuple[int, str] | None = None
    other: str = ""
    once: bool = False
    args: str = "[]"
    kwargs: str = "{}"


def found_in_rows(rows: Iterable[Row], migrated: Collection[str] = ()) -> Found:
    """The enabled rows as jobs, and every row as a line whose number is its primary key.

    A row of a task in ``migrated`` is the counterpart of a job that the scan lists: no job of its own.
    """
    jobs, lines = [], []
    for row in rows:
        job = _job(row)
        text = f"{row.name}: {job.schedule.text}  {job.raw}"
        kind: LineKind = "disabled" if not row.enabled else "other" if row.task in migrated else "job"
        reason = _("its task was written by `migrator generate`") if kind == "other" else None
        lines.append(SourceLine(PATH, row.key, kind, text, reason))
        if kind == "job":
            jobs.append(job)
    return Found(tuple(jobs), tuple(lines), files=(ReadFile(PATH, NAME),))


def _job(row: Row) -> Declared:
    words = words_of(_without_secrets(_loaded(row.args)), _without_secrets(_loaded(row.kwargs)))
    place = Place(PATH, row.key, NAME)
    zone = known_zone(row.timezone)
    return running(place, row.task, _schedule(row), label=row.name, words=words, timezone=zone)


def _schedule(row: Row) -> Schedule:
    if row.once:
        return Undecided(row.other or row.name, _("once, and then it is switched off"))
    if row.crontab is not None:
        text = " ".join(row.crontab.get(name, "*") for name in FIELDS)
        return celery_schedule(Call(text, "crontab", (), row.crontab), text)
    if row.every is not None:
        number, unit = row.every
        text = f"{number} {unit}"
        if unit in SECONDS:
            return Interval(text, number * SECONDS[unit])
        return Undecided(text, _("less than a second"))
    return Undecided(row.other, _("no crontab can say it"))


def _loaded(text: str) -> Any:
    """A JSON column; its text where somebody has written something else there."""
    try:
        value = json.loads(text or "null")
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # no JSON; half a character in it; more brackets than anybody reads
        return text
    return value


def _without_secrets(value: Any) -> Any:
    """Arguments, masked where a name in them says that they are secrets, at any depth."""
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: MASK if redact_setting(str(name), "x") == MASK else _without_secrets(inner)
        for name, inner in value.items()
    }
