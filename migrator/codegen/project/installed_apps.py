"""Apps that are missing in INSTALLED_APPS, put into the list as its author writes it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from migrator.codegen.project.edits import Edit
from migrator.codegen.project.lines import Insertion
from migrator.codegen.project.python_file import Assigned, PythonFile
from migrator.codegen.project.settings_modules import APPS, PART, Base


def missing_apps(base: Base, wanted: Sequence[str]) -> list[str]:
    """The apps that no list in the settings names, by themselves or by their configuration."""
    present = base.strings()
    return [
        app for app in wanted if not any(text == app or text.startswith(f"{app}.apps.") for text in present)
    ]


def adding(base: Base, apps: Sequence[str]) -> list[Edit]:
    """The edits that add them; none: the value is made in a way that has no sure place for them."""
    found = _list_of_apps(base)
    if found is None:
        return []
    file, one = found
    insertions = _among_elements(file, one, apps) or [_below(file, one, apps)]
    return [Edit(file.path, PART, insertion) for insertion in insertions]


def _list_of_apps(base: Base) -> tuple[PythonFile, Assigned] | None:
    """The literal list: INSTALLED_APPS itself, or one of the lists that it is the sum of."""
    found = base.assigned(APPS)
    if found is None:
        return None
    file, one = found
    operands = _summed(one.value)
    if isinstance(one.value, (cst.List, cst.Tuple)) or any(isinstance(part, cst.List) for part in operands):
        return found
    lists = {one.name: one for one in file.assigned() if isinstance(one.value, cst.List)}
    names = [lists[part.value] for part in operands if isinstance(part, cst.Name) and part.value in lists]
    third = [one for one in names if "THIRD" in one.name]
    chosen = (third or names)[-1:]
    return (file, chosen[0]) if chosen else None


def _summed(value: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The operands of ``A + B + C``."""
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add):
        return [*_summed(value.left), *_summed(value.right)]
    return [value]


def _among_elements(file: PythonFile, one: Assigned, apps: Sequence[str]) -> list[Insertion]:
    """Lines of the list, where each element has its own; one by one, so that others may come between."""
    value = one.value
    if not isinstance(value, (cst.List, cst.Tuple)) or not value.elements:
        return []
    last = value.elements[-1]
    line = file.line(file.first_line(last))
    indent = line[: len(line) - len(line.lstrip())]
    alone = file.positions[last].start.column == len(indent)
    closed = file.last_line(one.statement) > file.last_line(last)
    if not (alone and closed and file.first_line(one.statement) < file.first_line(last)):
        return []
    quote = "'" if line.lstrip().startswith("'") else '"'
    at = file.last_line(last)
    if not isinstance(last.comma, cst.Comma):
        at = file.first_line(last) - 1  # it stays the last
        while file.line(at).lstrip().startswith("#"):
            at -= 1
    return [Insertion(at, (f"{indent}{quote}{app}{quote},",)) for app in apps]


def _below(file: PythonFile, one: Assigned, apps: Sequence[str]) -> Insertion:
    """A statement below the list, which is written on one line."""
    quote = file.quote
    listed = ", ".join(f"{quote}{app}{quote}" for app in apps)
    if isinstance(one.value, cst.Tuple):
        added = f"({listed},)" if len(apps) == 1 else f"({listed})"
    else:
        added = f"[{listed}]"
    return Insertion(file.last_line(one.statement), (f"{one.name} += {added}",))
