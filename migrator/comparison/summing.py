"""What the slots of a job add up to: it can be stored, and gone on with where it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from migrator.comparison.durations_beside import DurationsSeen
from migrator.comparison.effects_beside import EffectsSeen
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.output_beside import OutputSeen
from migrator.comparison.slots_seen import SlotsSeen
from migrator.comparison.verdicts import Seen, is_evidence


class Evidence:
    """What a verdict goes by, gathered from the slots since the job's latest time in shadow began."""

    def __init__(self, begin: dt.datetime | None, stored: Mapping[str, Any] | None = None) -> None:
        self.begin = begin
        stored = stored or {}
        self.all, self.real = (Seen.of(stored[name]) if stored else Seen() for name in ("all", "real"))
        self.effects = EffectsSeen(stored.get("effects"))
        self.durations = DurationsSeen(stored.get("durations"))
        self.output = OutputSeen(stored.get("output"))

    def add(self, one: SlotComparison) -> None:
        if self.begin is not None and one.slot.due < self.begin:
            return
        self.all.add(one)
        if is_evidence(one, self.begin):
            self.real.add(one)
        self.effects.add(one)
        self.durations.add(one)
        self.output.add(one)

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        names = ("all", "real", "effects", "durations", "output")
        return {name: getattr(self, name).stored() for name in names}


class Sums:
    """What all slots add up to, and the evidence among them; ``zone``: by whose days."""

    def __init__(
        self, begin: dt.datetime | None, zone: ZoneInfo, stored: Mapping[str, Any] | None = None
    ) -> None:
        stored = stored or {}
        self.seen = SlotsSeen(zone, stored.get("seen"))
        self.evidence = Evidence(begin, stored.get("evidence"))

    def add(self, one: SlotComparison) -> None:
        self.seen.add(one)
        self.evidence.add(one)

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"seen": self.seen.stored(), "evidence": self.evidence.stored()}
