"""The period that a digest is about: the latest whole hour, day or week on the project's clock."""

from __future__ import annotations

import datetime as dt

import pytest

from migrator.contrib.django.digest import period_before


@pytest.mark.parametrize(
    ("now", "kind", "since", "until"),
    [
        ("2026-06-10T10:20Z", "hour", "2026-06-10T11:00+02:00", "2026-06-10T12:00+02:00"),
        ("2026-03-29T01:20Z", "hour", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
        ("2026-10-25T01:20Z", "hour", "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"),
        ("2026-10-25T12:00Z", "day", "2026-10-24T00:00+02:00", "2026-10-25T00:00+02:00"),
        ("2026-10-26T12:00Z", "day", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("2026-10-28T12:00Z", "week", "2026-10-19T00:00+02:00", "2026-10-26T00:00+01:00"),
    ],
)
def test_a_period_ends_before_now_and_the_next_begins_where_it_ends(
    now: str, kind: str, since: str, until: str
) -> None:
    found = period_before(dt.datetime.fromisoformat(now), kind)
    assert [one.astimezone(dt.UTC) for one in (found.since, found.until)] == [
        dt.datetime.fromisoformat(one).astimezone(dt.UTC) for one in (since, until)
    ]
    assert found.until.isoformat(timespec="minutes") == until
