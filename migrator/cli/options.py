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
    say(json.dumps({"schema": SCHEMA, **document}, ensure_ascii=False, indent=2, default=str))


def say(text: str, *, newline: bool = True) -> None:
    """A result on stdout; bytes of a crontab that are no UTF-8 show as question marks."""
    click.echo(text.encode("utf-8", "replace").decode(), nl=newline)


def note(text: str) -> None:
    """Progress and notes go to stderr, so that stdout stays a result."""
    click.echo(text.encode("utf-8", "replace").decode(), err=True)
