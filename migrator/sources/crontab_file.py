"""Crontab files: user format, and system format with its user column."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from migrator.crontab.command import read_command
from migrator.crontab.syntax import (
    Blank,
    Comment,
    Crontab,
    Disabled,
    Format,
    JobLine,
    Line,
    Setting,
    Unreadable,
    read_crontab,
)
from migrator.crontab.wrapping import SYNC_MARK, unwrap, wrapped_job
from migrator.errors import MigratorError, caret
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.redaction import redact_setting
from migrator.sources.job import Declared, Found, LineKind, SourceLine

KINDS: dict[type[Line], LineKind] = {
    Blank: "blank",
    Comment: "comment",
    Setting: "setting",
    JobLine: "job",
    Disabled: "disabled",
    Unreadable: "unreadable",
}
DEFAULT_SHELL = "/bin/sh"
RETIRED = "#migrator retired "  # what a cutover puts before a line that has left cron


def format_of(path: str) -> Format:
    """The format that cron reads at this path: /etc/crontab and cron.d have a user column."""
    folder, name = posixpath.split(path)
    system = (name == "crontab" and folder == "/etc") or posixpath.basename(folder) == "cron.d"
    return "system" if system else "user"


def read(path: str, text: str, *, scripts: Mapping[str, str], format: Format | None = None) -> Found:
    """The jobs of a crontab file, and every line of it."""
    crontab = read_crontab(text, format or format_of(path))
    return read_lines(path, crontab, scripts=scripts)


def read_lines(path: str, crontab: Crontab, *, scripts: Mapping[str, str]) -> Found:
    """The jobs of a crontab with the settings above each, and its lines."""
    settings: dict[str, str] = {}
    jobs: list[Declared] = []
    lines: list[SourceLine] = []
    findings: list[Finding] = []
    label: str | None = None
    for number, line in crontab.numbered():
        place = Place(path, number)
        reason = None
        match line:
            case Setting(_, name, value):
                settings[name] = value
                findings += _setting_findings(line, place)
            case JobLine(raw=raw) if raw.rstrip().endswith(SYNC_MARK):
                reason = _("added by `migrator instrument`")
            case JobLine():
                jobs.append(declare(line, place, settings, label=label, scripts=scripts))
            case Unreadable(_, problem):
                reason = problem.fact
                findings.append(unreadable(problem, place))
        label = _label(line, label)
        kind = "other" if isinstance(line, JobLine) and reason else KINDS[type(line)]
        lines.append(SourceLine(path, number, kind, _shown(line), reason))
    last = crontab.lines[-1] if crontab.lines else None
    if not crontab.final_newline and isinstance(last, JobLine | Setting):
        findings.append(_no_final_newline(path, len(crontab.lines)))
    refused = [finding for finding in findings if finding.code == "CM101"]
    if refused and jobs:
        findings.append(_whole_file(path, refused[0]))
    return Found(tuple(jobs), tuple(lines), tuple(findings))


def declare(
    line: JobLine,
    place: Place,
    settings: Mapping[str, str],
    *,
    label: str | None,
    scripts: Mapping[str, str],
) -> Declared:
    """The job of a line under the settings above it."""
    reading = read_command(line.command, settings=settings, scripts=scripts)
    raw = unwrap(line.raw)
    findings = [Finding(r.code, place, r.message, r.hint, r.detail) for r in reading.remarks]
    if line.stdin is not None:
        findings.append(
            Finding(
                "CM301",
                place,
                _("the command contains a bare %, which cron turns into a newline"),
                _(r"write \% or move the text into a script"),
            )
        )
    return Declared(
        place=place,
        generator=None,
        raw=raw,
        expression=line.expression,
        user=line.user,
        label=label,
        stdin=line.stdin,
        mail=settings.get("MAILTO"),
        shell=settings.get("SHELL", DEFAULT_SHELL),
        reading=reading,
        findings=tuple(findings),
        recorded=wrapped_job(line.raw),
    )


def unreadable(problem: MigratorError, place: Place) -> Finding:
    """The finding for a line that cron refuses."""
    detail = problem.text
    if problem.text is not None and problem.span is not None:
        detail = f"{problem.text}\n{caret(problem.span)}"
    return Finding("CM101", place, problem.fact, problem.hint, detail)


def _label(line: Line, label: str | None) -> str | None:
    """The comment directly above a job; a blank line or a setting parts them, a line of ours is none."""
    if isinstance(line, Comment) and not line.text.startswith(RETIRED):
        return line.text.strip().lstrip("#").strip() or label
    return None


def _shown(line: Line) -> str:
    if isinstance(line, Setting):
        value = redact_setting(line.name, line.value)
        return line.text if value == line.value else f"{line.name}={value}"
    return line.text


def _setting_findings(line: Setting, place: Place) -> list[Finding]:
    if not re.search(r"\$\w|\$\{|^~", line.value):
        return []
    message = _("cron does not expand {name}: the job gets the text {value}").format(
        name=line.name, value=redact_setting(line.name, line.value)
    )
    return [Finding("CM103", place, message, _("write the value out"))]


def _whole_file(path: str, first: Finding) -> Finding:
    return Finding(
        "CM102",
        Place(path, first.place.line if first.place else 1),
        _("Debian's cron ignores the whole file because of this line: none of its jobs has run"),
        _("mend the line first, and ask whether the jobs are wanted at all"),
    )


def _no_final_newline(path: str, line: int) -> Finding:
    return Finding(
        "CM102",
        Place(path, line),
        _("the last line has no newline: Debian's cron ignores the whole file"),
        _("end the line, and ask whether the jobs are wanted at all"),
    )
