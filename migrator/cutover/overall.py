"""The lines of the cutover checklist that are about the whole project."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.cutover.checklist import Item, State
from migrator.cutover.facts import Evidence
from migrator.cutover.removal import shown
from migrator.i18n import _, ngettext
from migrator.sources.job import Inventory, Job


def overall_checklist(inventory: Inventory, moving: Sequence[Job], evidence: Evidence) -> tuple[Item, ...]:
    """What has to be so for all jobs at once."""
    return (
        _files(inventory),
        _ledger(evidence),
        _strangers(inventory, evidence),
        _generators(moving),
        Item("rollback", _("the way back is known"), State.DONE, _("the commands are listed below")),
    )


def _files(inventory: Inventory) -> Item:
    text = _("every line of every source was read")
    unread = [f"{line.path}:{line.line}" for line in inventory.lines if line.kind == "unreadable"]
    if unread:
        return Item("lines", text, State.BLOCKED, _("not read: {places}").format(places=", ".join(unread)))
    count = len(inventory.lines)
    evidence = ngettext("{count} line", "{count} lines", count).format(count=count)
    return Item("lines", text, State.DONE, evidence)


def _ledger(evidence: Evidence) -> Item:
    text = _("the ledger could be read")
    if evidence.absent:
        return Item("ledger", text, State.OPEN, shown(evidence.absent))
    runs = sum(one.comparison.expected for one in evidence.comparisons.values())
    return Item(
        "ledger", text, State.DONE, ngettext("{count} slot", "{count} slots", runs).format(count=runs)
    )


def _strangers(inventory: Inventory, evidence: Evidence) -> Item:
    text = _("every job of the ledger is a job of the sources")
    strangers = sorted(set(evidence.comparisons) - {job.id for job in inventory.jobs})
    if strangers:
        missing = _("not among the sources: {jobs}").format(jobs=", ".join(strangers))
        return Item("strangers", text, State.OPEN, missing)
    return Item("strangers", text, State.DONE, _("none is unknown"))


def _generators(moving: Sequence[Job]) -> Item:
    text = _("the generators of crontabs are known")
    places = sorted({str(job.generator) for job in moving if job.generator})
    if places:
        return Item("generators", text, State.OPEN, _("edit: {places}").format(places=", ".join(places)))
    return Item("generators", text, State.DONE, _("none is among the sources"))
