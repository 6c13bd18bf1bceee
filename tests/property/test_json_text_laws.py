"""A document in pieces is the text that the standard library would write."""

import datetime as dt
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migrator.findings import Severity
from migrator.report.json_text import pieces

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
LEAVES = SCALARS | st.dates() | st.sampled_from(Severity)
KEYS = st.text() | st.integers() | st.booleans() | st.none()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES))
def test_the_pieces_are_the_text(document: dict[str, Any]) -> None:
    assert "".join(pieces(document)) == json.dumps(document, ensure_ascii=False, indent=2, default=str)


def test_an_iterator_is_a_list() -> None:
    document = {"days": iter([dt.date(2026, 1, 1)]), "none": iter(())}
    assert json.loads("".join(pieces(document))) == {"days": ["2026-01-01"], "none": []}
