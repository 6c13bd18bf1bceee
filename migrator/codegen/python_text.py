"""Python source text in the shape that ruff and black leave alone."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable

from migrator.unseen import escaped, without_unseen

WIDTH = 88
_NO_CHARACTER = re.compile(r"[\ud800-\udfff]")
_literal = json.JSONEncoder(ensure_ascii=False).encode
_OTHER_QUOTES = re.compile(r"\\.|'")


def quoted(text: str) -> str:
    """A string literal, in single quotes if that spares escapes; a byte that is no UTF-8 becomes one."""
    literal = _literal(text)
    if text.count('"') > text.count("'"):
        literal = f"'{_OTHER_QUOTES.sub(_turned, literal[1:-1])}'"
    return escaped(_NO_CHARACTER.sub(lambda match: f"\\u{ord(match[0]):04x}", literal))


def _turned(match: re.Match[str]) -> str:
    return {'\\"': '"', "'": "\\'"}.get(match[0], match[0])


def comment(text: str, indent: int = 0) -> str:
    """A comment line; newlines and odd bytes cannot break out of it."""
    return " " * indent + "# " + _printable(text)


def _printable(text: str) -> str:
    """Text on one line, without characters that nobody sees and without bytes that are no UTF-8."""
    return without_unseen(re.sub(r"[\t\n]", " ", text.encode("utf-8", "replace").decode()), " ")


def docstring(title: str, paragraphs: Iterable[str], indent: int = 4) -> str:
    """A docstring: title, blank line, then each paragraph wrapped on lines of its own."""
    wrapped = [
        line
        for paragraph in paragraphs
        for line in textwrap.wrap(_safe(paragraph), WIDTH - indent, break_on_hyphens=False)
    ]
    text = "\n".join([_safe(title), "", *wrapped]) if wrapped else _safe(title)
    closing = "\n" if wrapped else ""
    return textwrap.indent(f'"""{text}{closing}"""', " " * indent, lambda line: bool(line.strip()))


def _safe(text: str) -> str:
    """Text that cannot end the docstring or start an escape."""
    return " ".join(_printable(text).split()).replace("\\", "/").replace('"""', "'''").rstrip('"')


def call(name: str, arguments: list[str], indent: int, *, beside: int = 0) -> str:
    """``name(a, b)`` on one line where it fits, else one argument a line; ``beside``: what else is there."""
    line = f"{name}({', '.join(arguments)})"
    if indent + beside + len(line) <= WIDTH:
        return line
    pad = " " * (indent + 4)
    return f"{name}(\n" + "".join(f"{pad}{argument},\n" for argument in arguments) + " " * indent + ")"
