"""What a long scan shows to somebody who waits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from migrator.i18n import _, ngettext

EVERY = 100  # paths between two changes of the line


@contextmanager
def looking() -> Iterator[Callable[[str], object]]:
    """A line on stderr that counts the paths looked at, gone when it is done; nothing without a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda path: None
        return
    count = 0
    with Console(stderr=True).status(_("looking for jobs")) as status:

        def seen(path: str) -> None:
            nonlocal count
            count += 1
            if count % EVERY == 0:
                many = ngettext("{count} file", "{count} files", count).format(count=count)
                status.update(_("looking for jobs: {many}").format(many=many))

        yield seen
