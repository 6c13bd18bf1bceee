"""``migrator scan``: what cron does for this project today."""

from __future__ import annotations

import datetime as dt
import posixpath

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from migrator.cli.options import format_option, note, print_json
from migrator.cli.project import find_home
from migrator.cli.scanning import Scanned, chosen, scan
from migrator.cli.tables import console, table
from migrator.equivalence.words import in_words
from migrator.errors import UsageProblem
from migrator.findings import Finding
from migrator.i18n import _, ngettext
from migrator.redaction import redact
from migrator.report.scan import scan_document
from migrator.report.words import moment
from migrator.schedule.occurrences import following
from migrator.sources.job import Inventory, Job
from migrator.zones import zone_of

STYLES = {"exact": "green", "decide": "yellow", "impossible": "red", "stays": "dim"}


@click.command("scan")
@click.argument("paths", nargs=-1)
@click.option("--job", "identity", help=_("show one job in full"))
@click.option(
    "--env", "environment", multiple=True, metavar="NAME=VALUE", help=_("a variable of a generating script")
)
@click.option(
    "--timezone", help=_("the zone that cron's daemon runs in (default: migrator.toml, then this host's)")
)
@format_option
def command(
    paths: tuple[str, ...],
    identity: str | None,
    environment: tuple[str, ...],
    timezone: str | None,
    output: str,
) -> int:
    """List every job of crontabs and of the scripts that install them.

    PATH is a crontab, a script, a folder, or - for standard input; without one,
    the sources that migrator.toml names. Nothing that is read is executed.
    """
    if "-" in paths and len(paths) > 1:
        raise UsageProblem(_("- stands for standard input, and is then all that is read"))
    scanned = scan(find_home(), paths, environment=environment, timezone=timezone)
    found = scanned.inventory
    if identity is not None:
        found = Inventory(chosen(found, [identity]), (), chosen(found, [identity])[0].findings)
    if output == "json":
        print_json(scan_document(found))
    elif identity is not None:
        _detail(found.jobs[0])
    else:
        _table(found)
    return _exit_code(scanned)


def _exit_code(scanned: Scanned) -> int:
    for problem in scanned.problems:
        note(f"migrator: {problem}")
    if scanned.problems:
        return 3
    return 1 if any(finding.blocks for finding in scanned.inventory.findings) else 0


def _table(found: Inventory) -> None:
    screen = console()
    folder = posixpath.commonpath(
        [posixpath.dirname(place.path) for job in found.jobs for place in job.places] or [""]
    )
    rows = table(
        _("job, command"), _("schedule"), _("next run"), _("place"), _("lock"), _("status"), narrow=(0, 4, 5)
    )
    for job in found.jobs:
        rows.add_row(
            Text.assemble(job.id, ("\n" + _command(job), "dim")),
            Text.assemble(in_words(job.expression), ("\n" + _expression(job), "dim")),
            _next_run(job).replace(" ", "\n"),
            "\n".join(f"{posixpath.relpath(place.path, folder or '.')}:{place.line}" for place in job.places),
            _lock(job),
            Text(job.status, STYLES[job.status]),
        )
    if folder:
        screen.print(Text(_("in {folder}").format(folder=folder), "bold"))
    if found.jobs:
        screen.print(rows)
    _print_findings(screen, found.findings)
    jobs, lines = len(found.jobs), len(found.lines)
    screen.print(
        ngettext("{count} job", "{count} jobs", jobs).format(count=jobs)
        + ", "
        + ngettext("{count} line read", "{count} lines read", lines).format(count=lines)
    )


def _print_findings(screen: Console, findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        style = "yellow" if finding.blocks else ""
        screen.print(redact(str(finding)), style=style, markup=False, soft_wrap=True)


def _expression(job: Job) -> str:
    return job.expression.text if job.expression else "@reboot"


def _command(job: Job) -> str:
    kinds = {step.kind for step in job.reading.steps}
    names = [step.name for step in job.reading.steps]
    return ("manage.py " if kinds == {"management"} else "") + redact(" + ".join(names))


def _lock(job: Job) -> str:
    lock = job.reading.lock
    if lock is None:
        return ""
    manner = {True: _("waits"), False: _("skips"), None: _("unread")}[lock.blocking]
    return manner if lock.key == job.id else f"{manner}\n{redact(lock.key)}"


def _next_run(job: Job, count: int = 1) -> str:
    if job.expression is None:
        return ""
    zone = zone_of(job.timezone)
    slots = following(job.expression, zone, dt.datetime.now(dt.UTC), count)
    return "\n".join(moment(slot.wall) for slot in slots)


def _detail(job: Job) -> None:
    screen = console()
    reading, declared = job.reading, job.declared
    rows = {
        _("job"): job.id,
        _("places"): ", ".join(map(str, job.places)),
        _("generated by"): str(job.generator or ""),
        _("label"): declared.label or "",
        _("status"): job.status,
        _("schedule"): f"{_expression(job)}  ({in_words(job.expression)}, {job.timezone})",
        _("next runs"): _next_run(job, 5),
        _("line"): declared.raw,
        _("runs"): "\n".join(
            redact(" ".join((step.name, *step.argv)))
            + (f"  [{step.after}]" if len(reading.steps) > 1 else "")
            for step in reading.steps
        ),
        _("folder"): reading.cwd or "",
        _("lock"): _lock(job),
        _("time limit"): f"{reading.timeout} s" if reading.timeout else "",
        _("freshness limit"): f"{reading.freshness} s" if reading.freshness else "",
        _("guard"): reading.guard or "",
        _("output goes to"): reading.log or "",
        _("mail goes to"): declared.mail or "",
    }
    grid = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        if value:
            grid.add_row(Text(name, "bold"), Text(redact(value)))
    screen.print(grid)
    _print_findings(screen, job.findings)
