"""Shell scripts that put a crontab into place; ``${NAME:-default}`` with its default."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from migrator.crontab.syntax import Crontab, Setting, read_crontab
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.redaction import redact_setting
from migrator.schedule.dialect import DIALECTS
from migrator.sources.crontab_file import read_lines
from migrator.sources.endings import may_be_a_crontab
from migrator.sources.facts import Installed
from migrator.sources.image import image_of
from migrator.sources.job import Declared, Found, LineKind
from migrator.sources.lines import accounted
from migrator.sources.open_lines import opened
from migrator.sources.rendering import Rendering, rendering
from migrator.sources.shell.installation import Installation
from migrator.sources.shell.walk import Installing, installing
from migrator.sources.source import Source, SourceFile, Surroundings

NAME = "crontab script"


def is_shell_script(path: str, text: str) -> bool:
    """Told by its name or its first line."""
    return path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba|da|k)?sh\b", text) is not None


def may_be(path: str) -> bool:
    """A script by its ending, or a name without one, or a template of either."""
    name = re.sub(r"\.(?:j2|jinja2?|erb|tpl|tmpl|in|dist|template)$", "", posixpath.basename(path))
    return "." not in name.lstrip(".") or name.endswith((".sh", ".bash", ".ash", ".dash", ".ksh"))


def recognises(file: SourceFile) -> bool:
    """A shell script that puts a crontab into place."""
    return (
        "cron" in file.text
        and is_shell_script(file.path, file.text)
        and bool(installing(file.text, {}).installations)
    )


def read(file: SourceFile, around: Surroundings) -> Found:
    """The jobs that a script would install, each at its line of the script."""
    made = installing(file.text, around.environment, image=image_of(file.path, around.files))
    found = read_installations(file, made, around, script=file.text, source=NAME)
    added = next(
        (one for one in made.installations if one.stream.adds and one.crontab.format == "user"), None
    )
    if added is None:
        return found
    finding = Finding(
        "CM130",
        Place(file.path, added.line, NAME),
        _("this adds to the crontab that is there, whose other lines are not in this file"),
        _("scan the crontab itself as well: crontab -l | migrator scan -"),
    )
    return replace(found, findings=(*found.findings, finding))


def read_installations(
    file: SourceFile,
    made: Installing,
    around: Surroundings,
    *,
    script: str,
    source: str,
    zone: str | None = None,
) -> Found:
    """The jobs of the crontabs that ``script``, the shell text in a file, puts into place.

    ``zone``: of the clock there, where the script sets none.
    """
    zone = made.zone or zone
    jobs: list[Declared] = []
    findings: list[Finding] = []
    facts: list[Installed] = []
    kinds: dict[int, LineKind] = {}
    for one in made.installations:
        here = Place(file.path, one.line, source)
        lost = tuple(_replaced(one, here))
        facts += [
            Installed(name, here, one.crontab, zone, one.stream.unknown, (*lost, *_chosen(made, name, here)))
            for name in one.stream.files
        ]
        if one.stream.unknown and not one.stream.files:
            findings.append(_not_static(here))
        if one.stream.text:
            own = _rendered(file.path, rendering(script, one), around, here)
            jobs += [
                replace(
                    job,
                    timezone=job.timezone or zone,
                    findings=(*job.findings, *_replaced(one, job.place)),
                )
                for job in own.jobs
            ]
            findings += own.findings
            kinds |= {line.line: line.kind for line in own.lines if line.kind not in ("blank", "comment")}
    return Found(tuple(jobs), tuple(accounted(file.path, file.text, kinds)), tuple(findings), tuple(facts))


def _chosen(made: Installing, name: str, here: Place) -> Iterator[Finding]:
    """What there is to say of a file whose name holds a default."""
    return _defaults(here, made.chosen.get(posixpath.basename(name), {}))


def _rendered(path: str, made: Rendering, around: Surroundings, here: Place) -> Found:
    """What a crontab inside the script holds, placed in the script."""
    dialect = DIALECTS.get(made.crontab.dialect or "", around.dialect)
    crontab = opened(read_crontab(made.text, made.crontab.format, dialect), made.open)
    found = read_lines(path, crontab, scripts=around.scripts, is_ours=around.is_ours)

    def moved(place: Place | None) -> Place:
        return Place(path, made.line_of(place.line), here.source) if place else here

    jobs = []
    defaults = made.defaults()
    settings = _settings_with_defaults(crontab, defaults)
    for job in found.jobs:
        names = made.open.get(job.place.line, ())
        place = moved(job.place)
        own = [replace(one, place=place) for one in job.findings]
        own += _open_words(place, [name for name in names if name in job.raw])
        own += _defaults(place, defaults.get(job.place.line, {}))
        for line in settings.get(job.place.line, ()):
            own += _defaults(Place(path, made.line_of(line), here.source), defaults[line])
        user = job.user or made.crontab.user
        jobs.append(replace(job, place=place, generator=here, user=user, findings=tuple(own)))
    findings = [replace(one, place=moved(one.place)) for one in found.findings if _holds(one, made)]
    if any("crontab -l" not in name for name in _alone(made)):
        findings.append(_not_static(here))
    lines = tuple(replace(line, line=made.line_of(line.line)) for line in found.lines)
    return Found(tuple(jobs), lines, tuple(findings))


def _settings_with_defaults(crontab: Crontab, defaults: Mapping[int, object]) -> dict[int, list[int]]:
    """For each line below a setting that holds a default, the lines of such settings as are in force."""
    found: dict[int, list[int]] = {}
    in_force: dict[str, int] = {}
    for number, line in enumerate(crontab.lines, 1):
        if isinstance(line, Setting):
            in_force.pop(line.name, None)
            if number in defaults:
                in_force[line.name] = number
        elif in_force:
            found[number] = list(in_force.values())
    return found


def _holds(finding: Finding, made: Rendering) -> bool:
    """Whether a finding is about the crontab: not about a name that the script's shell expands before."""
    line = finding.place.line if finding.place else 0
    return not (finding.code in ("CM101", "CM102", "CM103") and line in made.open)


def _alone(made: Rendering) -> Iterator[str]:
    """The names on lines that hold nothing else, so that any lines may stand there."""
    texts = made.text.split("\n")
    for line, names in made.open.items():
        if texts[line - 1].strip() == "".join(names):
            yield from names


def _open_words(place: Place, names: list[str]) -> Iterator[Finding]:
    if names:
        yield Finding(
            "CM105",
            place,
            _("{names} is known only where the script runs").format(names=", ".join(dict.fromkeys(names))),
            _("name it with --env NAME=VALUE, or scan what is installed: crontab -l | migrator scan -"),
        )


def _defaults(place: Place, values: Mapping[str, str]) -> Iterator[Finding]:
    """What the line is only where nobody sets the variable, which a container's start often does."""
    for name, value in values.items():
        message = _("{name} is {value} unless the environment of the script says otherwise")
        if place.source == "dockerfile":
            message = _("{name} is {value} unless the build or the start of the image says otherwise")
        hint = _("name what it is there with --env {name}=..., or scan what is installed: {command}")
        yield Finding(
            "CM110",
            place,
            message.format(name=name, value=redact_setting(name, value)),
            hint.format(name=name, command="crontab -l | migrator scan -"),
        )


def _replaced(installation: Installation, place: Place) -> Iterator[Finding]:
    """A crontab that a later line of the script takes away: its jobs never run, or not everywhere."""
    by = installation.replaced
    if by is None:
        return
    if by.empty:
        text = _("line {line} takes this crontab away again")
    elif by.surely:
        text = _("the crontab of line {line} replaces this one: cron runs the jobs of the last one only")
    else:
        text = _("where line {line} runs, its crontab replaces this one")
    yield Finding(
        "CM150",
        place,
        text.format(line=by.line),
        _("install all jobs as one crontab, or take out what is dead; on the machine: crontab -l"),
    )


def _not_static(place: Place) -> Finding:
    return Finding(
        "CM105",
        place,
        _("what this installs depends on the run"),
        _("pipe what it makes into the tool: crontab -l | migrator scan -"),
    )


SOURCE = Source(NAME, recognises, read, may_be=may_be_a_crontab)
