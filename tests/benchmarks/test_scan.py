"""Read crontab lines: ours (parse, command, lowering, findings) beside python-crontab, which parses."""

import datetime as dt
from typing import Any

import pytest
from crontab import CronTab

from migrator.report.scan import scan_document
from migrator.sources.inventory import Context, SourceFile, take_inventory

CONTEXT = Context("Europe/Warsaw", dt.date(2026, 1, 1))
FILES = [
    "MAILTO=a@b\n"
    + "".join(
        f"# Job {line}\n{line % 60} {file % 24} * * * cd /srv && flock -n /l/{file} "
        f"./manage.py job_{file}_{line} --n={line} >> /var/log/{file} 2>&1\n"
        for line in range(50)
    )
    for file in range(40)
]

pytestmark = pytest.mark.benchmark(group="scan 4,000 lines")


def test_our_inventory(benchmark: Any) -> None:
    files = [SourceFile(f"crontab{number}", text) for number, text in enumerate(FILES)]
    found = benchmark.pedantic(take_inventory, (files, CONTEXT), rounds=3)
    assert len(found.jobs) == 2000


def test_our_inventory_and_its_document(benchmark: Any) -> None:
    files = [SourceFile(f"crontab{number}", text) for number, text in enumerate(FILES)]
    found = benchmark.pedantic(lambda: scan_document(take_inventory(files, CONTEXT)), rounds=3)
    assert len(found["jobs"]) == 2000


def test_python_crontab(benchmark: Any) -> None:
    found = benchmark.pedantic(lambda: [len(CronTab(tab=text).crons) for text in FILES], rounds=3)
    assert sum(found) == 2000
