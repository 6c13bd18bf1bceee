"""The report of 200 jobs and 90 days of runs: read from the ledger, judged, and written as one page."""

from __future__ import annotations

import random
import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.ledger import row, stored_effects
from migrator.contrib.django.models import Handover, Run
from migrator.cutover.readiness import assemble
from migrator.report.cutover_html import cutover_html
from tests.cutover_sample import BEGIN, LARGE, NOW, Course, definitions, inventory, records, situation


@pytest.mark.django_db
@pytest.mark.benchmark(group="report")
def test_two_hundred_jobs_and_ninety_days(benchmark: BenchmarkFixture) -> None:
    found = inventory(LARGE)
    jobs = definitions(found)
    course, rng, rows = Course(celery=45, without_celery=(30,)), random.Random(1), []
    for name, job in jobs.items():
        for one in records(job, course, rng):
            rows.append(row(one, now=NOW))
            rows[-1].effects = stored_effects(one.effects)
        for owner, at in (("shadow", BEGIN), ("celery", NOW - (NOW - BEGIN) / 2)):
            Handover.objects.create(job=name, owner=owner, from_slot="-", from_due=at, who="us")
    Run.objects.bulk_create(rows, batch_size=500)
    migrated = [MigratedJob(f"tasks.{name}", job, job) for name, job in jobs.items()]

    begin = time.process_time()

    def page() -> str:
        comparisons = compare_jobs(migrated, now=NOW)
        return cutover_html(assemble(found, situation(jobs, comparisons)))

    text = benchmark.pedantic(page, rounds=1)
    seconds, busy, size = benchmark.stats.stats.max, time.process_time() - begin, len(text.encode())
    benchmark.extra_info |= {"runs": len(rows), "busy": busy, "bytes": size}
    print(f"\n{len(rows)} runs: {seconds:.1f} s, {busy:.1f} s of them busy, {size / 1e6:.2f} MB")
