"""What a switch would do, before it is done: the pages on which people confirm it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner
from migrator.schedule.occurrences import Slot


@dataclass(frozen=True, slots=True)
class GateSeen:
    """A gate by its name; ``fact``: what is wrong, None where nothing is. ``acceptable``: by a reason."""

    name: str
    fact: str | None
    hint: str = ""
    acceptable: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """A cron host that has to acknowledge the hand-over; ``behind``: it owes its word for the one before."""

    name: str
    last_seen: dt.datetime
    silent: bool
    behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPlan:
    """From ``slot`` on, ``wanted`` instead of ``current``; ``seen``: the latest hand-over known to it."""

    job: JobDefinition
    current: Owner
    wanted: Owner
    slot: Slot | None
    gates: Sequence[GateSeen]
    hosts: Sequence[Listener]
    lost: Sequence[str]
    seen: int

    @property
    def wrong(self) -> list[GateSeen]:
        return [gate for gate in self.gates if gate.fact is not None]

    @property
    def blocked(self) -> bool:
        """Whether no reason would let it pass."""
        return self.slot is None or any(not gate.acceptable for gate in self.wrong)

    @property
    def needs_acceptance(self) -> bool:
        return bool(self.wrong) and not self.blocked


@dataclass(frozen=True, slots=True)
class Return:
    """A job that an abort gives back to cron; ``slot``: from which on, None where it is never due."""

    job: JobDefinition
    current: Owner
    slot: Slot | None


@dataclass(frozen=True, slots=True)
class AbortPlan:
    """What an abort would do: ``staying`` have no line to go back to, ``orphans`` no task."""

    returning: Sequence[Return]
    retired: Sequence[str]
    orphans: Sequence[str]
