"""Who owned each slot of a job: a claim says by whose right it was executed, else the hand-overs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from migrator.comparison.ownership import Handover, Owner, Side, known_owner, owner_among, reigns
from migrator.comparison.turns import turn
from migrator.schedule.occurrences import Slot


def slot_owners(
    job: str, chain: Sequence[Handover], hosts: Collection[str], claimed: Mapping[str, str]
) -> Callable[[Slot], Owner]:
    """The owner of a slot, whatever was asked for since; ``claimed``: by slot, whom a claim names."""
    turns = any(one.owner is Owner.ALTERNATE for one in chain)  # else it is the same in every turn
    in_turn = {side: reigns(chain, side, hosts=hosts) for side in Side}

    def owner_of(slot: Slot) -> Owner:
        held = claimed.get(slot.name) if claimed else None
        if held:
            return known_owner(held)
        whose = turn(job, slot.name) if turns else Side.CANDIDATE
        return owner_among(in_turn[whose], slot.due)

    return owner_of
