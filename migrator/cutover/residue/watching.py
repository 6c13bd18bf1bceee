"""The watch after the cutover: which jobs have left cron, since when, and until when to look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrator.cutover.operation import Kind, Operation

DAYS = 35  # a monthly job has been due once, and every deploy of a month is behind us


@dataclass(frozen=True, slots=True)
class Watch:
    """The jobs that have left cron, each with the day, and for how many days somebody looks."""

    left: Mapping[str, dt.date]
    days: int = DAYS

    @property
    def until(self) -> dt.date | None:
        """The last day; None while nothing has left."""
        return max(self.left.values()) + dt.timedelta(days=self.days) if self.left else None

    def over(self, today: dt.date) -> bool:
        """Whether the last job left longer ago than that."""
        return self.until is not None and today > self.until


def left_by_journal(operations: Sequence[Operation]) -> dict[str, dt.date]:
    """The jobs that whole cutovers have taken out of cron and none has put back, each with its day."""
    left: dict[str, dt.date] = {}
    for operation in operations:
        for job in operation.jobs if operation.ended else ():
            if operation.kind is Kind.APPLY and operation.ended:
                left[job] = dt.datetime.fromisoformat(operation.ended).date()
            else:
                left.pop(job, None)
    return left
