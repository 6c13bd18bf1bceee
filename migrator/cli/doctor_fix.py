"""``doctor --fix``: what can be mended without a person's decision: rows that migrator itself wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migrator.adapters.rows_journal import RowsJournal, Written
from migrator.cli.options import note
from migrator.cli.project import Home, find_home
from migrator.cli.scanning import whole_inventory
from migrator.codegen.plan import moving
from migrator.codegen.row_plan import PresentRow, RowChange, plan_rows, written
from migrator.codegen.rows import beat_rows
from migrator.errors import MigratorError
from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Mending:
    """Changes of rows of ours, and the rows from which they were planned."""

    home: Home
    changes: Sequence[RowChange]
    present: Mapping[str, PresentRow]

    def document(self, *, done: bool) -> dict[str, Any]:
        rows = [
            {
                "name": one.name,
                "change": one.kind,
                "fields": {field: [before, after] for field, before, after in one.fields},
            }
            for one in self.changes
        ]
        return {"rows": rows, "written": done and bool(rows)}

    def write(self) -> None:
        """Export the rows as they are, then change them, all or none."""
        from migrator.contrib.django.own_rows import write_rows

        before = {one.name: self.present.get(one.name) for one in self.changes}
        after = {one.name: written(one, self.present.get(one.name)) for one in self.changes}
        with RowsJournal(self.home.root).noted(Written(before, after)):
            write_rows(self.changes, self.present)

    def say(self, *, done: bool) -> None:
        texts = {
            "change": _("changed {name}") if done else _("would change {name}"),
            "switch_off": _("disabled {name}") if done else _("would disable {name}"),
        }
        for one in self.changes:
            note(texts[one.kind].format(name=one.name))
        if not self.changes:
            note(_("nothing that is safe to mend: no row that migrator wrote differs from the crontab"))
        elif done:
            note(
                _("what they were is in {path}: migrator rows --undo").format(
                    path=RowsJournal(self.home.root).path
                )
            )
        else:
            note(_("nothing is written yet: run it again with --write"))


def mending(app: Any) -> Mending:
    """What differs between the rows that migrator wrote and those that the crontab asks for.

    A row that is missing is no fault of a row: `migrator rows` writes it.
    """
    from migrator.contrib.django.installed import in_database
    from migrator.contrib.django.own_rows import present_rows, tasks_with_cron

    home = find_home()
    if not in_database(app) or home.configuration.generate.scheduler != "database":
        return Mending(home, (), {})
    try:
        jobs = moving(whole_inventory(home), home.configuration)
    except MigratorError as problem:  # what the rows should be is not known
        note(f"migrator: {problem}")
        return Mending(home, (), {})
    wanted, present = beat_rows(jobs, home.configuration.generate), present_rows()
    changes = plan_rows(wanted, present, with_cron=tasks_with_cron(wanted))
    return Mending(
        home, [one for one in changes if one.writes and one.kind in ("change", "switch_off")], present
    )
