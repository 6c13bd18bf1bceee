"""Starts in cron's log as runs of the ledger: that cron was there, and not how it ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.crontab.cron_log import Start
from migrator.crontab.job_line import bare_percent, split_command
from migrator.crontab.marks import wrapped_job
from migrator.schedule.occurrences import Slot


@dataclass(frozen=True, slots=True)
class Line:
    """A job's command as its crontab has it; ``user``: None where the crontab does not say."""

    job: JobDefinition
    raw: str
    user: str | None


@dataclass(slots=True)
class Seen:
    """What a log came to, every start of it accounted for.

    ``recorded``: of instrumented lines, whose recorder knows more. ``unknown``: of other commands.
    ``elsewhere``: of a job, at no slot's time.
    """

    runs: list[RunRecord] = field(default_factory=list)
    recorded: int = 0
    unknown: int = 0
    elsewhere: int = 0

    @property
    def jobs(self) -> Counter[str]:
        """How many starts each job has."""
        return Counter(run.job for run in self.runs)


def seen(starts: Iterable[Start], lines: Iterable[Line]) -> Seen:
    """Each start as the run of the job whose command it is, in the slot that it was for."""
    by_text: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for text in _as_logged(line.raw):
            by_text[text].append(line)
    found = Seen()
    for start in starts:
        if wrapped_job(start.command):
            found.recorded += 1
            continue
        candidates = [one for one in by_text.get(start.command, ()) if one.user in (None, start.user)]
        slot = _slot(candidates, start)
        if slot is not None:
            found.runs.append(_run(start, *slot))
        elif candidates:
            found.elsewhere += 1
        else:
            found.unknown += 1
    return found


def _as_logged(raw: str) -> set[str]:
    """What a daemon may log of a command: what the shell gets, or that with its percent signs escaped."""
    return {split_command(raw)[0].strip(), raw[: bare_percent(raw)].strip()}


def _slot(lines: Sequence[Line], start: Start) -> tuple[JobDefinition, Slot] | None:
    """The slot that was just due, of the job that has one: two jobs may have one command."""
    due = [
        (line.job, slot)
        for line in lines
        if (slot := line.job.latest(start.at)) and start.at - slot.due <= line.job.tolerance(slot)
    ]
    return max(due, key=lambda one: one[1].due, default=None)


def _run(start: Start, job: JobDefinition, slot: Slot) -> RunRecord:
    # To the second: syslog and the journal of one host write the same start with other fractions.
    at = start.at.replace(microsecond=0)
    identity = f"{start.host} {start.user} {start.pid} {int(at.timestamp())} {job.id}"
    return RunRecord(
        run=f"log-{sha256(identity.encode('utf-8', 'replace')).hexdigest()[:40]}", job=job.id,
        side=Side.CONTROL, action=Action.EXECUTE, kind=Kind.OBSERVED, slot=slot.name, due=slot.due,
        started=at, host=start.host, user=start.user, pid=start.pid,
        reason="seen in cron's log",
    )  # fmt: skip
