"""A crontab, line by line and without loss: ``str(crontab)`` is the file, byte for byte.

Files are bytes to cron. They come here decoded as UTF-8 with surrogate escapes, so that
any byte survives the round trip (``encode`` undoes ``decode``).

Authority: crontab(5), and load_env() and load_entry() of Debian's cron 3.0pl1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from migrator.errors import BadExpression, MigratorError, Span
from migrator.i18n import _
from migrator.schedule.expression import REBOOT, CronExpression, parse

Format = Literal["user", "system"]
LONGEST_COMMAND = 998  # bytes; MAX_COMMAND is 1000 with its terminator


@dataclass(frozen=True, slots=True)
class Blank:
    """A line of blanks."""

    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A line whose first character that is no blank is ``#``."""

    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """``NAME = value``: holds for the lines below it; the value is never expanded."""

    text: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class JobLine:
    """A line that cron runs; ``expression`` is None for ``@reboot``.

    ``raw`` is the command as written, ``%`` and backslashes included, and starts at
    ``offset`` in ``text``. ``command`` is what the shell gets, ``stdin`` what follows
    the first bare ``%``.
    """

    text: str
    expression: CronExpression | None
    schedule: str
    user: str | None
    raw: str
    offset: int
    command: str
    stdin: str | None


@dataclass(frozen=True, slots=True)
class Disabled:
    """A job that somebody commented out."""

    text: str
    job: JobLine


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that cron refuses, and why."""

    text: str
    problem: MigratorError


Line = Blank | Comment | Setting | JobLine | Disabled | Unreadable


@dataclass(frozen=True, slots=True)
class Crontab:
    """The lines of a file; ``str`` gives the file back."""

    lines: tuple[Line, ...]
    format: Format
    final_newline: bool = True

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


def read_crontab(text: str, format: Format = "user") -> Crontab:
    """The crontab that a text is; every text is one."""
    if not text:
        return Crontab((), format, final_newline=False)
    final_newline = text.endswith("\n")
    texts = (text[:-1] if final_newline else text).split("\n")
    return Crontab(tuple(read_line(line, format) for line in texts), format, final_newline)


def read_line(text: str, format: Format = "user") -> Line:
    """What cron sees in one line, without its newline."""
    stripped = text.strip(" \t")
    if not stripped:
        return Blank(text)
    if stripped.startswith("#"):
        return _comment(text, stripped, format)
    if setting := _setting(text):
        return setting
    try:
        return _job(text, format)
    except MigratorError as problem:
        return Unreadable(text, problem)


_SETTING = re.compile(
    r"""[ \t]*(?: "(?P<double>[^"=]*)" | '(?P<single>[^'=]*)' | (?P<plain>[^\s=\#"'][^\s=]*)? )
        [ \t]*=[ \t]*(?P<value>.*)""",
    re.VERBOSE | re.DOTALL,
)


def _setting(text: str) -> Setting | Unreadable | None:
    match = _SETTING.fullmatch(text)
    if match is None:
        return None
    name = match["double"] or match["single"] or match["plain"] or ""
    value = match["value"].rstrip(" \t\r")
    if value[:1] in ("'", '"'):
        if len(value) < 2 or value.find(value[0], 1) != len(value) - 1:
            problem = MigratorError(
                _("the quote does not end with the value"),
                text=text,
                hint=_("close it at the end, or write the value without quotes"),
            )
            return Unreadable(text, problem)
        # The daemon cuts the blanks at the end of a quoted value as well, and keeps those in front.
        value = value[1:-1].rstrip(" \t")
    elif not value:
        problem = MigratorError(
            _("{name}= has no value, and Debian's cron before version 13 then ignores the file").format(
                name=name
            ),
            text=text,
            hint=_('write {name}=""').format(name=name),
        )
        return Unreadable(text, problem)
    return Setting(text, name, value)


# A disabled job needs words after the schedule that look like a command, so that prose
# such as "# 5 4 3 2 1 go" is the worst that can be mistaken for one.
_DISABLED = re.compile(r"#+[ \t]*(?=[0-9*@])")


def _comment(text: str, stripped: str, format: Format) -> Comment | Disabled:
    match = _DISABLED.match(stripped)
    if match:
        try:
            job = _job(stripped[match.end() :], format)
        except MigratorError:
            return Comment(text)
        if job.command.strip():
            return Disabled(text, job)
    return Comment(text)


_BYTE_255 = "\udcff"  # EOF to load_entry(), which looks at the first character of the command
_BLANKS = re.compile(r"[ \t]+")


def _job(text: str, format: Format) -> JobLine:
    start = len(text) - len(text.lstrip(" \t"))
    fields = 1 if text[start] == "@" else 5
    position = start
    for _field in range(fields):
        word = re.compile(r"[^ \t]*").match(text, position)
        gap = _BLANKS.match(text, word.end() if word else position)
        position = gap.end() if gap else len(text)
    schedule = text[start:position].rstrip(" \t")
    expression = None if schedule == REBOOT else _expression(schedule, text, start)
    user = None
    if format == "system":
        user, position = _user(text, position)
    raw = text[position:]
    if len(encode(raw)) > LONGEST_COMMAND:
        raise MigratorError(
            _("the command has {count} bytes, cron takes {limit}").format(
                count=len(encode(raw)), limit=LONGEST_COMMAND
            ),
            text=text[:72] + "...",
            hint=_("move it into a script"),
        )
    if raw.startswith(_BYTE_255):
        raise MigratorError(
            _("the command starts with byte 255, which cron takes for the end of the file"),
            text=text,
            hint=_("remove that byte"),
        )
    if format == "user" and raw.startswith("*"):
        raise MigratorError(
            _("a sixth field: cron has no seconds and no years"),
            text=text,
            span=Span(position, position + 1),
            hint=_("remove one field"),
        )
    command, stdin = split_command(raw)
    return JobLine(text, expression, schedule, user, raw, position, command, stdin)


def _expression(schedule: str, text: str, start: int) -> CronExpression:
    try:
        return parse(schedule)
    except BadExpression as bad:
        if bad.text != schedule or bad.span is None:
            raise
        span = Span(start + bad.span.start, start + bad.span.end)
        raise BadExpression(bad.fact, text=text, span=span, hint=bad.hint) from None


def _user(text: str, position: int) -> tuple[str, int]:
    match = re.compile(r"[^ \t]+").match(text, position)
    if match is None:
        raise MigratorError(
            _("the user column is missing"),
            text=text,
            hint=_("a line of a system crontab names a user before the command"),
        )
    gap = _BLANKS.match(text, match.end())
    if gap is None:
        raise MigratorError(
            _("the command after the user column is missing"),
            text=text,
            hint=_("a line of a system crontab names a user before the command"),
        )
    return match.group(), gap.end()


def split_command(raw: str) -> tuple[str, str | None]:
    r"""What the shell gets, and its standard input.

    crontab(5): "Percent-signs (%) in the command, unless escaped with backslash (\), will
    be changed into newline characters, and all data after the first % will be sent to the
    command as standard input." The daemon also turns ``\\`` into ``\`` before that ``%``.
    """
    end = bare_percent(raw)
    command = re.sub(r"\\([%\\])", r"\1", raw[:end])
    if end == len(raw):
        return command, None
    lines = re.sub(r"\\(%)|%", lambda match: match.group(1) or "\n", raw[end + 1 :])
    return command, lines + "\n"


def bare_percent(raw: str) -> int:
    """Where the first ``%`` without a backslash stands; the length of ``raw`` if there is none."""
    match = re.search(r"(?:\\.|[^%])*", raw, re.DOTALL)
    return match.end() if match else 0
