"""Read crontab lines: ours (parse, command, lowering, findings) beside python-crontab, which parses."""

import datetime as dt
import json
import tracemalloc
from typing import Any

import pytest
from crontab import CronTab

from migrator.report.json_text import pieces
from migrator.report.scan import scan_document
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile

CONTEXT = Context("Europe/Warsaw", dt.date(2026, 1, 1))


def crontabs(files: int, jobs: int) -> list[str]:
    """Crontabs whose commands all differ, with a comment above each job."""
    return [
        "".join(
            f"# Job {line}\n{line % 60} {file % 24} * * * cd /srv && flock -n /l/{file} "
            f"./manage.py job_{file}_{line} --n={line} >> /var/log/{file} 2>&1\n"
            for line in range(jobs)
        )
        for file in range(files)
    ]


FILES = [f"MAILTO=a@b\n{text}" for text in crontabs(40, jobs=50)]

FOUR_THOUSAND = pytest.mark.benchmark(group="scan 4,000 lines")


@FOUR_THOUSAND
def test_our_inventory(benchmark: Any) -> None:
    files = [SourceFile(f"crontab{number}", text) for number, text in enumerate(FILES)]
    found = benchmark.pedantic(take_inventory, (files, CONTEXT), rounds=3)
    assert len(found.jobs) == 2000


@FOUR_THOUSAND
def test_our_inventory_and_its_document(benchmark: Any) -> None:
    files = [SourceFile(f"crontab{number}", text) for number, text in enumerate(FILES)]

    def written() -> str:
        return "".join(pieces(scan_document(take_inventory(files, CONTEXT))))

    document = json.loads(benchmark.pedantic(written, rounds=3))
    assert len(document["jobs"]) == 2000


@FOUR_THOUSAND
def test_python_crontab(benchmark: Any) -> None:
    found = benchmark.pedantic(lambda: [len(CronTab(tab=text).crons) for text in FILES], rounds=3)
    assert sum(found) == 2000


@pytest.mark.benchmark(group="scan 100,000 lines in files of 50")
def test_our_inventory_of_many_files(benchmark: Any) -> None:
    files = [SourceFile(f"crontab{number}", text) for number, text in enumerate(crontabs(2000, jobs=25))]
    found = benchmark.pedantic(take_inventory, (files, CONTEXT), rounds=1)
    assert len(found.lines) == 100_000


@pytest.mark.benchmark(group="memory of 4,000 lines")
def test_memory_of_our_inventory(benchmark: Any) -> None:
    """The most that is held at once, in bytes for each line; the time is that under tracemalloc."""
    files = [SourceFile(f"crontab{number}", text) for number, text in enumerate(FILES)]

    def measured() -> int:
        tracemalloc.start()
        lines = len(take_inventory(files, CONTEXT).lines)
        benchmark.extra_info["peak, bytes a line"] = tracemalloc.get_traced_memory()[1] // lines
        tracemalloc.stop()
        return lines

    assert benchmark.pedantic(measured, rounds=1) == 4040
