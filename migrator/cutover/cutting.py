"""Takes jobs out of a crontab, or out of a script that installs one, and says what no edit reaches.

A line goes behind a marker, where it stood, the recorder in front of it included. The line that
syncs goes the same way once no recorded line of its user is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from migrator.crontab.marks import RETIRED_LINE, Whose, of_anybody, of_spool, retired_mark, syncs, wrapped_job
from migrator.crontab.syntax import Crontab, JobLine, read_crontab
from migrator.crontab.wrapping import Edit, unwrap
from migrator.cutover.editing import Change, Edited, Target, edited
from migrator.cutover.generators import remedy
from migrator.cutover.instrumentation import job_lines, matched_lines, syncing
from migrator.cutover.removal import CRONTAB, restore
from migrator.errors import Cannot
from migrator.findings import Place
from migrator.i18n import _
from migrator.sources import crontab_script
from migrator.sources.job import Inventory, Job

SYNC = ".sync"  # no job's id begins with a dot
EDITABLE = (CRONTAB, crontab_script.NAME)


@dataclass(frozen=True, slots=True)
class ByHand:
    """A place that would run the job again, and what a person has to do there."""

    job: str
    place: Place
    text: str


def cut(target: Target, inventory: Inventory, jobs: Collection[str], *, spool: str | None) -> Edited:
    """The target without the live lines of these jobs; ``spool``: the one that the project names."""
    is_ours = of_spool(spool)

    def cutting(crontab: Target, text: str) -> Change:
        return _cut(crontab, text, inventory, jobs, spool=spool)

    def undone(text: str) -> str:
        return restore(text, is_ours=is_ours)

    by_hand = _("put {marker} before the lines by hand, and run the command again").format(
        marker=f'"{retired_mark("JOB", spool)}"'
    )
    found = edited(target, cutting, undone=undone, by_hand=by_hand)
    if undone(found.after) != undone(target.text):  # a script may have to write the name of a spool otherwise
        raise Cannot(_("{name}: the edit cannot be undone exactly").format(name=target.name), hint=by_hand)
    return found


def live_lines(
    target: Target, text: str, inventory: Inventory, is_ours: Whose = of_anybody
) -> dict[int, str]:
    """The lines of a crontab from which cron runs jobs that are known, each with its job."""
    crontab = read_crontab(text, target.format)
    matched, _left = matched_lines(target.name, crontab, inventory)
    found = {
        number: wrapped_job(line.raw) or matched.get(number) for number, line in job_lines(crontab, is_ours)
    }
    return {number: job for number, job in found.items() if job}


def _cut(
    target: Target, text: str, inventory: Inventory, jobs: Collection[str], *, spool: str | None
) -> Change:
    crontab, is_ours = read_crontab(text, target.format), of_spool(spool)
    known = live_lines(target, text, inventory, is_ours)
    leaving = {number: job for number, job in known.items() if job in jobs}
    if not leaving:
        return Change((), ())
    recorded = [(number, line) for number, line in job_lines(crontab, is_ours) if wrapped_job(line.raw)]
    needed = syncing((line for number, line in recorded if number not in leaving), shared=bool(spool))
    idle = {number: SYNC for number, line in _syncs(crontab, is_ours) if line.user not in needed}
    return Change(tuple(_marked(crontab, leaving | idle, spool)), tuple(dict.fromkeys(leaving.values())))


def _syncs(crontab: Crontab, is_ours: Whose) -> Iterator[tuple[int, JobLine]]:
    for number, line in crontab.numbered():
        if isinstance(line, JobLine) and syncs(line.raw) and is_ours(line.raw):
            yield number, line


def _marked(crontab: Crontab, lines: dict[int, str], spool: str | None) -> Iterator[Edit]:
    position = 0
    for number, line in crontab.numbered():
        if number in lines:
            yield Edit(position, "", retired_mark(lines[number], spool))
        position += len(line.text) + 1


def put_back(text: str, jobs: Collection[str], is_ours: Whose = of_anybody) -> str:
    """The text with the lines of these jobs in force again, and the one that syncs them."""
    restored = restore(text, jobs, is_ours)
    return restored if restored == text else restore(restored, {SYNC}, is_ours)


def others_undone(text: str, is_ours: Whose) -> str:
    """The text as if no other project had recorded a line in it, or taken one out."""
    lines = [
        line if is_ours(line) else unwrap(restore(line))
        for line in text.split("\n")
        if is_ours(line) or not syncs(line)
    ]
    return "\n".join(lines)


def missing(ours: str, now: str, job: str, is_ours: Whose = of_anybody) -> list[tuple[int, str]]:
    """The lines that went behind this job's marker in ``ours`` and are lost in ``now``, numbered from 1.

    A line behind a marker may have been edited: it comes back as it is. Of the line that syncs
    any one will do: `instrument` may have written it anew since.
    """
    left = Counter(restore(now).split("\n"))
    gone = []
    taken = _marked_for(job, ours, is_ours)
    for number, text in taken:
        before = restore(text)
        if left[before]:
            left[before] -= 1
        else:
            gone.append((number, text))
    known = {restore(text) for _number, text in taken}
    edited = sum(restore(text) not in known for _number, text in _marked_for(job, now, is_ours))
    lost = gone if len(gone) > edited else []
    if taken and not any(syncs(line) and is_ours(line) for line in left):
        lost += _marked_for(SYNC, ours, is_ours)
    return lost


def _marked_for(job: str, text: str, is_ours: Whose) -> list[tuple[int, str]]:
    return [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if is_ours(line) and any(found["job"] == job for found in RETIRED_LINE.finditer(line))
    ]


def files_of(jobs: Sequence[Job]) -> list[str]:
    """The crontabs and scripts that hold live lines of these jobs, what writes crontabs first.

    A generator that were edited after the crontab could bring the old lines back in between.
    """
    places = [place for job in jobs for place in job.live if place.source in EDITABLE]
    ordered = sorted(places, key=lambda place: place.source == CRONTAB)
    return list(dict.fromkeys(place.path for place in ordered))


def by_hand(jobs: Sequence[Job], results: Sequence[Edited], spool: str | None = None) -> list[ByHand]:
    """What no edit reaches: playbooks, images, manifests, templates, and lines that no edit takes."""
    taken = {(result.target.name, job) for result in results for job in result.jobs}
    return [
        ByHand(job.id, place, remedy(place.source, job.id, spool))
        for job in jobs
        for place in job.live
        if (place.path, job.id) not in taken
    ]
