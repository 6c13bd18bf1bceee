"""Who may execute a slot: hand-overs, and the instant from which each is in force.

One law: *the side that gives up goes first*. A cron host that loses a job writes its slot
table, then acknowledges; Celery begins at the latest instant that any host acknowledged.
A cron host that gets a job back acknowledges, so that Celery stops at the earliest instant
acknowledged, and then writes its table. Where something breaks in between, a slot is
missed, and the ledger says so; none is executed twice.

Where they take turns (``alternate``), the slots of cron's turns are handed over as if the
row said ``cron``, and those of Celery's turns as if it said ``celery``: two jobs, in which
each slot has its place. So every question about a slot names its ``turn``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from migrator.comparison.jobs import JobDefinition
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
from migrator.schedule.occurrences import Slot

AHEAD = dt.timedelta(seconds=120)  # from asking for a hand-over to the first slot that it covers


class Side(StrEnum):
    """Control: cron. Candidate: Celery."""

    CONTROL = "control"
    CANDIDATE = "candidate"


class Owner(StrEnum):
    """Which system may execute a job, from careful to done."""

    CRON = "cron"
    SHADOW = "shadow"
    SANDBOX = "sandbox"
    ALTERNATE = "alternate"
    CELERY = "celery"
    RETIRED = "retired"

    def executes(self, turn: Side) -> Side:
        """The side that executes a slot of that turn."""
        if self is Owner.ALTERNATE:
            return turn
        return Side.CANDIDATE if self in (Owner.CELERY, Owner.RETIRED) else Side.CONTROL

    @property
    def moves(self) -> bool:
        """Whether Celery executes some slots at least."""
        return self.executes(Side.CANDIDATE) is Side.CANDIDATE


def known_owner(word: str) -> Owner:
    """An owner of the ledger; a newer version may have written one that this one does not know."""
    try:
        return Owner(word)
    except ValueError:
        raise Cannot(
            _("the ledger has an owner {word}, which this version does not know").format(word=word),
            hint=_("install the version that wrote it, or a newer one, on every host"),
        ) from None


PATH = (Owner.CRON, Owner.SHADOW, Owner.ALTERNATE, Owner.CELERY, Owner.RETIRED)


class Refused(MigratorError):
    """The answer is no: a hand-over that the rules do not allow.

    ``acceptable``: a reason lets it pass; the command line has an option for it, the dashboard a field.
    """

    exit_code = 1

    def __init__(self, fact: str, *, hint: str | None = None, acceptable: bool = False) -> None:
        super().__init__(fact, hint=hint)
        self.acceptable = acceptable

    def __str__(self) -> str:
        said = super().__str__()
        return said + _(', or accept the risk: --accept "reason"') if self.acceptable else said


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A host's word: from ``effective`` on, its slot table follows the hand-over.

    ``applied``: the table is known to have been written.
    """

    host: str
    effective: dt.datetime
    applied: bool


@dataclass(frozen=True, slots=True)
class Handover:
    """One row of a job's audit log: from the slot due at ``from_due`` on, ``owner`` executes."""

    owner: Owner
    from_due: dt.datetime
    acknowledged: tuple[Acknowledged, ...] = ()
    key: int = 0

    def by(self, host: str) -> list[Acknowledged]:
        return [one for one in self.acknowledged if one.host == host]

    def silent(self, hosts: Collection[str]) -> list[str]:
        """The hosts that have not acknowledged it."""
        return sorted(set(hosts) - {one.host for one in self.acknowledged})


def changing(handovers: Sequence[Handover], turn: Side) -> Iterator[tuple[Handover, bool]]:
    """Each hand-over that counts for slots of that turn, and whether hosts must acknowledge it.

    Until Celery is named for the first time cron executes whatever the row says, so
    there is nothing to hand over. From then on every row needs the hosts' word.
    """
    named = False
    for index, handover in enumerate(handovers):
        if _withdrawn(handover, handovers[index + 1 :]):
            continue
        named = named or handover.owner.executes(turn) is Side.CANDIDATE
        yield handover, named


def _withdrawn(handover: Handover, later: Sequence[Handover]) -> bool:
    """Whether people thought better of it before any host went by it: no slot was ever to be its own."""
    return not handover.acknowledged and any(one.from_due <= handover.from_due for one in later)


def in_force_from(
    handover: Handover, turn: Side, hosts: Collection[str], *, shared: bool
) -> dt.datetime | None:
    """The due instant from which Celery goes by this hand-over, for slots of that turn; None: not yet.

    ``hosts``: every cron host that runs this project's jobs now. ``shared``: hosts must acknowledge.
    """
    if not shared:
        return handover.from_due
    if handover.owner.executes(turn) is Side.CANDIDATE:
        # A word that came before its table has given nothing up yet.
        given_up = [one for one in handover.acknowledged if one.applied]
        silent = set(hosts) - {one.host for one in given_up}
        return None if silent else max([handover.from_due, *(one.effective for one in given_up)])
    instants = [one.effective for one in handover.acknowledged]
    if instants:
        return min(instants)
    return None if hosts else handover.from_due


Reigns = Sequence[tuple[dt.datetime, Owner]]


def reigns(handovers: Sequence[Handover], turn: Side, *, hosts: Collection[str]) -> Reigns:
    """From which due instant on each hand-over in force counts for slots of that turn, as Celery's side must
    see it; ``handovers``: in the order in which people asked for them.
    """
    counting = (
        (in_force_from(handover, turn, hosts, shared=shared), handover.owner)
        for handover, shared in changing(handovers, turn)
    )
    return [(start, owner) for start, owner in counting if start is not None]


def owner_among(found: Reigns, due: dt.datetime) -> Owner:
    """The owner of the slot due at ``due``: of those in force, the last that people asked for; or cron."""
    return next((owner for start, owner in reversed(found) if start <= due), Owner.CRON)


def owner_at(handovers: Sequence[Handover], due: dt.datetime, turn: Side, *, hosts: Collection[str]) -> Owner:
    """The owner of the slot due at ``due``, as Celery's side must see it; no row means cron."""
    return owner_among(reigns(handovers, turn, hosts=hosts), due)


def first_slot(
    job: JobDefinition, previous: Sequence[Handover], owner: Owner, now: dt.datetime
) -> Slot | None:
    """The slot with which a hand-over asked for at ``now`` begins; None for a job that is never due.

    A row that moves no execution (cron to shadow) may begin at once.
    """
    moves = owner.moves or any(one.owner.moves for one in previous)
    return next(iter(job.following(now + AHEAD if moves else now, 1)), None)


def allowed(current: Owner, wanted: Owner, *, accepted: bool) -> None:
    """Raise Refused where a job may not go from ``current`` to ``wanted``; going back is always allowed."""
    if wanted not in PATH:
        raise Refused(
            _("{owner} is not available yet").format(owner=wanted),
            hint=_("the owners are {owners}").format(owners=", ".join(PATH)),
        )
    step = PATH.index(wanted) - PATH.index(current)
    if step <= 1 or (current, wanted) == (Owner.SHADOW, Owner.CELERY):
        return
    if wanted.moves and current is Owner.CRON and wanted is not Owner.RETIRED:
        if accepted:
            return
        raise Refused(
            _("the job has not been in shadow: nothing is known about Celery's side"),
            hint=_("set it to shadow first"),
            acceptable=True,
        )
    raise Refused(
        _("from {current} to {wanted} there are steps in between").format(current=current, wanted=wanted),
        hint=_("go through {owners}").format(owners=", ".join(PATH)),
    )
