"""Crontabs that are templates: placeholders, conditions and loops, recognised and never rendered.

A placeholder becomes one character that no crontab holds (Unicode keeps a private plane for
such use), so that cron's syntax and the shell's can be read around it; what comes out of
the reading gets the placeholder back, as it was written. Lines that only steer the
template become blank. Lines keep their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

from migrator.crontab.template_languages import Segment, segments
from migrator.i18n import _
from migrator.schedule.expression import CronExpression

Value = TypeVar("Value")

_PRIVATE = range(0xF0000, 0xFFFFE)  # Supplementary Private Use Area-A
_DOUBLED = "\U00100000"  # stands for the %% of a %-format, which renders to one %
_BLANK = " "  # in place of a line that steers: an empty text has no lines at all
_TAKES = "\U00100001"  # before what a placeholder is taken for
_STAND_IN = re.compile("[\U000f0000-\U000ffffd]")
_OURS = re.compile(f"[\U000f0000-\U000ffffd{_DOUBLED}{_TAKES}]")
_TAKEN_FOR = re.compile(f"{_TAKES}/(?:python|manage\\.py)")
_CALLS_MANAGE = re.compile(r"(?:[ \t]+-[bBdEiIOqsSuvVx]+)*[ \t]+\S*manage\w*\.py\b")
_OPENS = re.compile(r"(?:if|unless|for|foreach|while|until|range|with|case|each)\b|[#^]", re.IGNORECASE)
_RUBY_BLOCK = re.compile(r"\bdo(?:\s*\|[^|]*\|)?$")
_ALTERNATES = re.compile(r"(?:else|elif|elsif|elseif|when)\b", re.IGNORECASE)
_CLOSES = re.compile(r"end\w*\b|/", re.IGNORECASE)
_INCLUDES = re.compile(r"(?:include|import|extends|render|template|yield)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Template:
    """A crontab with a stand-in for each placeholder.

    ``lines``: as they are in the file. By their numbers: those in ``steering`` hold nothing but
    the template's own text, each with what it is; those in ``conditions`` are there only when
    something holds; in the place of those in ``unknown`` anything may stand.
    """

    text: str
    lines: tuple[str, ...]
    placeholders: Mapping[str, str] = field(default_factory=dict)
    steering: Mapping[int, str] = field(default_factory=dict)
    conditions: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    unknown: Mapping[int, str] = field(default_factory=dict)

    def written(self, text: str) -> str:
        """The text with its placeholders, as the template's author wrote it."""
        shown = _STAND_IN.sub(lambda match: self.placeholders.get(match.group(), match.group()), text)
        return _TAKEN_FOR.sub("", shown).replace(_DOUBLED, "%%")

    def readable(self, command: str) -> str:
        """A masked command in which a placeholder that calls manage.py is seen to be one."""
        return _STAND_IN.sub(lambda match: match.group() + self._taken_for(match), command)

    def _taken_for(self, match: re.Match[str]) -> str:
        name = next(named([self.placeholders.get(match.group(), "")]), "")
        if _CALLS_MANAGE.match(match.string, match.end()) or "python" in name:
            return _TAKES + "/python"
        if re.search("manage|django", name) and not re.search("env|prefix|user|setting", name):
            return _TAKES + "/manage.py"
        return ""

    def restored(self, value: Value) -> Value:
        """Any value of the program with ``written`` applied to every text in it."""
        restored: Value = _Restoring(self).restored(value)
        return restored

    def placeholders_in(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The placeholders in some masked texts, each once, as written."""
        found = (match for text in texts for match in _STAND_IN.findall(text))
        return tuple(dict.fromkeys(self.placeholders[one] for one in found if one in self.placeholders))


class _Restoring:
    """Writes placeholders back into values; a value that occurs twice stays one."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.seen: dict[int, Any] = {}

    def restored(self, value: Any) -> Any:
        match value:
            case None | int():
                return value
            case str():
                return self.template.written(value) if _OURS.search(value) else value
            case tuple() | list():
                new = [self.restored(one) for one in value]
                same = all(one is old for one, old in zip(new, value, strict=True))
                return value if same else type(value)(new)
            case dict():
                return {self.restored(key): self.restored(one) for key, one in value.items()}
            case CronExpression(text=text) if not _OURS.search(text):
                return value  # its fields are pieces of its text
        names = _names_of(value.__class__)
        if names and id(value) not in self.seen:
            self.seen[id(value)] = self._fields(value, names)
        return self.seen[id(value)] if names else value

    def _fields(self, value: Any, names: Sequence[str]) -> Any:
        new = {}
        for name in names:
            old = getattr(value, name)
            written = self.restored(old)
            if written is not old:  # not by ==, which passes over fields such as a lock's path
                new[name] = written
        return replace(value, **new) if new else value


@cache
def _names_of(kind: type) -> tuple[str, ...]:
    """The names that a dataclass is made from; of any other class none."""
    return tuple(one.name for one in fields(kind) if one.init) if is_dataclass(kind) else ()


def read_template(path: str, text: str) -> Template | None:
    """The template that a file is; None for an ordinary crontab."""
    found = segments(path, text)
    return _Reader(text).template(found) if found else None


def has_placeholder(text: str) -> bool:
    """Whether a masked text holds a stand-in."""
    return _STAND_IN.search(text) is not None


def rendered_percent(text: str) -> str:
    """A masked text in which the doubled % of a %-format is the one that cron will see."""
    return text.replace(_DOUBLED, "%")


class _Reader:
    """Goes through the lines of a template with the conditions that are open."""

    def __init__(self, text: str) -> None:
        self.source = text
        present = set(_STAND_IN.findall(text))
        self.free = (chr(code) for code in _PRIVATE if chr(code) not in present)
        self.stand_ins: dict[str, str] = {}
        self.open: list[str] = []
        self.steering: dict[int, str] = {}
        self.conditions: dict[int, tuple[str, ...]] = {}
        self.unknown: dict[int, str] = {}

    def template(self, found: list[Segment]) -> Template:
        masked, start, index = [], 0, 0
        for number, line in enumerate(self.source.split("\n"), 1):
            end = start + len(line)
            while index < len(found) and found[index].end <= start:
                index += 1
            last = index
            while last < len(found) and found[last].start < end:
                last += 1
            inside = found[index:last]
            masked.append(self.line(number, start, end, inside) if inside else line)
            if inside == [] and self.open:
                self.conditions[number] = tuple(self.open)
            start = end + 1
        names = {stand_in: shown for shown, stand_in in self.stand_ins.items()}
        lines = tuple(self.source.split("\n"))
        return Template("\n".join(masked), lines, names, self.steering, self.conditions, self.unknown)

    def line(self, number: int, start: int, end: int, inside: list[Segment]) -> str:
        """The line with stand-ins; steering at its ends is taken off, and opens and closes conditions."""
        first, last = _ends(self.source, start, end, inside)
        for segment in inside[:first]:
            self.steer(segment, start, end)
        if self.open:
            self.conditions[number] = tuple(self.open)
        begin = max(start, inside[first - 1].end) if first else start
        finish = min(end, inside[last].start) if last < len(inside) else end
        body = inside[first:last]
        masked = self.masked(begin, finish, body) if begin < finish else ""
        for segment in inside[last:]:
            self.steer(segment, start, end)
        if not masked.strip():
            self.steering[number] = _("only the template reads this line")
            included = next((one.text for one in inside if _INCLUDES.match(one.inner.strip())), None)
            if included:
                self.unknown[number] = included
            return _BLANK
        if not _STAND_IN.sub("", masked).strip() and not masked.lstrip().startswith("#"):
            self.unknown[number] = self.source[begin:finish].strip()
            self.steering[number] = _("the template puts the whole line here")
            return _BLANK
        return masked

    def masked(self, start: int, end: int, body: list[Segment]) -> str:
        """A part of a line with its placeholders masked; steering within it makes one of them all."""
        steering = [segment for segment in body if segment.kind != "value"]
        if steering:
            low, high = max(start, steering[0].start), min(end, steering[-1].end)
            middle = self.stand_in(self.source[low:high])
            before = [segment for segment in body if segment.end <= low]
            after = [segment for segment in body if segment.start >= high]
            return self.masked(start, low, before) + middle + self.masked(high, end, after)
        pieces, position = [], start
        for segment in body:
            pieces.append(self.source[position : segment.start])
            pieces.append(_DOUBLED if segment.text == "%%" else self.stand_in(segment.text))
            position = segment.end
        return "".join([*pieces, self.source[position:end]])

    def stand_in(self, shown: str) -> str:
        if shown not in self.stand_ins:
            self.stand_ins[shown] = next(self.free, "?")
        return self.stand_ins[shown]

    def steer(self, segment: Segment, start: int, end: int) -> None:
        """Keeps the conditions that are open, at the segment's last line."""
        if segment.kind != "control" or segment.end > end:
            return
        closes, opens = _blocks(segment.inner) if segment.braces else _keywords(segment.inner)
        closed = ""
        for _block in range(min(closes, len(self.open))):
            closed = self.open.pop()
        for head in opens:
            alone = closed and re.fullmatch(r"else:?", head, re.IGNORECASE)
            self.open.append(_("else of {condition}").format(condition=closed) if alone else head)


def _blocks(inner: str) -> tuple[int, list[str]]:
    """How many blocks a text in a language with braces closes, and what heads those that it opens."""
    closes, heads = 0, list[str]()
    for brace in re.finditer(r"[{}]", inner):
        if brace.group() == "{":
            statement = re.split(r"[;\n]", inner[: brace.start()])[-1]
            heads.append(" ".join(statement.strip("} \t").split()))
        elif heads:
            heads.pop()
        else:
            closes += 1
    return closes, heads


def _keywords(inner: str) -> tuple[int, list[str]]:
    """The same for a language with ``if`` and ``end``."""
    text = " ".join(inner.split())
    if _ALTERNATES.match(text):
        return 1, [text]
    if _OPENS.match(text) or _RUBY_BLOCK.search(text):
        return 0, [text]
    return (1, []) if _CLOSES.match(text) else (0, [])


def _ends(source: str, start: int, end: int, inside: list[Segment]) -> tuple[int, int]:
    """How many segments at the line's beginning only steer, and where those at its end begin."""
    first, position = 0, start
    for segment in inside:
        if segment.kind == "value" or source[position : max(position, segment.start)].strip(" \t"):
            break
        first, position = first + 1, segment.end
    last, position = len(inside), end
    for segment in reversed(inside[first:]):
        if segment.kind == "value" or source[segment.end : position].strip(" \t\r"):
            break
        last, position = last - 1, segment.start
    return first, last


def named(placeholders: Iterable[str]) -> Iterator[str]:
    """The identifiers inside placeholders, in lower case: ``{{ the_user }}`` is ``the_user``."""
    for placeholder in placeholders:
        yield "_".join(re.findall(r"[a-z0-9_]+", placeholder.lower())).strip("_")
