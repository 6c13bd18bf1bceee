"""Both sides of a rehearsal: beat as it is installed, cron's model, and the real daemon where it is asked."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from migrator.adapters import virtual_cron
from migrator.cli.options import note
from migrator.cli.progress import passing
from migrator.cli.project import Home, start_django
from migrator.cli.runtime import who
from migrator.comparison.rehearsal import MINUTE, Result, Spell, compare_starts
from migrator.comparison.rehearsal_events import Event, moments_of
from migrator.comparison.rehearsal_record import Daemon, Record, cron_fingerprint
from migrator.comparison.rehearsed_pace import compare_pace
from migrator.comparison.telling_days import DENSE, sample, telling_spells
from migrator.equivalence.installed import judge_installed
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import redact
from migrator.report.installed_proof import does
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.kinds import Interval
from migrator.schedule.occurrences import Slot, between, epoch_starts
from migrator.schedule.policy import DEBIAN
from migrator.sources.job import Job
from migrator.zones import zone_of


@dataclass(frozen=True, slots=True)
class Part:
    """What is rehearsed: the jobs, the window, what happens in it, and the zone that its times are in."""

    jobs: Sequence[Job]
    start: dt.datetime
    end: dt.datetime
    events: tuple[Event, ...]
    zone: ZoneInfo
    full: bool = False

    @property
    def window(self) -> Spell:
        return Spell(self.start.timestamp(), self.end.timestamp())

    def slots(self, job: Job, spells: Iterable[Spell] = ()) -> Iterator[Slot]:
        """Cron's slots of a job that goes by its own clock; with ``spells`` only those in them."""
        zone = zone_of(job.timezone)
        for spell in spells or (self.window,):
            for expression, start, end in self._schedules(job, spell):
                yield from between(expression, zone, start, end)

    def due(self, job: Job, spell: Spell) -> Iterator[int]:
        """The epoch seconds of a job's slots in a spell; an interval's are those of a start with it."""
        schedule = schedule_of(job)
        if isinstance(schedule, Interval):
            yield from range(int(spell.start), int(spell.end), schedule.seconds)
            return
        for expression, start, end in self._schedules(job, spell):
            yield from epoch_starts(expression, zone_of(job.timezone), start, end)

    def _schedules(self, job: Job, spell: Spell) -> Iterator[tuple[CronExpression, dt.datetime, dt.datetime]]:
        """What cron's line says in a spell, and from when to when: it is edited when beat's entries are."""
        begin, expression = spell.start, clock_of(job)
        for edit in [one for one in moments_of(self.events, spell, self.zone) if one.schedule]:
            # cron looks at its crontabs when a minute begins
            at = -(-edit.at // MINUTE) * MINUTE
            yield expression, *self._instants(begin, at)
            begin, expression = at, parse(edit.schedule)
        yield expression, *self._instants(begin, spell.end)

    def _instants(self, start: float, end: float) -> tuple[dt.datetime, dt.datetime]:
        return dt.datetime.fromtimestamp(start, self.zone), dt.datetime.fromtimestamp(end, self.zone)

    @property
    def edited(self) -> bool:
        return any(event.schedule for event in self.events)

    def telling(self, job: Job) -> tuple[Spell, ...]:
        """The spells in which a dense job is rehearsed; none where all of the window is."""
        if self.full or self.edited or sum(1 for _slot in self.due(job, self.window)) <= DENSE:
            return ()
        found = telling_spells(self.window, zone_of(job.timezone), self.events)
        return () if found == (self.window,) else found


def rehearsed(home: Home, part: Part) -> list[Record]:
    """Run beat through the window, and compare each job's messages with cron's slots."""
    start_django(home)
    from migrator.contrib.celery.jobs import application
    from migrator.contrib.django.rehearsed_beat import (
        Script,
        Seen,
        beat_fingerprint,
        staged_entries,
        versions,
        watch_beat,
    )

    app, configuration = application(home.configuration.project.celery), home.configuration
    late = sum(event.late for event in part.events)

    def wanted(jobs: Iterable[Job]) -> Callable[[str, str], bool]:
        return lambda name, task: any(does(job.id, name, task, configuration) for job in jobs)

    def proved(job: Job) -> bool:
        entries = staged_entries(app, wanted([job]), part.start.timestamp())
        judged = judge_installed(job.id, schedule_of(job), job.timezone, entries, since=part.start.date())
        return judged.equal

    spells = {job.id: found for job in part.jobs if (found := part.telling(job)) and proved(job)}
    groups: dict[tuple[Spell, ...], list[Job]] = defaultdict(list)
    for job in part.jobs:
        groups[spells.get(job.id, (part.window,))].append(job)
    seconds = sum(one.end - one.start for group in groups for one in group)
    with passing(seconds) as told:
        parts = [
            watch_beat(
                app,
                wanted(jobs),
                Script(spell, moments_of(part.events, spell, part.zone), late),
                [one for job in jobs for one in part.due(job, spell)],
                told=told,
            )
            for group, jobs in groups.items()
            for spell in group
        ]
    seen = Seen.joined(parts)
    if seen.only_settings:
        note(_("there are no rows yet: what beat would write from the settings is rehearsed"))
    made, by, installed = dt.datetime.now(part.zone), who(), versions()
    records = []
    for job in part.jobs:
        zone, mine_only = zone_of(job.timezone), spells.get(job.id, ())
        entries = [one for one in seen.entries if does(job.id, one.name, one.task, configuration)]
        mine = [key for key in seen.sent if does(job.id, *key, configuration)]
        sent = sorted(one for key in mine for one in seen.sent[key])
        record = Record(
            job=job.id,
            expression=schedule_of(job).text,
            timezone=job.timezone,
            made=made,
            by=by,
            start=part.start,
            end=part.end,
            events=tuple(event.text for event in part.events),
            scheduler=seen.scheduler,
            versions=installed,
            entries=tuple(
                redact(f"{one.name}: {one.written}  {one.timezone or ''}".rstrip()) for one in entries
            ),
            cron=cron_fingerprint(schedule_of(job), job.timezone),
            celery=beat_fingerprint(app, entries),
            result=_compared(part, job, mine_only, sent, seen.off),
            endless=sum(seen.endless[key] for key in mine),
            sample=sample(part.window, zone, part.events) if mine_only else None,
        )
        records.append(record)
    return records


def _compared(
    part: Part, job: Job, spells: Sequence[Spell], sent: Sequence[float], off: Sequence[Spell]
) -> Result:
    """Beat's messages against cron's slots; those of an interval against one another."""
    schedule, zone = schedule_of(job), zone_of(job.timezone)
    if isinstance(schedule, Interval):
        return compare_pace(schedule, sent, spells or (part.window,), zone, off=off)
    return compare_starts(part.slots(job, spells), sent, zone, off=off)


def schedule_of(job: Job) -> CronExpression | Interval:
    """The schedule of a job that is rehearsed."""
    assert isinstance(job.schedule, CronExpression | Interval)
    return job.schedule


def clock_of(job: Job) -> CronExpression:
    """The schedule of a job that goes by the clock."""
    assert job.expression is not None
    return job.expression


def require_daemon(part: Part) -> None:
    """Raise Cannot where the real daemon cannot be asked, with all that is missing."""
    missing = virtual_cron.missing()
    if missing:
        raise Cannot(
            _("the real cron cannot run here; missing: {things}").format(things=", ".join(missing)),
            hint=_("leave out --real-cron: cron's model needs no daemon"),
        )
    if part.edited:
        raise Cannot(
            _("--real-cron asks the daemon about schedules that stay as they are"),
            hint=_("leave out --real-cron, or the edit"),
        )
    others = [job.id for job in part.jobs if not (job.expression and job.expression.policy is DEBIAN)]
    if others:
        raise Cannot(
            _("--real-cron asks Debian's cron, and these are another daemon's: {jobs}").format(
                jobs=", ".join(others)
            ),
            hint=_("name the other jobs, or leave out --real-cron"),
        )


def with_daemon(records: Sequence[Record], part: Part) -> list[Record]:
    """The records with what the real daemon does with the same schedules, each in a daemon of its own."""
    starts: dict[str, dict[str, list[int]]] = {}
    for zone in {record.timezone for record in records}:
        texts = sorted({record.expression for record in records if record.timezone == zone})
        starts[zone] = virtual_cron.starts_alone(texts, virtual_cron.Window(zone, part.start, part.end))
    slots = {job.id: part.slots(job) for job in part.jobs}
    return [
        replace(one, daemon=_daemon(one, slots[one.job], starts[one.timezone][one.expression]))
        for one in records
    ]


def _daemon(record: Record, slots: Iterable[Slot], starts: Sequence[int]) -> Daemon:
    found = compare_starts(slots, starts, zone_of(record.timezone))
    return Daemon(len(starts), found.differing, found.days[0].date if found.days else None)
