"""``migrator prove``: is the Celery schedule equal to cron's, for all time?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import click
from rich.text import Text

from migrator.cli.options import format_option, note, print_json
from migrator.cli.project import find_home
from migrator.cli.prove_installed import prove_installed
from migrator.cli.scan_table import print_findings
from migrator.cli.scanning import chosen, dialect_of, host_zone, whole_inventory
from migrator.cli.tables import console, table
from migrator.codegen.plan import moving
from migrator.codegen.schedule import app_zone
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import Every, Refused, by_the_clock, lower_schedule
from migrator.errors import UsageProblem
from migrator.findings import Finding
from migrator.i18n import _, ngettext
from migrator.report.proof import Proof, proof_document, proof_of, proofs
from migrator.sources.job import Job
from migrator.sources.judgement import doubtful, ignored_text


@click.command("prove")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@click.option("--expression", help=_('a schedule by itself, such as "0 0 1,15 * 5"'))
@click.option("--celery", "spelled", multiple=True, help=_("the crontab(...) that somebody wrote for it"))
@click.option("--dialect", help=_("the daemon whose rules hold (default: migrator.toml, then Debian's cron)"))
@click.option("--timezone", help=_("the zone that cron's daemon runs in"))
@click.option("--installed", is_flag=True, help=_("start Django and judge the schedule that beat has there"))
@click.option("--settings", help=_("the settings to start it with (default: the project's)"))
@format_option
def command(
    jobs: tuple[str, ...],
    expression: str | None,
    spelled: tuple[str, ...],
    dialect: str | None,
    timezone: str | None,
    installed: bool,
    settings: str | None,
    output: str,
) -> int:
    """Prove that Celery fires exactly when cron does, or name the first minute at which it does not.

    The proof compares the sets of wall-clock minutes, so it holds for all time. Nights on
    which the clock jumps are run through for the next ten years: who starts the job when.
    --installed imports the project's settings and models, and its Celery app.
    """
    today = dt.date.today()
    home = find_home()
    if spelled and expression is None:
        raise UsageProblem(_("--celery needs --expression, the schedule to compare it with"))
    if settings is not None and not installed:
        raise UsageProblem(_("--settings needs --installed: nothing else starts the project"))
    if installed:
        if expression is not None:
            raise UsageProblem(_("--installed judges jobs, and --expression is a schedule by itself"))
        return prove_installed(
            home, whole_inventory(home, timezone=timezone, dialect=dialect), jobs, settings, output
        )
    if expression is not None:
        zone = timezone or home.configuration.project.timezone or host_zone()
        entries, odd = _written(spelled)
        schedule = by_the_clock(expression, dialect_of(home, dialect))
        found = proof_of(expression, schedule, zone, today=today, entries=entries)
        odd += (*ignored_text(None, schedule), *doubtful(None, schedule))
        results = [replace(found, findings=(*odd, *found.findings))]
    else:
        accepted = {name for name, decision in home.configuration.jobs.items() if "CM203" in decision.accept}
        inventory = whole_inventory(home, timezone=timezone, dialect=dialect)
        named = chosen(inventory, jobs)
        _note_unproved(named)
        exact = home.configuration.generate.keeps_nights
        app = app_zone(moving(inventory, home.configuration) or inventory.jobs) if exact else None
        results = proofs(named if jobs else _leaving(named), today, accepted=accepted, app=app)
    if output == "json":
        print_json({"proofs": [proof_document(proof) for proof in results]})
    else:
        _table(results)
    return 0 if all(proof.settled for proof in results) else 1


def _written(spelled: tuple[str, ...]) -> tuple[tuple[CeleryCrontab, ...] | None, tuple[Finding, ...]]:
    """The entries that somebody wrote, read by Celery itself, and what is odd about their spelling."""
    if not spelled:
        return None, ()
    from migrator.contrib.celery.spelling import odd_fields, read_crontab_calls

    return read_crontab_calls(spelled), tuple(odd_fields(spelled))


def _leaving(jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """Those that may leave cron; the others are named, and nothing is asked of their schedules."""
    stay = [job.id for job in jobs if job.status == "stays" and job.expression]
    if stay:
        text = ngettext("{count} job stays in cron: {ids}", "{count} jobs stay in cron: {ids}", len(stay))
        note(text.format(count=len(stay), ids=", ".join(stay)))
    return tuple(job for job in jobs if job.status != "stays")


def _note_unproved(jobs: tuple[Job, ...]) -> None:
    """What Celery has for the jobs whose schedule no crontab says, if it has anything."""
    for job in jobs:
        if job.interval:
            continue
        match lower_schedule(job.schedule):
            case Every() as every:
                note(
                    _("{job}: no proof, it goes by no clock; Celery has {entry}").format(
                        job=job.id, entry=every
                    )
                )
            case Refused(reason, hint):
                note(_("{job}: no proof: {reason}; {hint}").format(job=job.id, reason=reason, hint=hint))
            case _:
                pass


def _way_out(proof: Proof) -> Iterator[str]:
    """The schedule that fires as cron does on those nights, too."""
    if proof.remedy:
        yield _("on these nights as cron, too:")
        yield str(proof.remedy)


def _mark(proof: Proof) -> Text:
    if proof.exact:
        return Text(_("exact"), "green")
    if proof.settled:
        return Text(_("exact, but for clock changes that you accept"), "green")
    if proof.equal:
        return Text(_("exact, but for clock changes"), "yellow")
    return Text(_("differs"), "red")


def _table(results: list[Proof]) -> None:
    rows = table(_("schedule"), _("Celery"), _("verdict"))
    for proof in results:
        written = "" if proof.name == proof.expression.text else "\n" + proof.expression.text
        nights = "\n".join([*proof.nights, *_way_out(proof)]) or proof.clock_changes
        rows.add_row(
            Text.assemble(proof.name, (written, "dim")),
            "\n".join(proof.schedules) or _("no entry: it never fires"),
            Text.assemble(_mark(proof), f"\n{proof.sentence}\n", (nights, "dim")),
        )
    console().print(rows)
    print_findings(console(), [one for proof in results for one in _of_its_job(proof)])


def _of_its_job(proof: Proof) -> Iterator[Finding]:
    """What is good to know about a schedule, which has no place, by the name of its job."""
    for one in proof.findings:
        alone = proof.name == proof.expression.text
        yield one if alone else replace(one, message=f"{proof.name}: {one.message}")
