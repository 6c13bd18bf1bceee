"""What Celery's ``crontab`` and django-celery-beat's form make of a field: no line goes to them as it is."""

import pytest
from celery.schedules import ParseException, crontab
from django.core.exceptions import ValidationError
from django_celery_beat.models import CrontabSchedule

from migrator.errors import BadExpression
from migrator.schedule.expression import parse

ALL = tuple(range(60))
WORDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
PLACES = {name: place for place, name in enumerate(WORDS)}


def celery(name: str, text: str) -> tuple[int, ...] | str:
    """The values that the real class holds; ``refused``."""
    try:
        return tuple(sorted(getattr(crontab(**{name: text}), name)))
    except (ValueError, ParseException):
        return "refused"


def form_takes(name: str, text: str) -> bool:
    try:
        CrontabSchedule(**{name: text}, timezone="UTC").clean_fields(exclude=["id"])
    except ValidationError:
        return False
    return True


def cron(name: str, text: str) -> tuple[int, ...] | str:
    words = ["*"] * 5
    words[PLACES[name]] = text
    try:
        return parse(" ".join(words)).fields[PLACES[name]].values
    except BadExpression:
        return "refused"


@pytest.mark.parametrize(
    ("name", "text", "by_cron", "by_celery", "form"),
    [
        ("minute", "5/15", "refused", "refused", False),
        ("minute", "*/0", "refused", "refused", False),
        ("minute", "*/70", (0,), (0,), False),
        ("hour", "22-2", (), (0, 1, 2, 22, 23), False),
        ("month_of_year", "nov-feb", (), (1, 2, 11, 12), False),
        ("day_of_week", "fri-mon", (), (0, 1, 5, 6), False),
        ("day_of_week", "7", (0,), "refused", True),
        ("day_of_week", "5-7", (0, 5, 6), "refused", True),
        ("day_of_week", "sunny", "refused", (0,), False),
        ("day_of_week", "jan", "refused", (1,), False),
        ("month_of_year", "sat", "refused", (6,), False),
        ("day_of_week", "wednesday", "refused", (3,), False),
        ("day_of_week", "mon/2", "refused", (1,), False),
        ("day_of_week", "5#2", (5,), "refused", False),
        ("day_of_week", "fri#2", (5,), (5,), False),
        ("minute", "1-2-3", (1, 2), (1, 2), False),
        ("minute", "*/5/2", tuple(range(0, 60, 5)), tuple(range(0, 60, 5)), False),
        ("minute", "*5", ALL, "refused", False),
        ("minute", "0~59", (0,), "refused", False),
        ("day_of_month", "L", "refused", "refused", False),
        ("minute", "60", "refused", "refused", False),
        ("minute", "1,", "refused", "refused", False),
        ("minute", "1, 2", "refused", (1, 2), False),
        ("minute", "+5", "refused", (5,), False),
        ("minute", "1_0", (1,), (10,), False),
        ("minute", "٣", "refused", (3,), True),
        ("minute", "1,1,1", (1,), (1,), True),
    ],
)
def test_a_field(
    name: str, text: str, by_cron: tuple[int, ...] | str, by_celery: tuple[int, ...] | str, form: bool
) -> None:
    assert (cron(name, text), celery(name, text), form_takes(name, text)) == (by_cron, by_celery, form)
