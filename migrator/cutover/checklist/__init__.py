"""The cutover checklist: what has to be so before a job leaves cron, with the evidence for each line.

Done: it is so. Blocked: it is not, and the job may not move. Open: nobody has looked,
more slots are needed, or a person has to see to it.
"""

from __future__ import annotations

from dataclasses import replace

from migrator.cutover.checklist import before_running, cared_for, parallel_run
from migrator.cutover.checklist.items import Item as Item
from migrator.cutover.checklist.items import State as State
from migrator.cutover.checklist.items import Subject as Subject
from migrator.cutover.removal import shown
from migrator.i18n import _


def checklist(subject: Subject) -> tuple[Item, ...]:
    """The checklist of one job, in the order in which a migration meets its lines."""
    return tuple(_weighed(item, subject) for item in _items(subject))


def _weighed(item: Item, subject: Subject) -> Item:
    """The line with what hangs on it: an open one that is required holds, unless a person answers for it."""
    if item.state is not State.OPEN:
        return item
    reason = subject.accepted.get(item.key)
    if reason is None:
        return replace(item, holds=item.key in subject.require)
    evidence = _("{evidence}; accepted: {reason}").format(evidence=item.evidence, reason=shown(reason))
    return replace(item, evidence=evidence, accepted=shown(reason))


def _items(subject: Subject) -> tuple[Item, ...]:
    return (
        before_running.task(subject),
        before_running.proof(subject),
        before_running.zone(subject),
        before_running.registered(subject),
        before_running.scheduled(subject),
        before_running.rehearsal(subject),
        parallel_run.matched(subject.compared),
        parallel_run.executed(subject.compared),
        parallel_run.once(subject.compared),
        parallel_run.effects(subject.compared),
        parallel_run.durations(subject.compared),
        parallel_run.drill(subject.compared),
        cared_for.lock(subject.job),
        cared_for.freshness(subject.job, subject.alert),
        cared_for.output(subject.job, subject.alert),
        cared_for.results(subject),
        cared_for.generator(subject.job),
        Item("rollback", _("the way back is known"), State.DONE, _("the commands are listed below")),
    )
