"""``migrator rows``: beat's rows in the database, shown first, written on demand, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from migrator.adapters.rows_journal import RowsJournal, Written
from migrator.cli.options import format_option, note, print_json, tell
from migrator.cli.project import Home, required_home, start_django
from migrator.cli.scanning import whole_inventory
from migrator.codegen.plan import moving
from migrator.codegen.row_plan import RowChange, plan_rows, written
from migrator.codegen.rows import beat_rows
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _


@click.command("rows", short_help="Write beat's rows into the database.")
@click.option("--check", is_flag=True, help=_("write nothing; exit 1 if the rows are not up to date"))
@click.option("--write", is_flag=True, help=_("write them"))
@click.option("--undo", is_flag=True, help=_("what the last --write did; with --write, take it back"))
@format_option
def command(check: bool, write: bool, undo: bool, output: str) -> int:
    """Write a disabled row of django-celery-beat for each entry of the schedule.

    Without an option, says what --write would do. Only rows that migrator wrote are changed; a row is
    enabled by `migrator owner JOB shadow`. What is changed is exported first, into .migrator/rows.json.
    """
    if check and (write or undo):
        raise UsageProblem(_("--check goes with neither --write nor --undo"))
    home = required_home()
    if home.configuration.generate.scheduler != "database":
        raise UsageProblem(
            _("[generate] scheduler = {value} has no rows").format(
                value=repr(home.configuration.generate.scheduler)
            ),
            hint=_('write scheduler = "database", or keep the schedule in the settings'),
        )
    start_django(home)
    if undo:
        return _undo(home, write=write, output=output)
    from migrator.contrib.django.own_rows import present_rows, tasks_with_cron, write_rows

    wanted = beat_rows(moving(whole_inventory(home), home.configuration), home.configuration.generate)
    present = present_rows()
    changes = plan_rows(wanted, present, with_cron=tasks_with_cron(wanted))
    todo = [one for one in changes if one.writes]
    if write and todo:
        before = {one.name: present.get(one.name) for one in todo}
        entry = Written(before, {one.name: written(one, present.get(one.name)) for one in todo})
        with RowsJournal(home.root).noted(entry):
            write_rows(todo, present)
    if output == "json":
        print_json({"rows": [_document(one) for one in changes], "written": write and bool(todo)})
    else:
        _say(changes, done=write)
    return 1 if check and todo else 0


def _undo(home: Home, *, write: bool, output: str) -> int:
    from migrator.contrib.django.own_rows import present_rows, take_back

    journal = RowsJournal(home.root)
    entry = journal.last()
    if entry is None:
        raise Cannot(_("nothing is to be undone"), hint=_("`migrator rows --write` has written no row here"))
    present = present_rows()
    todo = [name for name, row in entry.before.items() if present.get(name) != row]
    for name in todo:
        if present.get(name) != entry.after[name]:
            raise Cannot(
                _("the row {name} has changed since migrator wrote it").format(name=name),
                hint=_("edit the rows in the admin; {path} says what they were").format(path=journal.path),
            )
    if write:
        take_back(todo, entry.before)
        journal.forget_last()
    if output == "json":
        print_json({"undone": todo, "written": write})
        return 0
    for name in todo:
        row = entry.before[name]
        text = _("{name}: deleted") if row is None else _("{name}: as it was before")
        tell(text.format(name=name))
    if not write:
        tell(_("nothing is written yet: run it again with --write"))
    return 0


def _say(changes: Sequence[RowChange], *, done: bool) -> None:
    texts = {
        "create": _("wrote {name}, disabled") if done else _("would write {name}, disabled"),
        "change": _("changed {name}") if done else _("would change {name}"),
        "switch_off": _("disabled {name}") if done else _("would disable {name}"),
    }
    for one in changes:
        if one.writes:
            tell(texts[one.kind].format(name=one.name))
            for field, before, after in one.fields if one.kind == "change" else ():
                tell(f"    {field}: {_shown(before)} -> {_shown(after)}")
        else:
            note(
                _("{name} is not migrator's, and differs: {fields}").format(
                    name=one.name, fields=", ".join(field for field, _before, _after in one.fields)
                )
            )
    if not any(one.writes for one in changes):
        tell(_("up to date"))


def _shown(value: Any) -> str:
    return " ".join(map(str, value.values())) if isinstance(value, Mapping) else str(value)


def _document(one: RowChange) -> dict[str, Any]:
    fields = {field: [before, after] for field, before, after in one.fields}
    return {"name": one.name, "change": one.kind, "fields": fields}
