"""Jobs that two files declare together: a line that starts them, and the code that they are.

``manage.py crontab run HASH`` and ``runtask NAME`` are jobs that a generator wrote, ``runcrons`` and
``runjobs hourly`` each drive many, ``cron NAME`` starts a registered function. Nothing is moved twice:
a line that drives jobs and the jobs that it drives both wait for a decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from migrator.crontab.reading import Step
from migrator.findings import Finding, Place
from migrator.i18n import _, ngettext
from migrator.sources.doubles import once, overridden, told_of_doubles, with_rows
from migrator.sources.facts import Fact, Listed, Startable
from migrator.sources.job import Declared, Found

# Commands of well-known packages, which start nothing by themselves, and the word they need for it.
DISPATCHERS = {"crontab": "run", "runtask": "", "runcrons": "", "runjobs": "", "runjob": ""}
_LAUNCHER_OPTIONS = ("--settings", "--pythonpath", "--verbosity", "-v")
SHOWN = 5  # names in a message


def connected(found: Sequence[Found]) -> list[Found]:
    """The same, with each job once, and with what only the files together tell."""
    facts = [fact for one in found for fact in one.facts]
    if not facts and not any(_dispatches(job) for one in found for job in one.jobs):
        return list(found)
    links = _Links(
        [fact for fact in facts if isinstance(fact, Startable)],
        [fact for fact in facts if isinstance(fact, Listed)],
    )
    lines = [tuple(links.line(job) for job in one.jobs) for one in found]
    links.look_at_generated()
    whole = [
        replace(
            one,
            jobs=(*jobs, *links.jobs(one.facts)),
            findings=(
                *one.findings,
                *links.unscheduled(one.facts),
                *links.undeclared(one.facts),
                *overridden(one.facts, facts),
            ),
        )
        for one, jobs in zip(found, lines, strict=True)
    ]
    return told_of_doubles(with_rows(once(whole)), facts)


@dataclass(slots=True)
class _Links:
    """Which lines start which jobs, as far as the lines have been looked at."""

    startables: Sequence[Startable]
    listed: Sequence[Listed]
    starters: dict[int, list[Declared]] = field(default_factory=lambda: defaultdict(list))
    by_command: dict[str, list[tuple[int, Startable]]] = field(default_factory=lambda: defaultdict(list))

    generated: dict[int, Declared] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, one in enumerate(self.startables):
            self.by_command[one.command].append((number, one))

    def look_at_generated(self) -> None:
        """What a generator would write is a line, too, where no line is it."""
        for number, one in enumerate(self.startables):
            if one.how == "installed" and not self.starters[number]:
                self.generated[number] = self.line(one.job)

    def line(self, job: Declared) -> Declared:
        """A line with what it starts."""
        for step in job.reading.steps:
            words = _words(step)
            known = [pair for pair in self.by_command.get(step.name, ()) if self.starts(step, words, pair[1])]
            others = [(number, one) for number, one in known if one.job is not job]
            for number, _one in others:
                self.starters[number].append(job)
            job = _with_started(job, step, [one for _number, one in others])
            if not known and self._is_no_job(step, words):
                finding = _undeclared(job.place, " ".join((step.name, *step.argv)))
                job = replace(job, findings=(*job.findings, finding))
        return job

    def starts(self, step: Step, words: Sequence[str], one: Startable) -> bool:
        """Whether the step starts that job: by its name, or with all others."""
        if step.kind != "management" or step.name != one.command:
            return False
        if not words and one.all_without_words:
            names = [listed.name for listed in self.listed if listed.command == one.command]
            return not names or any(_is(one.words[0], name) for name in names)
        if one.how == "installed" and len(words) != len(one.words):
            return False
        return all(any(_is(wanted, word) for word in words) for wanted in one.words)

    def _is_no_job(self, step: Step, words: Sequence[str]) -> bool:
        """Whether the step starts a job by its name, and no file declares that one."""
        if step.kind != "management":
            return False
        if step.name in DISPATCHERS:
            return DISPATCHERS[step.name] in ("", *words[:1])
        registry = (one for _number, one in self.by_command.get(step.name, ()) if one.how == "registered")
        return bool(words) and any(True for _one in registry)

    def jobs(self, facts: Iterable[Fact]) -> Iterator[Declared]:
        """The jobs of a file that no line stands for: those without a line, and those that a line drives."""
        for number, one in self._numbered(facts):
            starters = self.starters[number]
            if one.how == "driven":
                yield from (_driven(one, line) for line in starters)
                if not starters:
                    lonely = _no_line(one)
                    yield replace(one.job, findings=(*one.job.findings, lonely))
            elif one.how == "installed" and not starters:
                yield self.generated[number]

    def unscheduled(self, facts: Iterable[Fact]) -> Iterator[Finding]:
        """Registered functions that no line starts."""
        for number, one in self._numbered(facts):
            if one.how == "registered" and not self.starters[number]:
                yield _no_line(one)

    def undeclared(self, facts: Iterable[Fact]) -> Iterator[Finding]:
        """Names in a setting that no file declares."""
        for fact in facts:
            if isinstance(fact, Listed):
                known = (one.words[0] for one in self.startables if one.command == fact.command)
                if not any(_is(name, fact.name) for name in known):
                    yield _undeclared(fact.place, f"{fact.command} {fact.name}")

    def _numbered(self, facts: Iterable[Fact]) -> Iterator[tuple[int, Startable]]:
        own = {id(fact) for fact in facts}
        return ((number, one) for number, one in enumerate(self.startables) if id(one) in own)


def _dispatches(job: Declared) -> bool:
    return any(step.name in DISPATCHERS for step in job.reading.steps)


def _words(step: Step) -> tuple[str, ...]:
    """The positional arguments: options and the values of Django's own left out."""
    pairs = zip(("", *step.argv), step.argv, strict=False)
    return tuple(
        word for before, word in pairs if not word.startswith("-") and before not in _LAUNCHER_OPTIONS
    )


def _with_started(job: Declared, step: Step, started: Sequence[Startable]) -> Declared:
    driven = [one for one in started if one.how == "driven"]
    if driven:
        job = replace(job, findings=(*job.findings, _drives(job.place, step, driven)))
    for one in started:
        if one.how == "driven":
            continue
        places = (*job.also, one.job.place, *one.job.also)
        job = replace(job, also=tuple(dict.fromkeys(places)))
        if one.how == "installed":
            job = _rendered(job, step, one.job)
    return job


def _rendered(line: Declared, step: Step, source: Declared) -> Declared:
    """The line that a generator wrote, for what its source says that it runs."""
    steps = [part for one in line.reading.steps for part in (source.reading.steps if one is step else [one])]
    reading = replace(line.reading, steps=steps, lock=line.reading.lock or source.reading.lock)
    return replace(
        line,
        reading=reading,
        generator=source.generator or source.place,
        in_project=source.in_project,
        findings=(*line.findings, *source.findings),
    )


def _driven(one: Startable, line: Declared) -> Declared:
    """A job as that line starts it."""
    job = one.job
    finding = Finding(
        "CM144",
        job.place,
        _("{line} starts this job: moving both would run it twice").format(line=line.place),
        _("accept CM144 for this job, or for the line that starts it, never for both"),
    )
    return replace(
        job,
        schedule=line.schedule if one.borrows else job.schedule,
        timezone=line.timezone,
        generator=line.place,
        findings=(*job.findings, finding),
    )


def _is(known: str, name: str) -> bool:
    """Whether a dotted name, which is known from the root of the scan, is meant by a shorter one."""
    return known == name or ("." in name and known.endswith(f".{name}"))


def _drives(place: Place, step: Step, driven: Sequence[Startable]) -> Finding:
    names = [one.job.label or one.job.raw for one in driven]
    rest = [_("and {count} more").format(count=len(names) - SHOWN)] if len(names) > SHOWN else []
    text = ngettext(
        "{command} starts {count} job: {names}", "{command} starts {count} jobs: {names}", len(names)
    )
    return Finding(
        "CM144",
        place,
        text.format(
            command=" ".join((step.name, *step.argv)),
            count=len(names),
            names=", ".join(names[:SHOWN] + rest),
        ),
        _("accept CM144 for the line and move it as a whole, or for each of its jobs, never for both"),
    )


def _undeclared(place: Place, command: str) -> Finding:
    return Finding(
        "CM145",
        place,
        _("{command} starts a job that no scanned file declares").format(command=command),
        _("scan the project's folder too; if it is there, the line names a job that is gone"),
    )


def _no_line(one: Startable) -> Finding:
    words = " ".join((one.command, *(() if one.all_without_words else one.words)))
    return Finding(
        "CM146",
        one.job.place,
        _("no line that was scanned starts it: manage.py {command}").format(command=words),
        _("scan the crontab that does, or ask whether it runs at all"),
    )
