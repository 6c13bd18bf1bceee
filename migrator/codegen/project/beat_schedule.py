"""The generated CELERY_BEAT_SCHEDULE in the settings, beside a schedule that is there already."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.codegen.project.edits import Edit, Instruction
from migrator.codegen.project.imports import Import
from migrator.codegen.project.lines import Insertion
from migrator.codegen.project.python_file import Assigned, PythonFile, module_of
from migrator.codegen.project.settings_modules import PART, Base, SettingsModules
from migrator.i18n import _

SCHEDULE = "CELERY_BEAT_SCHEDULE"
OURS = "CRON_BEAT_SCHEDULE"  # its name beside a schedule of the project's own
_MERGED = f"{SCHEDULE} = {{**{OURS}, **{SCHEDULE}}}"


def schedule_import(base: Base, module: str) -> tuple[PythonFile, Import, Edit | None] | Instruction | None:
    """The import of the schedule, its module, and what merges it with a schedule of the project's own.

    The project's own schedule goes on, and wins where names are equal.
    """
    if any(one.module == module for one in base.imported()):
        return None
    found = base.assigned(SCHEDULE)
    if found is None and SCHEDULE in base.names():
        reason = _("{name} is set in a way that cannot be edited surely").format(name=SCHEDULE)
        return Instruction(base.file.path, reason, f"from {module} import {SCHEDULE} as {OURS}\n\n{_MERGED}")
    if found is None:
        statement = f"from {module} import {SCHEDULE}  # noqa: F401"
        return base.file, Import(module, statement), None
    file, one = found
    merged = Edit(file.path, PART, _first_element(file, one) or _merged(file, one))
    return file, Import(module, f"from {module} import {SCHEDULE} as {OURS}"), merged


def _first_element(file: PythonFile, one: Assigned) -> Insertion | None:
    """``**OURS`` as the first line of a dictionary that has a line for each entry."""
    value = one.value
    if not isinstance(value, cst.Dict) or not value.elements:
        return None
    first = value.elements[0]
    opening, line = file.first_line(value), file.first_line(first)
    text = file.line(line)
    if opening == line or text[: file.positions[first].start.column].strip():
        return None
    return Insertion(opening, (f"{text[: len(text) - len(text.lstrip())]}**{OURS},",))


def _merged(file: PythonFile, one: Assigned) -> Insertion:
    """A statement below any other value."""
    return Insertion(file.last_line(one.statement), (_MERGED,))


def hidden(modules: SettingsModules, base: Base) -> Iterator[Instruction]:
    """Settings that build on the base and set the schedule anew: the generated entries are gone there."""
    for file in modules.on(base):
        conditional = SCHEDULE in file.names() and not any(one.name == SCHEDULE for one in file.assigned())
        if conditional and OURS not in file.names():
            yield Instruction(
                file.path,
                _("it sets {name} under a condition, and may hide the generated entries").format(
                    name=SCHEDULE
                ),
                _instead(base),
            )
        for one in file.assigned():
            if one.name == SCHEDULE and _anew(one.value):
                yield Instruction(
                    f"{file.path}:{file.first_line(one.statement)}",
                    _("it sets {name} anew, and hides the generated entries").format(name=SCHEDULE),
                    _instead(base),
                )


def _instead(base: Base) -> str:
    """A schedule of a module's own that keeps the generated entries."""
    return f"from {module_of(base.file.path)} import {SCHEDULE} as {OURS}\n\n{SCHEDULE} = {{**{OURS}, ...}}"


def _anew(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Dict) and not any(
        isinstance(element, cst.StarredDictElement) for element in value.elements
    )
