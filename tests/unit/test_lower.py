"""Cron expression to Celery crontabs: the exact encodings, row by row."""

import pytest

from migrator.equivalence.lower import lower
from migrator.schedule.expression import parse

# minute, hour, day of month, month, weekday of each entry
TABLE = {
    "0 0 13 * 5": ["0 0 13 * *", "0 0 1-12,14-31 * 5"],
    "0 0 */2 * 1": ["0 0 */2 * 1"],
    "0 0 1-31 * 1": ["0 0 * * *"],
    "0 0 5,* * 1": ["0 0 * * *"],
    "0 0 1,15 * */3": ["0 0 1,15 * */3"],
    "0 0 * * 5-7": ["0 0 * * 0,5,6"],
    "0 0 * * fri-sun": [],
    "0 22-2 * * *": [],
    "0 0 31 2 1": ["0 0 1-30 2 1"],
    "0 0 31 2 *": [],
    "0 0 31 4,6,9,11 *": [],
    "0 0 * * 5-1": [],
    "0 0 5-1 * 1": ["0 0 * * 1"],
    "0 0 30 2 1": ["0 0 1-29,31 2 1"],
    "0 0 29 2 *": ["0 0 29 2 *"],
    "0 0 31 * 5-1": ["0 0 31 * *"],
    "0 0 28-3 * 1": ["0 0 * * 1"],
    "*/70 * * * *": ["0 * * * *"],
    "0~59 * * * *": ["0 * * * *"],
    "@weekly": ["0 0 * * 0"],
    "@daily": ["0 0 * * *"],
    "@hourly": ["0 * * * *"],
    "*/15 * * * *": ["*/15 * * * *"],
    "5-59/10 8-18 * jan-mar mon-fri": ["5-55/10 8-18 * 1-3 1-5"],
    "* * * * 7": ["* * * * 0"],
    "0 0-10/2,12-20/4,23 * * *": ["0 0-12/2,16,20,23 * * *"],
    "0-10/2,30-50/5 * * * *": ["0-10/2,30-50/5 * * * *"],
    "1-3,5-11/2 * * * *": ["1-3,5-11/2 * * * *"],
    "5,20,35,50 8,10,12,14,16,18 * * *": ["5-50/15 8-18/2 * * *"],
    "0 6,18 * 1,2 6,0": ["0 6,18 * 1,2 0,6"],
}


@pytest.mark.parametrize(("text", "entries"), TABLE.items(), ids=TABLE)
def test_exact_encodings(text: str, entries: list[str]) -> None:
    assert [" ".join(entry.as_dict().values()) for entry in lower(parse(text))] == entries
