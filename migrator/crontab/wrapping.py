"""Puts the recorder in front of cron lines, and takes it away again: pure edits of text.

A wrapped line is ``SCHEDULE [USER] PYTHON -I -S .../cronwrap.py [--spool DIR] JOB -- SHELL -c
'COMMAND'``, outermost, around the shell that cron would have called. What follows a bare
``%`` stays outside, because cron cuts it off before any shell sees it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrator.crontab.marks import (
    RECORDED,
    Whose,
    of_anybody,
    of_spool,
    sync_mark,
    syncs,
    wrapped_job,
)
from migrator.crontab.syntax import (
    LONGEST_COMMAND,
    Crontab,
    JobLine,
    Setting,
    bare_percent,
    encode,
    escaped,
)

DEFAULT_SHELL = "/bin/sh"


@dataclass(frozen=True, slots=True)
class Recorder:
    """How a wrapped line calls cronwrap, and what the added line calls; all paths absolute."""

    python: str
    cronwrap: str
    sync: str
    spool: str | None = None
    sync_is_given: bool = False  # the project names the command that syncs: it is not the default

    @property
    def is_ours(self) -> Whose:
        """Tells the lines of other projects."""
        return of_spool(self.spool)

    @property
    def syncing(self) -> str:
        """The command that syncs, as it stands in a crontab, with its mark."""
        return f"{escaped(self.sync)} {sync_mark(self.spool)}"

    def before(self, job: str, shell: str) -> str:
        """The text before the quoted command."""
        words = [self.python, "-I", "-S", self.cronwrap]
        words += ["--spool", self.spool] if self.spool else []
        return escaped(shlex.join([*words, job, "--", shell, "-c"])) + " '"


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


def unwrap(text: str, is_ours: Whose = of_anybody) -> str:
    """The text with all our edits undone, everything else byte for byte as it is."""
    if "cronwrap.py" not in text and "migrator" not in text:
        return text
    lines = []
    for line in text.split("\n"):
        if syncs(line) and is_ours(line):
            continue
        match = RECORDED.search(line) if "cronwrap.py" in line and is_ours(line) else None
        lines.append(_unwrap_line(line, match) if match else line)
    return "\n".join(lines)


def _unwrap_line(line: str, match: re.Match[str]) -> str:
    rest = line[match.end() :]
    end = bare_percent(rest)
    command = rest[:end]
    if not command.endswith("'"):
        return line
    return line[: match.start()] + command[:-1].replace(r"'\''", "'") + rest[end:]


def sync_edits(text: str, recorder: Recorder, users: Collection[str | None]) -> Iterator[Edit]:
    """Makes the lines that ship records and fetch owners every minute what they are to be, one for each user.

    One that is missing goes in front of the last newline, which in a generating script may be
    ``echo``'s. One of a user without recorded lines goes. Where the project names the command, a line
    with another one gets it, and keeps its schedule. ``users``: who syncs; None: a user crontab's.
    """
    command = recorder.syncing
    missing = dict.fromkeys(users)
    for position, line in _syncing(text, recorder):
        words = _SCHEDULED.match(line)
        user = None if None in users else (words["user"] if words else None)
        if user not in users:
            yield Edit(position - 1, f"\n{line}", "") if position else Edit(0, f"{line}\n", "")
            continue
        missing.pop(user, None)
        start = words.end("user" if user else "schedule") + 1 if words else len(line)
        if recorder.sync_is_given and words and line[start:].split() != command.split():
            yield Edit(position + start, line[start:], command)
    for user in missing:
        yield Edit(len(text) - 1, "", "\n" + " ".join(["* * * * *", *([user] if user else []), command]))


def other_syncs(text: str, recorder: Recorder) -> list[int]:
    """The lines, from 1, that sync by another command than the recorder's."""
    command = recorder.syncing.split()
    return [
        text.count("\n", 0, position) + 1
        for position, line in _syncing(text, recorder)
        if line.split()[-len(command) :] != command
    ]


_SCHEDULED = re.compile(r"(?P<schedule>\s*(?:\S+\s+){4}\S+)\s(?P<user>\S+)")


def _syncing(text: str, recorder: Recorder) -> Iterator[tuple[int, str]]:
    """Our lines that sync and are in force, with their places; others left cron with their jobs."""
    position = 0
    for line in text.split("\n"):
        if syncs(line) and not line.startswith("#") and recorder.is_ours(line):
            yield position, line
        position += len(line) + 1
