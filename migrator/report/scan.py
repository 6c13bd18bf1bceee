"""An inventory as a JSON document (a contract: keys are added, never changed)."""

from __future__ import annotations

from typing import Any

from migrator.crontab.reading import Lock
from migrator.equivalence.lower import lower
from migrator.equivalence.words import in_words
from migrator.findings import Finding, Place
from migrator.redaction import redact, redact_setting
from migrator.sources.job import Inventory, Job


def scan_document(inventory: Inventory) -> dict[str, Any]:
    """``{"jobs": [..], "lines": [..], "findings": [..]}``."""
    return {
        "jobs": [job_document(job) for job in inventory.jobs],
        "lines": [
            {"path": line.path, "line": line.line, "kind": line.kind, "text": redact(line.text)}
            | ({"reason": redact(line.reason)} if line.reason else {})
            for line in inventory.lines
        ],
        "findings": [finding_document(finding) for finding in inventory.findings],
    }


def job_document(job: Job) -> dict[str, Any]:
    """One job, with every wrapper of its command as a key."""
    declared, reading = job.declared, job.reading
    return {
        "id": job.id,
        "places": [place_document(place) for place in job.places],
        "generator": place_document(job.generator) if job.generator else None,
        "raw": redact(declared.raw),
        "expression": job.expression.text if job.expression else "@reboot",
        "words": in_words(job.expression),
        "timezone": job.timezone,
        "user": declared.user,
        "label": _shown(declared.label),
        "status": job.status,
        "steps": [
            {
                "kind": step.kind,
                "name": redact(step.name),
                "argv": _redacted_arguments(step.argv),
                "after": step.after,
            }
            for step in reading.steps
        ],
        "cwd": _shown(reading.cwd),
        "environment": {name: redact_setting(name, value) for name, value in reading.environment.items()},
        "umask": reading.umask,
        "lock": {"key": redact(reading.lock.key), "blocking": reading.lock.blocking}
        if reading.lock
        else None,
        "timeout": reading.timeout,
        "freshness": reading.freshness,
        "guard": _shown(reading.guard),
        "log": _shown(reading.log),
        "mail": _shown(declared.mail),
        "stdin": _shown(declared.stdin),
        "exit_masked": reading.exit_masked,
        "interval": None,
        "celery": [entry.as_dict() for entry in lower(job.expression)] if job.expression else [],
        "findings": [finding.code for finding in job.findings],
    }


def _lock(lock: Lock | None) -> dict[str, Any] | None:
    return None if lock is None else {"key": redact(lock.key), "blocking": lock.blocking}


def _redacted_arguments(argv: tuple[str, ...]) -> list[str]:
    """Each argument redacted; a secret after its option is seen through the pair."""
    shown: list[str] = []
    for before, argument in zip(("", *argv), argv, strict=False):
        alone = redact(argument)
        paired = redact(f"{before} {argument}") if before.startswith("-") else ""
        shown.append(
            "***" if paired and paired != f"{redact(before)} {alone}" and alone == argument else alone
        )
    return shown


def place_document(place: Place) -> dict[str, Any]:
    """``{"path", "line", "source"}``."""
    return {"path": place.path, "line": place.line, "source": place.source}


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding with its severity, so that a machine needs no table."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "place": place_document(finding.place) if finding.place else None,
        "message": redact(finding.message),
        "hint": _shown(finding.hint),
    }


def _shown(text: str | None) -> str | None:
    """A value that may be absent, without its secrets."""
    return None if text is None else redact(text)
