"""What there is to say about a line of a crontab: refused, dead, a template, not what it seems."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from migrator.crontab.columns import begins_a_command, is_only_a_user, names_a_user
from migrator.crontab.syntax import Crontab, Format, JobLine, Setting, Unreadable, read_line
from migrator.crontab.templates import Template
from migrator.errors import MigratorError, caret
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.redaction import redact_setting
from migrator.schedule.dialect import DEBIAN, Dialect
from migrator.sources.job import Declared
from migrator.values import value

SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "busybox")
_SIXTH = re.compile(r"[0-9*][0-9*/,-]*|\?")


@value
class Meant:
    """A line as its author meant it, and what cron makes of it instead; ``fatal`` to the whole file."""

    line: JobLine
    problem: str | None = None
    fatal: bool = False


def meant(line: JobLine, format: Format, template: Template | None, dialect: Dialect = DEBIAN) -> Meant:
    """The line, read with the columns that it has rather than those that cron sees in it."""
    first = line.user if line.user is not None else line.raw.split(maxsplit=1)[0] if line.raw.strip() else ""
    start = line.offset if line.user is None else line.text.rindex(first, 0, line.offset)
    second = next(iter(line.text[start + len(first) :].split(maxsplit=1)), None)
    if _SIXTH.fullmatch(first):
        takes = _("the user") if format == "system" else _("the command")
        problem = _("a sixth field: cron has no seconds and no years, and takes {word} for {column}")
        rest = line.text[:start] + line.text[start + len(first) :].lstrip(" \t")
        words = problem.format(word=first, column=takes)
        return Meant(_as(line, rest, format, dialect), words, fatal=format == "system")
    if format == "system" and _no_user(first, second, template):
        problem = _("the user column is missing: cron takes {word} for the user, and the line has never run")
        return Meant(_as(line, line.text, "user", dialect), problem.format(word=first), fatal=True)
    if format == "user" and is_only_a_user(first) and names_a_user(first, second, template):
        problem = _("a user column in a crontab that has none: cron runs a program called {word}")
        return Meant(_as(line, line.text, "system", dialect), problem.format(word=first))
    return Meant(line)


def _no_user(first: str, second: str | None, template: Template | None) -> bool:
    known = is_only_a_user(first) or names_a_user(first, second, template)
    return not known and begins_a_command(first)


def _as(line: JobLine, text: str, format: Format, dialect: Dialect) -> JobLine:
    read = read_line(text, format, dialect)
    return read if isinstance(read, JobLine) else line


def glued_brace(raw: str) -> str | None:
    """What is wrong with ``{cmd; }``: to bash and dash a ``{`` opens a group only as a word of its own."""
    glued = re.match(r"\{[^\s{},;]+(?=[\s;])", raw) if raw.startswith("{") else None
    if glued is None:
        return None
    return _("no blank after {{: the shell looks for a command called {word}").format(word=glued.group())


def dead(problem: str, place: Place) -> Finding:
    """The finding for a line that cannot run as it was meant."""
    return Finding("CM111", place, problem, _("mend the line, and ask whether the job is wanted at all"))


def unreadable(problem: MigratorError, place: Place) -> Finding:
    """The finding for a line that cron refuses."""
    detail = problem.text
    if problem.text is not None and problem.span is not None:
        detail = f"{problem.text}\n{caret(problem.span)}"
    return Finding("CM101", place, problem.fact, problem.hint, detail)


def about_setting(line: Setting, place: Place) -> Iterator[Finding]:
    """Settings that look as if cron or exec() did more with them than they do."""
    if re.search(r"\$\w|\$\{|^~", line.value):
        message = _("cron does not expand {name}: the job gets the text {value}").format(
            name=line.name, value=redact_setting(line.name, line.value)
        )
        yield Finding("CM103", place, message, _("write the value out"))
    if line.name == "SHELL":
        yield from _about_shell(line.value, place)


def _about_shell(shell: str, place: Place) -> Iterator[Finding]:
    if re.search(r"\s", shell):
        message = _("SHELL is one word to cron: there is no program {value}, so no job below has run")
        hint = _("name the shell alone, and give its options in the command: bash -l -c '...'")
        yield Finding("CM113", place, message.format(value=repr(shell)), hint)
    elif posixpath.basename(shell) not in SHELLS:
        message = _("each command below is given to {value}, which is no shell that is read here")
        hint = _("look at what it does first: a task does not go through it")
        yield Finding("CM113", place, message.format(value=shell), hint)


def macros(crontab: Crontab) -> frozenset[str]:
    """The settings that lines use as $NAME: they are there for the lines, and no command reads them."""
    lines = (line.raw for line in crontab.lines if isinstance(line, JobLine) and "$" in line.raw)
    return frozenset(name for raw in lines for name in re.findall(r"\$\{?([A-Za-z_]\w*)", raw))


def wanting(declared: Declared, macros: frozenset[str]) -> Iterator[str]:
    """The variables of the crontab that a management command gets, and would not get from a worker."""
    if any(step.kind == "management" for step in declared.reading.steps):
        own = declared.reading.environment.keys() | macros
        yield from (name for name in declared.inherited if name not in own)


def inherited_from_crontab(name: str, place: Place) -> Finding:
    """The finding for a variable that cron hands to the jobs below it."""
    return Finding(
        "CM329",
        place,
        _("the jobs below get {name} from the crontab, and a worker does not").format(name=name),
        _("set it where the worker starts, if the command or its settings module reads it"),
    )


def unexpanded(raw: str, settings: Mapping[str, str]) -> Iterator[str]:
    """The settings that a command uses and whose own variables stay text: BIN=$HOME/bin and $BIN/x.

    The shell expands $BIN once. A second shell, or eval, would expand what is in it.
    """
    if "$" not in raw or re.search(r"\beval\b|[ \t]-\w*c[ \t]*\"", raw):
        return
    quoted = re.search(r"[ \t]-\w*c[ \t]*'", raw)  # what a shell in single quotes expands is seen as well
    bare = raw if quoted else re.sub(r"'[^']*'", "", raw)
    for name in dict.fromkeys(re.findall(r"(?<!\\)\$\{?([A-Za-z_]\w*)", bare)):
        if re.search(r"\$[A-Za-z_{]", settings.get(name, "")):
            yield name


def stays_text(name: str, value: str, place: Place) -> Finding:
    """The finding for a command that uses such a setting."""
    message = _("${name} is the text {value} to the shell, which does not expand it again")
    return dead(message.format(name=name, value=redact_setting(name, value)), place)


def of_template(place: Place, placeholders: tuple[str, ...], conditions: tuple[str, ...]) -> Finding:
    """The finding for a job of a template."""
    facts = []
    if placeholders:
        shown = ", ".join(placeholders[:4]) + (", ..." if len(placeholders) > 4 else "")
        facts.append(_("a template fills in {placeholders}").format(placeholders=shown))
    if conditions:
        facts.append(
            _("the line is there on a condition only: {conditions}").format(conditions=", ".join(conditions))
        )
    hint = _("render it, or scan what is installed: crontab -l | migrator scan -")
    return Finding("CM110", place, "; ".join(facts), hint)


def unknown_line(place: Place, text: str) -> Finding:
    """The finding for a line in whose place a template may put any jobs."""
    message = _("the template puts lines here that nobody can know: {text}").format(text=text)
    return Finding("CM110", place, message, _("scan what is installed: crontab -l | migrator scan -"))


def whole_file(path: str, first: Finding, program: str, *, once: bool = False) -> Finding:
    """The finding for the jobs of a file with a line that cron refuses.

    ``once``: that Debian's cron refused before version 13, and takes since.
    """
    message = _("{program} ignores the whole file because of this line: none of its jobs has run")
    if once:
        message = _(
            "{program} before version 13 ignores the whole file because of this line:"
            " there none of its jobs has run"
        )
    return Finding(
        "CM102",
        Place(path, first.place.line if first.place else 1),
        message.format(program=program),
        _("mend the line first, and ask whether the jobs are wanted at all"),
    )


def too_long(path: str, crontab: Crontab) -> Iterator[Finding]:
    """The findings for a file of more lines than the daemon, or crontab(1), takes."""
    dialect = crontab.dialect
    if dialect.lines_read is None or len(crontab.lines) <= (dialect.lines_installed or dialect.lines_read):
        return
    hint = _("make several crontabs of it, or write one job where there are thousands of lines")
    entries = (JobLine, Setting, Unreadable)
    numbered = ((number, line) for number, line in crontab.numbered() if number > dialect.lines_read)
    first = next((number for number, line in numbered if isinstance(line, entries)), None)
    if first is not None:
        message = _("{program} reads {count} lines at most, and a job or setting stands on a later one")
        here = Finding(
            "CM115",
            Place(path, first),
            message.format(program=dialect.program, count=dialect.lines_read),
            hint,
        )
        yield here
        yield whole_file(path, here, dialect.program)
    elif crontab.format == "user":
        message = _(
            "crontab(1) installs {count} lines at most: what is there runs, and cannot be edited any more"
        )
        yield Finding(
            "CM115", Place(path, len(crontab.lines)), message.format(count=dialect.lines_installed), hint
        )


def too_many(path: str, line: int, program: str) -> Finding:
    """The finding for the jobs of a file that is too long."""
    return Finding(
        "CM102",
        Place(path, line),
        _("{program} ignores the whole file: up to here are too many jobs or settings").format(
            program=program
        ),
        _("part the file, and ask whether the jobs are wanted at all"),
    )


def no_final_newline(path: str, line: int) -> Finding:
    """The finding for a file whose last line is not ended."""
    return Finding(
        "CM102",
        Place(path, line),
        _("the last line has no newline: Debian's cron ignores the whole file"),
        _("end the line, and ask whether the jobs are wanted at all"),
    )
