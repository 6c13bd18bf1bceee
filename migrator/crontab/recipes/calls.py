"""Calls of task runners: which file of the tree has the recipe, and what it comes to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from migrator.crontab.recipes import invoke_tasks, justfile, makefile
from migrator.crontab.recipes.shells import NotStatic
from migrator.crontab.scripts import Script, Scripts

_FILES = {
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "just": ("justfile", ".justfile", "Justfile"),
    "invoke": ("tasks.py",),
    "fab": ("fabfile.py",),
}
RUNNERS = {"make": "make", "gmake": "make", "just": "just", "invoke": "invoke", "inv": "invoke", "fab": "fab"}
TASK_FILES = frozenset(name for names in _FILES.values() for name in names)
_FILE_OPTIONS = ("-f", "--file", "--makefile", "--justfile")
_FOLDER_OPTIONS = ("-C", "--directory", "-d", "--working-directory", "-r", "--search-root")
_WITH_VALUE = ("-l", "-o", "-W", "-c", "--collection", "-H", "--hosts", "--set")
_HARMLESS = re.compile(r"-[sBwqj]+\d*|--(?:silent|quiet|no-print-directory|always-make|no-warn.*)|-[eu]")


def files_of(runner: str) -> tuple[str, ...]:
    """The names of the files in which a runner looks for its recipes."""
    return _FILES[RUNNERS[runner]]


def is_task_file(path: str, text: str) -> bool:
    """Whether a file holds recipes of a task runner: by its name, and a Python module by what it imports."""
    name = posixpath.basename(path)
    return name in TASK_FILES and (not name.endswith(".py") or invoke_tasks.is_task_file(text))


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a call comes to: a script in the file of the recipe; ``text`` None: only a run can tell.

    ``folder``: where it runs, seen from where the call stands.
    """

    file: Script
    text: str | None
    folder: str


def recipe_of(words: Sequence[str], cwd: str | None, scripts: Scripts) -> Recipe | None:
    """The recipe that a call runs; None where it calls none, or none of the tree."""
    runner = RUNNERS.get(posixpath.basename(words[0])) if words else None
    if runner is None:
        return None
    call = _Call()
    call.read(list(words[1:]))
    folder = posixpath.join(cwd or "", call.folder) if call.folder else cwd or ""
    names = (call.file,) if call.file else _FILES[runner]
    file = next(filter(None, (scripts.find(posixpath.join(folder, name)) for name in names)), None)
    if file is None:
        return None
    if runner == "just" and call.file and not call.folder:
        folder = posixpath.join(cwd or "", posixpath.dirname(call.file))
    try:
        if call.strange:
            raise NotStatic
        text = _text(runner, file.text, call)
    except NotStatic:
        return Recipe(file, None, folder)
    return None if text is None else Recipe(file, text, folder)


class _Call:
    """The words of a call, taken apart."""

    def __init__(self) -> None:
        self.file, self.folder, self.strange = "", "", False
        self.words: list[str] = []
        self.given: dict[str, str] = {}

    def read(self, rest: list[str]) -> None:
        while rest:
            word = rest.pop(0)
            option, equals, value = word.partition("=")
            if option in (*_FILE_OPTIONS, *_FOLDER_OPTIONS):
                value = value if equals else rest.pop(0) if rest else ""
                if option in _FILE_OPTIONS:
                    self.file = value
                else:
                    self.folder = posixpath.join(self.folder, value)
            elif word in _WITH_VALUE:
                self.strange = True
            elif word == "-j":
                del rest[: bool(rest and rest[0].isdecimal())]  # the number may be missing
            elif word.startswith("-"):
                self.strange |= _HARMLESS.fullmatch(word) is None
            elif equals and re.fullmatch(r"\w+", option):
                self.given[option] = value
            else:
                self.words.append(word)


def _text(runner: str, text: str, call: _Call) -> str | None:
    if runner == "make":
        return makefile.script(text, call.words, call.given)
    if runner == "just":
        return justfile.script(text, call.words, call.given)
    if call.given:
        raise NotStatic
    return invoke_tasks.script(text, call.words, fabric=runner == "fab")
