"""``migrator doctor``: what would break the migration."""

from __future__ import annotations

import datetime as dt

import click
from rich.text import Text

from migrator.cli.ledger import runtime
from migrator.cli.options import format_option, print_json
from migrator.cli.scanning import host_zone
from migrator.cli.tables import console, table
from migrator.errors import UsageProblem
from migrator.i18n import _

COLOURS = {"ok": "green", "fail": "red", "warn": "yellow", "unknown": "yellow"}


@click.command("doctor", short_help="Check broker, workers, beat, database and time zones.")
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--settings", is_flag=True, help=_("compare what each settings module makes of Celery"))
@format_option
def command(modules: tuple[str, ...], settings: bool, output: str) -> int:
    """Check broker, workers, beat, database and time zones, each with its remedy.

    --settings needs none of them: it loads each settings module of the project, or the
    MODULEs, in a process of its own, and shows the schedule that each really has.
    """
    if settings:
        from migrator.cli.doctor_settings import doctor_settings

        return doctor_settings(modules, output)
    if modules:
        raise UsageProblem(_("settings modules are named with --settings"))
    from django.apps import apps

    host = None if apps.ready else host_zone()  # Django that runs has written its TIME_ZONE into TZ
    with runtime() as found:
        from migrator.contrib.django.durations import durations
        from migrator.contrib.django.left_rows import left_rows
        from migrator.contrib.django.preflight import failed, preflight, stored

        now, jobs = dt.datetime.now(dt.UTC), found.jobs.values()
        checks = preflight(found.app, jobs, now, host=host)
        if stored(checks):
            checks += [*left_rows(found.app, jobs), *durations(found.app, jobs)]
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
