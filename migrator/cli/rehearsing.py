"""Both sides of a rehearsal: beat as it is installed, cron's model, and the real daemon where it is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from migrator.adapters import virtual_cron
from migrator.cli.ledger import who
from migrator.cli.options import note
from migrator.cli.project import Home, start_django
from migrator.comparison.rehearsal import Spell, compare_starts
from migrator.comparison.rehearsal_events import Event, moments_of
from migrator.comparison.rehearsal_record import Daemon, Record, cron_fingerprint
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import redact
from migrator.report.installed_proof import does
from migrator.schedule.expression import CronExpression
from migrator.schedule.occurrences import Slot, between, epoch_starts
from migrator.sources.job import Job
from migrator.zones import zone_of

MANY = 50_000  # slots, after which somebody who waits should know that it goes on


@dataclass(frozen=True, slots=True)
class Part:
    """What is rehearsed: the jobs, the window, what happens in it, and the zone that its times are in."""

    jobs: Sequence[Job]
    start: dt.datetime
    end: dt.datetime
    events: tuple[Event, ...]
    zone: ZoneInfo

    @property
    def window(self) -> Spell:
        return Spell(self.start.timestamp(), self.end.timestamp())

    def slots(self, job: Job) -> Iterator[Slot]:
        """Cron's slots of a job, by its own clock."""
        return between(clock_of(job), zone_of(job.timezone), self.start, self.end)

    def due(self) -> Iterator[int]:
        """The epoch seconds of all jobs' slots."""
        for job in self.jobs:
            yield from epoch_starts(clock_of(job), zone_of(job.timezone), self.start, self.end)


def rehearsed(home: Home, part: Part) -> list[Record]:
    """Run beat through the window, and compare each job's messages with cron's slots."""
    start_django(home)
    from migrator.contrib.celery.jobs import application
    from migrator.contrib.django.rehearsed_beat import Script, beat_fingerprint, versions, watch_beat

    app, configuration = application(home.configuration.project.celery), home.configuration
    moments = moments_of(part.events, part.window, part.zone)
    script = Script(part.window, moments, sum(event.late for event in part.events))

    def wanted(name: str, task: str) -> bool:
        return any(does(job.id, name, task, configuration) for job in part.jobs)

    due = list(part.due())
    if len(due) > MANY:
        note(_("{count} slots take minutes; --from and --to make the window smaller").format(count=len(due)))
    seen = watch_beat(app, wanted, script, due)
    if seen.only_settings:
        note(_("there are no rows yet: what beat would write from the settings is rehearsed"))
    made, by, installed = dt.datetime.now(part.zone), who(), versions()
    records = []
    for job in part.jobs:
        entries = [one for one in seen.entries if does(job.id, one.name, one.task, configuration)]
        mine = [key for key in seen.sent if does(job.id, *key, configuration)]
        sent = sorted(one for key in mine for one in seen.sent[key])
        record = Record(
            job=job.id,
            expression=clock_of(job).text,
            timezone=job.timezone,
            made=made,
            by=by,
            start=part.start,
            end=part.end,
            events=tuple(event.text for event in part.events),
            scheduler=seen.scheduler,
            versions=installed,
            entries=tuple(redact(f"{one.name}: {one.written}") for one in entries),
            cron=cron_fingerprint(clock_of(job), job.timezone),
            celery=beat_fingerprint(app, entries),
            result=compare_starts(part.slots(job), sent, zone_of(job.timezone), off=seen.off),
            endless=sum(seen.endless[key] for key in mine),
        )
        records.append(record)
    return records


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
    others = [job.id for job in part.jobs if not clock_of(job).catches_up]
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
