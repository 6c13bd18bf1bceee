"""How old each job's last success may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from migrator.cli.project import Home
from migrator.cli.scanning import scan
from migrator.errors import MigratorError
from migrator.sources.job import Job


def limits(home: Home) -> dict[str, dt.timedelta]:
    """The age at which each job's last success is too old: from its line, or from migrator.toml.

    A line that cannot be read any more takes none of the other checks away.
    """
    try:
        found: Sequence[Job] = scan(home).inventory.jobs
    except MigratorError:
        found = ()
    return {
        job.id: dt.timedelta(seconds=job.reading.freshness) for job in found if job.reading.freshness
    } | _decided(home)


def _decided(home: Home) -> dict[str, dt.timedelta]:
    from migrator.crontab.durations import duration

    ages = {name: duration(one.freshness) for name, one in home.configuration.jobs.items() if one.freshness}
    return {name: dt.timedelta(seconds=age) for name, age in ages.items() if age is not None}
