"""``migrator ledger prune``: what is older than what is kept leaves the ledger."""

from __future__ import annotations

import datetime as dt

import click

from migrator.cli.options import format_option, print_json, tell
from migrator.cli.runtime import runtime
from migrator.errors import UsageProblem
from migrator.i18n import _, ngettext


@click.group("ledger", short_help="Look after the ledger's tables.")
def command() -> None:
    """Look after the ledger's tables."""


@command.command("prune")
@click.option(
    "--keep", type=click.IntRange(min=1), metavar="DAYS", help=_("how many days; else [ledger] keep says")
)
@click.option("--execute", is_flag=True, help=_("delete them; without it, say what would go"))
@format_option
def prune(keep: int | None, execute: bool, output: str) -> int:
    """Delete the runs of slots older than what is kept.

    Never less is kept than two periods of the slowest job, and what the verdicts need.
    Hand-overs and claims stay.
    """
    now = dt.datetime.now(dt.UTC)
    with runtime() as found:
        from migrator.contrib.django import retention

        days = keep or found.configuration.ledger.keep
        if days is None:
            raise UsageProblem(
                _("how long runs are kept has not been said"),
                hint=_("name --keep DAYS, or write keep = 90 under [ledger] in migrator.toml"),
            )
        kept = retention.kept_by(found.jobs.values(), days, found.configuration.evidence, now)
        count = sum(retention.prune(kept.since)) if execute else retention.past(kept.since).count()
    since = kept.since.isoformat(timespec="minutes")
    if output == "json":
        print_json({"before": since, "runs": count, "slowest": kept.slowest, "executed": execute})
        return 0
    if execute:
        text = ngettext(
            "{count} run from before {since} is deleted",
            "{count} runs from before {since} are deleted",
            count,
        )
    else:
        text = ngettext(
            "{count} run is from before {since} and would be deleted: --execute",
            "{count} runs are from before {since} and would be deleted: --execute",
            count,
        )
    tell(text.format(count=count, since=since))
    if kept.slowest:
        tell(
            ngettext(
                "kept longer than {days} day, because {job} needs them",
                "kept longer than {days} days, because {job} needs them",
                days,
            ).format(days=days, job=kept.slowest)
        )
    return 0
