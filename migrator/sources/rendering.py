"""What a shell script would feed to ``crontab``: rendered statically, and edited through.

Each character of the rendered crontab knows where in the script it comes from, so an edit
of the crontab can be made in the script instead, and checked by rendering again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from migrator.crontab.wrapping import Edit, apply_edits
from migrator.sources.shell.installation import Crontab, Installation
from migrator.sources.shell.walk import installing
from migrator.sources.shell.words import Text, plain


@dataclass(frozen=True, slots=True)
class Rendering:
    """A crontab inside a script: its characters with their places there.

    ``line``: the line of the script that installs it; ``lines``: the script's line for each
    of its own; ``adds``: it comes to what the crontab held before; ``open``: the lines, from 1,
    with names that are not known before the run, and those names.
    """

    line: int
    glyphs: Text
    lines: tuple[int, ...]
    crontab: Crontab
    adds: bool
    open: Mapping[int, tuple[str, ...]]

    @property
    def text(self) -> str:
        return plain(self.glyphs)

    def defaults(self) -> Mapping[int, Mapping[str, str]]:
        """The values of variables that only their defaults give, by their lines, from 1."""
        found: dict[int, dict[str, str]] = {}
        line = 1
        for (name, _offset), glyphs in groupby(self.glyphs, lambda one: (one.default, one.offset)):
            value = plain(glyphs)
            if name:
                for own in range(line, line + value.count("\n") + 1):
                    found.setdefault(own, {})[name] = value
            line += value.count("\n")
        return found

    def line_of(self, line: int) -> int:
        """The script's line for a line of the crontab, both from 1."""
        return self.lines[min(line, len(self.lines)) - 1]


def renderings(script: str, environment: Mapping[str, str]) -> Iterator[Rendering | int]:
    """Each crontab that the script installs; the line's number where something in it depends on the run."""
    for one in installing(script, environment).installations:
        if one.stream.unknown:
            yield one.line
        if one.stream.text:
            yield rendering(script, one)


def rendering(script: str, installation: Installation) -> Rendering:
    """The text of an installation, line by line."""
    glyphs = installation.stream.text
    newlines = _newlines(script)
    lines: list[int] = []
    opened: dict[int, list[str]] = {}
    begins, spelled = True, ""
    for glyph in glyphs:
        if begins:
            lines.append(bisect_right(newlines, glyph.offset - 1) + 1)
        begins = glyph.text == "\n"
        if glyph.open:
            spelled += glyph.text
        if spelled and (not glyph.open or begins):
            opened.setdefault(len(lines), []).append(spelled)
            spelled = ""
    if spelled:
        opened.setdefault(len(lines), []).append(spelled)
    names = {line: tuple(found) for line, found in opened.items()}
    return Rendering(
        installation.line, glyphs, tuple(lines), installation.crontab, installation.stream.adds, names
    )


@lru_cache(maxsize=4)
def _newlines(script: str) -> list[int]:
    return [match.start() for match in re.finditer("\n", script)]


def edit_through(script: str, rendering: Rendering, edits: Sequence[Edit]) -> str:
    """The script that renders to the crontab after ``edits``."""
    return apply_edits(script, [_carried(rendering, edit) for edit in edits])


def _carried(rendering: Rendering, edit: Edit) -> Edit:
    glyph = rendering.glyphs[min(edit.position, len(rendering.glyphs) - 1)]
    protected = (glyph.escapable or "").strip("\n")
    return Edit(glyph.offset, edit.old, "".join("\\" + c if c in protected else c for c in edit.new))
