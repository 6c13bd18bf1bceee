"""Distributions that the project does not name yet, where it names the others and as it writes them."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from migrator.codegen.project import requirement_files as files
from migrator.codegen.project.edits import Edit, Instruction
from migrator.codegen.project.lines import Insertion, end_of
from migrator.i18n import _

PART = "requirements"
PYPROJECT = "pyproject.toml"
# where a project keeps what every environment needs, the file that others are compiled from first
_FILES = (
    *("requirements/base.in", "requirements/common.in", "requirements.in"),
    *(
        "requirements/base.txt",
        "requirements/common.txt",
        "requirements/requirements.txt",
        "requirements.txt",
    ),
)
NOWHERE: Mapping[str, str] = MappingProxyType({})
_LISTED = re.compile(
    r"""^\s*(?:-\s*)?["']?([A-Za-z0-9][\w.-]*)""", re.MULTILINE
)  # in setup.py, in environment.yml
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(===|==|~=|>=|<=|!=|<|>|@|;|#|$)")


def requirement_edits(
    texts: Mapping[str, str],
    wanted: Sequence[str],
    versions: Mapping[str, str],
    above: Mapping[str, str] = NOWHERE,
) -> Iterator[Edit | Instruction]:
    """The edit of the one file that is the right place; ``versions`` are those that are installed.

    ``above``: the texts of files outside the folder that may be that place.
    """
    named = _named(texts)
    missing = [name for name in wanted if _normal(name) not in named]
    path = _place(texts)
    if path is not None:
        yield from files.unlocked(texts, wanted)
    if not missing:
        return
    if path is None:
        yield from files.beyond(above, missing)
        return
    insertion = _insertion(path, texts[path], missing, versions)
    if insertion:
        yield Edit(path, PART, insertion)
    else:
        yield Instruction(
            path,
            _("its requirements are written in a way that cannot be edited surely"),
            "\n".join(missing),
            False,
        )


def _insertion(path: str, text: str, missing: Sequence[str], versions: Mapping[str, str]) -> Insertion | None:
    """The lines, where the file is of a kind that is edited."""
    if path == PYPROJECT:
        return _in_pyproject(text, missing, versions)
    if path == files.PIPFILE:
        return files.pipfile_lines(text, missing)
    if path == files.SETUP:
        style = _style([match[2] for line in files.in_setup_cfg(text) if (match := _NAME.match(line))])
        return files.setup_cfg_lines(text, [_spelled(name, style, versions) for name in missing])
    return _in_requirements(text, missing, versions) if path.endswith((".txt", ".in")) else None


def _normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _named(texts: Mapping[str, str]) -> set[str]:
    """Every distribution that any of the project's files asks for."""
    found = set()
    for path in texts:
        if re.fullmatch(r"(requirements/.*|requirements[\w.-]*)\.(txt|in)", path):
            found |= {match[1] for line in texts[path].splitlines() if (match := _NAME.match(line))}
    listed, poetry = _dependencies(texts)
    found |= {match[1] for line in listed if (match := _NAME.match(line))}
    found |= {*poetry, *(files.in_pipfile(texts.get(files.PIPFILE, "")) or ())}
    listed = files.in_setup_cfg(texts.get(files.SETUP, ""))
    found |= {match[1] for line in listed if (match := _NAME.match(line))}
    found |= {name for path in files.OTHERS for name in _LISTED.findall(texts.get(path, ""))}
    return {_normal(name) for name in found}


def _dependencies(texts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What pyproject.toml lists for every environment: PEP 621's lines, and Poetry's names."""
    try:
        document: dict[str, Any] = tomllib.loads(texts.get(PYPROJECT, ""))
        listed = document.get("project", {}).get("dependencies", [])
        return list(map(str, listed)), list(
            document.get("tool", {}).get("poetry", {}).get("dependencies", {})
        )
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        return [], []


def _place(texts: Mapping[str, str]) -> str | None:
    if any(_dependencies(texts)):
        return PYPROJECT
    if found := next((path for path in _FILES if path in texts), None):
        return found
    if files.in_pipfile(texts.get(files.PIPFILE, "")):
        return files.PIPFILE
    if files.in_setup_cfg(texts.get(files.SETUP, "")):
        return files.SETUP
    # several of them, and none is for all: which, only the user knows
    split = sorted(path for path in texts if re.fullmatch(r"requirements[/_-][\w.-]+\.(txt|in)", path))
    empty = [PYPROJECT] if re.search(r"^\[project\]", texts.get(PYPROJECT, ""), re.MULTILINE) else []
    return next((path for path in (*split[:1], *files.OTHERS, *empty) if path in texts), None)


def _in_requirements(text: str, missing: Sequence[str], versions: Mapping[str, str]) -> Insertion | None:
    """Lines in the file's own order if it has one, else at its end."""
    if "--hash" in text:
        return None
    lines = text.split("\n")
    named = [(at, line, match) for at, line in enumerate(lines) if (match := _NAME.match(line))]
    style = _style([match[2] for _at, _line, match in named])
    added = tuple(_spelled(name, style, versions) for name in missing)
    names = [_normal(match[1]) for _at, _line, match in named]
    if names != sorted(names):
        return Insertion(end_of(text), added)
    before = [at for at, _line, match in named if _normal(match[1]) < _normal(missing[0])]
    return Insertion(before[-1] + 1 if before else named[0][0] if named else end_of(text), added)


def _style(operators: Sequence[str]) -> str:
    """The operator of most requirements; nothing where most have no version."""
    counts = Counter(map(_means, operators))
    return max(("==", "~=", ">=", ""), key=lambda style: counts[style]) if counts else ""


def _means(operator: str) -> str:
    return operator if operator in ("==", "~=", ">=") else ""


def _spelled(name: str, style: str, versions: Mapping[str, str]) -> str:
    version = versions.get(name)
    return f"{name}{style}{version}" if style and version else name


def _in_pyproject(text: str, missing: Sequence[str], versions: Mapping[str, str]) -> Insertion | None:
    lines = text.split("\n")
    table = ""
    for at, line in enumerate(lines):
        if line.startswith("["):
            table = line.strip()
        if table == "[tool.poetry.dependencies]" and line.startswith("["):
            return _in_poetry(lines, at, missing, versions)
        if table == "[project]" and re.match(r"dependencies\s*=\s*\[\s*(#.*)?$", line):
            return _in_array(lines, at, missing, versions)
    return None


def _in_poetry(
    lines: Sequence[str], at: int, missing: Sequence[str], versions: Mapping[str, str]
) -> Insertion:
    last = at
    for number in range(at + 1, len(lines)):
        if lines[number].startswith("["):
            break
        last = number if lines[number].strip() else last
    return Insertion(last + 1, tuple(f'{name} = "{_caret(versions.get(name))}"' for name in missing))


def _caret(version: str | None) -> str:
    return "*" if version is None else "^" + ".".join(version.split(".")[:2])


def _in_array(
    lines: Sequence[str], opening: int, missing: Sequence[str], versions: Mapping[str, str]
) -> Insertion | None:
    """Lines of the array, where each element has its own."""
    elements = []
    for at in range(opening + 1, len(lines)):
        if lines[at].startswith("]"):
            break
        match = re.fullmatch(r"(\s*)([\"'])(.*?)\2(,?)\s*(#.*)?", lines[at])
        if match:
            elements.append((at, match))
        elif lines[at].strip() and not lines[at].lstrip().startswith("#"):
            return None
    if not elements:
        return None
    found = [named for _at, match in elements if (named := _NAME.match(match[3]))]
    style = _style([one[2] for one in found])
    indent, quote = elements[-1][1][1], elements[-1][1][2]
    added = tuple(f"{indent}{quote}{_spelled(name, style, versions)}{quote}," for name in missing)
    names = [_normal(one[1]) for one in found]
    if names == sorted(names):
        later = [
            at for (at, _match), name in zip(elements, names, strict=False) if name > _normal(missing[0])
        ]
        if later:
            return Insertion(later[0], added)
    last, match = elements[-1]
    return Insertion(last + 1 if match[4] else last, added)  # without a comma the last element stays the last
