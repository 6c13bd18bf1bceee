"""Why a slot went as it went: which side was there or not, and which rule decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrator.comparison.effects_beside import effect_name
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.ownership import Handover, Owner, Side, changing, in_force_from
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.comparison.turns import turn
from migrator.i18n import _
from migrator.schedule.occurrences import Slot


@dataclass(frozen=True, slots=True)
class Asked:
    """A hand-over, and who asked for it."""

    handover: Handover
    who: str
    at: dt.datetime
    reason: str = ""
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim on the slot."""

    task: str
    state: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the ledger knows about a slot.

    ``compared``: None while it is too early to tell. ``hosts``: when each cron host was last heard.
    ``others``: the sides that did anything for any job within ten minutes of the slot.
    ``recorded_from``: the first record of the job.
    """

    job: JobDefinition
    slot: Slot
    owner: Owner
    compared: SlotComparison | None
    runs: Sequence[RunRecord]
    asked: Sequence[Asked]
    hosts: dict[str, dt.datetime]
    claim: Claimed | None
    others: frozenset[Side]
    recorded_from: dt.datetime | None
    now: dt.datetime
    kept_from: dt.datetime | None = None  # runs of slots due before then are pruned

    @property
    def turn(self) -> Side:
        """Whose turn the slot is, or would be."""
        return turn(self.job.id, self.slot.name)

    @property
    def outcome(self) -> Outcome | None:
        """None: not yet, or not recorded at all."""
        return None if self.compared is None or self.unrecorded else self.compared.outcome

    @property
    def unrecorded(self) -> bool:
        """Whether the slot was due before anything was recorded of the job, or is kept of it."""
        if self.runs:
            return False
        return self.pruned or self.recorded_from is None or self.slot.due < self.recorded_from

    @property
    def pruned(self) -> bool:
        """Whether what was recorded of the slot is kept no more."""
        return self.kept_from is not None and self.slot.due < self.kept_from


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: the rule that it goes by, and a sentence."""

    rule: str
    text: str


def explain(facts: Facts) -> tuple[Because, ...]:
    """The reasons, in the order in which the slot met them."""
    return tuple(_reasons(facts))


def _reasons(facts: Facts) -> Iterator[Because]:
    yield from _owner(facts)
    if facts.slot.due > facts.now:
        yield Because("future", _("it is not due yet"))
        return
    if facts.unrecorded:
        yield Because("unrecorded", _unrecorded(facts))
        return
    for side in Side:
        found = [run for run in facts.runs if run.side is side]
        if found:
            yield from (Because(_rule(run), _run(run, facts)) for run in found)
        else:
            yield _absent(side, facts)
    if facts.claim is not None:
        yield Because("claim", _claim(facts.claim, facts))
    yield Because("outcome", _outcome(facts))


# ---- the owner


def _owner(facts: Facts) -> Iterator[Because]:
    """The hand-over that decided, and one that was asked for and had no effect yet."""
    decided, waiting = _deciding(facts)
    if decided is None:
        text = _("nobody had handed it over: cron executes")
    else:
        text = _("the owner was {owner}: {who} asked for it on {at}, from the slot due {due}").format(
            owner=decided.handover.owner, who=decided.who, at=_at(decided.at, facts),
            due=_at(decided.handover.from_due, facts),
        )  # fmt: skip
        for word, why in ((_("reason"), decided.reason), (_("risk accepted"), decided.accepted)):
            text += f"; {word}: {why}" if why else ""
    yield Because("owner", text)
    if waiting is not None:
        silent = waiting.handover.silent(facts.hosts)
        reason = (
            _("not acknowledged by {hosts}").format(hosts=", ".join(silent))
            if silent
            else _("the hosts took it over for later slots")
        )
        yield Because(
            "handover",
            _("{owner} had been asked for from {due}, and was not in force: {reason}").format(
                owner=waiting.handover.owner, due=_at(waiting.handover.from_due, facts), reason=reason
            ),
        )
    if facts.claim is not None and decided is not None and facts.owner is not decided.handover.owner:
        yield Because("owner", _("the claim was made while the owner was {owner}").format(owner=facts.owner))
    if facts.owner is Owner.ALTERNATE:
        text = _("they take turns, by job and slot alone; this slot is the turn of {side}")
        yield Because("turn", text.format(side=_side(facts.turn)))


def _deciding(facts: Facts) -> tuple[Asked | None, Asked | None]:
    """The hand-over in force at the slot; the last one that was due to be, and was not."""
    by_key = {one.handover.key: one for one in facts.asked}
    decided = waiting = None
    for handover, shared in changing([one.handover for one in facts.asked], facts.turn):
        start = in_force_from(handover, facts.turn, facts.hosts, shared=shared)
        if start is not None and start <= facts.slot.due:
            decided, waiting = by_key[handover.key], None
        elif handover.from_due <= facts.slot.due:
            waiting = by_key[handover.key]
    return decided, waiting


# ---- the sides


def _rule(run: RunRecord) -> str:
    return f"{run.side}_{run.action}"


def _run(run: RunRecord, facts: Facts) -> str:
    """What a side did, when, and why."""
    where = run.host if run.side is Side.CONTROL else run.worker or run.host
    text = _("{side}: {did}").format(
        side=_side(run.side),
        did="; ".join(filter(None, [*_journey(run, facts), _did(run, facts), run.reason])),
    )
    if where:
        text += _(" (on {host})").format(host=where)
    return text


def _journey(run: RunRecord, facts: Facts) -> Iterator[str]:
    """The way of a message to its worker."""
    if run.kind is Kind.EXTRA:
        yield _("too late to be this slot's, and held by its claim all the same")
    for moment, words in (
        (run.published, _("published {seconds} s after it was due")),
        (run.received, _("received {seconds} s after it was due")),
    ):
        if moment is not None:
            yield words.format(seconds=_after(moment, facts))


def _did(run: RunRecord, facts: Facts) -> str:
    seconds = _after(run.started, facts)
    match run.action:
        case Action.EXECUTE:
            return _executed(run, seconds, facts)
        case Action.WOULD:
            return _("would have run {seconds} s after it was due").format(seconds=seconds)
        case Action.YIELD:
            return _("yielded {seconds} s after it was due").format(seconds=seconds)
        case Action.EXPIRED:
            return _("the message had expired when a worker took it, {seconds} s after it was due").format(
                seconds=seconds
            )
        case Action.REVOKED:
            return _("the message was revoked")


def _executed(run: RunRecord, seconds: str, facts: Facts) -> str:
    started = _("executed {seconds} s after it was due").format(seconds=seconds)
    if run.observed:
        return started + _(", and how it ended is in no log")
    if run.finished is None:
        return started + _(", and no end was recorded")
    if run.signal is not None:
        return started + _(", killed by signal {number}").format(number=run.signal)
    ended = started + _(", exit {code} after {length} s").format(
        code=run.exit, length=f"{(run.finished - (run.started or run.finished)).total_seconds():.1f}"
    )
    counts = run.effects.counts if run.effects else {}
    told = [f"{effect_name(name)} {_number(count)}" for name, count in counts.items() if count != 0]
    return f"{ended}; {', '.join(told)}" if told else ended


def _number(count: int | None) -> str:
    return _("unknown") if count is None else str(count)


def _absent(side: Side, facts: Facts) -> Because:
    """Why there may be no record of a side."""
    if facts.compared is None:
        return Because(f"{side}_absent", _("{side}: {did}").format(side=_side(side), did=_("nothing so far")))
    if side is Side.CONTROL:
        return Because("control_absent", _("{side}: {did}").format(side=_("cron"), did=_no_cron(facts)))
    if facts.owner is Owner.CRON and side not in facts.others:
        text = _("no message of any job reached a worker; before shadow none need come")
    elif side in facts.others:
        text = _(
            "no message for it, while those of other jobs came: beat did not send it, it waits in a queue "
            "that nobody reads, or its task failed before it could ask for the owner"
        )
    else:
        text = _(
            "no message of any job within ten minutes: beat, the broker, the workers or the database may "
            "have been away; without its ledger Celery executes nothing"
        )
    return Because("candidate_absent", _("{side}: {did}").format(side="Celery", did=text))


def _no_cron(facts: Facts) -> str:
    if facts.owner is Owner.RETIRED:
        return _("its line is out, so it need not be there")
    if not facts.hosts:
        return _("no host has ever synced: nothing of cron's side can be known")
    silent = [f"{name} ({_at(seen, facts)})" for name, seen in facts.hosts.items() if seen <= facts.slot.due]
    if silent:
        return _("no record, and these hosts have not synced since: {hosts}").format(hosts=", ".join(silent))
    if Side.CONTROL in facts.others:
        return _(
            "no record, while other jobs were recorded: the line is gone, is not instrumented, or its "
            "start took another slot"
        )
    return _(
        "no record of any job within ten minutes, and every host has synced since: cron did not run, or the "
        "line is gone or is not instrumented"
    )


# ---- what came of it


def _claim(claim: Claimed, facts: Facts) -> str:
    text = _("task {task} claimed it on {at}").format(task=claim.task, at=_at(claim.at, facts))
    more = {
        "claimed": _("and has not started: its worker is gone, or about to"),
        "started": _("and has started: that is never taken back, and an end is still to come or was lost"),
        "waiting": _("and waits for the retry that the task has announced"),
    }.get(claim.state)
    return f"{text}, {more}" if more else text


def _unrecorded(facts: Facts) -> str:
    if facts.pruned and facts.kept_from is not None:
        return _("runs from before {at} are not kept: see [ledger] keep in migrator.toml").format(
            at=_at(facts.kept_from, facts)
        )
    if facts.recorded_from is None:
        return _("nothing has been recorded of the job yet")
    return _("nothing was recorded of the job before {at}").format(at=_at(facts.recorded_from, facts))


def _outcome(facts: Facts) -> str:
    if facts.compared is None:
        return _("it is too early to tell: records may still be on their way")
    tolerance = int(facts.job.tolerance(facts.slot).total_seconds())
    return {
        Outcome.MATCHED: _("both sides were there, and the owner's side executed it, once and well"),
        Outcome.IGNORED: _ignored(facts),
        Outcome.MISMATCHED: _mismatched(facts),
        Outcome.CONTROL_ONLY: _("Celery was not there"),
        Outcome.CANDIDATE_ONLY: _("cron was not there"),
        Outcome.NEITHER: _("nobody was there: the slot was missed"),
        Outcome.DUPLICATE: _("it was executed more than once"),
        Outcome.LATE: _("a side came later than {seconds} s after it was due").format(seconds=tolerance),
        Outcome.EARLY: _("a side came before it was due"),
        Outcome.OVERLAP: _("the other side was still at the slot before: neither's lock keeps it out"),
    }[facts.compared.outcome]


def _ignored(facts: Facts) -> str:
    if any(run.observed for run in facts.runs):
        return _("cron's log says that it started and not how it ended, which is no evidence")
    return _("nothing is compared before shadow")


def _mismatched(facts: Facts) -> str:
    executed = [run for run in facts.runs if run.executed]
    if not executed:
        return _("both sides were there, and nobody executed it: the slot was missed")
    if executed[-1].side is not facts.owner.executes(facts.turn):
        return _("{side} executed it, and the owner was {owner}").format(
            side=_side(executed[-1].side), owner=facts.owner
        )
    if executed[-1].finished is None:
        return _("its end was never recorded")
    return _("the run failed")


def _side(side: Side) -> str:
    return _("cron") if side is Side.CONTROL else "Celery"


def _after(moment: dt.datetime | None, facts: Facts) -> str:
    return f"{(moment - facts.slot.due).total_seconds():.1f}" if moment else "?"


def _at(moment: dt.datetime, facts: Facts) -> str:
    return moment.astimezone(facts.job.zone).strftime("%Y-%m-%d %H:%M:%S %Z")
