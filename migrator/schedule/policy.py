"""What each scheduler does with a job whose minutes lie in a jump of the clock, as data.

Authority: the daemons and Celery as they run. Debian's cron and cronie: cron.c, where a
clock that is ahead by 6 to 180 minutes is made up for, and one that is back by up to 180
holds the fixed jobs until it has caught up; one minute of it is the minute that passed.
systemd: calendar_spec_next_usec() in src/shared/calendarspec.c, which looks for the next written
minute after the last one on the clock of the wall, and takes the first of two that are called so.
supercronic: cronexpr_next.go, which does the same and hands what it finds to Go's time.Date: that
looks the offset up for a minute of UTC, and only then for the one that it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Gap(Enum):
    """What becomes of the minutes that the clock leaves out."""

    LOST = "they start nothing"
    MADE_UP = "each starts the job in the first minute after the gap"
    LATE = "the first of them starts it at that minute of the old clock, the others nothing"
    EARLY = "the first starts it at that minute of the new clock, before the gap, if nothing has since"


class Repeat(Enum):
    """In which pass of the minutes that the clock repeats they start the job."""

    BOTH = "both"
    FIRST = "the first"
    SECOND = "the second"


@dataclass(frozen=True, slots=True)
class Care:
    """What a scheduler does with a kind of job."""

    gap: Gap
    repeat: Repeat


WALL = Care(Gap.LOST, Repeat.BOTH)
ONCE_EACH = Care(Gap.MADE_UP, Repeat.FIRST)
FIRST_PASS = Care(Gap.LOST, Repeat.FIRST)


@dataclass(frozen=True, slots=True, eq=False)  # each is one of a kind
class Policy:
    """A scheduler's way with jumps of the clock.

    A gap of up to ``unnoticed`` minutes is made up for whatever the job. A gap of more than
    ``longest_gap`` minutes, or more repeated ones than ``longest_repeat``, is a corrected
    clock, which every job follows. ``by_hours``: it looks for the hour first, and one that the
    clock leaves out may lead it past starts that the clock has. ``behind``: its way where the
    clock is behind UTC, if that is another.
    """

    name: str
    fixed: Care
    wildcard: Care
    unnoticed: int = 0
    longest_gap: int | None = None
    longest_repeat: int | None = None
    by_hours: bool = False
    behind: Care | None = None

    @property
    def alike(self) -> bool:
        """Whether jumps make no difference between fixed and wildcard jobs."""
        return self.fixed == self.wildcard

    def care(self, shift: int, *, wildcard: bool, behind: bool) -> Care:
        """What it does with a job when the clock goes ahead by ``shift`` minutes (back: negative).

        ``behind``: the clock is behind UTC, before that or after.
        """
        if 0 < shift <= self.unnoticed:
            return ONCE_EACH
        longest = self.longest_gap if shift > 0 else self.longest_repeat
        if longest is not None and abs(shift) > longest:
            return WALL
        if self.behind and behind:
            return self.behind
        return self.wildcard if wildcard else self.fixed


DEBIAN = Policy("Debian cron", ONCE_EACH, WALL, unnoticed=4, longest_gap=179, longest_repeat=180)
WALL_CLOCK = Policy("wall clock", WALL, WALL)  # busybox crond; cronie for a line with CRON_TZ
SYSTEMD = Policy("systemd", FIRST_PASS, FIRST_PASS, by_hours=True)
SUPERCRONIC = Policy(
    "supercronic",
    Care(Gap.LATE, Repeat.SECOND),
    Care(Gap.LATE, Repeat.SECOND),
    behind=Care(Gap.EARLY, Repeat.FIRST),
)
# crontab.is_due, in CELERY_BEAT_SCHEDULE and in django-celery-beat's rows with a zone: the next
# start is the next written minute after the last one, in the pass that comes first
CELERY = Policy("Celery", Care(Gap.LATE, Repeat.FIRST), Care(Gap.LATE, Repeat.FIRST))
