"""What a field holds, row by row: the daemon's reading, odd as it is."""

import pytest

from migrator.errors import BadExpression
from migrator.schedule.expression import parse

EVERY = tuple(range(60))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("*", EVERY),
        ("5", (5,)),
        ("08", (8,)),
        ("1-4", (1, 2, 3, 4)),
        ("1-9/4", (1, 5, 9)),
        ("*/20", (0, 20, 40)),
        ("*/70", (0,)),
        ("0-59/100", (0,)),
        ("3,1,1-2", (1, 2, 3)),
        ("55-5", ()),
        ("*5", EVERY),
        ("**", EVERY),
        ("1.5", (1,)),
        ("1-2-3", (1, 2)),
        ("*/5/2", tuple(range(0, 60, 5))),
        ("0~59", (0,)),
        ("1#2", (1,)),
    ],
)
def test_a_minute_field_holds(text: str, values: tuple[int, ...]) -> None:
    assert parse(f"{text} * * * *").minute.values == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("7", (0,)),
        ("0-7", tuple(range(7))),
        ("5-7", (0, 5, 6)),
        ("fri-7", (0, 5, 6)),
        ("7-1", ()),
        ("fri-sun", ()),
        ("Mon-FRI/2", (1, 3, 5)),
        ("1-fri", (1, 2, 3, 4, 5)),
        ("5#2", (5,)),
    ],
)
def test_a_weekday_field_holds(text: str, values: tuple[int, ...]) -> None:
    assert parse(f"0 0 * * {text}").day_of_week.values == values


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("5/15 * * * *", "minute: a step needs a range"),
        ("*/0 * * * *", "minute: a step is a number from 1"),
        ("60 * * * *", "minute: 60 is outside 0-59"),
        ("* 24 * * *", "hour: 24 is outside 0-23"),
        ("* * 0 * *", "day of month: 0 is outside 1-31"),
        ("* * * 13 *", "month: 13 is outside 1-12"),
        ("* * * january *", "month: january is no number"),
        ("* * * * 8", "day of week: 8 is outside 0-7"),
        ("* * * * monday", "day of week: monday is no number"),
        ("* * L * *", "day of month: L is no number"),
        ("1,,2 * * * *", "minute: , is no number"),
        ("1, * * * *", "minute: a number is missing"),
        ("~ * * * *", "minute: ~ is no number"),
        ("* * * *", "five fields, this one has 4"),
        ("* * * * * *", "five fields, this one has 6"),
        ("@every_minute", "cron knows no @every_minute"),
        ("@DAILY", "cron knows no @DAILY"),
        ("@reboot", "@reboot is no schedule"),
        ("٣ * * * *", "is no number"),
        ("1" * 5000 + " * * * *", "is no number"),
        ("*/" + "1" * 5000 + " * * * *", "a step is a number"),
    ],
)
def test_cron_refuses(text: str, fact: str) -> None:
    with pytest.raises(BadExpression, match=fact) as caught:
        parse(text)
    assert caught.value.hint


def test_an_error_points_at_the_value() -> None:
    with pytest.raises(BadExpression) as caught:
        parse("0 0 1,32 * 1")
    assert str(caught.value).splitlines() == [
        "day of month: 32 is outside 1-31",
        "    0 0 1,32 * 1",
        "          ^^",
        "hint: use 1-31, a range, a list or */step",
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 0 13 * 5", "either"),
        ("0 0 */2 * 1", "both"),
        ("0 0 1 * */2", "both"),
        ("0 0 *,5 * 1", "both"),
        ("0 0 5,* * 1", "either"),
        ("0 0 1-31 * 1", "either"),
    ],
)
def test_the_first_character_decides_how_days_combine(text: str, days: str) -> None:
    assert parse(text).days == days


@pytest.mark.parametrize(
    ("text", "wildcard"),
    [
        ("0 * * * *", True),
        ("*/5 2 * * *", True),
        ("0-59 2 * * *", False),
        ("@hourly", True),
        ("@daily", False),
    ],
)
def test_a_leading_star_makes_a_wildcard_job(text: str, wildcard: bool) -> None:
    assert parse(text).wildcard is wildcard


def test_text_after_a_complete_list_is_kept_for_the_finding() -> None:
    assert [field.ignored for field in parse("1.5 * * * 5#2").fields] == [".5", "", "", "", "#2"]


def test_tabs_and_several_blanks_part_fields_and_the_text_is_kept() -> None:
    assert str(parse(" 1\t2  3 4 5 ")) == "1\t2  3 4 5"
