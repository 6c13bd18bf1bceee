"""What the shell around a command means, as keys of a job's document."""

from __future__ import annotations

from typing import Any

from migrator.crontab.reading import Reading, Step
from migrator.redaction import redact, redact_part


def around_document(reading: Reading, line: str) -> dict[str, Any]:
    """Where the output goes, what is loaded before the command, and how long it waits.

    ``line``: the command as its source has it, which shows what is secret in its parts.
    """
    return {
        "output": reading.output,
        "errors": reading.errors,
        "error_log": _shown(reading.error_log),
        "output_mail": _output_mail(reading, line),
        "filters": [redact_part(text, line) for text in reading.filters],
        "delay": {"min": reading.delay.least, "max": reading.delay.most} if reading.delay else None,
        "environment_files": [redact(path) for path in reading.environment_files],
        "decoration": [redact_part(text, line) for text in reading.decoration],
    }


def step_place_document(step: Step) -> dict[str, Any]:
    """The folder, the tests and the script of one step."""
    return {"cwd": _shown(step.cwd), "guard": _shown(step.guard), "script": step.script}


def _output_mail(reading: Reading, line: str) -> dict[str, Any] | None:
    mail = reading.output_mail
    if mail is None:
        return None
    return {
        "command": redact_part(mail.command, line),
        "to": [redact_part(address, line) for address in mail.to],
        "subject": None if mail.subject is None else redact_part(mail.subject, line),
        "when": mail.when,
    }


def _shown(text: str | None) -> str | None:
    """A value that may be absent, without its secrets."""
    return None if text is None else redact(text)
