"""A year of 2,000 schedules in six zones: our occurrences are all the starts that Debian's cron made."""

import pytest

from tests.oracle.effort import EXAMPLES
from tests.oracle.virtual_cron import starts_alone, starts_of
from tests.oracle.year_of_cron import digests, observed, ours


def differing(found: dict[str, str], wanted: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {text: (found[text], wanted[text]) for text in found if found[text] != wanted[text]}


def test_our_occurrences_are_those_that_were_observed() -> None:
    seen = observed()
    assert len(seen) == 2000
    assert differing(digests(list(seen), ours, ours), seen) == {}


@pytest.mark.part("cron", "gcc", "namespaces")
def test_the_daemon_still_does_what_was_observed() -> None:
    seen = observed()
    some = sorted(seen)[:: len(seen) // (2 * EXAMPLES)]
    assert differing(digests(some, starts_of, starts_alone), seen) == {}
