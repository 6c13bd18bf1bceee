"""Time limits that the team asks for: from measured durations, as lines of migrator.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrator.configuration import FILE_NAME, read_configuration
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
from migrator.sources.job import Job

FEWEST = 5  # runs that a limit can be learnt from
FACTOR = 3  # times the longest run: a limit is for what hangs, not for a slow night
LEAST = 5  # minutes


@dataclass(frozen=True, slots=True)
class Measured:
    """The runs of a job that ended well, and the seconds of the longest."""

    runs: int
    longest: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A limit for a job that has none; ``line``: what migrator.toml gets."""

    job: str
    measured: Measured

    @property
    def minutes(self) -> int:
        return max(LEAST, -int(-self.measured.longest * FACTOR // 60))

    @property
    def line(self) -> str:
        longest = f"{self.measured.longest:.1f}".removesuffix(".0")
        return f'timeout = "{self.minutes}m"  # the longest of {self.measured.runs} runs took {longest} s'


def proposals(jobs: Iterable[Job], measured: Mapping[str, Measured]) -> Iterator[Proposal]:
    """The limits of the jobs that have none and were measured often enough."""
    for job in jobs:
        found = measured.get(job.id)
        limited = job.reading.timeout or any(step.timeout for step in job.reading.steps)
        if found and found.runs >= FEWEST and not limited:
            yield Proposal(job.id, found)


def with_limits(text: str, wanted: Sequence[Proposal]) -> str:
    """The text of migrator.toml with their lines, all else as it was; raises Cannot where it is not sure."""
    after = text
    for one in wanted:
        after = _with_line(after, one)
    try:
        decided = read_configuration(after).jobs
    except MigratorError:
        decided = {}
    if any(one.job not in decided or decided[one.job].timeout != f"{one.minutes}m" for one in wanted):
        lines = "; ".join(f"[jobs.{one.job}] {one.line.partition('  #')[0]}" for one in wanted)
        raise Cannot(
            _("{path} is written in a way that cannot be edited surely").format(path=FILE_NAME),
            hint=_("write it yourself: {lines}").format(lines=lines),
        )
    return after


def _with_line(text: str, one: Proposal) -> str:
    header = re.compile(rf"""^\[jobs\.(["']?){re.escape(one.job)}\1\][^\n]*$""", re.MULTILINE)
    found = header.search(text)
    if found:
        return f"{text[: found.end()]}\n{one.line}{text[found.end() :]}"
    name = one.job if re.fullmatch(r"[A-Za-z0-9_-]+", one.job) else f'"{one.job}"'
    return f"{text.rstrip()}\n\n[jobs.{name}]\n{one.line}\n"
