"""Finds what declares jobs in a project, for its first migrator.toml, and which cron its images start."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.binary import what_it_is
from migrator.adapters.collect import LARGEST, SKIPPED_FOLDERS
from migrator.adapters.files import read_bytes
from migrator.crontab.syntax import decode
from migrator.i18n import _
from migrator.sources.dockerfile_text import may_be as is_dockerfile
from migrator.sources.endings import OTHERS
from migrator.sources.facts import Assigned, Startable
from migrator.sources.kinds import source_of, worth_opening
from migrator.sources.source import Source, SourceFile, Surroundings

LONGEST_SEARCH = 20_000  # files
COPIES = {"bak", "orig", "old", "save", "example", "sample", "dist"}
NOBODYS = SKIPPED_FOLDERS | {"tests", "samples", "docs", "migrator"}
_OF_DEPLOYMENTS = {".github", ".ebextensions", ".platform", ".deploy", ".docker", ".ci"}
# Of these a folder is named rather than its files: the next crontab will lie there, too.
_BY_FOLDER = ("crontab", "crontab script", "run-parts", "systemd timer", "anacrontab")
_MANY = 4  # files of a folder, which then stands for them
_ALPINE = re.compile(r"(?i)\balpine\b|\bapk add\b")
_RED_HAT = re.compile(
    r"(?i)\b(?:fedora|centos|rocky(?:linux)?|alma(?:linux)?|redhat|ubi\d|amazonlinux|cronie)\b"
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Paths that declare jobs, each with the kinds that were found there, and the crons that are started.

    ``daemons``: dialects that are not Debian's, each with the file that says so.
    """

    paths: dict[str, tuple[str, ...]]
    daemons: dict[str, str]


def find_sources(
    root: Path, note: Callable[[str], None], *, base: Path | None = None, ours: Collection[str] = ()
) -> Sources:
    """What declares jobs below ``root``, as seen from ``base``; no samples, tests and copies.

    ``ours``: paths below ``root`` that the toolkit wrote itself. ``note`` is told what was not looked at.
    """
    found: dict[str, str] = {}
    starts: dict[str, str] = {}
    for path in _candidates(root, note):
        if path.relative_to(root).as_posix() in ours:
            continue
        data = read_bytes(path)
        if what_it_is(data):
            continue
        name, text = os.path.relpath(path, base or root), decode(data)
        file = SourceFile(name, text, named=False)
        if source := source_of(file):
            kind = _kind(source, file)
            if not (ours and kind == "beat schedule"):  # what puts the generated schedule into the settings
                found[name] = kind
        if is_dockerfile(name) or ("cron" in text and _runs_programs(path)):
            starts[name] = text
    return Sources(_by_place(found, root, base or root), _daemons(starts))


def _kind(source: Source, file: SourceFile) -> str:
    """What kind of source a file is; of a Python file, which library's jobs it declares."""
    read = source.read(file, Surroundings())
    facts = [fact for fact in read.facts if isinstance(fact, Startable | Assigned)]
    places = [job.place for job in read.jobs] + [
        fact.job.place if isinstance(fact, Startable) else fact.place for fact in facts
    ]
    places += [finding.place for finding in read.findings]  # of what depends on the run, no more is known
    return next((place.source for place in places), source.name) if source.name == "python" else source.name


def _by_place(found: dict[str, str], root: Path, base: Path) -> dict[str, tuple[str, ...]]:
    """Folders of crontabs and folders with many sources, else the files themselves; each with its kinds."""
    top = os.path.relpath(root, base)
    per_folder: dict[str, int] = {}
    for name in found:
        folder = os.path.dirname(name)  # noqa: PTH120 - may begin with ..
        per_folder[folder] = per_folder.get(folder, 0) + 1
    places: dict[str, dict[str, None]] = {}
    for name, kind in found.items():
        folder = os.path.dirname(name)  # noqa: PTH120
        whole = kind in _BY_FOLDER or per_folder[folder] >= _MANY
        place = folder if whole and folder not in ("", top) else _chart(name, base) or name
        places.setdefault(place, {})[kind] = None
    kept = {place: tuple(kinds) for place, kinds in places.items()}
    return {place: kinds for place, kinds in kept.items() if not _covered(place, kept)}


def _chart(name: str, base: Path) -> str | None:
    """The folder of the chart that a template belongs to, because its values lie there."""
    chart, templates, _rest = name.partition("/templates/")
    return chart if templates and (base / chart / "Chart.yaml").is_file() else None


def _covered(place: str, places: Collection[str]) -> bool:
    """Whether a folder above is named as well."""
    return any(f"{place}/".startswith(f"{other}/") for other in places if other != place)


def _candidates(root: Path, note: Callable[[str], None]) -> Iterator[Path]:
    """Files whose names may be those of a source, and that can be read."""
    for here, names in walk(root, note):
        for name in names:
            path = Path(here, name)
            if not worth_opening(str(path)) or _is_copy(name):
                continue
            if not path.is_file() or path.stat().st_size > LARGEST:
                continue
            if os.access(path, os.R_OK):
                yield path
            else:
                note(_("cannot read {path}: not looked at").format(path=path))


def _is_copy(name: str) -> bool:
    """What is no longer, or not yet, in use: crontab.bak, crontab.example; and manuals of crontab's."""
    *_rest, ending = name.lower().split(".")
    return ending in COPIES or (name.lower().startswith("crontab") and ending in OTHERS)


def walk(root: Path, note: Callable[[str], None]) -> Iterator[tuple[str, list[str]]]:
    """The folders that somebody of the project wrote, each with the names of its files."""
    seen = 0
    for here, folders, names in os.walk(root):
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        folders[:] = sorted(
            name for name in set(folders) - NOBODYS if not name.startswith(".") or name in _OF_DEPLOYMENTS
        )
        seen += len(names)
        if seen > LONGEST_SEARCH:
            text = _("more than {count} files: the search ends in {folder}")
            note(text.format(count=LONGEST_SEARCH, folder=here))
            return
        yield here, sorted(names)


def _runs_programs(path: Path) -> bool:
    return path.suffix in (".sh", ".bash", ".yml", ".yaml", ".conf", ".toml", "") or path.name == "Procfile"


def _daemons(texts: dict[str, str]) -> dict[str, str]:
    """The dialects of the crons that images, scripts and services start, each with a file that says so."""
    plain = {name: re.sub(r"(?m)^\s*#.*", "", text) for name, text in texts.items()}
    found: dict[str, str] = {}
    alpine = any(_ALPINE.search(text) for text in plain.values())
    red_hat = any(_RED_HAT.search(text) for text in plain.values())
    for name, text in plain.items():
        if re.search(r"\bsupercronic\b", text):
            found.setdefault("supercronic", name)
        if re.search(r"\bbusybox\s+crond\b", text):
            found.setdefault("busybox", name)
        elif re.search(r"\bcrond\b", text) and alpine != red_hat:
            found.setdefault("busybox" if alpine else "cronie", name)
    return found
