"""Commands of ours in children that are killed after the n-th call that changes what others see."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from migrator import cli


def command(
    words: Sequence[str],
    *,
    dies_after: int | None = None,
    watching: Callable[[int], Any] | None = None,
) -> int:
    """The wait status of a command in a child; it kills itself after so many calls.

    ``watching``: is told of each call in the child, before the next one.
    """
    connection.close()
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        if watching is not None:
            _count(watching)
        if dies_after is not None:
            _count(lambda number: number > dies_after and os.kill(os.getpid(), signal.SIGKILL))
        os._exit(cli.run(words))
    return os.waitpid(child, 0)[1]


def _count(called: Callable[[int], Any]) -> None:
    """Tell of each call that changes what others see: a file, the crontab, the database."""
    number = 0

    def told(function: Callable[..., Any]) -> Callable[..., Any]:
        def calling(*arguments: Any, **options: Any) -> Any:
            nonlocal number
            result = function(*arguments, **options)
            number += 1
            called(number)
            return result

        return calling

    for name in ("replace", "unlink", "rmdir"):
        setattr(os, name, told(getattr(os, name)))
    subprocess.run = told(subprocess.run)  # type: ignore[assignment]
    BaseDatabaseWrapper.commit = told(BaseDatabaseWrapper.commit)  # type: ignore[method-assign]
