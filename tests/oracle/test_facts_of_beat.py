"""What the installed beat does on the nights of the clock change, and beside it our model of it."""

import datetime as dt
import tempfile
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from celery import Celery, beat, signals
from celery.schedules import crontab

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.headers import SLOT, stamped
from migrator.equivalence.lower import lower
from migrator.report.proof import timetables
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import table_starts
from migrator.schedule.parting import partings
from migrator.schedule.policy import CELERY
from tests.oracle.test_beat_against_cron import NIGHTS, SCHEDULES, beats, minutes
from tests.oracle.virtual_cron import Window, starts_alone

WARSAW = ZoneInfo("Europe/Warsaw")
HALF = dt.timedelta(seconds=30)


def night(zone: str, date: dt.date) -> Window:
    midnight = dt.datetime(date.year, date.month, date.day, tzinfo=ZoneInfo(zone))
    return Window(zone, midnight - dt.timedelta(hours=4), midnight + dt.timedelta(hours=20))


@cache
def stock(zone: str, date: dt.date) -> dict[str, list[int]]:
    """The minutes at which Celery's own beat sends each schedule, lowered to its crontabs."""
    seen = night(zone, date)
    entries = {
        (text, number): crontab(**entry.as_dict())
        for text in SCHEDULES
        for number, entry in enumerate(lower(parse(text)))
    }
    names = {f"{text}#{number}": schedule for (text, number), schedule in entries.items()}
    with tempfile.TemporaryDirectory() as folder:
        span = (seen.start - HALF, seen.end - HALF)
        sent = beats(names, zone, beat.PersistentScheduler, Path(folder), span)
    found: dict[str, list[int]] = {text: [] for text in SCHEDULES}
    for name, starts in sent.items():
        found[name.rsplit("#", 1)[0]] += minutes(starts)
    return {text: sorted(starts) for text, starts in found.items()}


@pytest.mark.parametrize(("zone", "date"), NIGHTS, ids=str)
def test_our_model_of_celery_is_what_celery_does(zone: str, date: dt.date) -> None:
    seen = night(zone, date)
    span = (int(seen.start.timestamp()), int(seen.end.timestamp()))
    ours = {
        text: sorted(
            start // 60
            for table in timetables(lower(parse(text)))
            for start in table_starts(table, ZoneInfo(zone), span, CELERY)
        )
        for text in SCHEDULES
    }
    assert ours == stock(zone, date)


@pytest.mark.part("cron", "gcc", "namespaces")
@pytest.mark.parametrize(("zone", "date"), NIGHTS, ids=str)
def test_the_dates_that_we_name_are_those_on_which_the_two_part(zone: str, date: dt.date) -> None:
    """Real cron and real beat: they differ on that night for just the schedules of which we say so."""
    seen = night(zone, date)
    cron, celery = starts_alone(SCHEDULES, seen), stock(zone, date)
    found = {text for text in SCHEDULES if minutes(cron[text]) != celery[text]}
    named = {
        text
        for text in SCHEDULES
        for one in partings(parse(text), ZoneInfo(zone), date - dt.timedelta(days=1), years=1)
        if abs(one.date - date) <= dt.timedelta(days=1)
    }
    assert (found, bool(found)) == (named, bool(named))


def test_a_restart_in_the_second_pass_brings_nothing_back(tmp_path: Path) -> None:
    """Stopped in the first pass after 02:30 and started in the second: what is lost stays lost."""
    entries = {
        "30 2": crontab(minute="30", hour="2"),
        "0 *": crontab(minute="0"),
    }
    first = (at("2026-10-24T22:00+02:00"), at("2026-10-25T02:40+02:00"))
    second = (at("2026-10-25T02:10+01:00"), at("2026-10-25T04:30+01:00"))
    sent = beats(entries, "Europe/Warsaw", beat.PersistentScheduler, tmp_path, first, second)
    found = {name: [shown(one) for one in starts] for name, starts in sent.items()}
    hourly = ["23:00+0200", "00:00+0200", "01:00+0200", "02:00+0200", "03:00+0100", "04:00+0100"]
    assert found == {"30 2": ["02:30+0200"], "0 *": hourly}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def shown(instant: int) -> str:
    return f"{dt.datetime.fromtimestamp(instant, WARSAW):%H:%M%z}"


def test_an_entry_that_leaves_the_code_leaves_celerys_file(tmp_path: Path) -> None:
    app = Celery("facts", set_as_current=False, broker="memory://")
    for names in (["a", "b"], ["b", "c"]):
        app.conf.beat_schedule = {name: {"task": name, "schedule": crontab()} for name in names}
        scheduler = beat.PersistentScheduler(app=app, schedule_filename=str(tmp_path / "schedule"))
        assert set(scheduler.schedule) - {"celery.backend_cleanup"} == set(names)
        scheduler.close()


def sent_by(app: Celery, schedulers: int) -> list[dict[str, object]]:
    """The headers of what so many beats publish for one entry that is due."""
    published: list[dict[str, object]] = []

    def note(headers: dict[str, object], **_: object) -> None:
        published.append(headers)

    app.conf.beat_schedule = {"a": {"task": "facts.a", "schedule": crontab()}}
    a_minute_ago = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=61)
    signals.before_task_publish.connect(note, sender="facts.a")
    try:
        for _ in range(schedulers):
            scheduler = beat.Scheduler(app=app)
            scheduler.schedule["a"].last_run_at = a_minute_ago
            scheduler.tick()
            scheduler.tick()
    finally:
        signals.before_task_publish.disconnect(note, sender="facts.a")
    return published


def test_a_message_of_celerys_beat_says_nothing_of_its_slot() -> None:
    """Only when it was sent is known, by the clock of whoever asks; ours put the slot beside it."""
    app = Celery("facts", set_as_current=False, broker="memory://")
    (headers,) = sent_by(app, 1)
    instants = {name: value for name, value in headers.items() if name in ("eta", "expires", "timelimit")}
    assert instants == {"eta": None, "expires": None, "timelimit": [None, None]}
    assert {name for name in headers if "slot" in name or "due" in name or "schedul" in name} == set()
    assert stamped(JobDefinition("a", "* * * * *", "UTC"), dt.datetime.now(dt.UTC))[SLOT]


def test_two_beats_send_everything_twice() -> None:
    """Their claims, and not their beats, keep the job from being done twice."""
    app = Celery("facts", set_as_current=False, broker="memory://")
    assert len(sent_by(app, 2)) == 2
