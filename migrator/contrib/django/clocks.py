"""The clocks that a schedule may go by, told apart: cron's, this machine's, Django's, Celery's, the rows'."""

from __future__ import annotations

import datetime as dt
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


@dataclass(frozen=True, slots=True)
class Clocks:
    """Names of zones.

    ``cron``: those of the jobs' lines, CRON_TZ included; ``host``: TZ or /etc/localtime of this
    machine or container, if it was looked at; ``entries``: those that beat reads the jobs by.
    """

    cron: tuple[str, ...]
    host: str | None
    django: str
    celery: str
    entries: tuple[str, ...]
    hosts: tuple[tuple[str, str], ...] = ()  # cron hosts that sync, each with the zone of its machine
    workers: tuple[tuple[str, str], ...] = ()
    rows_without_zones: bool = False  # DJANGO_CELERY_BEAT_TZ_AWARE is off

    def host_differs(self, today: dt.date) -> bool:
        """This machine's clock is none of cron's: cron is elsewhere, or its zone is not what was written."""
        if self.host is None:
            return False
        known = known_zone(self.host)
        return known is None or not any(same_clock(known, zone, today) for zone in self.cron)

    def odd_hosts(self, today: dt.date) -> list[str]:
        """The cron hosts whose machine goes by another clock than any job's: a line's own CRON_TZ is one."""
        return [
            f"{name} ({zone})"
            for name, zone in self.hosts
            if (known := known_zone(zone)) is None
            or not any(same_clock(known, one, today) for one in self.cron)
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
        named = (
            (_("cron"), self.cron),
            (_("this machine"), (self.host,) if self.host else ()),
            *((_("cron on {host}").format(host=name), (zone,)) for name, zone in self.hosts),
            ("TIME_ZONE", (self.django,)),
            ("CELERY_TIMEZONE", (self.celery,)),
            *((name, (zone,)) for name, zone in self.workers),
            (_("beat's entries"), self.entries),
        )
        return "; ".join(
            f"{name}: {', '.join(_shown(zone, now) for zone in zones)}" for name, zones in named if zones
        )


def _shown(zone: str, now: dt.datetime) -> str:
    """``Europe/Warsaw 12:30``; the name alone where it is none of the zone data, as ``CET-1CEST``."""
    known = known_zone(zone)
    return f"{zone} {now.astimezone(zone_of(known)):%H:%M}" if known else zone


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
    zones = {entry.timezone for entry in entries if entry.task in tasks and entry.timezone}
    return Clocks(
        cron=tuple(sorted({job.real.timezone for job in jobs})),
        host=host,
        django=settings.TIME_ZONE,
        celery=str(app.conf.timezone or ("UTC" if app.conf.enable_utc else host or _("this machine's"))),
        entries=tuple(sorted(zones)),
        hosts=tuple(Host.objects.filter(left_at=None).exclude(timezone="").values_list("name", "timezone")),
        workers=tuple(
            (name, str(conf["timezone"])) for name, conf in (workers or {}).items() if conf.get("timezone")
        ),
        rows_without_zones=in_database(app) and not getattr(settings, "DJANGO_CELERY_BEAT_TZ_AWARE", True),
    )
