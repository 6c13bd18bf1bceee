"""``manage.py check_cron_jobs``: for outside monitors, one line and an exit status.

Written by `migrator finish`, and this project's own since then: it reads Celery's
results, and needs nothing of migrator. 0: every job is well. 1: one has failed, or its
last success is too old. 3: it cannot be told. With ``--format prometheus`` it prints
the metrics that node_exporter's textfile collector reads.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error
from django.utils import timezone
from django_celery_results.models import TaskResult

# Of each job: its task, and after how many seconds without a success a slot was missed.
JOBS: dict[str, tuple[str, int]] = {}

# What is wrong with a job, and when it last succeeded.
Health = tuple[str | None, dt.datetime | None]


class Command(BaseCommand):
    help = "Say in one line whether the jobs that cron once ran are well."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        formats = ("text", "prometheus")
        parser.add_argument("--format", choices=formats, default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        now, text = timezone.now(), options["format"] == "text"
        try:
            jobs = {name: health(*job, now=now) for name, job in JOBS.items()}
        except Error as error:
            if text:  # without a time in the metrics their age is seen
                reason = str(error).split("\n", 1)[0]
                self.stdout.write(f"UNKNOWN the results cannot be read: {reason}")
            sys.exit(3)
        if not text:
            self.stdout.write("\n".join(metrics(jobs, now)))
            return
        wrong = [f"{name}: {problem}" for name, (problem, _) in jobs.items() if problem]
        if wrong:
            self.stdout.write(f"CRITICAL {'; '.join(wrong)}")
            sys.exit(1)
        self.stdout.write(
            f"OK {len(jobs)} {'job is' if len(jobs) == 1 else 'jobs are'} well"
        )


def health(task: str, longest: int, *, now: dt.datetime) -> Health:
    ended = TaskResult.objects.filter(task_name=task, status__in=("SUCCESS", "FAILURE"))
    last = ended.order_by("date_done").last()
    best = ended.filter(status="SUCCESS").order_by("date_done").last()
    success = best.date_done if best else None
    if last is None or success is None:
        return ("no success is recorded" if last is None else "it has failed"), success
    if last.status == "FAILURE":
        return f"the last run failed, {last.date_done:%Y-%m-%dT%H:%M%z}", success
    if now - success > dt.timedelta(seconds=longest):
        return f"the last success is too old: {success:%Y-%m-%dT%H:%M%z}", success
    return None, success


def metrics(jobs: Mapping[str, Health], now: dt.datetime) -> Iterator[str]:
    """The names are those that `migrator check` had, so that the alert rules stay."""
    yield "# TYPE migrator_job_well gauge"
    for name, (problem, _) in jobs.items():
        yield f'migrator_job_well{{job_id="{name}"}} {int(not problem)}'
    yield "# TYPE migrator_job_last_success_timestamp_seconds gauge"
    for name, (_, success) in jobs.items():
        if success:
            metric = f'migrator_job_last_success_timestamp_seconds{{job_id="{name}"}}'
            yield f"{metric} {success.timestamp():.0f}"
    yield "# TYPE migrator_check_timestamp_seconds gauge"
    yield f"migrator_check_timestamp_seconds {now.timestamp():.0f}"
