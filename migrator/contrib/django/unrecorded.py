"""Management commands that cron starts without the recorder: noticed when they end, told when they are jobs.

A crontab that nobody knows, or one that its generator wrote anew, runs a job beside Celery, and no claim can
see it. The command itself can: it has no run id, and cron is among its ancestors. One row of each host, user
and command is counted up; nothing is written to the job's output, and no failure of ours becomes its own.
"""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import shlex
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import PurePath

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count, F, Max

from migrator.adapters.ancestry import started_by_cron
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Kind
from migrator.comparison.unrecorded import Unrecorded, recent_from
from migrator.contrib.django import instants, models, owners
from migrator.contrib.django.together import together
from migrator.cronwrap import user_name
from migrator.redaction import redact

logger = logging.getLogger(__name__)
LONGEST = 255
MOST = 1000  # rows: a command whose arguments hold the date would leave one each day
OURS = "migrator"

Commands = Callable[[], Mapping[str, Collection[str]]]


def connect() -> None:
    """Note at the end of this process what it was, if cron has started it past the recorder."""
    words = sys.argv[1:]
    if "MIGRATOR_RUN" in os.environ or not words or words[0] == OURS or not _by_django(sys.argv[0]):
        return
    process = os.getpid()

    def note() -> None:
        if os.getpid() == process:  # a fork inherits this
            try:
                _note(command_text(words))
            except Exception as error:
                # Without a handler logging would write to stderr, which cron mails.
                logger.debug("a start without the recorder is not noted: %s", error)

    if started_by_cron():
        atexit.register(note)


def _by_django(program: str) -> bool:
    """``manage.py``, ``django-admin`` or ``python -m django``."""
    path = PurePath(program)
    return path.name in ("manage.py", "django-admin") or path.parts[-2:] == ("django", "__main__.py")


def command_text(words: Iterable[str]) -> str:
    """A management command and its arguments as they are kept, and compared."""
    return redact(shlex.join(words))[:LONGEST]


def _note(command: str) -> None:
    now = instants.now()
    connections[DEFAULT_DB_ALIAS].close()  # whatever the command has left of it
    rows = models.UnrecordedStart.objects
    what = {"host": socket.gethostname()[:128], "user": user_name()[:64], "command": command}
    known = rows.filter(**what).update(last_seen=now, times=F("times") + 1)
    if not known and rows.count() < MOST:
        rows.create(**what, first_seen=now, last_seen=now)
    connections[DEFAULT_DB_ALIAS].close()


def unrecorded(jobs: Iterable[JobDefinition], commands: Commands, now: dt.datetime) -> list[Unrecorded]:
    """The jobs that cron starts past the recorder, of those that are recorded or have left plain cron.

    ``commands``: each job's management commands, as ``command_text`` gives them; asked for only where some
    start has been noted. Starts in cron's log that no recorder has seen count as well.
    """
    jobs = list(jobs)
    noted = list(models.UnrecordedStart.objects.order_by("id"))
    texts = commands() if noted else {}
    logged = _logged(jobs, now)
    commands_noted = {row.command for row in noted}
    jobs = [job for job in jobs if job.id in logged or not commands_noted.isdisjoint(texts.get(job.id, ()))]
    chains = owners.chains(job.id for job in jobs) if jobs else {}
    found = []
    for job in jobs:
        since = _recorded_since(job.id, [one.from_due for one in chains.get(job.id, [])])
        if since is not None:
            begin = max(since, recent_from(job, now))
            found += _noted(job.id, [row for row in noted if row.command in texts.get(job.id, ())], begin)
            found += _in_the_log(job.id, begin)
    return found


def _recorded_since(job: str, handed_over: Collection[dt.datetime]) -> dt.datetime | None:
    """From when on every start of the job by cron is to be the recorder's; None: it is not yet."""
    others = (Kind.OBSERVED, Kind.MANUAL)
    runs = models.Run.objects.filter(job=job, side=Side.CONTROL).exclude(kind__in=others)
    first = runs.order_by("started").values_list("started", flat=True).first()
    return min([*handed_over[:1], *([first] if first else [])], default=None)


def _noted(job: str, rows: Collection[models.UnrecordedStart], begin: dt.datetime) -> Iterator[Unrecorded]:
    for row in rows:
        if row.last_seen >= begin:
            yield Unrecorded(job, row.host, row.user, row.last_seen, row.times)


def _logged(jobs: Iterable[JobDefinition], now: dt.datetime) -> set[str]:
    """The jobs of which cron's log has told lately."""
    groups = together(((job, recent_from(job, now)) for job in jobs), now)
    told = {"side": Side.CONTROL, "kind": Kind.OBSERVED}
    return {
        job for alike in groups for job in alike.runs.filter(**told).values_list("job", flat=True).distinct()
    }


def _in_the_log(job: str, begin: dt.datetime) -> Iterator[Unrecorded]:
    runs = models.Run.objects.filter(job=job, side=Side.CONTROL, kind=Kind.OBSERVED, started__gte=begin)
    for row in runs.values("host", "user").annotate(last=Max("started"), times=Count("id")).order_by("host"):
        yield Unrecorded(job, row["host"], row["user"], row["last"], row["times"])


def by_job(found: Iterable[Unrecorded]) -> dict[str, list[Unrecorded]]:
    """The same, by job."""
    jobs: dict[str, list[Unrecorded]] = defaultdict(list)
    for one in found:
        jobs[one.job].append(one)
    return jobs
