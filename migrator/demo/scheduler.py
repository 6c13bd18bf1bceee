"""Stands in for cron where the real daemon cannot run: python-crontab's own scheduler."""

from __future__ import annotations

import sys

from crontab import CronTab


def main(path: str) -> None:
    """Run the jobs of a crontab file as they fall due; looks every second, so no minute is skipped."""
    for result in CronTab(tabfile=path).run_scheduler(cadence=1):
        sys.stdout.write(f"{result}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
