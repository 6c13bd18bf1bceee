"""``migrator sync``: the crontab line that keeps this host and the ledger together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from migrator.cli.history import import_history
from migrator.cli.options import format_option, note, print_json
from migrator.cli.runtime import runtime
from migrator.cli.scanning import host_zone
from migrator.cli.spools import spool_of_project
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _, ngettext

if TYPE_CHECKING:
    from migrator.contrib.django.sync import Synced

BUSY = {"shipped": 0, "bad": 0, "busy": True, "waiting": [], "refused": {}, "tables_kept": [], "pruned": 0}
SHOWN = 5  # names in one line


@click.command("sync", short_help="Fetch owners and ship the spool; the added crontab line.")
@click.option("--spool", help=_("the folder that cronwrap writes to, where it is not its default"))
@click.option(
    "--history",
    metavar="FILE",
    help=_("import cron's starts from a log, - for standard input, and do nothing else"),
)
@click.option(
    "--broker", is_flag=True, help=_("this host reaches the broker, and not the database: a worker writes")
)
@format_option
def command(spool: str | None, history: str | None, broker: bool, output: str) -> int:
    """Fetch owners and ship the spool; the added crontab line.

    Says nothing when all is well, because cron would mail it.
    """
    if broker:
        if history is not None:
            raise UsageProblem(_("--history goes to the database: leave --broker out"))
        from migrator.cli.sync_broker import sync_by_broker

        return sync_by_broker(spool, output)
    from django.apps import apps

    zone = "" if apps.ready else host_zone()  # Django that runs has written its TIME_ZONE into TZ
    with runtime() as found:
        if history is not None:
            return import_history(found, history, output)
        from migrator.adapters.spool import alone
        from migrator.contrib.django.retention import prune_a_little
        from migrator.contrib.django.sync import sync

        place = spool_of_project(spool)
        with alone(place) as free:
            if not free:
                if output == "json":
                    print_json(BUSY)
                return 0  # the sync of the minute before is still at it
            done = sync(place, [job.definition for job in found.jobs.values()], zone=zone)
            pruned = prune_a_little(list(found.jobs.values()), found.configuration, dt.datetime.now(dt.UTC))
    shipment = done.shipment
    if shipment.bad:
        text = ngettext(
            "migrator: {count} line of the spool could not be read: see {folder}",
            "migrator: {count} lines of the spool could not be read: see {folder}",
            shipment.bad,
        )
        note(text.format(count=shipment.bad, folder=place.folder / "quarantine"))
    if output == "json":
        print_json(
            {
                "shipped": shipment.lines,
                "bad": shipment.bad,
                "busy": False,
                "waiting": done.slow,
                "refused": shipment.failed,
                "tables_kept": list(done.kept),
                "pruned": pruned,
            }
        )
    return _told(done)


def _told(done: Synced) -> int:
    """Say what could not be done, and is tried again with the next sync: 3, else 0."""
    refused, kept = done.shipment.failed, list(done.kept)
    if refused:
        text = ngettext(
            "migrator: the runs of {count} job are refused by the database, and come again: {jobs}",
            "migrator: the runs of {count} jobs are refused by the database, and come again: {jobs}",
            len(refused),
        )
        note(text.format(count=len(refused), jobs=listed(refused)))
        for said in dict.fromkeys(refused.values()):
            note(f"    {said}")
    if kept:
        text = ngettext(
            "migrator: the slot table of {count} job stays as it is: {jobs}",
            "migrator: the slot tables of {count} jobs stay as they are: {jobs}",
            len(kept),
        )
        note(text.format(count=len(kept), jobs=listed(kept)))
    for problem in done.problems.values():
        note(f"migrator: {problem}")
    return Cannot.exit_code if refused or done.problems else 0


def listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are: cron mails this every minute."""
    some = sorted(names)
    more = len(some) - SHOWN
    return ", ".join(some[:SHOWN]) + (_(" and {count} more").format(count=more) if more > 0 else "")
