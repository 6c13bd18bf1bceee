"""``migrator prove``: is the Celery schedule equal to cron's, for all time?"""

from __future__ import annotations

import datetime as dt

import click
from rich.text import Text

from migrator.cli.options import format_option, print_json
from migrator.cli.project import find_home
from migrator.cli.scanning import chosen, host_zone, whole_inventory
from migrator.cli.tables import console, table
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.report.proof import Proof, proof_document, proof_of, proofs
from migrator.schedule.expression import parse


@click.command("prove")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@click.option("--expression", help=_('a schedule by itself, such as "0 0 1,15 * 5"'))
@click.option("--celery", "spelled", multiple=True, help=_("the crontab(...) that somebody wrote for it"))
@click.option("--timezone", help=_("the zone that cron's daemon runs in"))
@format_option
def command(
    jobs: tuple[str, ...], expression: str | None, spelled: tuple[str, ...], timezone: str | None, output: str
) -> int:
    """Prove that Celery fires exactly when cron does, or name the first minute at which it does not.

    The proof compares the sets of wall-clock minutes, so it holds for all time. Nights on
    which the clock jumps are another matter, and are listed for the next ten years.
    """
    today = dt.date.today()
    home = find_home()
    if spelled and expression is None:
        raise UsageProblem(_("--celery needs --expression, the schedule to compare it with"))
    if expression is not None:
        zone = timezone or home.configuration.project.timezone or host_zone()
        entries = None
        if spelled:
            from migrator.contrib.celery.spelling import read_crontab_calls

            entries = read_crontab_calls(spelled)
        results = [proof_of(expression, parse(expression), zone, today=today, entries=entries)]
    else:
        results = proofs(chosen(whole_inventory(home, timezone=timezone), jobs), today)
    if output == "json":
        print_json({"proofs": [proof_document(proof) for proof in results]})
    else:
        _table(results)
    return 0 if all(proof.exact for proof in results) else 1


def _mark(proof: Proof) -> Text:
    if proof.exact:
        return Text(_("exact"), "green")
    if proof.equal:
        return Text(_("exact, but for clock changes"), "yellow")
    return Text(_("differs"), "red")


def _table(results: list[Proof]) -> None:
    rows = table(_("schedule"), _("Celery"), _("verdict"))
    for proof in results:
        written = "" if proof.name == proof.expression.text else "\n" + proof.expression.text
        rows.add_row(
            Text.assemble(proof.name, (written, "dim")),
            "\n".join(map(str, proof.entries)) or _("no entry: it never fires"),
            Text.assemble(_mark(proof), f"\n{proof.sentence}\n", (proof.clock_changes, "dim")),
        )
    console().print(rows)
