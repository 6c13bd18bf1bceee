"""What goes wrong, told so that a person can mend it: fact, text, caret, remedy.

Exit codes are part of the command line's contract: 1 the answer is no, 2 usage,
3 cannot, 4 a bug of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, in characters from its start."""

    start: int
    end: int


class MigratorError(Exception):
    """Anything that we tell the user about on purpose."""

    exit_code = 3

    def __init__(
        self, fact: str, *, text: str | None = None, span: Span | None = None, hint: str | None = None
    ) -> None:
        super().__init__(fact)
        self.fact = fact
        self.text = text
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.fact]
        if self.text is not None:
            lines += ["    " + line for line in self.text.split("\n")]
            if self.span is not None:
                lines.append("    " + caret(self.span))
        if self.hint:
            lines.append(_("hint: {hint}").format(hint=self.hint))
        return "\n".join(lines)


class BadExpression(MigratorError):
    """A schedule that the cron daemon refuses."""

    exit_code = 1


class UsageProblem(MigratorError):
    """The command was called in a way that has no meaning."""

    exit_code = 2


class Cannot(MigratorError):
    """Something outside is missing, unreadable, away or in conflict."""

    exit_code = 3


class NoLedger(Cannot):
    """The ledger's tables were never made, so no owner was ever named."""


def caret(span: Span) -> str:
    """The line of carets that stands under ``span``."""
    return " " * span.start + "^" * max(1, span.end - span.start)
