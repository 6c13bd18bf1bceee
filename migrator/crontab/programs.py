"""What a command without wrappers is: a management command, a script, a web call, or shell."""

from __future__ import annotations

import posixpath
import re

from migrator.crontab.reading import After, Step
from migrator.crontab.shell import Word

_PYTHON = re.compile(r"python(\d+(\.\d+)?)?|pypy\d?")
_MANAGE = re.compile(r"manage\w*\.py|manage|django-admin(\.py)?")


def program_step(words: tuple[Word, ...], text: str, after: After) -> Step:
    """The step that the words are, quotes undone."""
    argv = tuple(word.text if word.value is None else word.value for word in words)
    name, rest = posixpath.basename(argv[0]), argv[1:]
    if _PYTHON.fullmatch(name):
        return _python(name, _without_flags(rest), after, text)
    if _MANAGE.fullmatch(name):
        return _management(name, rest, after, text)
    return Step("http" if name in ("curl", "wget") else "shell", name, rest, after, text)


def _python(name: str, rest: tuple[str, ...], after: After, text: str) -> Step:
    """``python manage.py NAME``, ``python -m django NAME``, or a script of its own."""
    if rest[:2] == ("-m", "django"):
        return _management("django", rest[2:], after, text)
    if rest[:1] == ("-m",) and len(rest) > 1:
        return Step("python", rest[1], rest[2:], after, text)
    if not rest or rest[0] == "-c":
        return Step("python", name, rest, after, text)
    script = posixpath.basename(rest[0])
    if _MANAGE.fullmatch(script):
        return _management(script, rest[1:], after, text)
    return Step("python", script, rest[1:], after, text)


def _without_flags(words: tuple[str, ...]) -> tuple[str, ...]:
    """Python's own flags, such as -u or -W ignore, are no part of the command."""
    index = 0
    while index < len(words) and re.fullmatch(r"-[bBdEiIOqsSuvVxWX]+", words[index]):
        index += 2 if words[index][-1] in "WX" else 1
    return words[index:]


def _management(program: str, words: tuple[str, ...], after: After, text: str) -> Step:
    """``manage.py NAME ARG...``."""
    if not words:
        return Step("shell", program, (), after, text)
    return Step("management", words[0], words[1:], after, text)
