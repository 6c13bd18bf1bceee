"""Laws of schedules: sets that behave as sets, lowering that keeps them, occurrences in order."""

import datetime as dt
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.contrib.celery.spelling import FIELDS
from migrator.equivalence.celery_crontab import KINDS, CeleryCrontab, celery_meaning, spell
from migrator.equivalence.lower import lower
from migrator.equivalence.prove import Equivalent, Extra, Missed, Twice, differences, prove
from migrator.equivalence.words import in_words
from migrator.errors import BadExpression
from migrator.i18n import speaking
from migrator.schedule.dialect import DIALECTS, Dialect
from migrator.schedule.expression import parse
from migrator.schedule.meaning import NEVER, Meaning, meaning
from migrator.schedule.occurrences import following, slot_of
from tests.expressions import expressions, nightly

SINCE = dt.date(2026, 1, 1)
meanings = expressions.map(lambda text: meaning(parse(text)))
dates = st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1))
zones = st.sampled_from(["UTC", "Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])


@given(meanings, meanings, meanings)
def test_meanings_are_sets(a: Meaning, b: Meaning, c: Meaning) -> None:
    assert a | b == b | a
    assert a & b == b & a
    assert (a | b) | c == a | (b | c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a - b == a - (a & b)
    assert (a - b) | (a & b) == a
    assert (a - b) & b == NEVER
    assert a | a == a & a == a
    assert len(a | b) + len(a & b) == len(a) + len(b)


@given(expressions, dates, st.times())
def test_a_meaning_holds_the_minutes_that_the_fields_name(text: str, date: dt.date, time: dt.time) -> None:
    expression = parse(text)
    wall = dt.datetime.combine(date, time)
    day = date.day in expression.day_of_month.values
    weekday = date.isoweekday() % 7 in expression.day_of_week.values
    fits = (day and weekday) if expression.days == "both" else (day or weekday)
    named = (
        time.minute in expression.minute.values
        and time.hour in expression.hour.values
        and date.month in expression.month.values
        and fits
    )
    assert (wall in meaning(expression)) is named


@given(expressions)
def test_the_first_minute_is_the_first(text: str) -> None:
    table = meaning(parse(text))
    first = table.first_from(SINCE)
    assert (first is None) == (not table)
    assert first is None or (first in table and first.date() >= SINCE)


@given(expressions)
def test_lowering_keeps_the_schedule(text: str) -> None:
    expression = parse(text)
    assert prove(expression, lower(expression), since=SINCE) == Equivalent()


@given(expressions, st.sampled_from(list(DIALECTS.values())))
def test_lowering_keeps_the_schedule_of_every_dialect(text: str, dialect: Dialect) -> None:
    try:
        expression = parse(text, dialect)
    except BadExpression:
        return
    entries = lower(expression)
    assert prove(expression, entries, since=SINCE) == Equivalent()
    assert len(entries) <= 2


@given(expressions)
def test_the_columns_of_django_celery_beat_are_wide_enough(text: str) -> None:
    for entry in lower(parse(text)):
        for name, value in entry.as_dict().items():
            assert len(value) <= CrontabSchedule._meta.get_field(name).max_length


@given(meanings, st.lists(meanings, max_size=3))
def test_the_first_differences_are_real_and_all_there_is(cron: Meaning, entries: list[Meaning]) -> None:
    found = differences(cron, entries, since=SINCE).firsts
    for first in found:
        count = sum(first.moment in entry for entry in entries)
        due = first.moment in cron
        assert {Missed: due and not count, Extra: count and not due, Twice: count > 1}[type(first)]
    union = reduce(or_, entries, NEVER)
    disjoint = sum(map(len, entries)) == len(union)
    assert (not found) == (union == cron and disjoint)


@given(expressions)
def test_lowered_entries_never_fire_together(text: str) -> None:
    tables = [celery_meaning(entry) for entry in lower(parse(text))]
    assert all(a & b == NEVER for index, a in enumerate(tables) for b in tables[:index])


@given(expressions)
def test_celery_itself_reads_our_entries_as_we_mean_them(text: str) -> None:
    for entry in lower(parse(text)):
        real = crontab(**entry.as_dict())
        assert CeleryCrontab.of_sets(**{name: getattr(real, name) for name in FIELDS}) == canonical(entry)
        assert celery_meaning(canonical(entry)) == celery_meaning(entry)


def canonical(entry: CeleryCrontab) -> CeleryCrontab:
    expression = parse(" ".join(entry.as_dict().values()))
    return CeleryCrontab.of_sets(
        **{name: set(field.values) for name, field in zip(KINDS, expression.fields, strict=True)}
    )


@settings(max_examples=40)
@given(expressions)
def test_django_celery_beat_takes_our_entries(text: str) -> None:
    for entry in lower(parse(text)):
        CrontabSchedule(**entry.as_dict(), timezone="Europe/Warsaw").clean_fields()


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_any_set_survives_its_spelling(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    top = 6 if name == "day_of_week" else kind.high
    values = data.draw(st.sets(st.integers(kind.low, top), min_size=1))
    spelled = spell(kind, sum(1 << value for value in values), starred=data.draw(st.booleans()))
    assert getattr(crontab(**{name: spelled}), name) == values


@settings(max_examples=60)
@given(expressions | nightly, zones, st.datetimes(dt.datetime(2026, 3, 1), dt.datetime(2026, 11, 5)))
def test_occurrences_ascend_and_know_themselves(text: str, name: str, moment: dt.datetime) -> None:
    expression, zone = parse(text), ZoneInfo(name)
    slots = following(expression, zone, moment.replace(tzinfo=dt.UTC), 12)
    dues = [slot.due for slot in slots]
    assert dues == sorted(dues)
    assert len({slot.name for slot in slots}) == len(slots)
    for slot in slots:
        found = slot_of(expression, zone, slot.due)
        assert found is not None
        assert (found.due, found.wall.replace(tzinfo=None) in meaning(expression)) == (slot.due, True)


@given(expressions, st.sampled_from(["en", "pl"]))
def test_every_schedule_has_words(text: str, reader: str) -> None:
    with speaking(reader):
        assert in_words(parse(text))
