"""``migrator check``: one line and an exit status for outside monitors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import click

from migrator.cli.check_mail import send
from migrator.cli.freshness import limits
from migrator.cli.options import instant, print_json, say
from migrator.cli.past_recorder import past_the_recorder
from migrator.cli.project import Home, find_home
from migrator.cli.runtime import Runtime, runtime
from migrator.cli.scanning import chosen, whole_inventory
from migrator.codegen.plan import moving
from migrator.comparison.health import Problem, Trouble, Watched
from migrator.comparison.unrecorded import Unrecorded
from migrator.errors import Cannot, MigratorError, UsageProblem
from migrator.i18n import _
from migrator.report import monitors
from migrator.report.health import Answer, answer_document, answer_of, metrics

DEFINITIONS = {
    "prometheus": monitors.prometheus,
    "healthchecks": monitors.healthchecks,
    "sentry": monitors.sentry,
}


@click.command("check", short_help="Tell an outside monitor whether every job is well.")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@click.option("--since", metavar="ISO", help=_("all slots due since then, not only the latest"))
@click.option(
    "--definitions",
    type=click.Choice(list(DEFINITIONS)),
    help=_("print what to declare in that monitor instead; needs no database"),
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "prometheus"]),
    default="text",
    help=_("one line, one JSON document, or metrics for a textfile collector"),
)
@click.option("--mail", is_flag=True, help=_("mail what went wrong in the latest period, once"))
@click.option(
    "--period",
    type=click.Choice(["hour", "day", "week"]),
    default="day",
    help=_("with --mail: how often, and about how long; a day without it"),
)
@click.option("--to", multiple=True, metavar="ADDRESS", help=_("with --mail: who gets it, not MAILTO"))
def command(
    jobs: tuple[str, ...],
    since: str | None,
    definitions: str | None,
    output: str,
    **mailing: Any,
) -> int:
    """Tell an outside monitor whether every job is well: one line, and an exit status.

    Looks at the slots of the last hour and at each job's latest one, whoever owns it; exit 0
    all is well, 1 something is wrong, 3 it cannot be told.
    """
    if mailing["mail"]:
        if since or definitions or output == "prometheus":
            raise UsageProblem(_("--mail goes with neither --since, --definitions nor metrics"))
        return send(jobs, kind=mailing["period"], to=mailing["to"], output=output)
    if mailing["to"]:
        raise UsageProblem(_("--to goes with --mail"))
    if definitions:
        if since or output != "text":
            raise UsageProblem(_("--definitions goes with neither --since nor --format"))
        say(DEFINITIONS[definitions](_monitors(find_home(), jobs)), newline=False)
        return 0
    now = dt.datetime.now(dt.UTC)
    try:
        with runtime() as found:
            answer = _answer(found, jobs, now, instant(since) if since else None)
    except MigratorError as problem:
        if problem.exit_code == Cannot.exit_code:
            _show(Answer("UNKNOWN", problem.fact), output, now)
        raise
    _show(answer, output, now)
    return answer.exit_code


def _monitors(home: Home, names: Sequence[str]) -> list[monitors.Monitor]:
    """The jobs that move, as monitors know them."""
    found, now = whole_inventory(home), dt.datetime.now(dt.UTC)
    named = {job.id for job in chosen(found, names)}
    return [monitors.monitor_of(job, now) for job in moving(found, home.configuration) if job.id in named]


def _answer(found: Runtime, names: Sequence[str], now: dt.datetime, since: dt.datetime | None) -> Answer:
    from migrator.contrib.django.watching import watch, watch_hosts

    jobs = [job for name in names for job in found.chosen(name)] or found.chosen(None)
    past = past_the_recorder(jobs, now)
    watched = [
        _with(one, past.get(one.job, ())) for one in watch(jobs, limits(find_home()), now=now, since=since)
    ]
    hosts = watch_hosts(watched, now)
    return answer_of(tuple(watched), tuple(hosts))


def _with(watched: Watched, past: Iterable[Unrecorded]) -> Watched:
    """The job, with what cron starts past its recorder."""
    more = [Problem(Trouble.UNRECORDED, one.fact) for one in past]
    return replace(watched, problems=(*watched.problems, *more))


def _show(answer: Answer, output: str, now: dt.datetime) -> None:
    if output == "json":
        print_json(answer_document(answer))
    elif output == "prometheus":
        say("".join(f"{line}\n" for line in metrics(answer, now)), newline=False)
    else:
        say(str(answer))
