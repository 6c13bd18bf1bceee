"""Times that are counted: what the statistics module says of them all, and the same when they were stored."""

from __future__ import annotations

import datetime as dt
import json
from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.comparison.milliseconds import Milliseconds

TIMES = st.lists(st.integers(-3_000, 90_000_000) | st.integers(0, 20), min_size=2, max_size=60)


def gathered(times: list[int]) -> Milliseconds:
    seen = Milliseconds()
    for time in times:
        seen.add(dt.timedelta(milliseconds=time))
    return seen


@given(times=TIMES)
def test_median_quartiles_and_most_are_those_of_all_times(times: list[int]) -> None:
    seen = gathered(times)
    seconds = [time / 1000 for time in times]
    assert len(seen) == len(times)
    assert seen.most == max(seconds)
    assert seen.parts(2) == pytest.approx([median(seconds)])
    assert seen.parts(4) == pytest.approx(quantiles(seconds, method="inclusive"))


@given(times=TIMES, more=TIMES)
def test_what_was_stored_is_gone_on_with(times: list[int], more: list[int]) -> None:
    stored = Milliseconds(json.loads(json.dumps(gathered(times).stored())))
    for time in more:
        stored.add(dt.timedelta(milliseconds=time))
    assert stored.stored() == gathered([*times, *more]).stored()


def test_one_time_is_its_own_median_and_microseconds_are_rounded() -> None:
    seen = Milliseconds()
    seen.add(dt.timedelta(microseconds=1_500_600))
    assert (seen.parts(4), seen.most) == ([1.501, 1.501, 1.501], 1.501)
