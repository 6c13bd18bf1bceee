"""What there is to say about a job beyond its line: schedule, clock, kind."""

from __future__ import annotations

import datetime as dt
import posixpath
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from migrator.crontab.recipes.calls import RUNNERS, files_of
from migrator.crontab.scripts import Scripts, script_of
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.redaction import redact
from migrator.schedule.doubts import doubts
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import AtStart, Interval, Undecided
from migrator.schedule.meaning import meaning
from migrator.schedule.overrun import stops_on
from migrator.schedule.parting import first_parting, minutes_in_utc
from migrator.sources.job import UNREAD, Job

_first_parting = lru_cache(maxsize=4096)(first_parting)  # many lines have one schedule


def judge(
    job: Job,
    whole_file: Sequence[Finding],
    told: Collection[str],
    *,
    zone: ZoneInfo,
    today: dt.date,
    scripts: Scripts,
) -> Job:
    """The job with its findings, its own before its crontab's, without those that the team knows of.

    ``whole_file``: why cron drops the job's file. ``told``: the codes that the team was told of and accepts.
    ``scripts``: those that were read.
    """
    findings = [
        *job.declared.findings,
        *_schedule(job, zone, today),
        *_kind(job, scripts),
        *_secret(job),
        *whole_file,
    ]
    findings.sort(key=lambda one: one.place not in job.places)
    if not findings:
        return job
    judged = replace(job, findings=tuple(one for one in findings if one.code not in told))
    if judged.status == "stays":
        return replace(judged, findings=tuple(one for one in judged.findings if not _settled(one, judged)))
    return judged


def _settled(finding: Finding, job: Job) -> bool:
    """Whether it matters only to what leaves cron: Celery's nights; what the team has decided about."""
    return finding.code == "CM203" or (job.declared.ignored is not None and finding.blocks)


def _schedule(job: Job, zone: ZoneInfo, today: dt.date) -> Iterator[Finding]:
    if job.declared.in_celery:
        return  # nothing is left to move
    match job.schedule:
        case CronExpression() as expression:
            yield from ignored_text(job.places[0], expression)
            yield from doubtful(job.places[0], expression)
            yield from _days_and_jumps(job.places[0], expression, zone, today)
        case Interval(text, seconds) if job.declared.counted:
            yield Finding(
                "CM207",
                job.places[0],
                _("{text}: beat counts {seconds} seconds from its own last start").format(
                    text=text, seconds=seconds
                ),
                _(
                    "the two sides start it at different moments: their runs are compared by stretches"
                    " of {seconds} seconds"
                ).format(seconds=seconds),
            )
        case AtStart(text):
            yield Finding(
                "CM204",
                job.places[0],
                _("{text} is no schedule: it runs once, when cron starts after a boot").format(text=text),
                _("keep it in cron, or start it as a service"),
            )
        case Interval(text, seconds):
            yield Finding(
                "CM205",
                job.places[0],
                _("{text} counts {seconds} seconds from a start, which no crontab can say").format(
                    text=text, seconds=seconds
                ),
                _(
                    'let beat count it: interval = "beat" in [jobs.{id}] of migrator.toml;'
                    " or give it a schedule by the clock"
                ).format(id=job.id),
            )
        case Undecided(text, reason, remedy):
            yield Finding(
                "CM206",
                job.places[0],
                _("the schedule {text} is not known: {reason}").format(text=text, reason=reason),
                remedy or _("scan what the line becomes where it is installed: crontab -l | migrator scan -"),
            )
        case _:
            assert_never(job.schedule)


def _days_and_jumps(
    place: Place, expression: CronExpression, zone: ZoneInfo, today: dt.date
) -> Iterator[Finding]:
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
    yield from _clock_changes(place, expression, zone, today)
    if stops := stops_on(expression, zone, today):
        yield Finding(
            "CM208",
            place,
            _(
                "systemd starts it no more from {date} on: a step without an end meets the clock of {zone}"
            ).format(date=stops.isoformat(), zone=zone.key),
            _("give the step an end, as in 0..23/6 for 0/6: it means the same and goes on"),
        )


def _clock_changes(
    place: Place, expression: CronExpression, zone: ZoneInfo, today: dt.date
) -> Iterator[Finding]:
    parted = _first_parting(expression, zone, today)
    if parted is None:
        return
    minutes = minutes_in_utc(expression, zone, today)
    if minutes == expression.minute.values:
        hint = _(
            'let `generate` give its entry the zone UTC (clock_changes = "exact"), which has no such nights'
        )
    elif minutes:
        hint = _(
            'let `generate` give its entry the zone UTC and the minutes {minutes} (clock_changes = "exact")'
        ).format(minutes=",".join(map(str, minutes)))
    else:
        hint = _(
            "move the job out of the hours that the clock skips or repeats, let `generate` take cron's "
            'own schedule (clock_changes = "exact"), or accept it'
        )
    yield Finding(
        "CM203",
        place,
        _("the clock of {zone} jumps on {date}: {difference}").format(
            zone=zone.key, date=parted.date.isoformat(), difference=parted.sentence
        ),
        hint,
    )


def doubtful(place: Place | None, expression: CronExpression) -> Iterator[Finding]:
    """What is odd about a schedule that cron accepts."""
    for doubt in doubts(expression):
        yield Finding("CM112", place, doubt, _("kept exactly as cron runs it; ask whether it was meant"))


def ignored_text(place: Place | None, expression: CronExpression) -> Iterator[Finding]:
    """What cron skips in a field."""
    for field in expression.fields:
        if field.ignored:
            yield Finding(
                "CM104",
                place,
                _("cron ignores {text} in {field}").format(
                    text=repr(field.ignored), field=f"{_(field.kind.name)} {field.text}"
                ),
                _("kept as cron reads it; remove the text"),
            )


def _kind(job: Job, scripts: Scripts) -> Iterator[Finding]:
    kinds = {step.kind for step in job.reading.steps}
    unread = any(finding.code in UNREAD for finding in job.declared.findings)
    if job.declared.in_celery or job.declared.in_project or job.declared.runner:
        return
    if not kinds or "management" in kinds or unread:
        return
    called = (script_of(step.words) for step in job.reading.steps)
    missing = next((path for path in called if path and not scripts.named(path)), None)
    runner = next((step.name for step in job.reading.steps if step.name in RUNNERS), None)
    if runner and not any(scripts.named(name) for name in files_of(runner)):
        yield Finding(
            "CM305",
            job.places[0],
            _("the {path} of {command} was not scanned: it stays in cron, whatever it runs").format(
                path=files_of(runner)[-1], command=runner
            ),
            _("scan the folder that holds it as well, or wrap it in a management command if it should move"),
        )
    elif missing:
        yield Finding(
            "CM305",
            job.places[0],
            _("{script} was not scanned: it stays in cron, whatever it runs").format(
                script=posixpath.basename(missing)
            ),
            _("scan the folder that holds it as well, or wrap it in a management command if it should move"),
        )
    else:
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
