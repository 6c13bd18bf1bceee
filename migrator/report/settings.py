"""What each settings module makes of the schedule, side by side, for a program."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from migrator.findings import Finding
from migrator.report.scan import finding_document
from migrator.settings.acceptance import Accepted
from migrator.settings.effective import Effective, Entry


def entries_by_name(modules: Sequence[Effective]) -> dict[str, list[Entry | None]]:
    """Each entry's name with what it is in each module, in the order of the modules; None: not there."""
    loaded = [{entry.name: entry for entry in module.entries} for module in modules]
    names = dict.fromkeys(name for entries in loaded for name in entries)
    return {name: [entries.get(name) for entries in loaded] for name in names}


def differing(modules: Sequence[Effective]) -> list[str]:
    """The names of the entries that are not the same in every module that loads."""
    loaded = [module for module in modules if not module.error]
    return [name for name, found in entries_by_name(loaded).items() if len(set(found)) > 1]


def settings_document(
    modules: Sequence[Effective],
    serving: Collection[str],
    findings: Sequence[Finding],
    accepted: Sequence[Accepted] = (),
) -> dict[str, Any]:
    """``{"modules": [..], "differences": [names], "findings": [..], "accepted": [..]}``."""
    return {
        "modules": [{**asdict(module), "serves": module.module in serving} for module in modules],
        "differences": differing(modules),
        "findings": [finding_document(one) for one in findings],
        "accepted": [{**finding_document(one.finding), "reason": one.reason} for one in accepted],
    }
