"""A crontab, line by line and without loss: ``str(crontab)`` is the file, byte for byte.

Files are bytes to cron. They come here decoded as UTF-8 with surrogate escapes, so that
any byte survives the round trip (``encode`` undoes ``decode``).

Authority: crontab(5), and load_env() and load_entry() of Debian's cron 3.0pl1. What other daemons
do differently is data of their dialect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from migrator.crontab.job_line import bare_percent, escaped, read_job, split_command, until_nul
from migrator.crontab.lines import (
    Blank,
    Comment,
    Continuation,
    Crontab,
    Disabled,
    Format,
    JobLine,
    Line,
    Setting,
    Unreadable,
    decode,
    encode,
)
from migrator.crontab.settings import read_setting
from migrator.errors import MigratorError
from migrator.i18n import _
from migrator.schedule.dialect import DEBIAN, Dialect

__all__ = [
    "LONGEST_COMMAND",
    "Blank",
    "Comment",
    "Continuation",
    "Crontab",
    "Disabled",
    "Format",
    "JobLine",
    "Line",
    "Setting",
    "Unreadable",
    "bare_percent",
    "decode",
    "encode",
    "escaped",
    "read_crontab",
    "read_line",
    "split_command",
]

LONGEST_COMMAND = DEBIAN.longest_command or 0  # bytes


def read_crontab(text: str, format: Format = "user", dialect: Dialect = DEBIAN) -> Crontab:
    """The crontab that a text is; every text is one."""
    columns: Format = format if dialect.user_column else "user"
    if not text:
        return Crontab((), columns, final_newline=False, dialect=dialect)
    final_newline = text.endswith("\n")
    texts = (text[:-1] if final_newline else text).split("\n")
    lines = list(_continued(texts, columns, dialect) if dialect.continues else _each(texts, columns, dialect))
    if not final_newline and dialect.open_end_loses == "line" and isinstance(lines[-1], JobLine | Setting):
        lines[-1] = Unreadable(texts[-1], _open_end(texts[-1]))
    return Crontab(tuple(lines), columns, final_newline, dialect)


def _each(texts: list[str], format: Format, dialect: Dialect) -> Iterator[Line]:
    return (read_line(text, format, dialect) for text in texts)


def _continued(texts: list[str], format: Format, dialect: Dialect) -> Iterator[Line]:
    """Lines that end with a backslash go on in the next one, comments as well."""
    waiting = iter(texts)
    for text in waiting:
        parts = [text]
        while parts[-1].endswith("\\") and (more := next(waiting, None)) is not None:
            parts.append(more)
        whole = "".join([part[:-1] for part in parts[:-1]] + parts[-1:])
        yield _with_text(read_line(whole.removesuffix("\\"), format, dialect), text)
        yield from map(Continuation, parts[1:])


def _with_text(line: Line, text: str) -> Line:
    """The line as it was read from several, with the text of the first."""
    return line if line.text == text else replace(line, text=text)


def _open_end(text: str) -> MigratorError:
    return MigratorError(
        _("the last line has no newline, and is passed over"), text=text, hint=_("end the line")
    )


def read_line(text: str, format: Format = "user", dialect: Dialect = DEBIAN) -> Line:
    """What cron sees in one line, without its newline."""
    seen = text if dialect.carriage_return_kept else text.removesuffix("\r")
    if dialect.nul == "cuts the line":
        seen = seen.partition("\0")[0]
    if dialect.comments_anywhere:
        seen = seen.partition("#")[0]
    stripped = seen.strip(" \t")
    if not stripped:
        return _comment(text, format, dialect) if "#" in text else Blank(text)
    if stripped.startswith("#"):
        return _comment(text, format, dialect)
    try:
        setting = read_setting(seen.partition("\0")[0] if dialect.nul == "ends the line" else seen, dialect)
        if setting:
            until_nul(seen, dialect)
        return _with_text(setting or read_job(seen, format, dialect), text)
    except MigratorError as problem:
        return Unreadable(text, problem)


# A disabled job needs words after the schedule that look like a command, so that prose
# such as "# 5 4 3 2 1 go" is the worst that can be mistaken for one.
_DISABLED = re.compile(r"[ \t]*#+[ \t]*(?=[0-9*@])")


def _comment(text: str, format: Format, dialect: Dialect) -> Comment | Disabled:
    match = _DISABLED.match(text)
    if match:
        try:
            job = read_job(text[match.end() :], format, dialect)
        except MigratorError:
            return Comment(text)
        if job.command.strip():
            return Disabled(text, job)
    return Comment(text)
