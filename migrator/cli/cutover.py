"""``migrator cutover``: from celery to retired, one reviewed step per job, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import click

from migrator.adapters.journal import CutoverJournal
from migrator.cli.cutover_drill import drill
from migrator.cli.cutover_hands import RealHands
from migrator.cli.cutover_moment import at_option, cron_zone, named_moment, refuse_near_a_slot
from migrator.cli.cutover_plan import Plan, diff_of, plan_document, plan_for, show_plan
from migrator.cli.cutover_status import live_places, show_status, status_document, status_of
from migrator.cli.options import (
    accept_option,
    chosen_jobs,
    execute_option,
    format_option,
    jobs_argument,
    print_json,
    say,
    tell,
)
from migrator.cli.project import Home, required_home
from migrator.cli.report import report_on
from migrator.cli.runtime import Runtime, runtime, standings, who
from migrator.cli.scanning import whole_inventory
from migrator.cli.spools import refuse_spool_that_was_moved
from migrator.cli.tables import console, table
from migrator.cli.targets import absolute, named, read
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Refused
from migrator.crontab.marks import retired_mark
from migrator.crontab.syntax import decode, encode
from migrator.cutover.checklist import Item, State
from migrator.cutover.operation import Kind, Operation, paths_of, retired, unfinished
from migrator.cutover.readiness import CutoverReport, JobReadiness
from migrator.cutover.switching import Restoring, apply, restoring, roll_back
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _
from migrator.required import Accepted, accepted
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning
from migrator.sources.job import Job

crontab_option: Callable[[Any], Any] = click.option(
    "--crontab",
    "crontabs",
    multiple=True,
    metavar="FILE",
    help=_("a crontab that has the lines (default: those that instrument has edited, else this user's)"),
)
reason_option: Callable[[Any], Any] = click.option("--reason", default="", help=_("why, for the audit log"))


@click.group("cutover", short_help="Take jobs out of cron, from celery to retired, and back.")
def command() -> None:
    """Take jobs out of cron, from celery to retired, and back.

    Nothing is written without --execute; a cutover that was interrupted goes on with the
    same command, or is taken back with rollback.
    """


command.add_command(drill)


@command.command("checklist", short_help="Show what has to be so before a job leaves cron.")
@jobs_argument
@format_option
def checklist(jobs: tuple[str, ...], everyone: bool, output: str) -> int:
    """What has to be so before a job leaves cron; exit 1 while something is open or blocked."""
    report = report_on(required_home())
    ready = _of_report(report, jobs)
    lines = [(one.id, item) for one in ready for item in one.checklist]
    if output == "json":
        print_json(
            {"jobs": [{"id": one.id, "verdict": one.verdict, "checklist": _items(one)} for one in ready]}
        )
    else:
        rows = table(_("job"), _("state"), _("line"), _("evidence"), narrow=(1,))
        for index, (name, item) in enumerate(lines):
            first = not index or lines[index - 1][0] != name
            rows.add_row(name if first else "", _word(item.state), _line(item), item.evidence)
        console().print(rows)
    return 0 if all(item.state is State.DONE for _name, item in lines) else 1


@command.command("plan", short_help="Show every edit and every change of an owner.")
@jobs_argument
@crontab_option
@at_option
@format_option
def plan(
    jobs: tuple[str, ...], everyone: bool, crontabs: tuple[str, ...], wanted: str | None, output: str
) -> int:
    """Show every edit and every change of an owner; exit 1 where apply would refuse it."""
    home = required_home()
    at = named_moment(wanted, dt.datetime.now(dt.UTC), cron_zone(home))
    with runtime() as found:
        made = _plan(home, found, _leaving(found, jobs, everyone), crontabs, at)
    refuse_near_a_slot(at, made.at, cron_zone(home))
    _show(made, output)
    return 1 if made.without_line or any(one.hindrances for one in made.leaving) else 0


@command.command("apply")
@jobs_argument
@crontab_option
@execute_option
@click.option("--plan", "digest", metavar="DIGEST", help=_("only if the plan is still the one of that name"))
@at_option
@accept_option
@reason_option
@format_option
def apply_command(
    jobs: tuple[str, ...],
    everyone: bool,
    crontabs: tuple[str, ...],
    execute: bool,
    digest: str | None,
    wanted: str | None,
    accept: tuple[str, ...],
    reason: str,
    output: str,
) -> int:
    """Take the lines of jobs out, and their owners to retired."""
    home = required_home()
    at = named_moment(wanted, dt.datetime.now(dt.UTC), cron_zone(home))
    refuse_spool_that_was_moved(home)
    journal = CutoverJournal(home.root)
    with runtime() as found, journal.alone():
        before = unfinished(journal.operations())
        names = _continued(before, jobs if before else _leaving(found, jobs, everyone), Kind.APPLY)
        files = before.crontabs if before else tuple(absolute(home, name) for name in crontabs)
        risk = accepted(accept)
        made = _plan(home, found, names, files, at, risk)
        refuse_near_a_slot(at, made.at, cron_zone(home))
        if before is None:
            _refuse(made, risk)
        if not execute:
            _show(made, output)
            return 0
        if digest not in (None, made.digest):
            raise Cannot(
                _("the plan is {digest} by now").format(digest=made.digest),
                hint=_("look at it again: migrator cutover plan {jobs}").format(jobs=" ".join(made.jobs)),
            )
        fresh = replace(_operation(home, Kind.APPLY, made.jobs, reason, risk.sentence), crontabs=files)
        done = apply(RealHands(home, found, journal, made.rows, at), before or fresh, made.changes)
    return _told(home, done, output)


@command.command("rollback", short_help="Put the lines back, and the owner back to celery.")
@jobs_argument
@execute_option
@click.option("--accept", default="", help=_("go on although somebody has edited a file since, and why"))
@reason_option
@format_option
def rollback(
    jobs: tuple[str, ...], everyone: bool, execute: bool, accept: str, reason: str, output: str
) -> int:
    """Put the lines back as they were, and the owner back to celery; also after half an apply."""
    home = required_home()
    refuse_spool_that_was_moved(home)
    journal = CutoverJournal(home.root)
    with runtime() as found, journal.alone():
        operations = journal.operations()
        before = unfinished(operations)
        wanted = retired(operations) if everyone and before is None else chosen_jobs(jobs, everyone)
        names = _continued(before, wanted, Kind.ROLLBACK)
        missing = [] if before else sorted(set(names) - set(retired(operations)))
        if not names:
            raise Refused(
                _("no job has been taken out of cron by this project, so there is nothing to take back"),
                hint=_("see `migrator cutover status`"),
            )
        if missing:
            raise Refused(
                _("not taken out of cron by this project: {jobs}").format(jobs=", ".join(missing)),
                hint=_("see `migrator cutover status`"),
            )
        without_task = [name for name in names if name not in found.jobs]
        for name in found.jobs.keys() & set(names) if execute and before is None else ():
            _same_time(whole_inventory(home).job(name), found.jobs[name].definition)
        hands = RealHands(home, found, journal)
        back = restoring(operations, names, {path: read(path) for path in paths_of(operations, names)}, hands)
        if back.lost:
            raise back.lost
        if back.conflicts and not accept:
            raise back.conflicts[0]
        if not execute:
            _show_back(home, names, without_task, back, output)
            return 0
        going = before if before and before.kind is Kind.ROLLBACK else None
        done = roll_back(hands, going or _operation(home, Kind.ROLLBACK, names, reason, accept), back.changes)
    return _told(home, done, output, without_task)


@command.command("status", short_help="Show where each job is, and what runs from cron again.")
@jobs_argument
@click.option("--host", is_flag=True, help=_("look at all that cron runs on this machine, too"))
@format_option
def status(jobs: tuple[str, ...], everyone: bool, host: bool, output: str) -> int:
    """Where each job is; exit 1 when something is half done, or runs from cron again."""
    home = required_home()
    with runtime() as found:
        states = status_of(home, found, jobs, host=host)
        zones = {name: job.definition.zone for name, job in found.jobs.items()}
    if output == "json":
        print_json(status_document(states))
    else:
        show_status(states, zones)
    return 1 if states.warnings else 0


def _same_time(job: Job | None, definition: JobDefinition) -> None:
    """Refuse to put back a line that cron starts at other times than the slots of its task."""
    if job is None or job.expression is None:
        return
    line = job.declared.move.before if job.declared.move else job.expression
    schedule = definition.schedule
    if isinstance(schedule, Interval) or meaning(line) != meaning(schedule):
        raise Refused(
            _("{job}: the line says {line}, and the task in the code {task}: both would do the work").format(
                job=job.id, line=line.text, task=definition.expression
            ),
            hint=_("take `move` out of migrator.toml, run migrator generate --write, and deploy that first"),
        )


def _leaving(found: Runtime, jobs: Sequence[str], everyone: bool) -> tuple[str, ...]:
    """The jobs that are named; with --all, those that have not left cron, on this host."""
    names = chosen_jobs(jobs, everyone)
    if not everyone:
        return names
    home = required_home()
    here = {job for job, _place in live_places(home, whole_inventory(home), host=False)}
    states = {one.job: one.asked or one.owner for one in standings(found)}
    left = tuple(job for job, owner in states.items() if owner is not Owner.RETIRED or job in here)
    if not left:
        raise Refused(_("every job has left cron"), hint=_("see `migrator cutover status`"))
    return left


def _of_report(report: CutoverReport, jobs: Sequence[str]) -> list[JobReadiness]:
    known = {one.id: one for one in report.jobs}
    for name in jobs:
        if name not in known:
            raise UsageProblem(
                _("there is no job {name} that can move").format(name=name),
                hint=_("the jobs are {names}").format(names=", ".join(known) or _("none")),
            )
    return [known[name] for name in jobs] if jobs else list(report.jobs)


def _plan(
    home: Home,
    found: Runtime,
    names: Sequence[str],
    crontabs: Sequence[str],
    wanted: dt.datetime | None,
    risk: Accepted | None = None,
) -> Plan:
    report = report_on(home, accepted=risk.lines if risk else None)
    return plan_for(home, found, report, [one.id for one in _of_report(report, names)], crontabs, wanted)


def _items(one: JobReadiness) -> list[dict[str, Any]]:
    return [
        {
            "key": item.key,
            "text": item.text,
            "state": item.state,
            "evidence": item.evidence,
            "holds": item.holds,
            "accepted": item.accepted,
        }
        for item in one.checklist
    ]


def _line(item: Item) -> str:
    """The line, with the name that --accept and migrator.toml have for one that holds the job."""
    return f"{item.text} ({item.key})" if item.holds or item.accepted else item.text


def _word(state: State) -> str:
    return {State.DONE: _("done"), State.OPEN: _("open"), State.BLOCKED: _("blocked")}[state]


def _continued(before: Operation | None, wanted: Sequence[str], kind: Kind) -> tuple[str, ...]:
    """The jobs of the operation that was interrupted, where there is one; else those that are wanted."""
    if before is None:
        return tuple(wanted)
    if not set(wanted) <= set(before.jobs) or (before.kind is Kind.ROLLBACK and kind is Kind.APPLY):
        raise Refused(
            _("the {kind} of {jobs} is half done").format(kind=before.kind, jobs=", ".join(before.jobs)),
            hint=_("finish it first: migrator cutover {kind} {jobs} --execute").format(
                kind=before.kind, jobs=" ".join(before.jobs)
            ),
        )
    return before.jobs


def _refuse(made: Plan, accept: Accepted) -> None:
    """What keeps these jobs in cron."""
    for one in made.leaving:
        if one.forbidden:
            raise Refused(
                f"{one.ready.id}: {one.forbidden}",
                hint=_("see `migrator owner {job}`").format(job=one.ready.id),
            )
        if one.doubtful and not accept:
            raise Refused(
                f"{one.ready.id}: {one.doubtful}",
                hint=_(
                    "see `migrator cutover checklist {job}`, or accept the risk: "
                    '--accept "reason", or of one line: --accept {line}="reason"'
                ).format(
                    job=one.ready.id, line=next((i.key for i in one.ready.checklist if i.holds), "LINE")
                ),
            )
    if made.without_line and not accept:
        raise Refused(made.without_line, hint=_("name it: --crontab FILE"))


def _operation(home: Home, kind: Kind, jobs: Sequence[str], reason: str, accept: str) -> Operation:
    return Operation(
        kind=kind, jobs=tuple(jobs), who=who(), reason=reason, accepted=accept,
        begun=dt.datetime.now(dt.UTC).isoformat(), spool=home.configuration.instrument.spool,
    )  # fmt: skip


def _show(made: Plan, output: str) -> None:
    if output == "json":
        print_json(plan_document(made))
    else:
        show_plan(made)


def _show_back(
    home: Home, names: Sequence[str], without_task: Collection[str], back: Restoring, output: str
) -> None:
    diffs = [(named(home, one.path), decode(one.before), decode(one.after)) for one in back.changes]
    if output == "json":
        edits = [{"name": name, "diff": diff_of(name, old, new)} for name, old, new in diffs]
        print_json(
            {"jobs": list(names), "to": Owner.CELERY, "without_task": list(without_task), "edits": edits}
        )
        return
    for name in names:
        gone = name in without_task
        text = _("{job}: retired -> cron, as it has no task") if gone else _("{job}: retired -> celery")
        tell(text.format(job=name))
    for name, old, new in diffs:
        say(diff_of(name, old, new), newline=False)


def _told(home: Home, done: Operation, output: str, without_task: Collection[str] = ()) -> int:
    written = [(named(home, one.path), one.kept_before) for one in done.writes]
    if output == "json":
        files = [{"name": name, "backup": backup} for name, backup in written]
        print_json({"kind": done.kind, "jobs": list(done.jobs), "written": files})
        return 0
    journal = CutoverJournal(home.root)
    before = [journal.kept(write.kept_before) for write in done.writes]
    spools = {home.configuration.instrument.spool, None}  # earlier versions named none
    marks = [(job, encode(retired_mark(job, spool))) for job in done.jobs for spool in spools]
    came_back = {job for job, mark in marks if any(mark in one for one in before)}
    for name, _backup in written:
        tell(_("wrote {name}").format(name=name))
    for job in done.jobs:
        if done.kind is Kind.APPLY:
            text = _("{job} is retired")
        elif job in without_task:
            text = _("{job} has no task: its line is back from here, and cron executes it")
            if job not in came_back:
                text = _("{job} has no task, and is with cron; no line of it was put back from here")
        elif job in came_back:
            text = _("{job} is with celery, its line is back")
        else:
            text = _("{job} is with celery; no line of it was put back from here")
        tell(text.format(job=job))
    return 0
