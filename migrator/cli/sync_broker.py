"""``migrator sync --broker``: where a cron host reaches the broker, and not the database."""

from __future__ import annotations

import datetime as dt

from migrator.adapters.spool import alone
from migrator.cli.options import note, print_json
from migrator.cli.runtime import runtime
from migrator.cli.spools import spool_of_project
from migrator.cli.sync import listed
from migrator.errors import Cannot
from migrator.i18n import _, ngettext

NOTHING = {"sent": 0, "confirmed": 0, "lost": 0, "bad": 0, "waiting": 0, "refused": {}, "tables_kept": []}


def sync_by_broker(spool: str | None, output: str) -> int:
    """Send and confirm; 3 where something has to come again, else 0 and not a word, as cron would mail it."""
    with runtime() as found:
        from migrator.contrib.django.broker_sync import sync_over_broker

        place = spool_of_project(spool)
        with alone(place) as free:
            if not free:  # the sync of the minute before is still at it
                if output == "json":
                    print_json({**NOTHING, "busy": True})
                return 0
            jobs = [job.definition for job in found.jobs.values()]
            done = sync_over_broker(found.app, place, jobs, dt.datetime.now(dt.UTC))
    if output == "json":
        print_json(
            {
                "sent": done.sent, "confirmed": done.confirmed, "lost": done.lost, "bad": done.bad,
                "waiting": done.waiting, "refused": done.refused, "tables_kept": done.kept, "busy": False,
            }
        )  # fmt: skip
    if done.bad:
        text = ngettext(
            "migrator: {count} line of the spool could not be read: see {folder}",
            "migrator: {count} lines of the spool could not be read: see {folder}",
            done.bad,
        )
        note(text.format(count=done.bad, folder=place.folder / "quarantine"))
    if done.unsigned:
        note(_("migrator: an answer is not signed with this project's SECRET_KEY, and was passed over"))
    if done.lost:
        note(
            _("migrator: no worker has confirmed what was sent five minutes ago; it is sent again")
            + "\n    "
            + _("see whether a worker runs with migrator.contrib.django and the same SECRET_KEY")
        )
    if done.refused:
        text = ngettext(
            "migrator: the runs of {count} job are refused by the database, and come again: {jobs}",
            "migrator: the runs of {count} jobs are refused by the database, and come again: {jobs}",
            len(done.refused),
        )
        note(text.format(count=len(done.refused), jobs=listed(done.refused)))
    if done.kept:
        text = ngettext(
            "migrator: a slot table here gives {count} job to Celery, and stays: {jobs}",
            "migrator: slot tables here give {count} jobs to Celery, and stay: {jobs}",
            len(done.kept),
        )
        note(text.format(count=len(done.kept), jobs=listed(done.kept)))
        note("    " + _("over the broker they cannot come back: run `migrator sync` without --broker once"))
    return Cannot.exit_code if done.lost or done.refused or done.kept or done.unsigned else 0
