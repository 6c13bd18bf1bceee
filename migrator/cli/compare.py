"""``migrator compare``: the comparison log, slot by slot, and a verdict for each job."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click
from rich.console import Group
from rich.live import Live

from migrator.cli.comparison_table import comparison_parts
from migrator.cli.deciding import Deciding, deciding
from migrator.cli.options import format_option, instant, print_json
from migrator.cli.past_recorder import past_the_recorder
from migrator.cli.project import find_home
from migrator.cli.runtime import Runtime, runtime
from migrator.cli.tables import console
from migrator.comparison.document import JobComparison, job_document, slot_document
from migrator.comparison.outcomes import Outcome
from migrator.comparison.verdicts import Verdict
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.report.scan import finding_document

SHOWN = 500  # slots of a job on a screen, the latest
PACE = 2.0  # seconds between two looks with --follow


@click.command("compare", short_help="Show the comparison log and a verdict for each job.")
@click.argument("job", required=False)
@click.option("--since", metavar="ISO", help=_("only slots due since then, such as 2026-03-01T00:00+01:00"))
@click.option("--follow", is_flag=True, help=_("keep the table up to date until you interrupt"))
@format_option
def command(job: str | None, since: str | None, follow: bool, output: str) -> int:
    """Show the comparison log and a verdict for each job.

    Exit 1 when a verdict is unsafe, or a slot was executed twice or mismatched.
    """
    start = instant(since) if since else None
    if follow and output == "json":
        raise UsageProblem(_("--follow is for people, --format json for programs: choose one"))
    with runtime() as found:
        resting = deciding(find_home(), found, dt.datetime.now(dt.UTC))
        if follow:
            return _follow(found, job, start, resting)
        if output == "json":
            return _print_document(found, job, start, resting)
        jobs = _compared(found, job, start, resting)
    for part in comparison_parts(jobs, detail=job is not None):
        console().print(part)
    return _answer(jobs)


def _compared(
    found: Runtime, job: str | None, since: dt.datetime | None, resting: Deciding
) -> list[JobComparison]:
    from migrator.contrib.django.comparing import compare_jobs

    jobs = compare_jobs(found.chosen(job), **_how(found, job, since, resting), shown=SHOWN)
    return [resting.decide(one) for one in jobs]


def _how(found: Runtime, job: str | None, since: dt.datetime | None, resting: Deciding) -> dict[str, Any]:
    """How the jobs are compared, as the project has decided."""
    now = dt.datetime.now(dt.UTC)
    return {
        "now": now,
        "since": since,
        "ignored": found.configuration.ignored_output,
        "needed": found.configuration.evidence,
        "rehearsed": resting.rehearsed,
        "unrecorded": past_the_recorder(found.chosen(job), now),
    }


def _print_document(found: Runtime, job: str | None, since: dt.datetime | None, resting: Deciding) -> int:
    """The slots as they are compared, however many they are; then the jobs, which are what they came to."""
    from migrator.contrib.django.comparing import comparisons

    # What cannot be answered is said before the document begins.
    chosen, how = found.chosen(job), _how(found, job, since, resting)
    jobs: list[JobComparison] = []

    def slots() -> Iterator[dict[str, Any]]:
        for comparing in comparisons(chosen, **how):
            yield from map(slot_document, comparing.slots())
            jobs.append(resting.decide(comparing.finished()))

    def after(document: Callable[[JobComparison], Iterable[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        for one in jobs:
            yield from document(one)

    print_json(
        {
            "slots": slots(),
            "jobs": after(lambda one: [job_document(one)]),
            "findings": after(lambda one: [finding_document(past.finding) for past in one.unrecorded]),
        }
    )
    return _answer(jobs)


def _follow(found: Runtime, job: str | None, since: dt.datetime | None, resting: Deciding) -> int:
    """Look again every two seconds; interrupting is how it ends."""
    jobs = _compared(found, job, since, resting)
    with Live(
        Group(*comparison_parts(jobs, detail=job is not None)), console=console(), auto_refresh=False
    ) as live:
        try:
            while True:
                time.sleep(PACE)
                jobs = _compared(found, job, since, resting)
                live.update(Group(*comparison_parts(jobs, detail=job is not None)), refresh=True)
        except KeyboardInterrupt:
            return _answer(jobs)


def _answer(jobs: list[JobComparison]) -> int:
    bad = (Outcome.DUPLICATE, Outcome.MISMATCHED)
    wrong = any(
        one.judgement.verdict is Verdict.UNSAFE
        or one.unrecorded
        or any(one.comparison.count(outcome) for outcome in bad)
        for one in jobs
    )
    return 1 if wrong else 0
