"""The ledger depends on which lines were spooled, not on how they came: their order, the syncs, how often."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.contrib.django.models import Run
from migrator.contrib.django.shipping import ingest
from migrator.contrib.django.spool_lines import read_lines

AT = 1790000000.25


def line(run: str, event: str, after: float, **more: Any) -> bytes:
    shared = {"v": 1, "event": event, "run": run, "job": "work", "at": AT + after}
    return json.dumps({**shared, **more}).encode()


def lines_of(run: str) -> list[bytes]:
    """A run of two processes, one of which never says what it did."""
    slot = {"slot": "2026-09-21T16:13+02:00", "due": 1790000000, "owner": "cron", "action": "execute"}
    place = {"host": "web1", "user": "deploy", "pid": 4711, "demo": False}
    counted = {"mails": 3, "recipients": 4, "writes": {"INSERT t": 2}, "unread": 0, "programs": 0}
    return [
        line(run, "start", 0, **slot, **place),
        line(run, "effects", 1, part="a", effects=None),
        line(run, "effects", 2, part="a", effects=counted),
        line(run, "effects", 3, part="b", effects=None),
        line(run, "end", 4, exit=3, signal=None, duration=4, output="token=abc\n"),
    ]


SPOOLED = [one for run in ("1", "2", "3") for one in lines_of(run)]


@st.composite
def syncs(draw: st.DrawFn) -> list[list[bytes]]:
    """Every line at least once, in any order, cut into syncs anywhere."""
    again = draw(st.lists(st.sampled_from(SPOOLED), max_size=8))
    shuffled = draw(st.permutations([*SPOOLED, *again]))
    cuts = sorted(draw(st.sets(st.integers(0, len(shuffled)), max_size=5)))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]


def ledger(batches: list[list[bytes]]) -> list[dict[str, Any]]:
    Run.objects.all().delete()
    for batch in batches:
        lines, bad = read_lines(batch)
        assert not bad
        ingest(lines)
    columns = [field.name for field in Run._meta.fields if field.name != "id"]
    return list(Run.objects.order_by("run").values(*columns))


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(syncs())
def test_however_the_lines_come_the_ledger_is_the_same(batches: list[list[bytes]]) -> None:
    rows = ledger(batches)
    assert rows == ledger([SPOOLED])
    assert [(row["run"], row["exit"], row["output"]) for row in rows] == [
        (run, 3, "token=***\n") for run in ("1", "2", "3")
    ]
