"""The cutover report as JSON (a contract: keys are added, never changed)."""

from __future__ import annotations

from typing import Any

from migrator.comparison.document import beside_document, comparison_document
from migrator.comparison.rehearsal_record import record_document
from migrator.comparison.verdicts import Verdict
from migrator.cutover.checklist import Item
from migrator.cutover.readiness import CutoverReport, JobReadiness, Staying
from migrator.cutover.removal import shown
from migrator.cutover.rollback import Step
from migrator.report.contract import contract_document
from migrator.report.cutover_words import headline, item_owner, notices, outlook, proof
from migrator.report.proof import proof_document
from migrator.report.scan import finding_document, job_document, place_document


def cutover_document(report: CutoverReport) -> dict[str, Any]:
    """The whole report, without the schema number."""
    return {
        "made": report.made.isoformat(timespec="seconds"),
        "project": report.project,
        "answer": {
            "ready": report.ready,
            "sentence": headline(report),
            "outlook": outlook(report),
            "jobs": len(report.jobs),
            **{verdict.value: report.count(verdict) for verdict in Verdict},
            "last_date": report.last_date.isoformat() if report.last_date else None,
        },
        "demo": report.demo,
        "notices": list(notices(report)),
        "jobs": [_job(job) for job in report.jobs],
        "staying": [_staying(one) for one in report.staying],
        "checklist": [_item(item) for item in report.checklist],
        "crontabs": [{"path": one.path, "text": one.text} for one in report.crontabs],
        "rollback": [_step(step) for step in report.rollback],
        "findings": [finding_document(finding) for finding in report.findings],
    }


def _job(job: JobReadiness) -> dict[str, Any]:
    compared = comparison_document([job.compared])
    [counts] = compared["jobs"]
    beside = beside_document(job.compared)
    told = {"id", "verdict", "reasons", "earliest_safe", "evidence", "needed", "demo", *beside}
    return {
        "id": job.id,
        "verdict": job.verdict.value,
        "reasons": [shown(reason) for reason in job.reasons],
        "earliest_safe": job.earliest_safe.isoformat() if job.earliest_safe else None,
        "owner": job.owner.value,
        "demo": job.demo,
        "task": job.task,
        "job": job_document(job.job),
        "contract": contract_document(job.job),
        "proof": proof_document(proof(job)),
        "evidence": {"matched": job.judgement.evidence, "needed": job.judgement.needed},
        "counts": {name: count for name, count in counts.items() if name not in told},
        **_redacted(beside),
        "next": [slot.due.astimezone(job.definition.zone).isoformat() for slot in job.coming],
        "slots": _redacted(compared["slots"][-len(job.last_slots) :] if job.last_slots else []),
        "rehearsals": [{**record_document(one.record), "stale": one.stale} for one in job.rehearsals],
        "checklist": [_item(item) for item in job.checklist],
        "missing": [item.key for item in job.missing],
        "remove": [
            {"place": place_document(line.place), "text": line.text, "generated": line.generated}
            for line in job.removal
        ],
        "rollback": [_step(step) for step in job.rollback],
        "findings": [finding_document(finding) for finding in job.job.findings],
    }


def _staying(one: Staying) -> dict[str, Any]:
    return {
        "id": one.job.id,
        "status": one.job.status,
        "reason": one.reason,
        "places": [place_document(place) for place in one.job.places],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "text": item.text,
        "state": item.state.value,
        "evidence": item.evidence,
        "owner": item_owner(item),
        "holds": item.holds,
        "accepted": item.accepted,
    }


def _step(step: Step) -> dict[str, str]:
    return {"text": step.text, "command": step.command}


def _redacted(value: Any) -> Any:
    """Runs carry what the job printed, so every text of them is looked at."""
    match value:
        case str():
            return shown(value)
        case list():
            return [_redacted(one) for one in value]
        case dict():
            return {name: _redacted(one) for name, one in value.items()}
        case _:
            return value
