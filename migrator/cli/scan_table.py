"""An inventory for eyes: a table of the jobs that fits 100 columns, the findings, and the count."""

from __future__ import annotations

import datetime as dt
import posixpath
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import get_args

from rich.console import Console
from rich.text import Text

from migrator.cli.long_table import Cell, Column, print_rows
from migrator.equivalence.words import in_words
from migrator.findings import Finding, Place, Severity
from migrator.i18n import _, ngettext
from migrator.redaction import redact
from migrator.report.words import moment
from migrator.schedule.occurrences import following
from migrator.sources.job import Inventory, Job, Status
from migrator.zones import zone_of

STATUS_STYLES = {"exact": "green", "decide": "yellow", "impossible": "red", "stays": "dim"}
SEVERITY_STYLES = {Severity.BLOCKS: "yellow", Severity.WARNS: "", Severity.NOTES: "dim"}
SEVERITIES = list(Severity)
MOST_NAMES = 12  # of commands that nothing schedules
MOST_ALIKE = 20  # findings with one code and one remedy
# characters; with the gaps and the status no more than 100
JOB_WIDTH, SCHEDULE_WIDTH, WHEN_WIDTH = 38, 26, 20


def print_inventory(screen: Console, found: Inventory, *, disabled: bool = False) -> None:
    """The jobs, what there is to say about them, and their number; ``disabled``: those lines in full."""
    common = _common(found.jobs)
    if common:
        screen.print(Text(_("in {folder}").format(folder=common), "bold"))
    if found.jobs:
        zones = {job.timezone for job in found.jobs}
        print_rows(screen, _columns(), [_row(job, common, zoned=len(zones) > 1) for job in found.jobs])
    for file in found.files:
        if file.told_by == "content" and file.format == "system":
            screen.print(Text(f"{file.path}: {file.reason}", "dim"), soft_wrap=True)
    print_findings(screen, found.findings)
    if unscheduled := [one.name for one in found.commands if not one.scheduled]:
        screen.print(_unscheduled(unscheduled), highlight=False)
    print_disabled(screen, found, in_full=disabled)
    screen.print(_count(found), highlight=False)


def print_disabled(screen: Console, found: Inventory, *, in_full: bool) -> None:
    """Jobs that somebody has switched off, by a # or in their file: where they are, or what they say."""
    lines = [line for line in found.lines if line.kind == "disabled"]
    if not lines:
        return
    text = ngettext("{count} disabled line", "{count} disabled lines", len(lines)).format(count=len(lines))
    if in_full:
        screen.print(f"{text}:", style="dim", highlight=False)
        for line in lines:
            reason = f"  ({line.reason})" if line.reason else ""
            shown = f"    {line.path}:{line.line}  {redact(line.text.strip())}{reason}"
            screen.print(Text(shown, "dim"), soft_wrap=True)
        return
    places: dict[str, list[str]] = {}
    for line in lines:
        places.setdefault(line.path, []).append(str(line.line))
    spelled = [f"{path}:{','.join(numbers[:MOST_NAMES])}" for path, numbers in places.items()]
    hidden = sum(len(numbers[MOST_NAMES:]) for numbers in places.values())
    hidden += sum(len(numbers[:MOST_NAMES]) for numbers in list(places.values())[MOST_NAMES:])
    more = _(" and {count} more").format(count=hidden) if hidden else ""
    hint = _("--disabled shows them")
    screen.print(Text(f"{text}: {' '.join(spelled[:MOST_NAMES])}{more} ({hint})", "dim"), soft_wrap=True)


def print_findings(screen: Console, findings: Iterable[Finding]) -> None:
    """The findings, what blocks first; findings with one remedy stand together above it.

    Of very many, as a log has that was taken for a crontab, the first and the last are enough.
    """
    for _key, group in groupby(_by_remedy(findings), lambda one: (one.code, one.hint)):
        *others, last = group
        lines = [str(finding.without_hint()) for finding in others[:MOST_ALIKE]]
        if more := len(others) - len(lines):
            told = _("... {code} {count} more times: --format json has all of them")
            lines.append(told.format(code=last.code, count=more))
        for line in (*lines, str(last)):
            style = SEVERITY_STYLES[last.severity]
            screen.print(redact(line), style=style, soft_wrap=True)


def next_runs(job: Job, count: int) -> list[str]:
    """When cron runs it next, by the clock of its zone; nothing where its schedule is no expression."""
    if job.expression is None:
        return []
    slots = following(job.expression, zone_of(job.timezone), dt.datetime.now(dt.UTC), count)
    return [moment(slot.wall) for slot in slots]


def lock_in_words(job: Job) -> str:
    """What happens when the lock is held: nothing where there is none."""
    lock = job.reading.lock
    if lock is None:
        return ""
    manner = {True: _("waits"), False: _("skips"), None: _("unread")}[lock.blocking]
    return manner if lock.key == job.id else f"{manner}, {redact(lock.key)}"


def _by_remedy(findings: Iterable[Finding]) -> list[Finding]:
    """In order of severity, then of place; each group of one remedy where its first finding stands."""
    ordered = sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), _place_of(one)))
    first: dict[tuple[str, str | None], int] = {}
    for index, finding in enumerate(ordered):
        first.setdefault((finding.code, finding.hint), index)
    return sorted(ordered, key=lambda one: first[one.code, one.hint])


def _place_of(finding: Finding) -> Place:
    return finding.place or Place("", 0)


def _common(jobs: Sequence[Job]) -> str:
    """The file that holds all places, else the folder; empty where there is none."""
    paths = {place.path for job in jobs for place in job.places}
    if len(paths) == 1:
        return next(iter(paths))
    folders = [posixpath.dirname(path) for path in paths]
    return posixpath.commonpath(folders) if len({folder.startswith("/") for folder in folders}) == 1 else ""


def _columns() -> list[Column]:
    return [
        Column(_("job, command"), JOB_WIDTH),
        Column(_("schedule"), SCHEDULE_WIDTH),
        Column(_("next run, place"), WHEN_WIDTH),
        Column(_("status")),
    ]


def _row(job: Job, common: str, *, zoned: bool) -> list[Cell]:
    """``zoned``: the jobs go by several clocks, so that each has the zone of its own beside its time."""
    runs = next_runs(job, 1)
    zone: Cell = [(job.timezone, "dim")] if zoned and runs else []
    return [
        [(job.id, ""), *((line, "dim") for line in (_command(job), _lock_line(job)) if line)],
        [(in_words(job.schedule), ""), (redact(job.schedule.text), "dim")],
        [*((run, "") for run in runs), *zone, *((_short(place, common), "") for place in job.places)],
        [(job.status, STATUS_STYLES[job.status]), *_retired(job)],
    ]


def _retired(job: Job) -> Cell:
    """Whether cron has let go of it, everywhere or in some places."""
    return [(_("in part retired") if job.live else _("retired"), "dim")] if job.retired else []


def _short(place: Place, common: str) -> str:
    if place.path == common:
        return _("line {number}").format(number=place.line)
    return f"{posixpath.relpath(place.path, common) if common else place.path}:{place.line}"


def _command(job: Job) -> str:
    steps = job.reading.steps
    names = [step.name for step in steps]
    return ("manage.py " if {step.kind for step in steps} == {"management"} else "") + redact(
        " + ".join(names)
    )


def _lock_line(job: Job) -> str:
    words = lock_in_words(job)
    return _("lock: {words}").format(words=words) if words else ""


def _unscheduled(names: Sequence[str]) -> str:
    """The project's commands that no job runs, in one line."""
    shown, more = sorted(names)[:MOST_NAMES], len(names) - MOST_NAMES
    rest = _(" and {count} more").format(count=more) if more > 0 else ""
    return (
        ngettext(
            "{count} command is scheduled by nothing: {names}",
            "{count} commands are scheduled by nothing: {names}",
            len(names),
        ).format(count=len(names), names=", ".join(shown))
        + rest
    )


def _count(found: Inventory) -> str:
    jobs, lines = len(found.jobs), len(found.lines)
    by_status = Counter(job.status for job in found.jobs)
    parts = [f"{by_status[status]} {status}" for status in get_args(Status) if by_status[status]]
    return (
        ngettext("{count} job", "{count} jobs", jobs).format(count=jobs)
        + (f" ({', '.join(parts)})" if parts else "")
        + ", "
        + ngettext("{count} line read", "{count} lines read", lines).format(count=lines)
    )
