"""A schedule's text means to the named reader what it meant to the daemon that the line was written for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.contrib.django.tasks import recorded
from migrator.equivalence.choice import as_cron
from migrator.errors import BadExpression, UsageProblem
from migrator.schedule.dialect import BUSYBOX, CRONIE
from migrator.schedule.expression import parse
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import between
from migrator.schedule.readers import CRONIE_ZONE, READERS, reader_of
from migrator.sources.in_force import schedule_in_force

WARSAW = "Europe/Warsaw"
NOON = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
SPRING, AUTUMN = dt.date(2027, 3, 28), dt.date(2027, 10, 31)
ELEMENT = st.from_regex(r"(\*|\?|[0-9]{1,2}(-[0-9]{1,2})?)(/[1-9])?", fullmatch=True)
FIELD = st.lists(ELEMENT, min_size=1, max_size=2).map(",".join)
TEXT = st.lists(FIELD, min_size=5, max_size=5).map(" ".join)


@given(TEXT, st.sampled_from(sorted(READERS)))
def test_what_generated_code_names_reads_the_text_so(text: str, name: str) -> None:
    try:
        expression = parse(text, READERS[name])
    except BadExpression:
        return
    assert parse(text, reader_of(expression)) == expression
    assert meaning(as_cron(expression, "Asia/Tokyo").expression) == meaning(expression)


@pytest.mark.parametrize("text", ["0 2 * * 6-7", "30 2 */2 * 1", "30 2 * * *"])
def test_below_a_cron_tz_line_cronie_follows_the_wall_clock(text: str) -> None:
    line = schedule_in_force(parse(text, CRONIE), {"CRON_TZ": WARSAW}, CRONIE)
    written = str(as_cron(line, WARSAW))
    assert written == f'CronSchedule("{text}", "{WARSAW}", dialect="cronie-zone")'
    assert eval(written, {"CronSchedule": CronSchedule}).expression == line
    assert line == replace(parse(text, CRONIE_ZONE), text=text)


@pytest.mark.parametrize(
    ("dialect", "spring", "autumn"),
    [
        ("debian", 1, 1),
        ("cronie", 1, 1),
        ("busybox", 0, 2),
        ("robfig", 0, 2),
        ("cronie-zone", 0, 2),
        ("systemd", 0, 1),
    ],
)
def test_the_slots_of_a_job_are_those_of_its_own_daemon(dialect: str, spring: int, autumn: int) -> None:
    job = JobDefinition("report", "30 2 * * *", WARSAW, dialect=dialect)
    found = []
    for day in (SPRING, AUTUMN):
        midnight = dt.datetime.combine(day, dt.time(), ZoneInfo(WARSAW))
        end = midnight + dt.timedelta(days=1)
        slots = job.between(midnight, end)
        assert slots == [*between(parse(job.expression, READERS[dialect]), job.zone, midnight, end)]
        assert len({slot.name for slot in slots}) == len(slots)
        assert {job.latest(slot.due) for slot in slots} == set(slots)
        found.append(len(slots))
    assert found == [spring, autumn]


def test_a_task_carries_its_reader() -> None:
    decorated = recorded("report", expression="0 5/15 * * *", timezone=WARSAW, dialect="supercronic")
    task = decorated(lambda: None)
    assert task.migrated_job.schedule.hour.values == (5, 20)  # type: ignore[attr-defined]


def test_a_reader_that_nobody_knows_is_named() -> None:
    """Somebody may have written it into a task or a schedule by hand."""
    for read in (
        lambda: JobDefinition("report", "30 2 * * *", WARSAW, dialect="vixie").latest(NOON),
        lambda: CronSchedule("30 2 * * *", WARSAW, dialect="vixie"),
    ):
        with pytest.raises(UsageProblem, match=r"(?s)there is no dialect vixie.*debian, cronie.*robfig"):
            read()


def test_a_demonstration_is_read_as_debian_s_cron_reads_it() -> None:
    job = JobDefinition("report", "0 ? * * *", WARSAW, dialect="robfig")
    assert job.demonstrated("*/2 * * * *").schedule == parse("*/2 * * * *")


def test_a_move_is_read_as_the_schedule_before_it() -> None:
    job = JobDefinition("report", "0 5/15 * * *", WARSAW, moved_from="0 6 * * *", dialect="busybox")
    before = job.before_its_move
    assert before is not None
    assert before.schedule == parse("0 6 * * *", BUSYBOX)
