"""Ids: readable, and the same after lines have moved, files were renamed or schedules changed."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain, count

from migrator.crontab.command import read_command
from migrator.crontab.reading import Reading
from migrator.redaction import redact_arguments
from migrator.sources.job import Declared
from migrator.sources.merging import Merged, command_of


def fingerprint(declared: Declared) -> str:
    """What a job is known by while its id is remembered: its command, whatever its schedule or line."""
    return hashlib.sha256(command_of(declared).encode("utf-8", "surrogateescape")).hexdigest()


def identities(
    merged: Sequence[Merged],
    remembered: Mapping[str, str],
    bound: Mapping[str, str] | None = None,
    due: Mapping[str, str] | None = None,
) -> list[str]:
    """Readable ids from what the jobs run: never from a lock, a label, a line or a schedule.

    An id that is in use stays: the one in an instrumented line, then the one that
    migrator.toml has ``bound`` to a command, then the one that was ``remembered`` (id to
    fingerprint) when code was generated. Owners and tasks hang on it. Where several jobs
    want one name, the commands' alphabet decides, and only equal commands go by their order.

    A remembered id whose command is gone goes to the job that would be called so anyway, as after a
    move of the whole project to another folder, unless that job may be another one: owner and history
    go with it. ``due``: when the jobs of remembered ids started, as ``EXPRESSION ZONE``.
    """
    known = _known(merged, remembered, bound or {})
    names = [_name(one.declared) for one in merged]
    fresh = Counter(name for index, name in enumerate(names) if index not in known)
    found = dict(known)
    taken = _Taken(known.values())
    unknown = {index: name for index, name in enumerate(names) if index not in known}
    vacant = _Vacant(remembered.keys() - taken, due or {}, merged, unknown)
    commands = [command_of(one.declared) for one in merged]
    for index in sorted(range(len(merged)), key=lambda index: (commands[index], index)):
        if index not in found:
            declared, name = merged[index].declared, names[index]
            shared = fresh[name] > 1
            identity = taken.free(_full(declared, name, taken, shared=shared))
            if not vacant.goes_to(index, identity):
                full = _full(declared, name, taken | vacant.ids, shared=shared)
                identity = taken.free(full, kept=vacant.ids)
            found[index] = identity
            taken.add(identity)
    return [found[index] for index in range(len(merged))]


@dataclass(frozen=True, slots=True)
class _Vacant:
    """Remembered ids whose commands are gone, and the jobs that nobody remembers, each with its name."""

    ids: Set[str]
    due: Mapping[str, str]
    merged: Sequence[Merged]
    names: Mapping[int, str]

    def goes_to(self, index: int, identity: str) -> bool:
        """Whether a job may have the id by which it would be called; one that is not vacant anybody may."""
        name = self.names[index]
        if identity not in self.ids or identity != name:
            return True  # a longer id holds the arguments, too
        others = set(self.names.values()) - {name}
        left = [one for one in self.ids - others if one == name or one.startswith(f"{name}_")]
        same = [one for one, its in self.names.items() if its == name]
        return len(left) <= len(same) and not self._renamed(index, identity)

    def _renamed(self, index: int, identity: str) -> bool:
        """Whether another job starts when that one did, and this one does not."""
        then = self.due.get(identity, "").rpartition(" ")[0]
        starts = {one: _starts(self.merged[one].declared) for one in self.names}
        return bool(then) and starts[index] != then and then in starts.values()


def _starts(declared: Declared) -> str:
    return " ".join(declared.schedule.text.split())


def running(command: str) -> Callable[[Declared], bool]:
    """Tells the jobs of a command as migrator.toml gives it: its text, or what its steps are."""
    text = " ".join(command.split())
    wanted = _work(read_command(command))
    return lambda declared: (
        command_of(declared) == text or (wanted != [] and wanted == _work(declared.reading))
    )


def _work(reading: Reading) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(step.kind, step.name, step.argv) for step in reading.steps]


class _Taken(set[str]):
    """The ids that are given away."""

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__(ids)
        self.numbers: dict[str, int] = defaultdict(int)  # how many ids of a name are given away for certain

    def free(self, name: str, kept: Set[str] = frozenset()) -> str:
        """The name, with the first number that makes it free if it needs any; those ``kept`` are not."""
        identities = (f"{name}_{number + 1}" if number else name for number in count(self.numbers[name]))
        for identity in identities:
            if identity not in self:
                break
            self.numbers[name] += 1
        if identity not in kept:
            return identity
        return next(one for one in identities if one not in self and one not in kept)


def _known(
    merged: Sequence[Merged], remembered: Mapping[str, str], bound: Mapping[str, str]
) -> dict[int, str]:
    """The ids in use, by the index of their job."""
    known: dict[int, str] = {}
    taken: set[str] = set()

    def give(index: int, identity: str) -> None:
        known[index] = identity
        taken.add(identity)

    for index, one in enumerate(merged):
        recorded = next((place.recorded for place in one.places if place.recorded), None)
        if recorded and recorded not in taken:
            give(index, recorded)
    for identity, command in bound.items():
        is_meant = running(command)
        fitting = [index for index, one in enumerate(merged) if is_meant(one.declared)]
        if len(fitting) == 1 and fitting[0] not in known and identity not in taken:
            give(fitting[0], identity)
    left: dict[str, list[str]] = defaultdict(list)
    for identity, print_of_it in remembered.items():
        if identity not in taken:
            left[print_of_it].append(identity)
    for index, one in enumerate(merged):
        if left and index not in known and (same := left.get(fingerprint(one.declared))):
            give(index, same.pop(0))
    return known


def _full(declared: Declared, name: str, taken: Collection[str], *, shared: bool) -> str:
    """The name, with the arguments where several jobs share it."""
    arguments = _arguments(declared) if shared or name in taken else ""
    return f"{name}_{arguments}" if arguments else name


def _name(declared: Declared) -> str:
    """An identifier, so that the job's task can have that name."""
    steps = declared.reading.steps
    main = next((step for step in steps if step.kind == "management"), steps[0] if steps else None)
    if main is None:
        return "empty"
    slug = _slug(main.name.removesuffix(".py").removesuffix(".sh")) or "job"
    return f"job_{slug}" if slug[0].isdigit() else slug


def _arguments(declared: Declared) -> str:
    steps = declared.reading.steps
    words = (redact_arguments(step.name, step.argv, line=declared.raw) for step in steps)
    return _slug(" ".join(chain.from_iterable(words)))


def _slug(text: str) -> str:
    """Letters, digits and underscores, at most 60, so that task names fit django-celery-beat's 200."""
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()[:60]
