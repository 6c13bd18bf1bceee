"""Puts the recorder in front of cron lines, and takes it away again: pure edits of text.

A wrapped line is ``SCHEDULE [USER] PYTHON -I -S .../cronwrap.py [--spool DIR] JOB -- SHELL -c
'COMMAND'``, outermost, around the shell that cron would have called. What follows a bare
``%`` stays outside, because cron cuts it off before any shell sees it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrator.crontab.syntax import LONGEST_COMMAND, Crontab, JobLine, Setting, bare_percent, encode

SYNC_MARK = "# migrator sync"
DEFAULT_SHELL = "/bin/sh"


@dataclass(frozen=True, slots=True)
class Recorder:
    """How a wrapped line calls cronwrap, and what the added line calls; all paths absolute."""

    python: str
    cronwrap: str
    sync: str
    spool: str | None = None

    def before(self, job: str, shell: str) -> str:
        """The text before the quoted command."""
        words = [self.python, "-I", "-S", self.cronwrap]
        words += ["--spool", self.spool] if self.spool else []
        return _escaped(shlex.join([*words, job, "--", shell, "-c"])) + " '"


def _escaped(text: str) -> str:
    """Text that cron hands to the shell as it is: a bare % would end the command."""
    return text.replace("%", r"\%")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``old`` at ``position`` of a text by ``new``; ``old`` may be empty."""

    position: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One line to be wrapped: its number from 1, its job, its length in bytes afterwards."""

    line: int
    job: str
    edits: tuple[Edit, ...]
    length: int

    @property
    def too_long(self) -> bool:
        return self.length > LONGEST_COMMAND


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text after all edits; positions are those of the text before, ties keep their order."""
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda one: one.position):
        assert text.startswith(edit.old, edit.position)
        pieces += [text[position : edit.position], edit.new]
        position = edit.position + len(edit.old)
    return "".join([*pieces, text[position:]])


def wrap(crontab: Crontab, jobs: Mapping[int, str], recorder: Recorder) -> Iterator[Wrapped]:
    """The edits that wrap the lines in ``jobs`` (line number to job id)."""
    shells = _shells(crontab)
    start = 0
    for number, line in crontab.numbered():
        if isinstance(line, JobLine) and number in jobs and not wrapped_job(line.raw):
            edits = tuple(_wrap_line(line, start, recorder.before(jobs[number], shells[number])))
            length = len(encode(apply_edits(line.raw, [_from(edit, start + line.offset) for edit in edits])))
            yield Wrapped(number, jobs[number], edits, length)
        start += len(line.text) + 1


def _from(edit: Edit, offset: int) -> Edit:
    return Edit(edit.position - offset, edit.old, edit.new)


def _wrap_line(line: JobLine, start: int, before: str) -> Iterator[Edit]:
    first = start + line.offset
    end = bare_percent(line.raw)
    yield Edit(first, "", before)
    for match in re.finditer("'", line.raw[:end]):
        yield Edit(first + match.start(), "'", r"'\''")
    yield Edit(first + end, "", "'")


def _shells(crontab: Crontab) -> dict[int, str]:
    """The SHELL in force at each line."""
    shell, shells = DEFAULT_SHELL, {}
    for number, line in crontab.numbered():
        if isinstance(line, Setting) and line.name == "SHELL":
            shell = line.value
        shells[number] = shell
    return shells


_PREFIX = re.compile(
    r"(?P<python>\S+) -I -S (?P<cronwrap>'[^']*cronwrap\.py'|\S*cronwrap\.py)"
    r"(?: --spool (?:'[^']*'|\S+))? (?P<job>[\w.-]+) -- (?P<shell>\S+) -c '"
)


def wrapped_job(raw: str) -> str | None:
    """The job id of a wrapped command as written in a crontab."""
    match = _PREFIX.match(raw) if "cronwrap.py" in raw else None
    return match["job"] if match else None


def unwrap(text: str) -> str:
    """The text with all our edits undone, everything else byte for byte as it is."""
    if "cronwrap.py" not in text and SYNC_MARK not in text:
        return text
    lines = []
    for line in text.split("\n"):
        if line.rstrip().endswith(SYNC_MARK):
            continue
        match = _PREFIX.search(line)
        lines.append(_unwrap_line(line, match) if match else line)
    return "\n".join(lines)


def _unwrap_line(line: str, match: re.Match[str]) -> str:
    rest = line[match.end() :]
    end = bare_percent(rest)
    command = rest[:end]
    if not command.endswith("'"):
        return line
    return line[: match.start()] + command[:-1].replace(r"'\''", "'") + rest[end:]


def sync_edit(text: str, command: str, user: str | None = None) -> tuple[Edit, ...]:
    """Adds the line that ships records and fetches owners every minute, unless it is there.

    It goes in front of the last newline, which in a generating script may be ``echo``'s.
    ``user``: who syncs, in a crontab with a user column.
    """
    synced = [line for line in text.split("\n") if line.rstrip().endswith(SYNC_MARK)]
    present = [
        line.split() for line in synced if not line.startswith("#")
    ]  # that one left cron with its jobs
    if any(user is None or words[5:6] == [user] for words in present):
        return ()
    line = " ".join(["* * * * *", *([user] if user else []), _escaped(command), SYNC_MARK])
    return (Edit(len(text) - 1, "", f"\n{line}"),)
