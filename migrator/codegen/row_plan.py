"""What would change in the rows of django-celery-beat: those of ours, and no other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from migrator.codegen.rows import Row

Kind = Literal["create", "change", "switch_off", "theirs"]


@dataclass(frozen=True, slots=True)
class PresentRow:
    """A row of the table: its fields in the shape that ours have, and whether it is one of ours.

    ``fields`` None: a schedule that is no crontab. ``lent``: `migrator owner` has switched it on.
    """

    fields: Row | None
    enabled: bool
    ours: bool
    lent: bool = False


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row; ``theirs``: it has a name of ours and other fields, and is left alone."""

    name: str
    kind: Kind
    before: Row | None
    after: Row | None

    @property
    def writes(self) -> bool:
        return self.kind != "theirs"

    @property
    def fields(self) -> tuple[tuple[str, Any, Any], ...]:
        """The fields that differ, each before and after."""
        before, after = self.before or {}, self.after or {}
        return tuple(
            (name, before.get(name), after[name]) for name in after if before.get(name) != after[name]
        )


def written(change: RowChange, present: PresentRow | None) -> PresentRow:
    """The row once the change is made."""
    if present is None:
        return PresentRow(change.after, enabled=False, ours=True)
    if change.kind == "switch_off":
        return replace(present, enabled=False, lent=False)
    return replace(present, fields=change.after)


def plan_rows(
    wanted: Mapping[str, Row], present: Mapping[str, PresentRow], *, with_cron: Collection[str]
) -> Sequence[RowChange]:
    """The changes, in the order of what is wanted; ``with_cron``: the tasks of jobs that cron owns."""
    changes = []
    for name, row in wanted.items():
        there = present.get(name)
        if there is None:
            changes.append(RowChange(name, "create", None, row))
        elif there.fields != row:
            changes.append(RowChange(name, "change" if there.ours else "theirs", there.fields, row))
        elif there.ours and there.lent and there.enabled and row["task"] in with_cron:
            changes.append(RowChange(name, "switch_off", there.fields, there.fields))
    changes += [
        RowChange(name, "switch_off", there.fields, None)
        for name, there in present.items()
        if there.ours and there.enabled and name not in wanted
    ]
    return changes
