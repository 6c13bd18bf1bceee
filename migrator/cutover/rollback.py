"""The way back to cron, as commands that a person can paste."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Step:
    """What a command does, and the command."""

    text: str
    command: str


def rollback(job: str) -> tuple[Step, ...]:
    """From any state of one job back to cron."""
    return (
        Step(
            _("If its line is out of the crontab: the line comes back, byte for byte, and Celery goes on."),
            f"migrator cutover rollback {job} --execute",
        ),
        Step(
            _("Cron executes again, from a slot at least two minutes ahead on."),
            f'migrator owner {job} cron --reason "..."',
        ),
        Step(_("See that both sides followed."), f"migrator compare {job}"),
    )


def everything_back() -> tuple[Step, ...]:
    """Every job back to cron, and the crontab as it was before."""
    return (
        Step(_("Lines that are out come back."), "migrator cutover rollback --all --execute"),
        Step(_("All jobs back to cron, now."), 'migrator abort --reason "..."'),
        Step(_("The crontab as it was before cronwrap."), "migrator instrument rollback"),
    )
