"""A start whose host had no table yet gets the slot that the recorder would have looked up in it."""

from __future__ import annotations

import datetime as dt

from hypothesis import example, given
from hypothesis import strategies as st

from migrator.comparison.handshake import Plan
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.slot_of_start import slot_of_start
from migrator.comparison.slot_table import table
from migrator.cronwrap import Table

EXPRESSIONS = ["* * * * *", "*/5 * * * *", "0 * * * *", "30 2 * * *", "0 2 * * 0", "0 6 2 * *", "0 0 29 2 *"]
ZONES = ["UTC", "Europe/Warsaw", "America/St_Johns", "Australia/Lord_Howe"]
NIGHTS = [dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC)]
instants = st.one_of(
    st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC)),
    st.builds(
        lambda night, off: night + dt.timedelta(seconds=off), st.sampled_from(NIGHTS), st.floats(-9e3, 9e3)
    ),
)


@given(st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES), instants, st.integers(0, 4))
@example("* * * * *", "UTC", dt.datetime(2026, 1, 1, 11, 59, 58, 999999, tzinfo=dt.UTC), 0)
@example("0 2 * * *", "Europe/Warsaw", dt.datetime(2026, 10, 25, 1, 0, 1, tzinfo=dt.UTC), 0)
def test_it_is_the_slot_that_the_recorder_looks_up(
    expression: str, zone: str, started: dt.datetime, others: int
) -> None:
    job = JobDefinition("work", expression, zone)
    written = started.replace(minute=0, second=0, microsecond=0)
    recorder = Table(table(job, Plan(()), written))
    taken: list[str] = []
    for _ in range(others + 1):
        row = recorder.choose(started.timestamp(), taken)
        slot = slot_of_start(job, started, taken)
        assert (row and row[1], row and row[0]) == (slot and slot.name, slot and int(slot.due.timestamp()))
        if row is None:
            return
        taken.append(row[1])
