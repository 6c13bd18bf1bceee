"""A year of many schedules in six zones: our occurrences are all the starts that the daemons made."""

import pytest

from tests.oracle.effort import EXAMPLES
from tests.oracle.year_of_cron import JUDGES


def differing(found: dict[str, str], wanted: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {text: (found[text], wanted[text]) for text in found if found[text] != wanted[text]}


@pytest.mark.parametrize("name", JUDGES)
def test_our_occurrences_are_those_that_were_observed(name: str) -> None:
    judge = JUDGES[name]
    seen = judge.observed()
    assert len(seen) == 2000
    assert differing(judge.own_digests(list(seen)), seen) == {}


@pytest.mark.part("cron", "gcc", "namespaces")
def test_the_daemon_still_does_what_was_observed() -> None:
    """A few schedules; busybox takes minutes for a year, and is asked about its nights instead."""
    judge = JUDGES["debian"]
    seen = judge.observed()
    some = sorted(seen)[:: len(seen) // (2 * EXAMPLES)]
    assert differing(judge.its_digests(some), seen) == {}
