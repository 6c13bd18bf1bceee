"""How a task ends is its own affair, whatever can be written down of it."""

from __future__ import annotations

import pytest

from migrator.contrib.django.models import Run
from migrator.contrib.django.tasks import recorded

pytestmark = pytest.mark.django_db


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@recorded("mute", expression="* * * * *", timezone="UTC")
def mute() -> None:
    raise Mute


def test_an_error_that_cannot_be_said_is_still_the_jobs_own() -> None:
    with pytest.raises(Mute):
        mute()
    [run] = Run.objects.all()
    assert (run.exit, run.reason, run.output) == (1, "Mute", "Mute\n")
