"""``migrator`` without a verb names the step that comes next, and none that has been taken."""

from __future__ import annotations

from collections import Counter

import pytest

from migrator.cli.standing import next_step
from migrator.comparison.ownership import Owner


@pytest.mark.parametrize(
    ("owners", "recorded", "command"),
    [
        pytest.param([Owner.CRON, Owner.CRON], False, "migrator instrument plan", id="no-host-has-synced"),
        pytest.param([Owner.CRON, Owner.CRON], True, "migrator owner --all shadow", id="recorded"),
        pytest.param([Owner.CRON, Owner.CELERY], True, "migrator owner JOB shadow", id="some-are-ahead"),
        pytest.param([Owner.SHADOW, Owner.CELERY], True, "migrator compare", id="evidence-is-collected"),
        pytest.param([Owner.CELERY], True, "migrator report -o report.html", id="all-with-celery"),
        pytest.param([Owner.RETIRED], True, "migrator cutover status", id="all-lines-are-out"),
    ],
)
def test_the_step_after_the_one_that_was_taken(owners: list[Owner], recorded: bool, command: str) -> None:
    assert next_step(Counter(owners), recorded=recorded)[0] == command
