"""Where a command's output and errors go, after redirects in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from migrator.crontab.bash_only import bash_only
from migrator.crontab.options import plain
from migrator.crontab.reading import Fate, Reading
from migrator.crontab.shell import Redirect
from migrator.i18n import _
from migrator.values import value

Sink = str | None  # a file or a logger; None: what cron mails

NOWHERE = "/dev/null"
PIPE = "|"  # a program that takes the output as its input
_FATES: dict[Sink, Fate] = {None: "mailed", NOWHERE: "dropped", PIPE: "piped"}


@value
class Input:
    """What a command reads: ``text`` where it is known, ``source`` as a person says it."""

    source: str
    text: str | None = None


@value
class Streams:
    """The three streams of a command; ``appends`` is false where its output replaces a file."""

    out: Sink = None
    err: Sink = None
    input: Input | None = None
    appends: bool = True

    def redirected(self, redirects: Iterable[Redirect], *, bash: bool, reading: Reading) -> Streams:
        """The streams behind the redirects, taken from left to right as the shell does."""
        streams, follows = self, False
        for redirect in redirects:
            target = plain(redirect.target)
            if redirect.operator.startswith("<"):
                if redirect.operator == "<<<" and not bash:
                    bash_only("<<<", reading)
                streams = _read(streams, redirect)
            elif redirect.operator.startswith("&>") or _both(redirect):
                if bash:
                    streams = replace(streams, out=target, err=target, appends=redirect.operator == "&>>")
                else:
                    _bash_only(redirect.operator, reading)
            elif redirect.operator.startswith(">&"):
                follows |= _descriptor(redirect) == 2 and target == "1"
                streams = _duplicated(streams, redirect, target)
            else:
                if target.startswith(">("):
                    if not bash:
                        bash_only(target, reading)
                    target = PIPE
                if _descriptor(redirect) == 1 and follows and streams.err is None:
                    _order(reading, target)
                streams = _into_file(streams, redirect, target)
        return streams


def fate(sink: Sink) -> Fate:
    """What becomes of a stream that goes there."""
    return _FATES.get(sink, "logged")


def _descriptor(redirect: Redirect) -> int:
    return 1 if redirect.descriptor is None else redirect.descriptor


def _both(redirect: Redirect) -> bool:
    """``>& FILE`` is ``&> FILE``; ``>&2`` and ``>&-`` are not."""
    target = plain(redirect.target)
    bare = redirect.operator == ">&" and redirect.descriptor in (None, 1)
    return bare and not target.isdigit() and target != "-"


def _into_file(streams: Streams, redirect: Redirect, target: str) -> Streams:
    sink: Sink = target
    appends = redirect.operator == ">>"
    if target in ("/dev/stdout", "/dev/fd/1", "/dev/stderr", "/dev/fd/2"):
        sink, appends = streams.out if target in ("/dev/stdout", "/dev/fd/1") else streams.err, True
    match _descriptor(redirect):
        case 1:
            return Streams(sink, streams.err, streams.input, appends)
        case 2:
            return Streams(streams.out, sink, streams.input, streams.appends)
    return streams


def _duplicated(streams: Streams, redirect: Redirect, target: str) -> Streams:
    """``2>&1``: what 1 is at that moment, not what it becomes."""
    sink = {"1": streams.out, "2": streams.err, "-": NOWHERE}.get(target)
    if target not in ("1", "2", "-"):
        return streams
    match 2 if redirect.descriptor == 2 else _descriptor(redirect):
        case 1:
            return Streams(sink, streams.err, streams.input, streams.appends)
        case 2:
            return Streams(streams.out, sink, streams.input, streams.appends)
    return streams


def _read(streams: Streams, redirect: Redirect) -> Streams:
    if redirect.descriptor not in (None, 0) or redirect.operator in ("<&", "<>", "<&-"):
        return streams
    target = plain(redirect.target)
    if redirect.operator == "<":
        return replace(streams, input=None if target == NOWHERE else Input(target))
    ending = "" if redirect.operator == "<<" else "\n"
    text = redirect.target.value
    return replace(streams, input=Input(_("a text in the command"), None if text is None else text + ending))


def _bash_only(operator: str, reading: Reading) -> None:
    """What dash makes of it, tried with dash 0.5.12: ``a &>> f`` is ``a &`` and ``>> f``.

    So nothing is redirected, and nobody learns how the command ended.
    """
    facts = {
        "&>": _("&> is bash's: sh backgrounds the command and empties the file"),
        "&>>": _("&>> is bash's: sh backgrounds the command, and its output does not get into the file"),
        ">&": _(">& FILE is bash's: sh refuses the whole line"),
    }
    reading.exit_masked = True
    reading.remark("CM302", facts[operator], _("write > FILE 2>&1, or set SHELL=/bin/bash above the line"))


def _order(reading: Reading, target: str) -> None:
    reading.remark(
        "CM315",
        _("2>&1 stands before the redirect to {target}: error messages go by mail, not into the file").format(
            target=target
        ),
        _("if both were meant, write >> {target} 2>&1; a task's log gets both").format(target=target),
    )
