"""Slots of an interval: stretches of its own length, of which two allowed starts never share one."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.comparison.handshake import Plan
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.slot_names import named_slot
from migrator.comparison.slot_of_start import slot_of_start
from migrator.comparison.slot_table import table
from migrator.contrib.celery.headers import SLOT, stamped
from migrator.schedule.cells import cell_of, read_interval, spelled
from migrator.schedule.kinds import Interval

lengths = st.integers(1, 40 * 86400)
instants = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC))
NOW = dt.datetime(2026, 3, 29, 0, 59, 50, tzinfo=dt.UTC)


def job(seconds: int) -> JobDefinition:
    return JobDefinition("poll", spelled(Interval("@every", seconds)), "Europe/Warsaw")


@given(lengths, instants)
def test_an_instant_lies_in_its_stretch(seconds: int, instant: dt.datetime) -> None:
    slot = cell_of(Interval("", seconds), instant)
    assert slot.due <= instant < slot.due + dt.timedelta(seconds=seconds)
    assert cell_of(Interval("", seconds), slot.due) == slot


@given(lengths, instants, st.integers(0, 10**9))
def test_starts_that_are_a_length_apart_have_slots_of_their_own(
    seconds: int, instant: dt.datetime, more: int
) -> None:
    later = instant + dt.timedelta(seconds=seconds, microseconds=more)
    first, second = (cell_of(Interval("", seconds), one) for one in (instant, later))
    assert first.due < second.due
    assert first.name != second.name


@given(lengths, instants)
def test_a_stretch_is_found_by_its_name(seconds: int, instant: dt.datetime) -> None:
    slot = job(seconds).latest(instant)
    assert slot is not None
    assert named_slot(job(seconds), slot.name) == slot


@given(st.integers(60, 40 * 86400), instants)
def test_the_slots_of_a_window_are_those_that_begin_in_it(seconds: int, start: dt.datetime) -> None:
    end = start + dt.timedelta(seconds=7 * seconds)
    found = job(seconds).between(start, end)
    assert len(found) == 7
    assert found == job(seconds).following(start, 7)
    assert all(start <= slot.due < end for slot in found)


def test_a_text_is_read_as_it_was_spelled() -> None:
    assert read_interval(spelled(Interval("OnUnitActiveSec=65min", 3900))) == Interval("@every 3900s", 3900)
    assert [read_interval(text) for text in ("@every 0s", "@every 65m", "* * * * *")] == [None] * 3


def test_a_message_has_the_stretch_in_which_it_is_sent_and_is_never_late() -> None:
    headers = stamped(job(3900), NOW + dt.timedelta(minutes=40))
    assert headers[SLOT] == "2026-03-29T00:55+00:00"
    assert headers["migrator_kind"] == "scheduled"


def test_crons_side_is_given_the_same_stretches() -> None:
    text = table(job(15), Plan(()), NOW)
    assert "tolerance 15\n" in text
    assert "2026-03-29T00:59:45+00:00 cron\n" in text
    assert "2026-03-29T01:00+00:00 cron\n" in text


@pytest.mark.parametrize("seconds", [60, 90, 3900, 25 * 3600, 10 * 86400])
def test_a_start_of_crons_side_has_the_stretch_that_it_lies_in(seconds: int) -> None:
    one = job(seconds)
    for share in (0, 0.1, 0.5, 0.9):
        started = one.following(NOW, 1)[0].due + dt.timedelta(seconds=int(seconds * share))
        assert slot_of_start(one, started, ()) == one.latest(started)


def test_it_is_always_due_some_time() -> None:
    assert job(7).fires
    assert not JobDefinition("dead", "0 0 31 2 *", "UTC").fires
