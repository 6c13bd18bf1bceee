"""Constructs of crontabs, row by row: what we write for them, and what Celery makes of them as they are."""

from typing import Any

import celery
import pytest
from celery.schedules import ParseException, crontab

from migrator.equivalence.celery_crontab import KINDS, CeleryCrontab, celery_meaning
from migrator.equivalence.lower import lower
from migrator.errors import BadExpression
from migrator.schedule.expression import parse
from migrator.schedule.meaning import meaning

FIELDS = tuple(KINDS)
REFUSED = "refused"
NEVER = "never"
SAME = "the same"
ELSE = "something else"
# since 5.7 Celery refuses a date that no year has; before, beat fails when it looks for the next start
IMPOSSIBLE = REFUSED if celery.VERSION[:2] >= (5, 7) else SAME


def ours(text: str) -> str:
    """What we write for Celery."""
    try:
        entries = lower(parse(text))
    except BadExpression:
        return REFUSED
    return " + ".join(" ".join(entry.as_dict().values()) for entry in entries) or NEVER


def raw(text: str) -> str:
    """What Celery makes of cron's own text, beside what cron makes of it."""
    written: dict[str, Any] = dict(zip(FIELDS, text.split(), strict=True))
    try:
        real = crontab(**written)
        sets: dict[str, Any] = {name: set(getattr(real, name)) for name in FIELDS}
        theirs = celery_meaning(CeleryCrontab.of_sets(**sets))
    except (ValueError, ParseException):
        return REFUSED
    try:
        return SAME if theirs == meaning(parse(text)) else ELSE
    except BadExpression:
        return ELSE


@pytest.mark.parametrize(
    ("text", "written", "as_it_is"),
    [
        # fields
        ("1-4 1 1-9/4 */3 1,2", "1-4 1 1,5,9 */3 * + 1-4 1 2-4,6-8,10-31 */3 1,2", ELSE),
        ("5/15 * * * *", REFUSED, REFUSED),
        ("*/0 * * * *", REFUSED, REFUSED),
        ("1-5/0 * * * *", REFUSED, REFUSED),
        ("*/70 * * * *", "0 * * * *", SAME),
        ("*/60 * * * *", "0 * * * *", SAME),
        ("0-59/100 * * * *", "0 * * * *", SAME),
        ("0 */24 * * *", "0 0 * * *", SAME),
        ("0 0 */40 * *", "0 0 1 * *", SAME),
        ("55-5 * * * *", NEVER, ELSE),
        ("0 22-2 * * *", NEVER, ELSE),
        ("0 0 28-3 * *", NEVER, ELSE),
        ("0 0 * nov-feb *", NEVER, ELSE),
        ("0 0 * * 5-1", NEVER, ELSE),
        ("0 0 * * fri-mon", NEVER, ELSE),
        ("0 0 */2 * *", "0 0 */2 * *", SAME),
        ("0 0 * * 7", "0 0 * * 0", REFUSED),
        ("0 0 * * 0-7", "0 0 * * *", REFUSED),
        ("0 0 * * 1-7", "0 0 * * *", REFUSED),
        ("0 0 * * 5-7", "0 0 * * 0,5,6", REFUSED),
        ("0 0 * * 6-7", "0 0 * * 0,6", REFUSED),
        ("0 0 * * fri-7", "0 0 * * 0,5,6", REFUSED),
        ("0 0 * * 0-7/7", "0 0 * * 0", REFUSED),
        ("0 0 * * 7-1", NEVER, REFUSED),
        ("0 0 * * fri-sun", NEVER, ELSE),
        ("0 0 * * sat-sun", NEVER, ELSE),
        ("0 0 * * mon-sun", NEVER, ELSE),
        ("0 0 * * Mon-FRI/2", "0 0 * * 1,3,5", SAME),
        ("0 0 * * 1-fri", "0 0 * * 1-5", SAME),
        ("0 0 * sat *", REFUSED, ELSE),
        ("0 0 * * jan", REFUSED, ELSE),
        ("0 0 * * sunday", REFUSED, ELSE),
        ("0 0 * january *", REFUSED, ELSE),
        ("0 0 * * mon/2", REFUSED, ELSE),
        ("*5 * * * *", "* * * * *", REFUSED),
        ("** * * * *", "* * * * *", REFUSED),
        ("1-2-3 * * * *", "1,2 * * * *", SAME),
        ("*/5/2 * * * *", "*/5 * * * *", SAME),
        ("1.5 * * * *", "1 * * * *", REFUSED),
        ("0 0 * * 5#2", "0 0 * * 5", REFUSED),
        ("0 0 * * 1-5#2", "0 0 * * 1-5", SAME),
        ("0 0 * * fri#2", "0 0 * * 5", SAME),
        ("0~59 * * * *", "0 * * * *", REFUSED),
        ("~ * * * *", REFUSED, REFUSED),
        ("? * * * *", REFUSED, REFUSED),
        ("0 0 L * *", REFUSED, REFUSED),
        ("0 0 15W * *", REFUSED, REFUSED),
        ("0 0 * * 5L", REFUSED, REFUSED),
        ("H * * * *", REFUSED, REFUSED),
        ("60 * * * *", REFUSED, REFUSED),
        ("0 24 * * *", REFUSED, REFUSED),
        ("0 0 32 * *", REFUSED, REFUSED),
        ("0 0 0 * *", REFUSED, REFUSED),
        ("0 0 * 0 *", REFUSED, REFUSED),
        ("0 0 * * 8", REFUSED, REFUSED),
        ("08 007 * * *", "8 7 * * *", SAME),
        ("1, * * * *", REFUSED, REFUSED),
        (",1 * * * *", REFUSED, REFUSED),
        ("1,,2 * * * *", REFUSED, REFUSED),
        ("+5 * * * *", REFUSED, ELSE),
        ("1_0 * * * *", "1 * * * *", ELSE),
        ("٣ * * * *", REFUSED, ELSE),
        ("1,1,1 * * * *", "1 * * * *", SAME),
        # the two day fields
        ("0 0 13 * 5", "0 0 13 * * + 0 0 1-12,14-31 * 5", ELSE),
        ("0 0 */2 * 1", "0 0 */2 * 1", SAME),
        ("0 0 1 * */2", "0 0 1 * */2", SAME),
        ("0 0 *,5 * 1", "0 0 * * 1", SAME),
        ("0 0 1-31 * 1", "0 0 * * *", ELSE),
        ("0 0 5,* * 1", "0 0 * * *", ELSE),
        ("0 0 1 * 0-6", "0 0 * * *", ELSE),
        ("0 0 1 * 1,*", "0 0 * * *", ELSE),
        ("0 0 31 * 5-1", "0 0 31 * *", ELSE),
        ("0 0 5-1 * 1", "0 0 * * 1", ELSE),
        ("0 0 5-1 * *", NEVER, ELSE),
        ("0 0 31 2 *", NEVER, IMPOSSIBLE),
        ("0 0 31 4,6,9,11 *", NEVER, IMPOSSIBLE),
        ("0 0 30 2 1", "0 0 1-29,31 2 1", REFUSED if IMPOSSIBLE == REFUSED else ELSE),
        ("0 0 29 2 1", "0 0 29 2 * + 0 0 1-28,30,31 2 1", ELSE),
        ("0 0 29 2 *", "0 0 29 2 *", SAME),
    ],
)
def test_what_becomes_of_it(text: str, written: str, as_it_is: str) -> None:
    assert (ours(text), raw(text)) == (written, as_it_is)


def test_the_positions_of_crontab_are_not_those_of_cron() -> None:
    assert crontab(0, 0, 1).day_of_week == {1}
