"""``migrator doctor``: what would break the migration."""

from __future__ import annotations

import datetime as dt

import click
from rich.text import Text

from migrator.cli.ledger import runtime
from migrator.cli.options import format_option, print_json
from migrator.cli.tables import console, table
from migrator.i18n import _

COLOURS = {"ok": "green", "fail": "red", "unknown": "yellow"}


@click.command("doctor", short_help="Check broker, workers, beat, database and time zones.")
@format_option
def command(output: str) -> int:
    """Check broker, workers, beat, database and time zones, each with its remedy."""
    with runtime() as found:
        from migrator.contrib.django.preflight import failed, preflight

        checks = preflight(found.app, found.jobs.values(), dt.datetime.now(dt.UTC))
    if output == "json":
        print_json(
            {
                "checks": [
                    {"name": one.name, "state": one.state, "fact": one.fact, "remedy": one.remedy or None}
                    for one in checks
                ]
            }
        )
    else:
        rows = table(_("check"), _("state"), _("fact"), narrow=(0, 1))
        for one in checks:
            remedy = f"\n{_('hint')}: {one.remedy}" if one.remedy else ""
            rows.add_row(
                one.name, Text(one.state, COLOURS[one.state]), Text.assemble(one.fact, (remedy, "dim"))
            )
        console().print(rows)
    return 1 if failed(checks) else 0
