"""TzAwareCrontab in the settings: an entry with a zone of its own, under each scheduler."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from django_celery_beat.tzcrontab import TzAwareCrontab

from migrator.comparison.rehearsal import Spell
from migrator.contrib.django.rehearsed_beat import Script, watch_beat
from migrator.equivalence.installed import judge_installed
from migrator.schedule.expression import parse
from tests.rehearsed import CELERYS_FILE, CELERYS_ROWS, OUR_FILE, OUR_ROWS

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
SPRING = dt.datetime(2026, 3, 28, tzinfo=dt.UTC)  # the clock of the others, Warsaw's, jumps on the second day


@pytest.mark.parametrize("scheduler", [CELERYS_FILE, CELERYS_ROWS, OUR_FILE, OUR_ROWS])
def test_it_is_due_by_its_own_clock(scheduler: str) -> None:
    app = Celery("zones", broker="memory://", set_as_current=False)
    app.conf.update(timezone="Europe/Warsaw", beat_scheduler=scheduler)
    at = TzAwareCrontab(minute="0", hour="9", tz=TOKYO)
    app.conf.beat_schedule = {"report": {"task": "shop.report", "schedule": at}}
    window = Spell(SPRING.timestamp(), (SPRING + dt.timedelta(days=3)).timestamp())
    nine = [dt.datetime(2026, 3, day, 9, tzinfo=TOKYO).timestamp() for day in (28, 29, 30)]
    seen = watch_beat(app, lambda name, task: True, Script(window), nine)
    assert [round(one) for one in seen.sent["report", "shop.report"]] == nine
    assert [entry.timezone for entry in seen.entries] == ["Asia/Tokyo"]
    judged = judge_installed("report", parse("0 9 * * *"), "Asia/Tokyo", seen.entries, since=SPRING.date())
    assert judged.exact
