"""What each scheduler does with a job whose minutes lie in a jump of the clock, as data.

Authority: the daemons and Celery as they run. Debian's cron and cronie: cron.c, where a
clock that is ahead by 6 to 180 minutes is made up for, and one that is back by up to 180
holds the fixed jobs until it has caught up; one minute of it is the minute that passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from migrator.schedule.expression import CronExpression


class Gap(Enum):
    """What becomes of the minutes that the clock leaves out."""

    LOST = "they start nothing"
    MADE_UP = "each starts the job in the first minute after the gap"
    LATE = "the first of them starts it at that minute of the old clock, the others nothing"


@dataclass(frozen=True, slots=True)
class Care:
    """What a scheduler does with a kind of job; ``twice``: repeated minutes start it in both passes."""

    gap: Gap
    twice: bool


WALL = Care(Gap.LOST, twice=True)
ONCE_EACH = Care(Gap.MADE_UP, twice=False)


@dataclass(frozen=True, slots=True, eq=False)  # each is one of a kind
class Policy:
    """A scheduler's way with jumps of the clock.

    A gap of up to ``unnoticed`` minutes is made up for whatever the job. A gap of more than
    ``longest_gap`` minutes, or more repeated ones than ``longest_repeat``, is a corrected
    clock, which every job follows.
    """

    name: str
    fixed: Care
    wildcard: Care
    unnoticed: int = 0
    longest_gap: int | None = None
    longest_repeat: int | None = None

    def care(self, shift: int, *, wildcard: bool) -> Care:
        """What it does with a job when the clock goes ahead by ``shift`` minutes (back: negative)."""
        if 0 < shift <= self.unnoticed:
            return ONCE_EACH
        longest = self.longest_gap if shift > 0 else self.longest_repeat
        if longest is not None and abs(shift) > longest:
            return WALL
        return self.wildcard if wildcard else self.fixed


DEBIAN = Policy("Debian cron", ONCE_EACH, WALL, unnoticed=4, longest_gap=179, longest_repeat=180)
WALL_CLOCK = Policy("wall clock", WALL, WALL)  # busybox crond; cronie for a line with CRON_TZ
# crontab.is_due, in CELERY_BEAT_SCHEDULE and in django-celery-beat's rows with a zone: the next
# start is the next written minute after the last one, in the pass that comes first
CELERY = Policy("Celery", Care(Gap.LATE, twice=False), Care(Gap.LATE, twice=False))


def policy_of(expression: CronExpression) -> Policy:
    """The policy of the daemon whose dialect the expression was read in."""
    return DEBIAN if expression.catches_up else WALL_CLOCK
