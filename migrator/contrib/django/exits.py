"""How cron would have called the end of a job: its exit status."""

from __future__ import annotations

from celery.exceptions import Ignore, Retry
from django.core.management.base import CommandError

from migrator.comparison.runs import TEMPORARY_FAILURE

FAILED = 1


class JobFailed(Exception):
    """The job called sys.exit with a status that cron would have reported."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        return f"the job exited with status {self.status}"


class DrillFailed(Exception):
    """What a drill ends with in the place of the job's work."""

    def __str__(self) -> str:
        return "a drill: it fails on purpose, and the job did not run"


def exit_status(error: BaseException | None) -> int:
    """The exit status that the process under cron would have had."""
    match error:
        case None | Ignore():
            return 0
        case Retry():
            return TEMPORARY_FAILURE
        case JobFailed():
            return error.status
        case SystemExit():
            return _status_of_exit(error.code)
        case _:
            return _status_of_failure(error)


def in_words(error: BaseException) -> str:
    """The last line of a traceback; the kind alone of an error that fails when it is asked."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:
        return kind


def _status_of_exit(code: object) -> int:
    """As the interpreter maps what sys.exit was given: nothing is 0, a text is 1."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else FAILED


def _status_of_failure(error: BaseException) -> int:
    """CommandError carries its status; what stands for a sys.exit was raised while that was handled."""
    if isinstance(error, CommandError):
        return int(error.returncode)
    if isinstance(error.__context__, SystemExit):
        return _status_of_exit(error.__context__.code) or FAILED
    return FAILED
