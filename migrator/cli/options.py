"""Options and output that every verb shares."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.report.json_text import pieces
from migrator.schedule.instants import read_instant
from migrator.unseen import escaped, visible

SCHEMA = 1
_AT_ONCE = 1000  # pieces of a document in one write

format_option: Callable[[Any], Any] = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help=_("text for people, or one JSON document on stdout"),
)
execute_option: Callable[[Any], Any] = click.option(
    "--execute", is_flag=True, help=_("do it; without it, only show it")
)
accept_option: Callable[[Any], Any] = click.option(
    "--accept",
    multiple=True,
    metavar="[LINE=]REASON",
    help=_("go on although the verdict is not safe, or although that line of the checklist is open, and why"),
)


def jobs_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """The jobs that a verb is about: named, or all."""
    every = click.option("--all", "everyone", is_flag=True, help=_("every job"))
    return click.argument("jobs", nargs=-1, metavar="[JOB]...")(every(function))


def chosen_jobs(jobs: Sequence[str], everyone: bool) -> tuple[str, ...]:
    """The jobs that are named; none where all are meant."""
    if bool(jobs) == everyone:
        raise UsageProblem(_("name a job, or --all"))
    return tuple(dict.fromkeys(jobs))


def print_json(document: dict[str, Any]) -> None:
    """One JSON document, and nothing else on stdout; what is long is written before its end is made."""
    held: list[str] = []
    for piece in pieces({"schema": SCHEMA, **document}):
        held.append(piece)
        if len(held) == _AT_ONCE:
            say(escaped("".join(held)), newline=False)
            held.clear()
    say(escaped("".join(held)))


def say(text: str, *, newline: bool = True) -> None:
    """A result on stdout; bytes of a crontab that are no UTF-8 show as question marks.

    A terminal gets what it would obey made visible, a pipe gets the text as it is, for patch(1):
    without ``color`` click would take colours out of it that are part of somebody's crontab.
    """
    text = text.encode("utf-8", "replace").decode()
    click.echo(visible(text) if sys.stdout.isatty() else text, nl=newline, color=True)


def tell(text: str, *, newline: bool = True) -> None:
    """A result for a person: whatever a file or a host is called, no terminal obeys it, a pager's neither."""
    click.echo(visible(text.encode("utf-8", "replace").decode()), nl=newline)


def note(text: str) -> None:
    """Progress and notes go to stderr, so that stdout stays a result."""
    click.echo(visible(text.encode("utf-8", "replace").decode()), err=True)


def instant(text: str) -> dt.datetime:
    """An instant; one without an offset is this machine's time."""
    return dated(text).astimezone()


def dated(text: str) -> dt.datetime:
    """A date or an instant; naive where it has no offset."""
    found = read_instant(text)
    if found is None:
        raise UsageProblem(
            _("{text} is no date").format(text=text),
            hint=_("write it as 2026-03-01 or 2026-03-01T12:00+01:00"),
        )
    return found
