"""How a command ends: loops without an end, failures that nobody sees, statuses, transactions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from migrator.project import patterns
from migrator.project.effects import EFFECTS, WAITING
from migrator.project.patterns import Pattern
from migrator.project.python_module import FunctionNode, Module
from migrator.project.reach import Reached, Seen

_BROAD = frozenset({"Exception", "BaseException"})
_ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.atomic()"})
_OUTSIDE = frozenset([*WAITING, *EFFECTS["mail"], *EFFECTS["http"]])
_SIMPLE = (
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.Expr,
    ast.Import,
    ast.ImportFrom,
    ast.Pass,
    ast.Return,
)


def control_evidence(one: Seen, part: Reached) -> Iterator[tuple[ast.AST, Pattern]]:
    """What a node says about the way the command ends."""
    match one.node:
        case ast.While() as loop if _endless(loop):
            yield loop, patterns.ENDLESS
        case ast.Call(func=function) as call if part.module.dotted(function) == "time.sleep":
            if any(isinstance(loop, ast.While) and not _endless(loop) for loop in one.loops):
                yield call, patterns.POLLS
        case ast.Raise(exc=ast.Name(id="SystemExit")) as stop:
            yield stop, patterns.EXITS
        case ast.Try() as attempt if part.function is not None:
            for handler in attempt.handlers:
                if _swallows(handler, part.module) and _matters(attempt, one, part.function):
                    yield handler, patterns.SWALLOWS
        case ast.With() as block if _long_transaction(block, part):
            yield block, patterns.LOOP_IN_TRANSACTION
    if part.function and part.body and one.node is part.body[0]:  # once per function
        yield from _whole(part.function, part)


def _endless(loop: ast.While) -> bool:
    """``while True`` without a way out."""
    constant = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    return constant and not any(
        isinstance(node, ast.Break | ast.Return | ast.Raise) for node in ast.walk(loop)
    )


def _swallows(handler: ast.ExceptHandler, module: Module) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = any(kind is None or module.dotted(kind) in _BROAD for kind in kinds)
    return broad and not _lets_out(handler.body, module)


def _lets_out(body: Sequence[ast.stmt], module: Module) -> bool:
    """Something in these statements raises, or exits."""
    return any(
        isinstance(node, ast.Raise)
        or (isinstance(node, ast.Call) and (module.dotted(node.func) or "") in patterns.EXITS.calls)
        for statement in body
        for node in ast.walk(statement)
    )


def _matters(attempt: ast.Try, one: Seen, function: FunctionNode) -> bool:
    """The attempt is each round of a loop, or all that ``handle`` does; and nothing after it complains."""
    in_handlers = {id(node) for handler in attempt.handlers for node in ast.walk(handler)}
    later = any(
        isinstance(node, ast.Raise) and id(node) not in in_handlers and node.lineno > attempt.lineno
        for node in ast.walk(function)
    )
    rest = [statement for statement in function.body if statement is not attempt]
    whole = function.name == "handle" and len(rest) < len(function.body)
    return not later and (bool(one.loops) or (whole and all(isinstance(other, _SIMPLE) for other in rest)))


def _whole(function: FunctionNode, part: Reached) -> Iterator[tuple[ast.AST, Pattern]]:
    """What holds for ``handle`` as a whole."""
    if function.name != "handle" or part.chain is None:
        return
    if any(part.module.dotted(one) in _ATOMIC for one in function.decorator_list):
        yield function, patterns.TRANSACTION
    for block in function.body:
        if isinstance(block, ast.With) and _is_all(block, function) and _atomic(block, part.module):
            yield block, patterns.TRANSACTION
    for node in _returns(function.body):
        if _no_text(node.value):
            yield node, patterns.RETURNS


def _is_all(block: ast.With, function: FunctionNode | None) -> bool:
    """Whether a block is all that ``handle`` does, beside simple statements."""
    if function is None or function.name != "handle":
        return False
    return [one for one in function.body if not isinstance(one, _SIMPLE)] == [block]


def _atomic(block: ast.With, module: Module) -> bool:
    return len(block.items) == 1 and module.dotted(block.items[0].context_expr) in _ATOMIC


def _long_transaction(block: ast.With, part: Reached) -> bool:
    """A transaction around a part of the work, with a loop in it that goes out to the world each time.

    A loop over rows alone is what most transactions are for.
    """
    if not _atomic(block, part.module) or _is_all(block, part.function):
        return False
    loops = (one for one in ast.walk(block) if isinstance(one, ast.For | ast.AsyncFor | ast.While))
    calls = (one for loop in loops for one in ast.walk(loop) if isinstance(one, ast.Call))
    return any(part.module.dotted(call.func) in _OUTSIDE for call in calls)


def _returns(body: Sequence[ast.AST]) -> Iterator[ast.Return]:
    """The returns of a function, without those of the functions in it."""
    for node in body:
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, FunctionNode | ast.ClassDef | ast.expr):
            yield from _returns(list(ast.iter_child_nodes(node)))


def _no_text(value: ast.expr | None) -> bool:
    """A value that is no text and counts as true: BaseCommand.execute writes what is true."""
    if isinstance(value, ast.Constant):
        return bool(value.value) and not isinstance(value.value, str)
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return bool(value.elts)
    return isinstance(value, ast.Dict) and bool(value.keys)
