"""Jobs that cron starts past the recorder: what no claim and no owner can keep from running twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from migrator.comparison.jobs import JobDefinition
from migrator.findings import Finding
from migrator.i18n import _, ngettext

A_SECOND = dt.timedelta(seconds=1)
AN_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What was started past the recorder, from one user's crontab on one host, and how often so far."""

    job: str
    host: str
    user: str
    last: dt.datetime
    times: int = 1

    @property
    def fact(self) -> str:
        """In words."""
        text = ngettext(
            "cron started {job} past the recorder, as {user} on {host}, at {moment}",
            "cron started {job} past the recorder, as {user} on {host}, {count} times, the last at {moment}",
            self.times,
        )
        moment = self.last.isoformat(timespec="seconds")
        return text.format(job=self.job, user=self.user, host=self.host, count=self.times, moment=moment)

    @property
    def finding(self) -> Finding:
        return Finding(
            "CM501",
            None,
            self.fact,
            _("on {host}: migrator instrument plan, or take the line out; then find what wrote it").format(
                host=self.host
            ),
        )


def recent_from(job: JobDefinition, now: dt.datetime) -> dt.datetime:
    """From when on such a start is news: after two slots without one, and an hour, it was mended."""
    latest = job.latest(now)
    before = job.latest(latest.due - A_SECOND) if latest else None
    return min([now - AN_HOUR, *([before.due] if before else [])])
