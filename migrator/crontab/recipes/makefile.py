"""Makefiles: the recipe of a target as a shell text, as far as it is static.

Each line of a recipe gets a shell of its own, and make stops at the first that fails.
Authority: the GNU make manual.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrator.crontab.recipes.shells import NotStatic, in_turn, own_shell

_VARIABLE = re.compile(
    r"(?P<export>export[ \t]+)?(?:override[ \t]+)?(?P<name>[\w.-]+)[ \t]*"
    r"(?P<how>:{0,3}=|\?=|\+=|!=)[ \t]*(?P<value>.*)"
)
_RULE = re.compile(r"(?P<targets>[^\s:#=][^:#=]*?)[ \t]*::?(?!=)(?P<rest>.*)")
_CONDITION = re.compile(r"(?P<word>ifeq|ifneq|ifdef|ifndef|else|endif|define|endef)\b")
_REFERENCE = re.compile(r"\$(?:\$|\((?P<round>[^()]*)\)|\{(?P<curly>[^{}]*)\}|(?P<one>[^\s$({]))")
DEEPEST = 20  # variables inside variables, targets behind targets
LONGEST = 1_000_000  # characters of all that is expanded; ten lines of ten variables each have no end


@dataclass(slots=True)
class Rule:
    """A target: what comes before it, and the lines of its recipe; ``open``: some only on a condition."""

    before: list[str] = field(default_factory=list)
    recipe: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    open: bool = False


@dataclass(slots=True)
class Makefile:
    """What a makefile declares; ``unsure``: variables whose value a condition or a program decides."""

    rules: dict[str, Rule] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    exported: dict[str, None] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    goal: str | None = None
    given: dict[str, str] = field(default_factory=dict)
    left: int = LONGEST


def script(text: str, targets: Sequence[str], given: Mapping[str, str]) -> str | None:
    """The shell text that the targets come to; None where no rule is one of them.

    ``given``: variables of the call, which win. Raises NotStatic for what only a run can tell.
    """
    makefile = _read(text)
    goals = list(targets) or [makefile.variables.get(".DEFAULT_GOAL") or makefile.goal or ""]
    if not all(goal in makefile.rules for goal in goals):
        return None
    makefile.given = dict(given)
    makefile.unsure -= set(given)
    done: set[str] = set()
    whole = ".ONESHELL" in makefile.rules
    commands = [one for goal in goals for one in _commands(makefile, goal, done, whole=whole, depth=0)]
    exports = [
        f'export {name}="{_expanded(f"$({name})", makefile.variables, makefile)}"'
        for name in makefile.exported
    ]
    return in_turn([*exports, *commands])


def _read(text: str) -> Makefile:
    makefile = Makefile()
    current: list[Rule] = []
    conditions: list[str] = []
    for line in _logical_lines(text):
        if line.startswith("\t") and current and "define" not in conditions:
            for rule in current:
                rule.recipe.append(line[1:])
                rule.open |= bool(conditions)
            continue
        bare = line.strip()
        if match := _CONDITION.match(bare):
            _conditional(match["word"], conditions)
            for rule in current:
                rule.open |= bool(rule.recipe)
        elif "define" in conditions or not bare or bare.startswith("#"):
            continue
        elif match := _VARIABLE.fullmatch(_without_comment(bare)):
            _assign(makefile, match, sure=not conditions)
            current = []
        elif match := _RULE.fullmatch(bare):
            current = _rule(makefile, match, sure=not conditions)
    return makefile


def _logical_lines(text: str) -> list[str]:
    """Lines with their continuations; a recipe's keep the backslash for its shell."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if lines and lines[-1].endswith("\\"):
            recipe = lines[-1].startswith("\t")
            lines[-1] = (
                f"{lines[-1]}\n{line.removeprefix(chr(9))}" if recipe else f"{lines[-1][:-1]} {line.strip()}"
            )
        else:
            lines.append(line)
    return lines


def _without_comment(line: str) -> str:
    return re.sub(r"(?<!\\)[ \t]*#.*$", "", line)


def _conditional(word: str, conditions: list[str]) -> None:
    if word in ("endif", "endef"):
        if conditions:
            conditions.pop()
    elif word != "else":
        conditions.append(word)


def _assign(makefile: Makefile, match: re.Match[str], *, sure: bool) -> None:
    name, how, value = match["name"], match["how"], match["value"]
    if match["export"]:
        makefile.exported[name] = None
    if not sure or how == "!=":
        makefile.unsure.add(name)
    elif how == "+=":
        makefile.variables[name] = f"{makefile.variables.get(name, '')} {value}".strip()
    elif how != "?=" or name not in makefile.variables:
        makefile.variables[name] = value
        makefile.unsure.discard(name)


def _rule(makefile: Makefile, match: re.Match[str], *, sure: bool) -> list[Rule]:
    targets = match["targets"].split()
    rest, _semicolon, inline = match["rest"].partition(";")
    rest = _without_comment(rest).strip()
    rules = [makefile.rules.setdefault(target, Rule()) for target in targets]
    makefile.goal = makefile.goal or next((one for one in targets if one[0] != "." and "%" not in one), None)
    own = _VARIABLE.fullmatch(rest)
    for rule in rules:
        rule.open |= not sure
        if own:
            rule.variables[own["name"]] = own["value"]
        else:
            rule.before += rest.replace("|", " ").split()
        if inline.strip():
            rule.recipe.append(inline.strip())
    return rules


def _commands(makefile: Makefile, target: str, done: set[str], *, whole: bool, depth: int) -> list[str]:
    """What is run for a target, behind all that it needs; each target once."""
    rule = makefile.rules.get(target)
    if rule is None or target in done:
        return []
    done.add(target)
    if rule.open or depth > DEEPEST:
        raise NotStatic
    commands: list[str] = []
    variables = makefile.variables | rule.variables
    before = _expanded(" ".join(rule.before), variables, makefile).split()
    for one in before:
        commands += _commands(makefile, one, done, whole=whole, depth=depth + 1)
    automatic = {"@": target, "<": before[0] if before else "", "^": " ".join(before), "MAKE": "make"}
    lines = [_expanded(line, {**variables, **automatic}, makefile) for line in rule.recipe]
    if whole and lines:
        lines = ["\n".join(re.sub(r"^[@+-]+", "", line) for line in lines)]
    return commands + [own_shell(line) for line in lines if line.strip()]


def _expanded(text: str, variables: Mapping[str, str], makefile: Makefile, depth: int = 0) -> str:
    """The text with make's variables; one that nothing sets is the environment's, as ``${NAME}``."""
    if depth > DEEPEST or makefile.left < 0:
        raise NotStatic

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name = match["round"] or match["curly"] or match["one"] or ""
        if name in makefile.unsure or not re.fullmatch(r"[\w.-]+|[@<^]", name):
            raise NotStatic
        if name in makefile.given:
            return makefile.given[name]
        if name in variables:
            return _expanded(variables[name], variables, makefile, depth + 1)
        return f"${{{name}}}"

    expanded = _REFERENCE.sub(value, text)
    makefile.left -= len(expanded) + 1
    return expanded
