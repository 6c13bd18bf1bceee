"""Dockerfiles as the shell scripts that they are in other words.

Each instruction keeps its place: ``RUN`` and ``CMD`` are commands, ``COPY``, ``WORKDIR``, ``ENV`` and
``ARG`` are programs of their own, and everything else becomes blanks.

Authority: docs.docker.com/reference/dockerfile.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

_NAMES = re.compile(r"(?:^|\.)(?:dockerfile|containerfile)(?:\.|$)", re.IGNORECASE)
_INSTRUCTION = re.compile(r"[ \t]*(?:ONBUILD[ \t]+)?(?P<word>[A-Za-z]+)[ \t]+", re.IGNORECASE)
_FLAGS = re.compile(r"(?:--[a-z]+(?:=\S*)?[ \t]+)+")
_HEREDOC = re.compile(r"<<-?[ \t]*([\"']?)(\w+)\1")


def may_be(path: str) -> bool:
    """Told by its name: Dockerfile, Containerfile, Dockerfile.cron, web.dockerfile."""
    return _NAMES.search(posixpath.basename(path)) is not None


def as_script(text: str) -> str:
    """The shell script of a Dockerfile, character for character in the same places."""
    return "".join(_shell(instruction) for instruction in _instructions(text))


def at_start(text: str) -> list[range]:
    """Where in the text stands what runs when a container starts, rather than when the image is built."""
    found, position = [], 0
    for instruction in _instructions(text):
        match = _INSTRUCTION.match(instruction)
        if match and match["word"].upper() in ("CMD", "ENTRYPOINT"):
            found.append(range(position, position + len(instruction)))
        position += len(instruction)
    return found


def _instructions(text: str) -> Iterator[str]:
    """The logical lines: with their continuations, and their here-documents."""
    whole: list[str] = []
    documents: list[str] = []
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        comment = line.lstrip().startswith("#")
        if documents:
            whole.append(line)
            if line.strip() == documents[0]:
                documents.pop(0)
            if documents:
                continue
        elif comment:
            # A comment within an instruction is no part of it, and does not end it.
            whole.append(_blank(line, end="\\" if whole else ""))
            if len(whole) > 1:
                continue
        else:
            whole.append(line)
            documents = [match[2] for match in _HEREDOC.finditer(line)] if _takes_documents(whole[0]) else []
            if documents or line.rstrip().endswith("\\"):
                continue
        yield "".join(whole)
        whole = []
    yield "".join(whole)


def _takes_documents(first: str) -> bool:
    match = _INSTRUCTION.match(first)
    return match is not None and match["word"].upper() in ("RUN", "COPY", "ADD")


def _shell(instruction: str) -> str:
    match = _INSTRUCTION.match(instruction)
    word = match["word"].upper() if match else ""
    if match is None or word not in _TRANSLATED:
        return _blank(instruction)
    return _TRANSLATED[word](match[0], instruction[match.end() :])


def _run(head: str, rest: str) -> str:
    document = re.match(r"<<-?[ \t]*([\"']?)(\w+)\1[ \t]*\n", rest)
    return _blank(head) + (_document(rest, document) if document else _exec_form(_without_flags(rest)))


def _copied(head: str, rest: str) -> str:
    """``COPY <<EOF /path`` writes a file: ``cat <<EOF >/path``."""
    head, rest = head.upper(), _exec_form(_without_flags(rest))
    document = re.match(r"<<-?[ \t]*([\"']?)(\w+)\1[ \t]", rest)
    if document is None:
        return head + rest
    # One blank less before the here-document makes room for the redirect behind it.
    return "cat".ljust(len(head) - 1) + document[0] + ">" + rest[document.end() :]


_TRANSLATED: dict[str, Callable[[str, str], str]] = {
    "RUN": _run,
    "CMD": _run,
    "ENTRYPOINT": _run,
    "COPY": _copied,
    "ADD": _copied,
    **dict.fromkeys(("WORKDIR", "FROM", "ENV", "ARG"), lambda head, rest: head.upper() + rest),
}


def _document(rest: str, document: re.Match[str]) -> str:
    """The body of ``RUN <<EOF``, which is the script itself."""
    body = rest[document.end() :]
    end = re.search(rf"^[ \t]*{re.escape(document[2])}[ \t]*$", body, re.MULTILINE)
    stop = end.start() if end else len(body)
    return _blank(document[0]) + body[:stop] + _blank(body[stop:])


def _exec_form(text: str) -> str:
    """``["crontab", "/app/jobs"]`` as words, in the same places."""
    if not re.match(r"\[\s*\"", text):
        return text
    end = text.rfind("]")
    outside = re.sub(r'"(?:\\.|[^"\\])*"|[,\[\]]', lambda m: m[0] if m[0][0] == '"' else " ", text[: end + 1])
    return outside + text[end + 1 :]


def _without_flags(text: str) -> str:
    flags = _FLAGS.match(text)
    return text if flags is None else _kept_from(flags[0]) + text[flags.end() :]


def _kept_from(flags: str) -> str:
    """``--from=stage`` stays: what it copies is no file of the tree."""
    return re.sub(r"\S+", lambda m: m[0] if m[0].startswith("--from") else " " * len(m[0]), flags)


def _blank(text: str, end: str = "") -> str:
    """Blanks of the same length, the newlines kept; ``end`` stands before the last newline."""
    blank = re.sub(r"[^\n]", " ", text)
    if not end:
        return blank
    body = blank.rstrip("\n")
    return (body[: -len(end)] + end if body else "") + blank[len(body) :]
