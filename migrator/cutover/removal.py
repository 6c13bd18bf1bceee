"""The crontab lines that a cutover takes out, and the crontab without them.

A retired line stays where it was, behind a marker: line numbers hold, and taking the
marker away gives the file back byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from migrator.crontab.marks import RETIRED_LINE, Whose, of_anybody, retired_mark
from migrator.crontab.syntax import Format, JobLine, read_crontab
from migrator.crontab.wrapping import unwrap
from migrator.errors import Cannot
from migrator.findings import Place
from migrator.i18n import _
from migrator.redaction import redact
from migrator.sources.job import Inventory, Job, SourceLine

CRONTAB = "crontab"


@dataclass(frozen=True, slots=True)
class Cut:
    """One line to retire: the job, the line's number from 1, and the command it must still hold."""

    job: str
    line: int
    raw: str


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """A line that has to go, as people see it; ``generated``: it is a script's, and edited there by hand."""

    place: Place
    text: str
    generated: bool


@dataclass(frozen=True, slots=True)
class Retired:
    """A crontab after the cutover, as people see it."""

    path: str
    text: str


def retire(text: str, cuts: Iterable[Cut], *, format: Format = "user", spool: str | None = None) -> str:
    """The crontab with those lines commented out; raises Cannot where a line is no longer the one scanned."""
    crontab = read_crontab(text, format)
    lines = [line.text for line in crontab.lines]
    for cut in cuts:
        line = crontab.lines[cut.line - 1] if cut.line <= len(lines) else None
        if not isinstance(line, JobLine) or unwrap(line.raw) != unwrap(cut.raw):
            raise Cannot(
                _("line {line} is not the one of {job} any more").format(line=cut.line, job=cut.job),
                hint=_("run the command again, it reads the crontab anew"),
            )
        lines[cut.line - 1] = retired_mark(cut.job, spool) + line.text
    return "\n".join(lines) + ("\n" if crontab.final_newline else "")


def restore(text: str, jobs: Collection[str] | None = None, is_ours: Whose = of_anybody) -> str:
    """The text with the retired lines of these jobs, or all of them, back in force."""

    def before(line: str) -> str:
        if not is_ours(line):
            return line
        return RETIRED_LINE.sub(lambda found: "" if jobs is None or found["job"] in jobs else found[0], line)

    return "\n".join(map(before, text.split("\n")))


def removed_lines(job: Job, lines: Mapping[Place, Sequence[str]]) -> tuple[RemovedLine, ...]:
    """Every place that starts the job, the generators among them."""
    return tuple(
        RemovedLine(place, shown("\n".join(lines.get(place, (job.declared.raw,)))), place.source != CRONTAB)
        for place in job.live
    )


def written_lines(inventory: Inventory) -> dict[Place, tuple[str, ...]]:
    """The lines of each job's places as they are written, with those that a backslash joins on."""
    by_path = _by_path(inventory.lines)
    return {
        place: _joined(by_path.get(place.path, ()), place)
        for job in inventory.jobs
        for place in job.places
        if any(line.line == place.line for line in by_path.get(place.path, ()))
    }


def retired_crontabs(
    inventory: Inventory, leaving: Sequence[Job], spool: str | None = None
) -> tuple[Retired, ...]:
    """Each crontab as it reads once the jobs have left it; not of a template, whose lines are not cron's."""
    cuts: dict[str, list[Cut]] = {}
    for job in leaving:
        for place in job.live:
            if place.source == CRONTAB:
                cuts.setdefault(place.path, []).append(Cut(job.id, place.line, job.declared.raw))
    by_path = _by_path(inventory.lines)
    system = {file.path for file in inventory.files if file.format == "system"}
    found = []
    for path, of_it in cuts.items():
        text = "".join(line.text + "\n" for line in by_path[path])
        try:
            after = retire(text, of_it, format="system" if path in system else "user", spool=spool)
        except Cannot:
            continue
        found.append(Retired(path, shown(after)))
    return tuple(found)


def shown(text: str) -> str:
    """Text for eyes: no secrets, and bytes that are no UTF-8 as replacement characters."""
    return redact(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _by_path(lines: Iterable[SourceLine]) -> dict[str, list[SourceLine]]:
    found: dict[str, list[SourceLine]] = {}
    for line in lines:
        found.setdefault(line.path, []).append(line)
    return found


def _joined(lines: Sequence[SourceLine], place: Place) -> tuple[str, ...]:
    """A script's line goes on after a backslash; a crontab's never does."""
    taken: list[str] = []
    for line in lines:
        if line.line >= place.line:
            taken.append(line.text)
            if place.source == CRONTAB or not line.text.endswith("\\"):
                break
    return tuple(taken)
