"""``migrator`` without a verb: where this project stands, and what to do next."""

from __future__ import annotations

from collections import Counter

from migrator.adapters.journal import Journal
from migrator.cli.finish import EXPORT
from migrator.cli.generate import plan_for
from migrator.cli.options import tell
from migrator.cli.project import Home, find_home
from migrator.cli.runtime import runtime, standings
from migrator.cli.scanning import whole_inventory
from migrator.codegen.lock import LOCK_FILE
from migrator.codegen.plan import Plan
from migrator.comparison.ownership import Owner
from migrator.errors import MigratorError
from migrator.i18n import _, ngettext

TOOLKIT = "migrator.contrib."  # what only code imports that is still under the toolkit


def standing() -> int:
    """Say in a few lines how far the migration is, and name the next command."""
    home = find_home()
    if not home.configured:
        tell(_("no migrator.toml here or above: nothing has begun"))
        return _next("migrator init", _("find the crontabs of this project"))
    if not home.configuration.sources:
        tell(_("migrator.toml names no sources"))
        return _next("crontab -l > crontab.txt", _('and name it: sources = ["crontab.txt"]'))
    found = whole_inventory(home)
    statuses = Counter(job.status for job in found.jobs)
    counted = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    jobs = len(found.jobs)
    tell(
        ngettext("{count} job in cron ({statuses})", "{count} jobs in cron ({statuses})", jobs).format(
            count=jobs, statuses=counted or _("none")
        )
    )
    undecided = statuses["decide"]
    if undecided:
        return _next("migrator scan", _("see what has to be decided first"))
    plan = plan_for(home, found)
    if plan.drift and _taken_out(home, plan):
        return _finished(home)
    if plan.drift:
        tell(_("the Celery code is not up to date"))
        return _next("migrator generate --diff", _("see what would be written, then --write"))
    tell(_("the Celery code is up to date"))
    return _runtime(home)


def _taken_out(home: Home, plan: Plan) -> bool:
    """Whether `finish` has been here: the ledger was exported, and no task knows the toolkit."""
    exported = (home.root / EXPORT).is_dir()
    return exported and not any(TOOLKIT in (change.before or "") for change in plan.changes)


def _finished(home: Home) -> int:
    if (home.root / LOCK_FILE).exists():
        tell(_("the toolkit is out of the code, and its tables are still there"))
        why = _("once that is deployed, and workers and beat were restarted")
        return _next("migrator finish --drop-tables --execute", why)
    tell(_("the toolkit is out of the project"))
    return _next("pip uninstall migrator", _("and delete migrator.toml"))


def _runtime(home: Home) -> int:
    """What the ledger says, where there is one."""
    try:
        with runtime() as found:
            from migrator.contrib.django.owners import broker_hosts, current_hosts

            # What has been asked for counts: a hand-over takes minutes to be in force.
            owners = Counter((one.asked or one.owner) for one in standings(found))
            synced = bool(current_hosts() or broker_hosts())
    except MigratorError as problem:
        tell(_("no ledger yet: {fact}").format(fact=problem.fact))
        return _next(problem.hint or "migrator doctor", "")
    counted = ", ".join(f"{count} {owner}" for owner, count in owners.items())
    tell(_("owners: {owners}").format(owners=counted))
    return _next(*next_step(owners, recorded=synced or bool(Journal(home.root).entries())))


def next_step(owners: Counter[Owner], *, recorded: bool) -> tuple[str, str]:
    """The next command, and why; ``recorded``: a cron host has synced, or this one's lines are recorded."""
    if owners[Owner.CRON] and not recorded:
        return "migrator instrument plan", _("record cron's runs; then: migrator owner --all shadow")
    if owners[Owner.CRON]:
        # --all would take back to shadow what is ahead of it
        whose = "--all" if owners[Owner.CRON] == owners.total() else "JOB"
        return f"migrator owner {whose} shadow", _("Celery looks on; if it is refused: migrator doctor")
    if owners[Owner.SHADOW] or owners[Owner.ALTERNATE]:
        return "migrator compare", _("see what is matched; then: migrator owner JOB celery")
    if owners[Owner.CELERY]:
        return "migrator report -o report.html", _("see what is missing; then: migrator cutover plan")
    return "migrator cutover status", _("see that no line comes back; then: migrator residue")


def _next(command: str, why: str) -> int:
    tell(_("next: {command}").format(command=command) + (f"  ({why})" if why else ""))
    return 0
