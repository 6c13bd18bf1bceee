"""The real schedulers count an interval: on a night of the clock change, through restarts, and late."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from celery.schedules import schedule

from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal import Result, Spell
from migrator.comparison.rehearsal_events import moments_of, read_event
from migrator.comparison.rehearsed_pace import compare_pace
from migrator.contrib.django.rehearsed_beat import Script, watch_beat
from migrator.schedule.kinds import Interval
from tests.rehearsed import CELERYS_FILE, CELERYS_ROWS, OUR_FILE, OUR_ROWS

pytestmark = pytest.mark.django_db

SECONDS = 3900
WARSAW = ZoneInfo("Europe/Warsaw")
NIGHT = Spell(
    dt.datetime(2026, 10, 24, 20, tzinfo=WARSAW).timestamp(),
    dt.datetime(2026, 10, 25, 12, tzinfo=WARSAW).timestamp(),
)


def counted(scheduler: str, *events: str) -> Result:
    """What an entry of 65 minutes does over the night, which is one hour longer than its clock says."""
    app = Celery("counted", broker="memory://", set_as_current=False)
    app.conf.update(timezone="Europe/Warsaw", beat_scheduler=scheduler, beat_sync_every=1)
    app.conf.beat_schedule = {"poll": {"task": "rehearsed.poll", "schedule": schedule(SECONDS)}}
    asked = [read_event(event, WARSAW) for event in events]
    script = Script(NIGHT, moments_of(asked, NIGHT, WARSAW), sum(event.late for event in asked))
    seen = watch_beat(app, lambda name, task: name == "poll", script, [])
    sent = sorted(seen.sent["poll", "rehearsed.poll"])
    return compare_pace(Interval("@every 65m", SECONDS), sent, [NIGHT], WARSAW, off=seen.off)


@pytest.mark.parametrize("scheduler", [CELERYS_FILE, CELERYS_ROWS, OUR_FILE, OUR_ROWS])
def test_each_start_is_an_interval_after_the_one_before(scheduler: str) -> None:
    assert counted(scheduler).counts == {Outcome.MATCHED: 15}  # of the 17 hours


@pytest.mark.parametrize("scheduler", [CELERYS_FILE, OUR_ROWS])
def test_what_a_beat_that_is_down_leaves_out_is_lost(scheduler: str) -> None:
    found = counted(scheduler, "restart@2026-10-25T05:00/150m")
    assert not found.equal
    assert found.counts[Outcome.CONTROL_ONLY] == 2
    assert found.off_nights == 0  # it was the day of the clock change, by chance
    assert [f"{start:%H:%M}" for start in found.days[0].celery] == ["07:30"]


def test_a_late_beat_is_late_and_goes_on_from_there() -> None:
    found = counted(CELERYS_FILE, "late/90s")
    assert found.equal
    assert found.counts[Outcome.LATE] > found.counts[Outcome.MATCHED]
