"""Shell scripts that pipe a crontab into ``crontab -``: rendered statically, never run.

``echo "..." | crontab -``, ``printf``, ``cat <<EOF | crontab -`` and ``crontab - <<EOF``;
``${NAME:-default}`` is shown with its default, or with the value that the user gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tree_sitter import Node

from migrator.crontab.shell import IN_HERE_DOCUMENT, double_quoted, node_text, tree
from migrator.crontab.syntax import read_crontab
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.crontab_file import read_lines
from migrator.sources.job import Found, LineKind, SourceLine

SOURCE = "crontab script"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The crontab that a script would install; ``rows[n]`` is the script's line of its line n."""

    text: str
    rows: tuple[int, ...]


def installs_a_crontab(text: str) -> bool:
    """Whether a script pipes something into ``crontab``."""
    return "crontab" in text and any(True for _ in _installers(tree(text)))


def read(path: str, text: str, *, scripts: Mapping[str, str], environment: Mapping[str, str]) -> Found:
    """The jobs that a script would install, each at its line of the script."""
    jobs, findings = [], []
    kinds: dict[int, LineKind] = {}
    for installer in _installers(tree(text)):
        line = installer.start_point.row + 1
        rendered = _rendered(installer, environment)
        if rendered is None:
            findings.append(_not_static(path, line))
            continue
        found = read_lines(path, read_crontab(rendered.text), scripts=scripts)
        here = [line + row for row in rendered.rows]
        generator = Place(path, line, SOURCE)
        for job in found.jobs:
            place = Place(path, here[job.place.line - 1], SOURCE)
            kinds[place.line] = "job"
            own = tuple(replace(one, place=place) for one in job.findings)
            jobs.append(replace(job, place=place, generator=generator, findings=own))
        findings += [
            replace(one, place=Place(path, here[one.place.line - 1], SOURCE)) if one.place else one
            for one in found.findings
        ]
    return Found(tuple(jobs), tuple(_lines(path, text, kinds)), tuple(findings))


def _lines(path: str, text: str, kinds: Mapping[int, LineKind]) -> Iterator[SourceLine]:
    for number, line in enumerate(text.split("\n")[: -1 if text.endswith("\n") else None], 1):
        stripped = line.strip()
        plain: LineKind = "blank" if not stripped else "comment" if stripped.startswith("#") else "other"
        yield SourceLine(path, number, kinds.get(number, plain), line)


def _not_static(path: str, line: int) -> Finding:
    return Finding(
        "CM105",
        Place(path, line, SOURCE),
        _("what this installs depends on the run"),
        _("pipe what it makes into the tool: crontab -l | migrator scan -"),
    )


def _installers(node: Node) -> Iterator[Node]:
    """The nodes that feed ``crontab``: pipelines, and here-documents."""
    if node.type == "pipeline" and _is_crontab(node.children[-1]):
        yield node
    elif node.type == "redirected_statement" and any(_feeds_crontab(child) for child in node.children):
        yield node
    else:
        for child in node.children:
            yield from _installers(child)


def _is_crontab(node: Node) -> bool:
    words = node_text(node).split()
    return node.type == "command" and words[0].rsplit("/", 1)[-1] == "crontab" and "-l" not in words


def _feeds_crontab(node: Node) -> bool:
    if node.type == "heredoc_redirect":
        piped = next((child for child in node.children if child.type == "pipeline"), None)
        owner = node.parent.children[0] if node.parent else None
        return (piped is not None and _is_crontab(piped.children[-1])) or (
            owner is not None and _is_crontab(owner)
        )
    return False


def _rendered(installer: Node, environment: Mapping[str, str]) -> Rendered | None:
    """The text that an installer feeds, with the row of each of its lines."""
    if installer.type == "redirected_statement":
        heredoc = next(child for child in installer.children if child.type == "heredoc_redirect")
        return _heredoc(heredoc, installer.start_point.row, environment)
    words = [child for child in installer.children[0].children if child.type != "command_name"]
    name = node_text(installer.children[0]).split()[0] if installer.children[0].type == "command" else ""
    texts = [word for word in words if word.type in ("string", "raw_string")]
    if name not in ("echo", "printf") or len(texts) != 1:
        return None
    raw = node_text(texts[0])[1:-1]
    row = texts[0].start_point.row - installer.start_point.row
    ending = "\n" if name == "echo" else ""
    if texts[0].type == "raw_string":
        return _by_line([(c, row + raw[:i].count("\n")) for i, c in enumerate(raw + ending)])
    characters = double_quoted(raw, environment)
    if characters is None:
        return None
    last = characters[-1][1] if characters else 0
    return _by_line([(c, row + at) for c, at in [*characters, *((c, last) for c in ending)]])


def _heredoc(node: Node, first_row: int, environment: Mapping[str, str]) -> Rendered | None:
    start = next(child for child in node.children if child.type == "heredoc_start")
    body = next((child for child in node.children if child.type == "heredoc_body"), None)
    if body is None:
        return None
    raw, row = node_text(body), body.start_point.row - first_row
    if node_text(start)[:1] in ("'", '"', "\\"):
        return _by_line([(c, row + raw[:i].count("\n")) for i, c in enumerate(raw)])
    characters = double_quoted(raw, environment, escapable=IN_HERE_DOCUMENT)
    return None if characters is None else _by_line([(c, row + at) for c, at in characters])


def _by_line(characters: list[tuple[str, int]]) -> Rendered:
    text = "".join(character for character, _row in characters)
    rows, fresh = [], True
    for character, row in characters:
        if fresh:
            rows.append(row)
        fresh = character == "\n"
    return Rendered(text, tuple(rows))
