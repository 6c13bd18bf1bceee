"""``migrator demo``: all of it, on this machine, in a few minutes."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from migrator.cli.options import format_option, print_json
from migrator.i18n import _


@click.command("demo")
@click.option(
    "--scratch", type=click.Path(path_type=Path), help=_("where to play (default: .demo in the clone)")
)
@click.option(
    "--cron",
    "daemon",
    type=click.Choice(["auto", "daemon", "python-crontab"]),
    default="auto",
    help=_("which cron plays (default: the real daemon where it can, else python-crontab's scheduler)"),
)
@click.option(
    "--database",
    metavar="URL",
    help=_("an empty database to play on (default: SQLite in the scratch folder)"),
)
@format_option
def command(scratch: Path | None, daemon: str, database: str | None, output: str) -> int:
    """Play the whole migration on the reference project: real worker, real beat, real cron.

    With CELERY_BROKER_URL set on that broker, in a queue of its own; else on files. Your own
    crontab is neither read nor written.
    """
    from migrator.demo.story import play

    if output == "text":
        return 1 if play(scratch, daemon, database).wrong else 0
    with contextlib.redirect_stdout(sys.stderr):
        played = play(scratch, daemon, database)
    print_json(
        {
            **played.compared,
            "mails": [
                {"subject": subject, "to": to, "sent": count} for (subject, to), count in played.mails.items()
            ],
            "report": str(played.report),
            "wrong": list(played.wrong),
        }
    )
    return 1 if played.wrong else 0
