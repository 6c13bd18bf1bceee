"""A rehearsal of an interval: how far apart beat's messages are, whichever start it counts from.

No clock says when the next one is due, only the one before: it is due one interval after it. Nobody
has stopped the old scheduler, so that what a stopped beat leaves out is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal import LATEST, MINUTE, Result, Spell, result_of
from migrator.schedule.kinds import Interval

EARLY = 1.0  # seconds: beat looks at an entry some milliseconds before it is due


def compare_pace(
    interval: Interval,
    sent: Sequence[float],
    spells: Iterable[Spell],
    zone: ZoneInfo,
    *,
    off: Sequence[Spell] = (),
) -> Result:
    """Beat's messages (epoch seconds, in order), in each spell from its beginning, by their distances.

    ``off``: where the job was switched off on purpose; what is not sent there is not compared.
    """
    return result_of(
        (one for spell in spells for one in _outcomes(interval.seconds, _within(sent, spell), spell, off)),
        zone,
    )


def _within(sent: Sequence[float], spell: Spell) -> list[float]:
    return [one for one in sent if spell.start <= one < spell.end]


def _outcomes(
    seconds: int, sent: Sequence[float], spell: Spell, off: Sequence[Spell]
) -> Iterator[tuple[Outcome, float]]:
    """What to call each message, and each one that is missing, with the instant that it is about."""
    early, minute, latest = min(EARLY, seconds / 4), min(MINUTE, seconds / 2), min(LATEST, seconds / 2)
    before = spell.start
    for number, message in enumerate(sent):
        if number and message < before + seconds - early:
            yield Outcome.DUPLICATE, message
            continue
        # beat was up some seconds before the spell: its first message may lie anywhere in the first interval
        due = before + seconds if number else min(message, before + seconds)
        while message - due >= seconds - early:
            yield _missing(due, off), due
            due += seconds
        lateness = message - due
        if lateness <= latest:
            yield Outcome.MATCHED if lateness <= minute else Outcome.LATE, due
        elif _is_off(due, off):
            yield Outcome.IGNORED, due
        else:
            yield Outcome.CONTROL_ONLY, due
            yield Outcome.CANDIDATE_ONLY, message
        before = message
    while before + seconds + latest < spell.end:
        before += seconds
        yield _missing(before, off), before


def _missing(due: float, off: Sequence[Spell]) -> Outcome:
    return Outcome.IGNORED if _is_off(due, off) else Outcome.CONTROL_ONLY


def _is_off(due: float, off: Sequence[Spell]) -> bool:
    return any(spell.start <= due < spell.end for spell in off)
