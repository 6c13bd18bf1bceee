"""Extras of Celery that requirements ask for and Celery does not have: pip says so once, in a warning."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches

from migrator.findings import Finding, Place
from migrator.i18n import _

_EXTRAS = re.compile(r"(?<![\w.-])celery\s*\[([\w\s,.-]+)\]", re.IGNORECASE)
_POETRY = re.compile(r"""^\s*celery\s*=\s*\{.*?\bextras\s*=\s*\[([^\]]*)\]""", re.IGNORECASE)


def unknown_extras(path: str, text: str, known: Collection[str]) -> Iterator[Finding]:
    """The extras in requirements, pyproject.toml, setup.cfg or Pipfile that are not ``known`` to Celery."""
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0]
        for match in (*_EXTRAS.finditer(written), *_POETRY.finditer(written)):
            for extra in re.findall(r"[\w.-]+", match[1]):
                if _normal(extra) not in {_normal(one) for one in known}:
                    yield Finding(
                        "CM431",
                        Place(path, number, "requirements"),
                        _("celery has no extra {name}").format(name=extra),
                        _remedy(extra, known),
                    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _remedy(extra: str, known: Collection[str]) -> str:
    if _normal(extra) in ("rabbitmq", "amqp"):
        return _("write celery: what RabbitMQ needs comes with it")
    near = get_close_matches(_normal(extra), known, 1)
    return _("write celery[{name}]").format(name=near[0]) if near else _("write celery")
