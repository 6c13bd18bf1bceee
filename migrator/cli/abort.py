"""``migrator abort``: everything back to cron, now."""

from __future__ import annotations

import datetime as dt

import click

from migrator.cli.options import format_option, note, print_json, tell
from migrator.cli.runtime import runtime, who
from migrator.i18n import _


@click.command("abort", short_help="Give every job back to cron.")
@click.option("--reason", default="", help=_("why, for the audit log"))
@format_option
def command(reason: str, output: str) -> int:
    """Give every job back to cron.

    Each from the first slot at least two minutes ahead; the hosts' next sync makes it so.
    """
    with runtime() as found:
        from migrator.contrib.django.handing import abort, retired
        from migrator.contrib.django.owners import how_to_give_up, orphans

        done = abort(
            found.app, found.jobs.values(), who=who(), reason=reason or _("abort"),
            now=dt.datetime.now(dt.UTC),
        )  # fmt: skip
        out = retired()
        left = [job for job in orphans(found.jobs) if job not in out]
    if output == "json":
        print_json(
            {
                "handovers": [{"job": one.job, "owner": one.owner, "from": one.from_slot} for one in done],
                "without_task": left,
                "retired": out,
            }
        )
        return 1 if left or out else 0
    for one in done:
        tell(_("{job}: cron executes from {slot}").format(job=one.job, slot=one.from_slot))
    if not done and not left and not out:
        tell(_("every job is with cron already"))
    for name in left:
        text = _("{job} has no task and stays Celery's: {remedy}")
        note(text.format(job=name, remedy=how_to_give_up(name)))
    for name in out:
        note(
            _(
                "{job} is retired and stays Celery's: migrator cutover rollback {job} puts its line back"
            ).format(job=name)
        )
    return 1 if left or out else 0
