"""What is wrong with beat's rows, and with what the settings would write into them.

Authority: schedulers.py and models.py of django_celery_beat 2.8 and 2.9: what cannot be loaded is left
out without a word, the settings are written over the rows at each start, options that are no columns
are dropped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from celery.exceptions import ImproperlyConfigured
from celery.schedules import crontab, maybe_schedule, schedule
from django.db import DatabaseError

from migrator.contrib.celery.installed import ORIGINALS, settings_entries
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.installed import all_rows, row_entry, rows_scheduler, why_idle, written_entry
from migrator.contrib.django.instants import instant_of
from migrator.contrib.django.left_rows import names_of_the_code
from migrator.equivalence.celery_crontab import CeleryCrontab, celery_expression
from migrator.equivalence.installed import Installed
from migrator.i18n import _
from migrator.schedule.meaning import meaning
from migrator.schedule.transitions import touched
from migrator.zones import known_zone, zone_of

# the options that have a column; "expires" has a finding of its own, CM436
KEPT = {"queue", "exchange", "routing_key", "priority", "headers", "expire_seconds", "expires"}
AHEAD = 2  # years: the next autumn is within them
AHEAD_AT_MOST = dt.timedelta(minutes=5)  # of two machines' clocks, of which CM457 tells


@dataclass(frozen=True, slots=True)
class Loaded:
    """A row, as it stands and as beat loads it; ``code``: what the settings make of it at the next start."""

    row: Any
    entry: Installed
    code: Installed | None

    @property
    def effective(self) -> Installed:
        return self.code or self.entry


def row_faults(app: Any, jobs: Iterable[MigratedJob], now: dt.datetime) -> list[Check]:
    """Every fault of the rows, and of the entries of the settings; the ledger's tables are there."""
    jobs, scheduler = list(jobs), rows_scheduler(app)
    tasks = {job.task for job in jobs}
    if scheduler is None:
        entries = [one for one in settings_entries(app) if not one.idle and one.task in tasks]
        return list(_repeated_hour(entries, now))
    try:
        rows = all_rows()
    except DatabaseError:  # preflight has said so
        return []
    settings = {one.name: one for one in settings_entries(app)}
    by_name = {row.name: row for row in rows}
    written = {name: written_entry(one, by_name.get(name), app, scheduler) for name, one in settings.items()}
    loaded = [Loaded(row, row_entry(row, app, scheduler, now), written.get(row.name)) for row in rows]
    fires = [one.effective for one in loaded if one.row.enabled and not one.effective.idle]
    fires += [one for name, one in written.items() if name not in by_name and not one.idle]
    return [
        *_never_loaded(loaded, now),
        *_without_a_row(app, written, by_name),
        *_overwritten(loaded),
        *_twice(loaded, names_of_the_code(app, jobs)),
        *_off(loaded, jobs, now),
        *_ahead(loaded, now),
        *_dropped(app),
        *_repeated_hour([one for one in fires if one.task in tasks], now),
    ]


def _never_loaded(loaded: Sequence[Loaded], now: dt.datetime) -> Iterator[Check]:
    for one in loaded:
        if one.row.enabled and one.effective.idle and not why_idle(one.row, now):
            yield Check(
                "rows",
                State.FAIL,
                _("beat never sends the row {name}, {schedule}: {reason}").format(
                    name=one.row.name, schedule=one.entry.written, reason=one.effective.idle
                ),
                _("correct its schedule: weekdays are 0 to 6, and fields are text such as 1,2"),
                "CM446",
                one.row.name,
            )


def _without_a_row(app: Any, written: dict[str, Installed], rows: dict[str, Any]) -> Iterator[Check]:
    """Entries of the settings that beat cannot write down."""
    for name, entry in written.items():
        reason = _too_long(app, name) or _too_short(app, name)
        if not reason and entry.idle and name not in rows:
            reason = entry.idle
        if reason:
            yield Check(
                "rows",
                State.FAIL,
                _("no row can hold the entry {name}: {reason}").format(name=name[:60], reason=reason),
                _("spell it shorter, with ranges and steps, or name a scheduler that needs no rows for it"),
                "CM450",
                name[:60],
            )


def _too_long(app: Any, name: str) -> str:
    """Which part of an entry is longer than its column."""
    from django_celery_beat.models import CrontabSchedule, PeriodicTask

    entry = app.conf.beat_schedule[name]
    parts = [(PeriodicTask, "name", name), (PeriodicTask, "task", str(entry.get("task", "")))]
    if isinstance(entry.get("schedule"), crontab):
        fields = ((field, str(getattr(entry["schedule"], f"_orig_{field}"))) for field in ORIGINALS)
        parts += [(CrontabSchedule, field, text) for field, text in fields]
    for model, field, text in parts:
        limit = model._meta.get_field(field).max_length
        if len(text) > limit:
            return _("{field} has {length} characters, and its column {limit}").format(
                field=field, length=len(text), limit=limit
            )
    return ""


def _too_short(app: Any, name: str) -> str:
    """An interval that a row's whole seconds cut down."""
    try:
        given = maybe_schedule(app.conf.beat_schedule[name]["schedule"], app=app)
    except (AttributeError, TypeError, ValueError, KeyError, ImproperlyConfigured):
        return ""  # settings_entries says so
    if type(given) is schedule and given.seconds != int(given.seconds):
        return _("{written} s is kept as {kept} s").format(
            written=f"{given.seconds:g}", kept=int(given.seconds)
        )
    return ""


def _overwritten(loaded: Sequence[Loaded]) -> Iterator[Check]:
    """Rows that say something else than the settings, which win at the next start of beat."""
    for one in loaded:
        here, code = one.entry, one.code
        if not (one.row.enabled and code and isinstance(code.fires, CeleryCrontab)):
            continue
        if here.fires is None or (here.fires, here.timezone, here.task) == (
            code.fires,
            code.timezone,
            code.task,
        ):
            continue
        yield Check(
            "rows",
            State.WARN,
            _("the row {name} says {row}, and beat writes {code} over it when it starts").format(
                name=one.row.name, row=_told(here), code=_told(code)
            ),
            _("change CELERY_BEAT_SCHEDULE, not the row; or take the entry out of the settings"),
            "CM449",
            one.row.name,
        )


def _told(entry: Installed) -> str:
    return f"{entry.task} {entry.fires} {entry.timezone or ''}".strip()


def _twice(loaded: Sequence[Loaded], of_the_code: Collection[str]) -> Iterator[Check]:
    """Two enabled rows that send one task, with the same arguments, at the same minutes.

    One of the code and one that is not: left_rows says it.
    """
    first: dict[tuple[Any, ...], str] = {}
    for one in loaded:
        entry = one.effective
        if not one.row.enabled or entry.idle or entry.fires is None:
            continue
        key = (one.row.task, one.row.args, one.row.kwargs, entry.fires, entry.timezone)
        if key in first and (first[key] in of_the_code) == (one.row.name in of_the_code):
            yield Check(
                "rows",
                State.FAIL,
                _("the rows {first} and {name} send {task} at the same minutes").format(
                    first=first[key], name=one.row.name, task=one.row.task
                ),
                _("disable one of them"),
                "CM448",
                one.row.name,
            )
        first.setdefault(key, one.row.name)


def _off(loaded: Sequence[Loaded], jobs: Sequence[MigratedJob], now: dt.datetime) -> Iterator[Check]:
    """Rows that beat does not send: off although their job has left cron, or kept by another column."""
    chains = owners.chains(job.definition.id for job in jobs)
    names = {job.task: job.definition.id for job in jobs}
    for one in loaded:
        reason, job = why_idle(one.row, now), names.get(one.row.task)
        if job is None or not reason:
            continue
        left = owners.asked(chains.get(job, [])) is not owners.Owner.CRON
        if not (left or one.row.enabled):
            continue
        yield Check(
            "rows",
            State.FAIL,
            _("beat does not send the row {name} of {job}: {reason}").format(
                name=one.row.name, job=job, reason=reason
            ),
            _("clear that column of the row in the admin: starting beat again does not")
            if one.row.enabled
            else _("enable the row in the admin: starting beat again does not"),
            "CM451" if left else "CM468",
            one.row.name,
        )


def _ahead(loaded: Sequence[Loaded], now: dt.datetime) -> Iterator[Check]:
    """Rows whose last run is still to come: beat counts from it, and waits until it has passed."""
    for one in loaded:
        last = instant_of(one.row.last_run_at)
        if last is None or not one.row.enabled or one.effective.idle:
            continue
        if last > now + AHEAD_AT_MOST:
            yield Check(
                "rows",
                State.FAIL,
                _("beat sends nothing for the row {name} before {moment}, when it was last sent").format(
                    name=one.row.name, moment=last.isoformat(" ", "minutes")
                ),
                _(
                    "a clock was wrong once; let it count from now, in manage.py shell:"
                    ' PeriodicTask.objects.filter(name="{name}").update(last_run_at=timezone.now());'
                    " PeriodicTasks.update_changed()"
                ).format(name=one.row.name),
                "CM513",
                one.row.name,
            )


def _dropped(app: Any) -> Iterator[Check]:
    for name, entry in (app.conf.beat_schedule or {}).items():
        options = entry.get("options") if isinstance(entry, dict) else None
        lost = sorted(set(map(str, options or ())) - KEPT)
        if lost:
            yield Check(
                "rows",
                State.WARN,
                _("beat drops {options} of the entry {name}: its row has no column for it").format(
                    options=", ".join(lost), name=name
                ),
                _("write it as an option of the task: @shared_task(...)"),
                "CM452",
                str(name),
            )


def _repeated_hour(fires: Iterable[Installed], now: dt.datetime) -> Iterator[Check]:
    """Celery's own crontabs whose minutes a clock shows twice."""
    for entry in fires:
        zone = known_zone(entry.timezone)
        if zone is None or not isinstance(entry.fires, CeleryCrontab):
            continue
        table = meaning(celery_expression(entry.fires))
        jump = next((one for one in touched(table, zone_of(zone), now.date(), AHEAD) if not one.gap), None)
        if jump is not None:
            yield Check(
                "repeated hour",
                State.WARN,
                _(
                    "{name} fires between {start:%H:%M} and {end:%H:%M}, which {zone} has twice on"
                    " {start:%Y-%m-%d}: a beat that starts in the second pass sends it without end"
                ).format(name=entry.name, start=jump.start, end=jump.end, zone=zone),
                _("start no beat and edit no row in that hour; or generate with schedules that fire as cron"),
                "CM453",
                entry.name,
            )
