"""The job: what every source gives, and every later room of the program takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from migrator.crontab.reading import Reading
from migrator.findings import Finding, Place
from migrator.project.model import Command
from migrator.schedule.cells import spelled
from migrator.schedule.dialect import DEBIAN
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import AtStart, Interval, Schedule
from migrator.schedule.meaning import meaning
from migrator.schedule.readers import reader_of
from migrator.values import value

if TYPE_CHECKING:
    from migrator.sources.facts import Fact

Status = Literal["exact", "decide", "impossible", "stays"]
Runner = Literal["call_command", "subprocess", "shell", "http"]
LineKind = Literal["comment", "blank", "setting", "job", "disabled", "unreadable", "other"]
# Nobody can know what such a line is for: a template, a line read as it was meant, shell that is opaque.
UNREAD = frozenset({"CM110", "CM111", "CM133", "CM307", "CM332"})
BACK = "CM601"  # a line that is back changes nothing about what it says


@value
class SourceLine:
    """One line of a file that was read, so that every line is accounted for."""

    path: str
    line: int
    kind: LineKind
    text: str
    reason: str | None = None


@value
class ReadFile:
    """A file that was read, and as what; ``format``: of a crontab, with how it is known."""

    path: str
    source: str
    format: str | None = None
    told_by: Literal["path", "content", "choice"] | None = None
    reason: str | None = None


@value
class Move:
    """The time that the team wants once cron is out, and why."""

    before: CronExpression
    after: CronExpression
    reason: str


@value
class Declared:
    """A job as one source declares it: not yet an id, not yet merged with its other places.

    ``raw`` is the command as its source writes it (a list of words quoted for a shell),
    ``shell`` the shell that runs it, ``timezone`` the zone that the source names, if it does.
    """

    place: Place
    raw: str
    schedule: Schedule
    reading: Reading
    generator: Place | None = None  # what would re-create the place
    installer: Place | None = None  # what puts the file, as it is, where cron reads it
    user: str | None = None
    label: str | None = None
    stdin: str | None = None
    mail: str | None = None
    shell: str = "/bin/sh"
    text: str | None = None  # what the shell gets, where that is not ``raw`` itself
    timezone: str | None = None
    in_celery: bool = False  # Celery's own schedule declares it: nothing is left to move
    in_project: bool = False  # a function of the project: it can move once it is a command or a task
    also: tuple[Place, ...] = ()  # other places of the same job
    inherited: Mapping[str, str] = field(default_factory=dict)  # variables that the crontab sets above it
    found_by: Mapping[str, str] = field(default_factory=dict)  # and those by which a shell finds things
    macros: frozenset[str] = frozenset()  # those that are there for lines, which use them as $NAME
    findings: tuple[Finding, ...] = ()
    recorded: str | None = None  # the id that an instrumented line, or one that has left cron, gives it
    foreign: bool = False  # another project records it
    retired: bool = False  # the line has left cron, and stands behind the marker of a cutover
    placeholders: tuple[str, ...] = ()  # what a template fills in, as written
    runner: Runner | None = None  # how Celery is to run it, where the team says so
    idempotent: bool = False  # the team says that a run may be repeated
    counted: bool = False  # the team lets beat count its interval
    move: Move | None = None  # the team wants it at another time under Celery
    ignored: str | None = None  # why the team leaves it in cron
    added: frozenset[str] = frozenset()  # by the team, not by its line: "lock", "timeout", "mail"

    @property
    def expression(self) -> CronExpression | None:
        """The five fields, where the schedule has them."""
        return self.schedule if isinstance(self.schedule, CronExpression) else None


@value
class Found:
    """What one source gave."""

    jobs: tuple[Declared, ...] = ()
    lines: tuple[SourceLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: tuple[Fact, ...] = ()
    files: tuple[ReadFile, ...] = ()


@value
class Job:
    """A job with its identity; ``declared`` is its first place, ``places`` are all of them."""

    id: str
    declared: Declared
    places: tuple[Place, ...]
    timezone: str
    findings: tuple[Finding, ...] = ()
    retired: tuple[Place, ...] = ()  # those of its places that have left cron
    app: str | None = None  # the folder of the project's app that has its command
    source: str | None = None  # the module of that command

    @property
    def live(self) -> tuple[Place, ...]:
        """The places from which cron still runs it."""
        return tuple(place for place in self.places if place not in self.retired)

    @property
    def schedule(self) -> Schedule:
        return self.declared.schedule

    @property
    def expression(self) -> CronExpression | None:
        return self.declared.expression

    @property
    def interval(self) -> Interval | None:
        """What beat counts, where the team lets it."""
        return self.schedule if self.declared.counted and isinstance(self.schedule, Interval) else None

    @property
    def recorded_schedule(self) -> str:
        """What the decorator of its task says: five fields, or an interval."""
        if self.interval:
            return spelled(self.interval)
        assert self.expression is not None
        return " ".join(self.expression.text.split())

    @property
    def recorded_dialect(self) -> str:
        """The name of what reads it, and the schedule before a declared move."""
        schedule = self.declared.move.before if self.declared.move else self.schedule
        return reader_of(schedule).name if isinstance(schedule, CronExpression) else DEBIAN.name

    @property
    def reading(self) -> Reading:
        return self.declared.reading

    @property
    def generator(self) -> Place | None:
        return self.declared.generator or self.declared.installer

    @property
    def command(self) -> str:
        """The management command that the job is for, or the program of its first step."""
        steps = self.reading.steps
        return steps[0].name if steps else ""

    @property
    def status(self) -> Status:
        """Whether the job can move as it is; the reasons are in its findings."""
        kinds = {step.kind for step in self.reading.steps}
        chosen = self.declared.runner is not None
        unread = any(finding.code in UNREAD for finding in self.findings)
        declared = self.declared
        if declared.ignored or declared.in_celery or isinstance(self.schedule, AtStart) or not kinds:
            return "stays"
        if "management" not in kinds and not (unread or chosen or self.declared.in_project):
            return "stays"
        if self.expression is None and not self.declared.counted:
            return "decide"
        if self.expression is not None and not meaning(self.expression):
            return "impossible"
        blocked = any(finding.blocks and finding.code != BACK for finding in self.findings)
        readable = kinds == {"management"} or chosen
        return "exact" if readable and not blocked else "decide"


@value
class Inventory:
    """All that a scan found."""

    jobs: tuple[Job, ...] = ()
    lines: tuple[SourceLine, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    commands: tuple[Command, ...] = ()  # of the project, scheduled or not
    files: tuple[ReadFile, ...] = ()

    def job(self, identity: str) -> Job | None:
        """The job of that id."""
        return next((job for job in self.jobs if job.id == identity), None)
