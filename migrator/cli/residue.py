"""``migrator residue``: what is left of cron in the repository and on the host."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click

from migrator.adapters.collect import NoSource
from migrator.adapters.files import read_text
from migrator.adapters.journal import CutoverJournal, Journal
from migrator.adapters.tree import Tree, named_from, read_tree
from migrator.cli.cutover_status import on_this_machine
from migrator.cli.options import format_option, print_json, say
from migrator.cli.progress import looking
from migrator.cli.project import Home, find_home
from migrator.cli.residue_watch import watch
from migrator.cli.scan_table import print_findings
from migrator.cli.scanning import scan
from migrator.cli.tables import console
from migrator.codegen.lock import LOCK_FILE, remembered_jobs
from migrator.cutover.residue.declared import of_cron, on_host
from migrator.cutover.residue.only_cron import left_behind, paths_of
from migrator.cutover.residue.survey import Known, survey
from migrator.cutover.residue.watching import DAYS, left_by_journal
from migrator.errors import UsageProblem
from migrator.findings import Finding, Severity
from migrator.i18n import _, ngettext
from migrator.report.scan import finding_document
from migrator.sources.job import Inventory


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: the texts, the jobs that they declare, and what the project knows of them."""

    home: Home
    tree: Tree
    inventory: Inventory
    known: Known


@click.command("residue")
@click.argument("paths", nargs=-1)
@click.option("--host", is_flag=True, help=_("look at all that cron runs on this machine, too"))
@click.option(
    "--exclude",
    "excluded",
    multiple=True,
    metavar="PATH",
    help=_("a file, a folder or a pattern to leave out"),
)
@click.option("--watch", "watching", is_flag=True, help=_("only what has come back since the cutover"))
@click.option("--days", default=DAYS, show_default=True, help=_("how long after the last cutover to watch"))
@click.option(
    "--since", metavar="DATE", help=_("the day on which all jobs left cron, where no journal is at hand")
)
@format_option
def command(
    paths: tuple[str, ...],
    host: bool,
    excluded: tuple[str, ...],
    watching: bool,
    days: int,
    since: str | None,
    output: str,
) -> int:
    """Find what is left of cron: packages, daemons, scripts, variables, services, pages, settings.

    PATH is a file or a folder; without one, the project's folder and its sources. Nothing is changed. Exit 1
    while something blocks; with --watch, when something has come back.
    """
    if since is not None and not watching:
        raise UsageProblem(_("--since goes with --watch"))
    read = _read(paths, excluded)
    if watching:
        return watch(
            read.home, read.inventory, read.known, days=days, since=_day(since), host=host, output=output
        )
    findings = list(survey(read.tree.files, read.inventory, read.known))
    if host:
        lines = on_this_machine(read.home, read.inventory)
        findings += on_host(lines, read.known.left)
        findings += left_behind(paths_of(list(of_cron(read.inventory))), os.path.exists)
    if output == "json":
        print_json({**_reading(read.tree), "findings": [finding_document(one) for one in findings]})
    else:
        _show(read.tree, findings)
    return 1 if any(one.blocks for one in findings) else 0


def _outside(home: Home) -> list[str]:
    """The sources that lie beside the project's folder, as crontabs of its repository do; not those gone."""
    paths = (Path(os.path.abspath(home.root / source)) for source in home.configuration.sources)  # noqa: PTH100 - keeps links
    return [str(path) for path in paths if not path.is_relative_to(home.root) and path.exists()]


def _read(paths: Sequence[str], excluded: Sequence[str]) -> Read:
    home, here = find_home(), Path.cwd()
    names = [os.path.normpath(path) for path in paths] or [named_from(home.root, here), *_outside(home)]
    with looking() as seen:
        tree = read_tree(names, here, excluded=_matching(excluded), seen=seen)
    scanned = scan(home, names)
    for problem in scanned.problems:
        if not isinstance(problem, NoSource):
            tree.pass_over(problem.fact, _("could not be read"))
    journal = CutoverJournal(home.root).operations()
    lock = home.root / LOCK_FILE
    known = Known(
        jobs=remembered_jobs(read_text(lock) if lock.exists() else None),
        left=frozenset(left_by_journal(journal)),
        recorded=bool(Journal(home.root).entries()),
        is_ours=home.is_ours,
    )
    return Read(home, tree, _within(scanned.inventory, tree), known)


def _matching(patterns: Sequence[str]) -> Callable[[str], bool]:
    plain = [os.path.normpath(one) for one in patterns]
    return lambda path: any(path == one or path.startswith(one + "/") or fnmatch(path, one) for one in plain)


def _within(found: Inventory, tree: Tree) -> Inventory:
    """The jobs of the files that were read."""
    paths = {file.path for file in tree.files}
    jobs = []
    for job in found.jobs:
        places = tuple(place for place in job.places if place.path in paths)
        if places:
            jobs.append(replace(job, places=places))
    findings = tuple(one for one in found.findings if one.place and one.place.path in paths)
    lines = tuple(line for line in found.lines if line.path in paths)
    return replace(found, jobs=tuple(jobs), lines=lines, findings=findings)


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageProblem(
            _("{text} is no date").format(text=text), hint=_("write it as 2026-03-01")
        ) from None


def _reading(tree: Tree) -> dict[str, Any]:
    passed = [{"reason": reason, "paths": paths} for reason, paths in tree.passed.items()]
    return {"files_read": len(tree.files), "passed_over": passed}


def _show(tree: Tree, findings: Sequence[Finding]) -> None:
    print_findings(console(), findings)
    if findings:
        counts = [sum(one.severity is severity for one in findings) for severity in Severity]
        told = ngettext("{count} finding", "{count} findings", len(findings)).format(count=len(findings))
        say(told + _(": {blocks} block, {warns} warn, {notes} note").format(
            blocks=counts[0], warns=counts[1], notes=counts[2]
        ))  # fmt: skip
    else:
        say(_("nothing of cron is left here"))
    files = ngettext("{count} file read", "{count} files read", len(tree.files)).format(count=len(tree.files))
    passed = ", ".join(f"{reason} ({len(paths)})" for reason, paths in tree.passed.items())
    say(files + (_("; passed over: {passed}").format(passed=passed) if passed else ""))
