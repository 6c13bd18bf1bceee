"""The lines that the parallel run settles: what both sides were seen to do."""

from __future__ import annotations

from migrator.comparison.document import JobComparison
from migrator.comparison.durations_beside import durations_in_words
from migrator.comparison.effects_beside import summary
from migrator.comparison.likeness import Likeness
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Side
from migrator.cutover.checklist.items import Item, State
from migrator.cutover.removal import shown
from migrator.i18n import _, ngettext


def matched(compared: JobComparison) -> Item:
    judgement = compared.judgement
    text = ngettext(
        "{count} slot matched on both sides", "{count} slots matched on both sides", judgement.needed
    ).format(count=judgement.needed)
    evidence = _("{count} of {needed}").format(count=judgement.evidence, needed=judgement.needed)
    state = State.DONE if judgement.evidence >= judgement.needed else State.OPEN
    if compared.comparison.job.demo:
        evidence += "; " + _("the slots of a demonstration are no evidence")
    return Item("matched", text, state, evidence)


def executed(compared: JobComparison) -> Item:
    text = _("Celery has executed a slot, and cron yielded")
    seen = compared.comparison.told
    if seen.latest_by_celery is None:
        return Item("executed", text, State.OPEN, _("not yet: hand it over with migrator owner"))
    due = seen.latest_by_celery.astimezone(compared.comparison.job.zone)
    evidence = ngettext("once: {slot}", "{count} times, the latest {slot}", seen.by_celery)
    slot = due.strftime("%Y-%m-%d %H:%M %Z")
    return Item("executed", text, State.DONE, evidence.format(count=seen.by_celery, slot=slot))


def once(compared: JobComparison) -> Item:
    text = _("no slot was executed twice")
    twice = compared.comparison.count(Outcome.DUPLICATE)
    slots = compared.comparison.expected
    if twice:
        evidence = ngettext("{count} slot was", "{count} slots were", twice).format(count=twice)
        return Item("once", text, State.BLOCKED, evidence)
    if not slots:
        return Item("once", text, State.OPEN, _("no run has been recorded yet"))
    return Item(
        "once",
        text,
        State.DONE,
        ngettext("{count} slot seen", "{count} slots seen", slots).format(count=slots),
    )


def effects(compared: JobComparison) -> Item:
    """What varies with the data is for a person to look at: the two sides never had the same data."""
    text = _("Celery does the work that cron did: mails and database writes")
    states = {Likeness.EQUAL: State.DONE, Likeness.DIFFERS: State.BLOCKED, Likeness.UNKNOWN: State.OPEN}
    state = states[compared.effects.likeness]
    if compared.comparison.job.demo and state is State.BLOCKED:
        state = State.OPEN  # a demonstration proves nothing, neither way
    return Item("effects", text, state, shown(summary(compared.effects)))


def durations(compared: JobComparison) -> Item:
    text = _("Celery takes about as long as cron did")
    told = durations_in_words(compared.durations)
    if compared.durations.likeness is Likeness.EQUAL:
        return Item("durations", text, State.DONE, told)
    if compared.durations.likeness is Likeness.DIFFERS:
        return Item("durations", text, State.OPEN, told)
    return Item("durations", text, State.OPEN, _("{told}: too few to say").format(told=told))


def drill(compared: JobComparison) -> Item:
    """An alarm that nobody has ever seen ring is none."""
    text = _("a run that failed was seen on both sides")
    failed = compared.comparison.failed
    if failed == set(Side):
        return Item("drill", text, State.DONE, _("recorded on both sides"))
    unseen = _(" and ").join(
        name for side, name in ((Side.CONTROL, _("cron")), (Side.CANDIDATE, "Celery")) if side not in failed
    )
    evidence = _("none of {sides} yet: let it fail once on purpose and see who is told: {command}")
    command = f"migrator cutover drill {compared.id} --execute"
    return Item("drill", text, State.OPEN, evidence.format(sides=unseen, command=command))
