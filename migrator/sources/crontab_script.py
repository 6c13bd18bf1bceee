"""Shell scripts that pipe a crontab into ``crontab -``; ``${NAME:-default}`` with its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from migrator.crontab.syntax import read_crontab
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.crontab_file import read_lines
from migrator.sources.job import Declared, Found, LineKind, SourceLine
from migrator.sources.rendering import Rendering, renderings

SOURCE = "crontab script"


def read(path: str, script: str, *, scripts: Mapping[str, str], environment: Mapping[str, str]) -> Found:
    """The jobs that a script would install, each at its line of the script."""
    jobs: list[Declared] = []
    findings: list[Finding] = []
    for rendering in renderings(script, environment):
        if isinstance(rendering, int):
            findings.append(_not_static(path, rendering))
            continue
        found = read_lines(path, read_crontab(rendering.text), scripts=scripts)
        generator = Place(path, rendering.line, SOURCE)
        for job in found.jobs:
            place = _place(job.place, script, rendering)
            own = tuple(replace(one, place=place) for one in job.findings)
            jobs.append(replace(job, place=place, generator=generator, findings=own))
        findings += [
            replace(one, place=_place(one.place, script, rendering)) for one in found.findings if one.place
        ]
    kinds: dict[int, LineKind] = {job.place.line: "job" for job in jobs}
    return Found(tuple(jobs), tuple(_lines(path, script, kinds)), tuple(findings))


def _place(inside: Place, script: str, rendering: Rendering) -> Place:
    return Place(inside.path, rendering.line_of(script, inside.line), SOURCE)


def _lines(path: str, text: str, kinds: Mapping[int, LineKind]) -> Iterator[SourceLine]:
    for number, line in enumerate(text.split("\n")[: -1 if text.endswith("\n") else None], 1):
        stripped = line.strip()
        plain: LineKind = "blank" if not stripped else "comment" if stripped.startswith("#") else "other"
        yield SourceLine(path, number, kinds.get(number, plain), line)


def _not_static(path: str, line: int) -> Finding:
    return Finding(
        "CM105",
        Place(path, line, SOURCE),
        _("what this installs depends on the run"),
        _("pipe what it makes into the tool: crontab -l | migrator scan -"),
    )
