"""``migrator residue --watch``: what has come back since the cutover, for a check once a day."""

from __future__ import annotations

import datetime as dt

from migrator.adapters.journal import CutoverJournal
from migrator.cli.cutover_status import on_this_machine
from migrator.cli.options import note, print_json, say
from migrator.cli.project import Home
from migrator.cli.runtime import runtime, standings
from migrator.cli.scan_table import print_findings
from migrator.cli.tables import console
from migrator.comparison.ownership import Owner
from migrator.cutover.residue.declared import declarations, on_host
from migrator.cutover.residue.survey import Known
from migrator.cutover.residue.watching import Watch, left_by_journal
from migrator.cutover.strays import started_again
from migrator.errors import Cannot, MigratorError
from migrator.findings import Finding
from migrator.i18n import _, ngettext
from migrator.report.scan import finding_document
from migrator.sources.job import Inventory


def watch(
    home: Home, found: Inventory, known: Known, *, days: int, since: dt.date | None, host: bool, output: str
) -> int:
    """Say what has come back; the exit status is 1 if anything has."""
    left, starts = _left(home, known, since)
    if not left:
        raise Cannot(
            _("no job is known to have left cron"),
            hint=_("name the day on which they did: migrator residue --watch --since DATE"),
        )
    watched = Watch(left, days)
    whole = set(known.jobs) <= set(left)
    findings = [
        one
        for one in declarations(
            found, left, remembered=known.jobs, recorded=known.recorded, is_ours=known.is_ours
        )
        if one.code == "CM601" or (whole and one.code == "CM630")
    ]
    findings += on_host(on_this_machine(home, found), left, back_only=not whole) if host else []
    findings += starts
    if output == "json":
        print_json(
            {
                "left": {job: day.isoformat() for job, day in left.items()},
                "until": watched.until.isoformat() if watched.until else None,
                "over": watched.over(dt.date.today()),
                "findings": [finding_document(one) for one in findings],
            }
        )
    else:
        _show(watched, findings)
    return 1 if findings else 0


def _left(home: Home, known: Known, since: dt.date | None) -> tuple[dict[str, dt.date], list[Finding]]:
    """The jobs that have left cron, by ``since``, the journal or the ledger; starts that the ledger saw."""
    if since is not None:
        return dict.fromkeys(known.jobs, since), []
    left = left_by_journal(CutoverJournal(home.root).operations())
    try:
        by_ledger, starts = _by_ledger(set(left))
    except MigratorError as problem:
        note(_("the ledger was not asked: {fact}").format(fact=problem.fact))
        return left, []
    return {**by_ledger, **left}, starts


def _by_ledger(left: set[str]) -> tuple[dict[str, dt.date], list[Finding]]:
    with runtime() as found:
        from migrator.contrib.django.retiring import settled, strays

        now = dt.datetime.now(dt.UTC)
        retired = {one.job for one in standings(found) if (one.asked or one.owner) is Owner.RETIRED}
        days = {job: one.start.date() for job, one in settled(retired, now).items() if one.start}
        again = [
            started_again(one.job, one.host, one.user, one.started) for one in strays(retired | left, now)
        ]
    return days, again


def _show(watched: Watch, findings: list[Finding]) -> None:
    print_findings(console(), findings)
    if not findings:
        jobs = len(watched.left)
        told = ngettext(
            "{count} job has left cron, and is not back",
            "{count} jobs have left cron, and none is back",
            jobs,
        )
        say(told.format(count=jobs))
    if watched.over(dt.date.today()):
        say(_("the watch was until {day}: this check may go").format(day=watched.until))
    else:
        say(_("watch until {day}").format(day=watched.until))
