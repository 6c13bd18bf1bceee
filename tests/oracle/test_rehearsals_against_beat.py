"""A rehearsal jumps from start to start; beat's own service, which wakes more often, sends the same."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from celery import beat
from celery.schedules import crontab

from migrator.contrib.celery.beat import PersistentScheduler
from migrator.contrib.celery.cron_schedule import CronSchedule
from tests.oracle.virtual_beat import virtual_beat
from tests.rehearsed import CELERYS_FILE, OUR_FILE, watched

WARSAW = ZoneInfo("Europe/Warsaw")
STOCK = {
    "30 2 * * *": crontab("30", "2"),
    "*/15 2 * * *": crontab("*/15", "2"),
    "0 * * * *": crontab("0"),
    "5,35 0-4 * * 0": crontab("5,35", "0-4", day_of_week="0"),
}
EXACT = {text: CronSchedule(text, "Europe/Warsaw") for text in STOCK}


@pytest.mark.parametrize(
    ("schedules", "kind", "name"),
    [(STOCK, beat.PersistentScheduler, CELERYS_FILE), (EXACT, PersistentScheduler, OUR_FILE)],
    ids=["celery's", "ours"],
)
@pytest.mark.parametrize("night", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)], ids=str)
def test_both_send_at_the_same_minutes(
    schedules: dict[str, object], kind: type, name: str, night: dt.date, tmp_path: Path
) -> None:
    midnight = dt.datetime.combine(night, dt.time(), WARSAW)
    start, end = midnight - dt.timedelta(hours=12), midnight + dt.timedelta(hours=20, minutes=7)
    with virtual_beat(schedules, "Europe/Warsaw", kind, tmp_path) as service:
        service.run(start - dt.timedelta(seconds=30), end)
    seen, _results = watched(schedules, name, (start.isoformat(), end.isoformat()))
    assert {text: [int(one) // 60 for one in sent] for (text, _task), sent in seen.sent.items()} == {
        text: [one // 60 for one in sent] for text, sent in service.sent.items()
    }
