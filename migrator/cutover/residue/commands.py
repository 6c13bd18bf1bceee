"""The commands in a file, whatever kind of file it is; nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node as ShellNode

from migrator.crontab.shell import node_text, tree
from migrator.cutover.residue.texts import Kind, TextFile
from migrator.sources.deploy.manifest import masked
from migrator.sources.deploy.yaml_text import Listing, Node, Scalar, Table, documents
from migrator.sources.dockerfile_text import as_script
from migrator.sources.shell.prefixes import after_option, behind_prefixes
from migrator.sources.shell.words import at, plain

_SHELLS = ("sh", "bash", "dash", "ash")
_NO_WORDS = ("variable_assignment", "file_redirect", "herestring_redirect")
_DEEPEST = 4  # sh -c inside sh -c
# Keys whose value is a command, or a list of its words; and those whose list holds a command per item.
_COMMAND_KEYS = frozenset(("command", "entrypoint", "args", "cmd", "shell", "run", "exec"))
_COMMAND_KEYS |= {"ansible.builtin.command", "ansible.builtin.shell"}
_SCRIPT_KEYS = ("script", "before_script", "after_script", "commands", "runcmd", "install", "before_install")
# What starts a command in Python: os, subprocess, asyncio, fabric and invoke.
_STARTERS = frozenset(("system", "popen", "Popen", "run", "call", "check_call", "check_output", "getoutput"))
_STARTERS |= {"getstatusoutput", "create_subprocess_shell", "sudo", "local"}
_CALLS = re.compile(rf"\b(?:{'|'.join(sorted(_STARTERS))})\s*\(")
_INI = re.compile(r"^(?:command|ExecStart|ExecStartPre|ExecReload)[ \t]*=[-@+!:]*[ \t]*(?P<command>.+)$")
_PROCFILE = re.compile(r"^[\w-]+:[ \t]+(?P<command>\S.*)$")


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words, behind sudo and its like, each with its line."""

    words: tuple[str, ...]
    lines: tuple[int, ...]

    @property
    def program(self) -> str:
        return self.words[0].rpartition("/")[2]

    @property
    def line(self) -> int:
        return self.lines[0]

    def line_of(self, word: str) -> int:
        return self.lines[self.words.index(word)]


def commands_in(file: TextFile) -> Iterator[Command]:
    """Every command that a file holds, as far as its kind says where commands stand."""
    match file.kind:
        case Kind.SHELL:
            yield from of_shell(file.text)
        case Kind.DOCKERFILE:
            yield from of_shell(as_script(file.text))
        case Kind.MAKEFILE:
            yield from _of_recipes(file.text)
        case Kind.YAML:
            yield from _of_yaml(file.text)
        case Kind.PAGE:
            for line, text in code_of_page(file.text):
                yield from of_shell(text, line)
        case Kind.OTHER:
            yield from _of_settings(file)
        case Kind.PYTHON:
            yield from _of_calls(file)


def _of_calls(file: TextFile) -> Iterator[Command]:
    """What Python starts: ``os.system("...")``, ``run(["crontab", "-l"])``, fabric's ``c.run("...")``.

    Only literals that stand in such a call are commands; what a program computes stays unknown.
    """
    if not _CALLS.search(file.text):
        return
    try:
        module = ast.parse(file.text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _name(node.func) in _STARTERS:
            yield from _of_argument(_command_given(node))


def _name(node: ast.expr) -> str | None:
    """The last name of what is called: ``run`` of ``subprocess.run`` and of ``c.run``."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return None


def _command_given(call: ast.Call) -> ast.expr | None:
    if call.args:
        return call.args[0]
    return next((one.value for one in call.keywords if one.arg in ("args", "cmd", "command")), None)


def _of_argument(node: ast.expr | None) -> Iterator[Command]:
    match node:
        case ast.Constant(value=str(text)):
            yield from of_shell(text, node.lineno)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            words = [(_word(one), one.lineno) for one in items]
            if words and words[0][0]:
                yield from _whole(words, 0)


def _word(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "$_"


def of_shell(text: str, first: int = 1, depth: int = 0) -> Iterator[Command]:
    """The commands of shell text whose first line is ``first``, those behind ``sh -c`` too."""
    waiting: list[ShellNode] = [tree(text)]
    while waiting:
        node = waiting.pop()
        if node.type == "command":
            yield from _whole(_words(node, first), depth)
        waiting += reversed(node.children)


def _words(node: ShellNode, first: int) -> list[tuple[str, int]]:
    found = []
    for child in node.children:
        if child.is_named and child.type not in _NO_WORDS:
            text = node_text(child)
            quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
            found.append((text[1:-1] if quoted else text, first + child.start_point.row))
    return found


def _whole(words: list[tuple[str, int]], depth: int) -> Iterator[Command]:
    """The command behind its prefixes; of a shell with ``-c`` what it is given."""
    bare, _user = behind_prefixes([at(text, 0) for text, _line in words])
    kept = [
        (plain(text), line) for text, (_word, line) in zip(bare, words[len(words) - len(bare) :], strict=True)
    ]
    while kept and (kept[0][0] in ("--", "then") or not kept[0][0]):
        kept = kept[1:]
    if not kept:
        return
    given = after_option([at(text, 0) for text, _line in kept]) if _is_shell(kept[0][0]) else None
    if given is not None and depth < _DEEPEST:
        yield from of_shell(plain(given), kept[-1][1], depth + 1)
    else:
        yield Command(tuple(text for text, _line in kept), tuple(line for _text, line in kept))


def _is_shell(word: str) -> bool:
    return word.rpartition("/")[2] in _SHELLS


def _of_recipes(text: str) -> Iterator[Command]:
    for line, recipe in enumerate(text.split("\n"), 1):
        if recipe.startswith("\t"):
            yield from of_shell(recipe.lstrip("\t @-+").replace("$$", "$"), line)


def _of_yaml(text: str) -> Iterator[Command]:
    for node in documents(masked(text).text).walk():
        if isinstance(node, Table):
            for key, value in node.items():
                if key.text in _COMMAND_KEYS:
                    yield from _of_value(value)
                elif key.text in _SCRIPT_KEYS:
                    for one in value.items if isinstance(value, Listing) else [value]:
                        yield from _of_value(one)


def _of_value(node: Node) -> Iterator[Command]:
    if isinstance(node, Scalar):
        yield from of_shell(node.text.replace("$$", "$"), node.line_of(1))
    elif isinstance(node, Listing):
        items = [item for item in node.items if isinstance(item, Scalar)]
        if items:
            yield from _whole([(item.text.replace("$$", "$"), item.line_of(1)) for item in items], 0)
        for item in items[1:]:
            if " " in item.text:  # the script of `sh -c`, or of command and args
                yield from of_shell(item.text.replace("$$", "$"), item.line_of(1))


def _of_settings(file: TextFile) -> Iterator[Command]:
    """supervisord's and systemd's commands, and those of a Procfile."""
    pattern = _PROCFILE if file.name.startswith("Procfile") else _INI
    for line, text in file.numbered():
        if found := pattern.match(text):
            yield from of_shell(found["command"], line)


_FENCE = re.compile(r"^[ \t]*(?:```|~~~)")
_INLINE = re.compile(r"``(?P<long>[^`\n]+)``|`(?P<short>[^`\n]+)`|<code>(?P<html>[^<\n]+)</code>")
_PROMPT = re.compile(r"^[ \t]*[$#%>][ \t]+")


def code_of_page(text: str) -> Iterator[tuple[int, str]]:
    """What a page shows as code: fenced or indented lines, and text between backticks."""
    fenced = False
    for line, shown in enumerate(text.split("\n"), 1):
        if _FENCE.match(shown):
            fenced = not fenced
        elif fenced or re.match(r"(?: {4}|\t)\S|\$ ", shown):
            yield line, _PROMPT.sub("", shown)
        else:
            for found in _INLINE.finditer(shown):
                yield line, found["long"] or found["short"] or found["html"]
