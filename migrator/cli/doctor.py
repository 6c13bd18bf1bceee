"""``migrator doctor``: what would break the migration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from migrator.cli.options import format_option, note, print_json
from migrator.cli.runtime import Runtime, runtime
from migrator.cli.scanning import host_zone
from migrator.cli.tables import console, table
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.redaction import redact
from migrator.settings.acceptance import Accepted, parted

if TYPE_CHECKING:
    from migrator.contrib.django.checks import Check

COLOURS = {"ok": "green", "fail": "red", "warn": "yellow", "unknown": "yellow"}


@click.command("doctor", short_help="Check broker, workers, beat, its rows, database, clocks, settings.")
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--settings", is_flag=True, help=_("compare what each settings module makes of Celery"))
@click.option("--fix", is_flag=True, help=_("mend what is safe: rows that migrator wrote; shows it only"))
@click.option("--write", is_flag=True, help=_("with --fix: export the rows, and mend them"))
@format_option
def command(modules: tuple[str, ...], settings: bool, fix: bool, write: bool, output: str) -> int:
    """Check broker, workers, beat, its rows, database, clocks and settings, each with its remedy.

    --settings needs none of them: it loads each settings module of the project, or the
    MODULEs, in a process of its own, and shows the schedule that each really has.
    """
    if write and not fix:
        raise UsageProblem(_("--write goes with --fix"))
    if settings and fix:
        raise UsageProblem(_("--fix goes without --settings"))
    if settings:
        from migrator.cli.doctor_settings import doctor_settings

        return doctor_settings(modules, output)
    if modules:
        raise UsageProblem(_("settings modules are named with --settings"))
    from django.apps import apps

    host = None if apps.ready else host_zone()  # Django that runs has written its TIME_ZONE into TZ
    with runtime() as found:
        from migrator.contrib.django.checks import failed, stored

        checks = _examined(found, host)
        mended = None
        if fix and stored(checks):
            mended = _mend(found, write=write, output=output)
            if write and mended["written"]:  # what is still wrong
                checks = _examined(found, host)
    counted, accepted = _accepted(checks, found.configuration.accept)
    if output == "json":
        print_json({"checks": [_document(one) for one in counted], **({"fix": mended} if fix else {})})
    else:
        _show(counted)
        for one in accepted:
            text = _("accepted: {finding} ({reason})")
            note(text.format(finding=one.finding.code, reason=redact(one.reason)))
    return 1 if failed(counted) else 0


def _examined(found: Runtime, host: str | None) -> list[Check]:
    from migrator.contrib.django.examination import examine

    moves = {name: one.move for name, one in found.configuration.jobs.items() if one.move}
    return examine(found.app, found.jobs.values(), dt.datetime.now(dt.UTC), host=host, moves=moves)


def _mend(found: Runtime, *, write: bool, output: str) -> dict[str, Any]:
    """Say, or do, what is safe."""
    from migrator.cli.doctor_fix import mending

    plan = mending(found.app)
    if write and plan.changes:
        plan.write()
    if output != "json":
        plan.say(done=write)
    return plan.document(done=write)


def _accepted(checks: Sequence[Check], decisions: Mapping[str, str]) -> tuple[list[Check], list[Accepted]]:
    """What counts, and what the team has accepted by its code."""
    taken = parted([one.finding for one in checks if one.code], decisions)[1]
    codes = {one.finding.code for one in taken}
    return [one for one in checks if one.code not in codes], taken


def _document(one: Check) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "fact": one.fact,
        "remedy": one.remedy or None,
        "code": one.code or None,
    }


def _show(checks: Sequence[Check]) -> None:
    rows = table(_("check"), _("state"), _("fact"), narrow=(0, 1))
    for one in checks:
        code = f"{one.code} " if one.code else ""
        remedy = "\n" + _("hint: {hint}").format(hint=one.remedy) if one.remedy else ""
        fact = Text.assemble((code, "bold"), one.fact, (remedy, "dim"))
        rows.add_row(one.name, Text(one.state, COLOURS[one.state]), fact)
    console().print(rows)
