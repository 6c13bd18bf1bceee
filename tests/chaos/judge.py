"""Judges what happened to each slot: by what the jobs left behind, and by what the ledger says of it.

    python -m tests.chaos.judge '{"start": .., "end": .., "unwritable": [[FROM, UNTIL], ..]}'

The jobs write a line for each effect, outside the ledger. Prints the counts, and each slot that is not as
it must be with its story.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LATER = dt.timedelta(hours=2)  # by then nothing of a slot is pending any more
# What a loss may be called. All others say that somebody did the work.
LOST = {"neither", "mismatched", "control_only", "candidate_only", "ignored"}


@dataclass(frozen=True, slots=True)
class Effect:
    """One line that a job left behind; ``run``: the run on cron's side, the task on Celery's."""

    job: str
    slot: str
    side: str
    at: float
    run: str

    @classmethod
    def read(cls, line: str) -> Effect:
        job, slot, side, at, run = line.split()
        return cls(job, slot, side, float(at), run)

    def before(self, start: dt.datetime) -> bool:
        """Whether its slot was due before the first one that is judged."""
        return self.slot != "-" and dt.datetime.fromisoformat(self.slot) < start


@dataclass(slots=True)
class Verdict:
    """The counts, the reasons of what was missed, and the slots that nothing excuses."""

    slots: int = 0
    once: int = 0
    twice: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    unrecorded: int = 0
    repeated: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sides: Counter[str] = field(default_factory=Counter)
    offences: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Story:
    """One slot: what was left behind, what the ledger holds and what ``compare`` and ``why`` say."""

    job: str
    slot: str
    effects: Sequence[Effect]
    runs: Sequence[Any]
    outcome: str | None
    reasons: Sequence[str]

    def executions(self) -> list[str]:
        """One for each execution that the ledger knows, an attempt that announced its retry left out."""
        return [run.task or run.run for run in self.runs if run.executed and not run.retried]

    def wrongs(self, verdict: Verdict, unwritable: Sequence[tuple[float, float]]) -> Iterator[str]:
        """What nothing excuses; counts all else."""
        if self.outcome is None:
            yield "compare does not know the slot"
        if not self.reasons:
            yield "why has no reason"
        if len(self.effects) > 1:
            verdict.twice += 1
            yield f"happened {len(self.effects)} times"
        elif self.effects:
            yield from self._once(verdict, unwritable, self.effects[0])
        else:
            yield from self._missed(verdict)

    def _once(
        self, verdict: Verdict, unwritable: Sequence[tuple[float, float]], effect: Effect
    ) -> Iterator[str]:
        verdict.once += 1
        verdict.sides[effect.side] += 1
        executions = self.executions()
        if executions == [effect.run]:
            return
        if executions:
            yield f"happened once, by {effect.run}, and the ledger says that it was executed by {executions}"
        elif effect.side == "control" and any(begin <= effect.at <= end for begin, end in unwritable):
            verdict.unrecorded += 1  # cron's job ran while its disk took no record: its fate comes first
        else:
            yield "happened, and the ledger does not know of it"

    def _missed(self, verdict: Verdict) -> Iterator[str]:
        verdict.missed[f"{self.outcome}: {self.reasons[-1] if self.reasons else '?'}"] += 1
        if any(run.executed and run.finished_well for run in self.runs):
            yield "never happened, and the ledger says that it ended well"
        if self.outcome not in LOST:
            yield f"never happened, and compare says {self.outcome}"

    def told(self) -> str:
        lines = [f"{self.job} {self.slot} ({self.outcome})"]
        lines += [f"  effect: {one.side} at {one.at:.3f} by {one.run}" for one in self.effects]
        for run in self.runs:
            lines.append(
                f"  run: {run.side} {run.action} {run.kind} {run.run} task={run.task} started={run.started} "
                f"finished={run.finished} exit={run.exit} signal={run.signal} {run.reason}"
            )
        return "\n".join([*lines, *(f"  why: {reason}" for reason in self.reasons)])


def judge(
    stories: Iterable[Story], astray: Sequence[Effect], extra: Mapping[str, Any],
    unwritable: Sequence[tuple[float, float]],
) -> Verdict:  # fmt: skip
    """``astray``: effects in no expected slot; ``extra``: the ledger's executions in none, by run."""
    verdict = Verdict()
    for story in stories:
        verdict.slots += 1
        verdict.outcomes[str(story.outcome)] += 1
        verdict.offences += [f"{wrong}\n{story.told()}" for wrong in story.wrongs(verdict, unwritable)]
    for effect in astray:
        # A clock that is put back makes cron start a minute twice, with us or without us.
        if effect.slot == "-" and effect.side == "control" and effect.run in extra:
            verdict.repeated += 1
        else:
            verdict.offences.append(f"happened in no slot that was due: {effect}")
    return verdict


def main(facts: Mapping[str, Any]) -> None:
    """Judge the project that the environment names, and print JSON."""
    import django

    django.setup()
    from django.db.models import Q

    from migrator.comparison.why import explain
    from migrator.contrib.celery.jobs import application, migrated_jobs
    from migrator.contrib.django.comparing import compare_jobs
    from migrator.contrib.django.explaining import facts_about
    from migrator.contrib.django.ledger import record
    from migrator.contrib.django.models import Run

    start, end = (dt.datetime.fromtimestamp(facts[name], dt.UTC) for name in ("start", "end"))
    now = dt.datetime.now(dt.UTC) + LATER
    lines = (Path(os.environ["OFFICE"]) / "effects").read_text().splitlines()
    effects: dict[tuple[str, str], list[Effect]] = defaultdict(list)
    for effect in map(Effect.read, lines):
        effects[effect.job, effect.slot].append(effect)
    runs: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in Run.objects.order_by("started", "id"):
        runs[row.job, row.slot].append(record(row))
    jobs = migrated_jobs(application()).values()

    def stories() -> Iterator[Story]:
        for job in jobs:
            [found] = compare_jobs([job], now=now)
            outcomes = {one.slot: str(one.outcome) for one in found.comparison.slots}
            for slot in job.definition.between(start, end):
                done = effects.pop((job.definition.id, slot.name), [])
                because = explain(facts_about(job, slot, now))
                yield Story(
                    job.definition.id, slot.name, done, runs[job.definition.id, slot.name],
                    outcomes.get(slot), [one.text for one in because],
                )  # fmt: skip

    told = list(stories())
    astray = [one for done in effects.values() for one in done if len(done) > 1 or not one.before(start)]
    extra = {row.run: row for row in Run.objects.filter(Q(slot="") & Q(action="execute"))}
    verdict = judge(told, astray, extra, [tuple(one) for one in facts.get("unwritable", ())])
    names = ("slots", "once", "twice", "missed", "unrecorded", "repeated", "outcomes", "sides", "offences")
    print(json.dumps({name: getattr(verdict, name) for name in names}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
