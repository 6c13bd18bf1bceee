"""``migrator report``: may cron go? The cutover report, for maintainers and for managers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

import click

from migrator.adapters.files import write_atomically
from migrator.cli.options import SCHEMA, instant, note, tell
from migrator.cli.project import Home, find_home
from migrator.cli.report_evidence import gather, readable_rehearsals
from migrator.cli.scanning import host_zone, whole_inventory
from migrator.codegen.plan import generate
from migrator.cutover.facts import Situation
from migrator.cutover.readiness import CutoverReport, assemble
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _
from migrator.unseen import escaped
from migrator.zones import zone_of

FORMATS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".json": "json"}


@click.command("report", short_help="Write the cutover report: may cron go, and what is missing.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-o", "--output", "target", metavar="FILE", help=_("write it there (default: standard output)"))
@click.option(
    "--format",
    "chosen",
    type=click.Choice(["html", "markdown", "json"]),
    help=_("default: as FILE's name says, else markdown"),
)
@click.option("--since", metavar="ISO", help=_("only slots due since then, such as 2026-03-01T00:00+01:00"))
def command(paths: tuple[str, ...], target: str | None, chosen: str | None, since: str | None) -> int:
    """Write the cutover report: may cron go, what is missing, and which lines go.

    PATH is a crontab, a script or a folder, as for scan. Exit 0 when every job may be
    cut over, 1 when one may not.
    """
    kind = chosen or _format_of(target)
    report = report_on(find_home(), paths, instant(since) if since else None)
    text = _rendered(report, kind)
    if target is None or target == "-":
        tell(text, newline=False)
    else:
        _write(Path(target), text)
        tell(target)
    return 0 if report.ready else 1


def _format_of(target: str | None) -> str:
    if target is None or target == "-":
        return "markdown"
    suffix = Path(target).suffix.lower()
    if suffix not in FORMATS:
        raise UsageProblem(
            _("the name {path} says no format").format(path=target),
            hint=_("name it .html, .md or .json, or use --format"),
        )
    return FORMATS[suffix]


def report_on(
    home: Home,
    paths: tuple[str, ...] = (),
    since: dt.datetime | None = None,
    accepted: Mapping[str, str] | None = None,
) -> CutoverReport:
    """All that the report says, before it is rendered; ``accepted``: reasons, by line of the checklist."""
    inventory = whole_inventory(home, paths)
    zone = zone_of(home.configuration.project.timezone or host_zone())
    now = dt.datetime.now(zone)
    rehearsals = readable_rehearsals(home)
    evidence, celery = gather(now, since, rehearsals)
    if evidence.absent:
        note(_("migrator: no evidence: {reason}").format(reason=evidence.absent))
    left_out = generate(inventory, home.configuration, {}).left_out
    situation = Situation(
        project=home.name,
        configuration=home.configuration,
        evidence=evidence,
        celery=celery,
        left_out={one.job.id: one.reason for one in left_out},
        now=now,
        rehearsals=rehearsals,
        accepted=accepted or {},
    )
    return assemble(inventory, situation)


def _rendered(report: CutoverReport, kind: str) -> str:
    if kind == "html":
        from migrator.report.cutover_html import cutover_html

        return cutover_html(report)
    if kind == "markdown":
        from migrator.report.cutover_markdown import cutover_markdown

        return cutover_markdown(report)
    from migrator.report.cutover_document import cutover_document

    document = {"schema": SCHEMA, **cutover_document(report)}
    return escaped(json.dumps(document, ensure_ascii=False, indent=2, default=str)) + "\n"


def _write(path: Path, text: str) -> None:
    if path.is_dir():
        raise Cannot(_("{path} is a folder").format(path=path), hint=_("name a file in it"))
    write_atomically(path, text.encode())
