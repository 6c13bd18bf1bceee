"""All sources together: one job for a source and what it renders to, ids, and judgements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from migrator.configuration import JobDecision
from migrator.crontab.marks import Whose, of_anybody
from migrator.crontab.recipes.calls import is_task_file
from migrator.crontab.scripts import Scripts
from migrator.findings import Finding, Place
from migrator.schedule.dialect import DEBIAN, Dialect
from migrator.sources.crontab_script import is_shell_script
from migrator.sources.decisions import decided
from migrator.sources.identity import identities
from migrator.sources.job import Declared, Found, Inventory, Job
from migrator.sources.judgement import judge
from migrator.sources.kinds import read
from migrator.sources.links import connected
from migrator.sources.lock_keys import with_own_keys
from migrator.sources.merging import merge, repeated
from migrator.sources.mixed_locks import with_mixed_locks
from migrator.sources.moving import moving
from migrator.sources.placing import placed
from migrator.sources.source import SourceFile, Surroundings
from migrator.zones import zone_of

NOTHING_DECIDED = JobDecision()


@dataclass(frozen=True, slots=True)
class Context:
    """What a scan knows beside the files."""

    timezone: str
    today: dt.date
    environment: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, JobDecision] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)  # ids in use, each with its fingerprint
    due: Mapping[str, str] = field(default_factory=dict)  # when their jobs started
    dialect: Dialect = DEBIAN
    manage: tuple[str, ...] = ()  # the project's own programs that take Django's commands
    settled: frozenset[str] = frozenset()  # codes of findings that the configuration sees to
    elsewhere: tuple[Found, ...] = ()  # what was found where there are no files
    is_ours: Whose = of_anybody  # tells lines that another project records


def take_inventory(
    files: Sequence[SourceFile], context: Context, *, passed: Callable[[int], object] = lambda size: None
) -> Inventory:
    """The jobs of the files, each once, in the order of their first places.

    ``passed`` is told the size of each file that has been read, for those who wait.
    """
    texts = {
        file.path: file.text
        for file in files
        if is_shell_script(file.path, file.text) or is_task_file(file.path, file.text)
    }
    scripts = Scripts(texts, context.manage)
    by_path = {file.path: file for file in files}
    around = Surroundings(scripts, context.environment, by_path, context.dialect, context.is_ours)
    found = connected(
        [*placed(files, [_read(file, around, passed) for file in files], around), *context.elsewhere]
    )
    merged = merge([job for one in found for job in one.jobs])
    file_findings = [finding for one in found for finding in one.findings]
    dropping = _dropping(file_findings)
    alone = with_own_keys([one.declared for one in merged])
    jobs = []
    bound = {name: one.command for name, one in context.decisions.items() if one.command}
    notes = dict(repeated(merged, dropping))
    for index, identity in enumerate(identities(merged, context.remembered, bound, context.due)):
        declared, places = alone[index], merged[index].places
        if index in notes:
            declared = replace(declared, findings=(*declared.findings, notes[index]))
        decision = context.decisions.get(identity, NOTHING_DECIDED)
        retired = tuple(one.place for one in places if one.retired)
        if decision is not NOTHING_DECIDED:
            declared = decided(declared, decision, identity)
            left = all(one.retired for one in places)
            declared = moving(declared, decision, identity, left=left)
        named = declared.timezone or context.timezone
        job = Job(identity, declared, _places(places), named, retired=retired)
        told = {*decision.accept, *context.settled}
        whole_file = dropping.get(job.places[0].path, ())
        zone = zone_of(named)
        jobs.append(judge(job, whole_file, told, zone=zone, today=context.today, scripts=scripts))
    jobs = with_mixed_locks(jobs, context.decisions)
    return Inventory(
        tuple(jobs),
        tuple(line for one in found for line in one.lines),
        tuple(sorted(_all_findings(jobs, file_findings), key=_in_order)),
        files=tuple(file for one in found for file in one.files),
    )


def _read(file: SourceFile, around: Surroundings, passed: Callable[[int], object]) -> Found:
    found = read(file, around)
    passed(len(file.text))
    return found


def _dropping(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """Why cron drops whole files, by their paths."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.code == "CM102" and finding.place is not None:
            by_path.setdefault(finding.place.path, []).append(finding)
    return by_path


def _places(merged: Sequence[Declared]) -> tuple[Place, ...]:
    """Every place of a job, each once."""
    return tuple(dict.fromkeys(place for one in merged for place in (one.place, *one.also)))


def _all_findings(jobs: Iterable[Job], file_findings: Iterable[Finding]) -> list[Finding]:
    return list(dict.fromkeys([*(f for job in jobs for f in job.findings), *file_findings]))


def _in_order(finding: Finding) -> tuple[Place, str]:
    return (finding.place or Place("", 0), finding.code)
