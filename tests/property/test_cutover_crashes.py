"""The switch dies at any step, goes on or is taken back, and is never half; an editor loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.crontab.marks import retired_mark
from migrator.crontab.syntax import decode, encode
from migrator.cutover.cutting import cut, files_of
from migrator.cutover.editing import Target
from migrator.cutover.operation import (
    Kind,
    Operation,
    document,
    operations_in,
    paths_of,
    retired,
    sha256,
    unfinished,
)
from migrator.cutover.switching import Replacement, apply, restoring, roll_back
from migrator.errors import Cannot
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile
from tests.cutover_story import NOW

A, B = "0 5 * * * ./manage.py a\n", "0 6 * * * ./manage.py b\n"
FILES = {None: encode(f"MAILTO=x\n{A}{B}"), "install.sh": encode(f"#!/bin/sh\necho '{A}{B}' | crontab -\n")}
JOBS = ("a", "b")


class Killed(BaseException):
    """SIGKILL, which nobody handles."""


@dataclass
class World:
    """Files, rows and a journal; ``left``: how many system calls the process may still make."""

    files: dict[str | None, bytes] = field(default_factory=lambda: dict(FILES))
    owners: dict[str, str] = field(default_factory=lambda: dict.fromkeys(JOBS, "celery"))
    journal: str = ""
    backups: dict[str, bytes] = field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    left: int = 10**6

    def call(self) -> None:
        """Between any two of these the law must hold, so it is looked at here."""
        self.lawful()
        self.left -= 1
        if self.left < 0:
            raise Killed

    def lawful(self) -> None:
        """A line may be out only while the row says `retired`; no file is anything but before or after."""
        for job in JOBS:
            if any(retired_mark(job).encode() in data for data in self.files.values()):
                assert self.owners[job] == "retired"

    def note(self, operation: Operation) -> None:
        self.call()
        known = [one for one in self.operations if one.begun != operation.begun]
        self.operations = operations_in(document([*known, operation]))

    def withdraw(self, operation: Operation) -> None:
        self.call()
        self.operations = tuple(one for one in self.operations if one.begun != operation.begun)

    def keep(self, data: bytes) -> str:
        self.call()
        self.backups[sha256(data)] = data
        return sha256(data)

    def kept(self, name: str) -> bytes:
        return self.backups[name]

    def write(self, change: Replacement) -> None:
        self.call()
        if self.files[change.path] != change.before:
            raise Cannot("changed since it was read")
        self.files[change.path] = change.after
        self.call()

    def retire(self, operation: Operation) -> None:
        self.call()
        self.owners.update(dict.fromkeys(operation.jobs, "retired"))
        self.call()

    def release(self, operation: Operation) -> None:
        self.call()
        self.owners.update(dict.fromkeys(operation.jobs, "celery"))
        self.call()

    def wait(self, operation: Operation) -> None:
        self.call()

    def now(self) -> str:
        return "now"

    def inventory(self) -> Inventory:
        files = [SourceFile(path or "crontab", decode(data)) for path, data in self.files.items()]
        return take_inventory(files, Context("UTC", NOW.date()))

    def changes(self, jobs: tuple[str, ...]) -> list[Replacement]:
        """The plan, made anew from what is there, as the command line makes it."""
        found, known = [], self.inventory()
        for name in files_of([job for job in known.jobs if job.id in jobs]):
            path = None if name == "crontab" else name
            target = Target(path or "crontab", decode(self.files[path]), script=path is not None)
            result = cut(target, known, jobs, spool=None)
            if result.changes:
                found.append(Replacement(path, self.files[path], encode(result.after)))
        return found

    def begun(self, kind: Kind, jobs: tuple[str, ...]) -> Operation:
        before = unfinished(self.operations)
        if before is not None and before.kind is kind:
            return before
        return Operation(
            kind=kind, jobs=jobs, who="", reason="", accepted="", begun=str(len(self.operations))
        )

    def apply(self, *jobs: str) -> None:
        operation = self.begun(Kind.APPLY, jobs)
        apply(self, operation, self.changes(operation.jobs))

    def roll_back(self, *jobs: str) -> None:
        operation = self.begun(Kind.ROLLBACK, jobs)
        paths = paths_of(self.operations, operation.jobs)
        back = restoring(self.operations, operation.jobs, {path: self.files[path] for path in paths}, self)
        if back.conflicts:
            raise back.conflicts[0]
        roll_back(self, operation, back.changes)

    def dies(self, calls: int, verb: str, *jobs: str) -> bool:
        """Whether the process dies after so many calls."""
        self.left = calls
        try:
            getattr(self, verb)(*jobs)
        except Killed:
            return True
        finally:
            self.left = 10**6
        return False


def out_of(world: World) -> set[str]:
    """The jobs of which every file has lost the line."""
    return {job for job in JOBS if all(retired_mark(job).encode() in data for data in world.files.values())}


@pytest.mark.parametrize("then", ["apply", "roll_back"])
def test_apply_dies_at_any_step(then: str) -> None:
    calls = 0
    while (world := World()).dies(calls, "apply", *JOBS):
        calls += 1
        if world.operations:
            getattr(world, then)(*JOBS)
            assert unfinished(world.operations) is None
            whole = then == "apply"
            assert (out_of(world), set(world.owners.values())) == (
                (set(JOBS), {"retired"}) if whole else (set(), {"celery"})
            )
            assert whole or world.files == FILES
    assert calls > 15


def test_rollback_dies_at_any_step() -> None:
    calls = 0
    while True:
        world = World()
        world.apply(*JOBS)
        if not world.dies(calls, "roll_back", *JOBS):
            break
        calls += 1
        world.roll_back(*JOBS)
        assert (world.files, set(world.owners.values())) == (FILES, {"celery"})
        assert retired(world.operations) == ()
    assert calls > 15


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(["apply", "roll_back"]), st.sampled_from(JOBS), st.integers(0, 40)))
)
def test_any_sequence_of_commands_and_deaths_ends_whole(steps: list[tuple[str, str, int]]) -> None:
    world = World()
    for verb, job, calls in steps:
        half = unfinished(world.operations)
        if half is not None:
            world.dies(calls, "roll_back" if half.kind is Kind.ROLLBACK else verb, *half.jobs)
        elif (job in retired(world.operations)) != (verb == "apply"):
            world.dies(calls, verb, job)
    half = unfinished(world.operations)
    if half is not None:
        world.roll_back(*half.jobs)
    assert out_of(world) == set(retired(world.operations))
    for job in retired(world.operations):
        world.roll_back(job)
    assert (world.files, set(world.owners.values())) == (FILES, {"celery"})


EDIT = b"7 7 * * * somebody else\n"


def test_an_edit_between_plan_and_write_is_not_lost() -> None:
    world = World()
    planned = world.changes(("a",))
    world.files[None] += EDIT
    with pytest.raises(Cannot, match="changed since it was read"):
        apply(world, world.begun(Kind.APPLY, ("a",)), planned)
    assert world.files[None].endswith(EDIT)
    world.apply("a")
    assert (out_of(world), EDIT in world.files[None]) == ({"a"}, True)


@pytest.mark.parametrize("edit", [EDIT, b""])
def test_an_edit_after_the_cutover_is_shown_and_not_lost(edit: bytes) -> None:
    world = World()
    world.apply("a")
    edited = (
        world.files[None] + edit if edit else world.files[None].replace(retired_mark("a").encode(), b"# ")
    )
    world.files[None] = edited
    with pytest.raises(Cannot, match="has been edited since the cutover wrote it") as caught:
        world.roll_back("a")
    assert ("somebody else" if edit else "# 0 5") in (caught.value.text or "")
    assert (world.files[None], world.owners["a"]) == (edited, "retired")


def test_a_row_that_cannot_be_written_leaves_no_trace() -> None:
    class Refusing(World):
        def retire(self, operation: Operation) -> None:
            raise Cannot("no worker answers")

    world = Refusing()
    with pytest.raises(Cannot, match="no worker"):
        world.apply("a")
    assert (world.files, world.operations) == (FILES, ())


def test_a_file_that_an_earlier_cutover_touched_is_nobodys_business_now() -> None:
    world = World()
    world.apply("a")
    world.roll_back("a")
    world.files["install.sh"] = b"#!/bin/sh\n"
    world.apply("a")
    world.files["install.sh"] = b"#!/bin/sh\n# mine\n"
    world.roll_back("a")
    assert world.files[None] == FILES[None]


def test_the_journal_survives_its_document() -> None:
    world = World()
    world.apply("a")
    world.dies(9, "apply", "b")
    assert operations_in(document(world.operations)) == world.operations
