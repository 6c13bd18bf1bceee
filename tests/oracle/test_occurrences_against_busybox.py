"""When does a job start? busybox's crond, under a virtual clock, judges our occurrences in its dialect."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.expressions import nightly
from tests.oracle.effort import EXAMPLES
from tests.oracle.test_occurrences_against_cron import KNOWN, NIGHTS, window
from tests.oracle.virtual_cron import Window
from tests.oracle.year_of_cron import JUDGES

pytestmark = pytest.mark.part("busybox", "gcc", "ptrace")

BUSYBOX = JUDGES["busybox"]
# Debian's build of crond crashes on nicknames
FIELDS = [text for text in KNOWN if not text.startswith("@")]
OWN = ["30 2 * * 7", "30 23-3 * * *", "0 2 */2 * *", "30 2 1-31 * 0", "15 2 * * sat-sun"]


def differing(texts: list[str], seen: Window) -> dict[str, tuple[list[int], list[int]]]:
    """Where the daemon and we disagree: our starts, its starts."""
    theirs, ours = BUSYBOX.ask(texts, seen), BUSYBOX.ours(texts, seen)
    return {text: (ours[text], theirs[text]) for text in texts if ours[text] != theirs[text]}


@pytest.mark.parametrize(
    ("zone", "night"), [(zone, night) for zone in NIGHTS for night in NIGHTS[zone]], ids=str
)
def test_known_schedules_on_the_nights_of_the_clock_change(zone: str, night: dt.date) -> None:
    assert differing([*FIELDS, *OWN], window(zone, night - dt.timedelta(days=1), 3)) == {}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(NIGHTS)),
    st.integers(0, 1),
    st.lists(nightly, min_size=40, max_size=40, unique=True),
)
def test_any_schedule_on_the_nights_of_the_clock_change(zone: str, which: int, drawn: list[str]) -> None:
    assert differing(drawn, window(zone, NIGHTS[zone][which] - dt.timedelta(days=1), 3)) == {}
