"""What a host counts as shipped over the broker is what the ledger has, however messages and answers go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrator.comparison.consignments import OVERDUE, Consignment, Consignments, read_consignments

FATES = st.lists(
    st.tuples(st.integers(1, 50), st.sampled_from(["answered", "answer lost", "lost"]), st.integers(0, 4)),
    max_size=12,
)


@given(FATES)
def test_nothing_is_counted_as_shipped_that_has_not_arrived(fates: list[tuple[int, str, int]]) -> None:
    """Each fate: new bytes, what becomes of their message, after how many syncs its answer comes."""
    kept = Consignments({})
    size, now = 0, 0.0
    arrived: set[int] = set()
    answers: dict[int, set[str]] = {}
    for turn, (more, fate, delay) in enumerate([*fates, *[(0, "answered", 0)] * 12]):
        now += OVERDUE / 3
        kept.settle(answers.pop(turn, set()), now)
        size += more
        start = kept.position("file")
        if start < size and kept.room:
            key = str(turn)
            kept.add("file", Consignment(key, start, size, now))
            if fate != "lost":
                arrived |= set(range(start, size))
            if fate == "answered":
                answers.setdefault(turn + 1 + delay, set()).add(key)
        kept = read_consignments(kept.shipped, kept.document())
        assert set(range(kept.shipped.get("file", 0))) <= arrived
    assert kept.shipped.get("file", 0) == size


def test_what_cannot_be_read_is_sent_again() -> None:
    for document in (None, [], {"file": [["key"]]}, {"file": 3}, {"file": [["k", "x", 1, 2, True]]}):
        assert read_consignments({"file": 7}, document).position("file") == 7
