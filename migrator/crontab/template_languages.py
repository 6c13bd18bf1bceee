"""How template languages mark what they fill in, as data.

Some marks mean nothing to cron or a shell, and make any file a template. Others do
(``%`` is cron's newline), and count only where the file's name says that it is a template,
or where one stands in a place in which an ordinary crontab cannot have it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "control", "comment"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the template's own text; ``inner`` is what stands between the marks.

    ``braces``: blocks open with ``{`` and close with ``}`` there, as in Perl.
    """

    kind: Kind
    start: int
    end: int
    text: str
    inner: str
    braces: bool = False


def _always(kind: Kind) -> Callable[[str], Kind | None]:
    return lambda inner: kind


_GO_CONTROL = re.compile(r"(?:if|else|end|range|with|define|block|template)\b|[#^/!]", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_$('\"]")
_TOOLKIT_CONTROL = re.compile(
    r"(?:IF|UNLESS|ELSE|ELSIF|END|FOREACH|WHILE|SET|INCLUDE|PROCESS)\b", re.IGNORECASE
)


def _double_braces(inner: str) -> Kind | None:
    """Jinja's and Mustache's values, and Go's and Mustache's blocks; docker's ``{{.ID}}`` is neither."""
    inner = inner.strip("-~ \t{")
    if _GO_CONTROL.match(inner):
        return "control"
    return "value" if _NAME.match(inner) else None


def _toolkit(inner: str) -> Kind | None:
    inner = inner.strip("-+~= \t\n")
    return "control" if _TOOLKIT_CONTROL.match(inner) else "value" if re.match(r"[A-Za-z_]", inner) else None


@dataclass(frozen=True, slots=True)
class _Marks:
    """An opening and a closing mark; what they hold says what they are, None: nothing of a template."""

    opening: str
    closing: str
    kind: Callable[[str], Kind | None]
    braces: bool = False


# The longest opening first. mySociety's deployment renders Perl in !!(* *)!!.
_MARKS = (
    _Marks("!!(*=", "*)!!", _always("value")),
    _Marks("!!(*", "*)!!", _always("control"), braces=True),
    _Marks("<%#", "%>", _always("comment")),
    _Marks("<%=", "%>", _always("value")),
    _Marks("<%", "%>", _always("control")),
    _Marks("{#", "#}", _always("comment")),
    _Marks("{%", "%}", lambda inner: "control" if re.match(r"[-+~]?\s*\w+\b", inner) else None),
    _Marks("{{", "}}", _double_braces),
    _Marks("[%", "%]", _toolkit),
)
_OPENING = re.compile("|".join(re.escape(marks.opening) for marks in _MARKS))
_BY_OPENING = {marks.opening: marks for marks in _MARKS}
# The shortest opening for each closing mark; marks do not nest, so the last one before it counts.
_SHORTEST = {marks.closing: marks.opening for marks in _MARKS}

# PHP's own constants look like an installer's __NAME__.
_CERTAIN = re.compile(
    r"__(?!(?:FILE|DIR|LINE|CLASS|FUNCTION|METHOD|NAMESPACE)__)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*__"
)
_MAKO = re.compile(r"(?m)^[ \t]*%[ \t]*(?P<inner>(?:if|elif|else|for|endif|endfor)\b[^\n]*)$")
_NEEDING_PROOF = {
    "%(": re.compile(r"(?<!\\)%\([A-Za-z_]\w*\)[-#0 +]?\d*[sdirfu]"),
    "%{": re.compile(r"(?<!\\)%\{[A-Za-z_][\w:.]*\}"),
    "@": re.compile(r"(?<![\w@.])@[A-Za-z_][A-Za-z0-9_]*@(?![\w.])"),
    "%%": re.compile(r"%%[A-Z][A-Z0-9_]*%%"),
    "{": re.compile(r"(?<![\w${])\{[A-Za-z_][\w.]*\}(?!\})"),
    "{{": re.compile(r"\{\{-?[ \t]*\.[A-Za-z_][\w.]*[ \t]*-?\}\}"),
}
_TEMPLATE_NAME = re.compile(
    r"\.(?:tpl|tmpl|template|j2|jinja2?|erb|ugly|in|mako|mustache|ctmpl|gotmpl|tt2?|dist)\b|\btemplate\b",
    re.IGNORECASE,
)
_WORDS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)[a-z0-9,/-]*"
_FIELD = rf"(?:[0-9*][0-9*/,~-]*|{_WORDS})"
# Where cron has a field, a user or the command's first word, or a setting its value.
_EARLY = re.compile(
    rf"[ \t]*(?:(?:{_FIELD}[ \t]+){{0,5}}(?:@[a-z]+[ \t]+)?(?:[\w-]+[ \t]+)?"
    r"|\#?[ \t]*[A-Za-z_]\w*[ \t]*=[ \t]*[^\s'\"%]*)",
    re.IGNORECASE,
)


def segments(path: str, text: str) -> list[Segment]:
    """The template's own pieces of a text, in order; none in an ordinary crontab."""
    found = [*_marked(text), *_certain(text)]
    if any(mark in text for mark in _NEEDING_PROOF):
        template = bool(_TEMPLATE_NAME.search(posixpath.basename(path)))
        for mark, pattern in _NEEDING_PROOF.items():
            matches = list(pattern.finditer(text)) if mark in text else []
            if matches and (template or _any_early(text, matches)):
                found += [_value(match) for match in matches]
                if mark == "%(":
                    found += [_value(match) for match in re.finditer("%%", text)]
    return list(_apart(sorted(found, key=lambda one: (one.start, -one.end))))


def _value(match: re.Match[str]) -> Segment:
    return Segment("value", match.start(), match.end(), match.group(), match.group().strip("%@{}()"))


def _marked(text: str) -> Iterator[Segment]:
    """What stands between an opening and its closing mark; a value ends on its line."""
    closings: dict[str, int] = {}
    position = 0
    while opening := _OPENING.search(text, position):
        marks = _BY_OPENING[opening.group()]
        start, inside = opening.span()
        if closings.get(marks.closing, -1) < inside:
            at = text.find(marks.closing, inside)
            closings[marks.closing] = len(text) if at < 0 else at
        close = closings[marks.closing]
        if close == len(text) or text.find(_SHORTEST[marks.closing], inside, close) >= 0:
            position = inside
            continue
        end = close + len(marks.closing)
        inner = text[inside:close]
        kind = marks.kind(inner)
        if kind is None or (kind == "value" and "\n" in inner):
            position = inside
            continue
        yield Segment(kind, start, end, text[start:end], inner.strip("-+~"), marks.braces)
        position = end


def _certain(text: str) -> Iterator[Segment]:
    if "__" in text:
        yield from map(_value, _CERTAIN.finditer(text))
    if "%" in text:
        for match in _MAKO.finditer(text):
            yield Segment("control", match.start(), match.end(), match.group(), match["inner"].rstrip(": "))


def _any_early(text: str, matches: list[re.Match[str]]) -> bool:
    """Whether any mark stands in such a place; only the first of a line can."""
    ends = [0, *(match.end() for match in matches)]
    return any(
        _early(text, match.start())
        for end, match in zip(ends, matches, strict=False)
        if not end or text.find("\n", end, match.start()) >= 0
    )


def _early(text: str, position: int) -> bool:
    """Whether a place is one where an ordinary crontab has no such mark."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return len(line) < 1000 and _EARLY.fullmatch(line) is not None


def _apart(found: list[Segment]) -> Iterator[Segment]:
    """The segments without those that begin inside another."""
    end = 0
    for segment in found:
        if segment.start >= end:
            yield segment
            end = segment.end
