"""What the words of a shell text stand for, where that is known before the run."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import MutableMapping
from dataclasses import dataclass, field

from tree_sitter import Node

from migrator.crontab.shell import (
    IN_HERE_DOCUMENT,
    LONGEST_VALUE,
    Assignment,
    Word,
    double_quoted,
    node_text,
)

_ARGUMENTS = {'"$@"', "$@", '"${@}"', "${@}", "$*", "${*}"}
_PROTECTED = re.compile(r"\\(.)", re.DOTALL)
_SUBSTITUTIONS = {"command_substitution", "process_substitution"}
_AT_RUN_TIME = {"ansi_c_string", "arithmetic_expansion", "array", "translated_string"}
# "$(dirname "$0")", "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)": the folder of the script
_SELF = r"\$(?:0|\{0\}|BASH_SOURCE|\{BASH_SOURCE(?:\[0\])?\})"
_READLINK = rf"(?:\$\((?:readlink|realpath)(?: -\w+)* \"?{_SELF}\"?\)|{_SELF})"
_DIRNAME = rf"(?:\$\(dirname(?: --)? \"?{_READLINK}\"?\)|`dirname \"?{_SELF}\"?`|\$\{{0%/\*\}})"
_FOLDER = re.compile(
    rf"[$`]\(?\s*(?:(?:cd|readlink|realpath)(?: -\w+)* \"?{_DIRNAME}"
    rf"(?P<up>(?:/[\w.-]+)*)/?\"?"
    rf"(?:\s*>\s*/dev/null(?: 2>&1)?)?(?:\s*(?:&&|;)\s*pwd(?: -P)?)?"
    rf"|dirname(?: --)? \"?{_READLINK}\"?)\s*[)`]"
)


@dataclass(slots=True)
class Words:
    """The values of words under the variables known so far; substitutions are kept for a look inside."""

    variables: MutableMapping[str, str]
    arguments: tuple[str, ...] | None = None  # of the script or function that is read
    substitutions: list[Node] = field(default_factory=list)

    def of(self, *nodes: Node) -> list[Word]:
        """The words that nodes side by side become: none or many where a variable is split."""
        if len(nodes) == 1 and nodes[0].type == "word":
            return [self._plain(node_text(nodes[0]))]
        text = "".join(node_text(node) for node in nodes)
        if text in _ARGUMENTS and self.arguments is not None:
            return [Word(shlex.quote(one), one) for one in self.arguments]
        pieces = [piece for node in nodes for piece in self._pieces(node)]
        values = [value for value, _split in pieces if value is not None]
        if len(values) < len(pieces):
            return [Word(text, None)]
        if not any(
            split and (not value or re.search(r"\s", value)) for value, split in pieces if value is not None
        ):
            return [Word(text, "".join(values))]
        return [Word(shlex.quote(one), one) for one in _fields(pieces)]

    def one(self, *nodes: Node) -> Word:
        """The word of a place that takes one: a redirect's target, an assignment's value."""
        values = [value for node in nodes for value, _split in self._pieces(node)]
        known = [value for value in values if value is not None]
        text = "".join(node_text(node) for node in nodes)
        return Word(text, "".join(known) if len(known) == len(values) else None)

    def assignment(self, node: Node, *, stored: bool) -> Assignment:
        """``NAME=value``; ``stored``: it holds for what follows, not for one command alone."""
        target, value_node = node.child_by_field_name("name"), node.child_by_field_name("value")
        name = node_text(target) if target else ""
        word = self.one(value_node) if value_node else Word("", "")
        value = word.value
        if any(child.type == "+=" for child in node.children):
            before = self.variables.get(name)
            value = None if value is None or before is None else before + value
            word = Word(word.text, value)
        if stored and value is not None and len(value) <= LONGEST_VALUE:
            self.variables[name] = value
        elif stored:
            self.variables.pop(name, None)
        return Assignment(name, word)

    def here_document(self, body: str, *, quoted: bool) -> Word:
        """The text that a here-document gives to its command."""
        if quoted:
            return Word(body, body)
        characters = double_quoted(body, self.variables, escapable=IN_HERE_DOCUMENT)
        return Word(body, None if characters is None else "".join(c for c, _offset in characters))

    def _pieces(self, node: Node) -> list[tuple[str | None, bool]]:
        """The values that stand side by side in a word, each with whether it is split at blanks."""
        if node.type == "concatenation":
            return [piece for child in node.children for piece in self._pieces(child)]
        return [(self._value(node, node_text(node)), node.type in ("simple_expansion", "expansion"))]

    def _value(self, node: Node, text: str) -> str | None:
        if node.type in _SUBSTITUTIONS:
            self.substitutions.append(node)
            return self._script_folder(text)
        if node.type in _AT_RUN_TIME:
            return None
        match node.type:
            case "raw_string":
                return text[1:-1]
            case "string":
                return self._string(node, text)
            case "simple_expansion" | "expansion":
                return self._expanded(text)
        return self._plain(text).value

    def _plain(self, text: str) -> Word:
        """A word without quotes or expansions: a tilde, and what backslashes protect."""
        value = text
        if text[:2] in ("~", "~/") and "HOME" in self.variables:
            value = self.variables["HOME"] + text[1:]
        if "\\" in value:
            value = _PROTECTED.sub(lambda escaped: escaped[1].strip("\n"), value)
        return Word(text, value)

    def _expanded(self, raw: str) -> str | None:
        if raw == "${0%/*}" and "0" in self.variables:
            return posixpath.dirname(self.variables["0"])
        characters = double_quoted(raw, self.variables)
        return None if characters is None else "".join(c for c, _offset in characters)

    def _string(self, node: Node, text: str) -> str | None:
        """A text in double quotes: piece by piece around the substitutions in it."""
        data = node.text or b""
        values: list[str | None] = []
        start = 1
        for child in node.children:
            if child.type in _SUBSTITUTIONS:
                at = child.start_byte - node.start_byte
                values.append(self._expanded(data[start:at].decode("utf-8", "surrogateescape")))
                values.append(self._value(child, node_text(child)))
                start = child.end_byte - node.start_byte
        values.append(self._expanded(data[start:-1].decode("utf-8", "surrogateescape")))
        known = [value for value in values if value is not None]
        return "".join(known) if len(known) == len(values) else None

    def _script_folder(self, text: str) -> str | None:
        match = _FOLDER.fullmatch(text) if "0" in self.variables and len(text) < 300 else None
        if match is None:
            return None
        return posixpath.normpath(posixpath.dirname(self.variables["0"]) + (match["up"] or "")) or "."


def _fields(pieces: list[tuple[str | None, bool]]) -> list[str]:
    """Split at blanks as the shell does: only what comes from an unquoted variable is split."""
    fields: list[str] = []
    open_field: str | None = None
    for value, split in pieces:
        if not split:
            open_field = (open_field or "") + (value or "")
            continue
        for blank, word in re.findall(r"(\s+)|(\S+)", value or ""):
            if blank and open_field is not None:
                fields.append(open_field)
                open_field = None
            open_field = (open_field or "") + word if word else open_field
    return [*fields, open_field] if open_field is not None else fields
