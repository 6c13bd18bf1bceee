"""Whether a job that leaves cron is recorded there, for those who change its owner."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress

from migrator.adapters.journal import Journal
from migrator.cli.project import Home
from migrator.cli.scanning import whole_inventory
from migrator.cli.targets import target_at, user_target
from migrator.crontab.marks import wrapped_job
from migrator.crontab.syntax import read_crontab
from migrator.cutover.editing import Target
from migrator.cutover.instrumentation import job_lines, matched_lines
from migrator.cutover.removal import CRONTAB
from migrator.errors import MigratorError
from migrator.i18n import _
from migrator.sources.job import Inventory


def unrecorded_lines(home: Home, jobs: Collection[str]) -> Iterator[str]:
    """One sentence for each job that no cron host has recorded, and whose line here does not either."""
    from migrator.comparison.ownership import Side
    from migrator.contrib.django.models import Run

    runs = Run.objects.filter(job__in=list(jobs), side=Side.CONTROL)
    silent = set(jobs) - set(runs.values_list("job", flat=True).distinct())
    if not silent:
        return
    recorded, plain = _lines(home)
    for job in sorted(silent - recorded):
        if job in plain:
            text = _("{job}: its line at {place} does not record it: run `migrator instrument apply`")
            yield text.format(job=job, place=plain[job])
        else:
            yield _(
                "{job}: no cron host has recorded it, and no crontab here has a line of it: "
                "run `migrator instrument apply` where its line is"
            ).format(job=job)


def _lines(home: Home) -> tuple[set[str], dict[str, str]]:
    """The jobs whose lines record, and where the others have theirs; nothing of what cannot be read."""
    try:
        inventory = whole_inventory(home)
    except MigratorError:
        return set(), {}
    recorded: set[str] = set()
    plain: dict[str, str] = {}
    for target in _targets(home, inventory):
        crontab = read_crontab(target.text, target.format)
        lines = job_lines(crontab, home.is_ours)
        recorded |= {job for _number, line in lines if (job := wrapped_job(line.raw))}
        for number, job in matched_lines(target.name, crontab, inventory)[0].items():
            plain.setdefault(job, f"{target.name}:{number}")
    return recorded, plain


def _targets(home: Home, inventory: Inventory) -> Iterator[Target]:
    """This user's crontab first, then those that `instrument` has edited, then those among the sources."""
    with suppress(MigratorError):
        yield user_target()
    edited = [entry.path for entry in Journal(home.root).entries() if entry.path is not None]
    named = [place.path for job in inventory.jobs for place in job.live if place.source == CRONTAB]
    for path in dict.fromkeys([*edited, *named]):
        try:
            yield target_at(home, path)
        except MigratorError:
            continue
