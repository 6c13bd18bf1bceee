"""What a schedule can be: cron's five fields, or one of the things that five fields cannot say."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.schedule.expression import REBOOT, CronExpression


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so many ``seconds``, counted from a start: ``@every 65m``, ``OnUnitActiveSec=90``."""

    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class AtStart:
    """Once, when the scheduler starts: ``@reboot``."""

    text: str = REBOOT


@dataclass(frozen=True, slots=True)
class Undecided:
    """A schedule that its text alone does not give, and why: a placeholder of a template, a random minute.

    ``remedy``: what to do, where there is more to say than to look at the installed crontab.
    """

    text: str
    reason: str
    remedy: str | None = None


Schedule = CronExpression | Interval | AtStart | Undecided
