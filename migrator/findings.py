"""Findings: something worth telling, with its place and its remedy.

To add one: a row in ``CATALOGUE``, a page ``docs/findings/CODE.md``, a test that shows it.
Codes: CM1xx crontab, CM2xx schedule, CM3xx command and environment, CM4xx project,
CM5xx ledger, CM6xx cutover. A code is never reused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Blocks: the job cannot be moved yet. Warns: look at it. Notes: good to know."""

    BLOCKS = "blocks"
    WARNS = "warns"
    NOTES = "notes"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is declared."""

    path: str
    line: int
    source: str = "crontab"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


CATALOGUE = {
    "CM101": Severity.BLOCKS,  # a line that cron refuses
    "CM102": Severity.BLOCKS,  # a file that cron ignores whole, because of one line
    "CM103": Severity.WARNS,  # a setting that looks like it is expanded, and is not
    "CM104": Severity.WARNS,  # text after a complete field, which cron ignores
    "CM105": Severity.BLOCKS,  # a generated crontab that depends on the run
    "CM201": Severity.BLOCKS,  # a schedule that never fires
    "CM202": Severity.WARNS,  # both day fields restricted: cron means OR
    "CM203": Severity.WARNS,  # minutes of the schedule lie in a jump of the clock
    "CM204": Severity.NOTES,  # @reboot is no schedule
    "CM301": Severity.WARNS,  # a bare %, which cron turns into a newline
    "CM302": Severity.BLOCKS,  # 2&1 or &>, which is no redirect to this shell
    "CM303": Severity.BLOCKS,  # a lock script that could not be read
    "CM304": Severity.BLOCKS,  # a guard that decides at run time
    "CM305": Severity.NOTES,  # not a Django command: stays in cron
    "CM306": Severity.WARNS,  # the exit status is lost
    "CM307": Severity.BLOCKS,  # a command that could not be read
    "CM309": Severity.WARNS,  # the user changes
    "CM310": Severity.WARNS,  # a secret in the command
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Code, severity, place, fact in one line, and what to do about it."""

    code: str
    place: Place | None
    message: str
    hint: str | None = None
    detail: str | None = None  # the text with its caret, where there is one

    @property
    def severity(self) -> Severity:
        return CATALOGUE[self.code]

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKS

    def __str__(self) -> str:
        head = f"{self.place}: {self.code} {self.message}" if self.place else f"{self.code} {self.message}"
        lines = [head]
        if self.detail:
            lines += ["    " + line for line in self.detail.splitlines()]
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        return "\n".join(lines)
