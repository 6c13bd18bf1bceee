"""``migrator exec``: the cron-side recorder."""

from __future__ import annotations

import click


@click.command(
    "exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Run a cron job and record it; the exit status is the job's.",
)
@click.argument(
    "arguments", nargs=-1, type=click.UNPROCESSED, metavar="[--spool DIR] [--drill] JOB -- CMD..."
)
def command(arguments: tuple[str, ...]) -> int:
    """Run a cron job and record it; the exit status is the job's.

    The same as ``python3 -I -S cronwrap.py``, which starts faster: crontab lines call that.
    """
    from migrator.cronwrap import main

    return main(list(arguments))
