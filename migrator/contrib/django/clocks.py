"""The clocks that a schedule may go by, told apart: cron's, this machine's, Django's, Celery's, the rows'."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.beat import BeatEntry
from migrator.contrib.django.installed import in_database
from migrator.contrib.django.models import Host
from migrator.equivalence.installed import same_clock
from migrator.i18n import _
from migrator.zones import known_zone, zone_of

SHOWN = 3  # names of those that go by one of several clocks


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone, and the jobs or entries that go by it."""

    zone: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clocks:
    """Names of zones.

    ``cron``: those of the jobs' lines, CRON_TZ included; ``host``: TZ or /etc/localtime of this
    machine or container, if it was looked at; ``entries``: those that beat reads the jobs by.
    """

    cron: tuple[Clock, ...]
    host: str | None
    django: str
    celery: str
    entries: tuple[Clock, ...]
    hosts: tuple[tuple[str, str], ...] = ()  # cron hosts that sync, each with the zone of its machine
    workers: tuple[tuple[str, str], ...] = ()
    rows_without_zones: bool = False  # DJANGO_CELERY_BEAT_TZ_AWARE is off

    def host_differs(self, today: dt.date) -> bool:
        """This machine's clock is none of cron's: cron is elsewhere, or its zone is not what was written."""
        if self.host is None:
            return False
        known = known_zone(self.host)
        return known is None or not any(same_clock(known, one.zone, today) for one in self.cron)

    def odd_hosts(self, today: dt.date) -> list[str]:
        """The cron hosts whose machine goes by another clock than any job's: a line's own CRON_TZ is one."""
        return [
            f"{name} ({zone})"
            for name, zone in self.hosts
            if (known := known_zone(zone)) is None
            or not any(same_clock(known, one.zone, today) for one in self.cron)
        ]

    def odd_workers(self, today: dt.date) -> list[str]:
        """The workers that were started with another CELERY_TIMEZONE."""
        return [
            f"{name} ({zone})"
            for name, zone in self.workers
            if (known := known_zone(zone))
            and known_zone(self.celery)
            and not same_clock(known, self.celery, today)
        ]

    def told(self, now: dt.datetime) -> str:
        """Each clock with its zone and the time that it shows."""
        several = len({one.zone for one in (*self.cron, *self.entries)}) > 1
        named = (
            (_("cron"), [_whose(one, now, named=several) for one in self.cron]),
            (_("this machine"), [_shown(self.host, now)] if self.host else []),
            *((_("cron on {host}").format(host=name), [_shown(zone, now)]) for name, zone in self.hosts),
            ("TIME_ZONE", [_shown(self.django, now)]),
            ("CELERY_TIMEZONE", [_shown(self.celery, now)]),
            *((name, [_shown(zone, now)]) for name, zone in self.workers),
            (_("beat's entries"), [_whose(one, now, named=several) for one in self.entries]),
        )
        return "; ".join(f"{name}: {', '.join(told)}" for name, told in named if told)


def _whose(clock: Clock, now: dt.datetime, *, named: bool) -> str:
    """``Asia/Tokyo 20:30 (report)``: with several clocks it is told who goes by which."""
    if not named or not clock.names:
        return _shown(clock.zone, now)
    more = len(clock.names) - SHOWN
    rest = _(" and {count} more").format(count=more) if more > 0 else ""
    return f"{_shown(clock.zone, now)} ({', '.join(clock.names[:SHOWN])}{rest})"


def _shown(zone: str, now: dt.datetime) -> str:
    """``Europe/Warsaw 12:30``; the name alone where it is none of the zone data, as ``CET-1CEST``."""
    known = known_zone(zone)
    return f"{zone} {now.astimezone(zone_of(known)):%H:%M}" if known else zone


def _by_zone(found: Iterable[tuple[str, str]]) -> tuple[Clock, ...]:
    """The zones in their order, each with the names that go by it."""
    names: dict[str, set[str]] = defaultdict(set)
    for zone, name in found:
        names[zone].add(name)
    return tuple(Clock(zone, tuple(sorted(names[zone]))) for zone in sorted(names))


def clocks_of(
    app: Any,
    jobs: Iterable[MigratedJob],
    entries: Iterable[BeatEntry],
    *,
    host: str | None,
    workers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Clocks:
    """The clocks of a project, whose jobs and entries are these."""
    jobs = list(jobs)
    tasks = {job.task for job in jobs}
    return Clocks(
        cron=_by_zone((job.real.timezone, job.definition.id) for job in jobs),
        host=host,
        django=settings.TIME_ZONE,
        celery=str(app.conf.timezone or ("UTC" if app.conf.enable_utc else host or _("this machine's"))),
        entries=_by_zone(
            (entry.timezone, entry.name) for entry in entries if entry.task in tasks and entry.timezone
        ),
        hosts=tuple(Host.objects.filter(left_at=None).exclude(timezone="").values_list("name", "timezone")),
        workers=tuple(
            (name, str(conf["timezone"])) for name, conf in (workers or {}).items() if conf.get("timezone")
        ),
        rows_without_zones=in_database(app) and not getattr(settings, "DJANGO_CELERY_BEAT_TZ_AWARE", True),
    )
