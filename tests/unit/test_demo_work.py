"""A mail that a slow machine repeats is no slot that was executed twice; any other one is."""

from __future__ import annotations

import pytest

from migrator.demo.work import Work, too_often

ANNA = "anna@poradnia.example"
IN_TIME = [Work(f"17:3{minute}", minute * 60, minute * 60 - 12, minute * 60 - 8) for minute in range(1, 5)]
LATE = [*IN_TIME[:1], Work("17:32", 120, 121, 127), *IN_TIME[2:]]


@pytest.mark.parametrize(
    ("works", "name", "count", "wrong"),
    [
        pytest.param(IN_TIME, "17:31", 1, False, id="once"),
        pytest.param(IN_TIME, "17:31", 2, True, id="twice"),
        pytest.param(IN_TIME, "17:34", 2, True, id="twice-in-the-last-slot"),
        pytest.param(LATE, "17:31", 2, False, id="the-next-slot-found-it-too"),
        pytest.param(LATE, "17:31", 3, True, id="two-slots-and-three-mails"),
        pytest.param(LATE, "17:32", 1, False, id="late-and-once"),
        pytest.param(LATE, "17:32", 2, True, id="late-and-twice"),
        pytest.param(LATE, "17:33", 2, True, id="in-time-behind-a-late-one"),
    ],
)
def test_a_mail_for_each_slot_that_can_have_found_its_work(
    works: list[Work], name: str, count: int, wrong: bool
) -> None:
    mail = (f"Cases without activity: Fresh {name}", ANNA)
    assert list(too_often({mail: count}, works, 18)) == ([(mail, count)] if wrong else [])


def test_a_mail_of_no_slot_may_be_sent_once() -> None:
    assert [mail for mail, _count in too_often({("A", ANNA): 1, ("B", ANNA): 2}, IN_TIME, 18)] == [
        ("B", ANNA)
    ]


def test_work_is_late_once_its_slot_has_begun() -> None:
    assert [work.late for work in LATE] == [False, True, False, False]
