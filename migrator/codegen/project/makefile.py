"""Make targets for worker and beat, called as the project's own targets call manage.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from migrator.codegen.project.compose import Services
from migrator.codegen.project.edits import Edit
from migrator.codegen.project.lines import Insertion, end_of

PART = "make"
_FILES = ("Makefile", "makefile", "GNUmakefile")
_TARGETS = {
    "celery-worker": ("start a worker", "worker --loglevel info"),
    "celery-beat": ("start the scheduler", "beat --loglevel info"),
    "celery-status": ("which workers answer", "status"),
    "celery-purge": ("drop all waiting messages; asks first", "purge"),
}


def make_edits(texts: Mapping[str, str], app: str, services: Services | None = None) -> Iterator[Edit]:
    """The targets that are missing, at the end of the Makefile; ``services``: those that reach the broker."""
    path = next((path for path in _FILES if path in texts), None)
    if path is None:
        return
    text = texts[path]
    missing = {
        name: target
        for name, target in _TARGETS.items()
        if not re.search(rf"^[\w .-]*\b{name}\b[\w .-]*:", text, re.MULTILINE)
    }
    if not missing:
        return
    celery, documented = _celery(text), re.search(r"^[\w-]+:.*## ", text, re.MULTILINE)
    lines = ["", f".PHONY: {' '.join(missing)}"]
    for name, (remark, words) in missing.items():
        told = f" ## {remark}" if documented else ""
        lines += ["", f"{name}:{told}", f"\t{_command(name, f'{celery} -A {app} {words}', services)}"]
    yield Edit(path, PART, Insertion(end_of(text), tuple(lines)))


def _celery(text: str) -> str:
    """``docker compose run web python -m celery``, where manage.py is called that way."""
    match = re.search(
        r"^\t[@-]?(?P<python>[^\n;&|]*?(?:python[\d.]*|\$[({]\w+[)}])) +manage\.py\b", text, re.MULTILINE
    )
    return f"{match['python']} -m celery" if match else "celery"


def _command(name: str, command: str, services: Services | None) -> str:
    """The command in the service that has the broker's address, where it would run in Django's.

    Worker and beat are those services themselves: a second beat would send everything twice.
    """
    pattern = (
        r"(?P<compose>docker[ -]compose\b.*?) (?P<verb>run|exec)(?P<options>(?: -\S+)*) (?P<web>[\w.-]+) "
    )
    match = re.match(pattern, command)
    if services is None or match is None or match["web"] != services.web:
        return command
    own = {"celery-worker": services.worker, "celery-beat": services.beat}.get(name)
    if own is not None:
        return f"{match['compose']} up {own}"
    return f"{match['compose']} {match['verb']}{match['options']} {services.worker} {command[match.end() :]}"
