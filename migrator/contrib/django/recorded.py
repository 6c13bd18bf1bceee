"""Which jobs have runs at all: a look into the index for each job, however many runs there are."""

from __future__ import annotations

from django.db import connection

from migrator.contrib.django.models import Run

# From each job to the next in the index of jobs. MySQL does that by itself for a DISTINCT, and not for this;
# the others read all of the index for a DISTINCT.
BY_STEPS = """
WITH RECURSIVE jobs (job) AS (
    SELECT MIN(job) FROM {run}
    UNION ALL
    SELECT (SELECT MIN(job) FROM {run} WHERE {run}.job > jobs.job) FROM jobs WHERE jobs.job IS NOT NULL
)
SELECT job FROM jobs WHERE job IS NOT NULL
"""
DISTINCT = "SELECT DISTINCT job FROM {run}"


def recorded_jobs() -> set[str]:
    """The jobs of which a run is in the ledger."""
    asked = DISTINCT if connection.vendor == "mysql" else BY_STEPS
    with connection.cursor() as cursor:
        cursor.execute(asked.format(run=connection.ops.quote_name(Run._meta.db_table)))
        return {job for (job,) in cursor.fetchall()}
