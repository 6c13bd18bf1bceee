"""The elements of a list and the items of a dictionary that a program puts together from several."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrator.sources.python.module import Scope
from migrator.sources.python.values import Folder

Element = tuple[ast.expr, Scope, bool]
Item = tuple[ast.expr | str | None, ast.expr, Scope]

DEEPEST = 200  # names that stand for names; a settings module has some five


def elements(folder: Folder, node: ast.expr, scope: Scope) -> Iterator[Element]:
    """Each element with its scope; False: a part of which the text does not give the elements."""
    with folder.entered(node) as allowed:
        if not allowed:
            return
        if len(folder.inside) > DEEPEST:
            yield node, scope, False
            return
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                for part in parts:
                    if isinstance(part, ast.Starred):
                        yield from elements(folder, part.value, scope)
                    else:
                        yield part, scope, True
            case ast.Call(func=ast.Name(id="list" | "tuple"), args=[]):
                return
            case _:
                within = _within(node, scope, ast.Add, ("list", "tuple"))
                for one, inside in within or ():
                    yield from elements(folder, one, inside)
                if not within or isinstance(node, ast.IfExp):  # which of the two, the text does not say
                    yield node, scope, False


def items(folder: Folder, node: ast.expr, scope: Scope) -> Iterator[Item]:
    """Each key and value with their scope; key None: a part of which the text does not give the items."""
    with folder.entered(node) as allowed:
        if not allowed:
            return
        if len(folder.inside) > DEEPEST:
            yield None, node, scope
            return
        match node:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is None:
                        yield from items(folder, value, scope)
                    else:
                        yield key, value, scope
            case ast.Call(func=ast.Name(id="dict"), args=args, keywords=keywords):
                for one in (*args, *(keyword.value for keyword in keywords if keyword.arg is None)):
                    yield from items(folder, one, scope)
                yield from ((keyword.arg, keyword.value, scope) for keyword in keywords if keyword.arg)
            case _:
                within = _within(node, scope, ast.BitOr, ())
                for one, inside in within or ():
                    yield from items(folder, one, inside)
                if not within or isinstance(node, ast.IfExp):
                    yield None, node, scope


def _within(
    node: ast.expr, scope: Scope, joins: type[ast.operator], calls: tuple[str, ...]
) -> list[tuple[ast.expr, Scope]] | None:
    """What an expression is put together from; None: it is not."""
    match node:
        case ast.BinOp(op=operator) if isinstance(operator, joins):
            parts: list[ast.expr] = []
            while isinstance(node, ast.BinOp) and isinstance(node.op, joins):
                parts.append(node.right)
                node = node.left
            return [(part, scope) for part in (node, *reversed(parts))]
        case ast.IfExp(body=body, orelse=otherwise):
            return [(body, scope), (otherwise, scope)]
        case ast.Call(func=ast.Name(id=name), args=[inner]) if name in calls:
            return [(inner, scope)]
        case ast.Name(id=name) if found := scope.find(name, node.lineno):
            value, where = found
            return None if value is None else [(value, where)]
        case _:
            return None
