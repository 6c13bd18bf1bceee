"""What the wrappers mean for the job as a whole, once its steps are known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import assert_never

from migrator.crontab.collecting import shown
from migrator.crontab.reading import Container, Cover, Host, Limit, Lock, Reading, RunsAs, Step
from migrator.i18n import _


def settle(reading: Reading) -> None:
    """Moves each wrapper's meaning to the job if it is around every step, else to its steps.

    ``timeout 1h a && timeout 2h b`` are two limits, ``timeout 3h sh -c 'a && b'`` is one.
    """
    inside: dict[Cover, list[int]] = {}
    for number, step in enumerate(reading.steps):
        for cover in step.around:
            inside.setdefault(cover, []).append(number)
    alone = {cover for cover, numbers in inside.items() if len(numbers) == 1}
    for number, step in enumerate(reading.steps):
        limit = _own_limit(step, alone)
        if step.timeout != limit:
            reading.steps[number] = replace(step, timeout=limit)
    rescues = sum(step.after == "failure" for step in reading.steps)
    for cover, numbers in inside.items():
        if len(numbers) == len(reading.steps):
            _whole(cover, reading)
        elif not (cover in alone and isinstance(cover.meaning, Limit)):
            _part(cover, [reading.steps[number] for number in numbers], reading, rescues=rescues)


def _own_limit(step: Step, alone: Collection[Cover]) -> int | None:
    """The shortest of the limits that hold for this step alone."""
    limits = [cover.meaning for cover in step.around if cover in alone]
    return min((one.seconds for one in limits if isinstance(one, Limit)), default=None)


def _whole(cover: Cover, reading: Reading) -> None:
    match cover.meaning:
        case Lock() as lock if reading.lock is None or (
            reading.lock == lock and reading.lock.path == lock.path
        ):
            reading.lock = lock
        case Lock() as lock:
            reading.remark(
                "CM321",
                _("a second lock, {key}, is held as well").format(
                    key=lock.path if lock.path and lock == reading.lock else lock.key
                ),
                _("a task keeps one lock: decide in migrator.toml which one the job needs"),
            )
        case Limit(seconds=seconds):
            reading.timeout = min(seconds, reading.timeout or seconds)
        case RunsAs(user):
            reading.runs_as = user
        case Container() as container:
            reading.container = container
        case Host(name):
            reading.host = name
        case _:
            assert_never(cover.meaning)


def _part(cover: Cover, covered: Sequence[Step], reading: Reading, *, rescues: int) -> None:
    """A meaning that holds for some steps only is kept where it does no harm, and said.

    ``rescues``: how many of all the steps run after a failure.
    """
    if isinstance(cover.meaning, Lock) and reading.lock is None:
        reading.lock = cover.meaning
        # What runs when the lock is taken, or the job fails, is outside on purpose.
        others = len(reading.steps) - len(covered)
        if others == rescues - sum(step.after == "failure" for step in covered):
            return
    reading.remark(
        "CM321",
        _("{program} is around a part of the job only: {steps}").format(
            program=cover.program, steps=shown(", ".join(step.name for step in covered))
        ),
        _("make it two lines, or put the wrapper around the whole"),
    )
