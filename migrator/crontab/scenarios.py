"""Which commands of a job fail: many scenarios at once, each a bit of a number.

What the shell runs and what our stop rule runs are compared scenario by scenario, so that a
step's ``after`` is found, not guessed; and where no ``after`` gives the same runs, that is said.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

from migrator.crontab.reading import After

_STEPS = 32  # a longer job is compared on these
_EXHAUSTIVE = 7  # the first steps fail in all combinations


@lru_cache(maxsize=1)
def _failing() -> tuple[int, ...]:
    """The steps that fail per scenario, a bit each: any of the first; up to two of all; all but up to two."""
    steps, every = range(_STEPS), (1 << _STEPS) - 1
    few = [sum(1 << step for step in one) for count in range(3) for one in combinations(steps, count)]
    return tuple(dict.fromkeys([*few, *range(1 << _EXHAUSTIVE), *(every & ~one for one in few)]))


@lru_cache(maxsize=1)
def everywhere() -> int:
    """All scenarios."""
    return (1 << len(_failing())) - 1


@lru_cache(maxsize=_STEPS)
def _successes(step: int) -> int:
    return sum(1 << index for index, failing in enumerate(_failing()) if not failing >> step & 1)


def successes(step: int) -> int:
    """The scenarios in which a step succeeds."""
    return _successes(step % _STEPS)


class StopRule:
    """What ``after`` says: each step runs always, or by the status of the last one that ran."""

    def __init__(self) -> None:
        self.status = everywhere()
        self.taken = 0
        # By step the scenarios in which it is the last one, and fails; each scenario is under one
        # step at most, so that these are few however long the job is.
        self.ends: dict[int, int] = {}

    def take(self, runs: int, succeeds: int) -> tuple[After, bool]:
        """The ``after`` of the next step, which runs in these scenarios, and whether it says exactly that."""
        exact: After | None = None
        if runs == everywhere():
            exact = "always"
        elif self.taken:
            exact = "success" if runs == self.status else "failure" if runs == self.failed else None
        after = exact or (self.nearest(runs) if self.taken else "always")
        ran = {"success": self.status, "failure": self.failed}.get(after, everywhere())
        self.status = (self.status & ~ran) | (succeeds & ran)
        self.ends = {step: left for step, one in self.ends.items() if (left := one & ~ran)}
        self.ends[self.taken] = ran & ~succeeds
        self.taken += 1
        return after, exact is not None

    def forgives(self, step: int, succeeds: int) -> bool:
        """Whether the job ``succeeds`` wherever that step fails and nothing runs after it."""
        ends = self.ends.get(step, 0)
        return ends != 0 and not ends & ~succeeds

    @property
    def failed(self) -> int:
        """The scenarios in which the last step that ran has failed."""
        return everywhere() & ~self.status

    def nearest(self, runs: int) -> After:
        """For a step whose runs no ``after`` gives: the one that runs it where it should run."""
        if not runs & self.status:
            return "failure"
        return "always" if runs & ~self.status else "success"
