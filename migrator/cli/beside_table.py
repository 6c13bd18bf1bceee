"""Effects, output and lag of a job for eyes, cron's beside Celery's."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from migrator.cli.tables import table
from migrator.comparison.document import JobComparison
from migrator.comparison.effects_beside import counts_in_words, effect_name, summary
from migrator.comparison.lag import lag_in_words
from migrator.comparison.likeness import Likeness
from migrator.comparison.output_beside import output_in_words
from migrator.i18n import _

COLOURS = {Likeness.EQUAL: "green", Likeness.DIFFERS: "red", Likeness.UNKNOWN: "yellow"}


def beside_parts(job: JobComparison) -> Iterator[RenderableType]:
    """What both sides did, printed and how late they were, once a side has executed a slot."""
    if not job.effects.control.slots and not job.effects.candidate.slots:
        return
    if job.effects.effects:
        rows = table(_("effect, in a slot"), _("cron"), _("Celery"), "", narrow=(0, 3))
        for one in job.effects.effects:
            rows.add_row(
                effect_name(one.name),
                counts_in_words(one.control),
                counts_in_words(one.candidate),
                Text(one.likeness.value, COLOURS[one.likeness]),
            )
        yield rows
    yield _line(_("effects"), job.effects.likeness, summary(job.effects))
    yield _line(_("output"), job.output.likeness, output_in_words(job.output))
    for name, steps in ((_("cron"), job.lag.control), ("Celery", job.lag.candidate)):
        if steps:
            yield Text(_("lag of {side}: {steps}").format(side=name, steps=lag_in_words(steps)), "dim")


def effects_line(job: JobComparison) -> Iterator[Text]:
    """The effects in one line, once both sides have something to say."""
    if job.effects.control.counted and job.effects.candidate.counted:
        yield _line(_("effects"), job.effects.likeness, summary(job.effects))


def _line(name: str, likeness: Likeness, text: str) -> Text:
    return Text.assemble(f"{name}: ", (likeness.value, COLOURS[likeness]), f"; {text}" if text else "")
