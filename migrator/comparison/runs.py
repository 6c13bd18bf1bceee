"""Run records: one execution, would-be execution or yield, on either side."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from migrator.comparison.effects import Effects
from migrator.comparison.ownership import Side
from migrator.values import value

DRILL = "a drill"  # the reason of a run by hand that fails on purpose
TEMPORARY_FAILURE = 75  # EX_TEMPFAIL of sysexits.h: a declared retry follows


class Action(StrEnum):
    """What a start came to.

    Execute: the job ran. Would: Celery was there, and cron is the owner. Yield: another
    one runs this slot. Expired, revoked: the message was dropped before it started.
    """

    EXECUTE = "execute"
    WOULD = "would"
    YIELD = "yield"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Kind(StrEnum):
    """Scheduled: for a slot. Manual: by hand, no slot. Extra: by a scheduler, at no slot's time.

    Observed: for a slot, known from cron's log alone: a start whose end nobody recorded.
    """

    SCHEDULED = "scheduled"
    MANUAL = "manual"
    EXTRA = "extra"
    OBSERVED = "observed"


@value(kw_only=True)
class RunRecord:
    """A row of the ledger; instants are aware, ``due`` is the slot's.

    ``effects``: None where nobody counted."""

    run: str
    job: str
    side: Side
    action: Action
    kind: Kind = Kind.SCHEDULED
    slot: str | None = None
    due: dt.datetime | None = None
    published: dt.datetime | None = None
    received: dt.datetime | None = None
    started: dt.datetime | None = None
    finished: dt.datetime | None = None
    exit: int | None = None
    signal: int | None = None
    reason: str = ""
    output: str = ""
    host: str = ""
    user: str = ""
    worker: str = ""
    pid: int | None = None
    task: str = ""
    demo: bool = False
    effects: Effects | None = None

    @property
    def there(self) -> bool:
        """Whether the scheduler and the machinery behind it did their part."""
        return self.action in (Action.EXECUTE, Action.WOULD, Action.YIELD)

    @property
    def observed(self) -> bool:
        """Whether how it ended will never be known."""
        return self.kind is Kind.OBSERVED

    @property
    def executed(self) -> bool:
        return self.action is Action.EXECUTE

    @property
    def retried(self) -> bool:
        """Whether it ended by announcing another attempt of the same message."""
        return self.executed and bool(self.task) and self.exit == TEMPORARY_FAILURE

    @property
    def finished_well(self) -> bool:
        return self.finished is not None and self.exit == 0 and self.signal is None
