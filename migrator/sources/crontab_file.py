"""Crontab files: user format, and system format with its user column; also those that are templates."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from migrator.crontab.columns import Layout, format_by_path, layout_of
from migrator.crontab.command import read_command
from migrator.crontab.marks import RETIRED, RETIRED_LINE, Whose, of_anybody, syncs, wrapped_job
from migrator.crontab.open_schedules import read_open_line
from migrator.crontab.settings import EmptySetting
from migrator.crontab.syntax import (
    Blank,
    Comment,
    Continuation,
    Crontab,
    Disabled,
    Format,
    JobLine,
    Line,
    Setting,
    Unreadable,
    read_crontab,
    read_line,
    split_command,
)
from migrator.crontab.templates import Template, read_template, rendered_percent
from migrator.crontab.wrapping import unwrap
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.redaction import redact_setting
from migrator.schedule.dialect import DEBIAN, Dialect
from migrator.schedule.expression import CronExpression
from migrator.sources import crontab_lines as say
from migrator.sources.crontab_comments import Label, is_prose
from migrator.sources.endings import may_be_a_crontab
from migrator.sources.in_force import (
    FOUND_BY,
    about_command,
    inherited,
    schedule_in_force,
    settings_of_the_file,
    without_effect,
    zone_in_force,
)
from migrator.sources.job import Declared, Found, LineKind, ReadFile, SourceLine
from migrator.sources.retired import in_cron
from migrator.sources.source import Source, SourceFile, Surroundings

KINDS: dict[type[Line], LineKind] = {
    Blank: "blank",
    Comment: "comment",
    Setting: "setting",
    JobLine: "job",
    Disabled: "disabled",
    Unreadable: "unreadable",
    Continuation: "other",
}
DEFAULT_SHELL = "/bin/sh"
__all__ = ["RETIRED", "SOURCE", "declare", "format_of", "read", "read_lines", "recognises"]

# A line with a schedule, or a nickname; cheap, because every file of a repository is looked at.
_SCHEDULED = re.compile(r"(?m)^[ \t]*(?:@[a-z]{4,}|[0-9*]\S*(?:[ \t]+[0-9*a-zA-Z]\S*){4})[ \t]+\S")
_MOST_LINES = 10_000  # MAX_TAB_LINES of crontab.c: longer texts are books and licences
_FOR_CRON = re.compile(r"crontab|^cron$|\.cron$")
# What somebody wrote for cron, whatever cron makes of it: six fields, an hour 45.
_MEANT_AS_JOB = re.compile(r"(?m)^[ \t]*(?:[0-9*][0-9*/,-]*[ \t]+){5}\S")
# The same in one line; a setting without a value, and what Windows makes of a blank line.
_FAULT = re.compile(_MEANT_AS_JOB.pattern + r"|[ \t]*(?:\w+[ \t]*=)?\s*$")


def format_of(path: str, text: str = "") -> Format:
    """The format that cron reads at this path; where that does not tell, the one that the text has."""
    template = read_template(path, text) if text else None
    return layout_of(path, _with_retired(template.text if template else text), template).format


def recognises(file: SourceFile) -> bool:
    """A file that was named is one; in a folder, a file with jobs that looks like a crontab.

    By its place or name it is one also where cron refuses its lines: those are what nobody notices.
    Lines that have left cron count as if they were there.
    """
    if file.named:
        return True
    file = replace(file, text=_with_retired(file.text))
    name = posixpath.basename(file.path)
    for_cron = format_by_path(file.path) is not None or _FOR_CRON.search(name) is not None
    if for_cron and _MEANT_AS_JOB.search(file.text):
        return True
    if "cron" not in name and (not _SCHEDULED.search(file.text) or file.text.count("\n") > _MOST_LINES):
        return False
    template, _layout, crontab = _sheet(file)
    jobs = [line for line in crontab.lines if isinstance(line, JobLine)]
    if for_cron:
        return bool(jobs)
    scheduled = any(isinstance(line.schedule, CronExpression) for line in jobs)
    refused = [line.text for line in crontab.lines if isinstance(line, Unreadable)]
    faults = "manage.py" in file.text and all(map(_FAULT.match, refused))
    strange = (refused and not faults) or (template and template.unknown)
    return scheduled and ("cron" in name or not strange)


def read(file: SourceFile, around: Surroundings) -> Found:
    """The jobs of a crontab file, and every line of it."""
    template, layout, crontab = _sheet(file, around.dialect)
    found = read_lines(file.path, crontab, scripts=around.scripts, template=template, is_ours=around.is_ours)
    return replace(
        found, files=(ReadFile(file.path, "crontab", layout.format, layout.told_by, layout.reason),)
    )


SOURCE = Source("crontab", recognises, read, may_be_a_crontab)


def _sheet(file: SourceFile, dialect: Dialect = DEBIAN) -> tuple[Template | None, Layout, Crontab]:
    """The template that a file is, if it is one; its format; its lines, with stand-ins."""
    template = read_template(file.path, file.text)
    text = template.text if template else file.text
    if file.format and file.format != format_by_path(file.path):
        layout = Layout(file.format, "choice", _("migrator.toml or the place that it comes from says so"))
    else:
        layout = layout_of(file.path, _with_retired(text), template)
    crontab = read_crontab(text, layout.format, dialect)
    lines = tuple(
        read_open_line(line, crontab.format, template, dialect) if isinstance(line, Unreadable) else line
        for line in crontab.lines
    )
    return template, layout, replace(crontab, lines=lines)


def _with_retired(text: str) -> str:
    """The text as it was before its lines left cron."""
    return RETIRED_LINE.sub("", text) if RETIRED in text else text


def read_lines(
    path: str,
    crontab: Crontab,
    *,
    scripts: Mapping[str, str],
    template: Template | None = None,
    is_ours: Whose = of_anybody,
) -> Found:
    """The jobs of a crontab with the settings above each, and its lines.

    A line that another project records is what it was before; one that has left cron there is a comment.
    """
    reader, dialect = _Reader(path, crontab, scripts, template, is_ours=is_ours), crontab.dialect
    for number, line in crontab.numbered():
        reader.line(number, line)
    last = crontab.lines[-1] if crontab.lines else None
    loses = dialect.open_end_loses == "file" and not crontab.final_newline
    if loses and isinstance(last, JobLine | Setting):
        reader.findings.append(say.no_final_newline(path, len(crontab.lines)))
    if reader.refused and reader.jobs and dialect.bad_line_loses == "file":
        everywhere = [one for one in reader.refused if one not in reader.refused_once]
        first = (everywhere or reader.refused)[0]
        reader.findings.append(say.whole_file(path, first, dialect.program, once=not everywhere))
    reader.findings += say.too_long(path, crontab)
    if crontab.format == "user":
        reader.findings += _too_many(path, crontab)
    reader.findings += without_effect(path, crontab)
    return Found(tuple(in_cron(reader.jobs)), tuple(reader.lines), tuple(reader.findings))


def _too_many(path: str, crontab: Crontab) -> Iterator[Finding]:
    """The first line too many, for which the daemon drops the file; it counts what it refuses, too."""
    dialect, jobs, settings = crontab.dialect, 0, 0
    for number, line in crontab.numbered():
        jobs += isinstance(line, JobLine | Unreadable)
        settings += isinstance(line, Setting)
        if dialect.most_jobs is not None and jobs > dialect.most_jobs:
            yield say.too_many(path, number, dialect.program)
            return
        if dialect.most_settings is not None and settings > dialect.most_settings:
            yield say.too_many(path, number, dialect.program)
            return


class _Reader:
    """Goes down a crontab: settings bind the lines below them, comments the line directly below."""

    def __init__(
        self,
        path: str,
        crontab: Crontab,
        scripts: Mapping[str, str],
        template: Template | None,
        *,
        is_ours: Whose,
    ) -> None:
        self.path = path
        self.format = crontab.format
        self.dialect = crontab.dialect
        self.scripts = scripts
        self.template = template
        self.is_ours = is_ours
        self.settings: dict[str, str] = settings_of_the_file(crontab)
        self.set_at: dict[str, Place] = {}
        self.macros = say.macros(crontab)
        self.depends: dict[str, tuple[str, ...]] = {}  # settings that a template has under a condition
        self.shell: tuple[Finding, ...] = ()  # what is wrong with the SHELL in force
        self.label = Label()
        self.headed = 0  # the number of the job above, from 1, if its label is a heading
        self.jobs: list[Declared] = []
        self.lines: list[SourceLine] = []
        self.findings: list[Finding] = []
        self.refused: list[Finding] = []
        self.refused_once: list[Finding] = []  # those of them that newer versions of the daemon take

    def line(self, number: int, line: Line) -> None:
        place = Place(self.path, number)
        kind, reason = KINDS[type(line)], None
        match line:
            case _ if self.template and number in self.template.steering:
                kind, reason = "other", self.template.steering[number]
                if number in self.template.unknown:
                    self.findings.append(say.unknown_line(place, self.template.unknown[number]))
            case Setting():
                self.setting(line, place)
            case JobLine(raw=raw) if syncs(raw):
                kind, reason = "other", _("added by `migrator instrument`")
            case JobLine():
                self.job(line, place)
            case Comment(text=text) if (marker := RETIRED_LINE.match(text)) and self.retired(marker, place):
                kind, reason = "disabled", _("left cron with `migrator cutover`")
            case Disabled(job=job) if is_prose(job):
                kind = "comment"
            case Unreadable(_, problem):
                reason = problem.fact
                self.refuse(say.unreadable(problem, place))
                if isinstance(problem, EmptySetting):
                    self.refused_once.append(self.refused[-1])
        self.under_heading(line)
        self.label.pass_by(line)
        self.lines.append(SourceLine(self.path, number, kind, self.shown(number, line), reason))

    def under_heading(self, line: Line) -> None:
        """A heading above several jobs, one directly under the other, is none of theirs."""
        if isinstance(line, JobLine) and not self.headed and self.label.heading:
            self.headed = len(self.jobs)
            return
        if isinstance(line, JobLine) and self.headed:
            first = self.jobs[self.headed - 1]
            self.jobs[self.headed - 1] = replace(first, label=None)
        self.headed = 0

    def refuse(self, finding: Finding) -> None:
        self.refused.append(finding)
        self.findings.append(self.restored(finding))

    def setting(self, line: Setting, place: Place) -> None:
        if line.effective and self.dialect.settings_hold == "below":
            self.settings[line.name] = line.value
            self.set_at[line.name] = place
            self.depends[line.name] = self.conditions(place)
        found = [self.restored(finding) for finding in say.about_setting(line, place)]
        self.findings += found
        if line.name == "SHELL":
            self.shell = tuple(finding for finding in found if finding.code == "CM113")

    def job(self, line: JobLine, place: Place) -> None:
        read = say.meant(line, self.format, self.template, self.dialect)
        settings = self.settings_at(place)
        declared = declare(
            read.line,
            place,
            settings,
            label=self.label.text,
            scripts=self.scripts,
            template=self.template,
            dialect=self.dialect,
        )
        extra = [say.stays_text(name, settings[name], place) for name in say.unexpanded(line.raw, settings)]
        if (brace := say.glued_brace(line.raw)) is not None:
            extra.append(say.dead(brace, place))
        if read.problem is not None:
            extra.append(say.dead(read.problem, place))
            if read.fatal:
                self.refused.append(extra[-1])
        extra += [
            say.inherited_from_crontab(name, self.set_at.get(name, place))
            for name in say.wanting(declared, self.macros)
        ]
        extra += self.of_template(line, place, settings)
        found = (*(self.restored(finding) for finding in extra), *self.shell)
        if found or self.macros:
            declared = replace(declared, macros=self.macros, findings=(*declared.findings, *found))
        if not self.is_ours(line.raw):
            declared = replace(declared, recorded=None, foreign=True)
        self.jobs.append(declared)

    def retired(self, marker: re.Match[str], place: Place) -> bool:
        """A line that has left cron is still its job's: the task was written for it, and it may come back."""
        line = read_line(marker.string[marker.end() :], self.format, self.dialect)
        if not isinstance(line, JobLine) or syncs(line.raw) or not self.is_ours(marker.string):
            return False
        self.job(line, place)
        self.jobs[-1] = replace(self.jobs[-1], recorded=marker["job"], retired=True)
        return True

    def conditions(self, place: Place) -> tuple[str, ...]:
        return self.template.conditions.get(place.line, ()) if self.template else ()

    def settings_at(self, place: Place) -> Mapping[str, str]:
        """The settings that hold at a line on every condition under which it is there."""
        if not any(self.depends.values()):
            return dict(self.settings)
        here = self.conditions(place)
        unsure = {name for name, on in self.depends.items() if on and here[: len(on)] != on}
        return {name: value for name, value in self.settings.items() if name not in unsure}

    def of_template(self, line: JobLine, place: Place, settings: Mapping[str, str]) -> list[Finding]:
        """What the template leaves open about a job: in its line, and in the settings that it uses."""
        if self.template is None:
            return []
        used = re.findall(r"\$\{?([A-Za-z_]\w*)", line.raw)
        texts = [line.text, *(settings.get(name, "") for name in used)]
        unsure = tuple(f"${name}" for name in dict.fromkeys(used) if name in self.settings.keys() - settings)
        placeholders = (*self.template.placeholders_in(texts), *unsure)
        conditions = self.conditions(place)
        return [say.of_template(place, placeholders, conditions)] if placeholders or conditions else []

    def restored(self, finding: Finding) -> Finding:
        return self.template.restored(finding) if self.template else finding

    def shown(self, number: int, line: Line) -> str:
        text = self.template.lines[number - 1] if self.template else line.text
        if isinstance(line, Setting):
            value = redact_setting(line.name, line.value)
            shown = self.template.written(value) if self.template else value
            return text if value == line.value else f"{line.name}={shown}"
        return text


def declare(
    line: JobLine,
    place: Place,
    settings: Mapping[str, str],
    *,
    label: str | None,
    scripts: Mapping[str, str],
    template: Template | None = None,
    dialect: Dialect = DEBIAN,
) -> Declared:
    """The job of a line under the settings above it; a ``template`` has stand-ins in both."""
    command, stdin, known = line.command, line.stdin, settings
    if template is not None:
        command, stdin = split_command(rendered_percent(line.raw), dialect)
        command = template.readable(command)
        known = {name: template.readable(value) for name, value in settings.items()}
    reading = read_command(command, settings=known, scripts=scripts)
    findings = [Finding(r.code, place, r.message, r.hint, r.detail) for r in reading.remarks]
    if stdin is not None:
        findings.append(
            Finding(
                "CM301",
                place,
                _("the command contains a bare %, which cron turns into a newline"),
                _(r"write \% or move the text into a script"),
            )
        )
    raw = unwrap(line.raw)
    declared = Declared(
        place=place,
        raw=raw,
        schedule=schedule_in_force(line.schedule, settings, dialect),
        reading=reading,
        user=line.user,
        label=label,
        stdin=stdin,
        mail=settings.get("MAILTO"),
        shell=settings.get("SHELL", DEFAULT_SHELL),
        text=split_command(raw, dialect)[0],
        timezone=zone_in_force(settings, dialect),
        findings=(*findings, *about_command(line, place, dialect)),
        recorded=wrapped_job(line.raw),
        inherited={} if reading.container or reading.host or reading.cleared else inherited(settings),
        found_by={name: value for name, value in settings.items() if name in FOUND_BY},
    )
    if template is None:
        return declared
    filled = template.placeholders_in([line.text])
    return replace(template.restored(declared), placeholders=filled)
