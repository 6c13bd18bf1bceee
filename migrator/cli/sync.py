"""``migrator sync``: the crontab line that keeps this host and the ledger together."""

from __future__ import annotations

import click

from migrator.cli.history import import_history
from migrator.cli.ledger import runtime
from migrator.cli.options import format_option, note, print_json
from migrator.i18n import _, ngettext


@click.command("sync", short_help="Fetch owners and ship the spool; the added crontab line.")
@click.option("--spool", help=_("the folder that cronwrap writes to, where it is not its default"))
@click.option(
    "--history",
    metavar="FILE",
    help=_("import cron's starts from a log, - for standard input, and do nothing else"),
)
@format_option
def command(spool: str | None, history: str | None, output: str) -> int:
    """Fetch owners and ship the spool; the added crontab line.

    Says nothing when all is well, because cron would mail it.
    """
    with runtime() as found:
        if history is not None:
            return import_history(found, history, output)
        from migrator.adapters.spool import alone, open_spool
        from migrator.contrib.django.sync import sync

        place = open_spool(spool)
        with alone(place) as free:
            if not free:
                if output == "json":
                    print_json({"shipped": 0, "bad": 0, "busy": True, "waiting": []})
                return 0  # the sync of the minute before is still at it
            done = sync(place, [job.definition for job in found.jobs.values()])
    if done.shipment.bad:
        text = ngettext(
            "migrator: {count} line of the spool could not be read: see {folder}",
            "migrator: {count} lines of the spool could not be read: see {folder}",
            done.shipment.bad,
        )
        note(text.format(count=done.shipment.bad, folder=place.folder / "quarantine"))
    if output == "json":
        shipment = done.shipment
        print_json({"shipped": shipment.lines, "bad": shipment.bad, "busy": False, "waiting": done.slow})
    return 0
