"""What the team has looked at in the project as a whole, and accepts, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrator.configuration import FILE_NAME
from migrator.findings import Finding, Place
from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that counts no more, and why."""

    finding: Finding
    reason: str


def parted(findings: Sequence[Finding], decisions: Mapping[str, str]) -> tuple[list[Finding], list[Accepted]]:
    """The findings that count, and those that are accepted; keys are CODE or ``CODE PATH``."""
    kept, accepted = [], []
    for one in findings:
        reason = next((decisions[key] for key in _keys(one) if key in decisions), None)
        if reason is None:
            kept.append(one)
        else:
            accepted.append(Accepted(one, reason))
    return kept, accepted


def unused(findings: Sequence[Finding], decisions: Mapping[str, str], configuration: str) -> list[Finding]:
    """Decisions about what nothing says any more, at their lines in the configuration's text.

    ``findings``: all that could be said, the accepted ones with them.
    """
    said = {key for one in findings for key in _keys(one)}
    lines = configuration.splitlines()
    return [
        Finding(
            "CM437",
            Place(
                FILE_NAME,
                next((at for at, line in enumerate(lines, 1) if line.lstrip(' "').startswith(key)), 1),
            ),
            _("{key} is accepted, and nothing says it any more").format(key=key),
            _("take the line out: it would accept the next one unseen"),
        )
        for key in decisions
        if key not in said
    ]


def _keys(finding: Finding) -> list[str]:
    """The narrower one first."""
    return [*([f"{finding.code} {finding.place.path}"] if finding.place else []), finding.code]
