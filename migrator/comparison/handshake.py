"""How one cron host follows hand-overs, step by step, so that no crash doubles a run.

Giving a job up: table first, then the acknowledgement. Getting it back: the acknowledgement
first, then the table, which may grant only slots that lie ahead: Celery may have executed
anything up to the moment at which the acknowledgement became visible. Where the two take
turns a host gives some slots up and gets others back: the acknowledgement, the table, and then
the word that the table goes by it, from which alone Celery takes its turns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from migrator.comparison.jobs import LARGEST_TOLERANCE
from migrator.comparison.ownership import (
    Acknowledged,
    Handover,
    Owner,
    Side,
    changing,
    in_force_from,
)

# A sync that cron starts with the minute reaches the slot after the next one.
LEAD = dt.timedelta(seconds=90)
# What the clocks of cron, Celery and the database may disagree by, and a start may dawdle.
MARGIN = dt.timedelta(seconds=30)
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Grant:
    """From ``start`` on this host's table says ``owner``."""

    handover: Handover
    start: dt.datetime

    @property
    def owner(self) -> Owner:
        return self.handover.owner


@dataclass(frozen=True, slots=True)
class Plan:
    """What a host writes into its table, what it acknowledges before and after, what it marks as done."""

    grants: tuple[Grant, ...]
    before: tuple[Grant, ...] = ()
    after: tuple[Grant, ...] = ()
    apply: tuple[Grant, ...] = ()

    def owner_at(self, due: dt.datetime) -> Owner:
        owner = Owner.CRON
        for grant in self.grants:
            if grant.start <= due:
                owner = grant.owner
        return owner

    @property
    def last_owner(self) -> Owner:
        """The owner beyond the end of the table."""
        return self.owner_at(dt.datetime.max.replace(tzinfo=dt.UTC))


def plan(handovers: Sequence[Handover], host: str, now: dt.datetime) -> Plan:
    """What the host has to do at ``now``."""
    grants, before, after, apply = [], [], [], []
    for handover, shared in changing(handovers, Side.CANDIDATE):
        if not shared:
            grants.append(Grant(handover, handover.from_due))
            continue
        known = handover.by(host)
        fresh = Grant(handover, max(handover.from_due, now + LEAD))
        if handover.owner.executes(Side.CONTROL) is Side.CANDIDATE:
            grant = Grant(handover, max(one.effective for one in known)) if known else fresh
            after += [] if known else [grant]
        else:
            usable = _usable(known, now)
            grant = Grant(handover, usable.effective) if usable else fresh
            before += [] if usable else [grant]
            apply += [] if usable and usable.applied else [grant]
        grants.append(grant)
    return Plan(tuple(grants), tuple(before), tuple(after), tuple(apply))


def _usable(known: Sequence[Acknowledged], now: dt.datetime) -> Acknowledged | None:
    """The word that the table may go by: one that it went by already, or one that still lies ahead."""
    latest = max(known, key=lambda one: one.effective, default=None)
    return latest if latest and (latest.applied or latest.effective >= now + MARGIN) else None


def joining(handovers: Sequence[Handover], hosts: Collection[str], now: dt.datetime) -> list[Grant]:
    """What a host that is new acknowledges with its registration, so that Celery need not pause for it.

    It goes by what Celery goes by already. A job that cron got back a moment ago is left to
    the usual way: a late start must not reach back to a slot that Celery may have executed.
    """
    grants = []
    took_back = {one.key for one, shared in changing(handovers, Side.CONTROL) if shared}
    for handover, shared in changing(handovers, Side.CANDIDATE):
        start = in_force_from(handover, Side.CANDIDATE, hosts, shared=shared)
        if not shared or start is None:
            continue
        gives = handover.owner.executes(Side.CONTROL) is Side.CONTROL and (
            handover.owner is not Owner.ALTERNATE or handover.key in took_back
        )
        if not gives or start < now - LARGEST_TOLERANCE:
            grants.append(Grant(handover, start))
    return grants


class Hands(Protocol):
    """What following takes: the ledger, a clock, and the table on this host."""

    def handovers(self) -> Sequence[Handover]: ...

    def now(self) -> dt.datetime: ...

    def acknowledge(self, grants: Sequence[Grant], *, applied: bool) -> None:
        """Commit an acknowledgement for each."""

    def write(self, plan: Plan) -> None:
        """Replace the slot table."""

    def applied(self, grants: Sequence[Grant]) -> None:
        """Commit that the table goes by these."""


def follow(hands: Hands, host: str) -> bool:
    """Bring the host's table and the ledger together; False: the machine was too slow, try again later."""
    for _attempt in range(ATTEMPTS):
        steps = plan(hands.handovers(), host, hands.now())
        if steps.before:
            hands.acknowledge(steps.before, applied=False)
        if not _ahead(steps.apply, hands.now):
            continue
        hands.write(steps)
        if not _ahead([*steps.after, *_turns(steps.apply)], hands.now):
            continue
        if steps.after:
            hands.acknowledge(steps.after, applied=True)
        if steps.apply:
            hands.applied(steps.apply)
        return True
    return False


def _turns(grants: Sequence[Grant]) -> list[Grant]:
    """Those that give slots to Celery as well."""
    return [grant for grant in grants if grant.owner is Owner.ALTERNATE]


def _ahead(grants: Sequence[Grant], now: Callable[[], dt.datetime]) -> bool:
    return not grants or min(grant.start for grant in grants) >= now() + MARGIN
