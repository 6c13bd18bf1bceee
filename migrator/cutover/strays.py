"""Runs that cron should not have started any more."""

from __future__ import annotations

import datetime as dt

from migrator.findings import Finding
from migrator.i18n import _


def started_again(job: str, host: str, user: str, started: dt.datetime) -> Finding:
    """The finding for a start by cron in a slot since which the job is retired."""
    return Finding(
        "CM602",
        None,
        _("cron started {job} at {moment} as {user} on {host}, although it is retired").format(
            job=job, moment=started.isoformat(timespec="seconds"), user=user, host=host
        ),
        _("take its line out there as well: migrator cutover status --host, on {host}").format(host=host),
    )
