"""What only cron's lines use: scripts around them, their logs and locks, variables with their schedules."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from migrator.crontab.marks import RETIRED
from migrator.cutover.residue.declared import declaring, of_cron
from migrator.cutover.residue.judging import LOG_HINT
from migrator.cutover.residue.texts import Kind, TextFile
from migrator.errors import BadExpression
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.read import read_schedule
from migrator.sources.job import Inventory, Job

_LOCKS = re.compile(r"\bflock\b|\blockfile\b|\.lock\b|\bmkdir\b[^\n]*lock")
_WORD = re.compile(r"\bcron(?:tab|job)?s?\b")
# NAME=value, NAME: value, export NAME="value", ${NAME:-value}, ENV NAME value
_VARIABLE = re.compile(
    r"\b(?P<name>[A-Z][A-Z0-9_]*)[\"']?(?::?-|[ \t]*[=:][ \t]*|[ \t]+)[\"']?(?:\$\{[A-Z0-9_]+:?-)?[\"']?"
    r"(?P<value>@[a-z]+|(?:[\d*/,-]+[ \t]+){4}[\w*/,-]+)(?=$|[\"'}\s;])"
)
_ASKED = re.compile(r"(?:environ|getenv|env(?:\.\w+)?|config|get)[\[(]\s*[\"']([A-Z][A-Z0-9_]*)[\"']")
_OF_CRON = re.compile(r"(?:^|_)CRON(?:TAB|JOB|S|_|$)")
_ENDS = re.compile(r"_?(?:CRON|CRONTAB|SCHEDULE|CRON_SCHEDULE|EXPRESSION|CRONTAB_SCHEDULE)$")


def scripts(files: Sequence[TextFile], inventory: Inventory) -> Iterator[Finding]:
    """Lock scripts and other wrappers that nothing but a crontab names."""
    installing = declaring(inventory) | {file.path for file in files if RETIRED in file.text}
    asked = [file for file in files if file.kind is Kind.SHELL and file.path not in installing]
    names = frozenset(script.name for script in asked)
    lines = [job.declared.raw for job in of_cron(inventory)]
    lines += [
        line for file in files if RETIRED in file.text for line in file.text.split("\n") if RETIRED in line
    ]
    by_cron = _named("\n".join(lines), names)
    by_others: dict[str, set[str]] = {}  # names of scripts, with the files that name them
    for file in files:
        if file.path not in installing and file.kind is not Kind.PAGE:
            for name in _named(file.text, names):
                by_others.setdefault(name, set()).add(file.path)
    for script in asked:
        if by_others.get(script.name, set()) - {script.path}:
            continue
        if script.name in by_cron:
            fact = _("only lines of cron call this script")
        elif _LOCKS.search(script.text) and _WORD.search(script.text):
            fact = _("nothing calls this lock script for cron any more")
        else:
            continue
        hint = _("take it out with the last of them: Celery's claims keep runs apart")
        yield Finding("CM635", Place(script.path, 1), fact, hint)


def _named(text: str, names: frozenset[str]) -> frozenset[str]:
    """The scripts that a text names, in one pass over it."""
    return names & {word.rstrip(".") for word in re.findall(r"[\w.-]+", text)} if names else frozenset()


def paths_of(jobs: Sequence[Job]) -> dict[str, str]:
    """The logs and locks of cron's lines that are named in full, each with its job."""
    found: dict[str, str] = {}
    for job in jobs:
        reading = job.reading
        lock = reading.lock.path if reading.lock else None
        for path in (reading.log, reading.error_log, lock):
            if path and path.startswith("/") and not path.startswith("/dev/") and "$" not in path:
                found.setdefault(path, job.id)
    return found


def logs_and_locks(files: Sequence[TextFile], inventory: Inventory) -> Iterator[Finding]:
    """Other files that name the log or the lock of a line of cron's."""
    known, own = paths_of(list(of_cron(inventory))), declaring(inventory)
    for file in files:
        if file.path in own or file.kind in (Kind.PAGE, Kind.PYTHON):
            continue
        for path, job in known.items():
            if path in file.text:
                yield from _naming(file, path, job)


def _naming(file: TextFile, path: str, job: str) -> Iterator[Finding]:
    for line, text in file.numbered():
        if path in text and not text.lstrip().startswith("#"):
            fact = _("{path} is the log or lock of {job} under cron").format(path=path, job=job)
            yield Finding(
                "CM640" if "logrotate" in file.path else "CM642", Place(file.path, line), fact, _(LOG_HINT)
            )
            return


def left_behind(paths: Mapping[str, str], exists: Callable[[str], bool]) -> Iterator[Finding]:
    """Logs and locks of cron's lines that lie on a machine."""
    for path, job in paths.items():
        if exists(path):
            fact = _("{path} is the log or lock of {job} under cron").format(path=path, job=job)
            yield Finding("CM642", Place(path, 1), fact, _("delete it once nobody looks at it any more"))


def variables(files: Sequence[TextFile], inventory: Inventory, known: Collection[str]) -> Iterator[Finding]:
    """Variables whose value is a schedule of cron's for a job, or for cron by their name.

    A variable that a program reads may be its own: `BACKUP_SCHEDULE` of a backup's container is none of ours.
    """
    words = [set(name.split("_")) - {""} for name in {*known, *(job.command for job in of_cron(inventory))}]
    installers = declaring(inventory)
    installing = "\n".join(file.text for file in files if file.path in installers)
    read = _read_by_programs(files)
    for file in files:
        if file.kind in (Kind.PAGE, Kind.PYTHON) or (file.kind is Kind.SHELL and file.path in installers):
            continue
        for line, name, value in _schedules(file):
            mine = f"${name}" in installing or f"${{{name}" in installing or _is_for(name, words)
            if mine and name not in read:
                fact = _("{name} holds a schedule for cron: {value}").format(name=name, value=value)
                hint = _("take it out: Celery's schedule is in the code or in beat's rows")
                yield Finding("CM636", Place(file.path, line), fact, hint)


def _read_by_programs(files: Sequence[TextFile]) -> frozenset[str]:
    """The variables that programs ask their environment for."""
    programs = (file.text for file in files if file.kind is Kind.PYTHON)
    return frozenset(name for text in programs for name in _ASKED.findall(text))


def _schedules(file: TextFile) -> Iterator[tuple[int, str, str]]:
    for line, text in file.numbered():
        if ("*" in text or "@" in text) and not text.lstrip().startswith("#"):
            for found in _VARIABLE.finditer(text):
                if _is_schedule(found["value"]):
                    yield line, found["name"], found["value"]


def _is_schedule(value: str) -> bool:
    try:
        read_schedule(value)
    except BadExpression:
        return False
    return value.startswith("@") or "*" in value


def _is_for(name: str, words: Sequence[set[str]]) -> bool:
    """``EVENT_REMINDERS_SCHEDULE`` is for ``send_event_reminders``, and ``CRON_TIME`` for cron."""
    own = set(_ENDS.sub("", name).lower().split("_")) - {""}
    if _OF_CRON.search(name):
        return True
    return _ENDS.search(name) is not None and bool(own) and any(own <= one for one in words)
