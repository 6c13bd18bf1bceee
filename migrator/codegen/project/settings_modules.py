"""The project's settings modules: which of them is the base of others, and what each has in all."""

from __future__ import annotations

import fnmatch
import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from migrator.codegen.project.python_file import Assigned, Imported, PythonFile, nodes, paths_of, read

PART = "settings"
APPS = "INSTALLED_APPS"


@dataclass(frozen=True, slots=True)
class Base:
    """A settings module on which others build, with the modules that it takes everything from."""

    file: PythonFile
    reach: tuple[PythonFile, ...]  # itself first

    def names(self) -> set[str]:
        return {name for file in self.reach for name in file.names()}

    def strings(self) -> set[str]:
        return {text for file in self.reach for text in file.strings()}

    def imported(self) -> Iterator[Imported]:
        return (one for file in self.reach for one in file.imported())

    def assigned(self, name: str) -> tuple[PythonFile, Assigned] | None:
        """The last assignment to a name, itself first."""
        for file in self.reach:
            found = [one for one in file.assigned() if one.name == name]
            if found:
                return file, found[-1]
        return None


class SettingsModules:
    """The settings modules beside the one that is named, each read once, under the first of its paths.

    ``real``: the one path of a file that links lead to.
    """

    def __init__(self, texts: Mapping[str, str], named: str, real: Callable[[str], str] = str) -> None:
        self.texts = texts
        self.real = real
        self._read: dict[str, PythonFile | None] = {}
        self.path = next((path for path in paths_of(named) if path in texts), None)

    def file(self, path: str) -> PythonFile | None:
        """The module at that path; None: not there, or no Python."""
        real = self.real(path)
        if real not in self._read:
            text = self.texts.get(path)
            self._read[real] = None if text is None else read(path, text)
        return self._read[real]

    def bases(self) -> list[Base]:
        """The modules that give INSTALLED_APPS to themselves and others, that of the named module first."""
        found: dict[str, Base] = {}
        for file in self.files():
            base = self._base_of(file)
            if any(_assigns_apps(one) for one in base.reach):
                found.setdefault(base.file.path, base)
        inner = {file.path for base in found.values() for file in base.reach[1:]}
        return [base for path, base in found.items() if path not in inner]

    def on(self, base: Base) -> Iterator[PythonFile]:
        """The modules that build on a base."""
        inside = {file.path for file in base.reach}
        for file in self.files():
            if file.path not in inside and self._base_of(file).file.path == base.file.path:
                yield file

    def with_apps_of_their_own(self) -> Iterator[Base]:
        """The modules that build on a base and set INSTALLED_APPS anew."""
        for base in self.bases():
            yield from (Base(file, (file,)) for file in self.on(base) if _assigns_apps(file))

    def files(self) -> list[PythonFile]:
        """Every settings module, the named one first."""
        if self.path is None:
            return []
        found = [file for path in (self.path, *self._beside(self.path)) if (file := self.file(path))]
        return list({file.path: file for file in found}.values())

    def _beside(self, path: str) -> Iterator[str]:
        folder, name = posixpath.split(path)
        package = "settings" in posixpath.basename(folder) or name == "__init__.py"
        pattern = "*.py" if package else "*settings*.py"
        for one in sorted(self.texts):
            if posixpath.dirname(one) == folder and fnmatch.fnmatch(posixpath.basename(one), pattern):
                yield one

    def _base_of(self, file: PythonFile) -> Base:
        """Down the chain of ``from .x import *``; where it forks, to what several modules build on."""
        seen = {file.path}
        while True:
            sources = list(self._sources(file))
            if len(sources) > 1:
                sources = [one for one in sources if self._importers[one.path] > 1 and _assigns_apps(one)]
            if len(sources) != 1 or sources[0].path in seen:
                return Base(file, (file, *self._all_sources(file, {file.path})))
            file = sources[0]
            seen.add(file.path)

    @cached_property
    def _importers(self) -> Counter[str]:
        """How many settings modules import everything from each."""
        return Counter(source.path for file in self.files() for source in self._sources(file))

    def _sources(self, file: PythonFile) -> Iterator[PythonFile]:
        """The modules of the tree that a module imports everything from."""
        for one in file.imported():
            if one.name == "*":
                for path in paths_of(one.module):
                    source = self.file(path)
                    if source:
                        yield source
        for _statement, pattern in file.included():
            yield from self._matching(posixpath.join(posixpath.dirname(file.path), pattern))

    def _matching(self, pattern: str) -> Iterator[PythonFile]:
        """The files that an include() names, with stars in a name as in a shell."""
        wanted = posixpath.normpath(pattern)
        paths = [wanted] if wanted in self.texts else sorted(self.texts) if "*" in wanted else []
        for path in paths:
            same_folder = posixpath.dirname(path) == posixpath.dirname(wanted)
            if same_folder and fnmatch.fnmatch(path, wanted) and (file := self.file(path)):
                yield file

    def _all_sources(self, file: PythonFile, seen: set[str]) -> Iterator[PythonFile]:
        for source in self._sources(file):
            if source.path not in seen:
                seen.add(source.path)
                yield source
                yield from self._all_sources(source, seen)


def _assigns_apps(file: PythonFile) -> bool:
    """Whether a module sets INSTALLED_APPS anew, without what it was."""
    return any(one.name == APPS and not one.augmented and not _mentions(one) for one in file.assigned())


def _mentions(one: Assigned) -> bool:
    """Whether the value is made of INSTALLED_APPS itself, as in ``INSTALLED_APPS + [...]``."""
    return any(name.value == APPS for name in nodes(one.value, cst.Name))
