"""A declared move: the team wants a job at another time under Celery than cron had it.

Side by side the two need the same slots, or each would do the work at its own time and nobody could
say that one of them did it twice. So the move waits: cron's time holds until the job's lines
are out, and from then on the declared one.
"""

from __future__ import annotations

from dataclasses import replace

from migrator.configuration import JobDecision
from migrator.errors import BadExpression, UsageProblem
from migrator.findings import Finding
from migrator.i18n import _
from migrator.schedule.dialect import Dialect
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.readers import reader_of
from migrator.sources.job import Declared, Move


def moving(declared: Declared, decision: JobDecision, identity: str, *, left: bool) -> Declared:
    """The job with its move; ``left``: no line of it is cron's any more, so that the move is in force."""
    if decision.move is None:
        if decision.move_reason is not None:
            raise UsageProblem(
                _("[jobs.{id}] has a move_reason, and no move").format(id=identity),
                hint=_('write both: move = "0 3 * * *" and move_reason = "..."'),
            )
        return declared
    if not decision.move_reason:
        raise UsageProblem(
            _("[jobs.{id}] move has no reason").format(id=identity),
            hint=_('say why the time may change: move_reason = "the backup is over by then"'),
        )
    if declared.expression is None:
        raise UsageProblem(
            _("[jobs.{id}] move: {schedule} is no schedule of five fields").format(
                id=identity, schedule=declared.schedule.text
            ),
            hint=_("take the move out: only a time of the clock can move to another"),
        )
    after = _parsed(decision.move, reader_of(declared.expression), identity)
    move = Move(declared.expression, after, decision.move_reason)
    return replace(
        declared,
        schedule=move.after if left else move.before,
        move=move,
        findings=(*declared.findings, _told(declared, move, left=left)),
    )


def _parsed(text: str, reader: Dialect, identity: str) -> CronExpression:
    try:
        return parse(text, reader)
    except BadExpression as problem:
        raise UsageProblem(
            _("[jobs.{id}] move = {text}: {problem}").format(id=identity, text=text, problem=problem.fact),
            hint=problem.hint,
        ) from None


def _told(declared: Declared, move: Move, *, left: bool) -> Finding:
    words = {"before": move.before.text, "after": move.after.text, "reason": move.reason}
    if left:
        message = _("it has moved from {before} to {after}: {reason}").format(**words)
        hint = _("migrator generate --write puts that into the code, if it is not there yet")
    else:
        message = _("it moves from {before} to {after} once its line is out: {reason}").format(**words)
        hint = _("cron's time holds side by side; after the cutover, run migrator generate --write")
    return Finding("CM603", declared.place, message, hint)
