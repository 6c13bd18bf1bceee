"""Laws of a rehearsal: cron's own schedule is equal on every night, whatever happens to beat."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.comparison.outcomes import Outcome
from migrator.contrib.celery.cron_schedule import CronSchedule
from tests.expressions import nightly
from tests.rehearsed import OUR_FILE, watched

NIGHTS = {
    "Europe/Warsaw": (dt.date(2026, 3, 29), dt.date(2026, 10, 25)),
    "America/New_York": (dt.date(2026, 3, 8), dt.date(2026, 11, 1)),
    "Australia/Lord_Howe": (dt.date(2026, 10, 4), dt.date(2026, 4, 5)),
}
few = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
places = st.sampled_from([(zone, night) for zone, nights in NIGHTS.items() for night in nights])
schedules = st.lists(nightly, min_size=4, max_size=4, unique=True)


def rehearsed(texts: list[str], place: tuple[str, dt.date], *events: str) -> list[dict[Outcome, int]]:
    zone, night = place
    window = (f"{night - dt.timedelta(days=1)}T20:00", f"{night}T08:00")
    entries = {text: CronSchedule(text, zone) for text in texts}
    _seen, results = watched(entries, OUR_FILE, window, *events, zone=zone)
    return [dict(result.counts) for result in results.values()]


@few
@given(schedules, places)
def test_crons_own_schedule_is_equal_on_every_night(texts: list[str], place: tuple[str, dt.date]) -> None:
    for counts in rehearsed(texts, place):
        assert counts.keys() <= {Outcome.MATCHED, Outcome.LATE}


@few
@given(
    schedules,
    places,
    st.sampled_from(["restart", "crash", "deploy", "off"]),
    st.integers(0, 8 * 60 - 1),
    st.integers(1, 90),
)
def test_whatever_happens_to_beat_nothing_is_sent_that_cron_does_not_start(
    texts: list[str], place: tuple[str, dt.date], kind: str, minute: int, minutes: int
) -> None:
    event = f"{kind}@{place[1]}T{minute // 60:02}:{minute % 60:02}/{minutes}m"
    for counts in rehearsed(texts, place, event):
        assert not counts.keys() & {Outcome.CANDIDATE_ONLY, Outcome.DUPLICATE}


@few
@given(schedules, places)
def test_starts_that_follow_one_another_are_those_that_are_asked_for_afresh(
    texts: list[str], place: tuple[str, dt.date]
) -> None:
    zone, night = place
    begin = dt.datetime.combine(night, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
    for text in texts:
        walking, at = CronSchedule(text, zone), begin
        while at < begin + dt.timedelta(hours=8):
            afresh = CronSchedule(text, zone).next_start(at)
            assert walking.next_start(at) == afresh
            assert afresh is not None
            at = afresh
