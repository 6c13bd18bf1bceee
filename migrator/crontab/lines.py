"""The lines of a crontab as values; ``str(crontab)`` is the file, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from migrator.errors import MigratorError
from migrator.schedule.dialect import DEBIAN, Dialect
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Schedule
from migrator.values import value

Format = Literal["user", "system"]


@value
class Blank:
    """A line of blanks."""

    text: str


@value
class Comment:
    """A line whose first character that is no blank is ``#``."""

    text: str


@value
class Setting:
    """``NAME = value``: holds for the lines below it; the value is never expanded.

    ``effective``: the daemon knows it; busybox passes over most names.
    """

    text: str
    name: str
    value: str
    effective: bool = True


@value
class JobLine:
    """A line that cron runs.

    ``raw`` is the command as written, ``%`` and backslashes included, and starts at
    ``offset`` in ``text``. ``command`` is what the shell gets, ``stdin`` what follows
    the first bare ``%``.
    """

    text: str
    schedule: Schedule
    user: str | None
    raw: str
    offset: int
    command: str
    stdin: str | None

    @property
    def expression(self) -> CronExpression | None:
        return self.schedule if isinstance(self.schedule, CronExpression) else None


@value
class Disabled:
    """A job that somebody commented out."""

    text: str
    job: JobLine


@value
class Unreadable:
    """A line that cron refuses, and why."""

    text: str
    problem: MigratorError


@value
class Continuation:
    """A line that belongs to the one above, which ends with a backslash; Debian's cron has none."""

    text: str


Line = Blank | Comment | Setting | JobLine | Disabled | Unreadable | Continuation


@value
class Crontab:
    """The lines of a file; ``str`` gives the file back."""

    lines: tuple[Line, ...]
    format: Format
    final_newline: bool = True
    dialect: Dialect = DEBIAN

    def __str__(self) -> str:
        return "\n".join(line.text for line in self.lines) + ("\n" if self.final_newline else "")

    def numbered(self) -> Iterator[tuple[int, Line]]:
        """Line numbers from 1, as editors show them."""
        return enumerate(self.lines, 1)


def decode(data: bytes) -> str:
    """The text of a file, any bytes at all."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that ``decode`` read."""
    return text.encode("utf-8", "surrogateescape")
