"""The mail of a period: what went wrong with each job, and the ends of what failing runs have printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrator.comparison.health import Watched
from migrator.i18n import _, ngettext
from migrator.unseen import visible

TAIL = 20  # lines of an output
SHOWN = 3  # failing runs of a job


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed, and the end of what it printed, without secrets."""

    moment: dt.datetime
    host: str
    ending: str
    output: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a digest."""

    to: tuple[str, ...]
    subject: str
    body: str


def mails(
    watched: Sequence[Watched],
    failures: Mapping[str, Sequence[Failure]],
    recipients: Mapping[str, tuple[str, ...]],
    *,
    since: dt.datetime,
    until: dt.datetime,
) -> list[Mail]:
    """A mail for each circle of recipients that has a job with a problem; a job without one is in none.

    ``recipients``: the addresses of each job; none where its line has MAILTO="".
    """
    circles: dict[tuple[str, ...], list[Watched]] = {}
    for one in watched:
        if one.problems and recipients.get(one.job):
            circles.setdefault(recipients[one.job], []).append(one)
    return [
        Mail(to, _subject(jobs), _body(jobs, failures, since=since, until=until))
        for to, jobs in circles.items()
    ]


def _subject(jobs: Sequence[Watched]) -> str:
    """What cron's subjects never said: how many jobs, and which."""
    names = ", ".join(one.job for one in jobs[:SHOWN]) + (", .." if len(jobs) > SHOWN else "")
    text = ngettext("{count} job needs a look: {names}", "{count} jobs need a look: {names}", len(jobs))
    return visible(" ".join(text.format(count=len(jobs), names=names).split()))


def _body(
    jobs: Sequence[Watched],
    failures: Mapping[str, Sequence[Failure]],
    *,
    since: dt.datetime,
    until: dt.datetime,
) -> str:
    span = _("From {since} to {until}:").format(
        since=since.isoformat(" ", "minutes"), until=until.isoformat(" ", "minutes")
    )
    lines = [span, ""]
    for one in jobs:
        lines.append(f"{one.job} ({one.owner})")
        lines += [f"  * {problem.text}" for problem in one.problems]
        for failure in failures.get(one.job, ())[-SHOWN:]:
            moment = failure.moment.isoformat(" ", "minutes")
            lines += ["", f"  {moment} {failure.host}: {failure.ending}"]
            lines += [f"    | {line}" for line in failure.output.splitlines()[-TAIL:]]
        lines.append("")
    lines.append(_("More: migrator why JOB SLOT, migrator compare"))
    return visible("\n".join(lines)) + "\n"
