"""Two beats, or more of them, are told by the messages that a slot came in."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.beats import beats
from migrator.contrib.django.models import Run

pytestmark = pytest.mark.django_db

DEFINITION = JobDefinition("work", "* * * * *", "UTC")
JOB = MigratedJob("tasks.work", DEFINITION, DEFINITION)


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        pytest.param([], False, id="none"),
        pytest.param([1, 1, 1], False, id="one-beat"),
        pytest.param([2, 2], True, id="two-beats"),
        pytest.param([1, 2, 1, 1], False, id="started-again-within-the-minute"),
        pytest.param([2], True, id="the-only-slot"),
        pytest.param([3], True, id="three-beats-and-the-only-slot"),
        pytest.param([1, 3, 1, 3], True, id="three-beats-now-and-then"),
    ],
)
def test_slots_in_several_messages_are_of_several_beats(messages: list[int], *, told: bool) -> None:
    now = timezone.now()
    for ago, count in enumerate(messages):
        due = now.replace(second=0, microsecond=0) - dt.timedelta(minutes=ago)
        for number in range(count):
            Run.objects.create(
                run=f"{ago} {number}", job="work", side="candidate", action="would", kind="scheduled",
                slot=due.isoformat(timespec="minutes"), due=due, started=due, task=f"message {ago} {number}",
            )  # fmt: skip
    assert [check.code for check in beats([JOB], now)] == (["CM456"] if told else [])
