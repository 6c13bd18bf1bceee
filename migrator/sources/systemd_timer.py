"""systemd timers: when a ``.timer`` fires, and what its ``.service`` runs.

Authority: systemd.timer(5), systemd.service(5), systemd.exec(5).
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.calendar import Event, calendar_event, seconds_of
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import AtStart, Interval, Schedule, Undecided
from migrator.schedule.meaning import meaning
from migrator.sources.job import Declared, Found, LineKind
from migrator.sources.lines import accounted
from migrator.sources.source import Source, SourceFile, Surroundings
from migrator.sources.systemd_service import COMMANDS, Service, read_service
from migrator.sources.units import Assignment, Unit, assignments, line_kinds

NAME = "systemd timer"
UNIT_FILE = re.compile(r"\.(?:timer|service)(?:\.d/[^/]+\.conf)?$")
# What makes a line of a unit file a job's: the time, or the command.
JOB_KEYS = ("OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec", "OnClockChange", "OnTimezoneChange")
AT_START = ("OnActiveSec", "OnBootSec", "OnStartupSec")
LEAP_YEAR = dt.date(2024, 1, 1)
SLACK = 60  # seconds; AccuracySec= is a minute unless it says more, and cron is no better


@dataclass(frozen=True, slots=True)
class Firing:
    """One job of a timer: the line that says when, and its schedule."""

    line: Assignment
    event: Event


def may_be(path: str) -> bool:
    """Told by the ending: timers, the services that they start, and the drop-ins of both."""
    return UNIT_FILE.search(path) is not None


def recognises(file: SourceFile) -> bool:
    """A unit file: it has a section."""
    return may_be(file.path) and re.search(r"^\s*\[\w+\]\s*$", file.text, re.MULTILINE) is not None


def read(file: SourceFile, around: Surroundings) -> Found:
    """A job for each line of a timer that says when; a service or a drop-in is read with its timer."""
    lines = tuple(accounted(file.path, file.text, _kinds(file)))
    if not file.path.endswith(".timer"):
        return Found(lines=lines)
    name = posixpath.basename(file.path)
    timer = _unit(name, around, first=file)
    service_name = timer.last("Timer", "Unit") or name.removesuffix(".timer") + ".service"
    service = read_service(_unit(timer.filled(service_name), around, near=file.path), around.scripts)
    firings = tuple(_firings(timer))
    jobs = tuple(_declare(firing, timer, service, firings[:before]) for before, firing in enumerate(firings))
    return Found(jobs, lines, () if jobs else (_no_time(Place(file.path, 1, NAME)),))


SOURCE = Source(NAME, recognises, read, may_be)


def _declare(firing: Firing, timer: Unit, service: Service, before: Sequence[Firing]) -> Declared:
    place = Place(firing.line.path, firing.line.line, NAME)
    own = [Finding(r.code, place, r.message, r.hint, r.detail) for r in service.reading.remarks]
    return Declared(
        place=place,
        raw=service.raw,
        schedule=firing.event.schedule,
        reading=service.reading,
        user=service.user,
        label=timer.last("Unit", "Description"),
        timezone=firing.event.timezone,
        also=tuple(Place(one.path, one.line, NAME) for one in service.commands if one.key == "ExecStart"),
        findings=(
            *own,
            *_timing(timer, place),
            *_together(firing, before, place),
            *service.findings(timer, place),
        ),
    )


def _together(firing: Firing, before: Sequence[Firing], place: Place) -> Iterator[Finding]:
    """Lines that fall on one minute: systemd waits for the first instant of all (timer.c) and starts once."""
    for other in before:
        minute = _shared_minute(firing.event, other.event)
        if minute is not None:
            yield Finding(
                "CM209",
                place,
                _(
                    "at {time} it is due together with {place}: systemd starts it once, Celery would twice"
                ).format(time=f"{minute:%H:%M}", place=f"{other.line.path}:{other.line.line}"),
                _("write lines that have no minute in common, or one line for both"),
            )
            return


def _shared_minute(one: Event, other: Event) -> dt.datetime | None:
    """The first minute of a leap year that both have on the same clock."""
    if not isinstance(one.schedule, CronExpression) or not isinstance(other.schedule, CronExpression):
        return None
    shared = meaning(one.schedule) & meaning(other.schedule)
    return shared.first_from(LEAP_YEAR) if one.timezone == other.timezone else None


def _firings(timer: Unit) -> Iterator[Firing]:
    """A calendar line each; one for the spans, which systemd adds up to one rhythm."""
    for line in timer.all("Timer", "OnCalendar"):
        yield Firing(line, calendar_event(line.value))
    again = timer.all("Timer", "OnUnitActiveSec")
    others = timer.all("Timer", "OnUnitInactiveSec", "OnClockChange", "OnTimezoneChange")
    for line in again:
        yield Firing(line, Event(_interval(line)))
    for line in others:
        yield Firing(line, Event(_relative(line)))
    if not again and not others:
        for line in timer.all("Timer", *AT_START):
            yield Firing(line, Event(AtStart(_text(line))))


def _interval(line: Assignment) -> Schedule:
    seconds = seconds_of(line.value)
    if seconds is None or seconds < 1 or seconds % 1:
        return Undecided(_text(line), _("it is no span of whole seconds"), _("choose a schedule for it"))
    return Interval(_text(line), int(seconds))


def _relative(line: Assignment) -> Undecided:
    reasons = {
        "OnUnitInactiveSec": _("it counts from the end of the last run, which no schedule knows"),
        "OnClockChange": _("it fires when somebody sets the clock"),
        "OnTimezoneChange": _("it fires when somebody changes the time zone"),
    }
    return Undecided(
        _text(line), reasons[line.key], _("choose a time by the clock for it, or keep the timer")
    )


def _text(line: Assignment) -> str:
    return f"{line.key}={line.value}"


def _timing(timer: Unit, place: Place) -> Iterator[Finding]:
    """What a timer says about its own times, and beat has no word for."""
    if timer.true("Timer", "Persistent") and timer.all("Timer", "OnCalendar"):
        yield Finding(
            "CM122",
            place,
            _("a missed run is made up for: Persistent=true starts the job when the machine is up again"),
            _("beat makes up for one run at most; let the job find out by itself what is left to do"),
        )
    for key in ("RandomizedDelaySec", "RandomizedOffsetSec", "AccuracySec"):
        span = timer.last("Timer", key)
        seconds = seconds_of(span) if span else None
        if span and (seconds is None or seconds > SLACK * (key == "AccuracySec")):
            yield Finding(
                "CM123",
                place,
                _("the job starts up to {span} after its time ({key})").format(span=span, key=key),
                _("under Celery it starts at once; give it a time of its own if it must not meet others"),
            )


def _no_time(place: Place) -> Finding:
    return Finding(
        "CM101",
        place,
        _("this timer never fires: it says no time that systemd can read"),
        _("give it an OnCalendar= line, and ask whether the job is wanted at all"),
    )


def _unit(name: str, around: Surroundings, *, first: SourceFile | None = None, near: str = "") -> Unit:
    """A unit with its drop-ins: the file itself, its template, then ``NAME.d/*.conf`` by name."""
    template = re.sub(r"@[^.]+\.", "@.", name)
    named = [file for path, file in around.files.items() if posixpath.basename(path) in (name, template)]
    named.sort(key=lambda file: (_apart(file.path, first.path if first else near), file.path))
    files = [first or named[0]] if first or named else []
    folders = (f"{name}.d", f"{template}.d")
    files += sorted(
        (
            file
            for path, file in around.files.items()
            if path.endswith(".conf") and posixpath.basename(posixpath.dirname(path)) in folders
        ),
        key=lambda file: posixpath.basename(file.path),
    )
    return Unit(name, tuple(one for file in files for one in assignments(file.path, file.text)))


def _apart(path: str, other: str) -> int:
    """How far two files lie apart; the unit beside its timer is the one."""
    return -len(posixpath.commonprefix([posixpath.dirname(path), posixpath.dirname(other)]))


def _kinds(file: SourceFile) -> dict[int, LineKind]:
    """Settings, and those lines of them that make the job."""
    kinds = line_kinds(file.path, file.text)
    for one in assignments(file.path, file.text):
        if one.key in (*JOB_KEYS, *AT_START, *COMMANDS) and one.value:
            kinds |= dict.fromkeys(range(one.line, one.line + one.lines), "job")
    return kinds
