"""An inventory as a JSON document (a contract: keys are added, never changed)."""

from __future__ import annotations

from itertools import chain, islice
from typing import Any

from migrator.crontab.reading import Container, Lock
from migrator.equivalence.lower import lower
from migrator.equivalence.words import in_words
from migrator.findings import Finding, Place
from migrator.redaction import redact, redact_arguments, redact_line, redact_part, redact_setting
from migrator.report.commands import call_document, command_document
from migrator.report.scan_reading import around_document, step_place_document
from migrator.schedule.kinds import Interval
from migrator.sources.job import Declared, Inventory, Job, Move, SourceLine


def scan_document(inventory: Inventory) -> dict[str, Any]:
    """``{"jobs": [..], "lines": [..], "findings": [..]}``; what may be long is made while it is written."""
    return {
        "jobs": map(job_document, inventory.jobs),
        "lines": map(
            line_document,
            inventory.lines,
            chain([None], inventory.lines),
            chain(islice(inventory.lines, 1, None), [None]),
        ),
        "findings": map(finding_document, inventory.findings),
        "commands": [command_document(command) for command in inventory.commands],
        "files": [
            {"path": f.path, "source": f.source, "format": f.format, "told_by": f.told_by, "reason": f.reason}
            for f in inventory.files
        ],
    }


def line_document(line: SourceLine, before: SourceLine | None, after: SourceLine | None) -> dict[str, Any]:
    """One line of a file, with the reason where its kind does not tell it, between its neighbours."""
    beside = (one.text if one and one.path == line.path else "" for one in (before, after))
    text = redact_line(line.text, *beside)
    document = {"path": line.path, "line": line.line, "kind": line.kind, "text": text}
    return document | ({"reason": redact(line.reason)} if line.reason else {})


def job_document(job: Job) -> dict[str, Any]:
    """One job, with every wrapper of its command as a key."""
    declared, reading = job.declared, job.reading
    stdin = reading.stdin if declared.stdin is None else declared.stdin
    return {
        "id": job.id,
        "places": [place_document(place) for place in job.places],
        "generator": place_document(job.generator) if job.generator else None,
        "raw": redact(declared.raw),
        "expression": job.schedule.text,
        "words": in_words(job.schedule),
        "timezone": job.timezone,
        "user": declared.user,
        "label": _shown(declared.label),
        "status": job.status,
        "steps": [
            {
                "kind": step.kind,
                "name": redact_part(step.name, declared.raw),
                "argv": redact_arguments(step.name, step.argv, line=declared.raw),
                "after": step.after,
                "timeout": step.timeout,
                **step_place_document(step),
                "call": call_document(step.call),
            }
            for step in reading.steps
        ],
        "cwd": _shown(reading.cwd),
        "environment": {
            name: redact_setting(name, value)
            for name, value in {**declared.inherited, **reading.environment}.items()
        },
        "umask": reading.umask,
        "lock": _lock(reading.lock),
        "lock_path": _shown(reading.lock.path) if reading.lock else None,
        "lock_wait": reading.lock.wait if reading.lock else None,
        "timeout": reading.timeout,
        "freshness": reading.freshness,
        "guard": _shown(reading.guard),
        "log": _shown(reading.log),
        "mail": _shown(declared.mail),
        "mail_when": _mail_when(declared),
        "runs_as": _shown(reading.runs_as),
        "container": _container(reading.container),
        "host": _shown(reading.host),
        "stdin": None if stdin is None else redact_part(stdin, declared.raw),
        "exit_masked": reading.exit_masked,
        **around_document(reading, declared.raw),
        "interval": job.schedule.seconds if isinstance(job.schedule, Interval) else None,
        "celery": [entry.as_dict() for entry in lower(job.expression)] if job.expression else [],
        "retired": [place_document(place) for place in job.retired],
        "move": _move(job.declared.move),
        "findings": [finding.code for finding in job.findings],
    }


def _move(move: Move | None) -> dict[str, Any] | None:
    if move is None:
        return None
    return {"from": move.before.text, "to": move.after.text, "reason": redact(move.reason)}


def _lock(lock: Lock | None) -> dict[str, Any] | None:
    return None if lock is None else {"key": redact(lock.key), "blocking": lock.blocking}


def _container(container: Container | None) -> dict[str, Any] | None:
    return None if container is None else {"tool": container.tool, "target": _shown(container.target)}


def _mail_when(declared: Declared) -> str:
    """MAILTO="" is nobody, whatever the command prints."""
    return "never" if declared.mail == "" else declared.reading.mail_when


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
