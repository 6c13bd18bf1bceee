"""What there is to say about a job beyond its line: schedule, clock, kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from migrator.configuration import JobDecision
from migrator.findings import Finding
from migrator.i18n import _
from migrator.redaction import redact
from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import meaning
from migrator.schedule.transitions import touched
from migrator.sources.job import Job


def judge(
    job: Job, file_findings: Sequence[Finding], decision: JobDecision, *, zone: ZoneInfo, today: dt.date
) -> Job:
    """The job with its findings, without those that the team has accepted."""
    findings = [
        *job.declared.findings,
        *_schedule(job, zone, today),
        *_kind(job),
        *_secret(job),
        *(one for one in file_findings if _drops_the_file(one, job)),
    ]
    return replace(job, findings=tuple(one for one in findings if one.code not in decision.accept))


def _drops_the_file(finding: Finding, job: Job) -> bool:
    place = job.places[0]
    return finding.code == "CM102" and finding.place is not None and finding.place.path == place.path


def _schedule(job: Job, zone: ZoneInfo, today: dt.date) -> Iterator[Finding]:
    place, expression = job.places[0], job.expression
    if expression is None:
        yield Finding(
            "CM204",
            place,
            _("@reboot is no schedule: it runs once, when cron starts after a boot"),
            _("keep it in cron, or start it as a service"),
        )
        return
    yield from _ignored_text(job, expression)
    table = meaning(expression)
    if not table:
        yield Finding(
            "CM201",
            place,
            _("{expression} never fires: the job has never run").format(expression=expression),
            _("ask whether it is wanted at all; a reversed range such as 22-2 is empty to cron"),
        )
    elif expression.days == "either" and not expression.day_of_month.full and not expression.day_of_week.full:
        yield Finding(
            "CM202",
            place,
            _("cron runs this when either day field fits, not when both do"),
            _("kept exactly; if both was meant, the line has been wrong so far"),
        )
    jumps = touched(table, zone, today)
    if jumps:
        yield Finding(
            "CM203",
            place,
            _("the clock of {zone} jumps over minutes of this schedule, next on {date}").format(
                zone=zone.key, date=jumps[0].start.date().isoformat()
            ),
            _("cron and Celery differ on that night; move the job by an hour, or accept it"),
        )


def _ignored_text(job: Job, expression: CronExpression) -> Iterator[Finding]:
    for field in expression.fields:
        if field.ignored:
            yield Finding(
                "CM104",
                job.places[0],
                _("cron ignores {text} in {field}").format(
                    text=repr(field.ignored), field=f"{field.kind.name} {field.text}"
                ),
                _("kept as cron reads it; remove the text"),
            )


def _kind(job: Job) -> Iterator[Finding]:
    kinds = {step.kind for step in job.reading.steps}
    unread = any(finding.code == "CM307" for finding in job.declared.findings)
    if kinds and "management" not in kinds and not unread:
        yield Finding(
            "CM305",
            job.places[0],
            _("{command} is no Django management command: it stays in cron").format(command=job.command),
            _("wrap it in a management command if it should move"),
        )


def _secret(job: Job) -> Iterator[Finding]:
    if redact(job.declared.raw) != job.declared.raw:
        yield Finding(
            "CM310",
            job.places[0],
            _("the command holds a secret, which cron writes to the system's log at each run"),
            _("read it from the environment or a file instead, and change it: it is known by now"),
        )
