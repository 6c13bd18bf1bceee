"""Where an import belongs in a module, as isort and ruff sort them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import libcst as cst

from migrator.codegen.project.lines import Insertion, end_of
from migrator.codegen.project.python_file import PythonFile, absolute_module

_FUTURE, _STANDARD, _THIRD, _OWN, _NEAR = range(5)


@dataclass(frozen=True, slots=True)
class Import:
    """An import that a module needs: the statement, and what it is sorted by."""

    module: str
    statement: str
    relative: bool = False

    @property
    def whole(self) -> bool:
        """``import x``, which sorts before ``from x import y``."""
        return self.statement.startswith("import ")


@dataclass(frozen=True, slots=True)
class _Present:
    """An import of the module's first run of imports."""

    order: tuple[int, bool, str]
    first: int
    last: int

    @property
    def section(self) -> int:
        return self.order[0]


def importing(file: PythonFile, wanted: Iterable[Import]) -> Iterator[Insertion]:
    """The lines of the imports, each in its section, with blank lines where the section is new."""
    package = file.path.split("/")[0]
    present = _run(file, package)
    ordered = sorted((_order(one.module, package, one.whole, one.relative), one.statement) for one in wanted)
    if present:
        yield from _side_by_side([(order[0], _among(present, order, text)) for order, text in ordered])
    elif ordered:
        yield _alone(file, ordered)


def _side_by_side(found: Sequence[tuple[int, Insertion]]) -> Iterator[Insertion]:
    """No blank line between two imports of a section that is new."""
    for number, (section, one) in enumerate(found):
        before, after = found[number - 1 : number] if number else [], found[number + 1 : number + 2]
        lines = one.lines
        if lines[0] == "" and [(section, one.at)] == [(other, two.at) for other, two in before]:
            lines = lines[1:]
        if lines[-1] == "" and [(section, one.at)] == [(other, two.at) for other, two in after]:
            lines = lines[:-1]
        yield Insertion(one.at, lines)


def _among(present: Sequence[_Present], order: tuple[int, bool, str], statement: str) -> Insertion:
    section, before = order[0], [one for one in present if one.order <= order]
    if not before:
        first = present[0]
        return Insertion(first.first - 1, (statement,) if first.section == section else (statement, ""))
    last = before[-1]
    if last.section == section:
        return Insertion(last.last, (statement,))
    following = present[present.index(last) + 1 :]
    if following and following[0].section == section:
        return Insertion(following[0].first - 1, (statement,))
    return Insertion(last.last, ("", statement))


def _run(file: PythonFile, package: str) -> Sequence[_Present]:
    """The imports with which the module begins, in the order in which they stand."""
    found: list[_Present] = []
    for number, statement in enumerate(file.module.body):
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        order = _order_of(file, statement, package)
        if order is not None:
            found.append(_Present(order, file.first_line(statement), file.last_line(statement)))
        elif found or not _is_docstring(number, statement):
            break
    return found


def _order_of(
    file: PythonFile, statement: cst.SimpleStatementLine, package: str
) -> tuple[int, bool, str] | None:
    match statement.body[0]:
        case cst.Import(names=[cst.ImportAlias() as alias, *_]):
            return _order(alias.evaluated_name, package, True, False)
        case cst.ImportFrom() as imported:
            module = absolute_module(file.path, imported)
            return _order(module, package, False, bool(imported.relative))
    return None


def _order(module: str, package: str, whole: bool, relative: bool) -> tuple[int, bool, str]:
    return (_section(module, package, relative), not whole, module.lower())


def _section(module: str, package: str, relative: bool) -> int:
    top = module.partition(".")[0]
    if top == "__future__":
        return _FUTURE
    if relative:
        return _NEAR
    if top == package:
        return _OWN
    return _STANDARD if top in sys.stdlib_module_names else _THIRD


def _is_docstring(number: int, statement: cst.SimpleStatementLine) -> bool:
    return number == 0 and isinstance(statement.body[0], cst.Expr)


def _alone(file: PythonFile, ordered: Sequence[tuple[tuple[int, bool, str], str]]) -> Insertion:
    """The first imports of a module, below its docstring."""
    sections = [[text for _order, text in some] for _section, some in groupby(ordered, lambda one: one[0][0])]
    lines = [line for section in sections for line in ("", *section)][1:]
    first = next(iter(file.module.body), None)
    if first is None:
        return Insertion(end_of(file.text), tuple(lines))
    if isinstance(first, cst.SimpleStatementLine) and _is_docstring(0, first):
        at = file.last_line(first)
        more = file.text.split("\n")[at:]
        return Insertion(at, ("", *lines, "") if more and more[0].strip() else ("", *lines))
    return Insertion(file.first_line(first) - 1, (*lines, ""))
