"""``migrator why``: which side fired for a slot or did not, and which rule decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text

from migrator.cli.comparison_table import GOOD
from migrator.cli.options import format_option, print_json, say
from migrator.cli.past_recorder import since_slot
from migrator.cli.runtime import runtime
from migrator.cli.tables import console
from migrator.comparison.document import run_document
from migrator.comparison.slot_names import named_slot
from migrator.comparison.unrecorded import Unrecorded
from migrator.comparison.verdicts import AGAINST
from migrator.comparison.why import Facts, explain
from migrator.i18n import _
from migrator.report.scan import finding_document


@click.command("why", short_help="Say why a slot went as it went.")
@click.argument("job")
@click.argument("slot")
@format_option
def command(job: str, slot: str, output: str) -> int:
    """Say which side fired for a slot or did not, and which rule decided.

    SLOT is written as `compare` shows it; without an offset, cron's zone is meant. Exit 1 when
    the slot speaks against the job.
    """
    with runtime() as found:
        from migrator.contrib.django.explaining import facts_about

        [chosen] = found.chosen(job)
        now = dt.datetime.now(dt.UTC)
        facts = facts_about(chosen, named_slot(chosen.definition, slot), now)
        past = since_slot(chosen, facts.slot, now)
    if output == "json":
        print_json({**_document(facts), "findings": [finding_document(one.finding) for one in past]})
    else:
        _print(facts, past)
    return 1 if facts.outcome in AGAINST else 0


def _document(facts: Facts) -> dict[str, Any]:
    return {
        "job": facts.job.id,
        "slot": facts.slot.name,
        "due": facts.slot.due.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
        "owner": facts.owner.value,
        "outcome": facts.outcome.value if facts.outcome else None,
        "because": [{"rule": one.rule, "text": one.text} for one in explain(facts)],
        "runs": [{"side": run.side.value, **run_document(run)} for run in facts.runs],
    }


def _print(facts: Facts, past: Sequence[Unrecorded]) -> None:
    word = facts.outcome.value if facts.outcome else _("no outcome")
    colour = GOOD.get(facts.outcome, "red") if facts.outcome else "dim"
    lines = console()
    lines.print(
        Text.assemble((facts.job.id, "bold"), f" {facts.slot.name.replace('T', ' ')}  ", (word, colour))
    )
    for one in explain(facts):
        lines.print(Text(f"- {one.text}"), soft_wrap=True)
    for one in past:
        say(str(one.finding))
