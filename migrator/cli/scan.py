"""``migrator scan``: what cron does for this project today."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from migrator.cli.options import note, print_json, say
from migrator.cli.project import find_home
from migrator.cli.project_commands import started_by_manage
from migrator.cli.scanning import chosen, scan
from migrator.errors import MigratorError, UsageProblem
from migrator.i18n import _
from migrator.report.scan import scan_document
from migrator.sources.job import Inventory
from migrator.unseen import escaped


@click.command("scan")
@click.argument("paths", nargs=-1)
@click.option("--host", "host", is_flag=True, help=_("all that cron and systemd run on this machine"))
@click.option(
    "--root",
    "host_root",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help=_("the same for a machine whose file system is mounted at DIR"),
)
@click.option("--job", "identity", help=_("show one job in full"))
@click.option("--disabled", is_flag=True, help=_("show the lines that are switched off in full"))
@click.option(
    "--env",
    "environment",
    multiple=True,
    metavar="NAME[=VALUE]",
    help=_("a variable of a generating script; without a value, as it is here"),
)
@click.option(
    "--timezone", help=_("the zone that cron's daemon runs in (default: migrator.toml, then this host's)")
)
@click.option("--dialect", help=_("the daemon whose rules hold (default: migrator.toml, then Debian's cron)"))
@click.option(
    "--project", "ask_project", is_flag=True, help=_("start Django and ask it for the commands of its apps")
)
@click.option("--rows", is_flag=True, help=_("start Django and list the rows of django-celery-beat too"))
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help=_("text for people, one JSON document, or SARIF for a code host"),
)
def command(
    paths: tuple[str, ...],
    host: bool,
    host_root: Path | None,
    identity: str | None,
    disabled: bool,
    environment: tuple[str, ...],
    timezone: str | None,
    dialect: str | None,
    ask_project: bool,
    rows: bool,
    output: str,
) -> int:
    """List every job of crontabs and of the scripts that install them.

    PATH is a crontab, a script, a folder, or - for standard input; without one,
    and without --host, the sources that migrator.toml names. Nothing that is read is executed;
    --project imports the project's settings, models and scheduled commands, --rows the first two.
    """
    if "-" in paths and len(paths) > 1:
        raise UsageProblem(_("- stands for standard input, and is then all that is read"))
    home = find_home()
    asked = ask_project or started_by_manage()
    machine = host_root or (Path("/") if host else None)
    scanned = scan(
        home,
        paths,
        environment=environment,
        timezone=timezone,
        dialect=dialect,
        ask_project=asked,
        host=machine,
        rows=rows,
    )
    found = scanned.inventory
    if not paths and not machine:
        from migrator.cli.drifting import drifted

        found = replace(found, findings=(*found.findings, *drifted(found, home)))
    if identity is not None:
        found = _of_one(found, identity)
    if output == "json":
        print_json(scan_document(found))
    elif output == "sarif":
        from migrator.report.sarif import sarif_log

        say(escaped(json.dumps(sarif_log(found), ensure_ascii=False, indent=2)))
    else:
        _print(found, in_full=identity is not None, disabled=disabled)
    return _exit_code(found, scanned.problems)


def _print(found: Inventory, *, in_full: bool, disabled: bool) -> None:
    """For eyes; a document needs no tables."""
    from migrator.cli.scan_detail import print_job
    from migrator.cli.scan_table import print_inventory
    from migrator.cli.tables import console

    if in_full:
        print_job(console(), found.jobs[0])
    else:
        print_inventory(console(), found, disabled=disabled)


def _of_one(found: Inventory, identity: str) -> Inventory:
    """The job of that id, with what concerns it alone."""
    jobs = chosen(found, [identity])
    commands = tuple(one for one in found.commands if identity in one.scheduled)
    return Inventory(jobs, (), jobs[0].findings, commands)


def _exit_code(found: Inventory, problems: Sequence[MigratorError]) -> int:
    for problem in problems:
        note(f"migrator: {problem}")
    if problems:
        return 3
    return 1 if any(finding.blocks for finding in found.findings) else 0
