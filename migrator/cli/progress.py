"""What a long scan or rehearsal shows to somebody who waits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from migrator.i18n import _, ngettext

LONG = 200_000  # characters of crontabs, about a second
EVERY = 100  # paths between two changes of the line


@contextmanager
def looking() -> Iterator[Callable[[str], object]]:
    """A line on stderr that counts the paths looked at, gone when it is done; nothing without a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda path: None
        return
    from rich.console import Console

    count = 0
    with Console(stderr=True).status(_("looking for jobs")) as status:

        def seen(path: str) -> None:
            nonlocal count
            count += 1
            if count % EVERY == 0:
                many = ngettext("{count} file", "{count} files", count).format(count=count)
                status.update(_("looking for jobs: {many}").format(many=many))

        yield seen


@contextmanager
def reading(size: int) -> Iterator[Callable[[int], object]]:
    """A bar on stderr that fills as files are read, gone when it is done; nothing for what takes a moment."""
    if sys.stderr is None or not sys.stderr.isatty() or size < LONG:
        yield lambda passed: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_("reading"), total=size)
        yield lambda passed: bar.advance(task, passed)


@contextmanager
def passing(seconds: float) -> Iterator[Callable[[float], object]]:
    """A bar on stderr that fills as virtual seconds pass, gone when it is done; nothing without a terminal.

    It is told of the seconds that have passed since it was told last.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda passed: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_("rehearsing"), total=seconds)
        yield lambda passed: bar.advance(task, passed)
