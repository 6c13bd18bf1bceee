"""The board: every job by its owner, with its last slots, its next ones and what is missing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import PATH, Owner
from migrator.comparison.recent import Recent, counted
from migrator.comparison.verdicts import AGAINST, Verdict
from migrator.report.dashboard.kept_verdict import KeptVerdict
from migrator.schedule.occurrences import Slot

CELLS = 24  # slots in a row's picture
COMING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One job; ``asked``: an owner that is not in force yet, and since when it is to be; ``silent``: who has
    not acknowledged it. ``verdict``: None until it has been judged once.
    """

    job: JobDefinition
    owner: Owner
    asked: Owner | None
    asked_from: dt.datetime | None
    silent: tuple[str, ...]
    recent: Sequence[Recent]
    coming: Sequence[Slot]
    verdict: KeptVerdict | None
    stale: bool

    @property
    def id(self) -> str:
        return self.job.id

    @property
    def counts(self) -> Counter[Outcome]:
        return counted(self.recent)

    @property
    def troubled(self) -> list[Recent]:
        """The last slots that speak against the job, or were late or early; the latest last."""
        return [one for one in self.recent if one.outcome in (*AGAINST, Outcome.LATE, Outcome.EARLY)]

    @property
    def word(self) -> str:
        """The verdict's, or that there is none."""
        return self.verdict.verdict.value if self.verdict else NOT_JUDGED


NOT_JUDGED = "unknown"
_BADNESS = {Verdict.UNSAFE.value: 0, Verdict.HOLD.value: 1, NOT_JUDGED: 2, Verdict.SAFE.value: 3}


def _by_name(row: Row) -> tuple[object, ...]:
    return (row.id,)


def _by_verdict(row: Row) -> tuple[object, ...]:
    return (_BADNESS[row.word], -len(row.troubled), row.id)


def _by_trouble(row: Row) -> tuple[object, ...]:
    """Who was in trouble last comes first."""
    latest = max((one.slot.due.timestamp() for one in row.troubled), default=0.0)
    return (-latest, _BADNESS[row.word], row.id)


def _by_next(row: Row) -> tuple[object, ...]:
    return (min((slot.due.timestamp() for slot in row.coming), default=float("inf")), row.id)


ORDERS: Mapping[str, Callable[[Row], tuple[object, ...]]] = {
    "job": _by_name,
    "verdict": _by_verdict,
    "trouble": _by_trouble,
    "next": _by_next,
}
DEFAULT_ORDER = "verdict"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants to see of the board; what is no word of ours counts as not said."""

    text: str = ""
    owner: str = ""
    verdict: str = ""
    order: str = DEFAULT_ORDER

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Wish:
        """From the address of the page."""
        owner, verdict, order = (said.get(name, "") for name in ("owner", "verdict", "sort"))
        return cls(
            text=said.get("q", "").strip()[:200],
            owner=owner if owner in tuple(Owner) else "",
            verdict=verdict if verdict in _BADNESS else "",
            order=order if order in ORDERS else DEFAULT_ORDER,
        )

    def fits(self, row: Row) -> bool:
        return (
            self.text.casefold() in row.id.casefold()
            and self.owner in ("", row.owner.value)
            and self.verdict in ("", row.word)
        )

    @property
    def all(self) -> bool:
        """Whether no job is left out."""
        return not (self.text or self.owner or self.verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All of it; ``unheard``: cron hosts that are silent; ``orphans``: Celery's jobs that no task is.

    ``zone``: the one in which most jobs are told; the others name theirs.
    """

    project: str
    rows: Sequence[Row]
    wish: Wish
    unheard: Sequence[str] = ()
    orphans: Sequence[str] = ()
    shown: Sequence[Row] = field(init=False)
    zone: str | None = field(init=False)

    def __post_init__(self) -> None:
        kept = sorted(filter(self.wish.fits, self.rows), key=ORDERS[self.wish.order])
        zones = Counter(row.job.timezone for row in self.rows)
        object.__setattr__(self, "shown", kept)
        object.__setattr__(self, "zone", zones.most_common(1)[0][0] if zones else None)

    @property
    def groups(self) -> Iterable[tuple[Owner, list[Row]]]:
        """The jobs that are shown by owner, in the order of the path."""
        for owner in (*PATH, *(one for one in Owner if one not in PATH)):
            rows = [row for row in self.shown if row.owner is owner]
            if rows:
                yield owner, rows

    @property
    def verdicts(self) -> Counter[str]:
        return Counter(row.word for row in self.rows)

    @property
    def stale(self) -> int:
        """How many verdicts are missing, or older than they should be."""
        return sum(row.stale for row in self.rows)
