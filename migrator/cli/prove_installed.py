"""``prove --installed``: what beat has in this project, against what cron does."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Sequence

from rich.text import Text

from migrator.cli.options import note, print_json
from migrator.cli.project import Home, start_django
from migrator.cli.scanning import chosen
from migrator.cli.tables import console, table
from migrator.equivalence.installed import Installed, Judged, explain_installed, judge_declared
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.redaction import redact
from migrator.report.installed_proof import (
    entries_of,
    entry_document,
    judged_document,
    to_compare,
    without_job,
)
from migrator.report.proof import nights_of
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.sources.job import Inventory


def prove_installed(
    home: Home, inventory: Inventory, identities: Sequence[str], settings: str | None, output: str
) -> int:
    """Judge the entries of each job, and show it; the exit status."""
    today = dt.date.today()
    entries = _entries(home, settings)
    judged = [
        judge_declared(
            job.id,
            job.schedule,
            job.timezone,
            entries_of(job.id, entries, home.configuration),
            since=today,
            move=job.declared.move.after if job.declared.move and job.live else None,
        )
        for job in to_compare(chosen(inventory, identities), home.configuration)
        if isinstance(job.schedule, CronExpression | Interval)
    ]
    accepted = {name for name, decision in home.configuration.jobs.items() if "CM203" in decision.accept}
    odd = without_job(entries, inventory.jobs, home.configuration)
    if output == "json":
        document = {
            "proofs": [judged_document(one, accepted=one.job in accepted) for one in judged],
            "without_job": list(map(entry_document, odd)),
        }
        print_json(document)
    else:
        _table(judged, accepted)
        for entry in odd:
            note(
                _("{name}: beat sends {task}, which is no job of cron's").format(
                    name=entry.name, task=entry.task
                )
            )
    return 0 if all(one.exact or (one.equal and one.job in accepted) for one in judged) else 1


def _entries(home: Home, settings: str | None) -> list[Installed]:
    from django.apps import apps

    if settings is not None and apps.ready and settings != os.environ.get("DJANGO_SETTINGS_MODULE"):
        raise UsageProblem(
            _("Django runs already, with other settings"),
            hint=_("give --settings to manage.py, before migrator"),
        )
    if settings is not None:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
    start_django(home)
    from migrator.contrib.celery.jobs import application
    from migrator.contrib.django.installed import installed_entries

    return installed_entries(application(home.configuration.project.celery), dt.datetime.now(dt.UTC))


def _mark(judged: Judged, accepted: Collection[str]) -> Text:
    if judged.exact:
        return Text(_("exact"), "green")
    if judged.equal and judged.job in accepted:
        return Text(_("exact, but for clock changes that you accept"), "green")
    if judged.equal:
        return Text(_("exact, but for clock changes"), "yellow")
    return Text(_("differs"), "red")


def _table(judged: Sequence[Judged], accepted: Collection[str]) -> None:
    rows = table(_("job"), _("beat has"), _("verdict"))
    for one in judged:
        nights = "".join(f"\n{night}" for night in nights_of(one.partings))
        rows.add_row(
            Text.assemble(one.job, (f"\n{one.schedule.text}  {one.timezone}", "dim")),
            "\n".join(redact(_shown(entry)) for entry in one.entries) or _("no entry"),
            Text.assemble(_mark(one, accepted), f"\n{redact(explain_installed(one))}", (nights, "dim")),
        )
    console().print(rows)


def _shown(entry: Installed) -> str:
    """``clearsessions: crontab(minute='0', hour='0')  Europe/Warsaw``, and why it is idle."""
    zone = f"  {entry.timezone}" if entry.timezone else ""
    return f"{entry.name}: {entry.written}{zone}" + (f"  ({entry.idle})" if entry.idle else "")
