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

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from migrator.crontab.syntax import decode, encode
from migrator.cutover.cutting import put_back
from migrator.cutover.operation import Conflict, Operation, Phase, Write, last_write, paths_of, sha256
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


class Hands(Protocol):
    """What switching takes: a journal that reaches the disk, the files, and the owner's rows."""

    def note(self, operation: Operation) -> None:
        """Put the operation, as it stands, into the journal."""

    def withdraw(self, operation: Operation) -> None:
        """Take an operation that has changed nothing out of the journal."""

    def keep(self, data: bytes) -> str:
        """Keep bytes in a file of their own, and name it."""

    def kept(self, name: str) -> bytes: ...

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
    """What puts the lines of some jobs back: file by file, the crontabs before what writes them."""

    changes: tuple[Replacement, ...]
    conflicts: tuple[Conflict, ...]


def restoring(
    operations: Sequence[Operation], jobs: Sequence[str], files: dict[str | None, bytes], hands: Hands
) -> Restoring:
    """The way back for these jobs; ``files``: what each file that they left holds now."""
    changes: list[Replacement] = []
    conflicts: list[Conflict] = []
    for path in paths_of(operations, jobs):
        write = last_write(operations, path)
        assert write is not None
        now = files[path]
        after = encode(put_back(decode(now), jobs))
        if sha256(now) not in (write.after, write.before) and (now != after or write.phase is Phase.DONE):
            conflicts.append(_edited(path, hands.kept(write.kept_after), now))
        if now != after:
            changes.append(Replacement(path, now, after))
    return Restoring(tuple(changes), tuple(conflicts))


def _edited(path: str | None, ours: bytes, now: bytes) -> Conflict:
    name = path or _("the crontab")
    before, after = (shown(decode(data)) for data in (ours, now))
    difference = unified(_("as the cutover left it"), _("as it is now"), before, after, context=0)
    return Conflict(
        _("{name} has been edited since the cutover wrote it").format(name=name),
        text=difference.rstrip("\n"),
        hint=_('put that edit aside, or keep it and put only our lines back: --accept "reason"'),
    )
