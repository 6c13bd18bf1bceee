"""The answer to an outside monitor: one line in the style of monitoring plugins, JSON, or metrics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migrator.comparison.health import Trouble, Watched, WatchedHost
from migrator.i18n import _, ngettext
from migrator.report.monitors import CHECKED, OWNER, SUCCESS, SYNCED, TROUBLES, WELL
from migrator.unseen import visible

SHOWN = 5  # problems in the line


@dataclass(frozen=True, slots=True)
class Answer:
    """The word, the rest of the line, and what both are made from."""

    word: str
    facts: str
    jobs: tuple[Watched, ...] = ()
    hosts: tuple[WatchedHost, ...] = ()

    @property
    def exit_code(self) -> int:
        return {"OK": 0, "CRITICAL": 1, "UNKNOWN": 3}[self.word]

    def __str__(self) -> str:
        # a plugin's line has its performance data behind a bar
        return visible(" ".join(f"{self.word} {self.facts}".split()).replace("|", "¦"))


def answer_of(watched: tuple[Watched, ...], hosts: tuple[WatchedHost, ...]) -> Answer:
    """The answer that these jobs and hosts make together."""
    wrong = [
        *(f"{one.job}: {problem.text}" for one in watched for problem in one.problems),
        *(_("{host} has stopped syncing").format(host=one.name) for one in hosts if one.silent),
        *(_quarantined(one) for one in hosts if one.quarantined),
    ]
    if wrong:
        more = len(wrong) - SHOWN
        rest = [_("{count} more").format(count=more)] if more > 0 else []
        return Answer("CRITICAL", "; ".join([*wrong[:SHOWN], *rest]), watched, hosts)
    seen = [one for one in watched if one.slots is not None]
    if not seen:
        return Answer("UNKNOWN", _("nothing has been recorded yet"), watched, hosts)
    return Answer("OK", _counted(watched, seen), watched, hosts)


def _counted(watched: Sequence[Watched], seen: Sequence[Watched]) -> str:
    slots, unseen = sum(one.slots or 0 for one in seen), len(watched) - len(seen)
    facts = [
        ngettext("{count} job is well", "{count} jobs are well", len(seen)).format(count=len(seen)),
        ngettext("{count} slot looked at", "{count} slots looked at", slots).format(count=slots),
    ]
    if unseen:
        text = ngettext("{count} job has no record yet", "{count} jobs have no record yet", unseen)
        facts.append(text.format(count=unseen))
    return ", ".join(facts)


def _quarantined(host: WatchedHost) -> str:
    text = ngettext(
        "{count} line of the spool could not be read on {host}",
        "{count} lines of the spool could not be read on {host}",
        host.quarantined,
    )
    return text.format(count=host.quarantined, host=host.name)


def metrics(answer: Answer, now: dt.datetime) -> list[str]:
    """For the textfile collector; a check that could not be made has no time, so that its age is seen."""
    lines = [f"# TYPE {WELL} gauge"]
    lines += [
        f'{WELL}{{job_id="{one.job}"}} {int(not one.problems)}'
        for one in answer.jobs
        if one.slots is not None
    ]
    lines += [f"# TYPE {TROUBLES} gauge"]
    lines += [
        f'{TROUBLES}{{job_id="{one.job}",kind="{kind}"}} {_count(one, kind)}'
        for one in answer.jobs
        if one.slots is not None
        for kind in Trouble
    ]
    lines += [f"# TYPE {OWNER} gauge"]
    lines += [f'{OWNER}{{job_id="{one.job}",owner="{one.owner}"}} 1' for one in answer.jobs]
    lines += [f"# TYPE {SYNCED} gauge"]
    lines += [
        f'{SYNCED}{{host="{_label(one.name)}"}} {one.last_seen.timestamp():.0f}' for one in answer.hosts
    ]
    lines += [f"# TYPE {SUCCESS} gauge"]
    lines += [
        f'{SUCCESS}{{job_id="{one.job}"}} {one.last_success.timestamp():.0f}'
        for one in answer.jobs
        if one.last_success
    ]
    if answer.jobs:
        lines += [f"# TYPE {CHECKED} gauge", f"{CHECKED} {now.timestamp():.0f}"]
    return lines


def _count(watched: Watched, kind: Trouble) -> int:
    """How many slots have this trouble; 1 for one that is no slot's."""
    return sum(len(one.slots) or 1 for one in watched.problems if one.trouble is kind)


def _label(text: str) -> str:
    """A label's value as the exposition format escapes it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def answer_document(answer: Answer) -> dict[str, Any]:
    """The answer for a program."""
    return {
        "status": answer.word.lower(),
        "line": str(answer),
        "jobs": [
            {
                "id": one.job,
                "owner": one.owner,
                "slots": one.slots,
                "last_success": one.last_success.isoformat() if one.last_success else None,
                "freshness": int(one.limit.total_seconds()) if one.limit else None,
                "problems": [
                    {"kind": problem.trouble, "text": problem.text, "slots": list(problem.slots)}
                    for problem in one.problems
                ],
            }
            for one in answer.jobs
        ],
        "hosts": [
            {
                "host": one.name,
                "last_seen": one.last_seen.isoformat(),
                "silent": one.silent,
                "quarantined": one.quarantined,
            }
            for one in answer.hosts
        ],
    }
