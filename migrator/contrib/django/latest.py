"""The outcomes of each job's latest settled slots, stored, so that the board judges only what is open.

They are stored with a verdict, by the comparison that it rests on; a page only reads them. Whatever would
change one of them leaves word (``settled.unsettle``): with the word they are void, and with other rules,
owners or hosts.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.ownership import Handover
from migrator.contrib.django.models import Settled
from migrator.contrib.django.settled import AGE, by_minutes, fingerprint

KEPT = 24  # slots of a job: as many as the board shows
OUTCOMES = {one.value: one for one in Outcome}
NOTHING = {"whole": False, "outcomes": dict[str, str]()}


class Latest(NamedTuple):
    """Outcomes by the names of their slots; ``whole``: no slot of the job was before these."""

    outcomes: Mapping[str, Outcome]
    whole: bool


@dataclass(slots=True)
class Settling:
    """Takes the slots of a job as they are judged, oldest first, and holds the latest that are settled."""

    job: JobDefinition
    now: dt.datetime
    whole: bool  # whether it is given all slots of the job
    held: deque[tuple[str, Outcome]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, one: SlotComparison, *, pending: int) -> None:
        """Take a slot; ``pending``: so many before it have no outcome yet, and none after one is settled."""
        if one.slot.due < self.now - AGE and not pending:
            self.whole = self.whole and len(self.held) < KEPT
            self.held.append((one.slot.name, one.outcome))

    def stored(self) -> dict[str, Any]:
        """What is to be stored; nothing of an interval, in whose stretches a run may begin at any time."""
        return {"whole": self.whole, "outcomes": dict(self.held)} if by_minutes(self.job) else NOTHING


def latest(
    jobs: Sequence[JobDefinition],
    chains: Mapping[str, Sequence[Handover]],
    hosts: Collection[str],
    horizon: dt.datetime | None,
) -> dict[str, Latest]:
    """What is stored of each job and still holds."""
    stored = {
        (job, demo): (version, told)
        for job, demo, version, told in Settled.objects.values_list("job", "demo", "version", "latest")
    }
    found = {}
    for job in jobs:
        version, told = stored.get((job.id, job.demo), (0, {}))
        if told.get("version") == version and told.get("rules") == fingerprint(
            job, chains.get(job.id, ()), hosts, horizon
        ):
            outcomes = {name: OUTCOMES[word] for name, word in told["outcomes"].items()}
            found[job.id] = Latest(outcomes, told["whole"])
    return found
