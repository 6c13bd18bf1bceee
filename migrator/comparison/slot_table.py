"""The slot table of one job on one cron host: what cronwrap reads instead of a database.

``migrator-slots 1``, settings, an empty line, then rows ``DUE SLOT OWNER`` by due instant.
The reader is ``migrator/cronwrap.py``; docs/reference/cronwrap.md holds the contract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from migrator.comparison.handshake import Plan
from migrator.comparison.jobs import LARGEST_TOLERANCE, JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.turns import turn
from migrator.cronwrap import CELERY_EXECUTES
from migrator.schedule.kinds import Interval
from migrator.schedule.occurrences import Slot

TITLE = "migrator-slots 1"
PAST = dt.timedelta(hours=2)
AHEAD = dt.timedelta(hours=26)  # a night without the database, and a bit
FEWEST = 3
MOST = 3000


def rows(job: JobDefinition, now: dt.datetime) -> list[Slot]:
    """The slots that a table holds: the last two hours, at least 26 hours ahead and three slots.

    The slot before all of them is kept too: it tells the owner of a start that is in no slot.
    """
    start = now - PAST
    before = job.latest(start - dt.timedelta(seconds=1))
    slots = [before, *job.between(start, now + AHEAD)] if before else job.between(start, now + AHEAD)
    if sum(slot.due > now for slot in slots) < FEWEST:
        slots = [slot for slot in slots if slot.due <= now]
        slots += job.following(now + dt.timedelta(microseconds=1), FEWEST)
    return slots[:MOST]


def tolerance(job: JobDefinition, slots: Sequence[Slot]) -> dt.timedelta:
    """How late a start may be and still be a slot's: half the least gap, at most an hour, in seconds.

    An interval's slot is all of its stretch.
    """
    if isinstance(job.schedule, Interval):
        return job.tolerance(slots[0])
    # In spring a fixed job has two slots at one instant: no gap at all.
    gaps = [b.due - a.due for a, b in pairwise(slots) if b.due > a.due]
    least = min([*(gap / 2 for gap in gaps), LARGEST_TOLERANCE])
    return dt.timedelta(seconds=int(least.total_seconds()))


def table(job: JobDefinition, plan: Plan, now: dt.datetime) -> str:
    """The whole text of the table."""
    slots = rows(job, now)
    head = [
        TITLE,
        *(["demo 1"] if job.demo else []),
        # Beyond the table nobody on the host knows whose turn it is: what may be Celery's is left to it.
        f"owner-after {_word(plan.last_owner, Side.CANDIDATE)}",
        f"tolerance {int(tolerance(job, slots).total_seconds())}",
        "",
    ]
    body = [
        f"{int(slot.due.timestamp())} {slot.name} {_word(plan.owner_at(slot.due), turn(job.id, slot.name))}"
        for slot in slots
    ]
    return "\n".join([*head, *body]) + "\n"


def gives_to_celery(text: str, now: dt.datetime) -> bool:
    """Whether the table leaves a slot from now on, or what comes after it, to Celery."""
    head, _, body = text.partition("\n\n")
    after = [words[1] for words in map(str.split, head.splitlines()) if words[:1] == ["owner-after"]]
    rows = [words for words in map(str.split, body.splitlines()) if len(words) == 3 and words[0].isdigit()]
    ahead = [owner for due, _slot, owner in rows if int(due) >= now.timestamp()]
    return any(word in CELERY_EXECUTES for word in [*after, *ahead])


def _word(owner: Owner, side: Side) -> str:
    """The owner as the recorder reads it: where they take turns, with the side whose turn it is."""
    if owner is not Owner.ALTERNATE:
        return str(owner)
    return f"{owner}-{'cron' if side is Side.CONTROL else 'celery'}"
