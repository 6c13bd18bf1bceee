"""The text of a Python file without its secrets: settings hold them, on one line or on many."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from migrator.redaction import MASK, redact, redact_setting
from migrator.sources.python.module import Module

_NEWLINE = re.compile(rb"\r\n|\r|\n")


def without_secrets(text: str, module: Module) -> str:
    """The same lines, each string masked that stands beside the name of a secret, or holds one."""
    strings = {id(one): one for node, _scope in module.nodes for one in _secrets(node)}
    if not strings:
        return text
    data = text.encode("utf-8", "surrogateescape")
    starts = [0, *(match.end() for match in _NEWLINE.finditer(data))]
    exact = _is_utf_8(data) and not module.lines
    pieces, position = [], 0
    for start, end in sorted(_span(one, starts, data, exact=exact) for one in strings.values()):
        begin = max(start, position)  # whole lines may hold several
        if begin < end:
            kept = b"".join(match.group() for match in _NEWLINE.finditer(data, begin, end))
            pieces += [data[position:begin], f'"{MASK}"'.encode(), kept]
            position = end
    return b"".join([*pieces, data[position:]]).decode("utf-8", "surrogateescape")


def _secrets(node: ast.AST) -> Iterator[ast.expr]:
    """The strings that a node makes secrets of."""
    match node:
        case ast.Assign(targets=targets, value=value) if any(map(_named_secret, targets)):
            yield from _strings(value)
        case ast.AnnAssign(target=target, value=ast.expr() as value) if _named_secret(target):
            yield from _strings(value)
        case ast.keyword(arg=str() as name, value=value) if _is_secret(name):
            yield from _strings(value)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and _is_secret(str(key.value)):
                    yield from _strings(value)
        case ast.Constant(value=str() as value) if node.lineno != node.end_lineno and redact(value) != value:
            yield node


def _strings(value: ast.expr) -> Iterator[ast.expr]:
    """The outermost strings of a value: not those inside a string."""
    stack: list[ast.AST] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        ):
            yield node
        else:
            stack.extend(ast.iter_child_nodes(node))


def _named_secret(target: ast.expr) -> bool:
    match target:
        case (
            ast.Name(id=name)
            | ast.Attribute(attr=name)
            | ast.Subscript(slice=ast.Constant(value=str() as name))
        ):
            return _is_secret(name)
        case _:
            return False


def _is_secret(name: str) -> bool:
    return redact_setting(name, "x") == MASK


def _span(node: ast.expr, starts: list[int], data: bytes, *, exact: bool) -> tuple[int, int]:
    """First and last byte; of whole lines where Python counts the columns of another encoding."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    if not exact:
        return starts[first], starts[last + 1] - 1 if last + 1 < len(starts) else len(data)
    mark = 3 if first == 0 and data.startswith(b"\xef\xbb\xbf") else 0
    return starts[first] + node.col_offset + mark, starts[last] + (node.end_col_offset or 0)


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
