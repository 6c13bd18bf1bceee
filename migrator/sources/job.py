"""The job: what every source gives, and every later room of the program takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from migrator.crontab.reading import Reading
from migrator.findings import Finding, Place
from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import meaning

Status = Literal["exact", "decide", "impossible", "stays"]
LineKind = Literal["comment", "blank", "setting", "job", "disabled", "unreadable", "other"]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of a file that was read, so that every line is accounted for."""

    path: str
    line: int
    kind: LineKind
    text: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """A job as one source declares it: not yet an id, not yet merged with its other places.

    ``raw`` is the command as written in a crontab, ``shell`` the shell that runs it.
    """

    place: Place
    generator: Place | None
    raw: str
    expression: CronExpression | None  # None: @reboot
    user: str | None
    label: str | None
    stdin: str | None
    mail: str | None
    shell: str
    reading: Reading
    findings: tuple[Finding, ...] = ()
    recorded: str | None = None  # the id that an instrumented line gives it


@dataclass(frozen=True, slots=True)
class Found:
    """What one source gave."""

    jobs: tuple[Declared, ...] = ()
    lines: tuple[SourceLine, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A job with its identity; ``declared`` is its first place, ``places`` are all of them."""

    id: str
    declared: Declared
    places: tuple[Place, ...]
    timezone: str
    findings: tuple[Finding, ...] = ()

    @property
    def expression(self) -> CronExpression | None:
        return self.declared.expression

    @property
    def reading(self) -> Reading:
        return self.declared.reading

    @property
    def generator(self) -> Place | None:
        return self.declared.generator

    @property
    def command(self) -> str:
        """The management command that the job is for, or the program of its first step."""
        steps = self.reading.steps
        return steps[0].name if steps else ""

    @property
    def status(self) -> Status:
        """Whether the job can move as it is; the reasons are in its findings."""
        kinds = {step.kind for step in self.reading.steps}
        unread = any(finding.code == "CM307" for finding in self.findings)
        if self.expression is None or not kinds or ("management" not in kinds and not unread):
            return "stays"
        if not meaning(self.expression):
            return "impossible"
        blocked = any(finding.blocks for finding in self.findings)
        return "decide" if blocked or kinds != {"management"} else "exact"


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that a scan found."""

    jobs: tuple[Job, ...] = ()
    lines: tuple[SourceLine, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def job(self, identity: str) -> Job | None:
        """The job of that id."""
        return next((job for job in self.jobs if job.id == identity), None)
