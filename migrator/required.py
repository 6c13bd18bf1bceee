"""Which lines of the cutover checklist hold a job while they are open, and what people say in their place.

Pure: the names are the keys of `migrator.cutover.checklist`, which makes the lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrator.errors import UsageProblem
from migrator.i18n import _

# Open lines that hold a job unless `[evidence] require` says otherwise.
REQUIRED = (
    "task",
    "proof",
    "zone",
    "registered",
    "scheduled",
    "rehearsal",
    "drill",
    "freshness",
    "output",
    "results",
)
# What may be required beyond them: work that varies with the data is never equal, and five runs take months.
REQUIRABLE = (*REQUIRED, "effects", "durations", "lock", "generator")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What people answer for in place of the evidence; ``lines``: reasons, by the key of a line."""

    everything: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether the risk as a whole is accepted."""
        return bool(self.everything)

    @property
    def sentence(self) -> str:
        """All of it, for the audit log."""
        return "; ".join(filter(None, (self.everything, self.line_sentence)))

    @property
    def line_sentence(self) -> str:
        """What is accepted line by line."""
        return "; ".join(f"{key}: {reason}" for key, reason in self.lines.items())


def accepted(values: Sequence[str]) -> Accepted:
    """What ``--accept`` says: a reason for everything, or ``LINE=reason`` for one line of the checklist."""
    everything, lines = [], {}
    for value in values:
        key, separator, reason = value.partition("=")
        if separator and key.strip() in REQUIRABLE:
            if not reason.strip():
                raise UsageProblem(
                    _("--accept {line} has no reason").format(line=key.strip()),
                    hint=_('write --accept {line}="why it may go without"').format(line=key.strip()),
                )
            lines[key.strip()] = reason.strip()
        elif value.strip():
            everything.append(value.strip())
    return Accepted("; ".join(everything), lines)


def check_lines(names: Sequence[str], path: str, where: str) -> None:
    """Raise UsageProblem for a name that no line has, or that cannot be required."""
    for name in names:
        if name not in REQUIRABLE:
            raise UsageProblem(
                _("{path}: {where} names {name}, which is no line that can be required").format(
                    path=path, where=where, name=name
                ),
                hint=_("known lines: {names}").format(names=", ".join(REQUIRABLE)),
            )
