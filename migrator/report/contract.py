"""What becomes of cron's contract with a job, as JSON (keys are added, never changed)."""

from __future__ import annotations

from typing import Any

from migrator.codegen.promises import promises_of
from migrator.codegen.runner import runner_of
from migrator.sources.job import Job


def contract_document(job: Job) -> dict[str, Any]:
    """What runs the job, and what its task keeps, changes and does not keep."""
    promises = promises_of(job)
    return {
        "runner": runner_of(job),
        "kept": list(promises.kept),
        "added": list(promises.added),
        "changed": list(promises.changed),
        "not_kept": list(promises.lost),
    }
