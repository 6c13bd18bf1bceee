"""Many workers with a message for the same slot: one begins, the others find it taken, none fails."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.contrib.celery.headers import Stamp
from migrator.contrib.django import claims, models
from tests.property.actors import Act, Steps, at_once

DUE = dt.datetime(2026, 9, 21, 14, 14, tzinfo=dt.UTC)
WORKERS, SLOTS = 8, 12


def working(folder: Path, who: str) -> Act:
    """Take every slot that is to be had, and write down which."""

    def dawdling(*facts: Any, **more: Any) -> Any:
        time.sleep(0.05)  # all others wait for this row by now
        return begin(*facts, **more)

    begin = claims.start

    def deed(_steps: Steps) -> None:
        claims.start = dawdling  # in this process alone
        for number in range(SLOTS):
            slot = f"slot-{number}"
            stamp = Stamp(slot=slot, due=DUE, kind=Kind.SCHEDULED, demo=False, published=None, received=None)
            record = RunRecord(
                run=f"{who}-{number}", job="work", side=Side.CANDIDATE, action=Action.EXECUTE,
                kind=Kind.SCHEDULED, slot=slot, due=DUE, started=DUE, task=f"{who}-{number}",
            )  # fmt: skip
            held = claims.take("work", stamp, record, owner=Owner.CELERY, attempt=0, now=DUE)
            if held is not None:
                with (folder / "executed").open("a") as file:
                    file.write(f"{slot}\n")

    return Act(deed, DUE.timestamp())


def test_each_slot_is_taken_once_and_nobody_fails(ledger: Path) -> None:
    at_once([working(ledger, f"w{number}") for number in range(WORKERS)])
    executed = (ledger / "executed").read_text().split()
    assert sorted(executed) == sorted(f"slot-{number}" for number in range(SLOTS))
    assert models.Slot.objects.filter(state="started").count() == SLOTS
    assert models.Run.objects.count() == SLOTS
