"""Names of monitors are those that the monitors' own side makes of them."""

from __future__ import annotations

from django.utils.text import slugify
from hypothesis import example, given
from hypothesis import strategies as st

from migrator.report.monitors import SENTRY_SLUG, sentry_slug

NAMES = st.text(st.sampled_from("aZ9_- \t.:/éł"), max_size=70) | st.text(max_size=70)


@given(NAMES)
@example("_nightly--report_")
@example("Close orders (14 days)")
@example("x" * 49 + "-yz")
def test_a_slug_is_the_one_that_sentry_files_check_ins_under(name: str) -> None:
    """Its consumer says ``slugify(monitor_slug)[:MAX_SLUG_LENGTH].strip("-")``, with Django's slugify."""
    assert sentry_slug(name) == slugify(name)[:SENTRY_SLUG].strip("-")
