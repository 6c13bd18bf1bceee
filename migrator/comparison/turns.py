"""Whose turn a slot is where cron and Celery take turns: a pure function of job and slot.

It asks neither the clock nor the schedule. Two hosts with two versions of the code, one of which
has a new schedule, still give a slot that both know to the same side; a count of slots would not.

The turns go by the Thue-Morse sequence, which is known as the fair way to take turns: the parity
of the one-bits of a number. Here of the last three bits of five numbers of the wall clock, of
day, hour, minute, month and year, so that schedules that keep some of them still the whole time
(daily, monthly, every 29 February) get both sides, soon, and at every time of the day.
"""

from __future__ import annotations

import datetime as dt
from zlib import crc32

from migrator.comparison.ownership import Owner, Side

BITS = 0b111  # more of them make long runs of one side with steps such as 15 minutes


def turn(job: str, slot: str) -> Side:
    """The side that executes the slot of this name; half of the jobs begin with the other side."""
    wall = dt.datetime.fromisoformat(slot)
    clock = wall.toordinal() ^ wall.hour ^ wall.minute ^ wall.month ^ wall.year
    odd = ((clock & BITS).bit_count() ^ crc32(job.encode())) & 1
    return Side.CANDIDATE if odd else Side.CONTROL


def entitled(owner: Owner, job: str, slot: str) -> Side:
    """The side that is to execute the slot; only where they take turns its name matters."""
    return owner.executes(turn(job, slot) if owner is Owner.ALTERNATE else Side.CONTROL)
