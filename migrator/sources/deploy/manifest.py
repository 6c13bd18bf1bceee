"""A deployment file while it is read: its nodes, the jobs and findings that come out of them.

Placeholders of its template language have stand-ins while it is read, and are written back
into everything that leaves (see crontab/templates.py).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from migrator.crontab.command import read_command
from migrator.crontab.reading import Lock, Reading
from migrator.crontab.templates import Template, has_placeholder
from migrator.errors import BadExpression
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources import crontab_file
from migrator.sources.crontab_lines import of_template, unreadable
from migrator.sources.crontab_script import read_installations
from migrator.sources.deploy.yaml_text import Documents, documents
from migrator.sources.facts import Installed
from migrator.sources.job import Declared, Found, LineKind
from migrator.sources.lines import accounted
from migrator.sources.shell.installation import Crontab
from migrator.sources.shell.walk import installing
from migrator.sources.source import Source, SourceFile, Surroundings
from migrator.zones import known_zone

STDIN = "<stdin>"
# A tag ends before the next one begins, so that one without its end costs no second look at the rest.
_TAG = re.compile(r"\{\{(?:(?!\{\{|\}\}).)*\}\}|\{%(?:(?!\{%|%\}).)*%\}|\{#(?:(?!\{#|#\}).)*#\}", re.DOTALL)
_PRIVATE, _PRIVATE_SIZE = 0xF0000, 0xFFFE  # Supplementary Private Use Area-A
_ALONE = re.compile(r"(?m)^[ \t]*(?:[\U000f0000-\U000ffffd]\n*[ \t]*)+$")


def masked(text: str) -> Template:
    """The text with a stand-in for each ``{{ ... }}``; lines of nothing else become blank, none is lost."""
    if "{{" not in text and "{%" not in text:
        return Template(text, ())
    stand_ins: dict[str, str] = {}

    def stand_in(match: re.Match[str]) -> str:
        one = stand_ins.setdefault(match.group(), chr(_PRIVATE + len(stand_ins) % _PRIVATE_SIZE))
        return one + "\n" * match.group().count("\n")

    covered = _TAG.sub(stand_in, text)
    plain = _ALONE.sub(lambda match: re.sub(r"[^\n]", "", match.group()), covered)
    return Template(plain, (), {one: tag for tag, one in stand_ins.items()})


@dataclass(frozen=True, slots=True)
class Timing:
    """A schedule with the zone that is written with it, and what there is to say about it."""

    schedule: Schedule
    zone: str | None = None
    problem: BadExpression | None = None


@dataclass(slots=True)
class Manifest:
    """One file in reading; ``source`` is the name of its places."""

    file: SourceFile
    around: Surroundings
    source: str
    template: Template
    documents: Documents
    jobs: list[Declared] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    kinds: dict[int, LineKind] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    others: list[Found] = field(default_factory=list)  # crontabs inside it, read elsewhere
    zone: str | None = None  # the clock of the crontabs inside it

    def place(self, line: int) -> Place:
        return Place(self.file.path, line, self.source)

    def say(self, code: str, line: int, message: str, hint: str | None = None) -> None:
        """A finding about the file."""
        self.findings.append(Finding(code, self.place(line), message, hint))

    def disabled(self, line: int, reason: str) -> None:
        """A job that is declared and switched off."""
        self.kinds[line] = "disabled"
        self.reasons[line] = reason

    def timing(self, text: str, read: Callable[[str], tuple[Schedule, str | None]]) -> Timing:
        """A schedule as the scheduler reads it, undecided where a placeholder is in it."""
        if has_placeholder(text):
            names = ", ".join(self.template.placeholders_in([text]))
            return Timing(Undecided(text, _("a template fills in {placeholders}").format(placeholders=names)))
        if "$" in text:
            return Timing(Undecided(text, _("it has a variable that nothing here gives a value")))
        try:
            schedule, zone = read(text)
        except BadExpression as problem:
            return Timing(Undecided(text, problem.fact), problem=problem)
        return Timing(schedule, known_zone(zone))

    def job(
        self,
        line: int,
        command: str | Sequence[str],
        timing: Timing,
        *,
        more: Callable[[Reading], None] | None = None,
        findings: Iterable[tuple[str, str, str | None]] = (),
        zone: str | None = None,
        user: str | None = None,
        label: str | None = None,
        reading: Reading | None = None,
        generator: bool = False,
    ) -> None:
        """A job; ``reading`` where it is no command; ``more`` adds what the file says around the command."""
        place = self.place(line)
        if timing.problem is not None:
            self.findings.append(unreadable(timing.problem, place))
            self.kinds[line] = "unreadable"
            self.reasons[line] = timing.problem.fact
            return
        raw = command if isinstance(command, str) else shlex.join(command)
        if reading is None:
            reading = read_command(self.template.readable(raw), scripts=self.around.scripts)
        if more is not None:
            more(reading)
        own = [Finding(r.code, place, r.message, r.hint, r.detail) for r in reading.remarks]
        own += [Finding(code, place, message, hint) for code, message, hint in findings]
        filled = self.template.placeholders_in([raw])
        own += [of_template(place, filled, ())] if filled else []
        declared = Declared(
            place=place,
            raw=raw,
            schedule=timing.schedule,
            reading=reading,
            generator=place if generator else None,
            user=user,
            label=label,
            timezone=timing.zone or known_zone(zone),
            findings=tuple(own),
            placeholders=filled,
        )
        self.jobs.append(self.template.restored(declared))
        self.kinds[line] = "job"

    def crontab(
        self,
        text: str,
        lines: Callable[[int], int],
        *,
        crontab: Crontab,
        line: int,
        label: str | None = None,
    ) -> None:
        """A crontab inside the file, which generates it; ``lines``: the file's line for each of its own."""
        written = self.template.written(text)
        inner = crontab_file.read(SourceFile(self.file.path, written, crontab.format), self.around)
        found = moved(inner, self.place(line), lines)
        jobs = (
            replace(
                job,
                generator=self.place(line),
                user=job.user or crontab.user,
                label=label or job.label,
                timezone=job.timezone or self.zone,
            )
            for job in found.jobs
        )
        self.others.append(replace(found, jobs=tuple(jobs)))
        self.kinds |= {one.line: one.kind for one in found.lines if one.kind not in ("blank", "comment")}

    def shell(self, script: str, lines: Callable[[int], int], line: int) -> None:
        """Shell text inside the file: the crontabs that it puts into place."""
        written = self.template.written(script)
        made = installing(written, self.around.environment, interprets=True)
        found = read_installations(
            SourceFile(self.file.path, written),
            made,
            self.around,
            script=written,
            zone=self.zone,
            source=self.source,
        )
        if found.jobs or found.findings or found.facts:
            self.others.append(moved(found, self.place(line), lines))
            self.kinds |= {lines(one.line): one.kind for one in found.lines if one.kind == "job"}

    def installs(self, path: str, line: int, crontab: Crontab) -> None:
        """A file of the tree becomes a crontab."""
        fact = Installed(self.template.written(path), self.place(line), crontab, self.zone)
        self.others.append(Found(facts=(fact,)))
        self.kinds.setdefault(line, "other")

    def found(self) -> Found:
        """All of it, each line accounted for."""
        lines = [
            replace(line, reason=self.reasons.get(line.line))
            for line in accounted(self.file.path, self.file.text, self.kinds)
        ]
        return Found(
            (*self.jobs, *(job for one in self.others for job in one.jobs)),
            tuple(lines),
            (
                *self.template.restored(tuple(self.findings)),
                *(f for one in self.others for f in one.findings),
            ),
            tuple(fact for one in self.others for fact in one.facts),
        )


def moved(found: Found, here: Place, lines: Callable[[int], int]) -> Found:
    """What a text inside a file gave, with the places of the file."""

    def there(place: Place | None) -> Place:
        return Place(here.path, lines(place.line), here.source) if place else here

    jobs = (
        replace(
            job,
            place=there(job.place),
            generator=there(job.generator) if job.generator else None,
            findings=tuple(replace(one, place=there(one.place)) for one in job.findings),
        )
        for job in found.jobs
    )
    return Found(
        tuple(jobs),
        tuple(replace(line, line=lines(line.line)) for line in found.lines),
        tuple(replace(one, place=there(one.place)) for one in found.findings),
        tuple(replace(fact, place=there(fact.place)) for fact in found.facts if isinstance(fact, Installed)),
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of deployment file in YAML.

    ``may_be`` looks at the path, ``hint`` at the text; ``read`` fills a manifest; ``surely``: the text
    is of that kind even where nothing can be read of it.
    """

    name: str
    may_be: Callable[[str], bool]
    hint: re.Pattern[str]
    read: Callable[[Manifest], None]
    surely: re.Pattern[str] | None = None

    def manifest(self, file: SourceFile, around: Surroundings) -> Manifest:
        template = masked(file.text)
        manifest = Manifest(file, around, self.name, template, documents(template.text))
        self.read(manifest)
        broken = manifest.documents.broken
        if broken is not None:
            line, reason = broken
            manifest.say(
                "CM132",
                min(line, file.text.rstrip("\n").count("\n") + 1),
                _("this cannot be read as YAML, nor what is below it: {reason}").format(reason=reason),
                _("mend it, or render the template and scan what comes out"),
            )
        return manifest

    def recognises(self, file: SourceFile) -> bool:
        # What comes from a pipe has no name: helm template . | migrator scan -
        named = file.path == STDIN or self.may_be(file.path)
        if not named or not self.hint.search(file.text):
            return False
        manifest = self.manifest(file, Surroundings())
        if manifest.documents.broken and self.surely and self.surely.search(file.text):
            return True
        return bool(manifest.kinds or manifest.others)

    def source(self) -> Source:
        return Source(
            self.name,
            self.recognises,
            lambda file, around: self.manifest(file, around).found(),
            self.may_be,
        )


def yaml_named(path: str) -> bool:
    """Whether a file is YAML, or a template of it, by its name."""
    return (
        re.search(r"\.ya?ml(?:\.(?:j2|jinja2?|tpl|tmpl|gotmpl|erb|template|dist|example|sample))?$", path)
        is not None
    )


def lock_on(reading: Reading, key: str, *, blocking: bool | None) -> None:
    """A lock of the scheduler's; one that the command takes itself is nearer to it."""
    if reading.lock is None:
        reading.lock = Lock(key, blocking)


def limited(reading: Reading, seconds: str | None) -> None:
    """A time limit of the scheduler's; the shorter one counts."""
    if seconds is not None and re.fullmatch(r"\d{1,9}", seconds):
        reading.timeout = min(int(seconds), reading.timeout or int(seconds))
