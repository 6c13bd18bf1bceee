"""What is left of cron in a repository, and in one of sixteen times as many files."""

import os
import time
from typing import Any

import pytest

from tests.residue_tree import found

FOLDER = {
    "crontab": "5 4 * * * /srv/bin/job_{n}.sh >> /var/log/job_{n}.log 2>&1\n",
    "job.sh": "#!/bin/sh\nflock -n /run/job_{n}.lock python manage.py job_{n}  # for cron\n",
    "settings.py": "import os\nEVERY_{n}_SCHEDULE = os.environ.get('EVERY_{n}_SCHEDULE')\nCRON = [{n}]\n",
    "compose.yaml": "services:\n  cron:\n    environment:\n      EVERY_{n}_SCHEDULE: '5 4 * * *'\n",
    "README.md": "Cron runs job {n}: `crontab -l` shows it.\n",
}


def tree(files: int) -> dict[str, str]:
    """So many files of every kind, each with its traces."""
    count = files // len(FOLDER)
    return {
        f"part_{n}/{name}": text.replace("{n}", str(n)) for n in range(count) for name, text in FOLDER.items()
    }


# MIGRATOR_BENCHMARK_FILES=20000 for the size of a large repository.
LARGE = int(os.environ.get("MIGRATOR_BENCHMARK_FILES", "5000"))


@pytest.mark.parametrize("files", [1_250, LARGE])
def test_the_files_of_a_repository(benchmark: Any, files: int) -> None:
    benchmark.group = "residue"
    begin = time.process_time()
    findings = benchmark.pedantic(found, args=(tree(files),), rounds=1)
    busy = time.process_time() - begin
    print(f"\n{files} files: {busy:.1f} s of the processor, {busy / files * 1000:.2f} ms a file")
    assert len(findings) > files // 2
