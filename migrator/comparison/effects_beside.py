"""The effects of a job, cron's beside Celery's.

One owner executes a slot, so the two sides have hardly ever had the same data before them. What
can be said honestly is little: a count that was the same in every slot of both sides is equal; one
that is beyond anything the other side did, by a factor of two or from none to some, differs; the
rest depends on the data, and a person looks at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from migrator.comparison.effects import MAILS, RECIPIENTS, Effects, read_effects
from migrator.comparison.likeness import Likeness, together
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.runs import RunRecord
from migrator.i18n import _, ngettext

FACTOR = 2  # what is beyond the most, or below the least, by so much is no accident of the data


@dataclass(frozen=True, slots=True)
class Counts:
    """One count over the slots of a side; ``least`` and ``most`` None: it was there, and not countable."""

    slots: int
    total: int
    least: int | None
    most: int | None

    @property
    def constant(self) -> bool:
        return self.least is not None and self.least == self.most

    def far_below(self, other: Counts) -> bool:
        """Whether the most of these is less than half of the least of those."""
        if self.most is None or other.least is None:
            return False
        return self.most < other.least and self.most * FACTOR <= other.least


@dataclass(frozen=True, slots=True)
class InOneSlot:
    """A slot that both sides executed, and what each did in it."""

    slot: str
    control: int | None
    candidate: int | None

    @property
    def likeness(self) -> Likeness:
        if self.control is None or self.candidate is None:
            return Likeness.UNKNOWN
        return Likeness.EQUAL if self.control == self.candidate else Likeness.DIFFERS


@dataclass(frozen=True, slots=True)
class EffectBeside:
    """One effect on both sides; ``drill``: the latest slot that both executed, and in which it differed."""

    name: str
    control: Counts
    candidate: Counts
    likeness: Likeness
    drill: InOneSlot | None = None


@dataclass(frozen=True, slots=True)
class SideOfEffects:
    """The slots that a side executed well; of some nobody knows all: uncounted, or only in part."""

    slots: int = 0
    uncounted: int = 0
    partly: int = 0

    @property
    def counted(self) -> int:
        return self.slots - self.uncounted

    @property
    def known(self) -> bool:
        return self.slots > 0 and not self.uncounted and not self.partly


@dataclass(frozen=True, slots=True)
class EffectsBeside:
    """All effects of a job, side by side."""

    likeness: Likeness = Likeness.UNKNOWN
    effects: tuple[EffectBeside, ...] = ()
    control: SideOfEffects = SideOfEffects()
    candidate: SideOfEffects = SideOfEffects()

    @property
    def differing(self) -> tuple[EffectBeside, ...]:
        return tuple(one for one in self.effects if one.likeness is Likeness.DIFFERS)


def effects_beside(slots: Iterable[SlotComparison]) -> EffectsBeside:
    """What cron did in its slots beside what Celery did in its own."""
    seen = EffectsSeen()
    for one in slots:
        seen.add(one)
    return seen.beside()


class EffectsSeen:
    """The effects of both sides, gathered slot by slot."""

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        stored = stored or {}
        self.control, self.candidate = _Side(stored.get("control")), _Side(stored.get("candidate"))
        self.pairs: list[tuple[str, Effects, Effects]] = [
            (slot, read_effects(ours), read_effects(theirs)) for slot, ours, theirs in stored.get("pairs", ())
        ]

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        pairs = [(slot, ours.document(), theirs.document()) for slot, ours, theirs in self.pairs]
        return {"control": self.control.stored(), "candidate": self.candidate.stored(), "pairs": pairs}

    def add(self, one: SlotComparison) -> None:
        ours, theirs = self.control.add(one.control), self.candidate.add(one.candidate)
        if ours is not None and theirs is not None:
            self.pairs.append((one.slot.name, ours, theirs))

    def beside(self) -> EffectsBeside:
        control, candidate = self.control, self.candidate
        sides = (control.summary, candidate.summary)
        known = all(side.counted and not side.partly for side in sides)
        names = {*control.tallies, *candidate.tallies}
        lines = tuple(
            _beside(name, control.counts(name), candidate.counts(name), self.pairs, known=known)
            for name in sorted(names, key=lambda name: (name not in (MAILS, RECIPIENTS), name))
        )
        words = [line.likeness for line in lines]
        if not all(side.known for side in sides):
            words.append(Likeness.UNKNOWN)
        return EffectsBeside(together(words), lines, *sides)


@dataclass(slots=True)
class _Tally:
    """An effect over the runs that had it: how many those were, and of how many nobody knows the number."""

    runs: int = 0
    unknown: int = 0
    total: int = 0
    least: int | None = None
    most: int = 0

    def add(self, number: int | None) -> None:
        self.runs += 1
        if number is None:
            self.unknown += 1
            return
        self.total += number
        self.least = number if self.least is None else min(self.least, number)
        self.most = max(self.most, number)


class _Side:
    """The counts of one side, gathered run by run; an effect that no run had is not there."""

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        stored = stored or {"seen": (0, 0, 0), "tallies": {}}
        self.slots, self.uncounted, self.partly = stored["seen"]
        self.tallies: dict[str, _Tally] = defaultdict(_Tally)
        for name, tally in stored["tallies"].items():
            self.tallies[name] = _Tally(*tally)

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        tallies = {name: astuple(tally) for name, tally in self.tallies.items()}
        return {"seen": (self.slots, self.uncounted, self.partly), "tallies": tallies}

    def add(self, run: RunRecord | None) -> Effects | None:
        """Gather a run that executed and ended well; a failed one has done a part of its work."""
        if run is None or not run.executed or not run.finished_well:
            return None
        self.slots += 1
        if run.effects is None:
            self.uncounted += 1
            return None
        self.partly += not run.effects.complete
        for name, number in run.effects.counts.items():
            if number != 0:
                self.tallies[name].add(number)
        return run.effects

    @property
    def summary(self) -> SideOfEffects:
        return SideOfEffects(self.slots, self.uncounted, self.partly)

    def counts(self, name: str) -> Counts:
        """An effect over all counted slots, also those without it."""
        slots = self.slots - self.uncounted
        seen = self.tallies.get(name, _Tally())
        if seen.unknown or not slots:
            return Counts(slots, seen.total, None, None)
        least = seen.least if seen.runs == slots and seen.least is not None else min(0, seen.least or 0)
        return Counts(slots, seen.total, least, max(seen.most, least))


def _beside(
    name: str,
    control: Counts,
    candidate: Counts,
    pairs: Sequence[tuple[str, Effects, Effects]],
    *,
    known: bool,
) -> EffectBeside:
    if not known:
        return EffectBeside(name, control, candidate, Likeness.UNKNOWN)
    drills = [
        InOneSlot(slot, ours.counts.get(name, 0), theirs.counts.get(name, 0)) for slot, ours, theirs in pairs
    ]
    differing = [one for one in drills if one.likeness is Likeness.DIFFERS]
    if differing:
        return EffectBeside(name, control, candidate, Likeness.DIFFERS, differing[-1])
    if len(drills) == control.slots == candidate.slots:
        word = together(one.likeness for one in drills)
    else:
        word = _in_ranges(control, candidate)
    return EffectBeside(name, control, candidate, word)


def _in_ranges(control: Counts, candidate: Counts) -> Likeness:
    """Of slots that each side had for itself."""
    if control.constant and candidate.constant and control.least == candidate.least:
        return Likeness.EQUAL
    apart = control.far_below(candidate) or candidate.far_below(control)
    return Likeness.DIFFERS if apart else Likeness.UNKNOWN


# ---- words


def counts_in_words(counts: Counts) -> str:
    """``3``, or ``0-4 (13 in 7 slots)``: what a side did in a slot."""
    if not counts.slots:
        return _("not counted")
    if counts.least is None or counts.most is None:
        return _("unknown")
    if counts.constant:
        return str(counts.least)
    return ngettext(
        "{least} to {most}, {total} in {count} slot",
        "{least} to {most}, {total} in {count} slots",
        counts.slots,
    ).format(least=counts.least, most=counts.most, total=counts.total, count=counts.slots)


def difference_in_words(one: EffectBeside) -> str:
    """``mails: cron 3, Celery 1``, with the slot where both executed it."""
    name = effect_name(one.name)
    if one.drill is not None:
        return _("{effect}: cron {control}, Celery {candidate}, in the slot {slot}").format(
            effect=name, control=one.drill.control, candidate=one.drill.candidate, slot=one.drill.slot
        )
    return _("{effect}: cron {control}, Celery {candidate}").format(
        effect=name, control=counts_in_words(one.control), candidate=counts_in_words(one.candidate)
    )


def effect_name(name: str) -> str:
    """Mails in the reader's language, statements in SQL's."""
    return {MAILS: _("mails"), RECIPIENTS: _("recipients of mails")}.get(name, name)


def summary(beside: EffectsBeside) -> str:
    """The effects in one sentence, with the reason where they are not known to be equal."""
    if beside.differing:
        return "; ".join(difference_in_words(one) for one in beside.differing)
    reasons = [*_gaps(_("cron"), beside.control), *_gaps("Celery", beside.candidate)]
    if reasons:
        return "; ".join(reasons)
    if beside.likeness is Likeness.EQUAL:
        if not beside.effects:
            return _("no mail and no database write on either side")
        return _("the same in every slot of both sides")
    varying = [one for one in beside.effects if one.likeness is Likeness.UNKNOWN]
    return _("it varies from slot to slot: {effects}").format(
        effects="; ".join(difference_in_words(one) for one in varying)
    )


def _gaps(side: str, seen: SideOfEffects) -> list[str]:
    """Why the effects of a side are not all known."""
    if not seen.slots:
        return [_("{side} has executed no slot").format(side=side)]
    gaps = []
    if seen.uncounted:
        text = ngettext(
            "{side}: {count} slot of {slots} was not counted",
            "{side}: {count} slots of {slots} were not counted",
            seen.uncounted,
        )
        gaps.append(text.format(side=side, count=seen.uncounted, slots=seen.slots))
    if seen.partly:
        text = ngettext(
            "{side}: {count} slot of {slots} did what cannot be counted",
            "{side}: {count} slots of {slots} did what cannot be counted",
            seen.partly,
        )
        gaps.append(text.format(side=side, count=seen.partly, slots=seen.slots))
    return gaps
