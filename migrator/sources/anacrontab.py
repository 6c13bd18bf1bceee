"""anacrontab: jobs that run once in a period of days, whenever the machine is up.

Authority: readtab.c of anacron 2.3 and of cronie, anacrontab(5).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migrator.crontab.command import read_command
from migrator.findings import Finding, Place
from migrator.i18n import _, ngettext
from migrator.schedule.kinds import Undecided
from migrator.sources.in_force import inherited
from migrator.sources.job import Declared, Found, LineKind
from migrator.sources.lines import accounted
from migrator.sources.part_folders import folder_of
from migrator.sources.source import Source, SourceFile, Surroundings

NAME = "anacrontab"
# The patterns of parse_tab_line(); a job id holds no slash, because it names a file of anacron's spool.
SETTING = re.compile(r"[ \t]*([^ \t=]+)[ \t]*=(.*)", re.DOTALL)
JOB = re.compile(r"[ \t]*(\d+|@[^ \t]+)[ \t]+(\d+)[ \t]+([^ \t/]+)[ \t]+([^ \t].*)", re.ASCII | re.DOTALL)
# A word in the third place, where a crontab has its days of the month.
_NO_CRONTAB = re.compile(r"(?m)^[ \t]*\d+[ \t]+\d+[ \t]+[A-Za-z][^ \t/]*[ \t]+\S")
NEAREST = {
    "@daily": "30 {hour} * * *",
    "@weekly": "30 {hour} * * 1",
    "@monthly": "30 {hour} 1 * *",
    "@yearly": "30 {hour} 1 1 *",
    "@annually": "30 {hour} 1 1 *",
}
PERIODS = {"1": "@daily", "7": "@weekly", "30": "@monthly", "31": "@monthly", "365": "@yearly"}
FIRST_HOUR = "7"  # Debian starts anacron at 07:30
_INT_MAX, _MOST_DIGITS = 2**31 - 1, 10


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line says, or several that a backslash joins."""

    kind: LineKind
    text: str
    line: int
    lines: int


@dataclass(frozen=True, slots=True)
class Period:
    """A job: ``period`` is a number of days or a name, ``delay`` is in minutes, ``settings`` stand above."""

    line: int
    period: str
    delay: str
    identity: str
    command: str
    settings: Mapping[str, str]

    @property
    def schedule(self) -> Undecided:
        """Once in a period, at no minute that the text gives; the remedy offers the nearest expression."""
        often = self.period
        if often.isdigit():
            days = int(often)
            often = ngettext("once in {count} day", "once in {count} days", days).format(count=days)
        nearest = NEAREST.get(PERIODS.get(self.period, self.period))
        hours = re.match(r"\d+", self.settings.get("START_HOURS_RANGE", ""))
        return Undecided(
            f"{self.period} {self.delay}",
            _("anacron runs it {often} when the machine is up, at no fixed minute").format(often=often),
            _("choose a time for it; the nearest is {expression}").format(
                expression=nearest.format(hour=hours[0] if hours else FIRST_HOUR)
            )
            if nearest
            else _("choose a schedule for it: no crontab counts periods of days"),
        )


def periods(text: str) -> Iterator[Period]:
    """The jobs of an anacrontab, each under the settings above it."""
    settings: dict[str, str] = {}
    for entry in _entries(text):
        if entry.kind == "setting" and (setting := SETTING.fullmatch(entry.text)):
            settings[setting[1]] = setting[2].strip()
        elif entry.kind == "job" and (job := JOB.fullmatch(entry.text)):
            yield Period(entry.line, job[1], job[2], job[3], job[4], dict(settings))


def may_be(path: str) -> bool:
    """``anacrontab``, also with an ending, or something in front."""
    return NAME in posixpath.basename(path)


def recognises(file: SourceFile) -> bool:
    """Told by its name; a name that only holds the word needs a job that no crontab can have."""
    whole = posixpath.basename(file.path).startswith(NAME)
    return whole or (may_be(file.path) and _NO_CRONTAB.search(file.text) is not None)


def read(file: SourceFile, around: Surroundings) -> Found:
    """The jobs of an anacrontab, and every line of it."""
    kinds: dict[int, LineKind] = {}
    findings: list[Finding] = []
    for entry in _entries(file.text):
        kinds |= dict.fromkeys(range(entry.line, entry.line + entry.lines), entry.kind)
        if entry.kind == "unreadable":
            findings.append(_refused(Place(file.path, entry.line, NAME), entry.text))
    jobs = tuple(_declare(job, Place(file.path, job.line, NAME), around) for job in periods(file.text))
    return Found(jobs, tuple(accounted(file.path, file.text, kinds)), tuple(findings))


SOURCE = Source(NAME, recognises, read, may_be)


def _declare(job: Period, place: Place, around: Surroundings) -> Declared:
    reading = read_command(job.command, settings=job.settings, scripts=around.scripts)
    return Declared(
        place=place,
        raw=job.command,
        schedule=job.schedule,
        reading=reading,
        user="root",
        label=job.identity,
        mail=job.settings.get("MAILTO"),
        inherited=inherited(job.settings),
        shell=job.settings.get("SHELL", "/bin/sh"),
        findings=(
            *(Finding(r.code, place, r.message, r.hint, r.detail) for r in reading.remarks),
            *_ways_of_anacron(job, place),
        ),
    )


def _ways_of_anacron(job: Period, place: Place) -> Iterator[Finding]:
    yield Finding(
        "CM122",
        place,
        _("a missed run is made up for: anacron starts the job as soon as the machine is up again"),
        _("beat makes up for one run at most; let the job find out by itself what is left to do"),
    )
    folder = folder_of(job.command)
    if folder:
        yield Finding(
            "CM124",
            place,
            _("anacron runs {folder}: cron's own line for it tests for anacron, and does nothing").format(
                folder=folder
            ),
            _("look at the files of the folder: each is a job, at anacron's time"),
        )


def _refused(place: Place, text: str) -> Finding:
    return Finding(
        "CM101",
        place,
        _("anacron skips this line: it is neither a setting nor a job"),
        _("a job is: period in days or @monthly, delay in minutes, job id without a slash, command"),
        text,
    )


def _entries(text: str) -> Iterator[Entry]:
    """The lines as anacron takes them: read_tab_line() joins at a backslash, and keeps none."""
    parts: list[str] = []
    texts = text.split("\n")[: -1 if text.endswith("\n") else None]
    for number, line in enumerate(texts, 1):
        parts.append(line)
        if line.endswith("\\") and number < len(texts):
            continue
        whole = " ".join(parts).replace("\\", "")
        yield Entry(_kind(whole), whole, number - len(parts) + 1, len(parts))
        parts = []


def _kind(text: str) -> LineKind:
    stripped = text.strip(" \t")
    if not stripped:
        return "blank"
    if stripped.startswith("#"):
        return "comment"
    if SETTING.fullmatch(text):
        return "setting"
    job = JOB.fullmatch(text)
    return "job" if job and (job[1] in NEAREST or _is_number(job[1])) and _is_number(job[2]) else "unreadable"


def _is_number(text: str) -> bool:
    """Whether conv2int() takes it; anacron skips a line with a number that is out of an int's range."""
    significant = text.lstrip("0") or "0"
    return text.isdecimal() and len(significant) <= _MOST_DIGITS and int(significant) <= _INT_MAX
