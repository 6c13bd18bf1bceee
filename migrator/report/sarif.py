"""Findings as SARIF 2.1.0, which code hosts show beside the lines of a change.

Authority: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from string import ascii_letters, digits
from typing import Any

from migrator.findings import CATALOGUE, Finding, Place, Severity
from migrator.redaction import redact
from migrator.sources.job import Inventory

UNRESERVED = frozenset(ascii_letters + digits + "-._~/")
LEVELS = {Severity.BLOCKS: "error", Severity.WARNS: "warning", Severity.NOTES: "note"}


def sarif_log(inventory: Inventory) -> dict[str, Any]:
    """A log with one run: a rule for each code that is used, a result for each finding."""
    codes = sorted({finding.code for finding in inventory.findings})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "migrator", "rules": [_rule(code) for code in codes]}},
                "columnKind": "unicodeCodePoints",
                "results": list(_results(inventory.findings, codes)),
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    return {
        "id": code,
        "defaultConfiguration": {"level": LEVELS[CATALOGUE[code]]},
        "help": {"text": f"docs/findings/{code}.md"},
    }


def _results(findings: Iterable[Finding], codes: list[str]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for finding in findings:
        # Lines move, also those that a message names; the same fact about the same file is the same result.
        path = finding.place.path if finding.place else ""
        fact = re.sub(r":\d+", "", redact(finding.message))
        key = hashlib.sha256(f"{finding.code}\0{path}\0{fact}".encode("utf-8", "replace"))
        name = key.hexdigest()[:32]
        seen[name] += 1
        yield {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": LEVELS[finding.severity],
            "message": {"text": redact(". ".join(filter(None, (finding.message, finding.hint))))},
            "locations": [_location(finding.place)] if finding.place else [],
            "partialFingerprints": {"findingHash/v1": f"{name}:{seen[name]}"},
        }


def _location(place: Place) -> dict[str, Any]:
    uri = _uri(place.path)
    region = {"region": {"startLine": place.line}} if place.line > 0 else {}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, **region}}


def _uri(path: str) -> str:
    """A relative reference: every byte outside RFC 3986's unreserved characters is escaped."""
    data = path.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if chr(byte) in UNRESERVED else f"%{byte:02X}" for byte in data)
