"""Requirements in Pipfile and setup.cfg, lock files that lack them, and files beyond the folder."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.codegen.project.edits import Instruction
from migrator.codegen.project.lines import Insertion
from migrator.i18n import _

PIPFILE, SETUP = "Pipfile", "setup.cfg"
# what names requirements in a way that no edit here is made for
OTHERS = ("setup.py", "environment.yml", "environment.yaml", "conda.yml", "pixi.toml")
_LOCKS = {
    "Pipfile.lock": "pipenv lock",
    "poetry.lock": "poetry lock",
    "uv.lock": "uv lock",
    "pdm.lock": "pdm lock",
}


def in_pipfile(text: str) -> list[str] | None:
    """The packages of a Pipfile; None: it is none."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
        return list(document.get("packages", {}))
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        return None


def pipfile_lines(text: str, missing: Sequence[str]) -> Insertion | None:
    """The packages at the end of their table, with any version, as pipenv writes them."""
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip() == "[packages]"), None)
    if start is None:
        return None
    last = start
    for at in range(start + 1, len(lines)):
        if lines[at].startswith("["):
            break
        last = at if lines[at].strip() else last
    return Insertion(last + 1, tuple(f'{name} = "*"' for name in missing))


def in_setup_cfg(text: str) -> list[str]:
    """The lines of install_requires."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    return [
        line for line in parser.get("options", "install_requires", fallback="").splitlines() if line.strip()
    ]


def setup_cfg_lines(text: str, spelled: Sequence[str]) -> Insertion | None:
    """The requirements below the last line of install_requires, which has a line for each."""
    lines = text.split("\n")
    start = next(
        (at for at, line in enumerate(lines) if re.fullmatch(r"install_requires\s*=\s*", line)), None
    )
    if start is None:
        return None
    last, indent = start, "    "
    for at in range(start + 1, len(lines)):
        if not (match := re.match(r"(\s+)[^\s#]", lines[at])):
            break
        last, indent = at, match[1]
    return Insertion(last + 1, tuple(f"{indent}{one}" for one in spelled))


def unlocked(texts: Mapping[str, str], wanted: Sequence[str]) -> Iterator[Instruction]:
    """The lock files, and compiled requirements, that have not heard of them yet."""
    compiled = {
        f"{path.removesuffix('.in')}.txt": f"pip-compile {path}" for path in texts if _is_source(path)
    }
    for path, command in {**_LOCKS, **compiled}.items():
        text = texts.get(path)
        missing = [name for name in wanted if text is not None and not _knows(text, name)]
        if missing:
            reason = _("it does not have {names} yet: make it anew").format(names=", ".join(missing))
            yield Instruction(path, reason, command, breaks=False)


def _is_source(path: str) -> bool:
    return re.fullmatch(r"(requirements/[\w.-]+|requirements[\w.-]*)\.in", path) is not None


def _knows(text: str, name: str) -> bool:
    spelled = re.escape(name).replace(r"\-", "[-_.]")
    return re.search(rf"""(?im)^\s*(name = )?["']?{spelled}["']?\s*($|[=<>~!:;\[])""", text) is not None


def beyond(texts: Mapping[str, str], missing: Sequence[str]) -> Iterator[Instruction]:
    """Requirements above the folder that migrator.toml is in: nothing there is edited."""
    for path, text in texts.items():
        lacking = [name for name in missing if not re.search(rf"(?i)\b{re.escape(name)}\b", text)]
        if lacking:
            reason = _("it lies outside the folder of migrator.toml, where nothing is edited")
            yield Instruction(path, reason, "\n".join(lacking), breaks=False)
            return
