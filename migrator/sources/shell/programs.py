"""What the programs of a script do to crontabs: crontab, tee, cp, supercronic and their like."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from migrator.sources.shell.installation import NOTHING, UNKNOWN, Crontab, Scene, Stream, joined
from migrator.sources.shell.printing import KEEPS_LINES, echo, printf, sort, uniq
from migrator.sources.shell.words import Text, plain


@dataclass(frozen=True, slots=True)
class Call:
    """A program with its arguments and its input; ``end``: where the call ends, for what it adds itself.

    ``fed``: files that stand for a command, ``<(...)``; ``user``: whom it runs as, where that is said.
    """

    name: str
    arguments: tuple[Text, ...]
    given: Stream
    end: int
    fed: tuple[Stream, ...] = ()
    user: str | None = None
    interprets: bool = False

    @property
    def words(self) -> list[str]:
        return [plain(argument) for argument in self.arguments]


Program = Callable[[Scene, Call], Stream]


def operands(words: list[str], taking: str) -> Iterator[str]:
    """The words that are no options; those in ``taking`` take the next word."""
    rest = iter(words)
    for word in rest:
        if re.fullmatch(r"-[A-Za-z]+", word):
            if word[-1] in taking:
                next(rest, None)
        elif not word.startswith("--"):
            yield word


def _crontab(scene: Scene, call: Call) -> Stream:
    words = call.words
    flags = "".join(word[1:] for word in words if re.fullmatch(r"-[a-z]+", word))
    if "l" in flags:
        return Stream(adds=True)
    user = next((after for word, after in pairwise(words) if word == "-u"), call.user)
    if set(flags) & set("er"):
        if "r" in flags:
            scene.users_crontab(NOTHING, Crontab("user", user))
        return NOTHING
    named = [word for word in operands(words, "u") if word != "/dev/stdin"]
    if call.fed:
        stream = call.fed[0]
    elif named and named != ["-"]:
        stream = scene.content(named[0])
    else:
        # The grammar drops the lone "-" before a here-document, so no operand means standard input.
        stream = UNKNOWN if call.given == NOTHING else call.given
    scene.users_crontab(stream, Crontab("user", user))
    return NOTHING


def _tee(scene: Scene, call: Call) -> Stream:
    adds = "-a" in call.words or "--append" in call.words
    for name in operands(call.words, ""):
        scene.write(name, call.given, adds=adds)
    return call.given


def _copy(scene: Scene, call: Call) -> Stream:
    taking = "mogtS" if call.name == "install" else "tS"
    *sources, target = list(operands(call.words, taking)) or [""]
    folder = target if len(sources) < 2 or target.endswith("/") else target + "/"
    for source in sources:
        scene.place(source, folder)
    return NOTHING


def _copy_from_context(scene: Scene, call: Call) -> Stream:
    """``COPY`` of a Dockerfile: what it copies is the tree's, whatever the folder inside."""
    *sources, target = list(operands(call.words, "")) or [""]
    if any(word.startswith("--from") for word in call.words) or not sources:
        return NOTHING
    inside = target.endswith("/") or target in (".", "..") or len(sources) > 1
    for source in sources:
        scene.copy(posixpath.normpath(source.lstrip("/") or "."), target, inside=inside)
    return NOTHING


def _supercronic(scene: Scene, call: Call) -> Stream:
    for name in list(operands(call.words, ""))[:1]:
        scene.install(scene.content(name), Crontab("user", call.user, "supercronic"))
    return NOTHING


def _stage(scene: Scene, _call: Call) -> Stream:
    """``FROM`` of a Dockerfile: another image, with no crontab that was put into the one before."""
    scene.stage += 1
    return NOTHING


def _change_folder(scene: Scene, call: Call) -> Stream:
    for name in call.words[:1]:
        scene.folder = scene.path(name)
    return NOTHING


def _cat(scene: Scene, call: Call) -> Stream:
    names = list(operands(call.words, ""))
    streams = [call.given if name == "-" else scene.content(name) for name in names] or [call.given]
    return joined((*streams, *call.fed))


def _echo(_scene: Scene, call: Call) -> Stream:
    return Stream(echo(call.arguments, call.end, interprets=call.interprets))


def _printf(_scene: Scene, call: Call) -> Stream:
    return Stream(printf(call.arguments))


def _kept(scene: Scene, call: Call) -> Stream:
    """A filter; without an input of its own it reads the file that it names."""
    names = list(operands(call.words, "nceAB"))
    if call.given == NOTHING and len(names) > ("grep" in call.name):
        return scene.content(names[-1])
    return call.given


def _sort(scene: Scene, call: Call) -> Stream:
    given = _kept(scene, call)
    options = "".join(word for word in call.words if word.startswith("-"))
    return replace(given, text=sort(given.text, once="u" in options))


def _uniq(scene: Scene, call: Call) -> Stream:
    given = _kept(scene, call)
    return replace(given, text=uniq(given.text))


def _silent(_scene: Scene, _call: Call) -> Stream:
    return NOTHING


# Programs that print nothing which could get into a crontab.
SILENT = """
    true false : sleep mkdir touch chmod chown chgrp rm rmdir set unset shift trap umask wait exit return test
    apt apt-get apk yum dnf pip pip3 service systemctl cron crond rc-service update-rc.d useradd adduser
"""

PROGRAMS: dict[str, Program] = {
    **dict.fromkeys(KEEPS_LINES, _kept),
    **dict.fromkeys(SILENT.split(), _silent),
    "sort": _sort,
    "uniq": _uniq,
    "crontab": _crontab,
    "tee": _tee,
    "cp": _copy,
    "mv": _copy,
    "ln": _copy,
    "install": _copy,
    "COPY": _copy_from_context,
    "ADD": _copy_from_context,
    "FROM": _stage,
    "supercronic": _supercronic,
    "cd": _change_folder,
    "WORKDIR": _change_folder,
    "cat": _cat,
    "echo": _echo,
    "printf": _printf,
}


def call(scene: Scene, called: Call) -> Stream:
    """What a call does and prints; a program that is not known prints something that is not known."""
    program = PROGRAMS.get(posixpath.basename(called.name))
    if program is not None:
        return program(scene, called)
    return Stream(files=called.given.files, adds=called.given.adds, unknown=True)
