"""The last slots of many jobs, in a number of queries that grows with neither jobs nor runs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from django.db.models import Min

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import compare
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Handover
from migrator.comparison.recent import Recent
from migrator.comparison.runs import RunRecord
from migrator.comparison.slot_owners import slot_owners
from migrator.contrib.django.latest import Latest
from migrator.contrib.django.models import Run
from migrator.contrib.django.retention import horizon
from migrator.contrib.django.together import read, together
from migrator.schedule.occurrences import Slot

Chains = Mapping[str, Sequence[Handover]]

# what an outcome does not depend on; output may be thousands of characters
SPARE = ("output", "effects", "published", "received", "reason", "host", "user", "worker", "pid")


def recent_slots(
    jobs: Iterable[JobDefinition],
    chains: Chains,
    hosts: Collection[str],
    *,
    now: dt.datetime,
    count: int,
    until: dt.datetime | None = None,
    texts: bool = False,
    settled: Mapping[str, Latest] | None = None,
) -> dict[str, list[Recent]]:
    """The last ``count`` expected slots of each job, oldest first, as ``compare`` would judge them.

    ``until``: the last slots due then or before. ``texts``: with what the runs printed and did.
    ``settled``: outcomes that are known; where they go as far back as is asked for, the rest is judged.
    For each group of jobs that are due about as often there is one query for runs and one for claims.
    """
    jobs = list(jobs)
    # The one before them tells whether the first overlaps.
    windows = {job.id: job.preceding(until or now, count + 1) for job in jobs}
    known = {job: _known(windows[job][-count:], latest) for job, latest in (settled or {}).items()}
    windows |= {job: _after(windows[job], done) for job, done in known.items()}
    runs: dict[str, list[RunRecord]] = defaultdict(list)
    claims: dict[str, dict[str, str]] = defaultdict(dict)
    begins = [(job, windows[job.id][0].due) for job in jobs if windows[job.id]]
    last = {"due__lte": until} if until else {}
    for alike in together(begins, now):
        theirs, claimed = read(
            alike.runs.filter(**last).exclude(slot=""), alike.claims.filter(**last),
            without=() if texts else SPARE,
        )  # fmt: skip
        runs |= theirs
        claims |= claimed
    first = _firsts([job for job in jobs if not known.get(job.id)], windows, chains, runs)
    found = {}
    for job in jobs:
        done = known.get(job.id, [])
        begin = done[-1].slot.due if done else first[job.id]
        expected = [slot for slot in windows[job.id] if begin is not None and slot.due >= begin]
        mine = [run for run in runs[job.id] if run.demo == job.demo]
        owner_of = slot_owners(job.id, chains.get(job.id, ()), hosts, claims[job.id])
        compared = compare(job, expected=expected, runs=mine, owner_of=owner_of, now=now)
        by_slot = {one.slot: one for one in compared.slots}
        judged = [_recent(slot, by_slot.get(slot)) for slot in (expected[1:] if done else expected)]
        found[job.id] = [*done, *judged][-count:]
    return found


def _recent(slot: Slot, compared: SlotComparison | None) -> Recent:
    return Recent(slot, compared.outcome if compared else None, compared)


def _known(shown: Sequence[Slot], latest: Latest) -> list[Recent]:
    """Those of the slots whose outcomes are known; none where the first of them is not."""
    if not latest.whole and not (shown and shown[0].name in latest.outcomes):
        return []
    return [Recent(slot, latest.outcomes[slot.name]) for slot in shown if slot.name in latest.outcomes]


def _after(window: Sequence[Slot], known: Sequence[Recent]) -> list[Slot]:
    """The slots that are open, after the last that is known: it tells whether the first of them overlaps."""
    rest = list(window)[window.index(known[-1].slot) if known else 0 :]
    return rest if len(rest) > 1 or not known else []


def _firsts(
    jobs: Iterable[JobDefinition],
    windows: Mapping[str, Sequence[Slot]],
    chains: Chains,
    runs: Mapping[str, Sequence[RunRecord]],
) -> dict[str, dt.datetime | None]:
    """From when on each job's slots are expected: its first record, or the first hand-over."""
    known: dict[str, dt.datetime | None] = {}
    asked = []
    for job in jobs:
        window = windows[job.id]
        begin = min((one.from_due for one in chains.get(job.id, ())[:1]), default=None)
        known[job.id] = begin
        if window and (begin is None or begin > window[0].due):
            mine = (one.due for one in runs.get(job.id, ()) if one.due and one.demo == job.demo)
            here = min(mine, default=None)
            known[job.id] = min((one for one in (begin, here) if one), default=None)
            if here is None or here > window[0].due:
                asked.append(job)
    for job, first in _recorded(asked):
        known[job] = min((one for one in (known[job], first) if one), default=None)
    before = horizon()
    if before is not None:  # what has been pruned is not missing
        return {job: max(first, before) if first else None for job, first in known.items()}
    return known


def _recorded(jobs: Sequence[JobDefinition]) -> Iterator[tuple[str, dt.datetime]]:
    if not jobs:
        return
    demo = {job.id: job.demo for job in jobs}
    rows = Run.objects.filter(job__in=list(demo), due__isnull=False).exclude(slot="")
    for job, of_demo, first in rows.values_list("job", "demo").annotate(first=Min("due")).order_by():
        if of_demo == demo[job]:
            yield job, first
