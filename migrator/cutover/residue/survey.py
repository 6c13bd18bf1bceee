"""All traces together: each place once, the gravest first, in the order of the files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from migrator.crontab.marks import Whose, of_anybody
from migrator.cutover.residue.commands import Command, commands_in
from migrator.cutover.residue.copied_logic import copied_logic
from migrator.cutover.residue.dead_settings import dead_settings
from migrator.cutover.residue.declared import (
    declarations,
    declaring,
    declaring_lines,
    needs_daemon,
    of_cron,
    retired_lines,
)
from migrator.cutover.residue.judging import Verdict, judge
from migrator.cutover.residue.lines import traces
from migrator.cutover.residue.names import names_cron
from migrator.cutover.residue.only_cron import logs_and_locks, scripts, variables
from migrator.cutover.residue.services import declared_services
from migrator.cutover.residue.texts import Kind, TextFile
from migrator.findings import Finding, Place, Severity
from migrator.i18n import _
from migrator.sources.job import Inventory

# What is no residue while a job stays in cron: packages, daemons, services, monitors, health checks.
_OF_THE_DAEMON = frozenset(("CM632", "CM633", "CM637", "CM640", "CM641"))
_OF_NEIGHBOURS = frozenset(("CM638", "CM642"))  # what the file of a job itself need not be told
_MARKS = re.compile(r"(?i)cron|ofelia|chadburn")  # a file without any of these says nothing of cron
_SEVERITIES = list(Severity)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the tree: ids in use, those that have left, and whether lines are recorded.

    ``is_ours`` tells lines of other projects.
    """

    jobs: Mapping[str, str] = field(default_factory=dict)  # each with its fingerprint
    left: Collection[str] = ()
    recorded: bool = False
    is_ours: Whose = of_anybody


def survey(files: Sequence[TextFile], inventory: Inventory, known: Known) -> tuple[Finding, ...]:
    """Everything that is left of cron in these files."""
    found = [
        *declarations(
            inventory, known.left, remembered=known.jobs, recorded=known.recorded, is_ours=known.is_ours
        ),
        *scripts(files, inventory),
        *variables(files, inventory, known.jobs),
        *copied_logic(files),
        *(
            one
            for file in files
            if file.kind is not Kind.PAGE
            for one in retired_lines(file.path, file.text, known.is_ours)
        ),
        *(one for file in files if _worth_reading(file) for one in _of_file(file)),
        *logs_and_locks(files, inventory),
    ]
    if any(needs_daemon(job) for job in of_cron(inventory)):
        found = [one for one in found if one.code not in _OF_THE_DAEMON]
    own = declaring(inventory)
    found = [one for one in found if not (one.code in _OF_NEIGHBOURS and one.place and one.place.path in own)]
    return tuple(_each_place_once(found, declaring_lines(inventory)))


def _worth_reading(file: TextFile) -> bool:
    return _MARKS.search(file.text) is not None


def _of_file(file: TextFile) -> Iterator[Finding]:
    for command in commands_in(file):
        # a sentence of a page may begin with the word cron, and name it between backticks
        alone = file.kind is Kind.PAGE and len(command.words) == 1
        if not alone and (verdict := judge(command)):
            yield _told(file, command, verdict)
    if file.kind is Kind.MAKEFILE:
        yield from _targets(file)
    yield from declared_services(file)
    yield from dead_settings(file)
    yield from traces(file)


def _told(file: TextFile, command: Command, verdict: Verdict) -> Finding:
    place = Place(file.path, verdict.line)
    if file.kind is not Kind.PAGE:
        return Finding(verdict.code, place, verdict.fact, verdict.hint)
    hint = _("tell of the worker, beat and the tasks instead")
    fact = _("this page shows a command for cron: {command}").format(command=" ".join(command.words))
    return Finding("CM638", place, fact, hint)


def _targets(file: TextFile) -> Iterator[Finding]:
    for line, text in file.numbered():
        target, colon, _rest = text.partition(":")
        if (
            colon
            and not text.startswith(("\t", "#", "."))
            and "=" not in target
            and names_cron(target.strip())
        ):
            fact = _("the target {name} is cron's").format(name=target.strip())
            hint = _("take it out, or let it do the same for the worker and beat")
            yield Finding("CM638", Place(file.path, line), fact, hint)


def _each_place_once(found: Iterable[Finding], declared: Collection[tuple[str, int]]) -> Iterator[Finding]:
    """A line has one finding, the gravest; the line of a job is told by the job's."""
    seen: set[tuple[str, int]] = set()
    ordered = sorted(found, key=lambda one: (_SEVERITIES.index(one.severity), one.code in _WEAK))
    kept = []
    for one in ordered:
        at = (one.place.path, one.place.line) if one.place else ("", 0)
        of_job = one.code in ("CM601", "CM630", "CM631")
        if of_job or (at not in seen and at not in declared) or one.code in _BESIDE:
            seen.add(at)
            kept.append(one)
    return iter(sorted(kept, key=lambda one: (one.place or Place("", 0), one.code)))


_WEAK = frozenset(("CM642",))
_BESIDE = frozenset(("CM635", "CM636", "CM644", "CM645"))  # also where the line has another finding
