"""One job for a source and what it renders to; a note where several lines run the same command."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from migrator.findings import Finding
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Schedule, Undecided
from migrator.schedule.meaning import meaning
from migrator.sources.job import Declared
from migrator.values import value

DEAD = frozenset({"CM120", "CM150"})  # nothing runs the file; another crontab takes its place
CRONTAB = "crontab"  # the source of the places that a script or a playbook renders to


@value
class Merged:
    """A job, and everything that declares it: itself first, then the source that renders to it."""

    declared: Declared
    places: tuple[Declared, ...]


def merge(declared: Sequence[Declared]) -> list[Merged]:
    """A generator's line, or a template's, and the line it renders to are one job with two places.

    Two equal live lines stay two jobs, as under cron: each rendered line takes one
    generated line, and the other way round.
    """
    sources = {index: job for index, job in enumerate(declared) if _renders(job)}
    if not sources:
        return [Merged(job, (job,)) for job in declared]
    left = _Sources(sources)
    merged: dict[int, Merged] = {}
    for index, job in enumerate(declared):
        if index in sources:
            continue
        twin = left.taken_for(job)
        if twin is None:
            merged[index] = Merged(job, (job,))
        else:
            source = declared[twin]
            whole = replace(job, generator=source.generator or source.place)
            merged[index] = merged[twin] = Merged(whole, (job, source))
    alone = {index: Merged(job, (job,)) for index, job in sources.items() if index not in merged}
    twins = sources.keys() - alone.keys()
    return [one for index, one in sorted((merged | alone).items()) if index not in twins]


def _renders(job: Declared) -> bool:
    return job.generator is not None or any(finding.code == "CM110" for finding in job.findings)


class _Sources:
    """The lines that render to others, until they are taken."""

    def __init__(self, sources: Mapping[int, Declared]) -> None:
        self.sources = sources
        self.forms = {index: _Form(job) for index, job in sources.items() if job.placeholders}
        self.whole: dict[tuple[object, str], list[int]] = defaultdict(list)
        self.open: dict[object, _ByEnd] = defaultdict(_ByEnd)  # templates' lines; None: of any minutes
        for index in sources:
            self._alike(index).append(index)

    def taken_for(self, line: Declared) -> int | None:
        """The first source that renders to the line, taken; one that fills nothing in comes first."""
        minutes, command = _minutes(line.schedule), command_of(line)
        open_ones = [self.open[of].that_fit(command) for of in (minutes, None) if of in self.open]
        candidates = chain(self.whole.get((minutes, command), ()), heapq.merge(*chain(*open_ones)))
        twin = next((index for index in candidates if self._renders_to(index, line, command)), None)
        if twin is not None:
            self._alike(twin).remove(twin)
        return twin

    def _alike(self, index: int) -> list[int]:
        """Those that are told from one another only by a close look, in their order."""
        source = self.sources[index]
        if form := self.forms.get(index):
            return self.open[None if form.open else _minutes(source.schedule)].of(form)
        return self.whole[_minutes(source.schedule), command_of(source)]

    def _renders_to(self, index: int, line: Declared, command: str) -> bool:
        source = self.sources[index]
        if source.generator is None and source.place.path == line.place.path:
            return False
        if line.place.source not in (CRONTAB, source.place.source):
            return False  # a manifest and a script that say the same are two schedulers, and both run
        form = self.forms.get(index)
        return form is None or form.fits(line, command)


class _ByEnd:
    """Templates' lines by the longer end of their commands."""

    def __init__(self) -> None:
        self.first: dict[int, dict[str, list[int]]] = defaultdict(dict)  # by its length
        self.last: dict[int, dict[str, list[int]]] = defaultdict(dict)

    def of(self, form: _Form) -> list[int]:
        """Those with the ends of that one."""
        first, last = form.command[0], form.command[-1]
        ends, end = (self.last, last) if len(last) > len(first) else (self.first, first)
        return ends[len(end)].setdefault(end, [])

    def that_fit(self, command: str) -> Iterator[list[int]]:
        """Those with the ends of a command."""
        for length, by_text in self.first.items():
            yield by_text.get(command[:length], [])
        for length, by_text in self.last.items():
            yield by_text.get(command[-length:], [])


class _Form:
    """What a template's line may become: the texts between its placeholders."""

    def __init__(self, job: Declared) -> None:
        marks = sorted((" ".join(one.split()) for one in job.placeholders), key=len, reverse=True)
        self.marks = re.compile("|".join(map(re.escape, marks)))
        self.open = isinstance(job.schedule, Undecided)
        self.schedule = self._pieces(job.schedule.text)
        self.user = self._pieces(job.user or "")
        self.command = self._pieces(command_of(job))
        self.certain = len(re.findall(r"\w", "".join(self.command))) >= 4  # enough of it is no placeholder

    def _pieces(self, pattern: str) -> list[str]:
        return self.marks.split(" ".join(pattern.split()))

    def fits(self, line: Declared, command: str) -> bool:
        """Whether it becomes a line, whose minutes are its own where it has any."""
        return (
            self.certain
            and _fits(self.command, command)
            and _fits(self.user, line.user or "")
            and (not self.open or _fits(self.schedule, line.schedule.text))
        )


def _fits(pieces: Sequence[str], text: str) -> bool:
    """Whether a text is these pieces, with anything between them."""
    first, *rest = pieces
    if not rest:
        return first == text
    position, end = len(first), len(text) - len(rest[-1])
    if not text.startswith(first) or not text.endswith(rest[-1]) or end < position:
        return False
    for piece in rest[:-1]:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def command_of(job: Declared) -> str:
    """The command as written, whatever blanks stand in it."""
    return " ".join(job.raw.split())


def _minutes(schedule: Schedule) -> object:
    """What decides whether two schedules are due together, however they are spelt: ``* * 7``, ``* * sun``."""
    return meaning(schedule) if isinstance(schedule, CronExpression) else schedule


def repeated(merged: Sequence[Merged], dropped: Collection[str] = ()) -> Iterator[tuple[int, Finding]]:
    """Notes for jobs that are due at times, by index, whose command another job runs as well.

    What no cron runs is no second run: whoever kept that line of the two would lose the job.
    ``dropped``: the paths of files that cron refuses as a whole.
    """
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(merged):
        job = one.declared
        if job.in_celery or job.place.path in dropped or DEAD & {finding.code for finding in job.findings}:
            continue
        if job.raw.strip() and _minutes(job.schedule):
            groups[_work(job)].append(index)
    for indexes in groups.values():
        if len(indexes) > 1:
            yield from _notes([(index, merged[index].declared) for index in indexes])


def _notes(jobs: Sequence[tuple[int, Declared]]) -> Iterator[tuple[int, Finding]]:
    """Each of several jobs with the same command names another, one at the same minutes if there is any."""
    minutes = {job.schedule.text: _minutes(job.schedule) for _index, job in jobs}
    at_once: dict[object, list[Declared]] = defaultdict(list)
    for _index, job in jobs:
        at_once[minutes[job.schedule.text]].append(job)
    for index, job in jobs:
        together = at_once[minutes[job.schedule.text]]
        if len(together) > 1:
            yield index, _both_run(job, together[0] if together[0] is not job else together[1])
        else:
            yield index, _on_another_schedule(job, next(other for _i, other in jobs if other is not job))


def _work(job: Declared) -> tuple[object, ...]:
    """What a job does: its management commands, however they are called, or its command as written."""
    steps = job.reading.steps
    if steps and all(step.kind == "management" for step in steps):
        return tuple((step.name, step.argv) for step in steps)
    return (command_of(job),)


def _both_run(job: Declared, other: Declared) -> Finding:
    message = _("the same command at the same minutes as {place}: both run")
    hint = _("keep one of them, if they are meant to be one job")
    return Finding("CM114", job.place, message.format(place=other.place), hint)


def _on_another_schedule(job: Declared, other: Declared) -> Finding:
    message = _("the same command on another schedule as {place}: two jobs, whose ids go by their order")
    hint = _("give both lines' schedules to one job, or tell their commands apart")
    return Finding("CM114", job.place, message.format(place=other.place), hint)
