"""Options and output that every verb shares."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from migrator.i18n import _

SCHEMA = 1

format_option: Callable[[Any], Any] = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help=_("text for people, or one JSON document on stdout"),
)


def print_json(document: dict[str, Any]) -> None:
    """One JSON document, and nothing else on stdout."""
    click.echo(json.dumps({"schema": SCHEMA, **document}, ensure_ascii=False, indent=2, default=str))


def note(text: str) -> None:
    """Progress and notes go to stderr, so that stdout stays a result."""
    click.echo(text, err=True)
