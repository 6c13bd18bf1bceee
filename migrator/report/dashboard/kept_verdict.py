"""A verdict as it is kept for the board: in a document, with its reasons in every language we speak."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from migrator.comparison.slots_seen import DaysSeen
from migrator.comparison.verdicts import Judgement, Verdict
from migrator.cutover.removal import shown
from migrator.i18n import LANGUAGES, language, speaking
from migrator.report.calendar_picture import WEEKS

KEPT_DAYS = 7 * WEEKS


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """The verdict of some minutes ago; ``days``: the slots that were compared for it."""

    verdict: Verdict
    reasons: tuple[str, ...]
    earliest: dt.date | None
    evidence: int
    needed: int
    days: DaysSeen
    made: dt.datetime

    def document(self) -> dict[str, Any]:
        """As ``report`` and ``compare`` name these."""
        return {
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "earliest_safe": self.earliest.isoformat() if self.earliest else None,
            "evidence": self.evidence,
            "needed": self.needed,
        }


def kept_document(judgement: Callable[[], Judgement], days: DaysSeen) -> dict[str, Any]:
    """What is kept; ``judgement`` is asked once for each language, because its reasons are sentences."""
    reasons = {}
    for code in LANGUAGES:
        with speaking(code):
            said = judgement()
            reasons[code] = [shown(reason) for reason in said.reasons]
    return {
        "verdict": said.verdict.value,
        "reasons": reasons,
        "earliest_safe": said.earliest_safe.isoformat() if said.earliest_safe else None,
        "evidence": said.evidence,
        "needed": said.needed,
        **days.document(last=KEPT_DAYS),
    }


def read_kept(document: Mapping[str, Any], made: dt.datetime) -> KeptVerdict | None:
    """The verdict in the reader's language; None where another version wrote it."""
    try:
        reasons = document["reasons"]
        earliest = document["earliest_safe"]
        return KeptVerdict(
            Verdict(document["verdict"]),
            tuple(reasons.get(language()) or reasons["en"]),
            dt.date.fromisoformat(earliest) if earliest else None,
            int(document["evidence"]),
            int(document["needed"]),
            DaysSeen.read(document),
            made,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
