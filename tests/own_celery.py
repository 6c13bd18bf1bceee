"""A Celery app for tests that has its own tasks only."""

from typing import Any

from celery import Celery


class OwnCelery(Celery):
    """Takes no shared tasks: Celery gives those of every module that a test has imported to all apps."""

    def __init__(self, main: str, *, prefix: str, **options: Any) -> None:
        self._prefixes = (prefix, "celery.")
        super().__init__(main, set_as_current=False, **options)

    def _task_from_fun(self, fun: Any, name: str | None = None, **options: Any) -> Any:
        if name is not None and not name.startswith(self._prefixes):
            return None
        return super()._task_from_fun(fun, name=name, **options)
