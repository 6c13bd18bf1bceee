"""The switch, and the way back, in an order in which no crash leaves a slot without an owner or with two.

Owner first, lines last, and back the other way round: *a line may be out only while the row says
`retired`.* Celery executes under `celery` and under `retired`, and the recorder in front of the line
yields under both, so that no order of the two makes anybody else execute. But whoever gives a job
back to cron must find its line there, and that is refused for a job that is `retired` (rule 1:
the line is out). Lines first would leave a moment in which the row says `celery` and no line is in:
a hand-over to cron then had an owner that never starts. The cron hosts acknowledge the row (rule 2)
while their line that syncs is still in. Until they have, Celery goes by `celery`, which is the same to
it; with the database away (rule 4) their tables say one of the two, and they yield.

Generators come before the crontabs that they write: the other way round, one that runs in between
would bring the line back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from migrator.crontab.marks import Whose, of_spool, recorded_into
from migrator.crontab.syntax import decode, encode
from migrator.cutover.cutting import missing, others_undone, put_back
from migrator.cutover.operation import (
    Conflict,
    Kind,
    Operation,
    Phase,
    Write,
    last_write,
    paths_of,
    sha256,
    writing_into,
)
from migrator.cutover.removal import shown
from migrator.differences import unified
from migrator.errors import MigratorError
from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file's bytes, now and afterwards; ``path`` None: the user's crontab."""

    path: str | None
    before: bytes
    after: bytes

    @property
    def changes(self) -> bool:
        return self.before != self.after


class Kept(Protocol):
    """Whoever has the bytes that were kept."""

    def kept(self, name: str) -> bytes:
        """The bytes that are kept under this name."""


class Hands(Kept, Protocol):
    """What switching takes: a journal that reaches the disk, the files, and the owner's rows."""

    def note(self, operation: Operation) -> None:
        """Put the operation, as it stands, into the journal."""

    def withdraw(self, operation: Operation) -> None:
        """Take an operation that has changed nothing out of the journal."""

    def keep(self, data: bytes) -> str:
        """Keep bytes in a file of their own, and name it."""

    def write(self, change: Replacement) -> None:
        """Replace what still is as it was before, and read it back."""

    def retire(self, operation: Operation) -> None:
        """Rows to `retired`, all or none; those that are so already stay."""

    def release(self, operation: Operation) -> None:
        """Rows back to `celery`, all or none; those that are so already stay."""

    def wait(self, operation: Operation) -> None:
        """Until the cron hosts go by the rows, and no slot is near."""

    def now(self) -> str: ...


def apply(hands: Hands, operation: Operation, changes: Sequence[Replacement]) -> Operation:
    """Take the lines out; an operation that was interrupted goes on where it stopped."""
    fresh = operation.owner is Phase.OPEN
    if operation.owner is not Phase.DONE:
        operation = _noted(hands, replace(operation, owner=Phase.ABOUT))
    try:
        hands.retire(operation)
    except MigratorError:
        if fresh:
            hands.withdraw(operation)  # nothing was changed, so there is nothing to take back
        raise
    operation = _noted(hands, replace(operation, owner=Phase.DONE))
    hands.wait(operation)
    operation = _written(hands, operation, changes)
    return _noted(hands, replace(operation, ended=hands.now()))


def roll_back(hands: Hands, operation: Operation, changes: Sequence[Replacement]) -> Operation:
    """Put the lines back, and then the owner."""
    operation = _noted(hands, operation)
    hands.wait(operation)
    operation = _written(hands, operation, changes)
    operation = _noted(hands, replace(operation, owner=Phase.ABOUT))
    hands.release(operation)
    return _noted(hands, replace(operation, owner=Phase.DONE, ended=hands.now()))


def _written(hands: Hands, operation: Operation, changes: Sequence[Replacement]) -> Operation:
    for change in changes:
        write = Write(
            change.path,
            sha256(change.before),
            sha256(change.after),
            hands.keep(change.before),
            hands.keep(change.after),
        )
        operation = _noted(hands, operation.writing(write))
        hands.write(change)
        operation = _noted(hands, operation.writing(replace(write, phase=Phase.DONE)))
    return operation


def _noted(hands: Hands, operation: Operation) -> Operation:
    hands.note(operation)
    return operation


@dataclass(frozen=True, slots=True)
class Restoring:
    """What puts the lines of some jobs back: file by file, the crontabs before what writes them.

    ``conflicts`` may be accepted; ``lost``, what is no longer there to be put back, never.
    """

    changes: tuple[Replacement, ...]
    conflicts: tuple[Conflict, ...]
    lost: Conflict | None = None


def restoring(
    operations: Sequence[Operation], jobs: Sequence[str], files: dict[str | None, bytes], hands: Hands
) -> Restoring:
    """The way back for these jobs; ``files``: what each file that they left holds now."""
    changes: list[Replacement] = []
    conflicts: list[Conflict] = []
    for path in paths_of(operations, jobs):
        write = last_write(operations, path)
        assert write is not None
        now, is_ours = files[path], _whose(operations, path, hands)
        after = encode(put_back(decode(now), jobs, is_ours))
        changes_it = now != after or write.phase is Phase.DONE
        if changes_it and not _as_left(now, write, hands, is_ours):
            conflicts.append(_edited(path, hands.kept(write.kept_after), now))
        if now != after:
            changes.append(Replacement(path, now, after))
    return Restoring(tuple(changes), tuple(conflicts), _gone(lost_lines(operations, jobs, files, hands)))


def _whose(operations: Sequence[Operation], path: str | None, hands: Kept) -> Whose:
    """Tells our lines in a file that we wrote into by the spool that the project named last.

    Of an earlier version, which did not share a crontab, its recorded lines tell.
    """
    found, write = writing_into(operations, path), last_write(operations, path)
    assert write is not None
    spool = recorded_into(decode(hands.kept(write.kept_after))) if found[-1].unnamed else found[-1].spool
    return of_spool(spool, unnamed=any(one.unnamed for one in found))


def _as_left(now: bytes, write: Write, hands: Kept, is_ours: Whose) -> bool:
    """Whether a file is as our step left or found it; what other projects record in it is theirs."""
    if sha256(now) in (write.after, write.before):
        return True
    left = [hands.kept(name) for name in (write.kept_after, write.kept_before)]
    return others_undone(decode(now), is_ours) in [others_undone(decode(one), is_ours) for one in left]


@dataclass(frozen=True, slots=True)
class LostLine:
    """A line that a cutover took out, and that is in its file neither behind its marker nor in force.

    ``number``: its line, from 1, in the file as the cutover left it, which ``backup`` keeps.
    """

    job: str
    path: str | None
    number: int
    text: str
    backup: str

    @property
    def place(self) -> str:
        return f"{self.path or _('the crontab')}:{self.number}"


def lost_lines(
    operations: Sequence[Operation],
    jobs: Sequence[str],
    files: Mapping[str | None, bytes],
    hands: Kept,
) -> tuple[LostLine, ...]:
    """The lines of these jobs that no way back reaches, because somebody has deleted them."""
    found: dict[tuple[str | None, int, str], LostLine] = {}
    for job in jobs:
        for path, now in files.items():
            write = last_write([one for one in operations if _took(one, job)], path)
            if write and sha256(now) not in (write.after, write.before):
                ours, is_ours = decode(hands.kept(write.kept_after)), _whose(operations, path, hands)
                for number, text in missing(ours, decode(now), job, is_ours):
                    line = LostLine(job, path, number, text, write.kept_after)
                    found.setdefault((path, number, text), line)
    return tuple(found.values())


def _took(operation: Operation, job: str) -> bool:
    return operation.kind is Kind.APPLY and job in operation.jobs


def _gone(lost: Sequence[LostLine]) -> Conflict | None:
    if not lost:
        return None
    names = ", ".join(dict.fromkeys(one.job for one in lost))
    return Conflict(
        _("{jobs}: somebody has deleted a line that the cutover left, so it cannot be put back").format(
            jobs=names
        ),
        text="\n".join(f"{one.place}: {shown(one.text)}" for one in lost),
        hint=_(
            "put it in there again as it is in {files}, with its marker, and run the command again"
        ).format(files=", ".join(dict.fromkeys(f"{one.backup}:{one.number}" for one in lost))),
    )


def _edited(path: str | None, ours: bytes, now: bytes) -> Conflict:
    name = path or _("the crontab")
    before, after = (shown(decode(data)) for data in (ours, now))
    difference = unified(_("as the cutover left it"), _("as it is now"), before, after, context=0)
    return Conflict(
        _("{name} has been edited since the cutover wrote it").format(name=name),
        text=difference.rstrip("\n"),
        hint=_('put that edit aside, or keep it and put only our lines back: --accept "reason"'),
    )
