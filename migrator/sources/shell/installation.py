"""What a script puts into place: crontabs whose text it holds, and files that become crontabs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from migrator.crontab.syntax import Format
from migrator.sources.shell.branches import Branch, perhaps_behind, surely_behind
from migrator.sources.shell.words import Text, defaults_in, plain

LONGEST = 256 * 1024  # characters; a file that is doubled line by line ends here


@dataclass(frozen=True, slots=True)
class Stream:
    """What flows out of a command: the text that is known, and what else is in it.

    ``files``: files whose content it is; ``adds``: the crontab that was there before;
    ``unknown``: something that depends on the run.
    """

    text: Text = ()
    files: tuple[str, ...] = ()
    adds: bool = False
    unknown: bool = False


def joined(streams: Iterable[Stream]) -> Stream:
    """Several streams, one after the other."""
    parts = list(streams)
    if sum(len(part.text) for part in parts) > LONGEST:
        return UNKNOWN
    return Stream(
        tuple(glyph for part in parts for glyph in part.text),
        tuple(name for part in parts for name in part.files),
        any(part.adds for part in parts),
        any(part.unknown for part in parts),
    )


NOTHING = Stream()
UNKNOWN = Stream(unknown=True)


@dataclass(frozen=True, slots=True)
class Crontab:
    """Where cron, or a program that does its work, looks for jobs: format, user, dialect."""

    format: Format = "user"
    user: str | None = None
    dialect: str | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """A later line puts another crontab there, or none (``empty``); ``surely``: if the first one ran."""

    line: int
    surely: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class Installation:
    """One crontab that a line of a script puts into place.

    ``target``: what it is for the machine, a user's crontab or a file; ``keeps``: it is added to what was
    there; ``final``: the script ends behind it.
    """

    line: int
    stream: Stream
    crontab: Crontab
    target: str = ""
    keeps: bool = False
    branch: Branch = ()
    replaced: Replaced | None = None
    final: bool = False


_SPOOL = re.compile(r"(?:^|/)(?:var/spool/cron(?:/crontabs|/tabs)?|etc/crontabs)/(?P<user>[\w.-]+)$")


def crontab_at(path: str) -> Crontab | None:
    """The crontab that a file at ``path`` is to cron's daemon; None where it looks for none."""
    folder, name = posixpath.split(path)
    if (folder.endswith("/etc") and name == "crontab") or (name and posixpath.basename(folder) == "cron.d"):
        return Crontab("system")
    if match := _SPOOL.search(path):
        return Crontab("user", match["user"])
    return None


@dataclass(slots=True)
class Scene:
    """What a script has done so far: files written and copied, crontabs put into place, the clock's zone."""

    files: dict[str, list[Stream]] = field(default_factory=dict)  # each with what was written, one by one
    folders: list[tuple[str, str]] = field(default_factory=list)  # copied: (of the tree, in the container)
    found: list[Installation] = field(default_factory=list)
    chosen: dict[str, dict[str, str]] = field(default_factory=dict)  # the defaults in a file's name, by that
    folder: str = ""
    zone: str | None = None
    line: int = 1
    branch: Branch = ()  # where in the script, among its conditions
    stage: int = 0  # of a Dockerfile: each begins with another image

    def path(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, name)) if name else ""

    def choose(self, word: Text) -> None:
        """Remembers which defaults made the name of a file: another value names another file."""
        if defaults := defaults_in(word):
            self.chosen[posixpath.basename(plain(word))] = defaults

    def content(self, name: str) -> Stream:
        """What a file holds: what the script wrote there, else what it is in the tree."""
        path = self.path(name)
        written = self.files.get(path)
        return joined(written) if written else Stream(files=(self.origin(path),))

    def origin(self, path: str) -> str:
        """The file of the tree that was copied to ``path``."""
        for source, folder in reversed(self.folders):
            if path.startswith(folder.rstrip("/") + "/"):
                return posixpath.normpath(posixpath.join(source, path[len(folder.rstrip("/")) + 1 :]))
        return path

    def install(self, stream: Stream, crontab: Crontab, target: str = "", *, keeps: bool = False) -> None:
        """A crontab is put into place; an empty one takes the jobs away and is none.

        ``target``: what it takes the place of, unless it ``keeps`` what was there.
        """
        empty = not (stream.unknown or stream.files or plain(stream.text).strip())
        fixed = target and not re.search(r"[$*?\[]", target)
        target = f"{self.stage}:{target}" if fixed else ""
        if fixed and not (keeps or stream.adds):
            self._replace(target, empty=empty)
        if not empty:
            self.found.append(Installation(self.line, stream, crontab, target, keeps, self.branch))

    def _replace(self, target: str, *, empty: bool) -> None:
        for index, one in enumerate(self.found):
            if one.target != target or one.final or (one.replaced and one.replaced.surely):
                continue
            surely = surely_behind(self.branch, one.branch)
            if surely or perhaps_behind(self.branch, one.branch):
                self.found[index] = replace(one, replaced=Replaced(self.line, surely, empty))

    def leave(self) -> None:
        """The script ends here: nothing replaces what it has put into place."""
        for index, one in enumerate(self.found):
            if surely_behind(self.branch, one.branch):
                self.found[index] = replace(one, final=True)

    def users_crontab(self, stream: Stream, crontab: Crontab) -> None:
        """What crontab(1) does: the whole table of a user becomes another."""
        self.install(stream, crontab, f"the crontab of {crontab.user or ''}")

    def write(self, name: str, stream: Stream, *, adds: bool) -> None:
        """A file is written, or added to."""
        path = self.path(name)
        if not adds:
            self.files[path] = []
        more = adds and path not in self.files
        self.files.setdefault(path, [Stream(adds=True)] if adds else []).append(stream)
        if crontab := crontab_at(path):
            self.install(replace(stream, adds=stream.adds or more), crontab, path, keeps=adds)
        elif path == "/etc/timezone":
            self.zone = plain(stream.text).strip()

    def place(self, source: str, target: str) -> None:
        """A file is copied, moved or linked to ``target``."""
        path = self._inside(source, target, known=False)
        if path == "/etc/localtime" and "zoneinfo/" in source:
            self.zone = source.partition("zoneinfo/")[2]
        self._placed(path, self.content(source))

    def copy(self, source: str, target: str, *, inside: bool) -> None:
        """A file or a folder of the tree comes to ``target``; which of the two, the script does not say."""
        self.folders.append((source, self.path(target)))
        if source != ".":
            self._placed(self._inside(source, target, known=inside), Stream(files=(source,)))

    def _inside(self, source: str, target: str, *, known: bool) -> str:
        inside = known or target.endswith("/") or posixpath.basename(target) in ("cron.d", "crontabs", ".")
        return self.path(posixpath.join(target, posixpath.basename(source)) if inside else target)

    def _placed(self, path: str, content: Stream) -> None:
        self.files[path] = [content]
        if crontab := crontab_at(path):
            self.install(content, crontab, path)
