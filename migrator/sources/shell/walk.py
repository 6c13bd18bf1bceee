"""Walks through a shell script and collects the crontabs that it puts into place; nothing is executed.

The walk takes every branch once: a condition is no reason to overlook a crontab, and a loop
is not unrolled, its variable stays open.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from tree_sitter import Node

from migrator.crontab.shell import IN_HERE_DOCUMENT, LONGEST_VALUE, node_text, tree
from migrator.sources.shell.branches import Branch, parts
from migrator.sources.shell.installation import LONGEST, NOTHING, UNKNOWN, Installation, Scene, Stream, joined
from migrator.sources.shell.prefixes import after_option, behind_prefixes
from migrator.sources.shell.programs import PROGRAMS, Call, call
from migrator.sources.shell.words import Glyph, Offsets, Text, Words, as_default, at, plain
from migrator.zones import known_zone

DEEPEST = 60  # nested nodes; a script by hand has some ten
MOST_CALLS = 1_000  # of functions; one that calls itself twice never ends otherwise
_JOINED = ("list", "program")
_STATEMENTS = ("pipeline", "command", "list")
_WORDS = (
    "word",
    "string",
    "raw_string",
    "ansi_c_string",
    "concatenation",
    "simple_expansion",
    "expansion",
    "command_substitution",
    "number",
    "arithmetic_expansion",
)
_SHELLS = ("sh", "bash", "dash", "ash", "su")


@dataclass(frozen=True, slots=True)
class Installing:
    """The crontabs that a script puts into place, and the zone that it sets the clock to.

    ``chosen``: the defaults in the names of files, by those names; ``declared``: what a Dockerfile's
    ENV gives to all that its image starts.
    """

    installations: tuple[Installation, ...]
    zone: str | None
    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)


def installing(
    script: str,
    environment: Mapping[str, str],
    *,
    interprets: bool | None = None,
    image: Mapping[str, str] | None = None,
    at_start: Sequence[range] = (),
) -> Installing:
    """What a script installs; ``environment`` wins over what it assigns.

    ``image``: variables that the image gives the script, which its start may give other values;
    ``at_start``: the parts of a Dockerfile's text that run at that start, rather than in the build.
    """
    if interprets is None:
        # dash's echo reads \n; bash's does not, and neither does busybox's.
        interprets = script.startswith(("#!/bin/sh", "#! /bin/sh", "#!/bin/dash"))
    walk = _Walk(script, dict(environment), Scene(), interprets=interprets)
    walk.words.image, walk.at_start = dict(image or {}), tuple(at_start)
    walk.run(tree(script))
    zone = walk.words.known("TZ", 0)
    return Installing(
        tuple(walk.scene.found),
        known_zone(walk.scene.zone or (plain(zone) if zone else None)),
        walk.scene.chosen,
        walk.declared(),
    )


class _Walk:
    def __init__(self, script: str, environment: dict[str, str], scene: Scene, *, interprets: bool) -> None:
        self.script = script
        self.scene = scene
        self.interprets = interprets
        self.words = Words(Offsets(script), environment, self.captured)
        self.at_start: tuple[range, ...] = ()
        self.functions: dict[str, Node] = {}
        self.depth = 0
        self.calls = 0
        self.inside = False  # a statement, whose first line is the line of what it installs

    def run(self, node: Node, given: Stream = NOTHING) -> Stream:
        """What a node prints, while its effects go to the scene."""
        if self.depth > DEEPEST:
            return UNKNOWN
        self.depth += 1
        try:
            return self.node(node, given)
        finally:
            self.depth -= 1

    def node(self, node: Node, given: Stream) -> Stream:
        match node.type:
            case "command" | "redirected_statement" | "pipeline":
                return self.statement(node, given)
            case "variable_assignment":
                return self.assign(node)
            case "function_definition":
                self.functions[node_text(node.children[0]).removeprefix("function ")] = node.children[-1]
                return NOTHING
            case "for_statement":
                for child in node.children:
                    if child.type == "variable_name":
                        self.words.variables.pop(node_text(child), None)
        return joined(self.branched(branch, child, given) for branch, child in parts(node))

    def branched(self, branch: Branch, node: Node, given: Stream) -> Stream:
        before = self.scene.branch
        self.scene.branch = (*before, *branch)
        try:
            return self.run(node, given)
        finally:
            self.scene.branch = before

    def statement(self, node: Node, given: Stream) -> Stream:
        if self.inside:
            return self.flow(node, given)
        self.inside = True
        self.scene.line = node.start_point.row + 1
        if self.at_start:
            start = self.words.offsets(node.start_byte)
            self.words.starting = any(start in one for one in self.at_start)
        try:
            return self.flow(node, given)
        finally:
            self.inside = False

    def flow(self, node: Node, given: Stream) -> Stream:
        if node.type == "command":
            return self.command(node, given)
        if node.type == "redirected_statement":
            return self.redirected(node, given)
        for part in node.children:
            if part.is_named:
                given = self.run(part, given)
        return given

    def assign(self, node: Node) -> Stream:
        name = node_text(node.children[0])
        value = self.words.value(node.children[2]) if len(node.children) > 2 else ()
        if node_text(node.children[1]) == "+=":
            value = (self.words.variables.get(name) or ()) + value
        if len(value) <= LONGEST_VALUE:
            self.words.variables[name] = value
        else:
            self.words.variables.pop(name, None)
        return NOTHING

    def declared(self) -> Mapping[str, str]:
        """The variables of ENV whose values are known."""
        values = {name: self.words.variables.get(name) for name in self.words.declared}
        return {
            name: plain(value) for name, value in values.items() if value and not any(g.open for g in value)
        }

    def declare(self, instruction: str, words: list[Text]) -> Stream:
        """``ENV A=b C="d e"``, ``ENV A b`` and ``ARG A=b`` of a Dockerfile."""
        if words and "=" not in plain(words[0]):
            name, *value = words
            if instruction == "ARG" or not value:
                return NOTHING  # only declared: what the build is given
            words = [(*name, *at("=", 0), *tuple(chain.from_iterable(at(" ", 0) + one for one in value))[1:])]
        for word in words:
            name_, equals, _value = plain(word).partition("=")
            if not equals:
                continue
            given = word[len(name_) + 1 :]
            if instruction == "ENV":
                self.words.declared.add(name_)
            self.words.variables[name_] = as_default(given, name_) if instruction == "ARG" else given
        return NOTHING

    def redirected(self, node: Node, given: Stream) -> Stream:
        """The body with its redirects; tree-sitter hangs those of ``a && b > f`` on the whole list."""
        body = node.children[0] if "redirect" not in node.children[0].type else None
        redirects = [child for child in node.children if child.type.endswith("redirect")]
        before = self.scene.branch
        while body is not None and body.type in _JOINED:
            self.inside = False
            *others, (branch, body) = list(parts(body))
            for own, child in others:
                self.branched(own, child, given)
            self.scene.branch, self.inside = (*before, *branch), True
            self.scene.line = body.start_point.row + 1
        after: list[Node] = []
        extra: list[Node] = []
        for redirect in list(redirects):
            if redirect.type == "heredoc_redirect":
                given = Stream(self.here_document(redirect))
                redirects += [child for child in redirect.children if child.type == "file_redirect"]
                extra += [child for child in redirect.children if child.type in _WORDS]
                after += [child for child in redirect.children if child.type in _STATEMENTS]
            elif redirect.type == "file_redirect" and node_text(redirect).startswith(("<", "0<")):
                given = self.scene.content(plain(self.target(redirect)))
        printed = self.body(body, extra, given)
        for node in after:
            printed = self.piped_on(node, printed) if _is_pipe(node) else printed
        for redirect in redirects:
            printed = self.written(redirect, printed)
        self.scene.branch = before
        return joined((printed, *(self.run(node) for node in after if not _is_pipe(node))))

    def body(self, body: Node | None, extra: list[Node], given: Stream) -> Stream:
        if body is None:
            return given
        return self.command(body, given, extra) if body.type == "command" else self.run(body, given)

    def piped_on(self, node: Node, printed: Stream) -> Stream:
        """``cat <<EOF | crontab - && ls``: what follows on the line hangs on the here-document."""
        for part in (child for child in node.children if child.is_named):
            first = part
            while first.type in _JOINED:
                first = first.children[0]
            printed = self.run(first, printed)
            if part is not first:
                self.run(part.children[-1])
        return printed

    def written(self, redirect: Node, printed: Stream) -> Stream:
        operator = next((child.type for child in redirect.children if not child.is_named), "")
        descriptor = next((node_text(c) for c in redirect.children if c.type == "file_descriptor"), "1")
        if operator not in (">", ">>", ">|", "&>", "&>>") or descriptor != "1":
            return printed
        name = plain(self.target(redirect))
        if name not in ("/dev/stdout", "/dev/stderr", "/dev/null"):
            self.scene.write(name, printed, adds=operator.endswith(">>"))
        return printed if name == "/dev/stdout" else NOTHING

    def target(self, redirect: Node) -> Text:
        named = [child for child in redirect.children if child.type in _WORDS]
        value = self.words.value(named[0]) if named else ()
        self.scene.choose(value)
        return value

    def here_document(self, redirect: Node) -> Text:
        kinds = {child.type: child for child in redirect.children}
        start, body = kinds.get("heredoc_start"), kinds.get("heredoc_body")
        if start is None or body is None:
            return ()
        # The node of the body may begin after the blanks of its first line.
        begin = self.words.offsets(body.start_byte)
        line = self.script.rfind("\n", 0, begin) + 1
        begin = line if not self.script[line:begin].strip() else begin
        raw = self.script[begin : self.words.offsets(body.end_byte)]
        if node_text(start)[:1] in ("'", '"', "\\"):
            text = tuple(Glyph(character, begin + n, "") for n, character in enumerate(raw))
        else:
            text = self.words.quoted(raw, begin, IN_HERE_DOCUMENT)
        return _without_tabs(text) if "<<-" in kinds else text

    def command(self, node: Node, given: Stream, extra: list[Node] | None = None) -> Stream:
        children = [*node.children, *(extra or [])]
        words: list[Text] = []
        fed: list[Stream] = []
        left = LONGEST
        for child in children:
            match child.type:
                case "variable_assignment":
                    self.assign(child)
                case "command_name":
                    words.append(self.words.value(child.children[0]) if child.children else ())
                case "herestring_redirect":
                    given = Stream((*self.target(child), Glyph("\n", self.words.offsets(child.end_byte))))
                case "process_substitution":
                    fed.append(joined(self.run(part) for part in child.children if part.is_named))
                case "file_redirect" if node_text(child).startswith("<"):
                    given = self.scene.content(plain(self.target(child)))
                case kind if kind in _WORDS:
                    words.append(self.words.value(child))
                    left -= len(words[-1])
                    if left < 0:
                        return UNKNOWN
        last = children[-1]
        quoted = last.type in ("string", "raw_string")
        return self.call(words, given, self.words.offsets(last.end_byte) - quoted, tuple(fed))

    def call(self, words: list[Text], given: Stream, end: int, fed: tuple[Stream, ...]) -> Stream:
        printed = self.called(words, given, end, fed)
        first = plain(words[0]) if words else ""
        if first == "exit" or (first == "exec" and len(words) > 1):
            self.scene.leave()
        return printed

    def called(self, words: list[Text], given: Stream, end: int, fed: tuple[Stream, ...]) -> Stream:
        words, user = behind_prefixes(words)
        if not words:
            return NOTHING
        name = posixpath.basename(plain(words[0]))
        if name in ("ARG", "ENV"):
            return self.declare(name, words[1:])
        if name == "read":
            for word in words[1:]:
                self.words.variables.pop(plain(word), None)
            return NOTHING
        if name in self.functions and name not in PROGRAMS:
            return self.function(self.functions[name], words[1:], given)
        if name in _SHELLS and (text := after_option(words)):
            return self.text(text)
        for word in words[1:]:
            self.scene.choose(word)
        made = Call(name, tuple(words[1:]), given, end, fed, user, self.interprets)
        return call(self.scene, made)

    def function(self, body: Node, arguments: list[Text], given: Stream) -> Stream:
        self.calls += 1
        if self.calls > MOST_CALLS:
            return UNKNOWN
        before = dict(self.words.variables)
        own = {str(number): argument for number, argument in enumerate(arguments, 1)}
        blank = at(" ", 0)
        own |= dict.fromkeys("@*", sum((blank + one if n else one for n, one in enumerate(arguments)), ()))
        self.words.variables.update(own)
        try:
            return self.run(body, given)
        finally:
            for name in own:
                self.words.variables.pop(name, None)
                if name in before:
                    self.words.variables[name] = before[name]

    def text(self, text: Text) -> Stream:
        """``sh -c "..."``: a script inside the script, placed where its characters stand."""
        if self.depth > DEEPEST // 4:
            return UNKNOWN
        script = plain(text)
        inner = _Walk(script, self.words.fixed, Scene(folder=self.scene.folder), interprets=self.interprets)
        inner.words.variables, inner.functions = self.words.variables, {}
        inner.words.image, inner.words.declared = self.words.image, self.words.declared
        inner.words.starting = self.words.starting
        inner.scene.files, inner.scene.chosen = self.scene.files, self.scene.chosen
        inner.depth = self.depth + 4

        def back(stream: Stream) -> Stream:
            last = len(text) - 1
            moved = (glyph._replace(offset=text[min(glyph.offset, last)].offset) for glyph in stream.text)
            return replace(stream, text=tuple(moved))

        printed = inner.run(tree(script))
        for one in inner.scene.found:
            self.scene.install(back(one.stream), one.crontab, one.target.partition(":")[2], keeps=one.keeps)
        return back(printed)

    def captured(self, script: str) -> Text | None:
        """What a command substitution prints; None where that depends on the run."""
        printed = self.text(at(script, 0))
        return None if printed.unknown or printed.files or printed.adds else printed.text


def _is_pipe(node: Node) -> bool:
    return node.type == "pipeline" and not node.children[0].is_named


def _without_tabs(text: Text) -> Text:
    """``<<-`` takes the tabs away that begin a line."""
    kept: list[Glyph] = []
    for glyph in text:
        if not (glyph.text == "\t" and (not kept or kept[-1].text == "\n")):
            kept.append(glyph)
    return tuple(kept)
