"""An inventory as a JSON document (a contract: keys are added, never changed)."""

from __future__ import annotations

from typing import Any

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
            {"path": line.path, "line": line.line, "kind": line.kind, "text": _visible(redact(line.text))}
            | ({"reason": line.reason} if line.reason else {})
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
        "raw": _visible(redact(declared.raw)),
        "expression": job.expression.text if job.expression else "@reboot",
        "words": in_words(job.expression),
        "timezone": job.timezone,
        "user": declared.user,
        "label": declared.label,
        "status": job.status,
        "steps": [
            {
                "kind": step.kind,
                "name": step.name,
                "argv": _redacted_arguments(step.argv),
                "after": step.after,
            }
            for step in reading.steps
        ],
        "cwd": reading.cwd,
        "environment": {name: redact_setting(name, value) for name, value in reading.environment.items()},
        "umask": reading.umask,
        "lock": {"key": reading.lock.key, "blocking": reading.lock.blocking} if reading.lock else None,
        "timeout": reading.timeout,
        "freshness": reading.freshness,
        "guard": reading.guard,
        "log": reading.log,
        "mail": declared.mail,
        "stdin": redact(declared.stdin) if declared.stdin else declared.stdin,
        "exit_masked": reading.exit_masked,
        "interval": None,
        "celery": [entry.as_dict() for entry in lower(job.expression)] if job.expression else [],
        "findings": [finding.code for finding in job.findings],
    }


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
        "hint": finding.hint,
    }


def _visible(text: str) -> str:
    """Text that JSON can carry: bytes that are no UTF-8 become replacement characters."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
