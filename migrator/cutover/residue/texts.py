"""The texts of a tree, and what kind of file each is, by its name and its first line."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from migrator.sources import dockerfile_text
from migrator.sources.crontab_script import is_shell_script
from migrator.sources.deploy.manifest import yaml_named


class Kind(Enum):
    """How a file has to be read."""

    DOCKERFILE = auto()
    SHELL = auto()
    MAKEFILE = auto()
    YAML = auto()
    PYTHON = auto()
    PAGE = auto()  # for people: README, docs
    OTHER = auto()


@dataclass(frozen=True)
class TextFile:
    """A file of the tree, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return posixpath.basename(self.path)

    @cached_property
    def kind(self) -> Kind:
        lower = self.name.lower()
        if dockerfile_text.may_be(self.path):
            return Kind.DOCKERFILE
        if is_shell_script(self.path, self.text):
            return Kind.SHELL
        if _MAKEFILE.fullmatch(lower):
            return Kind.MAKEFILE
        if yaml_named(self.path) or lower.endswith(".sls"):
            return Kind.YAML
        if lower.endswith((".py", ".pyi")):
            return Kind.PYTHON
        prose = _PROSE.fullmatch(self.name) or (_PAGE.search(lower) and not is_listing(self.path))
        return Kind.PAGE if prose else Kind.OTHER

    def numbered(self) -> list[tuple[int, str]]:
        """The lines from 1."""
        return list(enumerate(self.text.split("\n"), 1))


_MAKEFILE = re.compile(r"(?:gnu)?makefile(?:\..+)?|.+\.mk")
_PAGE = re.compile(r"\.(?:md|markdown|rst|adoc|asciidoc|txt|html?|man|[1-9])$|^readme")
# THANKS, TODO, INSTALL: by an old custom a name in capitals is for people; these are for build tools.
_PROSE = re.compile(r"(?!(?:BUILD|WORKSPACE|DEPS|MODULE)$)[A-Z][A-Z_-]{2,}")
# Texts for programs: what pip and apt install, and others that are no pages.
_LISTING = re.compile(
    r"(?i)(?:requirements|constraints|packages|(?:^|/)apt\b|robots|cmakelists)[^/]*(?:/[^/]+)?\.(?:txt|in|list)$"
)
# What was so at the time, and stays as it was written; and what no hand writes.
_RECORD = re.compile(
    r"(?i)^(?:change[-_]?(?:log|s)|history|news|releases?(?:[-_]?notes)?|licen[cs]e|copying|notice|authors|contributors)"
    r"(?:[-_.][^/]*)?$"
)
_GENERATED = re.compile(
    r"(?i)(?:[-.]lock(?:\.json|\.ya?ml)?|\.lockb|\.po|\.pot|\.min\.(?:js|css)|\.map|\.svg|\.csv|\.tsv)$"
)


def is_listing(path: str) -> bool:
    """A list of what is to be installed, in a text file."""
    return _LISTING.search(path) is not None


def is_record(path: str) -> bool:
    """A changelog or a licence: it tells of cron and starts none."""
    name = posixpath.basename(path)
    return _RECORD.match(name) is not None and not name.endswith((".py", ".sh", ".yml", ".yaml"))


def is_generated(path: str) -> bool:
    """A lock file, a catalogue of translations, a table of data."""
    return _GENERATED.search(posixpath.basename(path)) is not None
