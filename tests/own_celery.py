"""Celery apps of tests: one with its own tasks only, and any that is the current one for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery, current_app


class OwnCelery(Celery):
    """Takes no shared tasks: Celery gives those of every module that a test has imported to all apps."""

    def __init__(self, main: str, *, prefix: str, **options: Any) -> None:
        self._prefixes = (prefix, "celery.")
        super().__init__(main, set_as_current=False, **options)

    def _task_from_fun(self, fun: Any, name: str | None = None, **options: Any) -> Any:
        if name is not None and not name.startswith(self._prefixes):
            return None
        return super()._task_from_fun(fun, name=name, **options)


@contextmanager
def current(app: Celery) -> Iterator[Celery]:
    """Make it the one that schedules out of rows and files, which have no app of their own, ask."""
    before = current_app._get_current_object()
    app.set_current()
    try:
        yield app
    finally:
        before.set_current()
