"""What a comparison stores is the same after a real server has kept it: order, numbers, characters."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from migrator.comparison.document import job_document
from migrator.contrib.django import settled
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.models import Run, Settled
from tests.contract.test_settled_past import BEGIN, DAY, SHOWN, migrated, recorded
from tests.real_ledger import real_ledger


@pytest.fixture(
    params=[
        pytest.param("postgres_url", marks=pytest.mark.part("postgresql")),
        pytest.param("mysql_url", marks=pytest.mark.part("mysql")),
    ]
)
def server(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    with real_ledger(request.getfixturevalue(request.param), django_db_blocker):
        yield


@pytest.mark.usefixtures("server")
def test_day_by_day_what_a_server_keeps_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "DEPTH", SHOWN)
    monkeypatch.setattr("migrator.contrib.django.comparing.DEPTH", SHOWN)
    job, dice, before = migrated("0 */4 * * *"), random.Random(4), BEGIN - DAY
    kept: set[dt.date | None] = set()
    for number in range(4):
        now = BEGIN + number * 2.2 * DAY
        recorded(dice, job.definition.between(before, now))
        Run.objects.filter(exit=0, output="nothing\n").update(output="zażółć 'gęślą' \N{SNOWMAN}\n")
        settled.unsettle({"work": BEGIN})  # of what the line above changed
        for _look in range(2):
            [stored] = compare_jobs([job], now=now, shown=SHOWN)
            [whole] = compare_jobs([job], now=now)
            assert json.dumps(job_document(stored)) == json.dumps(job_document(whole))
            assert stored.comparison.slots == whole.comparison.slots[-SHOWN:]
        kept.add(Settled.objects.get(demo=False).day)
        before = now
    assert len(kept) > 2
