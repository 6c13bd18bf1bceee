"""Rehearsals for eyes: a row for each job."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.text import Text

from migrator.cli.options import say
from migrator.cli.tables import console, table
from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal_record import Record
from migrator.i18n import _, ngettext

MOST_DAYS = 4


def print_rehearsals(records: Sequence[Record], accepted: Collection[str]) -> None:
    """The window, who ran, and what became of each job; ``accepted``: those whose clock changes are."""
    first = records[0]
    say(
        _("{start} to {end}, {scheduler}").format(
            start=first.start.isoformat(" ", "minutes"),
            end=first.end.isoformat(" ", "minutes"),
            scheduler=first.scheduler,
        )
    )
    if first.events:
        say(_("events: {events}").format(events=", ".join(first.events)))
    rows = table(_("job"), _("slots"), _("result"))
    for record in records:
        rows.add_row(
            Text.assemble(record.job, (f"\n{record.expression}  {record.timezone}", "dim")),
            "\n".join(_slots(record)),
            Text.assemble(
                _mark(record, accepted),
                f"\n{record.sentence}",
                (f"\n{record.sample.sentence}" if record.sample else "", "dim"),
                ("".join(f"\n{day}" for day in days_of(record)), "dim"),
            ),
        )
    console().print(rows)


def _mark(record: Record, accepted: Collection[str]) -> Text:
    if record.equal:
        return Text(_("equal"), "green")
    if record.by_clock_changes and record.job in accepted:
        return Text(_("equal, but for clock changes that you accept"), "green")
    if record.by_clock_changes:
        return Text(_("equal, but for clock changes"), "yellow")
    return Text(_("differs"), "red")


def _slots(record: Record) -> Iterator[str]:
    counts = record.result.counts
    yield str(record.result.expected)
    yield _("{count} matched").format(count=counts[Outcome.MATCHED])
    if late := counts[Outcome.LATE]:
        yield _("{count} late").format(count=late)
    if ignored := counts[Outcome.IGNORED]:
        yield _("{count} switched off").format(count=ignored)
    if record.daemon:
        yield _("{count} by the real cron").format(count=record.daemon.starts)


def days_of(record: Record) -> Iterator[str]:
    """The first days that differ, a line for each, and how many more there are."""
    if not record.entries:
        yield _("no entry of beat's schedule sends it")
    elif not (record.equal or record.by_clock_changes):
        yield _("beat has {entries}").format(entries=_("; ").join(record.entries))
    for day in record.result.days[:MOST_DAYS]:
        yield f"{day.date.isoformat()}: {day.sentence}"
    more = record.result.differing - MOST_DAYS
    if more > 0:
        yield ngettext("and {count} more day", "and {count} more days", more).format(count=more)
