"""Two people who ask for an owner at the same moment: one row is written, and the second sees the first's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from unittest import mock

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Refused
from migrator.contrib.django import models, owners
from tests.property.actors import Act, Steps, at_once

JOB = JobDefinition("work", "* * * * *", "UTC")
NOW = 1790000000.0


def asking(folder: Path, who: str, owner: Owner) -> Act:
    """Ask for an owner, and dawdle between reading who it is and writing who it is to be."""
    read = owners.first_slot

    def dawdling(*facts: Any) -> Any:
        time.sleep(0.3)
        return read(*facts)

    def deed(_steps: Steps) -> None:
        with mock.patch.object(owners, "first_slot", dawdling):
            try:
                row = owners.ask(JOB, owner, who=who)
            except Refused:  # what was asked for goes from where the job was, not from where it is by now
                said = "refused"
            else:
                said = row.previous if row else "asked for already"
        (folder / who).write_text(said)

    return Act(deed, NOW)


def test_the_same_owner_asked_for_at_once_is_one_row(ledger: Path) -> None:
    at_once([asking(ledger, who, Owner.SHADOW) for who in ("ann", "bob", "cy", "di")])
    assert models.Handover.objects.count() == 1
    said = sorted((ledger / who).read_text() for who in ("ann", "bob", "cy", "di"))
    assert said == ["asked for already"] * 3 + ["cron"]


def test_each_request_begins_where_the_one_before_has_ended(ledger: Path) -> None:
    """A chain, whoever was first: `previous` of each row is the owner of the row before."""
    owners.ask(JOB, Owner.SHADOW, who="ann")
    at_once([asking(ledger, "bob", Owner.CRON), asking(ledger, "cy", Owner.ALTERNATE)])
    assert (ledger / "bob").read_text() in ("shadow", "alternate")
    rows = list(models.Handover.objects.order_by("id").values_list("previous", "owner"))
    assert [previous for previous, _ in rows[1:]] == [owner for _, owner in rows[:-1]]
