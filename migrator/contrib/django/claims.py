"""Claims: Celery executes a scheduled slot only with the one row that gives the right to.

A second beat, a redelivery, a catch-up or a storm of fires finds the row taken. The claim, the
start and its record are committed at once, before the job begins, outside any transaction.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from migrator.comparison.effects import Effects
from migrator.comparison.ownership import Owner
from migrator.comparison.runs import RunRecord
from migrator.contrib.celery.headers import Stamp
from migrator.contrib.django.ledger import TAIL, storable, stored_effects
from migrator.contrib.django.models import Run, Slot, SlotState
from migrator.contrib.django.settled import LATE, add, unsettle

# A holder that has not started by now is gone: a version that committed claim and start one by one left it.
ABANDONED = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to execute one slot, held by one delivery of one message."""

    job: str
    slot: str
    run: str


def take(
    job: str, stamp: Stamp, record: RunRecord, *, owner: Owner, attempt: int, now: dt.datetime
) -> Claim | None:
    """Take the slot and say that the job begins, which can never be taken back; None where it is taken.

    One commit: a worker that dies before it has taken nothing, and one that dies after it has started.
    """
    with transaction.atomic(durable=True):
        held = claim(job, stamp, owner=owner, run=record.run, task=record.task, attempt=attempt, now=now)
        return held if held is not None and start(held, record, now=now) else None


def claim(
    job: str, stamp: Stamp, *, owner: Owner, run: str, task: str, attempt: int, now: dt.datetime
) -> Claim | None:
    """Take the slot; None where it is taken."""
    held = Claim(job, stamp.slot, run)
    try:
        with transaction.atomic():
            Slot.objects.create(
                job=job, slot=stamp.slot, due=stamp.due, owner=owner, holder=task, run=run,
                attempt=attempt, claimed_at=now, demo=stamp.demo,
            )  # fmt: skip
    except IntegrityError:
        rows = Slot.objects.filter(job=job, slot=stamp.slot)
        abandoned = rows.filter(state=SlotState.CLAIMED, claimed_at__lt=now - ABANDONED)
        # A declared retry is the same message again, and an attempt under the same claim.
        retried = rows.filter(state=SlotState.WAITING, holder=task, attempt=attempt - 1)
        changes = {"run": run, "holder": task, "attempt": attempt, "claimed_at": now}
        for free in (retried, abandoned):
            if free.update(state=SlotState.CLAIMED, **changes):
                return held
        return None
    return held


def start(held: Claim, record: RunRecord, *, now: dt.datetime) -> bool:
    """Say that the job begins now, which can never be taken back; False where the claim was lost."""
    with transaction.atomic():
        ours = Slot.objects.filter(job=held.job, slot=held.slot, run=held.run, state=SlotState.CLAIMED)
        if not ours.update(state=SlotState.STARTED, started_at=now):
            return False
        add(record, now)
    return True


def finish(
    held: Claim | None,
    run: str,
    *,
    exit: int,
    output: str,
    effects: Effects | None,
    reason: str,
    retry: bool,
    now: dt.datetime,
) -> None:
    """Fill in the end of a run, and of the slot it had."""
    with transaction.atomic():
        Run.objects.filter(run=run, finished=None).update(
            finished=now,
            exit=exit,
            output=storable(output)[-TAIL:],
            reason=reason[:255],
            effects=stored_effects(effects),
        )
        if held is not None:
            state = SlotState.WAITING if retry else SlotState.DONE
            Slot.objects.filter(job=held.job, slot=held.slot, run=held.run).update(
                state=state, finished_at=now
            )
            begun = Slot.objects.filter(job=held.job, slot=held.slot).values_list("due", flat=True).first()
            if begun is not None and begun < now - LATE:
                unsettle({held.job: begun})


def holder(job: str, slot: str) -> str:
    """Who has the slot, in words for the ledger."""
    taken = Slot.objects.filter(job=job, slot=slot).first()
    return f"the slot is {taken.state} by task {taken.holder}" if taken else "the slot is taken"
