"""Whether the entries of each job fire when cron does: those that beat goes by, and those that come next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from django.db import DatabaseError

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.installed import all_rows, installed_entries, row_entry, rows_scheduler
from migrator.equivalence.installed import (
    Idle,
    Installed,
    Judged,
    Missing,
    OtherClock,
    Unread,
    explain_installed,
    judge_minutes,
)
from migrator.errors import Cannot
from migrator.i18n import _

# said where the entry is looked for, or by no proof
ELSEWHERE = (Missing, Idle, Unread)


def other_times(
    app: object,
    jobs: Iterable[MigratedJob],
    now: dt.datetime,
    *,
    told: Iterable[Check],
    moves: Mapping[str, str],
) -> Iterator[Check]:
    """The jobs whose entries fire at other minutes than cron, each once.

    ``told``: what else was found, of which nothing is repeated: a row too many, a zone that is
    not cron's; ``moves``: the schedule that the team has declared for a job.
    """
    told = list(told)
    second = {one.subject for one in told if one.code in ("CM447", "CM448")}
    zoned = {one.subject for one in told if one.code == "CM464"}
    try:
        entries = installed_entries(app, now)
        coming, standing = (_by_task(one, second) for one in (entries, _standing(app, entries, now)))
    except (DatabaseError, Cannot):  # preflight has said so
        return
    for job in jobs:
        if job.definition != job.real:
            continue  # a demonstration has one schedule for all
        move = moves.get(job.definition.id)
        current, later = (
            _wrong(job, entries.get(job.task, ()), now.date(), move) for entries in (standing, coming)
        )
        found = current or later
        if found is None or (isinstance(found.judgement, OtherClock) and found.job in zoned):
            continue
        text = (
            _("{job} does not fire as under cron: {proof}")
            if current
            else _("{job} will not fire as under cron, once beat starts again: {proof}")
        )
        remedy = (
            _("`migrator prove --installed {job}` shows both: correct the entry")
            if later
            else _("correct the row; or start beat again, which writes the settings over it")
        )
        yield Check(
            "times",
            State.FAIL,
            text.format(job=found.job, proof=explain_installed(found)),
            remedy.format(job=found.job),
            "CM472",
            found.job,
        )


def _by_task(entries: Iterable[Installed], without: Collection[str]) -> dict[str, list[Installed]]:
    found: dict[str, list[Installed]] = {}
    for one in entries:
        if one.name not in without:
            found.setdefault(one.task, []).append(one)
    return found


def _standing(app: object, coming: Iterable[Installed], now: dt.datetime) -> Iterable[Installed]:
    """What beat goes by now: its rows as they are; where it has none, the settings."""
    scheduler = rows_scheduler(app)
    if scheduler is None:
        return coming
    return [row_entry(row, app, scheduler, now) for row in all_rows()]


def _wrong(job: MigratedJob, mine: Collection[Installed], today: dt.date, move: str | None) -> Judged | None:
    """The proof that its entries differ, from cron's schedule and from the one that the team has declared."""
    found = _judged(job.real, mine, today)
    if found.equal or isinstance(found.judgement, ELSEWHERE):
        return None
    if move is not None and _judged(replace(job.real, expression=move), mine, today).equal:
        return None
    return found


def _judged(job: JobDefinition, entries: Collection[Installed], today: dt.date) -> Judged:
    return judge_minutes(job.id, job.schedule, job.timezone, entries, since=today)
