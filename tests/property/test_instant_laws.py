"""The ledger keeps every instant exactly, in each database, whether the project's times have zones or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.models import Case, F, Max, Min, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from migrator.contrib.django import instants
from migrator.contrib.django.instants import as_stored, instant_of
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run, Slot
from migrator.contrib.django.run_rows import NAMES, upsert
from migrator.contrib.django.shipping import UNTOLD
from migrator.contrib.django.time_apart import database_ahead
from tests.real_ledger import real_ledger

WARSAW = "Europe/Warsaw"
TWICE = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)  # 02:30 in Warsaw, and an hour later again
NEVER = dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)  # there is no 02:30 in Warsaw
HOUR, A_MILLISECOND = dt.timedelta(hours=1), dt.timedelta(milliseconds=1)
AROUND = st.builds(
    lambda night, offset: night + offset,
    st.sampled_from((TWICE, NEVER)),
    st.timedeltas(min_value=-3 * HOUR, max_value=3 * HOUR),
)
INSTANTS = AROUND | st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))
EXAMPLES = hypothesis_settings(max_examples=25)

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((database, use_tz, zone), marks=marks, id=f"{database}-{use_tz}-{zone}")
        for (database, marks), (use_tz, zone) in product(
            (
                ("sqlite", ()),
                ("postgres_url", pytest.mark.part("postgresql")),
                ("mysql_url", pytest.mark.part("mysql")),
            ),
            ((True, WARSAW), (False, WARSAW), (False, "America/New_York")),
        )
    ],
)
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[None]:
    """Each database in turn, of a project with USE_TZ, and of two without."""
    from django.test import override_settings

    database, use_tz, zone = request.param
    file = tmp_path_factory.mktemp("kept") / "ledger.sqlite3"
    url = f"sqlite:///{file}" if database == "sqlite" else request.getfixturevalue(database)
    with override_settings(USE_TZ=use_tz, TIME_ZONE=zone), real_ledger(url, django_db_blocker):
        yield


def run(name: str, started: dt.datetime, **more: Any) -> Run:
    return Run(
        run=name, job="job", side="control", action="execute", kind="scheduled", started=started, **more
    )


def exact(found: dt.datetime | None) -> dt.datetime:
    """What came back, of which a zone is expected."""
    assert found is not None
    assert found.utcoffset() == dt.timedelta(0)
    return found


@EXAMPLES
@given(st.lists(INSTANTS, min_size=1, max_size=5, unique=True), st.sampled_from(("save", "bulk", "upsert")))
def test_what_is_written_comes_back(moments: list[dt.datetime], way: str) -> None:
    Run.objects.all().delete()
    rows = [run(str(number), one, due=one, finished=None) for number, one in enumerate(moments)]
    if way == "save":
        for row in rows:
            row.save()
    elif way == "bulk":
        Run.objects.bulk_create(rows)
    else:
        told = [
            UNTOLD | {"run": row.run, "job": "job", "started": row.started, "due": row.due} for row in rows
        ]
        upsert([{name: one[name] for name in NAMES} for one in told], ["started"])
    query = Run.objects.order_by("started")
    expected = sorted(moments)
    assert [exact(row.started) for row in query] == expected
    assert [exact(row.due) for row in records(query)] == expected
    assert list(map(exact, query.values_list("started", flat=True))) == expected
    assert list(map(exact, query.values_list("due", flat=True).distinct().order_by("due"))) == expected
    by_hand = Run.objects.raw(f"SELECT * FROM {Run._meta.db_table} ORDER BY due")
    assert [exact(row.due) for row in by_hand] == expected
    ends = query.aggregate(first=Min("started"), last=Max("due"), none=Max("finished"))
    assert (exact(ends["first"]), exact(ends["last"]), ends["none"]) == (expected[0], expected[-1], None)
    grouped = query.order_by().values("job").annotate(first=Min("due"))
    assert [exact(one["first"]) for one in grouped] == [expected[0]]
    last = Run.objects.order_by().values("run").annotate(last=Max("due")).order_by("last")
    assert [exact(one["last"]) for one in last] == expected
    assert exact(query.latest("started").started) == expected[-1]


@EXAMPLES
@given(INSTANTS, INSTANTS, INSTANTS)
def test_it_is_looked_for_as_an_instant(one: dt.datetime, low: dt.datetime, high: dt.datetime) -> None:
    Run.objects.all().delete()
    row = run("1", one)
    row.save()
    looks = {
        "exact": (low, one == low), "lt": (low, one < low), "lte": (low, one <= low),
        "gt": (low, one > low), "gte": (low, one >= low),
        "range": ((low, high), low <= one <= high), "in": ([low, high], one in (low, high)),
    }  # fmt: skip
    for lookup, (value, expected) in looks.items():
        assert Run.objects.filter(**{f"started__{lookup}": value}).exists() is expected, lookup
    assert Run.objects.filter(started=one, started__in=[one], started__range=(one, one)).exists()
    summer = dt.timezone(2 * HOUR)
    assert Run.objects.filter(started=one.astimezone(summer)).exists()
    assert Run.objects.filter(started__in=Run.objects.values("started")).count() == 1
    assert Run.objects.annotate(last=Max("started")).filter(last__gte=one, last__lte=one).count() == 1
    assert Run.objects.filter(Q(due=None) | Q(due__lt=low), started__lt=high).exists() is (one < high)


@EXAMPLES
@given(INSTANTS, INSTANTS)
def test_the_database_copies_and_chooses_it(one: dt.datetime, other: dt.datetime) -> None:
    Run.objects.all().delete()
    Run.objects.bulk_create([run("1", one), run("2", other)])
    Run.objects.filter(run="1").update(due=F("started"), published=other)
    first = Run.objects.get(run="1")
    assert (exact(first.due), exact(first.published), first.received) == (one, other, None)
    second = Subquery(Run.objects.filter(run="2").exclude(pk=OuterRef("pk")).values("started")[:1])
    [told] = Run.objects.filter(run="1").annotate(
        copy=F("started"), other=second, either=Coalesce("received", "published"),
        chosen=Case(When(started__lte=other, then="started"), default="published"),
    ).values_list("copy", "other", "either", "chosen")  # fmt: skip
    assert tuple(map(exact, told)) == (one, other, other, min(one, other))
    both = Run.objects.filter(run="1").values_list("started", flat=True)
    both = both.union(Run.objects.filter(run="2").values_list("started", flat=True), all=True)
    assert sorted(map(exact, both)) == sorted((one, other))
    assert sorted(map(exact, Run.objects.distinct().values_list("started", flat=True))) == sorted(
        {one, other}
    )
    assert exact(Run.objects.all()[:1].aggregate(last=Max("started"))["last"]) in (one, other)
    exported = serializers.serialize("jsonl", Run.objects.all())
    Run.objects.all().delete()
    for row in serializers.deserialize("jsonl", exported):
        row.save()
    milliseconds = [exact(row.started) for row in Run.objects.order_by("run")]
    assert [
        abs(a - b) < dt.timedelta(milliseconds=1) for a, b in zip(milliseconds, (one, other), strict=True)
    ]


def test_what_has_no_zone_is_the_project_s(recwarn: Any) -> None:
    """As in Django's own fields: of a repeated hour the first, unless it says that it is the second."""
    moment = instant_of(dt.datetime(2026, 7, 1, 12))
    assert moment is not None
    Run.objects.all().delete()
    run("1", moment).save()
    assert Run.objects.filter(started=dt.datetime(2026, 7, 1, 12), started__lt="2026-07-01 12:01").exists()
    run("2", dt.datetime(2026, 7, 1, 12)).save()
    assert exact(Run.objects.get(run="2").started) == moment


def test_defaults_and_the_clock_are_instants() -> None:
    begun = dt.datetime.now(dt.UTC)
    Host.objects.all().delete()
    host = Host.objects.create(name="cron", user="root", spool="/")
    handover = Handover.objects.create(
        job="job", owner="shadow", previous="cron", from_slot="-", from_due=begun, who="test"
    )
    Acknowledgement.objects.bulk_create([Acknowledgement(handover=handover, host=host, effective=begun)])
    [word] = handover.acknowledgements.select_related("host")
    told = [host.first_seen, Host.objects.get().last_seen, word.at, word.host.last_seen, instants.now()]
    assert all(begun <= exact(one) <= dt.datetime.now(dt.UTC) for one in told)
    ahead = database_ahead()
    assert ahead is None or abs(ahead) < 60


def test_a_claim_is_one_whatever_the_zone() -> None:
    Slot.objects.all().delete()
    claim = {"job": "job", "slot": "s", "owner": "celery", "holder": "", "run": "", "claimed_at": TWICE}
    Slot.objects.create(due=TWICE, **claim)
    with pytest.raises(IntegrityError):
        Slot.objects.create(due=TWICE, **claim)
    assert Slot.objects.filter(claimed_at__lt=TWICE + HOUR).update(started_at=TWICE + HOUR) == 1
    assert exact(Slot.objects.get().started_at) - TWICE == HOUR


@EXAMPLES
@given(INSTANTS)
def test_rows_of_others_take_it_and_are_never_later(instant: dt.datetime) -> None:
    """What a last run counts from may be an hour too early, where a clock without a zone shows it twice."""
    from django_celery_beat.models import CrontabSchedule, PeriodicTask

    PeriodicTask.objects.all().delete()
    crontab, _ = CrontabSchedule.objects.get_or_create(minute="5")
    PeriodicTask.objects.create(name="row", task="task", crontab=crontab)
    PeriodicTask.objects.update(last_run_at=as_stored(instant, PeriodicTask))
    found = instant_of(PeriodicTask.objects.get().last_run_at)
    assert found in ((instant,) if connection.features.supports_timezones else (instant, instant - HOUR))


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "migrator", check=True, dry_run=True, verbosity=0)
