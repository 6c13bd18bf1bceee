"""justfiles: a recipe as a shell text, as far as it is static.

Each line gets a shell of its own; a recipe that begins with ``#!`` is one script.
Authority: the manual of github.com/casey/just.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from migrator.crontab.recipes.shells import NotStatic, in_turn, own_shell

_HEAD = re.compile(
    r"@?(?P<name>[A-Za-z_][\w-]*)(?P<parameters>(?:[ \t]+[^:]+?)?)[ \t]*:(?!=)[ \t]*(?P<before>[^#]*)(?:#.*)?"
)
_VARIABLE = re.compile(r"(?P<export>export[ \t]+)?(?P<name>[A-Za-z_][\w-]*)[ \t]*:=[ \t]*(?P<value>.*)")
_ALIAS = re.compile(r"alias[ \t]+(?P<name>[\w-]+)[ \t]*:=[ \t]*(?P<recipe>[\w-]+)")
_TEXT = re.compile(r"\"(?P<double>[^\"\\]*)\"|'(?P<single>[^']*)'")
_PARAMETER = re.compile(
    r"(?P<many>[+*]?)\$?(?P<name>[A-Za-z_][\w-]*)(?:=(?P<default>\"[^\"]*\"|'[^']*'|[^\s\"']+))?"
)
_FILLED = re.compile(r"\{\{(?!\{)[ \t]*(?P<name>.*?)[ \t]*\}\}")
DEEPEST = 20


@dataclass(slots=True)
class Recipe:
    """A recipe with its parameters, what runs before it and behind it, and its lines."""

    parameters: list[re.Match[str]]
    before: list[list[str]]
    behind: list[list[str]]
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Justfile:
    recipes: dict[str, Recipe] = field(default_factory=dict)
    variables: dict[str, str | None] = field(default_factory=dict)  # None: only a run tells
    exported: list[str] = field(default_factory=list)
    first: str | None = None


def script(text: str, words: Sequence[str], given: Mapping[str, str]) -> str | None:
    """The shell text that ``just WORDS`` comes to; None where there is no such recipe.

    Raises NotStatic for what only a run can tell.
    """
    justfile = _read(text)
    justfile.variables |= given
    called = list(words) or [(justfile.recipes and justfile.first) or ""]
    commands: list[str] = []
    while called:
        recipe = justfile.recipes.get(called[0])
        if recipe is None:
            return None
        many = any(one["many"] for one in recipe.parameters)
        taken = len(called) if many else 1 + len(recipe.parameters)
        commands += _commands(justfile, called[0], called[1:taken], set(), depth=0)
        called = called[taken:]
    return in_turn([*_exports(justfile), *commands])


def _exports(justfile: Justfile) -> Iterator[str]:
    """The variables for the lines' shells; what only a run tells is a value that the shell would compute."""
    for name in justfile.exported:
        value = justfile.variables[name]
        yield f"export {name}=" + (f'"${{{name}}}"' if value is None else shlex.quote(value))


def _read(text: str) -> Justfile:
    justfile = Justfile()
    current: Recipe | None = None
    aliases: dict[str, str] = {}
    for line in text.replace("\r\n", "\n").replace("\\\n", " ").split("\n"):
        if line[:1] in (" ", "\t") and line.strip():
            if current is not None:
                current.lines.append(line.strip() if not current.lines else line)
            continue
        if not line.strip() or line.startswith(("#", "[", "set ", "import ", "mod ")):
            continue
        current = None
        if match := _ALIAS.match(line):
            aliases[match["name"]] = match["recipe"]
        elif match := _VARIABLE.fullmatch(line):
            text_ = _TEXT.fullmatch(match["value"].strip())
            justfile.variables[match["name"]] = (text_["double"] or text_["single"] or "") if text_ else None
            justfile.exported += [match["name"]] if match["export"] else []
        elif match := _HEAD.fullmatch(line):
            before, _and, behind = match["before"].partition("&&")
            current = Recipe(
                list(_PARAMETER.finditer(match["parameters"])), _dependencies(before), _dependencies(behind)
            )
            justfile.recipes[match["name"]] = current
            justfile.first = justfile.first or match["name"]
    justfile.recipes |= {name: justfile.recipes[to] for name, to in aliases.items() if to in justfile.recipes}
    return justfile


def _dependencies(text: str) -> list[list[str]]:
    """``a (b "x")``: each recipe with its arguments."""
    found = re.findall(r"\(([^()]*)\)|([\w-]+)", text)
    try:
        return [shlex.split(several) if several.strip() else [one] for several, one in found]
    except ValueError:  # no closing quotation
        raise NotStatic from None


def _commands(
    justfile: Justfile, name: str, arguments: Sequence[str], done: set[str], *, depth: int
) -> list[str]:
    recipe = justfile.recipes.get(name)
    if recipe is None or depth > DEEPEST:
        raise NotStatic
    if name in done and not arguments:
        return []
    done.add(name)
    values = justfile.variables | _bound(recipe, list(arguments))
    commands: list[str] = []
    for one in recipe.before:
        commands += _commands(justfile, one[0], one[1:], done, depth=depth + 1)
    lines = [_filled(line, values) for line in recipe.lines]
    if lines and lines[0].startswith("#!"):
        if not re.search(r"\b(?:ba|da)?sh\b", lines[0]):
            raise NotStatic
        commands.append("(\n" + "\n".join(lines[1:]) + "\n)")
    else:
        commands += [own_shell(line.strip()) for line in lines]
    for one in recipe.behind:
        commands += _commands(justfile, one[0], one[1:], done, depth=depth + 1)
    return commands


def _bound(recipe: Recipe, arguments: list[str]) -> dict[str, str | None]:
    bound: dict[str, str | None] = {}
    for one in recipe.parameters:
        default = (one["default"] or "").strip("\"'")
        if one["many"]:
            bound[one["name"]], arguments = (" ".join(arguments) or default), []
        elif arguments:
            bound[one["name"]] = arguments.pop(0)
        elif one["default"] is not None:
            bound[one["name"]] = default
        else:
            raise NotStatic  # just refuses such a call
    return bound


def _filled(line: str, values: Mapping[str, str | None]) -> str:
    def value(match: re.Match[str]) -> str:
        found = values.get(match["name"])
        if found is None:
            raise NotStatic
        return found

    return _FILLED.sub(value, line)
