"""What a shell script would feed to ``crontab``: rendered statically, and edited through.

``echo "..." | crontab -``, ``printf '...'``, ``cat <<EOF | crontab -`` and ``crontab - <<EOF``.
Each character of the rendered crontab knows where in the script it comes from, so an edit
of the crontab can be made in the script instead, and checked by rendering again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from migrator.crontab.shell import IN_DOUBLE_QUOTES, IN_HERE_DOCUMENT, double_quoted, node_text, tree
from migrator.crontab.wrapping import Edit, apply_edits

LITERAL = ""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A crontab inside a script: ``offsets[n]`` is where character n stands in the script.

    ``escapable``: the characters that a backslash must protect there; ``line``: the line of
    the script that installs it.
    """

    line: int
    text: str
    offsets: tuple[int, ...]
    escapable: str

    def line_of(self, script: str, line: int) -> int:
        """The script's line for a line of the crontab, both from 1."""
        start = sum(len(one) + 1 for one in self.text.split("\n")[: line - 1])
        return script.count("\n", 0, self.offsets[min(start, len(self.offsets) - 1)]) + 1


def installs_a_crontab(script: str) -> bool:
    """Whether a script pipes something into ``crontab``."""
    return "crontab" in script and any(True for _node in _installers(tree(script)))


def renderings(script: str, environment: Mapping[str, str]) -> Iterator[Rendering | int]:
    """Each crontab that the script installs; the line's number where it depends on the run."""
    for installer in _installers(tree(script)):
        line = installer.start_point.row + 1
        found = _literal(installer)
        characters = None
        if found is not None:
            start, raw, escapable, ending = found
            characters = _characters(raw, escapable, environment)
        if found is None or characters is None:
            yield line
            continue
        offset = _characters_before(script, start)
        placed = [(c, offset + at) for c, at in characters] + [(c, offset + len(raw)) for c in ending]
        text = "".join(character for character, _at in placed)
        yield Rendering(line, text, tuple(at for _character, at in placed), escapable)


def edit_through(script: str, rendering: Rendering, edits: Sequence[Edit]) -> str:
    """The script that renders to the crontab after ``edits``."""
    return apply_edits(script, [_carried(rendering, edit) for edit in edits])


def _carried(rendering: Rendering, edit: Edit) -> Edit:
    offset = rendering.offsets[min(edit.position, len(rendering.offsets) - 1)]
    protected = "".join("\\" + c if c in rendering.escapable.strip("\n") else c for c in edit.new)
    return Edit(offset, edit.old, protected)


def _characters(raw: str, escapable: str, environment: Mapping[str, str]) -> list[tuple[str, int]] | None:
    if escapable == LITERAL:
        return [(character, at) for at, character in enumerate(raw)]
    return double_quoted(raw, environment, escapable=escapable)


def _characters_before(script: str, byte: int) -> int:
    return len(script.encode("utf-8", "surrogateescape")[:byte].decode("utf-8", "surrogateescape"))


def _installers(node: Node) -> Iterator[Node]:
    """The nodes that feed ``crontab``: pipelines, and here-documents."""
    if (node.type == "pipeline" and _is_crontab(node.children[-1])) or (
        node.type == "redirected_statement" and any(_feeds_crontab(child) for child in node.children)
    ):
        yield node
    else:
        for child in node.children:
            yield from _installers(child)


def _is_crontab(node: Node) -> bool:
    words = node_text(node).split()
    return node.type == "command" and words[0].rsplit("/", 1)[-1] == "crontab" and "-l" not in words


def _feeds_crontab(node: Node) -> bool:
    if node.type != "heredoc_redirect":
        return False
    piped = next((child for child in node.children if child.type == "pipeline"), None)
    owner = node.parent.children[0] if node.parent else None
    return (piped is not None and _is_crontab(piped.children[-1])) or (
        owner is not None and _is_crontab(owner)
    )


def _literal(installer: Node) -> tuple[int, str, str, str] | None:
    """Start byte, raw text, escapable characters and ending of what an installer feeds."""
    if installer.type == "redirected_statement":
        heredoc = next(child for child in installer.children if child.type == "heredoc_redirect")
        start = next(child for child in heredoc.children if child.type == "heredoc_start")
        body = next((child for child in heredoc.children if child.type == "heredoc_body"), None)
        if body is None:
            return None
        quoted = node_text(start)[:1] in ("'", '"', "\\")
        return body.start_byte, node_text(body), LITERAL if quoted else IN_HERE_DOCUMENT, ""
    feeder = installer.children[0]
    name = node_text(feeder).split()[0] if feeder.type == "command" else ""
    texts = [word for word in feeder.children if word.type in ("string", "raw_string")]
    if name not in ("echo", "printf") or len(texts) != 1:
        return None
    escapable = IN_DOUBLE_QUOTES if texts[0].type == "string" else LITERAL
    return texts[0].start_byte + 1, node_text(texts[0])[1:-1], escapable, "\n" if name == "echo" else ""
