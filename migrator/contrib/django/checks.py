"""What a check of ``doctor`` says: a fact, whether it is well, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from migrator.findings import Finding
from migrator.i18n import ngettext

SHOWN_APART = 3  # checks of one kind; with more of them, the others are named in the row of the first


class State(StrEnum):
    """Unknown: nothing speaks against it, and nothing for it yet. Warn: it works, and not as under cron."""

    OK = "ok"
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, what was found, and what to do about it.

    ``code``: of the finding, "" where all is well; ``subject``: the row, job or worker that it is about.
    """

    name: str
    state: State
    fact: str
    remedy: str = ""
    code: str = ""
    subject: str = ""

    @property
    def finding(self) -> Finding:
        return Finding(self.code, None, self.fact, self.remedy)


def failed(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if check.state is State.FAIL]


def stored(checks: Iterable[Check]) -> bool:
    """Whether the database answers and holds the tables of the ledger and of Celery's apps."""
    return not any(check.name in ("database", "migrated", "tables") for check in failed(checks))


def folded(checks: Iterable[Check]) -> list[Check]:
    """Where one thing is wrong with many, one check that names them all, at the place of the first."""
    checks = list(checks)
    alike: dict[tuple[str, str, State], list[Check]] = {}
    for one in checks:
        alike.setdefault((one.name, one.code, one.state), []).append(one)
    found = []
    for kind, members in alike.items():
        if len(members) <= SHOWN_APART or not all(one.subject for one in members):
            found += members
        elif kind:
            found.append(_together(members))
    return sorted(found, key=[*checks, *found].index)


def _together(members: list[Check]) -> Check:
    first, *others = members
    text = ngettext(
        "{fact}; so it is with {names}", "{fact}; so it is with {count} more: {names}", len(others)
    )
    names = ", ".join(one.subject for one in others)
    return replace(first, fact=text.format(fact=first.fact, count=len(others), names=names))
